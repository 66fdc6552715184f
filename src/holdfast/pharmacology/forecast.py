"""The next hours of pressures, rate and temperature, given the readings of one person.

For open-label studies, rehearsals and research only: whatever is fitted to readings tells the
arm. A blinded room gets ``forecast_blinded.blinded_band``. Nothing here returns a clearance:
vital signs say almost nothing about it (Kolbrich et al. 2008, J Clin Psychopharmacol 28:432).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from holdfast.errors import ImpossibleValue, NotPermitted
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.doses import Dose, in_words
from holdfast.pharmacology.explain import Band
from holdfast.pharmacology.forecast_bands import bands, chance_below, chance_beyond, chance_of_passing
from holdfast.pharmacology.forecast_blinded import BOUND, NO_ALARM, SHOWN
from holdfast.pharmacology.forecast_learned import Learned, learned
from holdfast.pharmacology.forecast_members import Members, Sums, added, fresh, nothing, reweighted
from holdfast.pharmacology.forecast_prior import HOURS, Prior, with_doses
from holdfast.pharmacology.forecast_readings import (
    APART_H,
    CODES,
    REST_H,
    SIGNS,
    Limit,
    Reading,
    limit_of,
    values_of,
)
from holdfast.pharmacology.system import Floats
from holdfast.sourced import Figure, Status

UNEXPLAINED = Figure(
    value=1e-6,
    unit="1",
    source="a reading with less than this chance beyond it is taken as explained by no member",
    status=Status.ASSUMED,
    date=known.MADE,
)


class Openness(StrEnum):
    """Why a forecast may be fitted to readings: nobody in the room is blinded."""

    OPEN_LABEL = "open-label"
    REHEARSAL = "rehearsal"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class Tracked:
    """A person's readings so far and the members they left.

    ``used`` holds (hour, value or NaN of each sign); ``aside`` says what was not used and why;
    ``latest`` is the hour of the newest reading of each sign, ``lost`` whether no member explains it.
    """

    openness: Openness
    prior: Prior
    expected: dict[str, Band]
    sums: Sums
    members: Members
    used: tuple[tuple[float, tuple[float, ...]], ...] = ()
    aside: tuple[str, ...] = ()
    latest: tuple[float, ...] = (-np.inf,) * len(CODES)
    lost: tuple[bool, ...] = (False,) * len(CODES)


@dataclass(frozen=True, slots=True)
class Passing:
    """Chances of passing a limit before the next reading.

    ``course``: that the course itself does at some time until then, ``reading``: that the next
    reading lies beyond; ``without_tolerance`` and ``prior``: of the course, as bound and before any reading.
    """

    limit: Limit
    course: float
    reading: float
    without_tolerance: float
    prior: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Bands of readings at T hours from now on, before (``prior``) and after the readings (``bands``)."""

    openness: Openness
    time_h: Floats
    bands: dict[str, Band]
    prior: dict[str, Band]
    passing: tuple[Passing, ...]
    learned: Learned
    words: tuple[str, ...]


def begin(prior: Prior, openness: Openness) -> Tracked:
    """A person of whom nothing was read yet.

    Raises:
        NotPermitted: anything but a value of ``Openness``.
    """
    _permitted(openness)
    members, sums = fresh(prior), nothing(prior)
    return Tracked(openness, prior, bands(members, prior, sums, SHOWN), sums, members)


def _permitted(openness: Openness) -> None:
    if not isinstance(openness, Openness):
        raise NotPermitted(
            "A forecast fitted to readings tells the arm. It is for open-label studies, rehearsals and "
            f"research, asked for by a value of Openness, not {openness!r}; a blinded room "
            "shows blinded_band."
        )


def told(tracked: Tracked, reading: Reading) -> Tracked:
    """What is known after one more reading; the order in which readings come does not matter.

    A reading that cannot be used (long before the dose, after the hours, twice, none of its signs taken, or
    such as no member explains) changes no member; ``aside`` says so.

    Raises:
        ImpossibleValue: a value that cannot be true.
    """
    values, said = _usable(tracked, reading, values_of(reading))
    if not np.isfinite(values).any():
        return replace(tracked, aside=(*tracked.aside, *said))
    odd = _unexplained(tracked, reading.at_h, values)
    said += [_odd_words(sign, reading.at_h, values[sign]) for sign in range(len(CODES)) if odd[sign]]
    newest = np.isfinite(values) & (reading.at_h >= np.array(tracked.latest))
    values_used = np.where(odd, np.nan, values)
    return replace(
        _with(tracked, reading.at_h, values_used) if np.isfinite(values_used).any() else tracked,
        aside=(*tracked.aside, *said),
        latest=tuple(np.where(newest, reading.at_h, tracked.latest).tolist()),
        lost=tuple(np.where(newest, odd, tracked.lost).tolist()),
    )


def _with(tracked: Tracked, at_h: float, values: Floats) -> Tracked:
    sums = added(tracked.sums, tracked.prior, at_h, values)
    used = (*tracked.used, (at_h, tuple(values.tolist())))
    members = reweighted(tracked.members, tracked.prior, tracked.sums, sums, told=len(used))
    return replace(tracked, sums=sums, members=members, used=used)


def _usable(tracked: Tracked, reading: Reading, values: Floats) -> tuple[Floats, list[str]]:
    """The values that may be used, NaN for the others, and a sentence on each that may not."""
    at = reading.at_h
    if not np.isfinite(values).any():
        return values, [f"The reading at {at:.2f} h holds no vital sign; nothing changed."]
    none = np.full(values.shape, np.nan)
    if at < -REST_H.number:
        return none, [
            f"The reading {-at:.2f} h before the dose was not used: only those of the last {REST_H.number:g} "
            "h before it count as at rest."
        ]
    if at > HOURS[-1]:
        return none, [f"The reading at {at:.2f} h was not used: the forecast ends at {HOURS[-1]:g} h."]
    return _apart(tracked, at, values)


def _apart(tracked: Tracked, at: float, values: Floats) -> tuple[Floats, list[str]]:
    """Leave out what was read within a minute of a reading already used: it is the same moment."""
    values, said = values.copy(), []
    for hour, old in tracked.used:
        if abs(hour - at) >= APART_H.number:
            continue
        for sign in np.flatnonzero(np.isfinite(values) & np.isfinite(old)):
            words, unit = SIGNS[sign].words, SIGNS[sign].unit
            same = values[sign] == old[sign]
            said.append(
                f"{words} {values[sign]:g} {unit} at {at:.2f} h came twice; it is used once."
                if same
                else f"{words} at {at:.2f} h came as {old[sign]:g} and as {values[sign]:g} {unit} within a "
                "minute; the first is used. Recheck which is right."
            )
            values[sign] = np.nan
    return values, said


def _unexplained(tracked: Tracked, at: float, values: Floats) -> np.ndarray:
    below = chance_below(tracked.members, tracked.prior, tracked.sums, at, values)
    return np.asarray(np.minimum(below, 1 - below) < UNEXPLAINED.number)


def _odd_words(sign: int, at: float, value: float) -> str:
    return (
        f"No virtual person explains {SIGNS[sign].words.lower()} {value:g} {SIGNS[sign].unit} at {at:.2f} h. "
        "Recheck it; if it is right, go by the readings, not by this forecast."
    )


def dosed(tracked: Tracked, doses: Sequence[Dose]) -> Tracked:
    """The same person after other doses (the first and a supplemental one): all readings are weighed again.

    Raises:
        ImpossibleValue: doses no study gave.
    """
    prior = with_doses(tracked.prior, doses)
    sums = nothing(prior)
    for at, values in tracked.used:
        sums = added(sums, prior, at, np.array(values))
    members = reweighted(tracked.members, prior, tracked.sums, sums, told=len(tracked.used))
    expected = bands(fresh(prior), prior, nothing(prior), SHOWN)
    return replace(tracked, prior=prior, expected=expected, sums=sums, members=members)


def posterior(
    tracked: Tracked,
    openness: Openness,
    *,
    now_h: float,
    next_h: float,
    limits: Sequence[Limit] = (),
) -> Forecast:
    """The forecast from now on, and the chances of passing limits before the next reading.

    Raises:
        NotPermitted: anything but the value of ``Openness`` the person was begun with.
        ImpossibleValue: hours out of order or beyond what is forecast, or a limit that is no number.
        UnknownName: a limit of an unknown sign.
    """
    _permitted(openness)
    if openness is not tracked.openness:
        raise NotPermitted(f"This person was begun as {tracked.openness}, not as {openness}; begin anew.")
    _check_hours(now_h, next_h)
    for limit in limits:
        limit_of(limit)
    shown = shown_of(tracked)
    ahead = HOURS[SHOWN] >= now_h
    expected = {code: _part(band, ahead) for code, band in tracked.expected.items()}
    found = expected
    if shown.sums.count.any():
        found = bands(shown.members, shown.prior, shown.sums, SHOWN[ahead])
    told_so_far = learned(shown.members, shown.prior, shown.sums, found, expected)
    return Forecast(
        openness=openness,
        time_h=HOURS[SHOWN][ahead],
        bands=found,
        prior=expected,
        passing=tuple(_passing(shown, limit, now_h, next_h) for limit in limits),
        learned=told_so_far,
        words=_words(tracked, told_so_far),
    )


def shown_of(tracked: Tracked) -> Tracked:
    """What may be shown: the prior alone while no member explains a sign's newest reading."""
    if not any(tracked.lost):
        return tracked
    return replace(tracked, members=fresh(tracked.prior), sums=nothing(tracked.prior))


def _check_hours(now_h: float, next_h: float) -> None:
    if not 0 <= now_h < next_h <= HOURS[-1]:
        raise ImpossibleValue(
            f"Now ({now_h:g} h) and the next reading ({next_h:g} h) follow each other within 0 to "
            f"{HOURS[-1]:g} h from the first dose.",
            field="next_h",
        )


def _part(band: Band, keep: np.ndarray) -> Band:
    def pair(two: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
        return two[0][keep], two[1][keep]

    bound = None if band.untamed is None else pair(band.untamed)
    return Band(band.median[keep], pair(band.half), pair(band.ninety), bound)


def _passing(shown: Tracked, limit: Limit, now_h: float, next_h: float) -> Passing:
    prior = shown.prior
    held = shown.members, prior, shown.sums
    course, bare = (
        chance_of_passing(*held, limit, now_h=now_h, next_h=next_h, bare=bare) for bare in (False, True)
    )
    return Passing(
        limit=limit,
        course=course,
        reading=chance_beyond(*held, limit, next_h=next_h),
        without_tolerance=bare,
        prior=chance_of_passing(fresh(prior), prior, nothing(prior), limit, now_h=now_h, next_h=next_h),
    )


def _words(tracked: Tracked, so_far: Learned) -> tuple[str, ...]:
    lost = [sign.words.lower() for sign, gone in zip(SIGNS, tracked.lost, strict=True) if gone]
    fallen = (
        f"The last reading of {' and '.join(lost)} is explained by no virtual person: what is shown is the "
        "prior and says nothing of this person. Go by the readings.",
    )
    return (
        f"Forecast ({tracked.openness}) after {in_words(tracked.prior.doses)}, model {tracked.prior.model}. "
        "Bands are of readings: half are expected in the dark band, nine of ten in the light one.",
        *(fallen if lost else ()),
        *so_far.words,
        *_set_aside(tracked.aside),
        BOUND,
        "It says nothing of how fast this person clears the drug: vital signs do not tell (Kolbrich 2008).",
        NO_ALARM,
    )


def _set_aside(aside: tuple[str, ...]) -> tuple[str, ...]:
    """The last few sentences: a device gone mad must not bury the others."""
    if len(aside) <= _SHOWN_ASIDE:
        return aside
    return (f"{len(aside) - _SHOWN_ASIDE:,} earlier readings were not used either.", *aside[-_SHOWN_ASIDE:])


_SHOWN_ASIDE = 4
