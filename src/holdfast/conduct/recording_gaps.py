"""When a session was recorded and when not: gaps, a recording never started, one that ran on."""

from __future__ import annotations

from holdfast.conduct import values
from holdfast.conduct.case import Case, minutes_between
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.standing.care import Mark
from holdfast.conduct.visits import Break
from holdfast.protocol.model import Protocol
from holdfast.timing import Instant

CONSENT = "recording"
"""The consent item that permits a recording."""


def asked(protocol: Protocol) -> bool:
    """Whether the study asks for consent to recording, hence for a recording."""
    return any(item.code == CONSENT for item in protocol.consent)


def agreed(person: ParticipantStanding, at: Instant) -> bool:
    """Whether consent to recording was in force at a moment."""
    withdrawn = person.consents_withdrawn.get(CONSENT)
    return CONSENT in person.consents or (withdrawn is not None and withdrawn.at > at.at)


def last_mark(session: SessionStanding, at: Instant) -> Mark | None:
    """What the recording did last before a moment; None where it was never started by then."""
    before = [each for each in session.recording if each.at.at <= at.at]
    return before[-1] if before else None


def off_since(session: SessionStanding, at: Instant) -> Instant | None:
    """Since when nothing was recorded under drug effect; None while it runs or before a dose."""
    mark = last_mark(session, at)
    if session.t0 is None or at.at <= session.t0.at or (mark is not None and mark.runs):
        return None
    return session.t0 if mark is None else max(session.t0, mark.at, key=lambda each: each.at)


def gap_over(case: Case, session: SessionStanding) -> list[Break]:
    """A gap that ends now. No limit: every gap is a deviation; after the end the end has told it."""
    since = off_since(session, case.at)
    if since is None or session.ended is not None:
        return []
    return _gap(since, case.at, "until it ran again")


def _gap(since: Instant, until: Instant, how: str) -> list[Break]:
    minutes = minutes_between(since, until)
    if minutes <= 0:
        return []
    long = (
        f"{minutes:.0f} minutes" if minutes >= 1.5 else "a minute" if minutes >= 1 else "less than a minute"
    )
    what = f"Nothing was recorded for {long}, from {since.local:%H:%M} {how} at {until.local:%H:%M}."
    return [("recording-gap", what, "minor")]


def ran_on(case: Case, session: SessionStanding, person: ParticipantStanding) -> list[Break]:
    """A recording that ran on after consent to it was withdrawn, told when it stops or the session ends."""
    withdrawn = person.consents_withdrawn.get(CONSENT)
    if CONSENT in person.consents or withdrawn is None or "recording-without-consent" in session.noticed:
        return []
    mark = last_mark(session, case.at)
    if mark is None or not mark.runs:
        return []
    minutes = minutes_between(max(withdrawn, mark.at, key=lambda each: each.at), case.at)
    limit = values.constant(case.protocol, "recording-stop-minutes", study=case.study, site=case.site)
    if minutes <= limit:
        return []
    what = f"The recording ran for {minutes:.0f} minutes after consent to it was withdrawn."
    return [("recording-without-consent", what, "major")]


def told_at_end(case: Case, session: SessionStanding) -> list[Break]:
    """What the end of a session finds: no recording at all, or one that is not running."""
    person = case.participant(session.participant)
    until = case.at
    withdrawn = person.consents_withdrawn.get(CONSENT)
    if CONSENT not in person.consents:
        if withdrawn is None:
            return []
        until = min(withdrawn, case.at, key=lambda each: each.at)
    how = "until the session ended" if until is case.at else "until consent to it was withdrawn"
    if session.t0 is None or until.at <= session.t0.at:
        return ran_on(case, session, person)
    if not any(each.runs and each.at.at <= until.at for each in session.recording):
        return [("recording-missing", "No recording of the session was started.", "major")]
    since = off_since(session, until)
    return _gap(since, until, how) if since is not None else ran_on(case, session, person)
