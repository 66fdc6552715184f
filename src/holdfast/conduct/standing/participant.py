"""Standing of a participant: where they are in the study and everything rules may ask of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from holdfast.conduct.standing.history import Change, Folded, Handlers
from holdfast.records.assessment import (
    ContactAttempted,
    FormCompleted,
    FormSigned,
    LaboratoryResult,
    MedicationRecorded,
    RaterAssigned,
    UnblindingIncident,
    VisitHeld,
    VisitMissed,
    VisitScheduled,
    WashoutJudged,
)
from holdfast.records.canonical import canonical
from holdfast.records.enrolment import (
    Completed,
    ConsentGiven,
    ConsentWithdrawn,
    CountersignatureDue,
    CountersignatureGiven,
    EligibilityAssessed,
    IntercurrentEventRecorded,
    Prescreened,
    Randomised,
    ScreenFailed,
    SessionMilestone,
    TreatmentEntered,
    TreatmentStopped,
    Withdrew,
)
from holdfast.records.envelope import Record
from holdfast.records.fact import to_body
from holdfast.records.programme import NoticeGiven, Prescribed
from holdfast.records.safety import (
    AdverseEvent,
    AdverseEventClosed,
    Deviation,
    RiskAcknowledged,
    RiskPassedOn,
    RiskRaised,
    SeriousReport,
    Unblinded,
)
from holdfast.timing import Instant


class Stage(StrEnum):
    """Where a participant is."""

    UNKNOWN = "unknown"
    PRESCREENED = "prescreened"
    NOT_INVITED = "not-invited"
    SCREENING = "screening"
    SCREEN_FAILED = "screen-failed"
    ELIGIBLE = "eligible"
    RANDOMISED = "randomised"
    ENTERED = "entered"
    IN_TREATMENT = "in-treatment"
    TREATMENT_STOPPED = "treatment-stopped"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Consented:
    """One consent item in force: which version of the information, in which language, since when."""

    version: str
    language: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement of eligibility."""

    eligible: bool
    answers: Mapping[str, object]
    at: Instant


@dataclass(frozen=True, slots=True)
class VisitState:
    """What happened of a visit: its date on the calendar, when it was held, why it was missed."""

    scheduled: str = ""
    held: Instant | None = None
    occurrence: str = "planned"
    missed: str = ""


@dataclass(frozen=True, slots=True)
class FormDone:
    """A completed form; ``root`` is the id of its first record, ``signed`` holds of this very content."""

    root: UUID
    fact: FormCompleted
    at: Instant
    author: str
    role: str
    signed: bool = False


@dataclass(frozen=True, slots=True)
class EventState:
    """An adverse event, since when the site knows of it, and what became of it."""

    root: UUID
    fact: AdverseEvent
    known_at: Instant
    outcome: str = ""
    reported_at: Instant | None = None

    @property
    def open(self) -> bool:
        """Whether it has no outcome yet."""
        return not self.outcome


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A telling of a risk: when, and whom."""

    at: datetime
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskState:
    """A risk that was raised, who was told of it, and who took it on."""

    root: UUID
    finding: str
    raised_at: Instant
    taken_by: str = ""
    plan: str = ""
    passed_on: tuple[PassedOn, ...] = ()


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine taken: partial ISO dates, ``stopped`` empty where it still is."""

    medicine: str
    class_: str
    started: str
    stopped: str


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The latest value of a test."""

    value: float
    unit: str
    low: float | None
    high: float | None
    taken_on: str


@dataclass(frozen=True, slots=True)
class Countersignature:
    """A reported override that its physician has to countersign; ``agreed`` None while nobody has."""

    override: UUID
    visit: str
    item: str
    physician: str
    due: datetime
    agreed: bool | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A rating given to an independent rater."""

    rater: str
    visit: str


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """How far a dosing session came, as far as the participant's own stream tells."""

    started: Instant | None = None
    doses: Mapping[str, Instant] = field(default_factory=dict)  # by dose step
    ended: Instant | None = None
    discharged: Instant | None = None
    people: tuple[str, ...] = ()

    @property
    def under_effect(self) -> bool:
        """A dose was taken and the participant has not been discharged."""
        return bool(self.doses) and self.discharged is None


@dataclass(frozen=True, slots=True)
class Prescription:
    """The doses of a session are prescribed: by whom, under which approval, when."""

    prescriber: str
    approval: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantStanding(Folded):
    """Everything known of one participant."""

    site: str = ""
    zone: str = "UTC"
    prescreened: str = ""  # the outcome: "invited" or the coded reason why not
    consents: Mapping[str, Consented] = field(default_factory=dict)
    consents_withdrawn: Mapping[str, Instant] = field(default_factory=dict)  # when, by item
    consent_version: str = ""
    eligibility: Mapping[str, Judged] = field(default_factory=dict)  # "screening", "baseline"
    screen_failed: tuple[str, ...] | None = None
    slot: str = ""
    stratum: str = ""
    randomised: Instant | None = None
    entered_at: Instant | None = None  # where the study does not randomise
    prescriptions: Mapping[str, Prescription] = field(default_factory=dict)  # by visit
    notices: Mapping[tuple[str, str], str] = field(default_factory=dict)  # (notice, visit) to the day given
    treatment_stopped: str = ""
    withdrawn: tuple[str, ...] = ()
    completed: bool = False
    visits: Mapping[str, VisitState] = field(default_factory=dict)
    forms: Mapping[str, tuple[FormDone, ...]] = field(default_factory=dict)  # by form code
    sessions: Mapping[str, SessionProgress] = field(default_factory=dict)  # by visit
    tasks: Mapping[str, Task] = field(default_factory=dict)
    medicines: Mapping[UUID, Medicine] = field(default_factory=dict)
    washouts: Mapping[UUID, str] = field(default_factory=dict)  # judged to be over on, by medicine
    laboratory: Mapping[str, Laboratory] = field(default_factory=dict)
    countersignatures: Mapping[UUID, Countersignature] = field(default_factory=dict)  # by override
    events: Mapping[UUID, EventState] = field(default_factory=dict)
    prompted: Mapping[tuple[str, str], UUID] = field(default_factory=dict)  # (visit, prompt) to event
    risks: Mapping[UUID, RiskState] = field(default_factory=dict)
    intercurrent: tuple[tuple[str, str], ...] = ()  # (event, visit)
    deviations: tuple[str, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()  # (for visit, outcome)
    unblinded_to: tuple[str, ...] = ()
    told: tuple[str, ...] = ()  # who learned something of the allocation by an incident

    @property
    def participant(self) -> str:
        """The participant's code."""
        return self.stream.partition("/")[2]

    @property
    def known(self) -> bool:
        """Whether anybody ever logged this person."""
        return bool(self.prescreened)

    @property
    def randomised_on(self) -> date | None:
        """The local date of randomisation: study day 1."""
        return self.randomised.day if self.randomised else None

    @property
    def entered(self) -> Instant | None:
        """When the person was randomised or, in a study that does not, entered treatment."""
        return self.randomised or self.entered_at

    @property
    def day_one(self) -> date | None:
        """The local date of study day 1."""
        return self.entered.day if self.entered else None

    @property
    def dosed(self) -> bool:
        """Whether any dose was taken."""
        return any(each.doses for each in self.sessions.values())

    @property
    def under_effect(self) -> bool:
        """Whether the participant is between a dose and its discharge."""
        return any(each.under_effect for each in self.sessions.values())

    @property
    def left(self) -> bool:
        """Whether the participant withdrew from follow-up."""
        return "follow-up" in self.withdrawn

    @property
    def stopped(self) -> bool:
        """Whether there is no more dosing."""
        return bool(self.treatment_stopped) or "treatment" in self.withdrawn or self.left

    @property
    def stage(self) -> Stage:
        """Where the participant is, the latest thing first."""
        for reached, stage in (
            (self.left, Stage.WITHDRAWN),
            (self.completed, Stage.COMPLETED),
            (self.screen_failed is not None, Stage.SCREEN_FAILED),
            (self.stopped, Stage.TREATMENT_STOPPED),
            (self.dosed, Stage.IN_TREATMENT),
            (self.randomised is not None, Stage.RANDOMISED),
            (self.entered_at is not None, Stage.ENTERED),
            (self._eligible, Stage.ELIGIBLE),
            (bool(self.consent_version), Stage.SCREENING),
            (self.prescreened == "invited", Stage.PRESCREENED),
            (self.known, Stage.NOT_INVITED),
        ):
            if reached:
                return stage
        return Stage.UNKNOWN

    @property
    def _eligible(self) -> bool:
        return bool(self.eligibility) and all(each.eligible for each in self.eligibility.values())

    def form_at(self, visit: str, form: str) -> FormDone | None:
        """The latest completion of a form at a visit."""
        done = [each for each in self.forms.get(form, ()) if each.fact.visit == visit]
        return done[-1] if done else None

    def form_of(self, root: UUID) -> FormDone | None:
        """The completed form whose first record has that id."""
        for done in self.forms.values():
            for each in done:
                if each.root == root:
                    return each
        return None

    def latest(self, instrument: str) -> FormDone | None:
        """The latest completion of an instrument, at whatever visit and in whatever form."""
        done = [each for forms in self.forms.values() for each in forms if each.fact.instrument == instrument]
        return newest(done)

    def open_risks(self) -> tuple[RiskState, ...]:
        """Risks nobody has taken on."""
        return tuple(each for each in self.risks.values() if not each.taken_by)

    def open_events(self) -> tuple[EventState, ...]:
        """Adverse events without an outcome."""
        return tuple(each for each in self.events.values() if each.open)


P = ParticipantStanding


def _prescreened(standing: P, record: Record, fact: Prescreened) -> Change:
    # A second log of the same code, by whichever site, does not move the person.
    if standing.site:
        return {"prescreened": fact.outcome}
    return {"site": record.site, "zone": record.happened_at.zone, "prescreened": fact.outcome}


def _consent(standing: P, record: Record, fact: ConsentGiven) -> Change:
    at = record.happened_at
    given = Consented(fact.version, fact.language, at)
    kept = {item: held for item, held in standing.consents.items() if item not in fact.declined}
    # What was withdrawn later in the world stays withdrawn, whichever was entered first.
    since = {item for item, gone in standing.consents_withdrawn.items() if gone.at > at.at}
    new = dict.fromkeys((item for item in fact.items if item not in since), given)
    return {"consents": {**kept, **new}, "consent_version": fact.version}


def _consent_withdrawn(standing: P, record: Record, fact: ConsentWithdrawn) -> Change:
    at = record.happened_at
    kept = {
        item: held for item, held in standing.consents.items() if item not in fact.items or held.at.at > at.at
    }
    withdrawn = {**standing.consents_withdrawn, **dict.fromkeys(fact.items, at)}
    return {"consents": kept, "consents_withdrawn": withdrawn}


def _judged(standing: P, record: Record, fact: EligibilityAssessed) -> Change:
    judged = Judged(fact.eligible, fact.answers, record.happened_at)
    return {"eligibility": {**standing.eligibility, fact.at: judged}}


def _screen_failed(standing: P, record: Record, fact: ScreenFailed) -> Change:
    return {"screen_failed": fact.criteria}


def _randomised(standing: P, record: Record, fact: Randomised) -> Change:
    return {"slot": fact.slot, "stratum": fact.stratum, "randomised": record.happened_at}


def _entered(standing: P, record: Record, fact: TreatmentEntered) -> Change:
    return {"entered_at": record.happened_at}


def _prescribed(standing: P, record: Record, fact: Prescribed) -> Change:
    held = Prescription(record.author, fact.approval, record.happened_at)
    return {"prescriptions": {**standing.prescriptions, fact.visit: held}}


def _notice(standing: P, record: Record, fact: NoticeGiven) -> Change:
    return {"notices": {**standing.notices, (fact.notice, fact.visit): fact.given_on}}


def _stopped(standing: P, record: Record, fact: TreatmentStopped) -> Change:
    return {"treatment_stopped": fact.why}


def _withdrew(standing: P, record: Record, fact: Withdrew) -> Change:
    return {"withdrawn": tuple(sorted({*standing.withdrawn, *fact.from_}))}


def _completed(standing: P, record: Record, fact: Completed) -> Change:
    return {"completed": True}


def _intercurrent(standing: P, record: Record, fact: IntercurrentEventRecorded) -> Change:
    return {"intercurrent": (*standing.intercurrent, (fact.event, fact.visit))}


def _visit(standing: P, code: str, **change: object) -> Change:
    state: VisitState = replace(standing.visits.get(code, VisitState()), **change)  # type: ignore[arg-type]
    return {"visits": {**standing.visits, code: state}}


def _scheduled(standing: P, record: Record, fact: VisitScheduled) -> Change:
    return _visit(standing, fact.visit, scheduled=fact.on)


def _held(standing: P, record: Record, fact: VisitHeld) -> Change:
    before = standing.visits.get(fact.visit)
    if before is not None and before.held is not None and fact.occurrence != "planned":
        return {}  # an extra occurrence leaves the planned one where it is
    return _visit(standing, fact.visit, held=record.happened_at, occurrence=fact.occurrence, missed="")


def _missed(standing: P, record: Record, fact: VisitMissed) -> Change:
    return _visit(standing, fact.visit, missed=fact.why)


def _form(standing: P, record: Record, fact: FormCompleted) -> Change:
    done = FormDone(record.id, fact, record.happened_at, record.author, record.role)
    return {"forms": {**standing.forms, fact.form: (*standing.forms.get(fact.form, ()), done)}}


def _signed(standing: P, record: Record, fact: FormSigned) -> Change:
    form = standing.form_of(UUID(fact.form_record))
    if form is None or fact.digest != content_digest(form.fact):
        return {}
    done = tuple(
        replace(each, signed=True) if each.root == form.root else each
        for each in standing.forms[form.fact.form]
    )
    return {"forms": {**standing.forms, form.fact.form: done}}


def _assigned(standing: P, record: Record, fact: RaterAssigned) -> Change:
    return {"tasks": {**standing.tasks, fact.task: Task(fact.rater, fact.visit)}}


def _incident(standing: P, record: Record, fact: UnblindingIncident) -> Change:
    return {"told": (*standing.told, fact.who)}


def _medicine(standing: P, record: Record, fact: MedicationRecorded) -> Change:
    taken = Medicine(fact.medicine, fact.class_, fact.started, fact.stopped)
    return {"medicines": {**standing.medicines, record.id: taken}}


def _washout(standing: P, record: Record, fact: WashoutJudged) -> Change:
    return {"washouts": {**standing.washouts, UUID(fact.medicine): fact.over_on}}


def _countersign(standing: P, record: Record, fact: CountersignatureDue) -> Change:
    override, due = UUID(fact.override), datetime.fromisoformat(fact.due)
    asked = Countersignature(override, fact.visit, fact.item, fact.physician, due)
    return {"countersignatures": {**standing.countersignatures, override: asked}}


def _countersigned(standing: P, record: Record, fact: CountersignatureGiven) -> Change:
    asked = standing.countersignatures.get(UUID(fact.override))
    if asked is None:
        return {}
    given = replace(asked, agreed=fact.agrees)
    return {"countersignatures": {**standing.countersignatures, asked.override: given}}


def _laboratory(standing: P, record: Record, fact: LaboratoryResult) -> Change:
    before = standing.laboratory.get(fact.test)
    if before is not None and before.taken_on > fact.taken_on:
        return {}
    value = Laboratory(fact.value, fact.unit, fact.low, fact.high, fact.taken_on)
    return {"laboratory": {**standing.laboratory, fact.test: value}}


def _contact(standing: P, record: Record, fact: ContactAttempted) -> Change:
    return {"contacts": (*standing.contacts, (fact.for_visit, fact.outcome))}


def _milestone(standing: P, record: Record, fact: SessionMilestone) -> Change:
    before = standing.sessions.get(fact.visit, SessionProgress())
    people = tuple(sorted({*before.people, *fact.people}))
    at = record.happened_at
    if fact.milestone == "started":
        after = replace(before, started=at, people=people)
    elif fact.milestone == "dosed":
        after = replace(before, doses={**before.doses, fact.step: before.doses.get(fact.step, at)})
    elif fact.milestone == "ended":
        after = replace(before, ended=at)
    else:
        after = replace(before, discharged=at)
    return {"sessions": {**standing.sessions, fact.visit: after}}


def _event(standing: P, record: Record, fact: AdverseEvent) -> Change:
    before = standing.events.get(record.id)
    state = replace(before, fact=fact) if before else EventState(record.id, fact, record.happened_at)
    change: Change = {"events": {**standing.events, record.id: state}}
    if fact.source == "prompted":
        change["prompted"] = {**standing.prompted, (fact.visit, fact.prompt): record.id}
    return change


def _event_closed(standing: P, record: Record, fact: AdverseEventClosed) -> Change:
    event = standing.events.get(UUID(fact.event))
    if event is None:
        return {}
    return {"events": {**standing.events, event.root: replace(event, outcome=fact.outcome)}}


def _serious(standing: P, record: Record, fact: SeriousReport) -> Change:
    event = standing.events.get(UUID(fact.event))
    if event is None or event.reported_at is not None:
        return {}
    return {"events": {**standing.events, event.root: replace(event, reported_at=record.happened_at)}}


def _risk(standing: P, record: Record, fact: RiskRaised) -> Change:
    return {"risks": {**standing.risks, record.id: RiskState(record.id, fact.finding, record.happened_at)}}


def _risk_taken(standing: P, record: Record, fact: RiskAcknowledged) -> Change:
    risk = standing.risks.get(UUID(fact.risk))
    if risk is None:
        return {}
    return {"risks": {**standing.risks, risk.root: replace(risk, taken_by=fact.by, plan=fact.plan)}}


def _risk_passed_on(standing: P, record: Record, fact: RiskPassedOn) -> Change:
    risk = standing.risks.get(UUID(fact.risk))
    if risk is None:
        return {}
    told = (*risk.passed_on, PassedOn(record.happened_at.at, tuple(fact.to)))
    return {"risks": {**standing.risks, risk.root: replace(risk, passed_on=told)}}


def _deviation(standing: P, record: Record, fact: Deviation) -> Change:
    return {"deviations": (*standing.deviations, fact.code)}


def _unblinded(standing: P, record: Record, fact: Unblinded) -> Change:
    return {"unblinded_to": (*standing.unblinded_to, fact.to)}


def newest(done: Sequence[FormDone]) -> FormDone | None:
    """The one filled last in the world; of two at the same moment the one recorded later."""
    # max keeps the first of equals, and a reassessment within the same minute must count.
    return max(reversed(done), key=lambda each: each.at.at, default=None)


def content_digest(fact: FormCompleted) -> str:
    """SHA-256 (hex) of a form's canonical content: what a signature is bound to."""
    return hashlib.sha256(canonical(to_body(fact))).hexdigest()


PARTICIPANT: Handlers[ParticipantStanding] = {
    Prescreened: _prescreened,
    ConsentGiven: _consent,
    ConsentWithdrawn: _consent_withdrawn,
    EligibilityAssessed: _judged,
    ScreenFailed: _screen_failed,
    Randomised: _randomised,
    TreatmentEntered: _entered,
    Prescribed: _prescribed,
    NoticeGiven: _notice,
    TreatmentStopped: _stopped,
    Withdrew: _withdrew,
    Completed: _completed,
    IntercurrentEventRecorded: _intercurrent,
    VisitScheduled: _scheduled,
    VisitHeld: _held,
    VisitMissed: _missed,
    FormCompleted: _form,
    FormSigned: _signed,
    RaterAssigned: _assigned,
    UnblindingIncident: _incident,
    MedicationRecorded: _medicine,
    WashoutJudged: _washout,
    CountersignatureDue: _countersign,
    CountersignatureGiven: _countersigned,
    LaboratoryResult: _laboratory,
    ContactAttempted: _contact,
    SessionMilestone: _milestone,
    AdverseEvent: _event,
    AdverseEventClosed: _event_closed,
    SeriousReport: _serious,
    RiskRaised: _risk,
    RiskAcknowledged: _risk_taken,
    RiskPassedOn: _risk_passed_on,
    Deviation: _deviation,
    Unblinded: _unblinded,
}
