"""Text of strangers made plain: no markup, no control characters, bounded length, criteria in lines."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

LONGEST_LINE = 400
LONGEST_TEXT = 20_000
MOST_LINES = 200
_NAMES = (
    "a|abbr|b|blockquote|body|br|button|code|div|em|embed|font|form|h[1-6]|head|html|hr|i|iframe|img|input|li|"
    "link|meta|object|ol|p|pre|q|s|script|small|span|strong|style|sub|sup|svg|table|tbody|td|th|title|tr|u|ul|video"
)
_WHOLE = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"))
# Known names only, alone or with attributes: "QTc <b and c> 450" is a criterion, not markup. No quantifier
# gives back what it took: a hostile text must not cost more than its length.
_TAG = re.compile(
    rf"</?(?:{_NAMES})(?:\s*+/?>|\s++(?=[^<>=]*+=)[^<>]*+>)|</?(?:script|style|iframe|object)\b[^<>]*+>",
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_ESCAPED = re.compile(r"\\([~<>*_#\[\]().+-])")
_HEADING = re.compile(
    r"^\W*(?:key |main |general |major )?(inclusion|exclusion)(?:( criteria)\b([^.;:]{0,60}):?|:)?\W*$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[*•⁃◦▪‣–—-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+", re.IGNORECASE)


def text(given: object, *, longest: int = LONGEST_TEXT) -> str:
    """A text without markup or control characters, lines kept; "" for what is no text."""
    if not isinstance(given, str):
        return ""
    # Cut first: what follows must not work on megabytes.
    found = given[: longest + LONGEST_LINE].replace("\r\n", "\n").replace("\r", "\n")
    for _ in range(3):  # an entity may hide a tag, and a tag an entity
        before = found
        found = _TAG.sub(" ", _without_whole(html.unescape(found)))
        if found == before:
            break
    found = _ESCAPED.sub(r"\1", _CONTROL.sub("", found)).strip()
    return found if len(found) <= longest else found[: longest - 1].rstrip() + "…"


def _without_whole(words: str) -> str:
    for start, end in _WHOLE:
        kept, at, low = [], 0, words.lower()
        if len(low) != len(words):  # a letter whose small form is longer: positions would not fit
            low = words
        while (opens := low.find(start, at)) >= 0 and (closes := low.find(end, opens)) >= 0:
            kept.append(words[at:opens])
            at = closes + len(end)
        words = " ".join([*kept, words[at:]])
    return words


def line(given: object, *, longest: int = LONGEST_LINE) -> str:
    """The same on one line."""
    return " ".join(text(given, longest=longest).split())


@dataclass(frozen=True, slots=True)
class Criteria:
    """A trial's criteria in its own words: who may take part, who may not, what stands under no heading."""

    inclusion: tuple[str, ...] = ()
    exclusion: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is any."""
        return bool(self.inclusion or self.exclusion or self.other)


def criteria(given: object) -> Criteria:
    """Free text split at its headings and bullets; no line is changed in its words."""
    found: dict[str, list[str]] = {"inclusion": [], "exclusion": [], "other": []}
    under, fresh = "other", True
    for raw in text(given).split("\n"):
        if heading := _HEADING.match(raw):
            under, fresh = heading[1].lower(), True
            if not (heading[3] or "").strip():
                continue  # a heading that says more than its name is a line of its section, too
        words = " ".join(_BULLET.sub("", raw).split())
        if not words:
            fresh = True
        elif fresh or _BULLET.match(raw) or not found[under]:
            found[under].append(words)
            fresh = False
        else:
            found[under][-1] += " " + words
    kept = {name: tuple(lines[:MOST_LINES]) for name, lines in found.items()}
    return Criteria(**kept)
