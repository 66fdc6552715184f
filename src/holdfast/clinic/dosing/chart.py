"""The chart of a session as plain marks on a fixed axis; the template only draws them.

Three lanes under each other (blood pressure as bars, heart rate, temperature) over a strip
of doses and events. Each lane spans the usual values of its measure, wider where a reading or
a limit lies outside, so that nothing moves while a session goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.forecast_drawn import Shape, shapes
from holdfast.clinic.dosing.pieces import Pieces
from holdfast.clinic.dosing.room import Room
from holdfast.conduct.bedside import LimitNow, limits_of, minute_of, told
from holdfast.conduct.case import Case
from holdfast.conduct.standing.session import MEASURES
from holdfast.instruments.vitals import USUAL
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.session import DoseGiven, SessionEvent, VitalsMissed, VitalsRead
from holdfast.timing import Instant, time_in_words

if TYPE_CHECKING:
    from holdfast.pharmacology.forecast_blinded import BlindedBand

F = TypeVar("F", bound=Fact)
BAR, DOT, TICK = "dosing/bar.html", "dosing/dot.html", "dosing/tick.html"
LEFT, RIGHT = 40.0, 640.0
STRIP = (18.0, 44.0)
LANES = {"pressure": (66.0, 240.0), "heart_rate": (264.0, 350.0), "temperature": (374.0, 440.0)}
FOOT = 440.0
HOURS_AFTER, HOURS_BEFORE = 8, 1
GAP = 13.0
"""The least distance between two labels beside a lane."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place, with a word for who hovers over it."""

    x: str
    y: str
    y2: str = ""
    words: str = ""
    passed: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A limit or a grid line across a lane, and its label."""

    y: str
    label_y: str
    words: str
    kind: str


@dataclass(slots=True)
class Lane:
    """One lane: its name, its limits, its marks."""

    code: str
    name: str
    unit: str
    top: str
    bottom: str
    middle: str
    height: str
    lines: list[Line] = field(default_factory=list)
    bars: Pieces = field(default_factory=lambda: Pieces(BAR, ()))
    dots: Pieces = field(default_factory=lambda: Pieces(DOT, ()))
    path: str = ""
    scale: list[Mark] = field(default_factory=list)
    under: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn."""

    lanes: list[Lane]
    hours: list[Mark]
    doses: list[Mark]
    events: Pieces
    missed: list[Mark]
    now: str
    summary: str
    start: str
    per_minute: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From session minutes to a place across."""

    first: float
    last: float

    def x(self, minute: float) -> str:
        """Across."""
        inside = min(max(minute, self.first), self.last)
        return f"{LEFT + (RIGHT - LEFT) * (inside - self.first) / (self.last - self.first):.1f}"

    @property
    def per_minute(self) -> str:
        """How far one minute is across."""
        return f"{(RIGHT - LEFT) / (self.last - self.first):.5f}"


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value to a height in a lane."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Down."""
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)

    def inside(self, value: float) -> float:
        """Down, kept within the lane."""
        return min(max(self.y(value), self.top), self.bottom)


def chart(room: Room, case_limits: dict[str, tuple[LimitNow, ...]], band: BlindedBand | None = None) -> Chart:
    """The chart of a session as it is now."""
    session = room.session
    readings = told(session, VitalsRead)
    axis = Axis(-60.0 * HOURS_BEFORE, 60.0 * HOURS_AFTER)
    since = minute_of(session, room.at)
    return Chart(
        lanes=[_pressure(room, readings, axis, case_limits, band)]
        + [
            _single(room, readings, axis, code, case_limits[code], band)
            for code in ("heart_rate", "temperature")
        ],
        hours=[
            Mark(axis.x(60.0 * hour), "", words=wording.t_plus(60.0 * hour))
            for hour in range(-HOURS_BEFORE, HOURS_AFTER + 1)
        ],
        doses=[
            Mark(axis.x(minute), f"{STRIP[0]:.1f}", words=_dose_words(room, fact))
            for minute, fact in _placed(room, told(session, DoseGiven))
        ],
        events=Pieces(
            TICK,
            tuple(
                Mark(axis.x(minute), f"{STRIP[1]:.1f}", words=wording.event(fact.event))
                for minute, fact in _placed(room, told(session, SessionEvent))
            ),
        ),
        missed=[
            Mark(axis.x(float(fact.due_minute)), f"{FOOT - 8:.1f}", words=_("not taken: ") + fact.why)
            for _record, fact in told(session, VitalsMissed)
        ],
        now=""
        if since is None or session.discharged is not None or not axis.first <= since <= axis.last
        else axis.x(since),
        summary=summary(room, readings),
        start=f"{LEFT - axis.first * float(axis.per_minute):.2f}",
        per_minute=axis.per_minute,
    )


def _placed(room: Room, pairs: Iterable[tuple[Record, F]]) -> list[tuple[float, F]]:
    found: list[tuple[float, F]] = []
    for record, fact in pairs:
        minute = _minute(room, record.happened_at)
        if minute is not None:
            found.append((minute, fact))
    return found


def _minute(room: Room, at: Instant) -> float | None:
    """The session minute; before any dose, minutes are counted back from now."""
    session = room.session
    if session.t0 is not None:
        return minute_of(session, at)
    return (at.at - room.at.at).total_seconds() / 60.0


def _dose_words(room: Room, fact: DoseGiven) -> str:
    supplemental = room.plan.supplemental
    return wording.step(supplemental=supplemental is not None and fact.step == supplemental.step)


def _scale(code: str, values: Sequence[float], limits: Sequence[LimitNow], lane: str) -> Scale:
    low, high = USUAL[code].numbers
    if lane == "pressure":
        low = USUAL["diastolic"].numbers[0]
    known = [*values, *(each.number for each in limits if each.number is not None)]
    top, bottom = LANES[lane]
    return Scale(min([low, *known]), max([high, *known]), top, bottom)


def _lane(code: str, name: str, unit: str) -> Lane:
    top, bottom = LANES[code]
    return Lane(
        code=code,
        name=name,
        unit=unit,
        top=f"{top:.1f}",
        bottom=f"{bottom:.1f}",
        middle=f"{(top + bottom) / 2:.1f}",
        height=f"{bottom - top:.1f}",
    )


def _pressure(
    room: Room,
    readings: list[tuple[Record, VitalsRead]],
    axis: Axis,
    limits: dict[str, tuple[LimitNow, ...]],
    band: BlindedBand | None,
) -> Lane:
    lane = _lane("pressure", _("Blood pressure"), wording.unit("systolic"))
    both = [
        (minute, fact.systolic, fact.diastolic)
        for record, fact in readings
        if fact.systolic is not None
        and fact.diastolic is not None
        and (minute := _minute(room, record.happened_at)) is not None
    ]
    values = [number for _m, systolic, diastolic in both for number in (systolic, diastolic)]
    # Of the two pressures only the systolic limits are drawn: both would not be told apart.
    scale = _scale("systolic", values, limits["systolic"], "pressure")
    lane.lines = _lines(limits["systolic"], scale, _("sys"))
    lane.under = _under(band, ("systolic", "diastolic"), axis, scale)
    lane.bars = Pieces(
        BAR,
        tuple(
            Mark(
                axis.x(minute),
                f"{scale.y(systolic):.1f}",
                f"{scale.y(diastolic):.1f}",
                f"{wording.t_plus(minute)} {systolic:g}/{diastolic:g}",
            )
            for minute, systolic, diastolic in both
        ),
    )
    lane.scale = _ticks(scale)
    return lane


def _single(
    room: Room,
    readings: list[tuple[Record, VitalsRead]],
    axis: Axis,
    code: str,
    limits: tuple[LimitNow, ...],
    band: BlindedBand | None,
) -> Lane:
    lane = _lane(code, wording.measure(code), wording.unit(code))
    found = [
        (minute, float(number))
        for record, fact in readings
        if (number := getattr(fact, code)) is not None
        and (minute := _minute(room, record.happened_at)) is not None
    ]
    scale = _scale(code, [number for _m, number in found], limits, code)
    lane.lines = _lines(limits, scale, "")
    lane.under = _under(band, (code,), axis, scale)
    dots = tuple(
        Mark(axis.x(minute), f"{scale.y(number):.1f}", words=f"{wording.t_plus(minute)} {number:g}")
        for minute, number in found
    )
    lane.dots = Pieces(DOT, dots)
    lane.path = " ".join(f"{mark.x},{mark.y}" for mark in dots)
    lane.scale = _ticks(scale)
    return lane


def _under(band: BlindedBand | None, codes: Sequence[str], axis: Axis, scale: Scale) -> tuple[Shape, ...]:
    if band is None:
        return ()
    return tuple(
        shape for code in codes for shape in shapes(band.time_h, band.bands[code], x=axis.x, y=scale.inside)
    )


def _lines(limits: Sequence[LimitNow], scale: Scale, prefix: str) -> list[Line]:
    found = [each for each in limits if each.number is not None]
    placed: list[Line] = []
    below = scale.bottom + GAP
    for each in sorted(found, key=lambda one: one.number or 0.0):
        y = scale.y(each.number or 0.0)
        below = min(y + 4.0, below - GAP)
        words = f"{prefix} {'≥' if each.limit.op == '>=' else '≤'} {each.number:g}".strip()
        placed.append(Line(f"{y:.1f}", f"{below:.1f}", words, each.limit.priority))
    return placed


def _ticks(scale: Scale) -> list[Mark]:
    return [
        Mark("", f"{scale.top + 10:.1f}", words=f"{scale.high:g}"),
        Mark("", f"{scale.bottom:.1f}", words=f"{scale.low:g}"),
    ]


def limits_by_measure(case: Case) -> dict[str, tuple[LimitNow, ...]]:
    """The limits of every measure that is drawn."""
    return {code: limits_of(case, code) for code in MEASURES}


def summary(room: Room, readings: list[tuple[Record, VitalsRead]]) -> str:
    """The chart in one line, for who cannot see it."""
    if not readings:
        return _("No readings yet.")
    record, fact = readings[-1]
    systolic = [f.systolic for _r, f in readings if f.systolic is not None]
    last = _("Last at %(time)s: %(values)s.") % {
        "time": time_in_words(record.happened_at),
        "values": in_words(fact),
    }
    count = _("%(count)s readings.") % {"count": len(readings)}
    if not systolic:
        return f"{count} {last}"
    peak = _("Highest systolic %(value)s mmHg.") % {"value": wording.number(max(systolic))}
    return f"{count} {peak} {last}"


def in_words(fact: VitalsRead) -> str:
    """A reading as people say it: 128/82 mmHg, 84 /min, 37.1 °C."""
    parts = []
    if fact.systolic is not None or fact.diastolic is not None:
        pair = "/".join("–" if each is None else f"{each:g}" for each in (fact.systolic, fact.diastolic))
        parts.append(f"{pair} {wording.unit('systolic')}")
    parts += [
        f"{number:g} {wording.unit(code)}"
        for code in ("heart_rate", "temperature")
        if (number := getattr(fact, code)) is not None
    ]
    return ", ".join(parts)
