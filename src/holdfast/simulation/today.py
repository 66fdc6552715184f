"""A calendar with today in its middle: a study under way, with somebody at every step of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.errors import Refusal
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.cast import Site
from holdfast.simulation.course import Course
from holdfast.simulation.itinerary import (
    DAYS_PER_MONTH,
    LEAD_DAYS,
    Itinerary,
    Newcomer,
    Week,
    itineraries,
    newcomers,
)
from holdfast.simulation.play_entry import JUDGED_AFTER

INTO_THE_SESSION = timedelta(hours=2, minutes=40)
SEARCH_DAYS = 45
NEAR_ENOUGH = 0.05
"""An opening whose share of randomised is this near to the one wanted is taken at once."""
OVERDUE = range(2, 12)
"""Days since the visit that somebody is late for."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A plan of a rehearsal: when it opens and stops, who comes when.

    ``session_start`` gives first-dose times fixed beforehand, by person index and visit;
    ``quiet`` the moments from which nothing more is heard of somebody.
    """

    start: date
    until: datetime | None
    enrolled: tuple[Itinerary, ...]
    others: tuple[Newcomer, ...]
    session_start: Mapping[int, Mapping[str, datetime]]
    quiet: Mapping[int, datetime]


def underway(
    assumptions: Assumptions,
    protocol: Protocol,
    course: Course,
    *,
    seed: int,
    homes: list[int],
    cast: tuple[Site, ...],
    today: date,
    until: datetime,
    way: float,
) -> Underway:
    """The calendar on which today somebody is in a session, screened, prepared and overdue.

    Openings are tried from the likeliest on; the first near enough to ``way`` is taken, or
    else the nearest.

    Raises:
        Refusal: where no opening serves; another share of the way or another seed will.
    """
    # Sites that rest at the weekend would see nobody on a Sunday: their week is moved instead.
    week = Week() if Week().works(today) else Week(((today.weekday() + 3) % 7, (today.weekday() + 4) % 7))
    guess = today - timedelta(
        days=LEAD_DAYS + round(way * len(homes) / assumptions.recruitment.per_month.number * DAYS_PER_MONTH)
    )
    best: tuple[float, date, tuple[Itinerary, ...], int] | None = None
    for shift in sorted(range(-SEARCH_DAYS, SEARCH_DAYS + 1), key=abs):
        start = guess + timedelta(days=shift)
        enrolled = tuple(itineraries(assumptions, protocol, seed=seed, sites=homes, start=start, week=week))
        chosen = _in_session(protocol, course, enrolled, cast, today=today, until=until)
        if chosen is None or not _everyone_there(protocol, enrolled, today):
            continue
        off = abs(sum(each.randomised < today for each in enrolled) / len(enrolled) - way)
        if best is None or off < best[0]:
            best = off, start, enrolled, chosen
        if off < NEAR_ENOUGH:
            break
    if best is None:
        raise Refusal(f"No calendar puts {today} into the middle of this study; try another seed or share.")
    _, start, enrolled, chosen = best
    others = newcomers(assumptions, protocol, seed=seed, enrolled=list(enrolled), week=week)
    visit = _session_on(protocol, enrolled[chosen], today)
    return Underway(
        start,
        until,
        enrolled,
        tuple(others),
        {chosen: {visit: until - INTO_THE_SESSION}},
        _overdue(protocol, course, enrolled, today=today, until=until, apart_from=chosen),
    )


def _session_on(protocol: Protocol, each: Itinerary, today: date) -> str:
    dosing = [session.visit for session in protocol.sessions]
    return next((code for code in dosing if each.visits[code] == today), "")


def _in_session(
    protocol: Protocol,
    course: Course,
    enrolled: tuple[Itinerary, ...],
    cast: tuple[Site, ...],
    *,
    today: date,
    until: datetime,
) -> int | None:
    """Who holds a session today, at the site where the hour is likeliest for one."""
    dosing = [session.visit for session in protocol.sessions]
    found = []
    for each in enrolled:
        visit = _session_on(protocol, each, today)
        if visit and course.held[0, each.index, dosing.index(visit)]:
            local = (until - INTO_THE_SESSION).astimezone(ZoneInfo(cast[each.site].zone))
            if local.date() == today:
                found.append((abs(local.hour + local.minute / 60 - 10), each.index))
    return min(found)[1] if found else None


def _everyone_there(protocol: Protocol, enrolled: tuple[Itinerary, ...], today: date) -> bool:
    """Somebody waits for the judgement of their screening, and somebody is in preparation."""
    first = {kind: next(v.code for v in protocol.visits if v.kind is kind) for kind in _WAY_IN}
    screened = any(
        0 < (today - each.visits[first[VisitKind.SCREENING]]).days < JUDGED_AFTER[0] for each in enrolled
    )
    prepared = any(
        each.visits[first[VisitKind.PREPARATION]] < today < each.visits[first[VisitKind.BASELINE]]
        for each in enrolled
    )
    return screened and prepared


_WAY_IN = (VisitKind.SCREENING, VisitKind.PREPARATION, VisitKind.BASELINE)


def _overdue(
    protocol: Protocol,
    course: Course,
    enrolled: tuple[Itinerary, ...],
    *,
    today: date,
    until: datetime,
    apart_from: int,
) -> dict[int, datetime]:
    """One or two people who should have come some days ago and were not heard of since."""
    found: dict[int, datetime] = {}
    kinds = (VisitKind.ASSESSMENT, VisitKind.INTEGRATION)
    codes = [visit.code for visit in protocol.visits if visit.kind in kinds]
    for each in enrolled:
        stays = int(course.left[0, each.index]) == course.visits
        late = [code for code in codes if (today - each.visits[code]).days in OVERDUE]
        if stays and late and each.index != apart_from and len(found) < 2:
            days = max((today - each.visits[code]).days for code in late)
            found[each.index] = until - timedelta(days=days + 1)
    return found
