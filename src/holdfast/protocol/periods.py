"""The periods of a programme's report: equal parts of a year, from its first day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.protocol.model import Programme


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A part of a year: its first and last day, both in it."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def periods(programme: Programme, *, first: date, last: date) -> tuple[Period, ...]:
    """Every period that holds a day from ``first`` to ``last``, the latest first."""
    months = int(programme.report.months.number)
    found = [
        Period(date(year, start, 1), _before_month(year, start + months))
        for year in range(first.year, last.year + 1)
        for start in range(1, 13, months)
    ]
    return tuple(sorted((each for each in found if each.last >= first and each.first <= last), reverse=True))


def due(programme: Programme, period: Period) -> date:
    """The last day on which the report of a period may be sent."""
    return period.last + timedelta(days=int(programme.report.due_days.number))


def _before_month(year: int, month: int) -> date:
    following = date(year + 1, 1, 1) if month > 12 else date(year, month, 1)
    return following - timedelta(days=1)
