"""What the treatment costs and who took part in the trials: published figures, and what nobody published."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from holdfast.evidence.reading import Part, Source, Words, packaged
from holdfast.sourced import Figure

_NAMED = re.compile(r"\{(\w+)\}")


class Number(Part):
    """A number and its unit; the entry it stands in names the source."""

    value: float
    unit: str


class Sentence(Part):
    """Something a work found: ``say`` names its figures in braces."""

    code: str
    source: str
    figures: dict[str, Number]
    say: Words

    @model_validator(mode="after")
    def _same_figures(self) -> Sentence:
        for language, text in self.say.items():
            if set(_NAMED.findall(text)) != set(self.figures):
                raise ValueError(f"“{self.code}” in {language!r} does not name each of its figures")
        return self

    def words(self, write: Callable[[float, str], str] = format) -> Words:
        """The sentence with its numbers, by language; ``write`` gives the marks of the language asked for."""
        numbers = {name: write(each.value, ",.10g") for name, each in self.figures.items()}
        return {language: text.format(**numbers) for language, text in self.say.items()}

    def figure(self, sources: Mapping[str, Source]) -> Figure:
        """Its numbers as one figure; 0 where it has none."""
        values = tuple(each.value for each in self.figures.values()) or (0.0,)
        return sources[self.source].figure(values, unit="as told")


class Cost(Sentence):
    """A calculation, an asking price, or who pays; ``but`` is what it leaves out."""

    kind: Literal["model", "price", "payer"]
    country: str = Field(pattern="^[A-Z]{2}$")
    but: Words


class Costs(Part):
    """The file of costs."""

    sources: dict[str, Source]
    entries: tuple[Cost, ...]
    unknown: tuple[Words, ...]

    @model_validator(mode="after")
    def _known_sources(self) -> Costs:
        _check(self.sources, [each.source for each in self.entries])
        return self


class Group(Part):
    """How many of a trial belong to a group: those given MDMA, then the others."""

    code: str
    about: Literal["sex", "race", "life"]
    label: Words
    trial: str
    events: tuple[int, int]
    n: tuple[int, int]
    source: str

    @model_validator(mode="after")
    def _possible(self) -> Group:
        if any(not 0 <= some <= of for some, of in zip(self.events, self.n, strict=True)):
            raise ValueError(f"more people in “{self.code}” than took part")
        return self

    @property
    def people(self) -> tuple[int, int]:
        """How many of how many, both arms together."""
        return sum(self.events), sum(self.n)


class Before(Part):
    """Percent of each arm who had taken MDMA before the trial."""

    percent: tuple[float, float]
    n: tuple[int, int]
    source: str


class Participants(Part):
    """The file of those who took part."""

    sources: dict[str, Source]
    groups: tuple[Group, ...]
    before: Before
    reviews: tuple[Sentence, ...]
    missing: tuple[Words, ...]
    unknown: tuple[Words, ...]

    @model_validator(mode="after")
    def _known_sources(self) -> Participants:
        groups, reviews = ([each.source for each in part] for part in (self.groups, self.reviews))
        _check(self.sources, [*groups, *reviews, self.before.source])
        return self


def _check(sources: Mapping[str, Source], named: list[str]) -> None:
    unknown = sorted(set(named) - set(sources))
    if unknown:
        raise ValueError(f"no such source: {', '.join(unknown)}")


@cache
def costs() -> Costs:
    """What is published of costs."""
    return packaged(Costs, "costs.yaml")


@cache
def participants() -> Participants:
    """What is published of those who took part."""
    return packaged(Participants, "participants.yaml")
