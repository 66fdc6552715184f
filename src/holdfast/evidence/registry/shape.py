"""A study of ClinicalTrials.gov's API v2 as a value: every field may be absent, changed or untrue.

Whatever is not of the described shape becomes "not known"; only a study without a registry id is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.errors import ImpossibleValue
from holdfast.evidence.registry.plain import Criteria, criteria, line
from holdfast.timing import PartialDate

STATUSES = (
    "RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING", "COMPLETED",
    "SUSPENDED", "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
    "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN",
)  # fmt: skip
PHASES = ("EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4", "NA")
CLASSES = ("NIH", "FED", "OTHER_GOV", "INDIV", "INDUSTRY", "NETWORK", "AMBIG", "OTHER", "UNKNOWN")
MOST_SITES, MOST_CONTACTS, MOST_NAMES = 300, 5, 30
_ID = re.compile(r"NCT0*([1-9]\d{0,7})", re.IGNORECASE)
_AGE = re.compile(r"(\d{1,4})\s*(year|month|week|day|hour|minute)s?", re.IGNORECASE)
_PTSD = re.compile(r"post[\s-]*traumatic stress|\bptsd\b|stress disorder", re.IGNORECASE)
_MDMA = re.compile(
    r"\bmdma\b|midomafetamine|methylenedioxymethamphetamine|n-methyl-3,4-methylenedioxyamphetamine",
    re.IGNORECASE,
)
_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25, "hour": 0.0, "minute": 0.0}


@dataclass(frozen=True, slots=True)
class Age:
    """An age as the registry writes it, such as 6 Months."""

    number: int
    unit: str

    @property
    def years(self) -> float:
        """The same in years."""
        return self.number * _YEARS[self.unit]

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth, degrees."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise ImpossibleValue(
                f"{self.latitude:g},{self.longitude:g} is no place: a latitude lies between -90 and 90, "
                "a longitude between -180 and 180.",
                field="near",
            )


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom a trial names for questions."""

    name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a trial; "" and None where it is not known."""

    facility: str
    city: str
    state: str
    country: str
    status: str
    point: Point | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What the registry says of one study; None and "" say that it is not known."""

    registry_id: str
    title: str
    status: str
    phases: tuple[str, ...]
    kind: str
    conditions: tuple[str, ...]
    interventions: tuple[str, ...]
    sponsor: str
    sponsor_class: str
    board: bool | None
    fda_drug: bool | None
    sex: str
    youngest: Age | None
    oldest: Age | None
    updated: PartialDate
    ends: PartialDate
    criteria: Criteria
    contacts: tuple[Contact, ...]
    sites: tuple[Site, ...]
    doubts: tuple[str, ...]

    @property
    def on_topic(self) -> bool:
        """Whether it is what was asked for: MDMA in PTSD, by its own title, conditions and interventions."""
        words = " ".join((self.title, *self.conditions, *self.interventions))
        return bool(_MDMA.search(words) and _PTSD.search(words))


def registry_id(given: object) -> str:
    """An id in its one spelling, NCT and eight digits; "" for what is none."""
    found = _ID.fullmatch(given.strip()) if isinstance(given, str) else None
    return f"NCT{int(found[1]):08d}" if found else ""


def age(given: object) -> Age | None:
    """An age such as "18 Years"; None for "N/A" and all else."""
    found = _AGE.fullmatch(given.strip()) if isinstance(given, str) else None
    return Age(int(found[1]), found[2].lower()) if found else None


def partial(given: object, *, today: date) -> PartialDate:
    """A date of a month or a day; unknown where it is none, or has not come yet."""
    found = _planned(given)
    return PartialDate() if found.after(today) else found


def _planned(given: object) -> PartialDate:
    """A date that may lie ahead, such as the planned end."""
    try:
        return PartialDate.parse(given) if isinstance(given, str) else PartialDate()
    except ImpossibleValue:
        return PartialDate()


def point(given: object) -> Point | None:
    """A place; None out of range, and for 0,0, where no hospital lies but many blanks do."""
    both = (_of(given, "lat"), _of(given, "lon"))
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in both):
        return None
    latitude, longitude = (float(each) for each in both)
    if not (math.isfinite(latitude) and math.isfinite(longitude)) or latitude == longitude == 0:
        return None
    try:
        return Point(latitude, longitude)
    except ImpossibleValue:
        return None


def study(given: object, *, today: date) -> Study | None:
    """One entry of ``studies``; None where it has no registry id."""
    section = _of(given, "protocolSection")
    identity = _of(section, "identificationModule")
    name = registry_id(_of(identity, "nctId"))
    if not name:
        return None
    state, about = _of(section, "statusModule"), _of(section, "eligibilityModule")
    design, lead = _of(section, "designModule"), _of(section, "sponsorCollaboratorsModule", "leadSponsor")
    places = _of(section, "contactsLocationsModule")
    written = _of(state, "lastUpdatePostDateStruct", "date")
    updated = partial(written, today=today)
    sites = tuple(_site(each) for each in _list(places, "locations", most=MOST_SITES))
    youngest, oldest = age(_of(about, "minimumAge")), age(_of(about, "maximumAge"))
    return Study(
        registry_id=name,
        title=line(_of(identity, "briefTitle")) or line(_of(identity, "officialTitle")),
        status=_one_of(_of(state, "overallStatus"), STATUSES),
        phases=tuple(phase for each in _list(design, "phases") if (phase := _one_of(each, PHASES, other=""))),
        kind=line(_of(design, "studyType"), longest=40),
        conditions=_lines(_list(_of(section, "conditionsModule"), "conditions")),
        interventions=_interventions(_of(section, "armsInterventionsModule")),
        sponsor=line(_of(lead, "name")),
        sponsor_class=_one_of(_of(lead, "class"), CLASSES),
        board=_flag(_of(section, "oversightModule", "oversightHasDmc")),
        fda_drug=_flag(_of(section, "oversightModule", "isFdaRegulatedDrug")),
        sex=_one_of(_of(about, "sex"), ("ALL", "FEMALE", "MALE"), other=""),
        youngest=youngest,
        oldest=oldest,
        updated=updated,
        ends=_planned(_of(state, "completionDateStruct", "date")),
        criteria=criteria(_of(about, "eligibilityCriteria")),
        contacts=_contacts(places),
        sites=sites,
        doubts=tuple(_doubts(written, updated, sites, youngest, oldest)),
    )


def _doubts(
    written: object, updated: PartialDate, sites: tuple[Site, ...], youngest: Age | None, oldest: Age | None
) -> list[str]:
    found = []
    if written is not None and not updated.year:
        found.append("date")
    if sites and not any(each.point for each in sites):
        found.append("place")
    if youngest and oldest and youngest.years > oldest.years:
        found.append("ages")
    return found


def _of(given: Any, *path: str) -> Any:
    for step in path:
        given = given.get(step) if isinstance(given, dict) else None
    return given


def _list(given: Any, name: str, *, most: int = MOST_NAMES) -> list[Any]:
    found = _of(given, name)
    return found[:most] if isinstance(found, list) else []


def _lines(given: list[Any]) -> tuple[str, ...]:
    return tuple(words for each in given if (words := line(each)))


def _one_of(given: object, allowed: tuple[str, ...], *, other: str = "UNKNOWN") -> str:
    return given if isinstance(given, str) and given in allowed else other


def _flag(given: object) -> bool | None:
    return given if isinstance(given, bool) else None


def _interventions(given: Any) -> tuple[str, ...]:
    named = _list(given, "interventions")
    return _lines([name for each in named for name in (_of(each, "name"), *_list(each, "otherNames"))])


def _site(given: Any) -> Site:
    words = (line(_of(given, name), longest=120) for name in ("facility", "city", "state", "country"))
    facility, city, state, country = words
    return Site(
        facility,
        city,
        state,
        country,
        _one_of(_of(given, "status"), STATUSES, other=""),
        point(_of(given, "geoPoint")),
    )


def _contacts(given: Any) -> tuple[Contact, ...]:
    named = _list(given, "centralContacts", most=MOST_CONTACTS)
    for site in _list(given, "locations", most=MOST_SITES):
        named += _list(site, "contacts", most=MOST_CONTACTS)
    found = (
        Contact(*(line(_of(each, part), longest=120) for part in ("name", "phone", "email")))
        for each in named
    )
    kept = dict.fromkeys(each for each in found if each.phone or each.email)
    return tuple(kept)[:MOST_CONTACTS]
