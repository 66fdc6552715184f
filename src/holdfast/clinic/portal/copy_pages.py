"""One's answers to take along: as FHIR for a program, as a plain page for people. Open after leaving, too."""

from __future__ import annotations

import json
from importlib.resources import files

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.clinic.forms.fields import answered, drawn
from holdfast.clinic.languages.written import moment_said, number_said
from holdfast.clinic.participants import wording
from holdfast.clinic.portal.events_shown import events_of
from holdfast.clinic.portal.pages import mine
from holdfast.clinic.portal.signed import Own, own_page
from holdfast.conduct.standing.parts import FormDone
from holdfast.exchange.questionnaire_response import Filled, bundle
from holdfast.instruments import catalogue
from holdfast.timing import Instant

LOOK = files("holdfast.clinic").joinpath("static/holdfast/copy.css").read_text(encoding="utf-8")
JSON_NAME, PAGE_NAME = "my-answers.json", "my-answers.html"
"""Neither names a study, an illness or a person: the file lies in a folder that others may see."""


@own_page
@require_GET
def as_fhir(request: HttpRequest, own: Own) -> HttpResponse:
    """Every form they filled, with its scores, as a FHIR Bundle."""
    corrected = {each.corrects for each in own.standing.history if each.corrects is not None}
    filled = [
        Filled(id=each.root, fact=each.fact, at=each.at, amended=each.root in corrected)
        for each in in_order(own)
    ]
    made = bundle(filled, own.protocol, language=get_language() or "en", now=own.now)
    text = json.dumps(made, ensure_ascii=False, indent=1)
    return _file(text, JSON_NAME, "application/fhir+json; charset=utf-8")


@own_page
@require_GET
def as_page(request: HttpRequest, own: Own) -> HttpResponse:
    """The same, to read: one file that needs nothing else."""
    context = {
        "made": moment_said(Instant(own.now, own.site.zone)),
        "forms": [_shown(own, each) for each in in_order(own)],
        "events": events_of(own),
        "language": get_language() or "en",
        "look": mark_safe(LOOK),  # our own file: nothing that anybody typed
    }
    return _file(render_to_string("portal/copy.html", context), PAGE_NAME, "text/html; charset=utf-8")


def in_order(own: Own) -> list[FormDone]:
    """Their own forms, the earliest first."""
    return sorted(mine(own), key=lambda each: each.at.at)


def _shown(own: Own, done: FormDone) -> dict[str, object]:
    """A form as it was asked, with answers and scores in words."""
    form = next((each for each in own.protocol.forms if each.form == done.fact.form), None)
    asked = drawn(own.protocol, form) if form is not None else None
    return {
        "name": wording.form_name(own.protocol, done.fact.form),
        "visit": wording.visit_name(own.protocol, done.fact.visit),
        "when": moment_said(done.at),
        "words_in": "" if asked is None or asked.language == get_language() else asked.language,
        "answers": answered(asked, done.fact.answers) if asked is not None else [],
        "scores": _scores(done),
    }


def _scores(done: FormDone) -> list[tuple[str, str]]:
    if not done.fact.instrument:
        return []
    scores = done.fact.scores
    names = {each.name: wording.said(each.label) for each in catalogue.get(done.fact.instrument).score_names}
    ordered = sorted(scores, key=[*names, *scores].index)
    return [(names.get(name, name), _value(scores[name])) for name in ordered]


def _value(value: object) -> str:
    if value is None:
        return _("none: answers are missing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return number_said(value) if isinstance(value, int | float) else str(value)


def _file(content: str, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
