"""Figures: clinical numbers that carry their unit, source, status and date.

``Figure`` is the one type of every clinical number and the only door of a
number to a public page.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Status(StrEnum):
    """How a figure is known; the words of the project's fact sheets."""

    SOURCED_PRIMARY = "sourced_primary"
    SOURCED = "sourced"
    FOUND = "found"
    SOURCED_SECONDARY = "sourced_secondary"
    FOUND_SECONDARY = "found_secondary"
    DERIVED = "derived"
    CALIBRATED = "calibrated"
    RECALLED_UNVERIFIED = "recalled_unverified"
    ASSUMED = "assumed"
    REHEARSAL = "rehearsal"


CITABLE = frozenset(
    {
        Status.SOURCED_PRIMARY,
        Status.SOURCED,
        Status.FOUND,
        Status.SOURCED_SECONDARY,
        Status.FOUND_SECONDARY,
        Status.DERIVED,
    }
)


class Figure(BaseModel):
    """A clinical number, or a fixed list of numbers, with where it comes from.

    ``unit`` is "1" for pure numbers. ``source`` is a citation, for ``assumed``
    and ``rehearsal`` figures a one-line reason. ``date`` is the year of
    publication, or the day the assumption was made.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: int | float | tuple[float, ...]
    unit: str = Field(min_length=1)
    source: str = Field(min_length=3)
    status: Status
    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")

    @model_validator(mode="before")
    @classmethod
    def _year_as_text(cls, given: object) -> object:
        # YAML reads a bare year as a number; a date is text everywhere else.
        if isinstance(given, dict) and isinstance(given.get("date"), int):
            return {**given, "date": str(given["date"])}
        return given

    @property
    def number(self) -> float:
        """The single value; TypeError where the figure is a list."""
        if isinstance(self.value, tuple):
            raise TypeError(f"this figure is a list of {len(self.value)} values, not one number")
        return float(self.value)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values as a tuple, one value or many."""
        return self.value if isinstance(self.value, tuple) else (float(self.value),)

    @property
    def citable(self) -> bool:
        """Whether it may stand on a public page with its citation."""
        return self.status in CITABLE

    @property
    def needs_signature(self) -> bool:
        """Whether it has no value in a live study until a physician of the site signs one."""
        return self.status is Status.REHEARSAL
