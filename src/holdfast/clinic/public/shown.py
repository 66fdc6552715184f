"""A number on a public page: its figure beside it, and the page's list of sources.

No number reaches a public page but through ``Shown``: the page lists its source and says how it is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from holdfast.evidence.reading import Words
from holdfast.sourced import CITABLE, Figure, Status

ALLOWED = CITABLE | {Status.CALIBRATED, Status.ASSUMED}
"""What may stand on a public page; the last two are named there as what they are."""
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*(?:\s?%)?")


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as it is written, and the figure it is taken from."""

    text: str
    figure: Figure

    def __post_init__(self) -> None:
        """Refuse what may not be shown: ValueError."""
        if self.figure.status not in ALLOWED:
            raise ValueError(f"“{self.text}” is {self.figure.status.value}: no public page shows it")


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence with its source; every number in it is shown as taken from there."""

    text: str
    source: str
    status: Status
    date: str

    def figure(self, number: str) -> Figure:
        """A number of the sentence as a figure."""
        plain = re.sub(r"[^\d.]", " ", number).split()
        value = tuple(float(part.strip(".") or 0) for part in plain)
        return Figure(value=value, unit="as told", source=self.source, status=self.status, date=self.date)


@dataclass(frozen=True, slots=True)
class Listed:
    """A source in the page's list."""

    mark: str
    cite: str
    status: str
    known: str
    date: str


class Sources:
    """The sources of one page, in the order in which they are first named."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Status, str], int] = {}

    def number(self, figure: Figure) -> int:
        """The place of a figure's source in the list."""
        key = (figure.source, figure.status, figure.date)
        return self._found.setdefault(key, len(self._found) + 1)

    def mark(self, shown: Shown) -> SafeString:
        """The number in words of HTML, tied to its source."""
        return format_html(
            '<span class="number" data-figure="source-{}">{}</span>', self.number(shown.figure), shown.text
        )

    def cite(self, figures: tuple[Figure, ...]) -> SafeString:
        """Links to the sources of some figures, each once."""
        places = sorted({self.number(figure) for figure in figures})
        links = [
            format_html(
                '<a class="cite" href="#source-{}" aria-label="{}">[{}]</a>',
                place,
                _("Source %s") % place,
                place,
            )
            for place in places
        ]
        return mark_safe(" ".join(links))

    def within(self, text: str, figure: Figure) -> SafeString:
        """A text whose numbers come from the source of a figure."""
        return mark_safe(_marked(text, lambda number: self.mark(Shown(number, figure))))

    def told(self, told: Told) -> SafeString:
        """A sentence with its numbers tied to its source, and the link to it."""
        marked = _marked(told.text, lambda number: self.mark(Shown(number, told.figure(number))))
        cited = self.cite((told.figure("0"),))
        return mark_safe(f"{marked} {cited}")

    def listed(self) -> list[Listed]:
        """The list at the end of the page."""
        return [
            Listed(f"source-{place}", cite, status.value, known_by(status), date)
            for (cite, status, date), place in self._found.items()
        ]


def _marked(text: str, mark: Callable[[str], SafeString]) -> str:
    parts, at = [], 0
    for found in _NUMBER.finditer(text):
        parts += [escape(text[at : found.start()]), mark(found.group())]
        at = found.end()
    return "".join([*parts, escape(text[at:])])


def known_by(status: Status) -> str:
    """How a figure is known, in words for anybody."""
    return {
        Status.SOURCED_PRIMARY: _("read in the work itself"),
        Status.SOURCED: _("read in the work itself"),
        Status.FOUND: _("read in a copy of the work"),
        Status.SOURCED_SECONDARY: _("read in another work that reports it"),
        Status.FOUND_SECONDARY: _("read in another work that reports it"),
        Status.DERIVED: _("worked out by us from these works"),
        Status.CALIBRATED: _("set by us so that a curve meets published values; nobody measured it"),
        Status.ASSUMED: _("assumed by us; nobody measured it"),
    }[status]


def say(words: Words, language: str) -> str:
    """A text of a data file in a language, else in English."""
    return words.get(language) or words.get(language.split("-")[0]) or words["en"]
