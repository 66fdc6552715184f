"""Checks that hold everywhere: codes once, English texts, figures finite, in the right unit, sourced."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pydantic import BaseModel

from holdfast.protocol.checks.fault import Fault
from holdfast.protocol.citations import NO_SOURCE
from holdfast.protocol.model import Protocol, Text
from holdfast.protocol.reader import Place
from holdfast.sourced import Figure, Status

_NAMED = {
    "arms": "code", "visits": "code", "sessions": "visit", "variables": "name", "forms": "form",
    "eligibility": "code", "consent": "code", "limits": "code", "gates": "code",
    "intercurrent_events": "code", "estimands": "code", "analyses": "code", "settings": "code",
}  # fmt: skip

UNITS = {
    "planned_n": "1", "day": "d", "days": "d", "early": "d", "late": "d", "minutes": "min", "mg": "mg",
    "opens_h": "h", "closes_h": "h", "minimum_hours": "h", "monitors": "1", "block_sizes": "1",
    "at_minutes": "min", "late_after_minutes": "min", "deferral_ceiling_minutes": "min",
    "repeat_after_minutes": "min", "prompt_at_hours": "h", "participant_at_hours": "h",
    "serious_report_hours": "h", "alpha": "1",
    "attempts": "1", "business_days": "d", "due_days": "d", "months": "mo",
}  # fmt: skip
"""The unit of a figure by the key it stands under."""

LISTS = frozenset({"block_sizes", "at_minutes", "prompt_at_hours", "participant_at_hours"})
WHOLE = frozenset(
    {
        "planned_n", "day", "days", "early", "late", "monitors", "block_sizes", "attempts", "business_days",
        "due_days", "months",
    }
)  # fmt: skip
SIGNED = frozenset({"day", "at_minutes", "value"})


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    yield from _codes(protocol)
    for place, part in parts((), protocol):
        if isinstance(part, Figure):
            yield from _figure(place, part)
        else:
            yield from _texts(place, part)


def parts(place: Place, here: object) -> Iterator[tuple[Place, BaseModel]]:
    """Every part and figure of a protocol with its place in the file."""
    if isinstance(here, BaseModel):
        yield place, here
        if not isinstance(here, Figure):
            for name in type(here).model_fields:
                yield from parts((*place, name), getattr(here, name))
    elif isinstance(here, dict):
        for key, value in here.items():
            yield from parts((*place, key), value)
    elif isinstance(here, tuple):
        for index, value in enumerate(here):
            yield from parts((*place, index), value)


def _codes(protocol: Protocol) -> Iterator[Fault]:
    for field, word in _NAMED.items():
        yield from _once((field,), word, tuple(getattr(protocol, field)))
    yield from _once(("adverse_events", "prompts"), "code", protocol.adverse_events.prompts)


def _once(place: Place, word: str, given: tuple[BaseModel, ...]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, part in enumerate(given):
        code = getattr(part, word)
        if code in seen:
            found = f"{code!r} a second time"
            yield Fault((*place, index, word), found, f"each {word} once", "Rename or remove one of the two.")
        seen.add(code)


def _texts(place: Place, part: BaseModel) -> Iterator[Fault]:
    for name, field in type(part).model_fields.items():
        if field.annotation != Text:
            continue
        text: Text = getattr(part, name)
        if not text.get("en", "").strip():
            yield Fault(
                (*place, name), "no English text", "a text under 'en'", "Write it; other languages beside it."
            )


def _figure(place: Place, figure: Figure) -> Iterator[Fault]:
    last = "mg" if place[-2:-1] == ("mg",) else str(place[-1])
    key = last if last in UNITS else ""
    if key and figure.unit != UNITS[key]:
        remedy = f"Give it in {UNITS[key]}."
        yield Fault((*place, "unit"), f"the unit {figure.unit!r}", f"the unit {UNITS[key]!r}", remedy)
    yield from _value((*place, "value"), figure, key=key)
    if figure.status is Status.RECALLED_UNVERIFIED and figure.source != NO_SOURCE:
        yield Fault(
            (*place, "status"),
            "a number that is only recalled",
            "a source, or the status assumed or rehearsal",
            "What is recalled is no citation: find the work, or mark it as what it is.",
        )


def _value(place: Place, figure: Figure, *, key: str) -> Iterator[Fault]:
    values = figure.numbers
    if not values or not all(math.isfinite(value) for value in values):
        yield Fault(place, "no finite number", "a finite number", "Write the number out.")
        return
    if isinstance(figure.value, tuple) and key and key not in LISTS:
        yield Fault(place, f"a list of {len(values)} numbers", "one number", "Write one number.")
    if key in WHOLE and any(value != int(value) for value in values):
        yield Fault(place, f"{figure.value}", "a whole number", "Round it.")
    if key and key not in SIGNED and min(values) < 0:
        yield Fault(
            place, f"{min(values):g}", "no negative number", "Give its size; the key says the direction."
        )
