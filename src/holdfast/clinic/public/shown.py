"""A number on a public page: its figure beside it, and the page's list of sources.

No number reaches a public page but through ``Shown``: the page lists its source and says how it is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import partial_said, plain_number
from holdfast.errors import ImpossibleValue
from holdfast.evidence.reading import Words
from holdfast.sourced import CITABLE, Figure, Status
from holdfast.timing import PartialDate

ALLOWED = CITABLE | {Status.CALIBRATED, Status.ASSUMED}
"""What may stand on a public page; the last two are named there as what they are."""


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
    """A sentence with its source; every number in it is taken from there."""

    text: str
    source: str
    status: Status
    date: str

    def figure(self) -> Figure:
        """The numbers of the sentence as one figure; 0 where it has none."""
        value = tuple(float(each) for each in re.findall(r"\d+(?:\.\d+)?", plain_number(self.text))) or (0.0,)
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
        """A text whose numbers, in digits or words, come from the source of a figure."""
        return format_html('<span data-figure="source-{}">{}</span>', self.number(figure), text)

    def told(self, told: Told) -> SafeString:
        """A sentence tied to its source, and the link to it."""
        figure = told.figure()
        return format_html("{} {}", self.within(told.text, figure), self.cite((figure,)))

    def listed(self) -> list[Listed]:
        """The list at the end of the page."""
        return [
            Listed(f"source-{place}", cite, status.value, known_by(status), _dated(date))
            for (cite, status, date), place in self._found.items()
        ]


def _dated(given: str) -> str:
    """A source's date as pages write dates; a version, which some instruments have instead, as it is."""
    try:
        return partial_said(PartialDate.parse(given))
    except ImpossibleValue:
        return given


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
