"""Finding trials in a dated copy of the registry: near a place, in a country, by status.

Nothing leaves the machine. Other studies' criteria are free text: whether a person fits is never
guessed, the answer is "ask".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import ValidationInfo, field_validator

from holdfast.errors import ImpossibleValue
from holdfast.evidence.reading import Part, Words, read_part
from holdfast.evidence.registry.shape import CLASSES, PHASES, STATUSES, Point, Site, Study
from holdfast.evidence.registry.snapshot import Entry, Snapshot, newest
from holdfast.sourced import Status
from holdfast.timing import PartialDate

Wanted = Literal["recruiting", "open", "all"]
WANTED: dict[str, frozenset[str]] = {
    "recruiting": frozenset({"RECRUITING"}),
    "open": frozenset(
        {"RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "AVAILABLE", "UNKNOWN"}
    ),
    "all": frozenset(STATUSES),
}
EARTH_KM = 6371.0088
"""Mean radius, IUGG."""
OLD_DAYS = 90
STALE_DAYS = 365


class Wording(Part):
    """What is said of a study and of the list, by language."""

    statuses: dict[str, Words]
    phases: dict[str, Words]
    classes: dict[str, Words]
    doubts: dict[str, Words]
    known: dict[str, Words]
    question: Words
    ethics: Words
    notes: dict[str, Words]
    months: dict[str, tuple[str, ...]]
    countries: dict[str, Words]
    other_names: dict[str, str]

    @field_validator("statuses", "phases", "classes")
    @classmethod
    def _every_code(cls, given: dict[str, Words], info: ValidationInfo) -> dict[str, Words]:
        codes = {"statuses": STATUSES, "phases": PHASES, "classes": CLASSES}[info.field_name or ""]
        if set(given) != set(codes):
            raise ValueError("a code of the registry has no words, or words have no code")
        return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One trial as it is shown; ``distance_km`` is None where a place is missing.

    ``named``: whether it names the country that was asked for; True where none was.
    """

    study: Study
    status: Words
    phases: tuple[Words, ...]
    sponsor_class: Words
    site: Site | None
    distance_km: int | None
    named: bool
    doubts: tuple[Words, ...]
    read: date
    as_of: PartialDate
    source: str
    known: Status
    answer: Literal["ask"]
    question: Words
    ethics: Words

    @property
    def link(self) -> str:
        """The study's page at the registry."""
        return f"https://clinicaltrials.gov/study/{self.study.registry_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The cards in order, the day of the copy, and what has to be said of it."""

    cards: tuple[Card, ...]
    snapshot_date: date
    notes: tuple[Words, ...]


@cache
def wording() -> Wording:
    """The words of this room."""
    text = files("holdfast.evidence.registry").joinpath("wording.yaml").read_text(encoding="utf-8")
    return read_part(Wording, "wording.yaml", text)


def search(
    where: Point | None,
    country: str | None,
    *,
    today: date,
    status: Wanted = "open",
    place: Path | None = None,
) -> Found:
    """Trials of the newest copy on this machine, the nearest first; a country by its letters or its name."""
    snapshot, unreadable = newest(place)
    land = _land(country, snapshot) if country else None
    kept = _kept(snapshot, land, status)
    cards = sorted((_card(each, where, land, today=today) for each in kept), key=_order)
    strange = bool(country) and land is None
    notes = _notes(
        snapshot, cards, where=where, land=land, unreadable=unreadable, strange=strange, today=today
    )
    return Found(cards=tuple(cards), snapshot_date=snapshot.made, notes=tuple(notes))


def point_of(given: str) -> Point:
    """A place such as "47.37,8.54"; ImpossibleValue in a sentence for all else."""
    try:
        latitude, longitude = (float(part) for part in given.split(","))
    except ValueError:
        latitude = longitude = math.nan
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        raise ImpossibleValue(
            f"{given!r} is no place; write latitude and longitude in degrees, such as 47.37,8.54.",
            field="near",
        )
    return Point(latitude, longitude)


def countries() -> dict[str, Words]:
    """The names of the countries that may be asked for, by their two letters."""
    return wording().countries


def country_code(given: str) -> str | None:
    """The two letters of a country given by code or by name; None for one that is not listed."""
    return _codes().get(given.strip().casefold())


@cache
def _codes() -> dict[str, str]:
    words = wording()
    known = {code.casefold(): code for code in words.countries}
    known |= {name.casefold(): code for code, names in words.countries.items() for name in names.values()}
    return known | {name.casefold(): code for name, code in words.other_names.items()}


def distance_km(one: Point, other: Point) -> float:
    """The great circle between two places, km (haversine)."""
    (a, b), (c, d) = ((math.radians(each.latitude), math.radians(each.longitude)) for each in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def _key(country: str) -> str:
    return country_code(country) or country.strip().casefold()


def _land(country: str, snapshot: Snapshot) -> str | None:
    # A country is known where it is listed, or where a study names it.
    key = _key(country)
    named = {_key(site.country) for each in snapshot.entries for site in each.study.sites if site.country}
    return key if country_code(country) or key in named else None


def _kept(snapshot: Snapshot, land: str | None, status: Wanted) -> list[Entry]:
    wanted = [each for each in snapshot.entries if each.study.status in WANTED[status]]
    return [each for each in wanted if not each.study.sites or _sites(each.study, land)]


def _sites(study: Study, land: str | None) -> list[Site]:
    return [each for each in study.sites if land is None or not each.country or _key(each.country) == land]


def _card(entry: Entry, where: Point | None, land: str | None, *, today: date) -> Card:
    study, words = entry.study, wording()
    site, distance = _nearest(_sites(study, land), where)
    doubts = [*study.doubts, *_doubts(entry, today)]
    return Card(
        study=study,
        status=words.statuses[study.status],
        phases=tuple(words.phases[each] for each in study.phases),
        sponsor_class=words.classes[study.sponsor_class],
        site=site,
        distance_km=None if distance is None else round(distance),
        named=land is None or any(_key(each.country) == land for each in study.sites if each.country),
        doubts=tuple(words.doubts[each] for each in doubts),
        read=entry.read,
        as_of=entry.as_of,
        source=entry.source,
        known=entry.known,
        answer="ask",
        question=words.question,
        ethics=words.ethics,
    )


def _nearest(sites: Sequence[Site], where: Point | None) -> tuple[Site | None, float | None]:
    measured = [(distance_km(where, each.point), each) for each in sites if where and each.point]
    if not measured:
        return (sites[0] if sites else None), None
    distance, site = min(measured, key=lambda pair: pair[0])
    return site, distance


def _doubts(entry: Entry, today: date) -> list[str]:
    ends, as_of = entry.study.ends, entry.as_of
    codes = {
        "stale": not as_of.year or (today - as_of.latest).days > STALE_DAYS,
        "ended": bool(ends.year and entry.study.status in WANTED["open"] and ends.latest < today),
        "part": entry.partial,
    }
    return [code for code, holds in codes.items() if holds]


def _order(card: Card) -> tuple[bool, float, int, int, str]:
    far = math.inf if card.distance_km is None else float(card.distance_km)
    recent = card.as_of.latest.toordinal() if card.as_of.year else 0
    return not card.named, far, STATUSES.index(card.study.status), -recent, card.study.registry_id


def _notes(
    snapshot: Snapshot,
    cards: Sequence[Card],
    *,
    where: Point | None,
    land: str | None,
    unreadable: bool,
    strange: bool,
    today: date,
) -> list[Words]:
    age, unplaced = snapshot.age(today), sum(card.distance_km is None for card in cards)
    named = sum(card.named for card in cards)
    said = {"age": age, "count": unplaced, "named": named, "unnamed": len(cards) - named}
    codes = {
        "unreadable": unreadable,
        "today": age == 0,
        "read": age > 0,
        "old": age > OLD_DAYS,
        "part": not snapshot.whole,
        "country": strange,
        "none": not cards,
        "land": land is not None,
        "city": where is not None and unplaced < len(cards),
        "unplaced": where is not None and unplaced > 0,
    }
    return [
        {
            language: text.format(date=_dated(snapshot.made, language), **said)
            for language, text in wording().notes[code].items()
        }
        for code, holds in codes.items()
        if holds
    ]


def _dated(on: date, language: str) -> str:
    months = wording().months.get(language)
    return f"{on.day} {months[on.month - 1]} {on.year}" if months else on.isoformat()
