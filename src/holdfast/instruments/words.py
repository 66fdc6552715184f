"""The words of an instrument that are not part of this software, as a site brings them.

Labels of our own do where somebody reads the printed form beside them. Who answers alone has
to read the instrument's own words: whoever holds a permission brings them, in one language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from holdfast.instruments.scale import Instrument, Item, Option, Wording

EVERY = "every"
"""In the place of an item's code: the options of every item that has none of its own here."""
LANGUAGE = r"[a-z]{2,3}(-[A-Z]{2})?"
"""A language as pages name it: en, es, pt-BR."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An instrument's instructions, its items by code, and its options: code to value to words.

    Values are written as text: "true", "1". ``options`` are given for items that have options, and
    may be for an item rated in whole numbers, then for every number of it.
    """

    instrument: str
    version: str
    language: str
    instructions: str
    items: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def options_of(self, code: str) -> Mapping[str, str]:
        """The words of an item's values; none where the instrument's own bounds have to do."""
        return self.options.get(code, self.options.get(EVERY, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Who allowed the words to be shown, under which reference, on which day (ISO); or a rehearsal's."""

    given_by: str = ""
    reference: str = ""
    date: str = ""
    rehearsal: bool = False


class Misfit(NamedTuple):
    """Something in which words do not fit their instrument; ``place`` is a path in the file."""

    place: tuple[str, ...]
    found: str
    expected: str
    remedy: str


def misfits(instrument: Instrument, words: Words) -> Iterator[Misfit]:
    """Everything in which words do not fit: another version, items or values that lack or are strange."""
    if words.version != instrument.version:
        remedy = "Scores are those of that version: bring its words."
        yield Misfit(("version",), f"version {words.version!r}", repr(instrument.version), remedy)
    items = {item.code: item for item in instrument.items}
    yield from _both(("items",), words.items, items, what=f"item of {instrument.code}")
    for code in words.options:
        if code != EVERY and code not in items:
            yield _strange(("options", code), f"item of {instrument.code}", code)
    for code, item in items.items():
        place = ("options", code if code in words.options else EVERY)
        given, wanted = words.options_of(code), values_of(item)
        if code in words.options and not wanted:
            remedy = "Leave its options out."
            yield Misfit(
                place, f"options of {code}", "none: it takes no whole numbers and has no options", remedy
            )
        elif not words.options_of(code) and item.options:
            yield Misfit(("options",), f"no options of {code}", f"words for {', '.join(wanted)}", "Add them.")
        elif given and wanted:
            yield from _both(place, given, wanted, what=f"value of {code}")


def values_of(item: Item) -> tuple[str, ...]:
    """The values of an item that may have words, as text; none where it takes any number or text."""
    if item.options:
        return tuple(as_text(each.value) for each in item.options)
    if item.minimum is None or item.maximum is None or not item.whole:
        return ()
    return tuple(str(each) for each in range(int(item.minimum), int(item.maximum) + 1))


def as_text(value: object) -> str:
    """A value as words are filed under it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def worded(instrument: Instrument, words: Words) -> Instrument:
    """The instrument in brought words: to be drawn by. It scores and judges answers as before."""
    language = words.language
    return replace(
        instrument,
        items=tuple(_worded(item, words) for item in instrument.items),
        instructions={language: words.instructions},
        wording=Wording.VERBATIM,
    )


def _worded(item: Item, words: Words) -> Item:
    texts, own = words.options_of(item.code), {as_text(each.value): each.value for each in item.options}
    options = tuple(
        Option(own[value] if own else int(value), {words.language: texts[value]})
        for value in values_of(item)
        if value in texts
    )
    return replace(item, label={words.language: words.items[item.code]}, options=options or item.options)


def practice(instrument: Instrument) -> Words:
    """Invented sentences in the place of the words, which say so: for rehearsals."""
    places = {item.code: place for place, item in enumerate(instrument.items, start=1)}
    return Words(
        instrument=instrument.code,
        version=instrument.version,
        language="en",
        instructions="These sentences are invented, for practice: they are not those of the instrument.",
        items={code: f"Invented sentence {place} for practice" for code, place in places.items()},
        options=_practice_options(instrument),
    )


def _practice_options(instrument: Instrument) -> dict[str, dict[str, str]]:
    values = {item.code: values_of(item) for item in instrument.items}
    if len(set(values.values())) == 1:
        values = {EVERY: values_of(instrument.items[0])}
    return {code: {each: _practice_answer(each) for each in named} for code, named in values.items() if named}


def _practice_answer(value: str) -> str:
    return {"true": "Yes", "false": "No"}.get(value, f"invented answer {value}")


def _both(
    place: tuple[str, ...],
    given: Mapping[str, object],
    wanted: Mapping[str, object] | tuple[str, ...],
    *,
    what: str,
) -> Iterator[Misfit]:
    for each in given:
        if each not in wanted:
            yield _strange((*place, each), what, each)
    for each in wanted:
        if each not in given:
            yield Misfit(place, f"no {each}", f"words for every {what}", f"Add {each!r}.")


def _strange(place: tuple[str, ...], what: str, code: str) -> Misfit:
    return Misfit(
        place,
        f"{code!r}",
        f"an {what}" if what[0] in "aeiou" else f"a {what}",
        "Remove it, or check the spelling.",
    )
