"""When everyone comes: recruitment over months and sites, visits on days the sites work.

Person i of a course is the i-th to be randomised. Their baseline rating is on the day of
randomisation; screening and preparation lie before it, everything else after it by the
protocol's days, moved off the sites' days of rest inside the windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from holdfast.dice import uniform
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.luck import Luck

LEAD_DAYS = 75
"""From the study's opening to the first randomisation, at the earliest."""
DAYS_PER_MONTH = 30.4
OUTSIDE_ENROLLED = 10_000
"""Person indices from here on belong to people who do not enter."""
_MOVABLE = frozenset({VisitKind.INTEGRATION, VisitKind.FOLLOW_UP})


@dataclass(frozen=True, slots=True)
class Itinerary:
    """One person's dates: contact, and every visit by code. ``site`` is an index into the sites."""

    index: int
    site: int
    contact: date
    visits: Mapping[str, date]
    randomised: date


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who does not enter: "not-invited", "screening" or "baseline" is where the way ends."""

    index: int
    site: int
    contact: date
    ends: str
    visits: Mapping[str, date]


@dataclass(frozen=True, slots=True)
class Week:
    """The sites' days of rest, as weekdays (Monday 0)."""

    rest: tuple[int, ...] = (5, 6)

    def works(self, day: date) -> bool:
        """Whether sites see people on that day."""
        return day.weekday() not in self.rest

    def on_or_before(self, day: date) -> date:
        """The last working day up to a date."""
        while not self.works(day):
            day -= timedelta(days=1)
        return day

    def on_or_after(self, day: date) -> date:
        """The first working day from a date."""
        while not self.works(day):
            day += timedelta(days=1)
        return day


def site_of(assumptions: Assumptions, *, seed: int, people: int) -> list[int]:
    """Each enrolled person's site, by share."""
    shares = np.cumsum(assumptions.recruitment.site_shares.numbers)
    drawn = uniform(seed, 0, np.arange(people), "site") * shares[-1]
    return [int(index) for index in np.minimum(np.searchsorted(shares, drawn, side="right"), len(shares) - 1)]


def itineraries(
    assumptions: Assumptions, protocol: Protocol, *, seed: int, sites: list[int], start: date, week: Week
) -> list[Itinerary]:
    """The enrolled in order of randomisation, the study opening on ``start``."""
    gap = DAYS_PER_MONTH / assumptions.recruitment.per_month.number
    waits = -np.log(uniform(seed, 0, np.arange(len(sites)), "recruitment")) * gap
    days = np.cumsum(waits).astype(int)
    return [
        _itinerary(
            assumptions,
            protocol,
            luck=Luck(seed, index),
            index=index,
            site=site,
            randomised=week.on_or_after(start + timedelta(days=LEAD_DAYS + int(days[index]))),
            week=week,
        )
        for index, site in enumerate(sites)
    ]


def _itinerary(
    assumptions: Assumptions,
    protocol: Protocol,
    *,
    luck: Luck,
    index: int,
    site: int,
    randomised: date,
    week: Week,
) -> Itinerary:
    before, contact = _way_in(assumptions, protocol, luck=luck, baseline=randomised, week=week)
    visits: dict[str, date] = {}
    for visit in protocol.visits:
        if visit.code in before:
            visits[visit.code] = before[visit.code]
        else:
            target = _target(visit, visits, randomised)
            visits[visit.code] = _fit(assumptions, visit, target, luck=luck, week=week)
    return Itinerary(index, site, contact, visits, randomised)


def _way_in(
    assumptions: Assumptions, protocol: Protocol, *, luck: Luck, baseline: date, week: Week
) -> tuple[dict[str, date], date]:
    """Screening, preparation and baseline, counted back from the baseline rating; and the first contact."""
    part = assumptions.recruitment
    kinds = {VisitKind.SCREENING, VisitKind.PREPARATION, VisitKind.BASELINE}
    early = [visit for visit in protocol.visits if visit.kind in kinds]
    found: dict[str, date] = {}
    day = baseline
    for visit in reversed(early):
        if visit.kind is not VisitKind.BASELINE:
            days = part.screening_days if visit.kind is VisitKind.SCREENING else part.preparation_gap_days
            low, high = (int(number) for number in days.numbers)
            day = week.on_or_before(day - timedelta(days=luck.whole("way-in", low, high)))
        found[visit.code] = day
    return found, week.on_or_before(day - timedelta(days=luck.whole("contact-wait", 3, 12)))


def _target(visit: Visit, visits: Mapping[str, date], randomised: date) -> date:
    if visit.day is not None:
        day = int(visit.day.number)
        return randomised + timedelta(days=day - 1 if day > 0 else day)
    days = int(visit.days.number) if visit.days is not None else 0
    return visits[visit.after or ""] + timedelta(days=days)


def _fit(assumptions: Assumptions, visit: Visit, target: date, *, luck: Luck, week: Week) -> date:
    """The target moved to a working day of its window; now and then a visit ends up outside it."""
    early, late = int(visit.early.number), int(visit.late.number)
    if visit.kind in _MOVABLE and late and luck.strikes("window", assumptions.habit("visit_outside_window")):
        return week.on_or_after(target + timedelta(days=late + luck.whole("window-days", 1, 4)))
    if visit.kind is VisitKind.CONTACT or week.works(target):
        return target
    before, after = week.on_or_before(target), week.on_or_after(target)
    if visit.kind is VisitKind.DOSING:
        return after
    if (target - before).days <= early:
        return before
    return after if (after - target).days <= late else target


def newcomers(
    assumptions: Assumptions, protocol: Protocol, *, seed: int, enrolled: list[Itinerary], week: Week
) -> list[Newcomer]:
    """Those who come into contact and do not enter, spread over the time of recruitment."""
    part, n = assumptions.recruitment, len(enrolled)
    ends = (
        *("not-invited",) * round(part.not_invited.number * n),
        *("screening",) * round(part.screen_failures.number * n),
        *("baseline",) * round(part.baseline_failures.number * n),
    )
    first = min(each.contact for each in enrolled)
    span = (max(each.contact for each in enrolled) - first).days
    shares = tuple(part.site_shares.numbers)
    codes = tuple(str(site) for site in range(len(shares)))
    found = []
    for number, end in enumerate(ends):
        luck = Luck(seed, OUTSIDE_ENROLLED + number)
        site = int(luck.pick("site", codes, shares))
        contact = week.on_or_after(first + timedelta(days=int(luck.draw("contact") * span)))
        visits = _way_on(protocol, luck=luck, contact=contact, week=week)
        found.append(Newcomer(OUTSIDE_ENROLLED + number, site, contact, end, visits))
    return found


def _way_on(protocol: Protocol, *, luck: Luck, contact: date, week: Week) -> dict[str, date]:
    """Screening, preparation and baseline, counted on from the first contact."""
    found: dict[str, date] = {}
    day = contact
    for visit in protocol.visits:
        if visit.kind is VisitKind.SCREENING:
            day = week.on_or_after(day + timedelta(days=luck.whole("wait", 3, 12)))
        elif visit.kind is VisitKind.PREPARATION and visit.days is not None:
            gap = 14 if not any(code.startswith("prep") for code in found) else int(visit.days.number)
            day = week.on_or_after(day + timedelta(days=gap))
        elif visit.kind is VisitKind.BASELINE:
            day = week.on_or_after(day + timedelta(days=6))
        else:
            break
        found[visit.code] = day
    return found
