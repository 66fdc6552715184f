"""English that is left on a page in another language, outside what is marked as English.

The texts of a page are held against every sentence of the catalogues and every English text of a study file
and of the instruments, in pieces between what is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser

from pydantic import BaseModel

from clinic.public_text import VOID
from holdfast.clinic.languages import catalogue, collecting, offered
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.protocol.checks.whole import parts
from holdfast.protocol.model import Protocol, Text

GAPS = re.compile(r"%\(\w+\)[sd]|<[^>]*>|%%")
LONG = 12
"""Letters from which a piece of a sentence is looked for within a text; a shorter one must be all of it."""
SAID_ALOUD = ("aria-label", "title", "alt", "placeholder")
COLLECT = """(names) => {
  const found = [], tongue = (e) => (e.closest("[lang]") || {}).lang || "";
  const all = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = all.currentNode; node; node = all.nextNode()) {
    const element = node.nodeType === 3 ? node.parentElement : node;
    if (!element || tongue(element).startsWith("en") || element.closest("script, style")) continue;
    if (node.nodeType === 3) found.push(node.data);
    else for (const name of names) if (element.hasAttribute(name)) found.push(element.getAttribute(name));
  }
  return found;
}"""  # noqa: E501
"""What a browser runs, given ``SAID_ALOUD``, for the texts of a page that are not marked as English."""


def outside(html: str) -> list[str]:
    """The texts and labels of a page that are not marked as English."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        above = self._open[-1][1] if self._open else ""
        tongue = given.get("lang") or above
        if not tongue.startswith("en"):
            self.found += [text for name in SAID_ALOUD if (text := given.get(name))]
        if tag not in VOID:
            self._open.append((tag, tongue))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag, tongue = self._open[-1] if self._open else ("", "")
        if tag not in ("script", "style") and not tongue.startswith("en"):
            self.found.append(data)


def english(texts: Iterable[str], *, code: str, protocol: Protocol) -> list[str]:
    """Which of some texts of a page in a language say something in English, each with what it says."""
    whole = {" ".join(each.split()) for each in texts} - {""}
    known = _of_catalogue(code) | _of_protocol(protocol, code) | _of_instruments(code)
    # A word that the language has too, such as "No", says nothing.
    known -= _of_language(code)
    short = {each for each in known if len(each) < LONG}
    long = sorted(known - short)
    return sorted(
        f"{text!r}: {piece!r}"
        for text in whole
        for piece in ([text] if text in short else [each for each in long if each in text])
    )


def _pieces(text: str) -> Iterator[str]:
    for piece in GAPS.split(text):
        clean = " ".join(piece.split()).strip(" .,:;“”()")
        if re.search(r"[A-Za-z]{2}", clean):
            yield clean


@cache
def _of_catalogue(code: str) -> frozenset[str]:
    spoken = {text for each in collecting.spoken() for text in (each.text, each.plural) if text}
    return frozenset(piece for text in spoken for piece in _pieces(text))


@cache
def _of_language(code: str) -> frozenset[str]:
    said = catalogue.read_file(offered.CATALOGUES / f"{code}.po").said
    return frozenset(piece for forms in said.values() for form in forms for piece in _pieces(form))


def texts_of(here: BaseModel) -> Iterator[Text]:
    """Every text by language of a protocol."""
    for _place, part in parts((), here):
        for name, field in type(part).model_fields.items():
            if field.annotation == Text and (text := getattr(part, name)):
                yield text


def _of_protocol(protocol: Protocol, code: str) -> frozenset[str]:
    return _english_of(texts_of(protocol), code)


@cache
def _of_instruments(code: str) -> frozenset[str]:
    every = [
        text
        for each in INSTRUMENTS.values()
        for text in (
            each.name,
            each.recall,
            each.instructions,
            *(item.label for item in each.items),
            *(option.label for item in each.items for option in item.options),
        )
        if text
    ]
    return _english_of((dict(each) for each in every), code)


def _english_of(texts: Iterable[Text], code: str) -> frozenset[str]:
    return frozenset(" ".join(each["en"].split()) for each in texts if each.get(code) != each["en"])
