"""What the people in the room need to see of a session now: pure views of a case.

Nothing here decides. The page of a session shows these; ``decide`` asks its own questions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from holdfast.conduct import alarms, consent, values
from holdfast.conduct.case import Case, minutes_between
from holdfast.conduct.dose import window_hours
from holdfast.conduct.facts import (
    CONFIRMABLE,
    because_of_records,
    parsed,
    said_of,
    session_facts,
    verdict,
)
from holdfast.conduct.gate import END, LEAVE, item_of, items_of, overridden
from holdfast.conduct.outlook import ReadingDue, readings_due
from holdfast.conduct.session import session_of
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.standing.session import MEASURES, Alarm, Note, Reading
from holdfast.conduct.vitals import late_after, measure_of, schedule
from holdfast.protocol.model import GateItem, Limit, Protocol
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact, Json
from holdfast.records.session import AlarmRaised, VitalsRead
from holdfast.timing import Instant

F = TypeVar("F", bound=Fact)


# --- what happened, corrections applied ---------------------------------------------


def told(session: SessionStanding, kind: type[F]) -> list[tuple[Record, F]]:
    """The session's records of a kind in the order of happening, corrections applied."""
    found = [(each, each.fact) for each in resolve(session.history) if isinstance(each.fact, kind)]
    return sorted(found, key=lambda pair: pair[0].happened_at.at)


def minute_of(session: SessionStanding, at: Instant) -> float | None:
    """Minutes after the first dose, negative before it; None while there is none."""
    return None if session.t0 is None else minutes_between(session.t0, at)


# --- gates -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemNow:
    """One condition of a gate: "holds", "fails", "unknown" or "overridden", and what would settle it.

    ``asks`` are the facts of its rule that people at the gate confirm, ``missing`` those of
    all its facts that are not known. ``because`` says what the records show, ``note`` what
    somebody noted ahead, which confirms nothing.
    """

    item: GateItem
    truth: str
    missing: tuple[str, ...]
    asks: tuple[str, ...]
    because: tuple[str, ...] = ()
    note: Note | None = None


def gate_now(
    case: Case, participant: str, visit: str, step: str, confirmed: Mapping[str, Json]
) -> tuple[ItemNow, ...]:
    """Every condition of a dose step, of the end or of leaving, as it stands with what is confirmed."""
    session = case.session(participant, visit)
    facts = session_facts(
        case,
        session,
        step=session_of(case.protocol, visit).first.step if step in (END, LEAVE) else step,
        confirmed=confirmed,
        consent_in_force=not consent.in_force(case.protocol, case.participant(participant)),
        max_age="vitals-age-at-leaving" if step in (END, LEAVE) else "vitals-age-at-dose",
    )
    person = case.participant(participant)
    alone = frozenset(name for name, each in said_of(case, person).items() if each.alone)
    found = []
    for code in items_of(case.protocol, visit, step):
        item = item_of(case.protocol, code)
        judged, (_, names) = verdict(item.rule, facts), parsed(item.rule)
        truth = judged.truth.value
        if truth != "holds" and overridden(session, step, item):
            truth = "overridden"
        untold = {name: value for name, value in facts.items() if name not in confirmed}
        settled = verdict(item.rule, untold).truth.value == "holds"
        asks = () if settled else tuple(each for each in names if each in CONFIRMABLE and each not in alone)
        because = () if truth == "holds" else because_of_records(case, person, names)
        note = session.notes.get(code)
        found.append(ItemNow(item, truth, tuple(sorted(judged.missing)), asks, because, note))
    return tuple(found)


# --- readings ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LimitNow:
    """A limit of a measure and its number here; None where it awaits a signature."""

    limit: Limit
    number: float | None


@dataclass(frozen=True, slots=True)
class ValueNow:
    """The last value of a measure, the one before, when it goes stale, and which limits it passes."""

    measure: str
    last: Reading | None
    before: float | None
    stale_at: datetime | None
    limits: tuple[LimitNow, ...]
    passed: tuple[LimitNow, ...]


def values_now(case: Case, session: SessionStanding) -> tuple[ValueNow, ...]:
    """Every vital measure, in the order of the form."""
    return tuple(_value(case, session, measure) for measure in MEASURES)


def limits_of(case: Case, measure: str) -> tuple[LimitNow, ...]:
    """The limits of a measure as records call it, the severest first."""
    found = [
        LimitNow(each, values.limit_value(each, study=case.study, site=case.site))
        for each in case.protocol.limits
        if measure_of(each) == measure
    ]
    return tuple(sorted(found, key=lambda each: alarms.RANK[each.limit.priority]))


def _value(case: Case, session: SessionStanding, measure: str) -> ValueNow:
    read = [(r, getattr(f, measure)) for r, f in told(session, VitalsRead) if getattr(f, measure) is not None]
    limits = limits_of(case, measure)
    if not read:
        return ValueNow(measure, None, None, None, limits, ())
    record, number = read[-1]
    fact = record.fact
    due = fact.due_minute if isinstance(fact, VitalsRead) else None
    return ValueNow(
        measure=measure,
        last=Reading(number, record.happened_at),
        before=read[-2][1] if len(read) > 1 else None,
        stale_at=stale_at(case, session, record.happened_at, due=due),
        limits=limits,
        passed=tuple(
            each
            for each in limits
            if each.number is not None and values.passed(each.limit, number, at=each.number)
        ),
    )


def stale_at(case: Case, session: SessionStanding, at: Instant, *, due: int | None) -> datetime:
    """When a value read at ``at`` must no longer be taken for the present one.

    After the first dose: when the next scheduled reading is late. Before it: when it is
    too old for the gate of a dose. At once where the figures for it await a signature.
    """
    if session.t0 is None:
        age = values.setting(case.protocol, "vitals-age-at-dose", study=case.study, site=case.site)
        return at.at + timedelta(minutes=age or 0)
    allowed = late_after(case.protocol, study=case.study, site=case.site)
    scheduled = schedule(case.protocol, study=case.study, site=case.site)
    if allowed is None or scheduled is None:
        return at.at
    answered = max(minutes_between(session.t0, at), -math.inf if due is None else due)
    following = next((minute for minute in scheduled if minute > max(answered, 0)), None)
    if following is None:
        return at.at + timedelta(minutes=scheduled[-1] - (scheduled[-2:-1] or scheduled)[0] + allowed)
    return session.t0.at + timedelta(minutes=following + allowed)


@dataclass(frozen=True, slots=True)
class DueNow:
    """The schedule of readings: all, what an entry answers now (None: an extra), the next, the late."""

    rows: tuple[ReadingDue, ...]
    answers: ReadingDue | None
    upcoming: ReadingDue | None
    late: tuple[ReadingDue, ...]


def due_now(
    protocol: Protocol,
    session: SessionStanding,
    now: datetime,
    *,
    study: StudyStanding | None = None,
    site: SiteStanding | None = None,
) -> DueNow:
    """Which scheduled reading an entry would answer now, and what is next and late."""
    rows = readings_due(protocol, session, now, study=study, site=site)
    waiting = [each for each in rows if each.state not in ("read", "missed")]
    after = [each for each in waiting if each.minute >= 0]
    if session.t0 is None:
        first = next((each for each in waiting if each.minute < 0), None)
        return DueNow(rows, first, first, ())
    allowed = timedelta(minutes=late_after(protocol, study=study, site=site) or 0)
    open_ = [each for each in after if each.at is not None and each.at - allowed <= now]
    answers = open_[-1] if open_ else None
    upcoming = next((each for each in after if each.state in ("upcoming", "due")), None)
    return DueNow(rows, answers, upcoming, tuple(each for each in after if each.state == "late"))


# --- alarms -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """An alarm that nobody has taken on, or one that was and whose value is not back yet.

    ``again`` is the last reading of its measure since it was taken on.
    """

    alarm: Alarm
    action: str
    limit: float | None
    recheck_at: datetime | None
    again: Reading | None


def alarms_now(
    protocol: Protocol, session: SessionStanding, *, at: Instant | None = None
) -> tuple[AlarmNow, ...]:
    """Alarms to show, the severest first: open ones, and the latest of each cause that was taken on.

    One that was taken on goes when its cause is over: its measure was read again and is back
    within the limit. What happened once (a dose break) goes at its time to look again.
    """
    raised = {record.id: fact for record, fact in told(session, AlarmRaised)}
    found = []
    for each in session.alarms.values():
        if each.taken_by and session.latched.get(each.code) != each.root:
            continue
        if alarms.gone(protocol, session, each, at=at):
            continue
        fact, again = raised.get(each.root), alarms.recheck_at(session, each)
        found.append(
            AlarmNow(
                alarm=each,
                action=fact.action if fact else "",
                limit=each.limit,
                recheck_at=None if again is None else again.at,
                again=alarms.read_again(session, each),
            )
        )
    return tuple(
        sorted(
            found,
            key=lambda one: (
                bool(one.alarm.taken_by),
                alarms.RANK[one.alarm.priority],
                one.alarm.raised_at.at,
            ),
        )
    )


def recheck_minute(session: SessionStanding, at: Instant, *, after: int) -> int:
    """The session minute to look again at something, ``after`` minutes from ``at``."""
    start = session.t0 or session.started
    return after if start is None else math.ceil(minutes_between(start, at)) + after


# --- the supplemental dose ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class WindowNow:
    """The window of the supplemental dose: before, open or over; times None while unsigned or before T0."""

    step: str
    opens: datetime | None
    closes: datetime | None
    state: str


def supplement_now(case: Case, session: SessionStanding, now: datetime) -> WindowNow | None:
    """The supplemental dose's window; None where the protocol has none."""
    step = session_of(case.protocol, session.visit).supplemental
    if step is None:
        return None
    first, last = window_hours(case, session.visit, step)
    if session.t0 is None or first is None or last is None:
        return WindowNow(step.step, None, None, "unknown" if session.t0 else "before")
    opens, closes = (session.t0.at + timedelta(hours=hours) for hours in (first, last))
    state = "before" if now < opens else "over" if now > closes else "open"
    return WindowNow(step.step, opens, closes, state)
