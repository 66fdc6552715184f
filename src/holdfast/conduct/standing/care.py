"""What a session's standing keeps of its recording, distress, night, setting, kits put back and note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdfast.conduct.standing.history import Change
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.session import (
    HandedOver,
    NoteSigned,
    RecordingKept,
    RecordingNoted,
    RescueGiven,
    SettingNoted,
)
from holdfast.records.supply import KitPutBack
from holdfast.timing import Instant

if TYPE_CHECKING:
    from holdfast.conduct.standing.session import SessionStanding

RUNS = frozenset({"started", "resumed"})
"""What a recording does while it runs; after "stopped" and "ended" it does not."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment at which the recording started, stopped, resumed or ended."""

    at: Instant
    act: str

    @property
    def runs(self) -> bool:
        """Whether the recording runs from this moment on."""
        return self.act in RUNS


@dataclass(frozen=True, slots=True)
class Handed:
    """Care passed to somebody, in the role they held."""

    at: Instant
    from_: str
    to: str
    role: str


@dataclass(frozen=True, slots=True)
class Signed:
    """The note was signed: by whom, when, over which digest."""

    by: str
    at: Instant
    sha256: str


def _by_time(marks: tuple[Mark, ...], new: Mark) -> tuple[Mark, ...]:
    return tuple(sorted((*marks, new), key=lambda each: each.at.at))


def _recording(standing: SessionStanding, record: Record, fact: RecordingNoted) -> Change:
    return {"recording": _by_time(standing.recording, Mark(record.happened_at, fact.act))}


def _kept(standing: SessionStanding, record: Record, fact: RecordingKept) -> Change:
    return {"custodian": fact.custodian}


def _rescue(standing: SessionStanding, record: Record, fact: RescueGiven) -> Change:
    return {"rescues": standing.rescues + 1}


def _handed(standing: SessionStanding, record: Record, fact: HandedOver) -> Change:
    new = Handed(record.happened_at, fact.from_, fact.to, fact.role)
    return {"handed": tuple(sorted((*standing.handed, new), key=lambda each: each.at.at))}


def _setting(standing: SessionStanding, record: Record, fact: SettingNoted) -> Change:
    return {"setting": fact.items}


def _put_back(standing: SessionStanding, record: Record, fact: KitPutBack) -> Change:
    return {"put_back": standing.put_back | {fact.kit}}


def _signed(standing: SessionStanding, record: Record, fact: NoteSigned) -> Change:
    return {"signed": (*standing.signed, Signed(record.author, record.happened_at, fact.sha256))}


def device_of(history: tuple[Record, ...], record: Record) -> str:
    """The device of the record that a deviation stands beside."""
    return next((each.device for each in history if each.id == record.because), "")


CARE: Mapping[type[Fact], Any] = {
    RecordingNoted: _recording,
    RecordingKept: _kept,
    RescueGiven: _rescue,
    HandedOver: _handed,
    SettingNoted: _setting,
    KitPutBack: _put_back,
    NoteSigned: _signed,
}
