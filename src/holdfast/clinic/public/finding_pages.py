"""Finding treatment: trials of the registry's dated copy, lawful ways by country, what to keep away from.

The page takes nothing from whoever asks: country and distance are worked out in the browser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.edge import arrived
from holdfast.clinic.languages.written import day_said
from holdfast.clinic.public.finding_cards import Place, land_name, trial
from holdfast.clinic.public.fit_data import questions
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.own_studies import live_studies
from holdfast.clinic.public.shown import Shown, say
from holdfast.evidence.registry.find import WANTED, Card, Found, countries, search, wording
from holdfast.evidence.routes import Route, routes
from holdfast.evidence.routes import countries as countries_with_routes
from holdfast.evidence.routes import file as routes_file
from holdfast.sourced import Figure, Status

MOST_SHOWN = 40
"""In one list: a registry that sends thousands does not make a page of thousands."""


@dataclass(frozen=True, slots=True)
class Way:
    """A lawful way in a country, or the plain word that there is none that we know of."""

    title: str
    say: str
    ask: str
    checked: date
    checked_words: str
    stands: bool
    number: Shown


@dataclass(frozen=True, slots=True)
class Land:
    """A country and what is known of it."""

    code: str
    name: str
    ways: tuple[Way, ...]
    said: str


@asks(Act.READ_PUBLIC)
@require_safe
def finding_treatment(request: HttpRequest) -> HttpResponse:
    """The page; the day decides what is old."""
    today = arrived(request).date()
    return public_page("public-finding", "finding.html", finding_context(get_language() or "en", today=today))


def finding_context(language: str, *, today: date) -> Mapping[str, object]:
    """What the page shows on a day."""
    found = search(None, None, today=today, status="all")
    open_now, closed = (
        [each for each in found.cards if (each.study.status in WANTED["open"]) is wanted]
        for wanted in (True, False)
    )
    return {
        "notes": [say(each, language) for each in found.notes],
        "copy": Shown("", _copy(found)),
        "open": [trial(each, language) for each in open_now[:MOST_SHOWN]],
        "closed": [trial(each, language) for each in closed[:MOST_SHOWN]],
        "more": max(len(open_now), len(closed)) > MOST_SHOWN,
        "towns": towns(found.cards, language),
        "ethics": say(wording().ethics, language),
        "ask": say(wording().question, language),
        "lands": [_land(code, language, today) for code in countries_with_routes()],
        "choices": sorted(
            ((code, say(name, language)) for code, name in countries().items()), key=lambda pair: pair[1]
        ),
        "unknown": say(routes_file().unknown, language),
        "red_flags": [say(each, language) for each in routes_file().red_flags],
        "studies": [say(each, language) for each in questions().studies.values()],
        "own": live_studies(language, today=today),
    }


def towns(cards: Sequence[Card], language: str) -> list[tuple[str, list[Place]]]:
    """The towns in which trials have sites, by country: to measure from where one need not be."""
    found: dict[str, dict[str, Place]] = {}
    for site in (each for card in cards for each in card.study.sites):
        if site.point and site.city:
            place = Place(site.city, f"{site.point.latitude:g}", f"{site.point.longitude:g}")
            found.setdefault(land_name(site, language), {}).setdefault(site.city, place)
    return [
        (land, [known[city] for city in sorted(known)[:MOST_SHOWN]])
        for land, known in sorted(found.items())[:MOST_SHOWN]
    ]


def _copy(found: Found) -> Figure:
    source = _("The copy of ClinicalTrials.gov on this site, with what other works say of its trials")
    day = found.snapshot_date.isoformat()
    return Figure(value=0, unit="as told", source=source, status=Status.FOUND_SECONDARY, date=day)


def _land(code: str, language: str, today: date) -> Land:
    known = routes(code, today)
    ways = tuple(
        _way(each, language, stands=stands)
        for each, stands in (
            *((each, True) for each in known.standing),
            *((each, False) for each in known.past),
        )
    )
    names = countries().get(code)
    return Land(
        code, say(names, language) if names else code, ways, say(known.said, language) if known.said else ""
    )


def _way(route: Route, language: str, *, stands: bool) -> Way:
    figure = Figure(
        value=0, unit="as told", source=route.source, status=route.status, date=route.checked.isoformat()
    )
    return Way(
        title=say(route.title, language),
        say=say(route.say, language),
        ask=say(route.ask, language),
        checked=route.checked,
        checked_words=day_said(route.checked),
        stands=stands,
        number=Shown("", figure),
    )
