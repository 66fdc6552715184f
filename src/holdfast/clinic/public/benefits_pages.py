"""Benefits and risks, side by side."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.public import benefits_data as found
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import say
from holdfast.clinic.public.told_of_risks import told_of_risks
from holdfast.evidence.certainty import certainty

BESIDE = ("muscle-tightness", "suicidality", "severe")
"""Which event stands beside each outcome: the most frequent, and the gravest that were counted."""

MORE = ("decreased-appetite", "nausea", "sweating")
"""Events that came often, too."""


@asks(Act.READ_PUBLIC)
@require_safe
def benefits_and_risks(_request: HttpRequest) -> HttpResponse:
    """The page."""
    language = get_language() or "en"
    events = found.harmed(language)
    more, odds = found.more_often(language)
    context = {
        "rows": [(helped, events[beside]) for helped, beside in zip(found.helped(), BESIDE, strict=True)],
        "more_events": [events[code] for code in MORE],
        "serious": events["serious"],
        "attempt": events["suicide-attempt"],
        "severity": found.severity(),
        "weeks": found.weeks(),
        "others": found.others(language),
        "doubts": found.doubts(language),
        "overall": say(certainty().why, language),
        "decided": found.decided(language),
        "reactions": found.reactions(language),
        "highest": found.highest(language),
        "seen_in": found.seen_in(),
        "more": more,
        "odds": odds,
        "told": told_of_risks(),
    }
    return public_page("public-benefits", "benefits.html", context)
