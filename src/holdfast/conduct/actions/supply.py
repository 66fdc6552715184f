"""What is asked and told: lists and kits."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class SealList(Ask):
    """Enter a stratum's sealed list of slots."""

    stratum: str
    slots: tuple[str, ...]
    commitment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveKit(Tell):
    """A kit arrived."""

    kit: str
    step: str
    capsules: int
    expires: str
    lot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseKit(Ask):
    """A kit may be used."""

    kit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignKit(Ask):
    """Set a kit aside for a participant's dose step; asked by whoever holds the key."""

    kit: str
    participant: str
    visit: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnKit(Tell):
    """Unused capsules come back; ``participant`` and ``visit`` where they were set aside for a session."""

    kit: str
    capsules: int
    witness: str
    participant: str = ""
    visit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountKit(Tell):
    """Capsules on hand were counted by two people."""

    kit: str
    counted: int
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyKit(Tell):
    """Capsules were destroyed."""

    kit: str
    capsules: int
    witnesses: tuple[str, ...]
