"""What the page of outcomes by programme shows: two tables and the funnel, small cells hidden."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from holdfast.analysis.programme_figure import funnel
from holdfast.analysis.programmes import Expectation, ProgrammeOutcome, ProgrammeOutcomes, told
from holdfast.analysis.report import figure
from holdfast.analysis.small_cells import SMALL
from holdfast.clinic.languages.written import number_said
from holdfast.clinic.participants.wording import visit_name
from holdfast.protocol.model import Protocol

OF_OUTCOMES = (
    "study-opened", "prescreened", "consent-given", "screen-failed", "treatment-entered", "form-completed",
    "dose-given", "completed", "treatment-stopped", "withdrew",
)  # fmt: skip
OUTER = 0.998


@dataclass(frozen=True, slots=True)
class Responders:
    """Responders of a programme in words and numbers."""

    site: str
    seen: str
    share: str
    expected: str
    limits: str
    ratio: str
    said: str
    mark: str


@dataclass(frozen=True, slots=True)
class Patients:
    """Who a programme's patients are, and how their CAPS-5 changed."""

    site: str
    assessed: str
    age: str
    female: str
    baseline: str
    change: str
    expected: str
    limits: str
    said: str


def compared(found: ProgrammeOutcomes, protocol: Protocol, *, reach: Collection[str]) -> dict[str, Any]:
    """The page: the programmes that the reader may see."""
    shown = told(found, reach=reach)
    caption = _("Responders seen of 100 that each programme's own patients let expect, within its limits")
    return {
        "found": found,
        "responders": [_responders(each) for each in shown.programmes],
        "patients": [_patients(each) for each in shown.programmes],
        "few": ", ".join(shown.few),
        "elsewhere": shown.elsewhere,
        "small": SMALL,
        "visit": visit_name(protocol, found.visit),
        "share": None if shown.share is None else f"{100 * shown.share:.0f}",
        "change": None if shown.change is None else _number(shown.change),
        "of": sum(each.assessed for each in shown.programmes),
        # The caption is the catalogue's and the figure escapes it; the picture holds numbers and codes.
        "picture": mark_safe(figure(funnel(shown.programmes), caption)) if shown.programmes else "",
    }


def _responders(each: ProgrammeOutcome) -> Responders:
    inner, outer = each.responders.limits
    low, high = each.share
    return Responders(
        site=each.site,
        seen=_("%(seen)s of %(of)s") % {"seen": f"{each.responders.seen:.0f}", "of": each.assessed},
        share=f"{100 * each.responders.seen / each.assessed:.0f} % ({100 * low:.0f}–{100 * high:.0f})",
        expected=_number(each.responders.expected),
        limits=f"{inner.lower:.0f}–{inner.upper:.0f} ({outer.lower:.0f}–{outer.upper:.0f})",
        ratio=f"{100 * each.ratio:.0f}",
        said=_told(each, each.responders),
        mark="unknown" if each.few else "due" if each.responders.beyond else "holds",
    )


def _patients(each: ProgrammeOutcome) -> Patients:
    bounds = each.change.limits
    spread = (
        _("%(low)s to %(high)s") % {"low": _number(bounds[0].lower), "high": _number(bounds[0].upper)}
        if bounds
        else ""
    )
    return Patients(
        site=each.site,
        assessed=_("%(assessed)s of %(dosed)s") % {"assessed": each.assessed, "dosed": each.dosed},
        age=f"{each.age:.0f}",
        female=f"{100 * each.female:.0f} %",
        baseline=f"{each.baseline:.0f}",
        change=_number(each.change.seen),
        expected=_number(each.change.expected),
        limits=spread,
        said=_told(each, each.change),
    )


def _told(each: ProgrammeOutcome, outcome: Expectation) -> str:
    if each.few:
        return _("few people: chance alone moves these numbers far")
    if OUTER in outcome.beyond:
        return _("further off than chance takes one programme in 500: look for the reason")
    if outcome.beyond:
        return _("further off than chance takes one programme in 20")
    return _("within what chance does")


def _number(value: float) -> str:
    return number_said(value, ".1f").replace("-", "\N{MINUS SIGN}")
