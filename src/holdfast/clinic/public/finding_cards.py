"""A trial of the registry's copy as a card: what is known in lines, what is not in one, nothing guessed.

However much a registry sends, a card stays a card: places and criteria are cut, and the card says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.clinic.languages.written import partial_said
from holdfast.clinic.public.shown import Shown, say
from holdfast.evidence.registry.find import Card, countries, country_code
from holdfast.evidence.registry.shape import Age, Site, Study
from holdfast.sourced import Figure
from holdfast.timing import PartialDate

MOST_PLACES, MOST_LINES = 30, 40


@dataclass(frozen=True, slots=True)
class Place:
    """A site of a trial, with what the browser needs for the distance."""

    words: str
    latitude: str
    longitude: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date as fine as it is known, for a machine and in words; empty where it is not known."""

    iso: str
    words: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as the page shows it; ``lands`` are the two letters of its countries, ``not_known`` words."""

    registry_id: str
    title: str
    link: str
    status: str
    takes: str
    phase: str
    sponsor: str
    sponsor_kind: str
    board: str
    updated: Day
    as_of: Day
    lands: str
    places: tuple[Place, ...]
    more_places: bool
    contacts: tuple[str, ...]
    criteria: tuple[tuple[str, tuple[str, ...]], ...]
    doubts: tuple[str, ...]
    not_known: tuple[str, ...]
    number: Shown


def trial(card: Card, language: str) -> Trial:
    """The card of a trial."""
    study = card.study
    source = card.as_of.iso() if card.as_of.year else card.read.isoformat()
    return Trial(
        registry_id=study.registry_id,
        title=study.title or study.registry_id,
        link=card.link,
        status=say(card.status, language),
        takes=_takes(study),
        phase=", ".join(say(each, language) for each in card.phases),
        sponsor=study.sponsor,
        sponsor_kind="" if study.sponsor_class == "UNKNOWN" else say(card.sponsor_class, language),
        board=_board(study.board),
        updated=day(study.updated),
        as_of=day(card.as_of),
        lands=" ".join(sorted({country_code(each.country) or "" for each in study.sites} - {""})),
        places=tuple(_place(each, language) for each in study.sites[:MOST_PLACES]),
        more_places=len(study.sites) > MOST_PLACES,
        contacts=tuple(
            ", ".join(filter(None, (each.name, each.phone, each.email))) for each in study.contacts
        ),
        criteria=_criteria(study),
        doubts=tuple(say(each, language) for each in card.doubts),
        not_known=tuple(_not_known(study)),
        number=Shown("", _figure(card, source)),
    )


def _figure(card: Card, on: str) -> Figure:
    return Figure(value=0, unit="as told", source=card.source, status=card.known, date=on)


def day(given: PartialDate) -> Day:
    """A date that may be a month or a year alone."""
    return Day(given.iso(), partial_said(given)) if given.year else Day("", "")


def _takes(study: Study) -> str:
    """Whom it takes by the registry's own fields; its free text is never put into other words."""
    youngest = _("from %s") % _age(study.youngest) if study.youngest else ""
    oldest = _("up to %s") % _age(study.oldest) if study.oldest else ""
    sex = {"FEMALE": _("women only"), "MALE": _("men only")}.get(study.sex, "")
    return ", ".join(filter(None, (youngest, oldest, sex)))


def _age(age: Age) -> str:
    given = {"n": age.number}
    if age.unit == "year":
        return ngettext("%(n)s year", "%(n)s years", age.number) % given
    if age.unit == "month":
        return ngettext("%(n)s month", "%(n)s months", age.number) % given
    if age.unit == "week":
        return ngettext("%(n)s week", "%(n)s weeks", age.number) % given
    return _("less than a month")


def _board(board: bool | None) -> str:
    return {True: _("yes"), False: _("no, by the registry"), None: ""}[board]


def _place(site: Site, language: str) -> Place:
    words = ", ".join(filter(None, (site.facility, site.city, site.state, land_name(site, language))))
    point = site.point
    return Place(words, f"{point.latitude:g}" if point else "", f"{point.longitude:g}" if point else "")


def land_name(site: Site, language: str) -> str:
    """The country of a site in a language, in the registry's words where it is not one of ours."""
    code = country_code(site.country)
    return say(countries()[code], language) if code else site.country


def _criteria(study: Study) -> tuple[tuple[str, tuple[str, ...]], ...]:
    own = study.criteria
    parts = (
        (_("Who may take part"), own.inclusion),
        (_("Who may not"), own.exclusion),
        (_("More"), own.other),
    )
    return tuple((title, _cut(lines)) for title, lines in parts if lines)


def _cut(lines: tuple[str, ...]) -> tuple[str, ...]:
    return lines if len(lines) <= MOST_LINES else (*lines[:MOST_LINES], "…")


def _not_known(study: Study) -> list[str]:
    missing = {
        _("where it is"): not study.sites,
        _("what it asks"): not study.criteria.known,
        _("who runs it"): not study.sponsor,
        _("its phase"): not study.phases,
        _("whether a board watches the data"): study.board is None,
        _("when its entry last changed"): not study.updated.year,
        _("whom to write to"): not study.contacts,
    }
    return [words for words, lacks in missing.items() if lacks]
