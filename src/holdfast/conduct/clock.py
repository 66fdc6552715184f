"""Which moment a person means who types the time on the clock.

Clocks are put back and forward, and sessions go past midnight: a time of day may be one moment,
two, or none. What cannot be told is asked; nothing is guessed.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from holdfast.conduct.standing import SessionStanding
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant, date_in_words, moments_of, put_forward, time_in_words

BEFORE = timedelta(hours=12)
"""How far back yesterday's clock is meant where no session tells when the day began."""


def meant(clock: time, now: Instant, *, session: SessionStanding) -> tuple[Instant, ...]:
    """The moments a time of day may stand for, in order; where there are two the person is asked.

    Raises ImpossibleValue (field ``clock``) for a time yet to come and for one that the clocks
    were put forward over.
    """
    today, yesterday = now.day, now.day - timedelta(days=1)
    here, before = (_moments(day, clock, now) for day in (today, yesterday))
    before = tuple(at for at in before if at.at >= _begun(session, now))
    # Of two moments of today one within the session is meant; one moment may lie before it.
    here = tuple(at for at in here if at.at >= _begun(session, now)) or here
    if here:
        return (*before, *here) if _over(session, here) and before else here
    for day in (today, yesterday):
        _not_passed_over(day, clock, now, since=_begun(session, now))
    if before:
        return before
    raise ImpossibleValue(
        f"{clock:%H:%M} is yet to come: it is {time_in_words(now)}. Write when it happened.", field="clock"
    )


def _moments(day: date, clock: time, now: Instant) -> tuple[Instant, ...]:
    found = moments_of(datetime.combine(day, clock), now.zone)
    return tuple(Instant(at, now.zone) for at in found if at <= now.at)


def _begun(session: SessionStanding, now: Instant) -> datetime:
    return now.at - BEFORE if session.started is None else session.started.at


def _over(session: SessionStanding, here: tuple[Instant, ...]) -> bool:
    """Whether today's moment lies after the participant left: then yesterday's may be meant."""
    return session.discharged is not None and all(at.at > session.discharged.at for at in here)


def _not_passed_over(day: date, clock: time, now: Instant, *, since: datetime) -> None:
    local = datetime.combine(day, clock)
    if moments_of(local, now.zone):
        return
    before, after = put_forward(local, now.zone)
    changed = moments_of(after, now.zone)[0]
    if since <= changed <= now.at:
        raise ImpossibleValue(
            f"There was no {clock:%H:%M} on {date_in_words(day)}: the clocks were put forward from "
            f"{before:%H:%M} to {after:%H:%M}.",
            field="clock",
        )
