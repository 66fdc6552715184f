"""Every kind of fact, by importing every matter."""

from __future__ import annotations

from holdfast.records import (
    assessment,
    enrolment,
    programme,
    queries,
    reminding,
    safety,
    session,
    sharing,
    study,
    supply,
)
from holdfast.records.fact import KINDS, Fact, kind_named

__all__ = [
    "KINDS",
    "Fact",
    "assessment",
    "enrolment",
    "kind_named",
    "programme",
    "queries",
    "reminding",
    "safety",
    "session",
    "sharing",
    "study",
    "supply",
]
