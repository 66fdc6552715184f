"""What the software tells by itself: something that nobody did in time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteOverdue(Tell):
    """Something of a session is overdue; ``code`` is that of its alarm."""

    participant: str
    visit: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRiskOn(Tell):
    """People are told of a risk that a participant answered alone."""

    participant: str
    risk: UUID
    to: tuple[str, ...]
