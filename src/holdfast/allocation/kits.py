"""Kits: numbers that tell nothing, and the choice of a kit by whoever holds the key.

Kit numbers are drawn at random without replacement from a range much larger than the
number of kits, before arms are dealt to them: the key holder's file is the only link.
Lot and expiry belong to the packaging of a step and are the same for all arms, for a lot
of its own would name an arm as surely as a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from holdfast import dice
from holdfast.allocation.key import Key
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import DoseStep, Protocol

LOWEST, NUMBERS = 100_000, 900_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What everyone may know of a kit."""

    number: str
    site: str
    step: str
    capsules: int
    expires: str
    lot: str


def steps_of(protocol: Protocol) -> tuple[DoseStep, ...]:
    """The dose steps of a protocol, session by session."""
    return tuple(
        step
        for session in protocol.sessions
        for step in (session.first, session.supplemental)
        if step is not None
    )


def make_kits(
    steps: Sequence[DoseStep],
    *,
    per_site: Mapping[str, int],
    expires: str,
    lot: str,
    seed: int,
    capsules: int = 1,
    trial: int = 0,
) -> tuple[tuple[Kit, ...], Key]:
    """``per_site[site]`` kits of each step and arm, each with one dose in ``capsules`` capsules.

    Returns the kits in the order of site, step and number, and the key to them: arm, step
    and mg per capsule. ``expires`` is an ISO date; the lot of a step is ``lot`` with the
    step's code. Raises ImpossibleValue for numbers that cannot be.
    """
    if capsules < 1 or any(count < 0 for count in per_site.values()):
        raise ImpossibleValue("A kit has at least one capsule, and a site no fewer than no kits.")
    wanted = [
        (site, step, arm)
        for site, count in per_site.items()
        for step in steps
        for arm in step.mg
        for _ in range(count)
    ]
    numbers = _numbers(len(wanted), seed=seed, trial=trial)
    kits = [
        Kit(
            number=number,
            site=site,
            step=step.step,
            capsules=capsules,
            expires=expires,
            lot=f"{lot}-{step.step}",
        )
        for number, (site, step, _) in zip(numbers, wanted, strict=True)
    ]
    key = Key(
        arm_of_kit={number: arm for number, (_, _, arm) in zip(numbers, wanted, strict=True)},
        mg_of_kit={
            number: step.mg[arm].number / capsules
            for number, (_, step, arm) in zip(numbers, wanted, strict=True)
        },
        step_of_kit={number: step.step for number, (_, step, _) in zip(numbers, wanted, strict=True)},
    )
    order = {step.step: place for place, step in enumerate(steps)}
    return tuple(sorted(kits, key=lambda kit: (kit.site, order[kit.step], kit.number))), key


def choose_kit(key: Key, *, slot: str, step: str, kits: Iterable[Kit]) -> Kit:
    """The kit for a slot's dose step, of those on hand: the first to expire, then by a lot of the key's.

    By the lowest number, whoever sees numbers of kits would see kits passed over, which
    are those of the other arm, and two rising rows of numbers, an arm each. The lot is
    drawn from the key itself: nobody else can draw it again.

    ``kits`` are those that may be used: at the participant's site, released, in date, not
    assigned. Raises UnknownName for a slot that the key does not hold and where no kit
    fits. Only the key holder may see which.
    """
    arm = _arm_of(key, slot)
    fitting = [kit for kit in kits if kit.step == step and key.arm_of_kit.get(kit.number) == arm]
    if not fitting:
        raise UnknownName(f"No usable kit for {step} is at hand for slot {slot}; order or release one.")
    lot = _lot(key, fitting)
    return min(
        fitting, key=lambda kit: (kit.expires, sha256(f"{lot}/{slot}/{step}/{kit.number}".encode()).digest())
    )


def _arm_of(key: Key, slot: str) -> str:
    """The arm of a slot; where nobody was randomised there is no slot, and one arm."""
    if not slot and not key.arm_of_slot and len(key.arms) == 1:
        return key.arms[0]
    if slot not in key.arm_of_slot:
        raise UnknownName(f"The allocation key does not hold slot {slot}.")
    return key.arm_of_slot[slot]


def _lot(key: Key, fitting: Sequence[Kit]) -> str:
    """A digest that only who holds the key can make: it tells every slot's arm, and these kits', at once."""
    arms = [f"{slot}={arm}" for slot, arm in sorted(key.arm_of_slot.items())]
    return sha256("\n".join([*arms, *sorted(kit.number for kit in fitting)]).encode()).hexdigest()


def _numbers(count: int, *, seed: int, trial: int) -> list[str]:
    """Distinct kit numbers, "K" and six digits, in the order in which they were drawn."""
    if count > NUMBERS // 2:
        raise ImpossibleValue(
            f"{count} kits are too many for numbers that tell nothing; at most {NUMBERS // 2}."
        )
    drawn: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)
    distinct = drawn
    while distinct.size < count:
        # A repeated number is passed over, which leaves a draw without replacement.
        more = np.arange(drawn.size, drawn.size + 2 * count + 16)
        cast = dice.uniform(seed, trial, 0, "kit-numbers", more)
        drawn = np.concatenate([drawn, (cast * NUMBERS).astype(np.int64)])
        distinct = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    return [f"K{LOWEST + number}" for number in distinct[:count].tolist()]
