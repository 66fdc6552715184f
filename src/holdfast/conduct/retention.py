"""How many come to follow-up: counted over everybody who entered, whatever they were given.

The forecast is what was seen so far, carried forward with its interval. Nothing is assumed: where
nobody's visit is settled yet, nothing is known, and where very few are, only the counts are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from holdfast.conduct import outlook
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.standing import ParticipantStanding
from holdfast.protocol.model import Protocol, Rung
from holdfast.records.assessment import ContactAttempted
from holdfast.sourced import Figure, Status
from holdfast.statistics.proportions import wilson

LEAST_SETTLED = Figure(
    value=5,
    unit="1",
    source="Of four or fewer visits Wilson's 95 % interval is half of all shares wide, or wider.",
    status=Status.ASSUMED,
    date="2026-11-26",
)
"""A share and a forecast are told from so many settled visits on; the counts always."""
LEFT = "left"
"""The reason of a visit that nobody expects any more: the person withdrew from follow-up."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A follow-up visit: how many were settled, and held; why not; how many are open or to come.

    ``share`` is held of settled with Wilson's 95 % interval; None below ``LEAST_SETTLED``. ``expected``
    is how many will have been held once the others are settled too, with the same interval.
    """

    visit: str
    settled: int
    held: int
    missing: Mapping[str, int]
    waiting: int
    share: tuple[float, float, float] | None
    expected: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """The next rung of the study file's ladder: its number from 1, and from which day it is due.

    ``agreed`` is false where it needs a consent that is not in force: somebody tries another way instead.
    """

    number: int
    rung: Rung
    on: date | None
    agreed: bool

    def due(self, day: date) -> bool:
        """Whether somebody should try on that day."""
        return self.on is None or self.on <= day


@dataclass(frozen=True, slots=True)
class Wanted:
    """A follow-up visit in or past its window: until when, how often somebody tried, how often they must.

    ``next`` is the next rung of the ladder, None where the study file has none or all were tried; ``last`` is
    the outcome of the last attempt.
    """

    participant: str
    visit: str
    until: date | None
    overdue: bool
    tried: int
    attempts: int
    next: NextAttempt | None = None
    last: str = ""


def retention(
    protocol: Protocol, people: Iterable[ParticipantStanding], now: datetime
) -> tuple[Retention, ...]:
    """Each follow-up visit of the protocol, over everybody who entered."""
    rows = [
        {row.visit.code: row for row in outlook.schedule(protocol, person, now)}
        for person in people
        if person.entered is not None
    ]
    return tuple(_of(visit, [each[visit] for each in rows]) for visit in protocol.follow_up.visits)


def _of(visit: str, rows: list[Scheduled]) -> Retention:
    held = sum(row.state is VisitOutlook.DONE for row in rows)
    missing = Counter(row.missed for row in rows if row.state is VisitOutlook.MISSED)
    left = sum(row.state is VisitOutlook.DROPPED for row in rows)
    if left:
        missing[LEFT] += left
    settled = held + missing.total()
    waiting = len(rows) - settled
    share = expected = None
    if settled >= LEAST_SETTLED.number:
        low, high = wilson(held, settled)
        share = (held / settled, low, high)
        middle, least, most = (held + waiting * each for each in share)
        expected = (middle, least, most)
    return Retention(visit, settled, held, dict(sorted(missing.items())), waiting, share, expected)


def wanted(protocol: Protocol, people: Iterable[ParticipantStanding], now: datetime) -> tuple[Wanted, ...]:
    """Whose follow-up visit is in or past its window and not settled, the longest overdue first."""
    attempts = round(protocol.follow_up.attempts.number)
    found = [
        Wanted(
            participant=person.participant,
            visit=row.visit.code,
            until=row.last,
            overdue=row.state is VisitOutlook.OVERDUE,
            tried=sum(visit == row.visit.code for visit, _outcome in person.contacts),
            attempts=attempts,
            next=next_attempt(protocol, person, row),
            last=next(
                (outcome for visit, outcome in reversed(person.contacts) if visit == row.visit.code), ""
            ),
        )
        for person in people
        if person.entered is not None
        for row in outlook.schedule(protocol, person, now)
        if row.visit.code in protocol.follow_up.visits
        and row.state in (VisitOutlook.DUE, VisitOutlook.OVERDUE)
    ]
    return tuple(sorted(found, key=lambda each: (each.until or date.max, each.participant, each.visit)))


def next_attempt(protocol: Protocol, person: ParticipantStanding, row: Scheduled) -> NextAttempt | None:
    """The next rung of the ladder for a visit, counted from the last attempt or the window's first day."""
    ladder = protocol.follow_up.ladder
    tried = [
        record.happened_at.day
        for record in person.history
        if isinstance(record.fact, ContactAttempted) and record.fact.for_visit == row.visit.code
    ]
    if len(tried) >= len(ladder):
        return None
    rung, since = ladder[len(tried)], tried[-1] if tried else row.first
    on = since + timedelta(days=round(rung.after.number)) if since is not None else None
    needs = rung.channel in {item.code for item in protocol.consent}
    return NextAttempt(len(tried) + 1, rung, on, agreed=not needs or rung.channel in person.consents)
