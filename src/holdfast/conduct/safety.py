"""Safety: adverse events of any valence, serious reports, risks, deviations told, emergency unblinding."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.conduct import values
from holdfast.conduct.actions import (
    AcknowledgeRisk,
    CloseAdverseEvent,
    ReportAdverseEvent,
    ReportDeviation,
    ReportSerious,
    Unblind,
)
from holdfast.conduct.assessment import partial_date
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.standing.parts import EventState, RiskState
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol
from holdfast.records.safety import (
    AdverseEvent,
    AdverseEventClosed,
    Deviation,
    RiskAcknowledged,
    SeriousReport,
    Unblinded,
)
from holdfast.timing import end_of_day

SEVERITIES = ("mild", "moderate", "severe")
RELATED = ("not-assessed", "not-related", "possible", "probable", "definite")
INTERESTS = ("", "suicidality", "cardiovascular", "abuse-potential")
CRITERIA = (
    "death",
    "life-threatening",
    "hospitalisation",
    "disability",
    "congenital-anomaly",
    "important-medical",
)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
OUTCOMES = ("recovered", "recovering", "not-recovered", "sequelae", "fatal", "unknown")


def report_event(case: Case, tell: ReportAdverseEvent, pen: Pen) -> None:
    """An adverse event, pleasant or not; how serious decides the clock."""
    case.participant(tell.participant)
    _check_event(case, tell)
    fact = AdverseEvent(
        term=tell.term,
        onset=tell.onset,
        end=tell.end,
        severity=tell.severity,
        serious=tell.serious,
        criteria=tell.criteria,
        related=tell.related,
        special_interest=tell.special_interest,
        source="spontaneous",
        prompt="",
        visit=tell.visit,
        peak="",
        rated={},
    )
    pen.write(participant_stream(tell.participant), fact)


def _check_event(case: Case, tell: ReportAdverseEvent) -> None:
    if not tell.term.strip():
        raise ImpossibleValue("Say in words what happened.", field="term")
    _one_of(tell.severity, SEVERITIES, field="severity")
    _one_of(tell.related, RELATED, field="related")
    _one_of(tell.special_interest, INTERESTS, field="special_interest")
    for criterion in tell.criteria:
        _one_of(criterion, CRITERIA, field="criteria")
    if tell.serious != bool(tell.criteria):
        raise ImpossibleValue(
            "A serious event names why it is serious, and only a serious one does.", field="criteria"
        )
    if tell.visit:
        case.visit(tell.visit)
    if not tell.onset:
        raise ImpossibleValue("Say when it began, as far as it is known.", field="onset")
    _check_times(case, tell.onset, tell.end)


def _check_times(case: Case, onset: str, end: str) -> None:
    """An event began before now, as far as is known, and ended after it began."""
    began, ended = moments(case, onset, field="onset"), moments(case, end, field="end")
    if ended[1] < began[0]:
        sentence = f"It cannot have ended ({end}) before it began ({onset})."
        given = {"end": end, "onset": onset}
        raise ImpossibleValue(sentence, field="end", code="ended-before-it-began", given=given)


def moments(case: Case, text: str, *, field: str) -> tuple[datetime, datetime]:
    """The first and the last moment (UTC) that a time or a partial date can stand for.

    Times without an offset are those of the site; nothing known is everything possible.
    ImpossibleValue for what is no time, or surely yet to come.
    """
    zone = ZoneInfo(case.at.zone)
    if text[10:11] == "T":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            sentence, given = f"Expected a date or time; found {text!r}.", {"text": text}
            raise ImpossibleValue(sentence, field=field, code="no-time", given=given) from None
        first = last = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    else:
        known = partial_date(text, field=field)
        if known is None or known.year is None:
            return FIRST, LAST
        first = datetime.combine(known.earliest, time(), zone)
        last = end_of_day(known.latest, case.at.zone) - timedelta(microseconds=1)
    tolerance = values.constant(case.protocol, "future-tolerance-minutes", study=case.study, site=case.site)
    if first > case.now + timedelta(minutes=tolerance):
        sentence, given = f"{text} is yet to come.", {"text": text}
        raise ImpossibleValue(sentence, field=field, code="yet-to-come", given=given)
    return first.astimezone(UTC), last.astimezone(UTC)


def _one_of(given: str, words: tuple[str, ...], *, field: str) -> None:
    if given not in words:
        raise ImpossibleValue(
            f"Expected one of {', '.join(w or '(none)' for w in words)}; found {given!r}.", field=field
        )


def event_of(person: ParticipantStanding, event: UUID) -> EventState:
    """An event of a participant; UnknownName where there is none."""
    if event not in person.events:
        raise UnknownName(f"{person.participant} has no adverse event with the record {event}.")
    return person.events[event]


def close_event(case: Case, tell: CloseAdverseEvent, pen: Pen) -> None:
    """The outcome of an event. There is no outcome that says it was none."""
    event = event_of(case.participant(tell.participant), tell.event)
    _one_of(tell.outcome, OUTCOMES, field="outcome")
    _check_times(case, event.fact.onset, tell.end)
    stream = participant_stream(tell.participant)
    fact = AdverseEventClosed(event=str(event.root), outcome=tell.outcome, end=tell.end)
    main = pen.write(stream, fact, because=event.root)
    if tell.outcome == "fatal" and not event.fact.serious:
        what = f"{event.fact.term} ended fatally but is not recorded as serious: correct the event."
        pen.deviate(stream, "fatal-not-serious", what, severity="major", because=main.id)


def serious_due(protocol: Protocol, event: EventState) -> datetime | None:
    """When a serious event is due at the sponsor (UTC): hours from when the site knew; None for others."""
    if not event.fact.serious:
        return None
    hours = protocol.adverse_events.serious_report_hours.number
    return event.known_at.at + timedelta(hours=hours)


def report_serious(case: Case, tell: ReportSerious, pen: Pen) -> None:
    """A serious event was reported to the sponsor; a late report is a deviation."""
    event = event_of(case.participant(tell.participant), tell.event)
    stream = participant_stream(tell.participant)
    due = serious_due(case.protocol, event)
    if due is None:
        raise ImpossibleValue(
            f"{event.fact.term} is not recorded as serious: correct the event first.", field="event"
        )
    fact = SeriousReport(event=str(event.root), due=due.astimezone(UTC).isoformat(), to=tell.to)
    main = pen.write(stream, fact, because=event.root)
    if case.at.at > due:
        what = f"{event.fact.term} was due at the sponsor by {due:%Y-%m-%d %H:%M} UTC."
        pen.deviate(stream, "late-serious-report", what, severity="major", because=main.id)


def acknowledge_risk(case: Case, ask: AcknowledgeRisk, pen: Pen) -> list[Reason]:
    """A clinician takes a raised risk on, with a plan."""
    person = case.participant(ask.participant)
    risk = person.risks.get(ask.risk)
    if risk is None:
        raise UnknownName(f"{ask.participant} has no raised risk with the record {ask.risk}.")
    reasons = [*plan_given(ask.plan), *risk_open(risk)]
    if reasons:
        return reasons
    fact = RiskAcknowledged(risk=str(risk.root), by=case.stamp.author, plan=ask.plan)
    pen.write(participant_stream(ask.participant), fact, because=risk.root)
    return []


def plan_given(plan: str) -> list[Reason]:
    """Taking on means having a plan."""
    return [] if plan.strip() else [Reason("no-plan", "Say what will be done.")]


def risk_open(risk: RiskState) -> list[Reason]:
    """Nobody took it on before."""
    if not risk.taken_by:
        return []
    return [Reason("risk-already-taken", f"{risk.taken_by} has taken this on already.", risk.taken_by)]


def report_deviation(case: Case, tell: ReportDeviation, pen: Pen) -> None:
    """A deviation told by a person."""
    case.participant(tell.participant)
    _one_of(tell.severity, ("minor", "major"), field="severity")
    if not tell.what.strip():
        raise ImpossibleValue("Say what differed from the protocol.", field="what")
    fact = Deviation(code=tell.code, what=tell.what, severity=tell.severity, detected_by=case.stamp.author)
    pen.write(participant_stream(tell.participant), fact)


def unblind(case: Case, ask: Unblind, pen: Pen) -> list[Reason]:
    """One participant's allocation is revealed to one physician, for treatment; the arm stands elsewhere."""
    person = case.participant(ask.participant)
    reasons = [*why_given(ask), *something_to_reveal(person)]
    if reasons:
        return reasons
    fact = Unblinded(to=case.stamp.author, why=ask.why)
    pen.write(participant_stream(ask.participant), fact)
    return []


def why_given(ask: Unblind) -> list[Reason]:
    """An allocation is revealed for a stated need."""
    return [] if ask.why.strip() else [Reason("no-reason", "Say why the allocation is needed for treatment.")]


def something_to_reveal(person: ParticipantStanding) -> list[Reason]:
    """The participant has an allocation."""
    if person.randomised is not None:
        return []
    return [Reason("not-randomised", f"{person.participant} has no allocation.")]
