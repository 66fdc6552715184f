"""What is asked and told: the dosing session."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Ask, Tell
from holdfast.records.fact import Json


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
    """A physician lets an item pass, with the reason in the stamp; recorded as a deviation.

    ``how``: "present" where they are signed in, "tablet" where they gave their password on
    somebody else's.
    """

    participant: str
    visit: str
    step: str
    item: str
    how: str = "present"


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
    """A reading; impossible values are sent back. ``typed`` is what was given, where that was put right."""

    participant: str
    visit: str
    due_minute: int | None
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    temperature: float | None = None
    position: str = "sitting"
    repeat: bool = False
    typed: str = ""


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
class MissPrompts(Tell):
    """A round of prompts was not rated: asked for and not answered, or never asked for."""

    participant: str
    visit: str
    at_hour: float
    rated_by: str
    asked: bool
    why: str


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
