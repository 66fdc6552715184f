"""Visits: scheduled, held, missed. A visit outside its window is recorded, with the deviation beside it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from holdfast.conduct import consent, data_use
from holdfast.conduct.actions import HoldVisit, MissVisit, ScheduleVisit
from holdfast.conduct.calendar import planned
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import treatment_open
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Visit, VisitKind
from holdfast.records.assessment import VisitHeld, VisitMissed, VisitScheduled
from holdfast.timing import study_day

OCCURRENCES = ("planned", "unscheduled", "repeated", "early-end")
MODES = ("on-site", "telehealth", "telephone")


def schedule_visit(case: Case, ask: ScheduleVisit, pen: Pen) -> list[Reason]:
    """Give a visit a date, or move it. A date outside the window is a plan, not yet a deviation."""
    person, visit = case.participant(ask.participant), case.visit(ask.visit)
    _one_of(ask.occurrence, OCCURRENCES, field="occurrence")
    _iso_date(ask.on)
    reasons = [
        *([] if visit.kind is VisitKind.SCREENING else consent.in_force(case.protocol, person)),
        *still_in_study(person),
        *(treatment_open(person) if visit.kind is VisitKind.DOSING else []),
        *([] if data_use.expected(person, visit) else data_use.research_open(person, ask.visit)),
        *not_held(person, ask),
    ]
    if reasons:
        return reasons
    fact = VisitScheduled(visit=ask.visit, on=ask.on, occurrence=ask.occurrence)
    pen.write(participant_stream(ask.participant), fact)
    return []


def still_in_study(person: ParticipantStanding) -> list[Reason]:
    """The participant has not withdrawn from follow-up and is not through."""
    reasons = []
    if person.left:
        sentence = f"{person.participant} has withdrawn: nothing more is asked of them."
        reasons.append(Reason("withdrawn", sentence))
    if person.completed:
        reasons.append(Reason("completed", f"{person.participant} has completed the study."))
    if person.screen_failed is not None:
        sentence = f"{person.participant} was recorded as not entering the study."
        reasons.append(Reason("screen-failed", sentence))
    return reasons


def not_held(person: ParticipantStanding, ask: ScheduleVisit) -> list[Reason]:
    """The visit did not take place yet; another occurrence may be scheduled."""
    state = person.visits.get(ask.visit)
    if state is None or state.held is None or ask.occurrence != "planned":
        return []
    return [Reason("visit-held", f"{ask.visit} was held on {state.held.day}; schedule a repeated visit.")]


def hold_visit(case: Case, tell: HoldVisit, pen: Pen) -> None:
    """A visit took place."""
    person, visit = case.participant(tell.participant), case.visit(tell.visit)
    _one_of(tell.occurrence, OCCURRENCES, field="occurrence")
    _one_of(tell.mode, MODES, field="mode")
    stream = participant_stream(tell.participant)
    main = pen.write(stream, held_fact(case, person, tell.visit, tell.occurrence, tell.mode))
    visit_deviations(case, person, visit, tell.occurrence, because=main.id, pen=pen)


def held_fact(case: Case, person: ParticipantStanding, visit: str, occurrence: str, mode: str) -> VisitHeld:
    """That a visit is held at the time of the action, with its study day."""
    reference = person.day_one
    day = None if reference is None else study_day(case.at.day, reference)
    return VisitHeld(visit=visit, occurrence=occurrence, study_day=day, mode=mode)


def visit_deviations(
    case: Case, person: ParticipantStanding, visit: Visit, occurrence: str, *, because: UUID, pen: Pen
) -> None:
    """Every way in which a visit now held differs from the protocol."""
    for code, what, severity in (
        *without_consent(case, person, visit),
        *outside_window(case, person, visit, occurrence),
        *held_before(person, visit, occurrence),
        *after_leaving(person),
        *data_use.visit_after_withdrawal(case, person, visit),
    ):
        pen.deviate(participant_stream(person.participant), code, what, severity=severity, because=because)


Break = tuple[str, str, str]
"""A deviation's code, sentence and severity."""


def without_consent(case: Case, person: ParticipantStanding, visit: Visit) -> list[Break]:
    """A visit without consent in force; consent itself is given at the screening visit."""
    if visit.kind is VisitKind.SCREENING or not consent.in_force(case.protocol, person):
        return []
    return [("visit-without-consent", f"{visit.code} was held without consent in force.", "major")]


def outside_window(case: Case, person: ParticipantStanding, visit: Visit, occurrence: str) -> list[Break]:
    """A planned visit held outside its window, or whose window nobody has signed."""
    if occurrence != "planned":
        return []
    plan = planned(case.protocol, person, visit, study=case.study, site=case.site)
    if plan.unsigned:
        names = ", ".join(plan.unsigned)
        return [
            (
                "no-signed-limit",
                f"The window of {visit.code} awaits a physician's signature: {names}.",
                "minor",
            )
        ]
    if plan.first is None or plan.last is None or plan.first <= case.at.day <= plan.last:
        return []
    what = f"{visit.code} was held on {case.at.day}; its window is {plan.first} to {plan.last}."
    return [("visit-out-of-window", what, "minor")]


def held_before(person: ParticipantStanding, visit: Visit, occurrence: str) -> list[Break]:
    """A visit held twice without being called a repetition."""
    state = person.visits.get(visit.code)
    if state is None or state.held is None or occurrence in ("repeated", "unscheduled"):
        return []
    return [("visit-held-twice", f"{visit.code} was already held on {state.held.day}.", "minor")]


def after_leaving(person: ParticipantStanding) -> list[Break]:
    """Something done with a participant who has withdrawn from follow-up."""
    if "follow-up" not in person.withdrawn:
        return []
    return [("after-withdrawal", f"{person.participant} had withdrawn from follow-up.", "major")]


def miss_visit(case: Case, tell: MissVisit, pen: Pen) -> None:
    """A visit did not take place; a missed one has a coded reason and stands as a deviation."""
    person, visit = case.participant(tell.participant), case.visit(tell.visit)
    _one_of(tell.why, case.protocol.follow_up.reasons_missing, field="why")
    stream = participant_stream(tell.participant)
    main = pen.write(stream, VisitMissed(visit=tell.visit, why=tell.why))
    for code, what, severity in (*missed_while_in(person, visit), *too_few_attempts(case, person, tell)):
        pen.deviate(stream, code, what, severity=severity, because=main.id)


def missed_while_in(person: ParticipantStanding, visit: Visit) -> list[Break]:
    """A visit missed by somebody still in the study; dosing visits only while treatment goes on."""
    gone = person.left or not data_use.expected(person, visit)
    if gone or (visit.kind is VisitKind.DOSING and person.stopped):
        return []
    return [("visit-missed", f"{visit.code} did not take place.", "minor")]


def too_few_attempts(case: Case, person: ParticipantStanding, tell: MissVisit) -> list[Break]:
    """A follow-up visit given up before the participant was tried as often as the protocol says."""
    follow_up = case.protocol.follow_up
    if tell.visit not in follow_up.visits or tell.why != "no-answer":
        return []
    tried = sum(1 for for_visit, _ in person.contacts if for_visit == tell.visit)
    wanted = int(follow_up.attempts.number)
    if tried >= wanted:
        return []
    what = f"{tell.visit} counts as missed after {tried} attempts; the protocol asks for {wanted}."
    return [("too-few-attempts", what, "minor")]


def _one_of(given: str, words: tuple[str, ...], *, field: str) -> None:
    if given not in words:
        raise ImpossibleValue(f"Expected one of {', '.join(words)}; found {given!r}.", field=field)


def _iso_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ImpossibleValue(f"Expected a date such as 2026-11-23; found {text!r}.", field="on") from None
