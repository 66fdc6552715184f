"""The course of one effect in one session, worked out of all its ratings.

Ratings of one hour are one round, whoever rated: the round is as strong as its highest.
It began with the first round above 0, is as severe as the strongest, and is over with the
first round of nothing but 0 after the last one above 0. What nobody answered says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.session import PromptsRated


@dataclass(frozen=True, slots=True)
class Rated:
    """One rating: the hour of its round, when it was given (UTC), by whom, 0 to 3."""

    hour: float
    at: datetime
    by: str
    level: int


@dataclass(frozen=True, slots=True)
class Course:
    """Onset, peak and end as ISO times (UTC), ``end`` empty while open; the highest rating, and by source."""

    onset: str
    peak: str
    end: str
    level: int
    by_source: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Round:
    """All ratings of one hour in the order of time."""

    ratings: tuple[Rated, ...]

    @property
    def level(self) -> int:
        """The highest rating."""
        return max(each.level for each in self.ratings)

    def first(self, level: int) -> datetime:
        """When a rating of at least this level was first given."""
        return next(each.at for each in self.ratings if each.level >= level)


def ratings_of(records: Iterable[Record], prompt: str) -> list[Rated]:
    """Every answer about one effect in records whose corrections were applied."""
    found = []
    for record in records:
        if isinstance(record.fact, PromptsRated):
            level = record.fact.ratings.get(prompt)
            if isinstance(level, int) and not isinstance(level, bool):
                found.append(Rated(record.fact.at_hour, record.happened_at.at, record.fact.rated_by, level))
    return found


def course_of(ratings: Iterable[Rated]) -> Course | None:
    """The course of an effect; None where it was never above 0."""
    rounds = _rounds(ratings)
    there = [number for number, each in enumerate(rounds) if each.level]
    if not there:
        return None
    highest = max(each.level for each in rounds)
    peak = next(each for each in rounds if each.level == highest)
    over = rounds[there[-1] + 1] if there[-1] + 1 < len(rounds) else None
    # Rounds entered out of order must not end an effect before it was last seen.
    last = max(each.at for one in rounds for each in one.ratings if each.level)
    return Course(
        onset=rounds[there[0]].first(1).isoformat(),
        peak=peak.first(highest).isoformat(),
        end=max(over.first(0), last).isoformat() if over else "",
        level=highest,
        by_source=_by_source(rounds),
    )


def _rounds(ratings: Iterable[Rated]) -> list[Round]:
    ordered = sorted(ratings, key=lambda each: (each.hour, each.at))
    return [Round(tuple(own)) for _hour, own in groupby(ordered, key=lambda each: each.hour)]


def _by_source(rounds: Iterable[Round]) -> dict[str, Json]:
    found: dict[str, int] = {}
    for each in rounds:
        for one in each.ratings:
            found[one.by] = max(one.level, found.get(one.by, 0))
    return {by: found[by] for by in sorted(found) if found[by]}
