"""Whom to call, on every one of the own pages: the site, and the lines of the site's country."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from holdfast.clinic.languages.written import moment_said
from holdfast.clinic.portal.signed import Own
from holdfast.clinic.public.shown import say
from holdfast.conduct.reach import answered_alone
from holdfast.evidence.help import Number, help_for
from holdfast.timing import Instant


def help_of(own: Own) -> dict[str, Any]:
    """What the pages show of help; a number past its day is left out."""
    language = get_language() or "en"
    found = help_for(own.site.country, own.today)
    return {
        "phone": own.site.phone,
        "emergency": _call(found.emergency) if found.emergency else None,
        "lines": [
            {**_call(each), "name": say(each.name, language), "say": say(each.say, language)}
            for each in found.lines
        ],
        "country": say(found.country.name, language) if found.country else "",
    }


def _call(number: Number) -> dict[str, str]:
    return {"number": number.number, "dialled": number.dialled}


def risks_open(own: Own) -> list[dict[str, str]]:
    """Answers of their own that must bring help: since when, whether somebody was told, who took it on."""
    shown = []
    for risk in own.standing.open_risks():
        if not answered_alone(own.standing, risk):
            continue
        told = risk.passed_on[0].at if risk.passed_on else None
        shown.append(
            {
                "since": moment_said(risk.raised_at),
                "told": moment_said(Instant(told, own.site.zone)) if told else "",
            }
        )
    return shown
