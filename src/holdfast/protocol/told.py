"""What a participant, or a reader of the public pages, can see of a study file.

One table: a kind is where a text stands in the file. ``checks.languages`` asks each of them for every
language that the study's title has; a test of the clinic marks every text of a study file, opens the pages,
and holds this table equal to what they show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from holdfast.protocol.model import Protocol, StudyForm, Text, Variable
from holdfast.protocol.reader import Place
from holdfast.protocol.roles import Role

Found = Iterator[tuple[Place, Text]]

QUOTED = frozenset({"eligibility.original"})
"""Shown beside a text of ours in the words and the language of the work it is from: not ours to translate."""


def told(protocol: Protocol) -> Iterator[tuple[str, Place, Text]]:
    """Every such text of a study file: its kind, its place, the text by language."""
    for kind, texts in KINDS.items():
        for place, text in texts(protocol):
            yield kind, place, text


def languages(protocol: Protocol) -> tuple[str, ...]:
    """The languages in which the file speaks to participants: those of the study's title."""
    return tuple(protocol.study.title)


def own_forms(protocol: Protocol) -> Iterator[tuple[int, StudyForm]]:
    """The forms that participants fill, with their places in the file."""
    filled = {each.form for visit in protocol.visits for each in visit.forms if each.by is Role.PARTICIPANT}
    return ((place, form) for place, form in enumerate(protocol.forms) if form.form in filled)


def _answered(protocol: Protocol) -> Iterator[tuple[int, Variable]]:
    named = {name for _, form in own_forms(protocol) for name in form.fields}
    return ((place, each) for place, each in enumerate(protocol.variables) if each.name in named)


def _title(protocol: Protocol) -> Found:
    yield ("study", "title"), protocol.study.title


def _visits(protocol: Protocol) -> Found:
    return ((("visits", place, "name"), each.name) for place, each in enumerate(protocol.visits))


def _forms(protocol: Protocol) -> Found:
    return ((("forms", place, "name"), form.name) for place, form in own_forms(protocol))


def _variables(protocol: Protocol) -> Found:
    return ((("variables", place, "label"), each.label) for place, each in _answered(protocol))


def _options(protocol: Protocol) -> Found:
    for place, each in _answered(protocol):
        for option in each.options:
            yield ("variables", place, "says", option), each.says.get(option, {})


def _criteria(protocol: Protocol) -> Found:
    return ((("eligibility", place, "plain"), each.plain) for place, each in enumerate(protocol.eligibility))


def _consent(protocol: Protocol) -> Found:
    return ((("consent", place, "label"), each.label) for place, each in enumerate(protocol.consent))


def _prompts(protocol: Protocol) -> Found:
    for place, each in enumerate(protocol.adverse_events.prompts):
        name = "asked" if each.asked else "label"
        yield ("adverse_events", "prompts", place, name), each.asked or each.label


KINDS: Mapping[str, Callable[[Protocol], Found]] = {
    "study.title": _title,
    "visits.name": _visits,
    "forms.name": _forms,
    "variables.label": _variables,
    "variables.says": _options,
    "eligibility.plain": _criteria,
    "consent.label": _consent,
    "adverse_events.prompts.asked": _prompts,
}
