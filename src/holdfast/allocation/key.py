"""The allocation key: slot or kit to arm and milligrams. A value of its own, never a record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import BrokenRecord, Conflict, ImpossibleValue
from holdfast.records.canonical import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Who gets what: ``arm_of_slot``; per kit its arm, its dose step, and mg per capsule.

    Only allocation/, simulation/, functions of tables/ and analysis/ that take it as an
    argument, and clinic/pharmacy/ may hold one (law 4).
    """

    arm_of_slot: Mapping[str, str] = field(default_factory=dict, repr=False)
    arm_of_kit: Mapping[str, str] = field(default_factory=dict, repr=False)
    mg_of_kit: Mapping[str, float] = field(default_factory=dict, repr=False)
    step_of_kit: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that slots or kits have, sorted."""
        return tuple(sorted({*self.arm_of_slot.values(), *self.arm_of_kit.values()}))


def merge(*keys: Key) -> Key:
    """One key of several parts; Conflict where two parts speak of the same slot or kit."""
    merged: dict[str, dict[str, Any]] = {name: {} for name in _FIELDS}
    for key in keys:
        for name, held in merged.items():
            part: Mapping[str, Any] = getattr(key, name)
            twice = sorted(held.keys() & part.keys())
            if twice:
                raise Conflict(f"Two parts of the allocation key both hold {', '.join(twice[:3])}.")
            held.update(part)
    return Key(**merged)


def part_for_slots(key: Key, slots: Iterable[str]) -> Key:
    """The part of a key that speaks of these slots: what the commitment of one list binds."""
    return Key(arm_of_slot={slot: key.arm_of_slot[slot] for slot in slots})


def flipped(key: Key) -> Key:
    """The same key with its two arms exchanged, in slots and kits alike.

    The same kit then goes to the same person and holds what the other arm gets at that
    dose step: the twin of a trial, alike in all that a blinded person may see.
    Raises ImpossibleValue unless there are two arms, or where a step's kits are not all
    of one strength in an arm.
    """
    if len(key.arms) != 2:
        raise ImpossibleValue(f"A key is flipped between two arms; this one has {len(key.arms)}.")
    first, second = key.arms
    other = {first: second, second: first}
    strength = _strengths(key)
    return Key(
        arm_of_slot={slot: other[arm] for slot, arm in key.arm_of_slot.items()},
        arm_of_kit={kit: other[arm] for kit, arm in key.arm_of_kit.items()},
        mg_of_kit={kit: strength[key.step_of_kit[kit], other[arm]] for kit, arm in key.arm_of_kit.items()},
        step_of_kit=key.step_of_kit,
    )


def to_bytes(key: Key) -> bytes:
    """The key as canonical JSON, for the pharmacy's sealed file."""
    parts: dict[str, dict[str, object]] = {name: dict(getattr(key, name)) for name in _FIELDS}
    parts["mg_of_kit"] = {kit: float(mg) for kit, mg in key.mg_of_kit.items()}
    return canonical(parts)


def from_bytes(held: bytes) -> Key:
    """The key of ``to_bytes``; BrokenRecord where these are not the bytes of one."""
    try:
        parts = json.loads(held.decode("utf-8"))
        key = Key(**{name: parts.pop(name) for name in _FIELDS})
        sound = not parts and _sound(key) and to_bytes(key) == held
    except (ValueError, TypeError, KeyError, AttributeError, ImpossibleValue):
        sound = False
    if not sound:
        raise BrokenRecord("This is not an allocation key as Holdfast writes it; it may be damaged.")
    return key


_FIELDS = ("arm_of_slot", "arm_of_kit", "mg_of_kit", "step_of_kit")


def _sound(key: Key) -> bool:
    names = [key.arm_of_slot, key.arm_of_kit, key.step_of_kit]
    texts = all(isinstance(value, str) for each in names for value in each.values())
    amounts = all(isinstance(mg, float) for mg in key.mg_of_kit.values())
    kits = key.arm_of_kit.keys() == key.mg_of_kit.keys() == key.step_of_kit.keys()
    return texts and amounts and kits


def _strengths(key: Key) -> dict[tuple[str, str], float]:
    """Milligrams per capsule by dose step and arm."""
    strengths: dict[tuple[str, str], float] = {}
    for kit, arm in key.arm_of_kit.items():
        place = key.step_of_kit[kit], arm
        if strengths.setdefault(place, key.mg_of_kit[kit]) != key.mg_of_kit[kit]:
            raise ImpossibleValue(f"Kits of step {place[0]} are of several strengths in one arm.")
    for step in {step for step, _ in strengths}:
        if any((step, arm) not in strengths for arm in key.arms):
            raise ImpossibleValue(f"Step {step} has kits of one arm only.")
    return strengths
