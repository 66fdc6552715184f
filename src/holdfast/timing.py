"""Study days, instants, partial dates, windows, visit occurrences and deadlines.

Day 1 is the local date of randomisation at the site; there is no day 0. (ADaM's
ADY counts from the first dose instead; ``study_day`` serves both, the reference
date is an argument.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class Precision(StrEnum):
    """How finely a time is known."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment: UTC time, the IANA zone of the place it happened in, and its precision."""

    at: datetime
    zone: str
    precision: Precision = Precision.SECOND

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an Instant needs an aware datetime; give it tzinfo=UTC")
        if self.at.tzinfo is not UTC:
            object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def local(self) -> datetime:
        """The wall-clock time at the place."""
        return self.at.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """The local calendar date."""
        return self.local.date()


def study_day(on: date, reference: date) -> int:
    """The study day of a date: 1 on the reference date, -1 the day before, never 0."""
    difference = (on - reference).days
    return difference + 1 if difference >= 0 else difference
