"""Cost and fairness: the time it takes, what it costs and who pays, who took part and who did not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.languages.written import number_said
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.how_data import how
from holdfast.clinic.public.shown import Shown, say
from holdfast.evidence.fairness import Cost, Group, Sentence, costs, participants
from holdfast.evidence.reading import Source
from holdfast.sourced import Figure, Status


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence with the source of its numbers, and what it leaves out."""

    say: str
    but: str
    number: Shown


@dataclass(frozen=True, slots=True)
class People:
    """A group: how many of how many, with a bar of a hundred."""

    label: str
    some: Shown
    all: Shown
    percent: int


@asks(Act.READ_PUBLIC)
@require_safe
def cost_and_fairness(_request: HttpRequest) -> HttpResponse:
    """The page; it takes nothing from whoever asks."""
    return public_page("public-cost", "cost.html", cost_context(get_language() or "en"))


def cost_context(language: str) -> Mapping[str, object]:
    """What the page shows."""
    known, people = costs(), participants()
    before = people.sources[people.before.source].figure(people.before.percent, unit="%")
    return {
        "time": _time(),
        "kinds": [
            (title, [_cost(each, language) for each in known.entries if each.kind == kind])
            for kind, title in _kinds()
        ],
        "unknown_costs": [say(each, language) for each in known.unknown],
        "groups": [
            (title, [_people(each, language) for each in people.groups if each.about == about])
            for about, title in _abouts()
        ],
        "before": [Shown(number_said(each), before) for each in people.before.percent],
        "reviews": [_sentence(each, language, people.sources) for each in people.reviews],
        "missing": [say(each, language) for each in people.missing],
        "unknown_people": [say(each, language) for each in people.unknown],
    }


def _kinds() -> tuple[tuple[str, str], ...]:
    return (
        ("payer", _("Who may pay")),
        ("price", _("What was asked")),
        ("model", _("What some have worked out")),
    )


def _abouts() -> tuple[tuple[str, str], ...]:
    return (
        ("sex", _("Women and men")),
        ("race", _("How they described themselves")),
        ("life", _("What they had lived through, and what weighs on them")),
    )


def _cost(cost: Cost, language: str) -> Line:
    line = _sentence(cost, language, costs().sources)
    return replace(line, but=say(cost.but, language))


def _sentence(sentence: Sentence, language: str, sources: Mapping[str, Source]) -> Line:
    return Line(say(sentence.words(number_said), language), "", Shown("", sentence.figure(sources)))


def _people(group: Group, language: str) -> People:
    some, of = group.people
    source = participants().sources[group.source]
    figure = source.figure((some, of), unit="people")
    return People(
        say(group.label, language), Shown(f"{some}", figure), Shown(f"{of}", figure), round(100 * some / of)
    )


def _time() -> Mapping[str, Shown]:
    """Hours and days of the course, added up from the study file."""
    known = how().figures
    kinds = ("preparation", "dosing", "integration")
    parts = [(known[f"{kind}-count"], known[f"{kind}-hours"]) for kind in kinds]
    hours = sum(count.number * each.number for count, each in parts)
    days = sum(count.number for count, _each in parts)
    dosing, per_day = parts[1]
    return {
        "hours": Shown(number_said(hours), _added(hours, unit="h")),
        "days": Shown(number_said(days), _added(days, unit="days")),
        "long_days": Shown(number_said(dosing.number), dosing),
        "long_hours": Shown(number_said(per_day.number), per_day),
    }


def _added(value: float, *, unit: str) -> Figure:
    source = _("Added up from the sessions of the study file inactive-placebo, as the large trials held them")
    return Figure(value=value, unit=unit, source=source, status=Status.DERIVED, date="2026")
