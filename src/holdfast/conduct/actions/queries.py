"""What is told and asked about records that contradict each other."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseQuery(Tell):
    """The software found something that time has made a contradiction; ``record`` is what it is about."""

    participant: str
    rule: str
    record: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuery(Ask):
    """The physician says what came of a query."""

    participant: str
    query: UUID
    outcome: str
    words: str
