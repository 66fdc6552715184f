"""What is told about monitors that send readings by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDevice(Tell):
    """A monitor stands at this session from now on, or no longer."""

    participant: str
    visit: str
    device: str
    name: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFlood(Tell):
    """A monitor of the session sends more readings than it can measure; told by the software."""

    participant: str
    visit: str
    device: str
    name: str
    received: int
    seconds: float
