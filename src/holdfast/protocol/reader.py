"""From the text of a study file to plain data, each piece with its line.

Only events are read; nothing is built by YAML itself, so a file can run no code.
Refused before anything is built: aliases, anchors, merge keys, tags, nesting deeper
than ``DEPTH``, text above ``BYTES``, a key given twice, more than one document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from holdfast.errors import Problem, StudyFileError

DEPTH = 30
BYTES = 1_000_000
ENOUGH = 50
"""A file is read no further once so many things in it are refused."""

Place = tuple[str | int, ...]
Data = str | int | float | bool | None | list["Data"] | dict[str, "Data"]
Where = TypeVar("Where", int, str)

_WHOLE = re.compile(r"[-+]?[0-9]{1,18}\Z")
_REAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]{1,3})?\Z")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A study file as plain data, with the line (from 1) on which each place begins."""

    name: str
    text: str
    root: dict[str, Data]
    lines: dict[Place, int] = field(repr=False)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest place around it."""
        return nearest(self.lines, place, 1)

    def at(self, place: Place) -> Data:
        """The data at a place; None where there is nothing."""
        return held(self.root, place)

    def problem(self, place: Place, *, found: str, expected: str, remedy: str) -> Problem:
        """A problem at a place of this file."""
        return Problem(f"{self.name}:{self.line(place)}", dotted(place), found, expected, remedy)


def nearest(where: Mapping[Place, Where], place: Place, start: Where) -> Where:
    """Where a place stands, or the nearest place around it; ``start`` where not even the whole is known."""
    while place and place not in where:
        place = place[:-1]
    return where.get(place, start)


def held(root: Data, place: Place) -> Data:
    """The data at a place of nested collections; None where there is nothing."""
    here = root
    for step in place:
        if not has(here, step):
            return None
        here = within(here, step)
    return here


def has(here: Data, step: str | int) -> bool:
    """Whether a collection holds that key or position."""
    if isinstance(here, dict):
        return isinstance(step, str) and step in here
    return isinstance(here, list) and isinstance(step, int) and 0 <= step < len(here)


def within(here: Data, step: str | int) -> Data:
    """What a collection holds there; None where it ``has`` nothing."""
    if isinstance(here, dict) and isinstance(step, str):
        return here.get(step)
    return here[step] if isinstance(here, list) and isinstance(step, int) and has(here, step) else None


def dotted(place: Place) -> str:
    """A place in words of a path: ``visits[3].day.value``."""
    path = ""
    for step in place:
        path += f"[{step}]" if isinstance(step, int) else (f".{step}" if path else step)
    return path


def text_of(content: bytes, *, name: str) -> str:
    """The text of a study file's bytes, with LF line ends and no byte-order mark."""
    if len(content) > BYTES:
        _refuse(
            name, 1, f"{len(content)} bytes", f"at most {BYTES}", "A protocol is text: keep data out of it."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        _refuse(name, line, "bytes that are not UTF-8", "UTF-8 text", "Save the file as UTF-8.")
    return with_lf(text)


def with_lf(text: str) -> str:
    """The text with LF line ends: what is hashed, whatever machine it was saved on."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str, *, name: str) -> Sheet:
    """The plain data of a study file's text; StudyFileError with every refused construct."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > BYTES:
        _refuse(name, 1, f"{size} bytes", f"at most {BYTES}", "A protocol is text: keep data out of it.")
    events, problems = _screened(text, name=name)
    if problems:
        raise StudyFileError(tuple(problems))
    return _build(events, text=text, name=name)


def _refuse(name: str, line: int, found: str, expected: str, remedy: str) -> None:
    raise StudyFileError((Problem(f"{name}:{line}", "", found, expected, remedy),))


def _screened(text: str, *, name: str) -> tuple[list[Event], list[Problem]]:
    events: list[Event] = []
    problems: list[Problem] = []
    depth = 0
    documents = 0
    try:
        for event in _events(text):
            events.append(event)
            line = event.start_mark.line + 1
            documents += isinstance(event, DocumentStartEvent)
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, MappingEndEvent | SequenceEndEvent)
            for found, expected, remedy in _forbidden(event, depth=depth, documents=documents):
                problems.append(Problem(f"{name}:{line}", "", found, expected, remedy))
            if depth > DEPTH or len(problems) >= ENOUGH:
                break
    except YAMLError as error:
        problems.append(_syntax(error, text=text, name=name))
    except (ValueError, RecursionError, IndexError, OverflowError) as error:
        # ruamel's scanner lets a few of these out on malformed escapes and directives
        problems.append(
            Problem(f"{name}:1", "", f"text that is not YAML ({error})", "YAML", "Mend the syntax.")
        )
    return events, problems


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


def _forbidden(event: Event, *, depth: int, documents: int) -> Iterator[tuple[str, str, str]]:
    if documents > 1 and isinstance(event, DocumentStartEvent):
        yield "a second document", "one document", "Remove the line '---'."
    if isinstance(event, AliasEvent):
        yield f"the alias *{event.anchor}", "the value itself", "Write the value out; aliases are refused."
        return
    anchor = getattr(event, "anchor", None)
    if anchor:
        yield f"the anchor &{anchor}", "no anchors", "Remove it; shared citations go into 'sources'."
    tag = getattr(event, "tag", None)
    if tag:
        yield f"the tag {str(tag)!r}", "no tags", "Remove it; the schema knows every type."
    if isinstance(event, ScalarEvent) and event.value == "<<" and event.style is None:
        yield "the merge key <<", "the keys themselves", "Write the keys out; merging is refused."
    if depth > DEPTH and isinstance(event, CollectionStartEvent):
        yield f"nesting deeper than {DEPTH}", f"at most {DEPTH} levels", "Flatten this part."


def _syntax(error: YAMLError, *, text: str, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None) if isinstance(error, MarkedYAMLError) else None
    # A character that YAML forbids is told by its position in the text, without a mark.
    before = text[: getattr(error, "position", 0)]
    line = mark.line + 1 if mark is not None else before.count("\n") + 1
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    remedy = "Mend the syntax: often a missing quote, colon or indent, here or on the line before."
    return Problem(f"{name}:{line}", "", f"text that is not YAML ({said})", "YAML", remedy)


def plain(event: ScalarEvent) -> Data:
    """The value of a scalar: numbers, true, false and null where unquoted; text otherwise."""
    text: str = event.value
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.match(text):
        return int(text)
    return float(text) if _REAL.match(text) else text


@dataclass(slots=True)
class _Open:
    """A collection being filled."""

    value: dict[str, Data] | list[Data]
    place: Place
    key: str | None = None


def _build(events: list[Event], *, text: str, name: str) -> Sheet:
    stack: list[_Open] = []
    lines: dict[Place, int] = {(): 1}
    problems: list[Problem] = []
    root: Data = None
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            stack.pop()
            continue
        if not isinstance(event, ScalarEvent | CollectionStartEvent):
            continue
        if _takes_key(stack):
            _open_key(stack[-1], event, line=line, lines=lines, name=name, problems=problems)
            continue
        value: Data = plain(event) if isinstance(event, ScalarEvent) else _empty(event)
        place = _put(stack, value, line=line, lines=lines)
        root = value if not place and root is None else root
        if isinstance(value, dict | list):
            stack.append(_Open(value, place))
    if not isinstance(root, dict):
        found = "an empty file" if root is None else "a list" if isinstance(root, list) else "bare text"
        problems.append(
            Problem(f"{name}:1", "", found, "a mapping with 'holdfast: 1'", "Start from a shipped study.")
        )
    if problems or not isinstance(root, dict):
        raise StudyFileError(tuple(problems))
    return Sheet(name, text, root, lines)


def _empty(event: Event) -> Data:
    empty: Data = {} if isinstance(event, MappingStartEvent) else []
    assert isinstance(event, MappingStartEvent | SequenceStartEvent)
    return empty


def _takes_key(stack: list[_Open]) -> bool:
    return bool(stack) and isinstance(stack[-1].value, dict) and stack[-1].key is None


def _open_key(
    here: _Open, event: Event, *, line: int, lines: dict[Place, int], name: str, problems: list[Problem]
) -> None:
    if not isinstance(event, ScalarEvent):
        found, remedy = "a list or mapping as a key", "Quote it, or give it a name."
        problems.append(Problem(f"{name}:{line}", dotted(here.place), found, "a word as key", remedy))
        raise StudyFileError(tuple(problems))
    key: str = event.value
    assert isinstance(here.value, dict)
    if key in here.value:
        first = lines[(*here.place, key)]
        remedy = "Remove one of the two: which one holds would be a guess."
        found = f"the key {key!r} a second time (first on line {first})"
        problems.append(Problem(f"{name}:{line}", dotted((*here.place, key)), found, "each key once", remedy))
    else:
        lines[(*here.place, key)] = line
    here.key = key


def _put(stack: list[_Open], value: Data, *, line: int, lines: dict[Place, int]) -> Place:
    if not stack:
        return ()
    here = stack[-1]
    if isinstance(here.value, list):
        here.value.append(value)
        place: Place = (*here.place, len(here.value) - 1)
        lines[place] = line
        return place
    assert here.key is not None
    key, here.key = here.key, None
    here.value[key] = value
    return (*here.place, key)
