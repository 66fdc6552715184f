"""A dosing day as published studies lead one to expect it, for staff who are signed in.

It reads no record: what is typed goes to ``pharmacology.explain`` and nowhere else. Whoever is blinded
and sees participants has it only once the study is locked: a course of the high dose beside a
person's readings would tell the arm.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.errors import ImpossibleValue, Refusal
from holdfast.pharmacology import explain_page
from holdfast.pharmacology.day import Model
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.explain import Explained, Question, explain
from holdfast.pharmacology.medications import MEDICATIONS
from holdfast.pharmacology.parameters import GENOTYPES

FIRST = {"dose": "80", "supplement": "40", "after": "1.75"}
"""What the page opens with: the first session of MAPP2 (NCT04077437), its supplement at 1.5 to 2 h."""
NUMBERS = ("dose", "supplement", "after", "weight")
KEPT_DAYS = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, and what is wrong with it: a sentence by field, under "" what concerns the whole."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    answer: Explained | None


@asks(Act.READ_EXPLORER)
@gzip_page
@require_GET
def explorer(request: HttpRequest, study: str) -> HttpResponse:
    """The fields, and the day they come to."""
    asked = ask({name: request.GET.get(name, "").strip() for name in request.GET} or FIRST)
    context: dict[str, Any] = {
        "typed": asked.typed,
        "wrong": asked.wrong,
        "whole": asked.wrong.get("", ""),
        "genotypes": [(code, each.words) for code, each in GENOTYPES.items()],
        "medicines": sorted(each.name for each in MEDICATIONS if each.drawable),
        "models": [(each.value, each.value) for each in (Model.B, Model.A)],
        "answer": asked.answer,
    }
    if asked.answer is not None:
        picture = explain_page.picture(asked.answer).encode()
        context |= {
            "picture": base64.b64encode(picture).decode(),
            "summary": explain_page.summary(asked.answer),
            "tables": explain_page.tables(asked.answer),
        }
    return render(request, "planner/explorer.html", context, status=400 if asked.wrong else 200)


def ask(typed: Mapping[str, str]) -> Asked:
    """Read the fields and compute the day; whatever is wrong is a sentence beside its field."""
    numbers: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for name in (each for each in NUMBERS if typed.get(each)):
        try:
            numbers[name] = float(typed[name].replace(",", "."))
        except ValueError:
            numbers[name] = math.nan
        if not math.isfinite(numbers[name]):
            wrong[name] = _("This is not a number. Write it in digits, such as 1.5.")
    if wrong:
        return Asked(typed, wrong, None)
    try:
        return Asked(typed, {}, _day(_question(typed, numbers)))
    except ImpossibleValue as error:
        return Asked(typed, {error.field if error.field in ("dose", "weight") else "": str(error)}, None)
    except Refusal as error:
        return Asked(typed, {"": str(error)}, None)


def _question(typed: Mapping[str, str], given: Mapping[str, float]) -> Question:
    if "dose" not in given:
        raise ImpossibleValue(_("Give the first dose."), field="dose")
    doses = [Dose(given["dose"])]
    if "supplement" in given:
        if "after" not in given:
            raise ImpossibleValue(_("Say how many hours after the first dose the supplement is given."))
        doses.append(Dose(given["supplement"], given["after"]))
    medicine = typed.get("medicine", "")
    return Question(
        doses=tuple(doses),
        weight_kg=given.get("weight"),
        genotype=typed.get("genotype") or None,
        medicines=(medicine,) if medicine else (),
        model=_model(typed.get("model") or Model.B.value),
        fed=typed.get("fed") == "yes",
    )


def _model(code: str) -> Model:
    if code not in set(Model):
        raise ImpossibleValue(_("There is no such model. Choose A or B."))
    return Model(code)


@lru_cache(maxsize=KEPT_DAYS)
def _day(question: Question) -> Explained:
    return explain(question)
