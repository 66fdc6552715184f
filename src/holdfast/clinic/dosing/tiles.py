"""The current values."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso
from holdfast.conduct.bedside import (
    ValueNow,
)
from holdfast.conduct.standing.session import Reading
from holdfast.timing import in_words


@dataclass(frozen=True, slots=True)
class Tile:
    """A current value: the number, how old, when stale, how it moved, its limits, which it passes."""

    code: str
    name: str
    text: str
    unit: str
    at: str
    clock: str
    age: str
    stale_at: str
    stale: bool
    trend: str
    limits: str
    passed: str
    passed_words: str


def tiles(room: Room, values: tuple[ValueNow, ...]) -> list[Tile]:
    """Blood pressure as one tile, then the single measures."""
    by_code = {each.measure: each for each in values}
    systolic, diastolic = by_code["systolic"], by_code["diastolic"]
    text = "/".join("–" if each.last is None else f"{each.last.value:g}" for each in (systolic, diastolic))
    pressure = _tile(
        room,
        "pressure",
        _("Blood pressure"),
        text if systolic.last or diastolic.last else "",
        systolic if systolic.last else diastolic,
        limits=_pair_limits(systolic, diastolic),
        also=diastolic,
    )
    rest = [
        _tile(
            room,
            code,
            wording.measure(code),
            ""
            if value.last is None
            else f"{value.last.value:.1f}"
            if code == "temperature"
            else f"{value.last.value:g}",
            value,
            limits=_limits(value),
        )
        for code, value in by_code.items()
        if code in ("heart_rate", "temperature")
    ]
    return [pressure, *rest]


def _tile(
    room: Room,
    code: str,
    name: str,
    text: str,
    value: ValueNow,
    *,
    limits: str,
    also: ValueNow | None = None,
) -> Tile:
    closed = room.session.discharged is not None
    last, stale_at = value.last, None if closed else value.stale_at
    at, age = _when(room, last)
    passed = [*value.passed, *(also.passed if also else ())]
    worst = min(passed, key=lambda each: ("high", "medium", "low").index(each.limit.priority), default=None)
    mark = wording.priority(worst.limit.priority)[0] if worst else ""
    return Tile(
        code=code,
        name=name,
        text=text,
        unit=wording.unit(value.measure),
        at=iso(last.at.at if last else None),
        clock=at,
        age=age,
        stale_at=iso(stale_at),
        stale=stale_at is not None and room.at.at > stale_at,
        trend=_trend(value),
        limits=limits,
        passed=worst.limit.priority if worst else "",
        passed_words=f"{mark} {_passed_words(worst.limit.op, worst.number)}" if worst else "",
    )


def _when(room: Room, last: Reading | None) -> tuple[str, str]:
    """The time of a value and its age; of a closed session the date with it, and no age."""
    if last is None:
        return "", ""
    if room.session.discharged is not None:
        return in_words(last.at), ""
    return clock(room, last.at.at), wording.span(room.at.at - last.at.at)


def _passed_words(op: str, number: float | None) -> str:
    shown = "" if number is None else f"{number:g}"
    if op == ">=":
        return _("at or above %(limit)s") % {"limit": shown}
    return _("at or below %(limit)s") % {"limit": shown}


def _trend(value: ValueNow) -> str:
    if value.last is None or value.before is None:
        return ""
    change = value.last.value - value.before
    if not change:
        return _("unchanged")
    size = f"{abs(change):.1f}".rstrip("0").rstrip(".")
    return f"▲ {size}" if change > 0 else f"▼ {size}"


def _limits(value: ValueNow) -> str:
    return ", ".join(
        f"{'≥' if each.limit.op == '>=' else '≤'} {each.number:g}"
        for each in reversed(value.limits)
        if each.number is not None
    )


def _pair_limits(systolic: ValueNow, diastolic: ValueNow) -> str:
    parts = []
    for name, value in ((_("sys"), systolic), (_("dia"), diastolic)):
        words = _limits(value)
        if words:
            parts.append(f"{name} {words}")
    return "; ".join(parts)


def distress(room: Room) -> list[Tile]:
    """The last answer about distress, where there is one."""
    last = room.session.last.get("suds")
    if last is None:
        return []
    at, age = _when(room, last)
    return [
        Tile(
            code="suds",
            name=wording.measure("suds"),
            text=f"{last.value:g}",
            unit=_("of 10"),
            at=iso(last.at.at),
            clock=at,
            age=age,
            stale_at="",
            stale=False,
            trend="",
            limits="",
            passed="",
            passed_words="",
        )
    ]


def unsigned_words(values: tuple[ValueNow, ...]) -> str:
    """Which limits nobody has signed: nothing alarms on them."""
    codes = [each.limit.code for value in values for each in value.limits if each.number is None]
    return ", ".join(codes)
