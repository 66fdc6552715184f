"""The band for the highest dose allowed, on the page of a session: the same for every participant.

What comes in is the protocol: its steps at its hours, and whether a step has been taken. No
weight, no reading, no medicine, no kit and no key. Two participants at the same step of the same
study at the same minute are shown the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.forecast_ready import Steps, prepared
from holdfast.clinic.dosing.room import Room
from holdfast.conduct.bedside import LimitNow, minute_of
from holdfast.conduct.case import Case
from holdfast.conduct.dose import window_hours
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.vitals import schedule
from holdfast.sourced import Figure

if TYPE_CHECKING:
    from holdfast.pharmacology.forecast_blinded import BlindedBand

EVERY_MIN = 5
"""Now is taken down to so many minutes: the chances move little, and all sessions share them."""
ROWS_EVERY = 3
"""The table has every third of the band's ten minutes."""


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """A limit and the chance of passing it before the next reading, with and without tolerance."""

    limit: str
    chance: str
    bound: str


@dataclass(frozen=True, slots=True)
class BandRow:
    """The band of one moment: for each measure the middle, half of readings, nine of ten."""

    t: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class ForecastNow:
    """What the page says of the band; ``band`` None while it is made or where there is none."""

    band: BlindedBand | None = field(compare=False)  # what is shown of it stands in the words
    trouble: str
    summary: str
    chances: tuple[ChanceRow, ...]
    rows: tuple[BandRow, ...]
    names: tuple[str, ...]
    before: str


def forecast(room: Room, case: Case, limits: dict[str, tuple[LimitNow, ...]]) -> ForecastNow | None:
    """The band as it is shown now; None where the study file does not turn it on, and before a dose."""
    shown = room.protocol.forecast
    if shown is None or shown.show != "highest-dose" or room.session.t0 is None:
        return None
    steps = steps_so_far(room, case)
    if steps is None:
        return _without(_("The hour of the supplemental dose awaits a physician's signature."))
    made = prepared.ask(steps, study=room.study)
    if made is None:
        return _without(_("The band is being made; it comes by itself in a moment."))
    if isinstance(made, str):
        return _without(made)
    return _with(room, case, made, steps, limits)


def steps_so_far(room: Room, case: Case) -> Steps | None:
    """The protocol's steps that have been taken, at the protocol's hours; None where an hour is unsigned."""
    first, second = room.plan.first, room.plan.supplemental
    found: list[tuple[float, tuple[float, ...]]] = [(0.0, _amounts(first.mg))]
    if second is not None and second.step in room.session.doses:
        opens, closes = window_hours(case, room.visit, second)
        if opens is None or closes is None:
            return None
        # The protocol's hour, not the minute it was swallowed: that would differ between people.
        found.append(((opens + closes) / 2, _amounts(second.mg)))
    return tuple(found)


def _amounts(mg: dict[str, Figure]) -> tuple[float, ...]:
    return tuple(sorted(each.number for each in mg.values()))


def _without(trouble: str) -> ForecastNow:
    return ForecastNow(None, trouble, "", (), (), (), "")


def _with(
    room: Room, case: Case, band: BlindedBand, steps: Steps, limits: dict[str, tuple[LimitNow, ...]]
) -> ForecastNow:
    following = next_minute(room, case)
    chances = () if following is None else _chances(room, steps, limits, following)
    return ForecastNow(
        band=band,
        trouble="",
        summary=_summary(band, following, chances),
        chances=chances,
        rows=tuple(_row(band, index) for index in range(0, len(band.time_h), ROWS_EVERY)),
        names=tuple(f"{wording.measure(code)}, {wording.unit(code)}" for code in MEASURES),
        before="" if following is None else wording.t_plus(following),
    )


def _now(room: Room) -> float:
    since = minute_of(room.session, room.at)
    return 0.0 if since is None else EVERY_MIN * math.floor(max(since, 0) / EVERY_MIN)


def next_minute(room: Room, case: Case) -> float | None:
    """The next scheduled minute within the hours of the band."""
    plan = schedule(case.protocol, study=case.study, site=case.site) or ()
    return next((minute for minute in plan if _now(room) < minute <= 480), None)


def _chances(
    room: Room, steps: Steps, limits: dict[str, tuple[LimitNow, ...]], following: float
) -> tuple[ChanceRow, ...]:
    from holdfast.pharmacology.forecast_blinded import Step
    from holdfast.pharmacology.forecast_chances import blinded_chances
    from holdfast.pharmacology.forecast_readings import Limit

    asked = [
        (each, Limit(code, each.number, each.limit.op == ">="))
        for code in MEASURES
        for each in limits[code]
        if each.number is not None
    ]
    found = blinded_chances(
        [Step(at_h, mg) for at_h, mg in steps],
        [limit for _each, limit in asked],
        now_h=_now(room) / 60,
        next_h=following / 60,
    )
    return tuple(
        ChanceRow(_limit_words(code_of(each), each), percent(one.course), percent(one.without_tolerance))
        for (each, _limit), one in zip(asked, found, strict=True)
    )


def code_of(limit: LimitNow) -> str:
    """A limit's measure as records call it."""
    return limit.limit.measure.replace("-", "_")


def _limit_words(code: str, each: LimitNow) -> str:
    sign = "≥" if each.limit.op == ">=" else "≤"
    return f"{wording.measure(code)} {sign} {each.number:g} {wording.unit(code)}"


def percent(chance: float) -> str:
    """A chance as a whole percentage."""
    if chance < 0.005:
        return _("under 1 %")
    return "100 %" if chance > 0.995 else f"{100 * chance:.0f} %"


def _row(band: BlindedBand, index: int) -> BandRow:
    cells = []
    for code in MEASURES:
        one = band.bands[code]
        digits = 1 if code == "temperature" else 0

        def shown(value: float, digits: int = digits) -> str:
            return f"{value:.{digits}f}"

        half = f"{shown(one.half[0][index])}–{shown(one.half[1][index])}"
        ninety = f"{shown(one.ninety[0][index])}–{shown(one.ninety[1][index])}"
        cells.append(f"{half} ({ninety})")
    return BandRow(wording.t_plus(60 * float(band.time_h[index])), tuple(cells))


def _summary(band: BlindedBand, following: float | None, chances: Sequence[ChanceRow]) -> str:
    if following is None:
        return _("The band ends eight hours after the first dose.")
    index = min(range(len(band.time_h)), key=lambda each: abs(60 * float(band.time_h[each]) - following))
    low, high = (float(each[index]) for each in band.bands["systolic"].ninety)
    expected = _("At %(t)s nine of ten readings would be between %(low)s and %(high)s mmHg systolic.") % {
        "t": wording.t_plus(following),
        "low": f"{low:.0f}",
        "high": f"{high:.0f}",
    }
    if not chances:
        return expected
    first = _("Until then: %(limit)s in %(chance)s of people.") % {
        "limit": chances[0].limit,
        "chance": chances[0].chance,
    }
    return f"{expected} {first}"
