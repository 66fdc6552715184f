"""What is asked and told before a dose: what is arranged ahead, wash-outs judged, overrides by others."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReadiness(Tell):
    """Somebody notes ahead how an item of a session stands. It never counts as its confirmation."""

    participant: str
    visit: str
    item: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeWashout(Ask):
    """A physician says when the wash-out of a medicine is over that nobody can work out."""

    participant: str
    medicine: UUID
    over_on: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOverride(Tell):
    """A physician who could not sign in let an item pass; who reports it heard or saw it.

    ``how``: "tablet" (signed on this tablet, not verified) or "read-back" (told by telephone
    and read back, with a second person as witness).
    """

    participant: str
    visit: str
    step: str
    item: str
    physician: str
    how: str
    why: str
    witness: str = ""
    read_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign(Ask):
    """The physician named in a reported override says whether it was theirs."""

    participant: str
    visit: str
    override: UUID
    agrees: bool
    note: str = ""
