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
from holdfast.clinic.public.fit_data import questions
from holdfast.clinic.public.frame import public_page
from holdfast.clinic.public.shown import Shown, say
from holdfast.evidence.reading import Words
from holdfast.evidence.registry.find import WANTED, Card, Found, countries, country_code, search
from holdfast.evidence.registry.shape import Site
from holdfast.evidence.routes import Route, routes
from holdfast.evidence.routes import countries as countries_with_routes
from holdfast.evidence.routes import file as routes_file
from holdfast.sourced import Figure, Status
from holdfast.timing import PartialDate


@dataclass(frozen=True, slots=True)
class Place:
    """A site of a trial, with what the browser needs for the distance."""

    words: str
    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as the page shows it; ``lands`` are the two letters of its countries."""

    registry_id: str
    title: str
    link: str
    status: str
    open: bool
    phase: str
    sponsor: str
    board: str
    ethics: str
    updated: str
    read: date
    read_words: str
    as_of: str
    lands: str
    places: tuple[Place, ...]
    contacts: tuple[str, ...]
    criteria: tuple[tuple[str, tuple[str, ...]], ...]
    doubts: tuple[str, ...]
    ask: str
    number: Shown


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
    trials = [_trial(each, language) for each in found.cards]
    return {
        "notes": [say(each, language) for each in found.notes],
        "copy": Shown("", _copy(found)),
        "open": [each for each in trials if each.open],
        "closed": [each for each in trials if not each.open],
        "lands": [_land(code, language, today) for code in countries_with_routes()],
        "choices": sorted(
            ((code, say(name, language)) for code, name in countries().items()), key=lambda pair: pair[1]
        ),
        "unknown": say(routes_file().unknown, language),
        "red_flags": [say(each, language) for each in routes_file().red_flags],
        "studies": [say(each, language) for each in questions().studies.values()],
    }


def _copy(found: Found) -> Figure:
    source = _("The copy of ClinicalTrials.gov on this site, with what other works say of its trials")
    day = found.snapshot_date.isoformat()
    return Figure(value=0, unit="as told", source=source, status=Status.FOUND_SECONDARY, date=day)


def _trial(card: Card, language: str) -> Trial:
    study = card.study
    figure = Figure(
        value=0, unit="as told", source=card.source, status=card.known, date=_dated(card.as_of, card.read)
    )
    return Trial(
        registry_id=study.registry_id,
        title=study.title,
        link=card.link,
        status=say(card.status, language),
        open=study.status in WANTED["open"],
        phase=_joined(card.phases, language),
        sponsor=_sponsor(study.sponsor, say(card.sponsor_class, language), study.sponsor_class),
        board=_board(study.board),
        ethics=say(card.ethics, language),
        updated=_iso(study.updated),
        read=card.read,
        read_words=day_said(card.read),
        as_of=_iso(card.as_of),
        lands=" ".join(sorted({country_code(each.country) or "" for each in study.sites} - {""})),
        places=tuple(_place(each, language) for each in study.sites),
        contacts=tuple(
            ", ".join(filter(None, (each.name, each.phone, each.email))) for each in study.contacts
        ),
        criteria=_criteria(card),
        doubts=tuple(say(each, language) for each in card.doubts),
        ask=say(card.question, language),
        number=Shown("", figure),
    )


def _dated(as_of: PartialDate, read: date) -> str:
    return as_of.iso() if as_of.year else read.isoformat()


def _iso(given: PartialDate) -> str:
    return given.iso() if given.year else ""


def _joined(words: Sequence[Words], language: str) -> str:
    return ", ".join(say(each, language) for each in words)


def _sponsor(name: str, kind: str, code: str) -> str:
    known = [each for each in (name, "" if code == "UNKNOWN" else kind) if each]
    return ": ".join(known) or _("not known")


def _board(board: bool | None) -> str:
    return {
        True: _("yes"),
        False: _("no, by the registry"),
        None: _("not known: ask"),
    }[board]


def _place(site: Site, language: str) -> Place:
    code = country_code(site.country)
    land = say(countries()[code], language) if code else site.country
    words = ", ".join(filter(None, (site.facility, site.city, site.state, land)))
    point = site.point
    return Place(words, f"{point.latitude:g}" if point else "", f"{point.longitude:g}" if point else "")


def _criteria(card: Card) -> tuple[tuple[str, tuple[str, ...]], ...]:
    own = card.study.criteria
    parts = (
        (_("Who may take part"), own.inclusion),
        (_("Who may not"), own.exclusion),
        (_("More"), own.other),
    )
    return tuple((title, lines) for title, lines in parts if lines)


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
