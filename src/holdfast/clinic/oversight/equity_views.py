"""Fair access: who reaches the study and who enters it, by group, beside the study file's goals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.analysis.equity import KINDS, SMALL, Equity, Factor, Level, equity
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.ledger import read
from holdfast.records.fact import Redacted

_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])-(?=[a-z])")
"""A hyphen of a code; one between numbers stays."""


@dataclass(frozen=True, slots=True)
class Row:
    """A group as the page shows it."""

    level: str
    counts: tuple[str, ...]
    share: str
    goal: str


@dataclass(frozen=True, slots=True)
class Table:
    """What people are grouped by, as the page shows it."""

    title: str
    stages: tuple[str, ...]
    rows: tuple[Row, ...]
    goals: bool


@asks(Act.SEE_STUDY)
@require_GET
def fair_access(request: HttpRequest, study: str) -> HttpResponse:
    """The page; it counts people and shows no outcome, no arm and nobody's code."""
    records = read.records(study, kinds=(*KINDS, Redacted.KIND))
    found = equity(records, read.protocol(study))
    return render(request, "oversight/equity.html", shown(found))


def shown(found: Equity) -> dict[str, object]:
    """What the page shows of the counts."""
    stages = _stages()
    return {
        "totals": [(stages[name], total) for name, total in found.totals.items()],
        "tables": [_table(each, found) for each in found.factors],
        "waits": [
            (stages[each.start], stages[each.end], [f"{day:g}" for day in each.days] if each.days else None)
            for each in found.waits
        ],
        "small": SMALL,
    }


def _stages() -> dict[str, str]:
    return {"contacted": _("First contact"), "consented": _("Consent"), "entered": _("Entered")}


def _titles() -> dict[str, str]:
    return {
        "referral": _("How they came"),
        "prior-mdma": _("Had taken MDMA before"),
        "language": _("Language of the consent"),
        "sex": _("Sex assigned at birth"),
        "ethnicity": _("Ethnicity"),
        "race": _("Race, as the person describes it"),
    }


def _table(factor: Factor, found: Equity) -> Table:
    stages = _stages()
    return Table(
        title=_titles()[factor.factor],
        stages=tuple(stages[each] for each in factor.stages),
        rows=tuple(_row(each, found.totals["entered"]) for each in factor.levels),
        goals=any(each.goal for each in factor.levels),
    )


def _row(level: Level, entered: int) -> Row:
    last = level.counts[-1]
    counts = tuple(_("hidden") if each is None else f"{each}" for each in level.counts)
    return Row(
        level=_BETWEEN_LETTERS.sub(" ", level.level),
        counts=counts,
        share="" if last is None or not entered else f"{100 * last / entered:.0f} %",
        goal=f"{level.goal.number:g} %" if level.goal else "",
    )
