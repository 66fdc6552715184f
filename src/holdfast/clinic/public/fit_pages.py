"""Who it may fit: questions answered in the browser alone, beside the criteria that trials published.

The server sends the questions and the rules and gets no answer: there is no address that takes one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.public.fit_data import Choice, Criterion, Group, Question, fit, questions
from holdfast.clinic.public.fit_screens import Screen, screens
from holdfast.clinic.public.fit_table import Row, table
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import Shown, Told, say
from holdfast.protocol.rules import parse, to_json


@dataclass(frozen=True, slots=True)
class Asked:
    """A choice as the page shows it: facts as JSON for the browser, the source of a number in its words."""

    code: str
    label: str
    number: Shown | None
    facts: str
    none: bool
    unsure: bool


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as the page shows it; ``rest`` are the facts when nothing else is ticked."""

    code: str
    ask: str
    several: bool
    choices: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A criterion as the page shows it, with its rule for the browser."""

    code: str
    plain: str
    language: str
    original: Told
    number: Shown
    rule: str
    question: str


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    """Studies that ask for the same."""

    code: str
    titles: tuple[str, ...]
    left_out: bool
    criteria: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Answers that seem to say two things: when, and what is said."""

    rule: str
    say: str


@asks(Act.READ_PUBLIC)
@require_safe
def who_it_may_fit(_request: HttpRequest) -> HttpResponse:
    """The page; it takes nothing from whoever asks."""
    return public_page("public-fit", "fit.html", fit_context(get_language() or "en"))


def fit_context(language: str) -> Mapping[str, object]:
    """What the page shows."""
    given = questions()
    shown_screens: tuple[Screen, ...] = screens(language)
    rows: tuple[Row, ...] = table(fit().groups[0], language)
    return {
        "questions": [_question(each, language) for each in given.questions],
        "groups": [_group(each, language) for each in fit().groups],
        "screens": shown_screens,
        "contradictions": [Both(_rule(each.rule), say(each.say, language)) for each in given.contradictions],
        "table": rows,
    }


def _rule(text: str) -> str:
    return _packed({"tree": to_json(parse(text))["tree"]})


def _packed(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _question(question: Question, language: str) -> AskedQuestion:
    return AskedQuestion(
        code=question.code,
        ask=say(question.ask, language),
        several=question.several,
        choices=tuple(_choice(each, language) for each in question.choices),
    )


def _choice(choice: Choice, language: str) -> Asked:
    about = fit().groups[0].about(choice.facts)
    return Asked(
        code=choice.code,
        label=say(choice.label, language),
        number=Shown("", about[0].figure()) if about else None,
        facts=_packed(choice.facts),
        none=choice.none,
        unsure=choice.unsure,
    )


def _group(group: Group, language: str) -> ComparedGroup:
    titles = tuple(say(questions().studies[study], language) for study in group.studies)
    criteria = tuple(_criterion(each, language) for each in group.criteria)
    return ComparedGroup(group.studies[0], titles, group.left_out, criteria)


def _criterion(criterion: Criterion, language: str) -> Compared:
    original = Told(say(criterion.original, language), criterion.source, criterion.status, criterion.date)
    return Compared(
        code=criterion.code,
        plain=say(criterion.plain, language),
        language=criterion.in_language(language),
        original=original,
        number=Shown("", criterion.figure()),
        rule=_packed({"tree": criterion.rule["tree"]}),
        question=_to_ask(criterion, language),
    )


def _to_ask(criterion: Criterion, language: str) -> str:
    """What to ask a clinician: the question's own words where one was put, else how it is found out."""
    for question in questions().questions:
        if question.names & set(criterion.names):
            return say(question.clinician, language)
    return _("How do you find this out, and what does it mean for me?")
