"""What a public page says: its numbers that no figure stands behind, its sources, its prose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
BLOCKS = {
    "br",
    "p",
    "li",
    "dt",
    "dd",
    "h1",
    "h2",
    "h3",
    "h4",
    "figcaption",
    "td",
    "th",
    "caption",
    "label",
    "summary",
}
NUMBER = re.compile(
    r"\d|\b(?:three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|percent|thousand|million)\b",
    re.IGNORECASE,
)
NAMES = re.compile(r"\b(?:PC-PTSD-5|PCL-5|CAPS-5|PHQ-9|DERS-16)\b")
"""Names that hold a digit and count nothing."""


@dataclass
class Seen:
    """One page as it is read."""

    loose: list[str] = field(default_factory=list)
    """Texts and labels with a number that no figure stands behind."""
    named: set[str] = field(default_factory=set)
    """The marks that figures point to."""
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    """The page's list: status and text by mark."""
    prose: str = ""
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.seen.tags.append((tag, given))
        if "data-figure" in given:
            self.seen.named.add(given["data-figure"])
        if tag == "li" and given.get("id", "").startswith("source-"):
            self.seen.sources[given["id"]] = (given.get("data-status", ""), "")
        if tag in BLOCKS:
            self.seen.prose += "\n"
        if tag not in VOID:
            self._open.append((tag, given))
        for name in ("aria-label", "title", "alt", "placeholder"):
            self._look(given.get(name, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.seen.prose += "\n"
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._inside("script", "style"):
            return
        mark = next((given["id"] for _, given in self._open if given.get("id", "") in self.seen.sources), "")
        if mark:
            status, text = self.seen.sources[mark]
            self.seen.sources[mark] = (status, text + data)
            return
        self._look(data)
        unread = self._inside("svg", "time", "option") or self._cited() or self._quoted()
        if self._inside("main") and not unread:
            self.seen.prose += data

    def _look(self, text: str) -> None:
        if not NUMBER.search(NAMES.sub("", text)) or self._inside("time", "cite") or self._cited():
            return
        if not any("data-figure" in given for _, given in self._open):
            self.seen.loose.append(" ".join(text.split()))

    def _inside(self, *tags: str) -> bool:
        return any(tag in tags for tag, _ in self._open)

    def _quoted(self) -> bool:
        """Whether it is in another language than the page: the words of others."""
        return len({given["lang"] for _, given in self._open if given.get("lang")}) > 1

    def _cited(self) -> bool:
        return any("cite" in given.get("class", "").split() for _, given in self._open)


def read(html: str) -> Seen:
    """A page as a reader and a checker see it."""
    reader = _Reader()
    reader.feed(html)
    return reader.seen
