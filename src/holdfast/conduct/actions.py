"""Actions: what people ask for and what they report.

An action is a ``Stamp`` (who, where, when, on which device, with an id made by the
client) and one ``Ask`` or ``Tell``. An Ask may be refused, with every reason. A Tell
is never refused for breaking the protocol: what happened is recorded, the break
beside it; only malformed or impossible values are sent back.

``Amend`` corrects an earlier record of the same kind, with a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.records.fact import Fact, Json
from holdfast.timing import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The circumstances of an action.

    ``happened_at`` is when it happened in the world (server time for most actions;
    last server time plus the device's monotonic clock for offline entries, then with
    ``skew_s``).
    """

    id: UUID
    study: str
    site: str
    author: str
    role: str
    device: str
    happened_at: Instant
    reason: str = ""
    skew_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request: it may be refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """A report of what has happened: it is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing somebody asks or tells."""

    stamp: Stamp
    what: Ask | Tell


# --- the study, its sites and people (staff.py) --------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStudy(Ask):
    """The first act of a study: rehearsal or live, and the protocol it starts with."""

    life: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptProtocol(Ask):
    """Another version comes into force (its text is that of the protocol passed to decide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite(Ask):
    """Open a site."""

    name: str
    country: str
    zone: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLimit(Ask):
    """A physician of the site signs the value of a figure that is not public: a number, or a whole list."""

    path: str
    value: float | tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEmergencyKit(Ask):
    """The site's emergency kit was checked; in date until then."""

    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appoint(Ask):
    """A person takes on a role at a site."""

    person: str
    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAppointment(Ask):
    """A person gives up a role."""

    person: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCredential(Tell):
    """A licence, training or certificate of a person."""

    person: str
    credential: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStudy(Ask):
    """Close data entry."""

    data_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblindStudy(Ask):
    """Release the key to the analysis; only after locking."""

    commitment: str


# --- enrolment and consent ------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescreen(Tell):
    """Somebody was in touch."""

    participant: str
    referred_by: str
    prior_mdma: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveConsent(Ask):
    """Consent to items; the rest is declined."""

    participant: str
    items: tuple[str, ...]
    language: str
    explained_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawConsent(Tell):
    """Consent items are withdrawn; never refused."""

    participant: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessEligibility(Ask):
    """Judge the criteria of screening or baseline from what is known now."""

    participant: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailScreening(Tell):
    """The person does not enter."""

    participant: str
    criteria: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomise(Ask):
    """Give the participant the next slot of the stratum's list.

    ``stratum`` names the list; empty for ``site=<the stamp's site>``.
    """

    participant: str
    stratum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTreatment(Tell):
    """No more dosing."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Tell):
    """The participant withdraws."""

    participant: str
    from_: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(Ask):
    """Close a participant's planned course."""

    participant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIntercurrentEvent(Tell):
    """An intercurrent event named in the protocol."""

    participant: str
    event: str
    visit: str
    detail: str


# --- visits and forms (assessment.py, followup.py) -------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleVisit(Ask):
    """Give a visit a date, or move it."""

    participant: str
    visit: str
    on: str
    occurrence: str = "planned"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldVisit(Tell):
    """A visit took place."""

    participant: str
    visit: str
    occurrence: str = "planned"
    mode: str = "on-site"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissVisit(Tell):
    """A visit did not take place."""

    participant: str
    visit: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillForm(Tell):
    """Answers to a form. ``answers`` maps item code to a value or ``{"absent": reason}``."""

    participant: str
    visit: str
    form: str
    answers: dict[str, Json]
    occurrence: str = "planned"
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignForm(Ask):
    """The author signs a completed form."""

    participant: str
    form_record: UUID
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignRater(Ask):
    """Draw an independent rater for a rating. ``draw`` in [0, 1) is the die that was cast."""

    participant: str
    visit: str
    raters: tuple[str, ...]
    draw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUnblinding(Tell):
    """Somebody learned or was told something about an allocation."""

    participant: str
    who: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMedication(Tell):
    """A medicine taken or stopped."""

    participant: str
    medicine: str
    class_: str
    started: str
    stopped: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLaboratory(Tell):
    """A laboratory or ECG value."""

    participant: str
    test: str
    value: float
    unit: str
    low: float | None
    high: float | None
    taken_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptContact(Tell):
    """An attempt to reach a participant."""

    participant: str
    channel: str
    outcome: str
    for_visit: str


# --- the dosing session (session.py) ---------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession(Ask):
    """Open the session at a dosing visit."""

    participant: str
    visit: str
    monitors: tuple[str, ...]
    physician: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDose(Ask):
    """May the dose of this step be given now? ``confirmed`` holds the gate's confirmed facts.

    Granted: the gate's answers are recorded, open. Refused: every reason.
    """

    participant: str
    visit: str
    step: str
    confirmed: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideGate(Ask):
    """A physician lets an item pass, with the reason in the stamp; recorded as a deviation."""

    participant: str
    visit: str
    step: str
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveDose(Tell):
    """A dose was swallowed: all capsules of the kit, unless ``capsules`` says how many."""

    participant: str
    visit: str
    step: str
    kit: str
    witness: str
    capsules: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideSupplement(Tell):
    """Whether the supplemental dose is given, by whom, why."""

    participant: str
    visit: str
    give: bool
    decided_by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVitals(Tell):
    """A reading; impossible values are sent back."""

    participant: str
    visit: str
    due_minute: int | None
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    temperature: float | None = None
    position: str = "sitting"
    repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferVitals(Tell):
    """A due reading is put off."""

    participant: str
    visit: str
    due_minute: int
    until_minute: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissVitals(Tell):
    """A due reading was not taken."""

    participant: str
    visit: str
    due_minute: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlarm(Ask):
    """A named person takes an alarm on."""

    participant: str
    visit: str
    alarm: UUID
    plan: str
    recheck_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSessionEvent(Tell):
    """A one-tap event."""

    participant: str
    visit: str
    event: str
    detail: str = ""
    amount: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePresence(Tell):
    """A monitor comes in or leaves."""

    participant: str
    visit: str
    person: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePrompts(Tell):
    """The prompted effects at an hour; every one above 0 becomes one adverse event per session."""

    participant: str
    visit: str
    at_hour: float
    rated_by: str
    ratings: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTouch(Tell):
    """A touch offered, asked for, given, declined or stopped."""

    participant: str
    visit: str
    act: str
    kind_: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession(Ask):
    """The working part of the session is over."""

    participant: str
    visit: str
    confirmed: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge(Ask):
    """The participant leaves."""

    participant: str
    visit: str
    confirmed: dict[str, Json]
    escort: str
    next_contact: str


# --- safety ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAdverseEvent(Tell):
    """An adverse event of any valence."""

    participant: str
    term: str
    onset: str
    end: str
    severity: str
    serious: bool
    criteria: tuple[str, ...]
    related: str
    special_interest: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAdverseEvent(Tell):
    """The outcome of an event."""

    participant: str
    event: UUID
    outcome: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSerious(Tell):
    """A serious event was reported to the sponsor."""

    participant: str
    event: UUID
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeRisk(Ask):
    """A clinician takes a raised risk on."""

    participant: str
    risk: UUID
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDeviation(Tell):
    """A deviation told by a person."""

    participant: str
    code: str
    what: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblind(Ask):
    """A physician needs one participant's allocation for treatment."""

    participant: str
    why: str


# --- supply ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SealList(Ask):
    """Enter a stratum's sealed list of slots."""

    stratum: str
    slots: tuple[str, ...]
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveKit(Tell):
    """A kit arrived."""

    kit: str
    step: str
    capsules: int
    expires: str
    lot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKit(Ask):
    """A kit may be used."""

    kit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignKit(Ask):
    """Set a kit aside for a participant's dose step; asked by whoever holds the key."""

    kit: str
    participant: str
    visit: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnKit(Tell):
    """Unused capsules come back."""

    kit: str
    capsules: int
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountKit(Tell):
    """Capsules on hand were counted by two people."""

    kit: str
    counted: int
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyKit(Tell):
    """Capsules were destroyed."""

    kit: str
    capsules: int
    witnesses: tuple[str, ...]


# --- corrections ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend(Tell):
    """Correct an earlier record of a stream: same kind, whole new fact, reason in the stamp."""

    stream: str
    record: UUID
    fact: Fact
