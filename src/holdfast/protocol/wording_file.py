"""A file of an instrument's words: read as strictly as a study file, every problem told with its line.

::

    holdfast_wording: 1
    instrument: DERS-16
    version: "2016"
    language: en
    permission: {from: "…", reference: "…", date: "2026-11-23"}
    instructions: "…"
    items: {q1: "…", …}
    options: {every: {1: "…", …}}

In a rehearsal ``permission: {rehearsal: true}`` lets invented words stand in.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from holdfast.errors import Problem, StudyFileError, Unavailable, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.words import LANGUAGE, Permission, Words, misfits, practice
from holdfast.protocol.reader import Data, Place, Sheet, read, text_of

HEAD = "holdfast_wording"
KEYS = (HEAD, "instrument", "version", "language", "permission", "instructions", "items", "options")
PERMISSION = ("from", "reference", "date")
REHEARSAL = "rehearsal"


def read_wording(path: Path) -> tuple[Words, Permission]:
    """The words of a file and the permission to show them.

    Raises:
        StudyFileError: with every problem; UnknownName and Unavailable where there is no such file.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UnknownName(f"There is no file {path}. Check the path.") from None
    except OSError as error:
        raise Unavailable(f"The file {path} cannot be read: {error.strerror}.") from error
    return wording_of(text_of(content, name=str(path)), name=str(path))


def wording_of(text: str, *, name: str) -> tuple[Words, Permission]:
    """The same of a text; ``name`` is what problems call the file."""
    page = _Page(read(text, name=name))
    page.keys((), KEYS)
    page.one((HEAD,))
    words, permission = page.words(), page.permission()
    if not page.problems:
        page.fits(words)
    if page.problems:
        raise StudyFileError(tuple(sorted(page.problems, key=_line)))
    return words, permission


def _line(problem: Problem) -> int:
    return int(problem.where.rpartition(":")[2])


@dataclass(slots=True)
class _Page:
    """A file being read, and what is wrong in it so far."""

    sheet: Sheet
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, place: Place, *, found: str, expected: str, remedy: str) -> None:
        """Note a problem."""
        self.problems.append(self.sheet.problem(place, found=found, expected=expected, remedy=remedy))

    def keys(self, place: Place, known: Iterable[str]) -> None:
        """A mapping with no key but those known."""
        here, names = self.sheet.at(place), list(known)
        for key in here if isinstance(here, dict) else ():
            if key not in names:
                near = difflib.get_close_matches(key, names, n=1)
                remedy = f"Did you mean {near[0]!r}?" if near else "Remove it, or check the spelling."
                expected = "one of " + ", ".join(names)
                self.wrong((*place, key), found=f"the unknown key {key!r}", expected=expected, remedy=remedy)

    def one(self, place: Place) -> None:
        """The version of the form of the file, which is 1."""
        if self.sheet.at(place) != 1:
            found = _shown(self.sheet.at(place))
            self.wrong(place, found=found, expected=f"'{HEAD}: 1'", remedy="Write it at the top of the file.")

    def text(self, place: Place) -> str:
        """The text at a place; empty, with a problem, where there is none."""
        here = self.sheet.at(place)
        if isinstance(here, str) and here.strip():
            return here
        remedy = f"Add '{place[-1]}:'." if here is None else "Write it as text, in quotes."
        self.wrong(place, found=_shown(here), expected=f"a text for {place[-1]!r}", remedy=remedy)
        return ""

    def mapping(self, place: Place) -> dict[str, Data]:
        """The mapping at a place; empty, with a problem, where there is another thing."""
        here = self.sheet.at(place)
        if isinstance(here, dict):
            return here
        self.wrong(place, found=_shown(here), expected="a mapping", remedy="Write code: text, one a line.")
        return {}

    def texts(self, place: Place) -> dict[str, str]:
        """A mapping whose every value is a text."""
        return {code: self.text((*place, code)) for code in self.mapping(place)}

    def words(self) -> Words:
        """The words as far as they can be read."""
        options = self.mapping(("options",)) if self.sheet.at(("options",)) is not None else {}
        language = self.text(("language",))
        if language and not re.fullmatch(LANGUAGE, language):
            remedy = "Name it as pages do."
            self.wrong(
                ("language",), found=repr(language), expected="a language such as en or es", remedy=remedy
            )
        return Words(
            instrument=self.text(("instrument",)),
            version=self.text(("version",)),
            language=language,
            instructions=self.text(("instructions",)),
            items=self.texts(("items",)),
            options={code: self.texts(("options", code)) for code in options},
        )

    def permission(self) -> Permission:
        """Who allowed the words to be shown; or that they are a rehearsal's."""
        given, place = self.mapping(("permission",)), ("permission",)
        if REHEARSAL in given:
            self.keys(place, (REHEARSAL,))
            if given[REHEARSAL] is not True:
                found, remedy = _shown(given[REHEARSAL]), "Or say from whom the permission is."
                self.wrong((*place, REHEARSAL), found=found, expected="true", remedy=remedy)
            return Permission(rehearsal=True)
        self.keys(place, PERMISSION)
        texts = [self.text((*place, key)) for key in PERMISSION]
        if texts[2] and not _is_day(texts[2]):
            remedy = "Write the day on which it was given."
            self.wrong(
                (*place, "date"), found=repr(texts[2]), expected="a date such as 2026-11-23", remedy=remedy
            )
        return Permission(given_by=texts[0], reference=texts[1], date=texts[2])

    def fits(self, words: Words) -> None:
        """The words fit an instrument that has none of its own."""
        if words.instrument not in _lacking():
            near = difflib.get_close_matches(words.instrument, _lacking(), n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else "Check the spelling."
            expected = f"one of {', '.join(_lacking())}"
            self.wrong(("instrument",), found=repr(words.instrument), expected=expected, remedy=remedy)
            return
        for place, found, expected, remedy in misfits(catalogue.get(words.instrument), words):
            self.wrong(place, found=found, expected=expected, remedy=remedy)


def _lacking() -> list[str]:
    return sorted(code for code, each in catalogue.INSTRUMENTS.items() if each.needs_words)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shown(here: Data) -> str:
    if here is None:
        return "nothing"
    if isinstance(here, dict | list):
        return "a mapping" if isinstance(here, dict) else "a list"
    return repr(here) if isinstance(here, str) else str(here).lower()


def written(words: Words, permission: Permission) -> str:
    """Words and permission as such a file."""
    return "\n".join(_lines(words, permission)) + "\n"


def _lines(words: Words, permission: Permission) -> Iterator[str]:
    yield f"{HEAD}: 1"
    for key in ("instrument", "version", "language"):
        yield f"{key}: {_quoted(getattr(words, key))}"
    if permission.rehearsal:
        yield f"permission: {{{REHEARSAL}: true}}"
    else:
        said = (permission.given_by, permission.reference, permission.date)
        yield "permission:"
        yield from (f"  {key}: {_quoted(text)}" for key, text in zip(PERMISSION, said, strict=True))
    yield f"instructions: {_quoted(words.instructions)}"
    yield "items:"
    yield from (f"  {code}: {_quoted(text)}" for code, text in words.items.items())
    if words.options:
        yield "options:"
    for code, texts in words.options.items():
        yield f"  {code}:"
        yield from (f"    {value}: {_quoted(text)}" for value, text in texts.items())


def _quoted(text: str) -> str:
    # A JSON string is a YAML string in double quotes.
    return json.dumps(text, ensure_ascii=False)


def template(code: str) -> str:
    """A file for an instrument to be filled in: invented sentences, good for rehearsals as they are."""
    if code not in _lacking():
        raise UnknownName(f"{code!r} needs no words of a site; {', '.join(_lacking())} do.")
    return written(practice(catalogue.get(code)), Permission(rehearsal=True))
