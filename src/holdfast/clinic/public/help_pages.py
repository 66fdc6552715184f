"""Help now: whom to call in the country that was chosen, and the signs of danger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.edge import arrived
from holdfast.clinic.languages.written import day_said
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import Shown, say
from holdfast.clinic.public.told_of_risks import told_of_risks
from holdfast.evidence.help import Number, countries, help_for


@dataclass(frozen=True, slots=True)
class ToCall:
    """A number one can call, as the page shows it."""

    number: Shown
    dialled: str
    name: str
    say: str
    checked: date
    checked_words: str


@asks(Act.READ_PUBLIC)
@require_safe
def help_now(request: HttpRequest) -> HttpResponse:
    """The page; ``?country=`` is what somebody chose, never a guess."""
    chosen = request.GET.get("country", "")[:8]
    context = help_context(chosen, arrived(request).date(), get_language() or "en")
    return public_page("public-help", "help.html", context)


def help_context(chosen: str, today: date, language: str) -> Mapping[str, object]:
    """What the page shows of a country on a day."""
    found = help_for(chosen, today)
    return {
        "chosen": chosen.upper(),
        "choices": _choices(language),
        "country": say(found.country.name, language) if found.country else "",
        "emergency": _to_call(found.emergency, "", "") if found.emergency else None,
        "lines": [_to_call(each, say(each.name, language), say(each.say, language)) for each in found.lines],
        "expired": found.expired,
        "told": told_of_risks(),
    }


def _choices(language: str) -> list[tuple[str, str]]:
    """The countries by name; "another country of the Union" after those that have a name of their own."""
    named = [(each.country, say(each.name, language)) for each in countries()]
    return sorted(named, key=lambda pair: (pair[0] == "EU", pair[1]))


def _to_call(number: Number, name: str, words: str) -> ToCall:
    return ToCall(
        number=Shown(number.number, number.figure()),
        dialled=number.dialled,
        name=name,
        say=words,
        checked=number.checked,
        checked_words=day_said(number.checked),
    )
