"""Lawful ways to the treatment by country, dated, and the signs of an offer to keep away from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from holdfast.evidence.certainty import Told
from holdfast.evidence.reading import Part, Words, packaged
from holdfast.timing import PartialDate

Kind = Literal[
    "authorised-prescriber", "limited-medical-use", "special-access", "expanded-access", "compassionate-use",
    "trial", "none",
]  # fmt: skip


class Route(Told):
    """One way, or the plain word that we know of none; checked on a day, shown as it stands until another."""

    country: str = Field(pattern="^[A-Z]{2}$")
    kind: Kind
    title: Words
    say: Words
    ask: Words
    since: PartialDate
    checked: date
    expires: date

    @field_validator("since", mode="before")
    @classmethod
    def _date(cls, given: object) -> object:
        return given if isinstance(given, PartialDate) else PartialDate.parse(str(given))

    @field_serializer("since")
    def _iso(self, given: PartialDate) -> str:
        return given.iso()

    @model_validator(mode="after")
    def _in_order(self) -> Route:
        if self.expires <= self.checked:
            raise ValueError("it expires before it was checked")
        return self

    def stands(self, today: date) -> bool:
        """Whether it may be shown as it is; past its day it "was so on the day it was checked"."""
        return today <= self.expires


class File(Part):
    """The file of routes."""

    routes: tuple[Route, ...]
    past: Words
    unknown: Words
    red_flags: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """What is known for a country on a day: what stands, what stood once, the sentence where nothing does."""

    country: str
    standing: tuple[Route, ...]
    past: tuple[Route, ...]
    said: Words | None
    red_flags: tuple[Words, ...]


@cache
def file() -> File:
    """The file of the package."""
    return packaged(File, "routes.yaml")


def countries() -> tuple[str, ...]:
    """The codes of the countries of which something is known, in the file's order."""
    return tuple(dict.fromkeys(each.country for each in file().routes))


def routes(country: str, today: date) -> Routes:
    """The lawful routes of a country (its two letters) on a day; an unknown country is said to be unknown."""
    code = country.strip().upper()
    known = [each for each in file().routes if each.country == {"UK": "GB"}.get(code, code)]
    standing = tuple(each for each in known if each.stands(today))
    past = tuple(each for each in known if not each.stands(today))
    said = None if standing else file().past if past else file().unknown
    return Routes(country=code, standing=standing, past=past, said=said, red_flags=file().red_flags)
