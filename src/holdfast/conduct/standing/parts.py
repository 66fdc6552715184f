"""The parts a participant's standing is made of: what is kept of each thing that happened to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from holdfast.records.assessment import FormCompleted
from holdfast.records.canonical import canonical
from holdfast.records.fact import to_body
from holdfast.records.safety import AdverseEvent
from holdfast.timing import Instant


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
class Reminded:
    """A reminder: what of (``conduct.reminders.MATTERS``), for which visit, when, and what became of it."""

    root: UUID
    matter: str
    visit: str
    at: Instant
    outcome: str

    @property
    def on(self) -> date:
        """The local date at the site."""
        return self.at.day


@dataclass(frozen=True, slots=True)
class QueryState:
    """A query, what it is about and by when it is to be answered (UTC); ``answered_by`` empty until it is."""

    root: UUID
    rule: str
    records: tuple[UUID, ...]
    visit: str
    raised_at: Instant
    due: datetime
    outcome: str = ""
    words: str = ""
    answered_by: str = ""

    @property
    def open(self) -> bool:
        """Whether nobody has answered yet."""
        return not self.answered_by

    @property
    def about(self) -> tuple[str, UUID]:
        """What no other query is raised about: the rule and the first of the records."""
        return self.rule, self.records[0]


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
class Shared:
    """The person was in an export: under which consent item, to whom, by which random id, when."""

    item: str
    to: str
    pseudonym: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Prescription:
    """The doses of a session are prescribed: by whom, under which approval, when."""

    prescriber: str
    approval: str
    at: Instant


def newest(done: Sequence[FormDone]) -> FormDone | None:
    """The one filled last in the world; of two at the same moment the one recorded later."""
    # max keeps the first of equals, and a reassessment within the same minute must count.
    return max(reversed(done), key=lambda each: each.at.at, default=None)


def content_digest(fact: FormCompleted) -> str:
    """SHA-256 (hex) of a form's canonical content: what a signature is bound to."""
    body = to_body(fact)
    if not fact.wording:
        del body["wording"]  # signatures older than the field bind what had none
    return hashlib.sha256(canonical(body)).hexdigest()
