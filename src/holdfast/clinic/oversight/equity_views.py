"""Fair access: who reaches the study and who enters it, by group, beside the study file's goals."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from holdfast.analysis.equity import ACCESS, KINDS, NOT_RECORDED, Equity, Factor, Level, Wait, equity
from holdfast.analysis.small_cells import SMALL
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.languages.offered import name_of
from holdfast.clinic.languages.written import number_said
from holdfast.clinic.ledger import read
from holdfast.clinic.participants.wording import said
from holdfast.protocol.model import Protocol
from holdfast.records.fact import Redacted

_BETWEEN_LETTERS = re.compile(r"(?<=[a-z])-(?=[a-z])")
"""A hyphen of a code; one between numbers stays."""


@dataclass(frozen=True, slots=True)
class Row:
    """A group as the page shows it: a count at each stage with the stage's name, its share, its goal."""

    level: str
    counts: tuple[tuple[str, str], ...]
    share: str
    goal: str
    quiet: bool


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
    protocol = read.protocol(study)
    return render(request, "oversight/equity.html", shown(equity(records, protocol), protocol))


def shown(found: Equity, protocol: Protocol) -> dict[str, object]:
    """What the page shows of the counts."""
    stages, titles = _stages(), _titles()
    tables = {each.factor: _table(each, found, protocol) for each in found.factors}
    return {
        "totals": [(stages[name], total) for name, total in found.totals.items()],
        "people": [table for factor, table in tables.items() if factor not in ACCESS],
        "access": [table for factor, table in tables.items() if factor in ACCESS],
        "not_asked": [titles[name] for name in found.not_asked],
        "waits": [_wait(each) for each in found.waits],
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
        "travel_time": _("Travel to the site, one way"),
        "travel_paid_back": _("Travel and lodging paid back"),
        "payer": _("Who pays for the treatment"),
        "own_cost": _("What it costs the person"),
        "payer_cost": _("What it costs another payer"),
    }


def _wait(each: Wait) -> tuple[str, str, str]:
    stages = _stages()
    way = _("%(start)s to %(end)s") % {"start": stages[each.start], "end": stages[each.end]}
    of = ngettext("%(n)s person", "%(n)s people", each.people) % {"n": each.people}
    if each.days is None:
        return way, _("too few people to say"), ""
    first, middle, third = (number_said(round(day)) for day in each.days)
    words = _("median %(middle)s days; for half of them %(first)s to %(third)s")
    return way, words % {"middle": middle, "first": first, "third": third}, of


def _table(factor: Factor, found: Equity, protocol: Protocol) -> Table:
    stages = _stages()
    return Table(
        title=_titles()[factor.factor],
        stages=tuple(
            _("%(stage)s, of %(n)s") % {"stage": stages[each], "n": found.totals[each]}
            for each in factor.stages
        ),
        rows=tuple(_row(each, factor, found.totals["entered"], protocol) for each in factor.levels),
        goals=any(each.goal for each in factor.levels),
    )


def _row(level: Level, factor: Factor, entered: int, protocol: Protocol) -> Row:
    stages, last = _stages(), level.counts[-1]
    return Row(
        level=_level(level.level, factor.factor, protocol),
        counts=tuple(
            (stages[stage], _("hidden") if count is None else f"{count}")
            for stage, count in zip(factor.stages, level.counts, strict=True)
        ),
        share="" if last is None or not entered else f"{100 * last / entered:.0f} %",
        goal=f"{level.goal.number:g} %" if level.goal else "",
        quiet=level.level == NOT_RECORDED,
    )


def _level(code: str, factor: str, protocol: Protocol) -> str:
    """A group in words: the study file's, the language's own name, or its code as words."""
    if code == NOT_RECORDED:
        return _("not recorded")
    if factor == "language":
        return name_of(code)
    variable = next((each for each in protocol.variables if each.name == factor), None)
    if variable is not None and code in variable.says:
        return said(variable.says[code])
    return _BETWEEN_LETTERS.sub(" ", code)
