"""Facts of visits and forms. Stream: participant."""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("visit-scheduled")
class VisitScheduled(Fact):
    """A planned or unscheduled visit gets a date; scheduling again moves it."""

    visit: str
    on: str  # ISO date
    occurrence: str  # "planned", "unscheduled", "repeated", "early-end"


@kind("visit-held")
class VisitHeld(Fact):
    """A visit took place."""

    visit: str
    occurrence: str
    study_day: int | None  # None before randomisation
    mode: str  # "on-site", "telehealth", "telephone"


@kind("visit-missed")
class VisitMissed(Fact):
    """A visit did not take place, with the coded reason."""

    visit: str
    why: str


@kind("form-completed")
class FormCompleted(Fact):
    """Answers to a form at a visit.

    ``answers`` maps item code to a value or ``{"absent": reason}``; ``scores`` is
    what the instrument's scoring gave then. ``wording`` is the digest of the words that
    were brought for the instrument and shown; empty where the software's own were.
    """

    form: str
    instrument: str
    instrument_version: str
    visit: str
    occurrence: str
    answers: dict[str, Json]
    scores: dict[str, Json]
    language: str
    wording: str = ""


@kind("form-signed")
class FormSigned(Fact):
    """A completed form is signed by its author; ``meaning`` as 21 CFR 11.50 wants it."""

    form_record: str
    meaning: str
    digest: str


@kind("rater-assigned")
class RaterAssigned(Fact):
    """An independent rater is drawn for a rating; ``task`` is a random id that tells no visit."""

    rater: str
    visit: str
    task: str


@kind("unblinding-incident")
class UnblindingIncident(Fact):
    """Somebody learned or was told something about an allocation."""

    who: str
    how: str


@kind("medication-recorded")
class MedicationRecorded(Fact):
    """A medicine taken or stopped (partial ISO dates; empty where still taken)."""

    medicine: str
    class_: str
    started: str
    stopped: str


@kind("washout-judged")
class WashoutJudged(Fact):
    """A physician says when the wash-out of a medicine is over that nobody can work out."""

    medicine: str
    over_on: str
    why: str


@kind("laboratory-result")
class LaboratoryResult(Fact):
    """A laboratory or ECG value with its local reference range."""

    test: str
    value: float
    unit: str
    low: float | None
    high: float | None
    taken_on: str


@kind("contact-attempted")
class ContactAttempted(Fact):
    """An attempt to reach a participant, and what came of it."""

    channel: str
    outcome: str
    for_visit: str
