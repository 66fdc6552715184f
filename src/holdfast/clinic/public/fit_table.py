"""The same answers as a table for a browser without scripts: what each would mean, worked out here."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.clinic.public.fit_data import Choice, Criterion, Group, questions
from holdfast.clinic.public.shown import Shown, say
from holdfast.protocol.rules import Truth, evaluate, from_json


@dataclass(frozen=True, slots=True)
class Against:
    """A criterion that an answer does not meet, or that stays open."""

    plain: str
    language: str
    number: Shown


@dataclass(frozen=True, slots=True)
class Row:
    """An answer, the criteria it does not meet, and those that it leaves open."""

    ask: str
    label: str
    number: Shown | None
    fails: tuple[Against, ...]
    open: tuple[Against, ...]


def table(group: Group, language: str) -> tuple[Row, ...]:
    """Every answer to every question beside the criteria of a group of studies."""
    return tuple(
        _row(
            say(question.ask, language),
            choice,
            group,
            language,
        )
        for question in questions().questions
        for choice in question.choices
        if not choice.unsure
    )


def _row(ask: str, choice: Choice, group: Group, language: str) -> Row:
    facts = {name: value for name, value in choice.facts.items() if value is not None}
    touched = group.about(choice.facts)
    truths = [(each, evaluate(from_json(each.rule), facts).truth) for each in touched]
    return Row(
        ask=ask,
        label=say(choice.label, language),
        number=Shown("", touched[0].figure()) if touched else None,
        fails=tuple(_against(each, language) for each, truth in truths if truth is Truth.FAILS),
        open=tuple(_against(each, language) for each, truth in truths if truth is Truth.UNKNOWN),
    )


def _against(criterion: Criterion, language: str) -> Against:
    plain, spoken = say(criterion.plain, language), criterion.in_language(language)
    return Against(plain, spoken, Shown("", criterion.figure()))
