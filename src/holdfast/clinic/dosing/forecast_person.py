"""A person's own forecast, fitted to their readings: only where the protocol has no arm to be blind to.

Never an individual's clearance: vital signs do not tell it, and nothing here has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.chart import Axis, Scale
from holdfast.clinic.dosing.forecast_drawn import Shape, shapes
from holdfast.clinic.dosing.forecasting import code_of, percent
from holdfast.clinic.dosing.room import Room
from holdfast.conduct.bedside import LimitNow, minute_of, told
from holdfast.conduct.standing.session import MEASURES
from holdfast.errors import NotPermitted
from holdfast.instruments.vitals import USUAL
from holdfast.pharmacology.doses import Dose
from holdfast.protocol.model import DoseStep
from holdfast.records.session import VitalsRead

if TYPE_CHECKING:
    from holdfast.pharmacology.explain import Band
    from holdfast.pharmacology.forecast import Forecast, Openness, Tracked
    from holdfast.pharmacology.forecast_prior import Prior
    from holdfast.pharmacology.forecast_readings import Limit, Reading
    from holdfast.pharmacology.system import Floats

GRID_H = 1 / 12
"""Doses are taken to five minutes, so that people dosed at like times share one prior."""
LANE, GAP, TOP = 110.0, 46.0, 24.0
END_MIN = 480


@dataclass(frozen=True, slots=True)
class PersonLane:
    """One measure: where it lies, its scale, what was expected before, what is now, and what was read."""

    name: str
    top: str
    bottom: str
    least: str
    most: str
    before: tuple[Shape, ...]
    now: tuple[Shape, ...]
    dots: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PassingRow:
    """A limit and its chances: of the course, of the next reading, without tolerance, before any reading."""

    limit: str
    course: str
    reading: str
    bound: str
    before: str


@dataclass(frozen=True, slots=True)
class PersonForecast:
    """Everything the page shows."""

    words: tuple[str, ...]
    still_prior: bool
    bits: str
    widths: tuple[tuple[str, str], ...]
    lanes: tuple[PersonLane, ...]
    height: str
    passing: tuple[PassingRow, ...]
    until: str


def permitted(room: Room) -> None:
    """NotPermitted unless the study file shows a person's own forecast, which a blinded one cannot."""
    shown = room.protocol.forecast
    if room.protocol.blinded or shown is None or shown.show != "posterior":
        raise NotPermitted(
            _("This study shows no forecast of a person: what is fitted to readings would tell the arm.")
        )


def person_forecast(
    room: Room, limits: dict[str, tuple[LimitNow, ...]], *, next_minute: float
) -> PersonForecast:
    """The forecast from now on. Imports the equations: ask ``forecast_ready`` first."""
    from holdfast.pharmacology.forecast import Openness, posterior

    permitted(room)
    openness = Openness.REHEARSAL if not room.whole_study.live else Openness.OPEN_LABEL
    tracked = _tracked(doses_taken(room), tuple(_readings(room)), openness)
    now_h = max(minute_of(room.session, room.at) or 0.0, 0.0) / 60
    asked = [
        (each, limit)
        for code in MEASURES
        for each in limits[code]
        if (limit := _limit(code, each)) is not None
    ]
    found = posterior(
        tracked, openness, now_h=now_h, next_h=next_minute / 60, limits=[limit for _each, limit in asked]
    )
    return _shown(room, found, limits, [each for each, _limit_ in asked], next_minute)


def doses_taken(room: Room) -> tuple[Dose, ...]:
    """The doses of the one arm as they were taken, to five minutes."""
    session, found = room.session, []
    steps: tuple[DoseStep | None, ...] = (room.plan.first, room.plan.supplemental)
    for step in steps:
        taken = None if step is None else session.doses.get(step.step)
        if step is None or taken is None or session.t0 is None:
            continue
        hours = (taken.at.at - session.t0.at).total_seconds() / 3600
        (amount,) = step.mg.values()
        found.append(Dose(amount.number, round(round(hours / GRID_H) * GRID_H, 6)))
    return tuple(found)


def _readings(room: Room) -> Iterator[Reading]:
    from holdfast.pharmacology.forecast_readings import Reading

    for record, fact in told(room.session, VitalsRead):
        minute = minute_of(room.session, record.happened_at)
        if minute is not None:
            yield Reading(minute / 60, fact.systolic, fact.diastolic, fact.heart_rate, fact.temperature)


def _limit(code: str, each: LimitNow) -> Limit | None:
    from holdfast.pharmacology.forecast_readings import Limit as Asked

    return None if each.number is None else Asked(code, each.number, each.limit.op == ">=")


@lru_cache(maxsize=4)
def _prior(doses: tuple[Dose, ...]) -> Prior:
    from holdfast.pharmacology.forecast_prior import prior

    return prior(doses)


@lru_cache(maxsize=128)
def _tracked(doses: tuple[Dose, ...], readings: tuple[Reading, ...], openness: Openness) -> Tracked:
    """A person after their readings; what one reading fewer had told is taken from memory."""
    from holdfast.pharmacology.forecast import begin
    from holdfast.pharmacology.forecast import told as after

    if not readings:
        return begin(_prior(doses), openness)
    return after(_tracked(doses, readings[:-1], openness), readings[-1])


# --- as it is shown ----------------------------------------------------------------------


def _shown(
    room: Room,
    found: Forecast,
    limits: dict[str, tuple[LimitNow, ...]],
    asked: list[LimitNow],
    next_minute: float,
) -> PersonForecast:
    learned = found.learned
    return PersonForecast(
        words=found.words,
        still_prior=learned.still_prior,
        bits=f"{learned.bits:.1f}",
        widths=tuple((wording.measure(code), percent(learned.width[code])) for code in MEASURES),
        lanes=tuple(_lane(room, found, code, index, limits[code]) for index, code in enumerate(MEASURES)),
        height=f"{TOP + len(MEASURES) * (LANE + GAP):.0f}",
        passing=tuple(
            PassingRow(
                limit=_limit_words(each),
                course=percent(one.course),
                reading=percent(one.reading),
                bound=percent(one.without_tolerance),
                before=percent(one.prior),
            )
            for each, one in zip(asked, found.passing, strict=True)
        ),
        until=wording.t_plus(next_minute),
    )


def _limit_words(each: LimitNow) -> str:
    code, sign = code_of(each), "≥" if each.limit.op == ">=" else "≤"
    return f"{wording.measure(code)} {sign} {each.number:g} {wording.unit(code)}"


def _lane(room: Room, found: Forecast, code: str, index: int, limits: tuple[LimitNow, ...]) -> PersonLane:
    top = TOP + index * (LANE + GAP)
    band, before = found.bands[code], found.prior[code]
    read = [(minute, value) for minute, value in _dots(room, code) if 0 <= minute <= END_MIN]
    low, high = _span(code, band, before, [value for _minute, value in read])
    scale, axis = Scale(low, high, top, top + LANE), Axis(0.0, float(END_MIN))
    return PersonLane(
        name=f"{wording.measure(code)}, {wording.unit(code)}",
        top=f"{top:.1f}",
        bottom=f"{top + LANE:.1f}",
        least=f"{low:g}",
        most=f"{high:g}",
        before=tuple(_edges(found.time_h, before, axis, scale)),
        now=shapes(found.time_h, band, x=axis.x, y=scale.inside),
        dots=tuple((axis.x(minute), f"{scale.inside(value):.1f}") for minute, value in read),
        limits=tuple(
            (f"{scale.y(each.number):.1f}", f"{each.number:g}")
            for each in limits
            if each.number is not None and low <= each.number <= high
        ),
    )


def _dots(room: Room, code: str) -> Iterator[tuple[float, float]]:
    for record, fact in told(room.session, VitalsRead):
        minute, value = minute_of(room.session, record.happened_at), getattr(fact, code)
        if minute is not None and value is not None:
            yield minute, float(value)


def _span(code: str, band: Band, before: Band, read: list[float]) -> tuple[float, float]:
    usual = USUAL[code].numbers
    least = min(usual[0], float(band.ninety[0].min()), float(before.ninety[0].min()), *read)
    most = max(usual[1], float(band.ninety[1].max()), float(before.ninety[1].max()), *read)
    return float(int(least)), float(int(most) + 1)


def _edges(time_h: Floats, before: Band, axis: Axis, scale: Scale) -> Iterator[Shape]:
    """The band before any reading, as its two edges."""
    for values in before.ninety:
        points = [
            f"{axis.x(60 * float(hour))},{scale.inside(float(value)):.1f}"
            for hour, value in zip(time_h, values, strict=True)
        ]
        yield Shape("edge", " ".join(points))
