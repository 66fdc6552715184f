"""What is asked and told: adverse events, deviations, risks, one participant's allocation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAdverseEvent(Tell):
    """An adverse event of any valence."""

    participant: str
    term: str
    onset: str
    end: str
    severity: str
    serious: bool
    criteria: tuple[str, ...]
    related: str
    special_interest: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAdverseEvent(Tell):
    """The outcome of an event."""

    participant: str
    event: UUID
    outcome: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSerious(Tell):
    """A serious event was reported to the sponsor."""

    participant: str
    event: UUID
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeRisk(Ask):
    """A clinician takes a raised risk on."""

    participant: str
    risk: UUID
    plan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDeviation(Tell):
    """A deviation told by a person."""

    participant: str
    code: str
    what: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblind(Ask):
    """A physician needs one participant's allocation for treatment."""

    participant: str
    why: str
