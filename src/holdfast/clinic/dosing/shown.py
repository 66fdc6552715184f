"""What all parts of the session page use: how far the session is, times, the last answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from holdfast.clinic.dosing.room import Room
from holdfast.conduct.decision import Reason
from holdfast.timing import Instant


@dataclass(slots=True)
class Answered:
    """How the last form of this page was answered, where it was sent without JavaScript."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    where: str = ""
    reasons: tuple[Reason, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    suggestions: Sequence[tuple[str, str]] = ()
    keep: bool = True


def phase(room: Room) -> str:
    """How far the session is: "waiting", "gate", "dosed", "ended" or "left"."""
    session = room.session
    if session.discharged is not None:
        return "left"
    if session.ended is not None:
        return "ended"
    if session.t0 is not None:
        return "dosed"
    return "gate" if session.started is not None else "waiting"


def iso(at: datetime | None) -> str:
    """A time as the browser reads it."""
    return "" if at is None else at.isoformat().replace("+00:00", "Z")


def clock(room: Room, at: datetime | None) -> str:
    """A time on the site's clock."""
    return "" if at is None else Instant(at, room.at.zone).local.strftime("%H:%M")
