"""What is next, what is late, what would settle it: pure views of a standing for lists and pages.

Nothing here decides; ``decide`` asks its own questions. Where ``study`` and ``site`` are
given, windows that await a physician's signature are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from holdfast.conduct import consent, contradictions, data_use, enrolment, sharing
from holdfast.conduct.calendar import Planned, planned
from holdfast.conduct.facts import participant_facts, verdict
from holdfast.conduct.followup import OF_TREATMENT
from holdfast.conduct.safety import serious_due
from holdfast.conduct.standing import (
    ParticipantStanding,
    SessionStanding,
    SiteStanding,
    Stage,
    StudyStanding,
)
from holdfast.conduct.standing.parts import FormDone
from holdfast.conduct.vitals import late_after
from holdfast.conduct.vitals import schedule as vitals_schedule
from holdfast.instruments.catalogue import ASK_OF_SUICIDE
from holdfast.protocol.model import Protocol, ScheduledForm, Visit, VisitKind

OVER = frozenset({Stage.UNKNOWN, Stage.NOT_INVITED, Stage.SCREEN_FAILED, Stage.WITHDRAWN, Stage.COMPLETED})
"""Stages in which nothing is expected of a participant any more."""
BEFORE_RANDOMISATION = frozenset({VisitKind.SCREENING, VisitKind.PREPARATION, VisitKind.BASELINE})
FORM_GRACE = timedelta(days=1)
"""A form of a visit that was held is overdue from the day after."""


class VisitOutlook(StrEnum):
    """How a visit stands today."""

    DONE = "done"
    MISSED = "missed"
    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"
    OPEN = "open"  # what it counts from has not happened yet
    DROPPED = "dropped"  # not expected any more


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One visit of the schedule strip. Dates are local; None where not known yet.

    ``on`` is when it was held or is on the calendar; ``forms_open`` its required forms
    that are not filled.
    """

    visit: Visit
    state: VisitOutlook
    target: date | None
    first: date | None
    last: date | None
    on: date | None
    missed: str
    forms_open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something to do next, or overdue: a stable code, a sentence, what it is about, and by when."""

    code: str
    sentence: str
    about: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class CriterionNow:
    """How an eligibility criterion stands: "holds", "fails" or "unknown" with what would settle it."""

    code: str
    truth: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingDue:
    """A scheduled reading of a session: when it is due (UTC) and how it stands.

    ``state`` is "read", "missed", "upcoming", "due" or "late"; a deferred one is due at its
    new time.
    """

    minute: int
    at: datetime | None
    state: str
    deferred: bool


def today(standing: ParticipantStanding, now: datetime) -> date:
    """The local date at the participant's site."""
    return now.astimezone(ZoneInfo(standing.zone)).date()


def schedule(
    protocol: Protocol,
    standing: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding | None = None,
    site: SiteStanding | None = None,
) -> tuple[Scheduled, ...]:
    """Every visit of the protocol, in its order, with its dates and how it stands."""
    day = today(standing, now)
    return tuple(
        _scheduled(standing, visit, planned(protocol, standing, visit, study=study, site=site), day)
        for visit in protocol.visits
    )


def _scheduled(standing: ParticipantStanding, visit: Visit, plan: Planned, day: date) -> Scheduled:
    state = standing.visits.get(visit.code)
    held = None if state is None or state.held is None else state.held.day
    calendar = date.fromisoformat(state.scheduled) if state is not None and state.scheduled else None
    missed = "" if state is None else state.missed
    return Scheduled(
        visit=visit,
        state=_outlook(standing, visit, plan, day, held=held, missed=missed),
        target=plan.target,
        first=plan.first,
        last=plan.last,
        on=held or calendar,
        missed=missed,
        forms_open=_forms_open(standing, visit) if held else (),
    )


def _outlook(
    standing: ParticipantStanding, visit: Visit, plan: Planned, day: date, *, held: date | None, missed: str
) -> VisitOutlook:
    if held is not None:
        return VisitOutlook.DONE
    if missed:
        return VisitOutlook.MISSED
    gone = standing.stage in OVER or not data_use.expected(standing, visit)
    if gone or (standing.stopped and visit.kind in OF_TREATMENT):
        return VisitOutlook.DROPPED
    if plan.first is None or plan.last is None:
        return VisitOutlook.OPEN
    if day > plan.last:
        return VisitOutlook.OVERDUE
    return VisitOutlook.DUE if day >= plan.first else VisitOutlook.UPCOMING


def _forms_open(standing: ParticipantStanding, visit: Visit) -> tuple[str, ...]:
    return tuple(
        form.form
        for form in visit.forms
        if form.required and data_use.asked(standing, form) and completion(standing, visit, form) is None
    )


def completion(standing: ParticipantStanding, visit: Visit, form: ScheduledForm) -> FormDone | None:
    """The latest completion of a form of a visit.

    One filled in another role than the protocol's counts (the deviation stands beside it),
    unless the visit asks several roles for the form, which are told apart by it.
    """
    alone = sum(each.form == form.form for each in visit.forms) == 1
    done = [
        each
        for each in standing.forms.get(form.form, ())
        if each.fact.visit == visit.code and (alone or each.role == form.by)
    ]
    return done[-1] if done else None


def eligibility(protocol: Protocol, standing: ParticipantStanding, at: str) -> tuple[CriterionNow, ...]:
    """How each criterion of "screening" or "baseline" stands on what is known now."""
    facts = participant_facts(protocol, standing)
    found = []
    for criterion in protocol.eligibility:
        if criterion.at == at:
            judged = verdict(criterion.rule, facts)
            found.append(CriterionNow(criterion.code, judged.truth.value, tuple(sorted(judged.missing))))
    return tuple(found)


def next_action(protocol: Protocol, standing: ParticipantStanding, now: datetime) -> ToDo | None:
    """The one thing to do next for a participant; None where nothing is expected."""
    urgent = _urgent(protocol, standing, now)
    if urgent:
        return urgent[0]
    if standing.stage in OVER:
        return None
    if standing.stage is Stage.PRESCREENED:
        return ToDo("consent", "Explain the study and ask for consent.")
    missing = consent.in_force(protocol, standing)
    if missing:
        return ToDo("consent-again", missing[0].sentence, missing[0].about)
    if standing.under_effect:
        return _session_todo(standing)
    return _before_randomisation(protocol, standing) or _next_visit(protocol, standing, now)


def _urgent(protocol: Protocol, standing: ParticipantStanding, now: datetime) -> list[ToDo]:
    zone = ZoneInfo(standing.zone)
    risks = [
        ToDo("risk", f"Take on the finding {risk.finding}.", str(risk.root), risk.raised_at.day)
        for risk in standing.open_risks()
    ]
    serious = [
        ToDo(
            "serious-report",
            f"Report {event.fact.term} to the sponsor by {due.astimezone(zone):%Y-%m-%d %H:%M}.",
            str(event.root),
            due.astimezone(zone).date(),
        )
        for event in standing.events.values()
        if event.reported_at is None and (due := serious_due(protocol, event)) is not None
    ]
    return [*risks, *serious, *_to_tell(standing)]


def _to_tell(standing: ParticipantStanding) -> list[ToDo]:
    """Recipients of exports who must be told that the person's data may no longer be used."""
    return [
        ToDo("tell-recipient", f"Tell {each.to} that {standing.participant} withdrew.", each.to)
        for each in sharing.to_tell(standing)
    ]


def _session_todo(standing: ParticipantStanding) -> ToDo:
    visit, progress = next((code, each) for code, each in standing.sessions.items() if each.under_effect)
    if progress.ended is None:
        return ToDo("session", "The dosing session is under way.", visit)
    return ToDo("discharge", "Discharge the participant.", visit)


def _before_randomisation(protocol: Protocol, standing: ParticipantStanding) -> ToDo | None:
    if standing.entered is not None:
        return None
    for visit in protocol.visits:
        state = standing.visits.get(visit.code)
        held = state is not None and state.held is not None
        if not held or visit.kind not in BEFORE_RANDOMISATION:
            continue
        open_ = _forms_open(standing, visit)
        if open_:
            return ToDo("form", f"Fill {', '.join(open_)} at {visit.name['en']}.", visit.code)
        if visit.kind in (VisitKind.SCREENING, VisitKind.BASELINE):
            todo = _judge(protocol, standing, visit.kind.value)
            if todo is not None:
                return todo
    return _randomise(protocol, standing)


def _judge(protocol: Protocol, standing: ParticipantStanding, at: str) -> ToDo | None:
    if not any(each.at == at for each in protocol.eligibility):
        return None
    judged = standing.eligibility.get(at)
    if judged is None:
        return ToDo("eligibility", f"Judge eligibility at {at}.", at)
    if not judged.eligible:
        return ToDo("not-eligible", f"Not eligible at {at}: record the screen failure, or what changed.", at)
    return None


def _randomise(protocol: Protocol, standing: ParticipantStanding) -> ToDo | None:
    if enrolment.eligible(protocol, standing) or enrolment.baseline_complete(protocol, standing):
        return None
    if protocol.randomisation is None:
        return ToDo("enter", "Enter the participant into treatment.")
    return ToDo("randomise", "Randomise the participant.")


def _next_visit(protocol: Protocol, standing: ParticipantStanding, now: datetime) -> ToDo | None:
    rows = schedule(protocol, standing, now)
    for row in rows:
        if row.forms_open:
            name = row.visit.name["en"]
            return ToDo("form", f"Fill {', '.join(row.forms_open)} at {name}.", row.visit.code, row.on)
    waiting = (VisitOutlook.OVERDUE, VisitOutlook.DUE, VisitOutlook.UPCOMING, VisitOutlook.OPEN)
    open_ = [row for row in rows if row.state in waiting]
    if not open_:
        return ToDo("complete", "Close the participant's course.")
    first = min(open_, key=lambda row: row.target or date.max)
    window = f", {first.first} to {first.last}" if first.first else ""
    return ToDo("visit", f"{first.visit.name['en']}{window}.", first.visit.code, first.on or first.target)


def form_open_since(protocol: Protocol, standing: ParticipantStanding, now: datetime) -> date | None:
    """The day of the earliest held visit with a required form still open, while any is expected."""
    if standing.stage in OVER:
        return None
    rows = schedule(protocol, standing, now)
    return min((row.on for row in rows if row.forms_open and row.on is not None), default=None)


def overdue(
    protocol: Protocol,
    standing: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding | None = None,
    site: SiteStanding | None = None,
) -> tuple[ToDo, ...]:
    """Everything of a participant that is past its time, the most urgent first."""
    day = today(standing, now)
    late = [todo for todo in _urgent(protocol, standing, now) if _past(protocol, standing, todo, now)]
    late += [
        ToDo(
            "countersign",
            f"{each.physician} has not countersigned the override of {each.item}.",
            each.visit,
            each.due.astimezone(ZoneInfo(standing.zone)).date(),
        )
        for each in standing.countersignatures.values()
        if each.agreed is None and now > each.due
    ]
    late += [
        ToDo(
            "query",
            "A query to the physician was not answered in time.",
            due=each.due.astimezone(ZoneInfo(standing.zone)).date(),
        )
        for each in standing.open_queries()
        if now > each.due
    ]
    for row in schedule(protocol, standing, now, study=study, site=site):
        name = row.visit.name["en"]
        if row.state is VisitOutlook.OVERDUE:
            late.append(ToDo("visit", f"{name} was due by {row.last}.", row.visit.code, row.last))
        elif row.forms_open and row.on is not None and day >= row.on + FORM_GRACE:
            words = ", ".join(row.forms_open)
            late.append(ToDo("form", f"{words} at {name} is not filled.", row.visit.code, row.on))
    return tuple(late)


def _past(protocol: Protocol, standing: ParticipantStanding, todo: ToDo, now: datetime) -> bool:
    if todo.code in ("risk", "tell-recipient"):
        return todo.code == "risk"
    event = next(each for root, each in standing.events.items() if str(root) == todo.about)
    due = serious_due(protocol, event)
    return due is not None and now > due


def readings_due(
    protocol: Protocol,
    session: SessionStanding,
    now: datetime,
    *,
    study: StudyStanding | None = None,
    site: SiteStanding | None = None,
) -> tuple[ReadingDue, ...]:
    """Every scheduled reading of a session and how it stands now; none while the schedule is unsigned."""
    allowed = late_after(protocol, study=study, site=site)
    rows = []
    for minute in (int(each) for each in vitals_schedule(protocol, study=study, site=site) or ()):
        came = session.due.get(minute)
        deferred = came is not None and came.state == "deferred"
        until = came.until_minute if came is not None and came.until_minute is not None else minute
        due = session.minute(until)
        at = None if due is None else due.at
        state = came.state if came is not None and not deferred else _reading_state(at, now, allowed)
        rows.append(ReadingDue(minute, at, state, deferred))
    return tuple(rows)


def _reading_state(at: datetime | None, now: datetime, allowed: float | None) -> str:
    if at is None or now < at:
        return "upcoming"
    return "late" if allowed is not None and now > at + timedelta(minutes=allowed) else "due"


def worst_ideation(person: ParticipantStanding, done: Sequence[FormDone]) -> FormDone | None:
    """The form with the severest ideation since the person entered, the latest of equals.

    Before they entered, of all that were filled. None where ``done`` is of another instrument, or where the
    severest stands in the latest form, or in the first of all: pages show these two.
    """
    order = sorted(done, key=lambda each: each.at.at)
    if len(order) < 3 or any(each.fact.instrument not in ASK_OF_SUICIDE for each in order):
        return None
    since = person.entered.at if person.entered else order[0].at.at
    asked = [each for each in reversed(order) if each.at.at >= since]
    worst = max(asked, key=contradictions.severest, default=None)
    if worst is None or worst is order[0]:
        return None
    return worst if contradictions.severest(worst) > contradictions.severest(order[-1]) else None
