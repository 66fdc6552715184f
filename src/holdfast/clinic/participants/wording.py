"""Codes of records in words, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import day_said, span_said
from holdfast.conduct import course
from holdfast.conduct.course import Phase
from holdfast.protocol.model import Protocol


def said(text: Mapping[str, str]) -> str:
    """A text of the protocol or an instrument in the language of the page, English where it has none."""
    return text.get(get_language() or "en") or text.get("en", "")


def visit_name(protocol: Protocol, code: str) -> str:
    """A visit's name; its code where the protocol in force no longer has it."""
    return next((said(each.name) for each in protocol.visits if each.code == code), code)


def form_name(protocol: Protocol, code: str) -> str:
    """A form's name, likewise."""
    return next((said(each.name) for each in protocol.forms if each.form == code), code)


def stage(code: str) -> str:
    """Where a participant is."""
    return {
        "unknown": _("not known"),
        "prescreened": _("prescreened"),
        "not-invited": _("not invited"),
        "screening": _("screening"),
        "screen-failed": _("did not enter"),
        "eligible": _("eligible"),
        "randomised": _("preparation"),
        "entered": _("preparation"),
        "in-treatment": _("in treatment"),
        "treatment-stopped": _("follow-up, treatment stopped"),
        "withdrawn": _("withdrawn"),
        "completed": _("completed"),
    }.get(code, code)


def phase(of: Phase) -> str:
    """Where a participant is, with the phases of treatment."""
    if of.code == course.DOSING:
        return _("dosing session %(number)s") % {"number": of.session}
    if of.code == course.INTEGRATION:
        return _("integration after session %(number)s") % {"number": of.session}
    return _("follow-up") if of.code == course.FOLLOW_UP else stage(of.code)


def to_do(protocol: Protocol, code: str, about: str) -> str:
    """The next thing to do with a participant."""
    visit = visit_name(protocol, about)
    return {
        "": _("nothing is expected"),
        "risk": _("take on a raised risk"),
        "serious-report": _("report a serious event to the sponsor"),
        "consent": _("explain the study and ask for consent"),
        "consent-again": _("ask for consent again"),
        "session": _("dosing session under way"),
        "discharge": _("discharge after the session"),
        "form": _("fill the open forms of %(visit)s") % {"visit": visit},
        "eligibility": _("judge eligibility"),
        "not-eligible": _("not eligible: record the screen failure, or what changed"),
        "randomise": _("randomise"),
        "enter": _("enter into treatment"),
        "visit": visit,
        "complete": _("close the participant's course"),
        "tell-recipient": _("tell %(to)s that they withdrew") % {"to": about},
    }.get(code, code)


def medicine_class(code: str) -> str:
    """A class of medicines."""
    return {
        "mao-inhibitor": _("MAO inhibitor"),
        "lithium": _("lithium"),
        "ssri": _("SSRI"),
        "snri": _("SNRI"),
        "other-antidepressant": _("other antidepressant"),
        "antipsychotic": _("antipsychotic"),
        "benzodiazepine": _("benzodiazepine"),
        "stimulant": _("stimulant"),
        "opioid": _("opioid"),
        "sympathomimetic": _("sympathomimetic"),
        "antihypertensive": _("antihypertensive"),
        "other": _("other"),
    }.get(code, code)


def window(first: date | None, on: date | None, last: date | None) -> str:
    """When something is due: a day, or the first and last day of its window."""
    if first is None or last is None:
        return day_said(on) if on else ""
    if first == last:
        return day_said(first)
    return span_said(first, last)
