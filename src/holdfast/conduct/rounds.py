"""The rounds in which effects are asked for by name: who rates which hour, and how each stands.

The observer rates in the session, the participant the hours that the study file gives
them: the session's end and the next morning. A round that nobody rated by the time the
participant leaves was never asked for; one that was asked for and not answered says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.conduct import values
from holdfast.conduct.case import Case, Pen, hours_between
from holdfast.conduct.standing import SessionStanding
from holdfast.protocol.checks.safety import NEXT_MORNING
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.session import PromptsMissed, PromptsRated

OBSERVER, PARTICIPANT = "observer", "participant"
RATERS = (OBSERVER, PARTICIPANT)
LATE = "prompts-late-minutes"
"""The setting, or conduct's own constant, after which a due round is overdue."""


@dataclass(frozen=True, slots=True)
class RoundNow:
    """One round: its hour, whose it is, when it is due, how it stands.

    ``state`` is "rated", "unanswered" (asked for), "not-asked", "overdue", "due" or
    "upcoming"; ``also`` names who else rated the hour.
    """

    hour: float
    by: str
    at: datetime | None
    state: str
    also: tuple[str, ...] = ()


def asked_of(protocol: Protocol) -> tuple[tuple[float, str], ...]:
    """Every round of the study file, and who rates it."""
    own = protocol.adverse_events.participant_hours
    return tuple(
        (hour, PARTICIPANT if hour in own else OBSERVER)
        for hour in protocol.adverse_events.prompt_at_hours.numbers
    )


def is_morning(hour: float) -> bool:
    """Whether a round is that of the next morning, asked before the participant leaves."""
    return hour >= NEXT_MORNING[0]


def rounds_now(protocol: Protocol, session: SessionStanding, now: datetime) -> tuple[RoundNow, ...]:
    """Every round as it stands."""
    facts = [each.fact for each in resolve(session.history)]
    rated = [each for each in facts if isinstance(each, PromptsRated)]
    missed = [each for each in facts if isinstance(each, PromptsMissed)]
    found = []
    for hour, by in asked_of(protocol):
        at = None if session.t0 is None else session.t0.at + timedelta(hours=hour)
        recorded = _recorded(rated, missed, hour=hour, by=by)
        also = tuple(sorted({each.rated_by for each in rated if each.at_hour == hour} - {by}))
        found.append(RoundNow(hour, by, at, recorded or _due(at, now, late_after(protocol)), also))
    return tuple(found)


def late_after(protocol: Protocol) -> timedelta:
    """After how long a round that is due is overdue."""
    own = [each.value.number for each in protocol.settings if each.code == LATE]
    return timedelta(minutes=own[0] if own else values.OWN[LATE].number)


def _recorded(rated: list[PromptsRated], missed: list[PromptsMissed], *, hour: float, by: str) -> str:
    """What is recorded of a round; empty where nothing is. A rating counts whatever was said before."""
    if any((each.at_hour, each.rated_by) == (hour, by) for each in rated):
        return "rated"
    own = [each for each in missed if (each.at_hour, each.rated_by) == (hour, by)]
    if not own:
        return ""
    return "unanswered" if any(each.asked for each in own) else "not-asked"


def _due(at: datetime | None, now: datetime, allowed: timedelta) -> str:
    if at is None or now < at:
        return "upcoming"
    return "overdue" if now > at + allowed else "due"


def left_out(case: Case, session: SessionStanding) -> tuple[tuple[float, str], ...]:
    """The rounds whose time came before the participant leaves now, and of which nothing is recorded."""
    if session.t0 is None:
        return ()
    passed = hours_between(session.t0, case.at)
    return tuple(
        (each.hour, each.by)
        for each in rounds_now(case.protocol, session, case.at.at)
        if each.state in ("upcoming", "due", "overdue") and _came(each.hour, passed)
    )


def _came(hour: float, passed: float) -> bool:
    return passed >= (NEXT_MORNING[0] if is_morning(hour) else hour)


def never_asked(case: Case, session: SessionStanding, main: Record, pen: Pen) -> None:
    """What leaving brings: each round nobody asked for is recorded as such, and one deviation names all."""
    missing = left_out(case, session)
    for hour, by in missing:
        fact = PromptsMissed(at_hour=hour, rated_by=by, asked=False, why="Nothing recorded before leaving.")
        pen.follow(main.stream, fact, because=main.id)
    if missing:
        words = ", ".join(f"hour {hour:g} ({by})" for hour, by in missing)
        what = f"Effects were not asked for by name: {words}."
        pen.deviate(main.stream, "prompts-missed", what, severity="minor", because=main.id)
