"""Standing of a participant: where they are in the study and everything rules may ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from holdfast.conduct.standing.history import Folded
from holdfast.conduct.standing.parts import (
    Consented,
    Countersignature,
    EventState,
    FormDone,
    Judged,
    Laboratory,
    Medicine,
    Prescription,
    QueryState,
    Reminded,
    RiskState,
    SessionProgress,
    Shared,
    Task,
    VisitState,
    newest,
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
    data_use_until: Instant | None = None  # when the use of data was withdrawn
    collection_ended: bool = False  # by that withdrawal: nothing more is recorded for research
    shared: tuple[Shared, ...] = ()  # every export the person was in, in order
    recipients_told: Mapping[tuple[str, str], Instant] = field(default_factory=dict)  # by (item, recipient)
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
    queries: Mapping[UUID, QueryState] = field(default_factory=dict)
    intercurrent: tuple[tuple[str, str], ...] = ()  # (event, visit)
    deviations: tuple[str, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()  # (for visit, outcome)
    reminders: str | None = None  # how they want to be reminded, "" not at all, None nobody asked
    reminded: tuple[Reminded, ...] = ()
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
        """Whether nothing more is asked of them: they withdrew from follow-up, or all recording ended."""
        return "follow-up" in self.withdrawn or self.collection_ended

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

    def open_queries(self) -> tuple[QueryState, ...]:
        """Queries nobody has answered, the one due first before the others."""
        return tuple(sorted((each for each in self.queries.values() if each.open), key=lambda each: each.due))

    def open_events(self) -> tuple[EventState, ...]:
        """Adverse events without an outcome."""
        return tuple(each for each in self.events.values() if each.open)
