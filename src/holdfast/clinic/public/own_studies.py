"""This clinic's own live studies, beside the trials of the registry. A rehearsal is never offered to anybody.

"Matched from its file" is said only where "Who it may fit" compares exactly the criteria of the file
in force.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import date
from functools import cache
from time import monotonic

from django.db import DatabaseError
from django.utils.translation import gettext as _

from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import StudyRow
from holdfast.clinic.public.fit_data import FILE_CRITERIA
from holdfast.clinic.public.fit_making import criteria_of
from holdfast.clinic.public.shown import Shown, say
from holdfast.errors import HoldfastError
from holdfast.evidence.registry.find import countries, country_code
from holdfast.protocol.model import Protocol
from holdfast.sourced import Figure, Status

LOG = logging.getLogger("holdfast.clinic.public")


class Silence:
    """After a database that did not answer: for half a minute nobody waits for it again on this page."""

    SECONDS = 30.0

    def __init__(self) -> None:
        self._until = 0.0

    def begin(self) -> None:
        """The database did not answer."""
        self._until = monotonic() + self.SECONDS

    def end(self) -> None:
        """Ask again."""
        self._until = 0.0

    def lasts(self) -> bool:
        """Whether it is too early to ask again."""
        return monotonic() < self._until


SILENCE = Silence()


@dataclass(frozen=True, slots=True)
class Own:
    """A live study of this clinic: its title, where it runs, and whether its file is compared exactly."""

    title: str
    language: str
    places: tuple[str, ...]
    matched: bool
    number: Shown


def live_studies(language: str, *, today: date) -> list[Own]:
    """Live studies that are not locked, by code; none where the database does not answer.

    The page is about help: it stands without a database, and says then nothing of this clinic.
    """
    if SILENCE.lasts():
        return []
    try:
        rows = [each for each in read.studies() if each.life == "live" and each.locked_at is None]
        return [_own(each, language, today) for each in rows]
    except (DatabaseError, HoldfastError) as error:
        SILENCE.begin()
        LOG.warning("The studies of this clinic are not named on the public page: %s", type(error).__name__)
        return []


def _own(row: StudyRow, language: str, today: date) -> Own:
    protocol = read.protocol(row.study)
    titles = protocol.study.title
    titled = next(each for each in (language, "en", *titles) if each in titles)
    source = _("The study file and the sites of this clinic")
    return Own(
        title=titles[titled],
        language=titled,
        places=tuple(f"{each.name}, {_land(each.country, language)}" for each in read.sites(row.study)),
        matched=matched(protocol),
        number=Shown(
            "", Figure(value=0, unit="as told", source=source, status=Status.FOUND, date=today.isoformat())
        ),
    )


def matched(protocol: Protocol) -> bool:
    """Whether "Who it may fit" compares the criteria of this file, every word and rule of them."""
    return _same(criteria_of(protocol)) in _compared()


@cache
def _compared() -> frozenset[str]:
    return frozenset(_same(each["criteria"]) for each in json.loads(FILE_CRITERIA.read_bytes())["groups"])


def _same(criteria: object) -> str:
    return json.dumps(criteria, ensure_ascii=False, sort_keys=True)


def _land(country: str, language: str) -> str:
    code = country_code(country)
    return say(countries()[code], language) if code else country
