"""What is asked and told: corrections."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Tell
from holdfast.records.fact import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Amend(Tell):
    """Correct an earlier record of a stream: same kind, whole new fact, reason in the stamp."""

    stream: str
    record: UUID
    fact: Fact
