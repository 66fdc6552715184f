"""When what was noted arrived: after the session had ended, or from a device whose clock is off."""

from __future__ import annotations

from typing import Any

from holdfast.conduct import values
from holdfast.conduct.case import Case, minutes_between
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.streams import OF_SESSION
from holdfast.conduct.visits import Break
from holdfast.timing import Instant


def session_told_of(case: Case) -> SessionStanding | None:
    """The session a report is of; None for reports of other things."""
    what: Any = case.action.what
    return case.session(what.participant, what.visit) if type(what) in OF_SESSION else None


def arrived_late(case: Case) -> list[Break]:
    """Something of a session that arrived when it had ended, or when the participant had left."""
    session = session_told_of(case)
    if session is None:
        return []
    after = next(
        (
            words
            for end, words in (
                (session.ended, "the session had ended"),
                (session.discharged, "the participant had left"),
            )
            if end is not None and case.at.at < end.at
        ),
        "",
    )
    minutes = minutes_between(case.at, Instant(case.now, case.at.zone))
    tolerance = values.constant(case.protocol, "future-tolerance-minutes", study=case.study, site=case.site)
    if not after or minutes <= tolerance:
        return []
    what = f"Of {case.at.local:%H:%M}; it arrived {minutes:.0f} minutes later, when {after}."
    return [("arrived-late", what, "minor")]


def clock_skew(case: Case) -> list[Break]:
    """A device whose clock is off, told once a session."""
    skew, session = case.stamp.skew_s, session_told_of(case)
    if skew is None or session is None or case.stamp.device in session.skewed:
        return []
    limit = values.constant(case.protocol, "clock-skew-seconds", study=case.study, site=case.site)
    if abs(skew) <= limit:
        return []
    way = "behind" if skew > 0 else "ahead of"
    what = (
        f"The clock of {case.stamp.device} was {abs(skew):.0f} seconds {way} the server's; times may be off."
    )
    return [("clock-skew", what, "minor")]
