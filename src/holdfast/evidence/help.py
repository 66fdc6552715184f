"""Whom to call in a crisis, by the country somebody chose: never guessed, never shown past its day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from pydantic import model_validator

from holdfast.evidence.certainty import Told
from holdfast.evidence.reading import Part, Words, packaged
from holdfast.sourced import Figure


class Number(Told):
    """A telephone number, checked on a day and shown until another."""

    number: str
    checked: date
    expires: date

    @model_validator(mode="after")
    def _in_order(self) -> Number:
        if not re.fullmatch(r"\*?\d[\d ]*", self.number):
            raise ValueError("a telephone number has digits and spaces only, after a star where it has one")
        if self.expires <= self.checked:
            raise ValueError("it expires before it was checked")
        return self

    @property
    def dialled(self) -> str:
        """What is dialled: the digits, after a star where the number has one."""
        return self.number.replace(" ", "")

    def figure(self) -> Figure:
        """The number with its source and the day it was checked."""
        return Figure(
            value=int(self.dialled.lstrip("*")),
            unit="telephone number",
            source=self.source,
            status=self.status,
            date=self.checked.isoformat(),
        )

    def stands(self, today: date) -> bool:
        """Whether it may still be shown."""
        return today <= self.expires


class Line(Number):
    """A crisis line."""

    name: Words
    say: Words


class Country(Part):
    """A country's emergency number and crisis lines."""

    country: str
    name: Words
    emergency: Number
    lines: tuple[Line, ...]


class Countries(Part):
    """The file of help."""

    countries: tuple[Country, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Countries:
        codes = [each.country for each in self.countries]
        if len(set(codes)) != len(codes):
            raise ValueError("a country stands twice")
        return self


@dataclass(frozen=True, slots=True)
class Help:
    """Whom to call; ``emergency`` None: the local emergency number, which we do not know."""

    country: Country | None
    emergency: Number | None
    lines: tuple[Line, ...]
    expired: bool
    """Whether a number known once is no longer shown."""


@cache
def countries() -> tuple[Country, ...]:
    """The countries whose numbers are known, in the file's order."""
    return packaged(Countries, "help.yaml").countries


def help_for(country: str, today: date) -> Help:
    """Whom to call in a country (its code) on a day; an unknown country has nobody, and says so."""
    found = next((each for each in countries() if each.country == country.upper()), None)
    if found is None:
        return Help(country=None, emergency=None, lines=(), expired=False)
    lines = tuple(each for each in found.lines if each.stands(today))
    emergency = found.emergency if found.emergency.stands(today) else None
    expired = emergency is None or len(lines) < len(found.lines)
    return Help(country=found, emergency=emergency, lines=lines, expired=expired)
