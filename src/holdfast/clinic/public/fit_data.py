"""What is asked and compared on "Who it may fit": questions with their facts, criteria made beforehand."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import model_validator

from holdfast.evidence.reading import Part, Words, read_part
from holdfast.sourced import Figure, Status

FILE_QUESTIONS = Path(__file__).with_name("fit.yaml")
FILE_CRITERIA = Path(__file__).with_name("fit.json")
Fact = bool | int | str | None


class Choice(Part):
    """An answer and the facts it stands for; None for what it cannot tell."""

    code: str
    label: Words
    facts: dict[str, Fact]
    band: tuple[int, int] | None = None
    none: bool = False
    unsure: bool = False


class Question(Part):
    """A question; of ``several`` answers more than one may be true."""

    code: str
    several: bool
    ask: Words
    clinician: Words
    choices: tuple[Choice, ...]

    @model_validator(mode="after")
    def _one_none(self) -> Question:
        if self.several and sum(each.none for each in self.choices) != 1:
            raise ValueError("a question of several answers needs one choice for none of them")
        return self

    @property
    def names(self) -> frozenset[str]:
        """The facts it asks about."""
        return frozenset(name for each in self.choices for name in each.facts)


class Contradiction(Part):
    """Answers that seem to say two things, and what is said then."""

    rule: str
    say: Words


class Questions(Part):
    """The file of questions."""

    questions: tuple[Question, ...]
    contradictions: tuple[Contradiction, ...]
    studies: dict[str, Words]


class Criterion(Part):
    """A criterion of a study with its rule as the browser evaluates it, and the facts the rule names."""

    code: str
    original: Words
    plain: Words
    rule: dict[str, Any]
    names: tuple[str, ...]
    source: str
    status: Status
    date: str

    def in_language(self, language: str) -> str:
        """The language of its plain words on a page in a language: that one, or English."""
        return next((each for each in (language, language.split("-")[0]) if each in self.plain), "en")

    def figure(self) -> Figure:
        """Where its numbers are from."""
        return Figure(value=0, unit="as told", source=self.source, status=self.status, date=self.date)


class Group(Part):
    """Studies that ask for the same, and what; ``left_out``: some criteria have no text that we have read."""

    studies: tuple[str, ...]
    left_out: bool
    criteria: tuple[Criterion, ...]

    def about(self, names: Collection[str]) -> tuple[Criterion, ...]:
        """The criteria whose rules name one of some facts."""
        return tuple(each for each in self.criteria if set(each.names) & set(names))


class Fit(Part):
    """The file of criteria."""

    groups: tuple[Group, ...]


@cache
def questions() -> Questions:
    """The questions, in order."""
    return read_part(Questions, FILE_QUESTIONS.name, FILE_QUESTIONS.read_text(encoding="utf-8"))


@cache
def fit() -> Fit:
    """The criteria of every study of the package."""
    return Fit.model_validate_json(FILE_CRITERIA.read_bytes())
