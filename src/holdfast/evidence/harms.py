"""Unwanted events of the randomised trials, both arms with the same denominator, and the body's reaction."""

from __future__ import annotations

from functools import cache

from pydantic import field_validator, model_validator

from holdfast.evidence.reading import Part, Source, Words, packaged
from holdfast.sourced import Figure, Status
from holdfast.statistics.proportions import wilson


class Event(Part):
    """People with an event: the arm, the reference; ``note`` says what was counted where the label cannot."""

    code: str
    label: Words
    trial: str
    period: Words
    n: tuple[int, int]
    events: tuple[int, int]
    source: str
    note: Words | None = None

    def of_hundred(self, arm: int) -> int:
        """People of a hundred."""
        return round(100 * self.events[arm] / self.n[arm])

    def range_of_hundred(self, arm: int) -> tuple[int, int]:
        """The Wilson limits (95 %) of the same."""
        low, high = wilson(self.events[arm], self.n[arm])
        return round(100 * low), round(100 * high)


class Reaction(Part):
    """A share of healthy volunteers whose body passed a mark."""

    code: str
    label: Words
    mark: float
    percent: float
    of: int
    source: str


class Highest(Part):
    """The highest value seen in a laboratory study."""

    code: str
    label: Words
    value: float
    unit: str
    of: int
    source: str


class PooledOdds(Part):
    """An odds ratio with its interval, as its paper prints it."""

    code: str
    label: Words
    ratio: float
    interval: tuple[float, float]
    source_text: str
    status: Status
    date: str

    @field_validator("date", mode="before")
    @classmethod
    def _year_as_text(cls, given: object) -> object:
        return str(given)


class MoreOften(Part):
    """What came more often with MDMA, where no counts are at hand."""

    source_text: str
    status: Status
    date: str
    terms: tuple[Words, ...]

    @field_validator("date", mode="before")
    @classmethod
    def _year_as_text(cls, given: object) -> object:
        return str(given)


class Harms(Part):
    """The file of harms."""

    sources: dict[str, Source]
    events: tuple[Event, ...]
    body: tuple[Reaction, ...]
    highest: tuple[Highest, ...]
    pooled: tuple[PooledOdds, ...]
    more_often: MoreOften

    @model_validator(mode="after")
    def _sources_named(self) -> Harms:
        rows: list[Event | Reaction | Highest] = [*self.events, *self.body, *self.highest]
        for each in rows:
            if each.source not in self.sources:
                raise ValueError(f"{each.code} names no source of this file")
        return self

    def figure(self, part: Event | Reaction | Highest) -> Figure:
        """A row's number as a figure: counts of both arms, a percentage, a value."""
        source = self.sources[part.source]
        if isinstance(part, Event):
            (x1, x0), (n1, n0) = part.events, part.n
            return source.figure((float(x1), float(n1), float(x0), float(n0)), unit="people")
        if isinstance(part, Reaction):
            return source.figure(part.percent, unit="%")
        return source.figure(part.value, unit=part.unit)

    def range_figure(self, event: Event) -> Figure:
        """The limits of both arms as a figure of our own working out."""
        source = self.sources[event.source]
        return Figure(
            value=tuple(float(each) for arm in (0, 1) for each in event.range_of_hundred(arm)),
            unit="of 100",
            source=f"Wilson's interval (95 %) of the counts in: {source.cite}",
            status=Status.DERIVED,
            date=source.date,
        )


@cache
def harms() -> Harms:
    """What is known of harms."""
    return packaged(Harms, "harms.yaml")
