"""What is asked and told: visits, forms, medicines, laboratory values, contacts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Ask, Tell
from holdfast.records.fact import Json


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
    """Answers to a form. ``answers`` maps item code to a value or ``{"absent": reason}``.

    ``wording`` is the digest of the brought words in which it was asked, empty for our own.
    """

    participant: str
    visit: str
    form: str
    answers: dict[str, Json]
    occurrence: str = "planned"
    language: str = "en"
    wording: str = ""


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
