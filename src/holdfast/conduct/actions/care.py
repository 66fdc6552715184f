"""What is asked and told: the recording, rescue medicine, the night, the setting, the note."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell
from holdfast.records.fact import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecording(Tell):
    """The recording of the session started, stopped, resumed or ended."""

    participant: str
    visit: str
    act: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRecording(Tell):
    """A recording is with its custodian; its digest may come later than the session."""

    participant: str
    visit: str
    sha256: str
    custodian: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveRescue(Tell):
    """A rescue medicine was given, as it was written down."""

    participant: str
    visit: str
    medicine: str
    amount: str
    route: str
    ordered_by: str
    given_by: str
    why: str
    effect: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Tell):
    """Care passes from one person to another."""

    participant: str
    visit: str
    from_: str
    to: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteNight(Tell):
    """What was seen in the night."""

    participant: str
    visit: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSetting(Tell):
    """The setting of the session; what is left out is not answered."""

    participant: str
    visit: str
    items: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignNote(Ask):
    """Sign the session's note as it stands: ``sha256`` is the digest of the text that was read."""

    participant: str
    visit: str
    sha256: str
    meaning: str
