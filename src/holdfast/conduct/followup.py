"""Follow-up and leaving: contacts, intercurrent events, treatment stopped, withdrawal, completion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from holdfast.conduct import data_use
from holdfast.conduct.actions import (
    AttemptContact,
    Complete,
    ReportIntercurrentEvent,
    StopTreatment,
    Withdraw,
)
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import entered
from holdfast.conduct.reach import ALONE
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream
from holdfast.conduct.visits import still_in_study
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.assessment import ContactAttempted
from holdfast.records.correction import resolve
from holdfast.records.enrolment import Completed, IntercurrentEventRecorded, TreatmentStopped, Withdrew

PARTS = ("treatment", "follow-up", "data-use")
OF_TREATMENT = frozenset({VisitKind.DOSING, VisitKind.INTEGRATION, VisitKind.CONTACT})


@dataclass(frozen=True, slots=True)
class StoppedAlone:
    """What a participant stopped on their own pages, and the local day of the latest."""

    parts: tuple[str, ...]
    on: date


def stopped_alone(person: ParticipantStanding) -> StoppedAlone | None:
    """What somebody stopped with no staff beside them and no attempt to reach them since; None for nothing.

    An attempt counts by when it was made, not by when it was entered: one made before the stop does not.
    """
    facts = resolve(person.history)
    tried = [each.happened_at.at for each in facts if isinstance(each.fact, ContactAttempted)]
    waiting = [
        (each.happened_at, each.fact.from_)
        for each in facts
        if isinstance(each.fact, Withdrew) and each.device.startswith(ALONE)
        if not any(at >= each.happened_at.at for at in tried)
    ]
    if not waiting:
        return None
    said = {part for _, parts in waiting for part in parts}
    return StoppedAlone(tuple(part for part in PARTS if part in said), max(at.day for at, _ in waiting))


def goes_on(protocol: Protocol, person: ParticipantStanding, from_: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that would still go on after a withdrawal from these."""
    gone = {*person.withdrawn, *from_}
    if person.collection_ended or data_use.ends(protocol, from_):
        return ()
    if "follow-up" in gone or person.stopped:
        gone.add("treatment")
    if data_use.PART in gone:
        gone.add("follow-up")  # its visits and questions are there for research
    return tuple(part for part in PARTS if part not in gone)


def attempt_contact(case: Case, tell: AttemptContact, pen: Pen) -> None:
    """An attempt to reach a participant."""
    person = case.participant(tell.participant)
    if tell.for_visit:
        case.visit(tell.for_visit)
    needed(tell.channel, field="channel", ask="Say how the participant was tried.")
    needed(tell.outcome, field="outcome", ask="Say what came of it.")
    stream = participant_stream(tell.participant)
    # Whoever stopped alone is called once: nobody spoke with them when they did.
    asked_for = stopped_alone(person) is not None
    fact = ContactAttempted(channel=tell.channel, outcome=tell.outcome, for_visit=tell.for_visit)
    main = pen.write(stream, fact)
    gone = "follow-up" in person.withdrawn and "long-term-contact" not in person.consents
    if gone and not asked_for:
        what = f"{person.participant} had withdrawn from follow-up and agreed to no later contact."
        pen.deviate(stream, "contact-after-withdrawal", what, severity="major", because=main.id)


def stop_treatment(case: Case, tell: StopTreatment, pen: Pen) -> None:
    """No more dosing; follow-up goes on."""
    case.participant(tell.participant)
    if not tell.why.strip():
        raise ImpossibleValue("Give the reason why treatment is stopped.", field="why")
    pen.write(participant_stream(tell.participant), TreatmentStopped(why=tell.why))


def withdraw(case: Case, tell: Withdraw, pen: Pen) -> None:
    """A participant withdraws, from whichever parts they say; never refused, no reason needed."""
    person = case.participant(tell.participant)
    wrong = [part for part in tell.from_ if part not in PARTS]
    if wrong or not tell.from_:
        raise ImpossibleValue(f"One withdraws from {', '.join(PARTS)}; found {tell.from_!r}.", field="from_")
    fact = Withdrew(from_=tell.from_, why=tell.why, ends=data_use.ends(case.protocol, tell.from_))
    main = pen.write(participant_stream(tell.participant), fact)
    if data_use.PART in tell.from_:
        data_use.end_consents(case, person, because=main.id, pen=pen)


def report_intercurrent(case: Case, tell: ReportIntercurrentEvent, pen: Pen) -> None:
    """An event that changes what an outcome means."""
    case.participant(tell.participant)
    if tell.event not in {each.code for each in case.protocol.intercurrent_events}:
        raise UnknownName(f"The protocol names no intercurrent event {tell.event!r}.")
    case.visit(tell.visit)
    fact = IntercurrentEventRecorded(event=tell.event, visit=tell.visit, detail=tell.detail)
    pen.write(participant_stream(tell.participant), fact)


def complete(case: Case, ask: Complete, pen: Pen) -> list[Reason]:
    """The planned course is over: every visit held, or missed with its reason."""
    person = case.participant(ask.participant)
    reasons = [
        *entered(case.protocol, person),
        *still_in_study(person),
        *visits_settled(case.protocol, person),
        *sessions_closed(person),
        *serious_reported(person),
        *risks_taken(person),
    ]
    if reasons:
        return reasons
    held = [
        each for each in case.protocol.visits if (s := person.visits.get(each.code)) is not None and s.held
    ]
    pen.write(participant_stream(ask.participant), Completed(last_visit=held[-1].code if held else ""))
    return []


def visits_settled(protocol: Protocol, person: ParticipantStanding) -> list[Reason]:
    """Every visit still expected was held or is recorded as missed; after a stop only those of follow-up."""
    open_ = [
        visit.code
        for visit in protocol.visits
        if (state := person.visits.get(visit.code)) is None or not (state.held or state.missed)
        if data_use.expected(person, visit) and not (person.stopped and visit.kind in OF_TREATMENT)
    ]
    if not open_:
        return []
    return [Reason("visits-open", f"Hold these visits or record why they were missed: {', '.join(open_)}.")]


def sessions_closed(person: ParticipantStanding) -> list[Reason]:
    """Every session that was started ended in a discharge."""
    return [
        Reason("previous-session-open", f"The session of {code} was not closed by a discharge.", code)
        for code, each in person.sessions.items()
        if each.started is not None and each.discharged is None
    ]


def serious_reported(person: ParticipantStanding) -> list[Reason]:
    """Every serious event was reported to the sponsor."""
    return [
        Reason("serious-unreported", f"{event.fact.term}: report it to the sponsor first.", str(event.root))
        for event in person.events.values()
        if event.fact.serious and event.reported_at is None
    ]


def risks_taken(person: ParticipantStanding) -> list[Reason]:
    """Every raised risk was taken on by a clinician."""
    return [
        Reason("risk-open", f"The finding {risk.finding} was taken on by nobody yet.", str(risk.root))
        for risk in person.open_risks()
    ]
