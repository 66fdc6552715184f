"""The live regions of a session's page, painted once for all who follow it.

A region is one template of ``regions.html``. Its text is a function of the values it reads from its
context, and those are written down while it is drawn: where another viewer, or the next news,
brings the same values, the text is taken again instead of drawn. So nothing has to be declared
about a region, and none can reach somebody whose own context would not draw it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from django.template import Context, Node, Template
from django.template.loader import get_template
from django.template.loader_tags import IncludeNode
from django.utils import translation

from holdfast.clinic.dosing.page import own, shared
from holdfast.clinic.dosing.room import Room, seen_by, unseen
from holdfast.clinic.dosing.shown import Answered
from holdfast.conduct.standing import SessionStanding
from holdfast.protocol.roles import Role

HEAD, REGIONS = "dosing/head.html", "dosing/regions.html"
THERE = "regions that are there"
ABSENT = object()
LASTING = timedelta(seconds=20)
"""So long an open page goes by the names and lists that were read; nobody's rights are read off them."""
_NAMED = re.compile(r'<\w+ id="([\w-]+)" (?:data-live|class="regions)')
# What the browser counts on by itself is not news: ages, countdowns, the line of now, stale or not.
_TICKED = re.compile(r'(\sdata-(?:age|until|t0)="[^"]*"[^>]*>)[^<]*')
_NOW = re.compile(r'<line class="now"[^>]*>|(?<=class="tile) stale')


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, as far as it may change what is shown: the person, their roles here, their language."""

    author: str
    held: tuple[Role, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Region:
    """One region as drawn; ``said`` is its text without what the browser counts on by itself."""

    id: str
    html: str
    said: str


@dataclass(frozen=True, slots=True)
class Painting:
    """What one viewer is shown at a moment: the regions, and the frame that says where they stand."""

    at: datetime
    frame: Region
    regions: tuple[Region, ...]

    def changed_since(self, before: Painting) -> tuple[Region, ...]:
        """The regions that say something else than they did, or were not there."""
        said = {each.id: each.said for each in before.regions}
        return tuple(each for each in self.regions if said.get(each.id) != each.said)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A region and the values it was drawn from, by name."""

    read: Mapping[tuple[str, ...], object]
    region: Region | None

    def holds_for(self, values: Mapping[str, Any]) -> bool:
        for path, value in self.read.items():
            now = values.get(path[0], ABSENT) if len(path) == 1 else _value(values, path)
            if now is not value and now != value:
                return False
        return True


_Store = dict[tuple[str, str], list[_Drawn]]


class Painter:
    """Paints one session again and again; used by one thread at a time."""

    def __init__(self, study: str, participant: str, visit: str, *, site: str) -> None:
        self.session, self.site = (study, participant, visit), site
        self._lasting: dict[Hashable, Any] = {}
        self._lasting_since = datetime.min.replace(tzinfo=UTC)
        self._drawn: _Store = {}

    def paint(self, viewers: Collection[Viewer], *, now: datetime) -> dict[Viewer, Painting]:
        """What each viewer is shown now."""
        people = sorted({each.author for each in viewers})
        if not timedelta(0) <= now - self._lasting_since < LASTING:
            self._lasting, self._lasting_since = {}, now
        room = unseen(*self.session, now=now, site=self.site, viewers=people, lasting=self._lasting)
        drawn: _Store = {}
        painted: dict[Viewer, Painting] = {}
        for language in sorted({each.language for each in viewers}):
            with translation.override(language):
                alike = shared(room)
                for each in viewers:
                    if each.language == language:
                        values = {**alike, **_own(room, each), "fresh": ""}
                        painted[each] = self._painting(values, language, room, drawn)
        self._drawn = drawn  # what this painting used; older drawings are forgotten
        return painted

    def _painting(self, values: dict[str, Any], language: str, room: Room, drawn: _Store) -> Painting:
        there: dict[str, Region] = {}
        for name in parts():
            if region := self._region(name, values, language, drawn):
                there[name] = region
        placed = {**values, THERE: {name: each.id for name, each in there.items()}}
        frame = self._region(REGIONS, placed, language, drawn)
        if frame is None:
            raise ValueError(f"{REGIONS} drew nothing")
        return Painting(room.at.at, frame, tuple(there.values()))

    def _region(self, name: str, values: dict[str, Any], language: str, drawn: _Store) -> Region | None:
        known = drawn.setdefault((language, name), [])
        one = _first(known, values)
        if one is None:
            one = _first(self._drawn.get((language, name), ()), values) or _draw(name, values)
            known.append(one)
        return one.region


def _own(room: Room, viewer: Viewer) -> dict[str, Any]:
    return own(seen_by(room, viewer.author, viewer.held), Answered(), looked_at={})


def _first(known: Collection[_Drawn], values: Mapping[str, Any]) -> _Drawn | None:
    return next((each for each in known if each.holds_for(values)), None)


@cache
def parts() -> tuple[str, ...]:
    """The templates of the regions, in the order of the page."""
    return HEAD, *_included(_template(REGIONS))


def _included(template: Template) -> Iterator[str]:
    for node in template.nodelist.get_nodes_by_type(IncludeNode):
        if isinstance(node, IncludeNode):
            yield str(node.template.var)


@cache
def _template(name: str) -> Template:
    found: Template = get_template(name).template  # type: ignore[attr-defined]
    return found


def _draw(name: str, values: Mapping[str, Any]) -> _Drawn:
    watched = _Watched(values)
    context = Context(watched)
    context.push()  # what the template itself names is no value it was given
    html = (_frame(context) if name == REGIONS else _template(name).render(context)).strip()
    if not html:
        return _Drawn(watched.read, None)
    named = _NAMED.match(html)
    if named is None:
        raise ValueError(f"{name} does not begin with an element that has an id and data-live")
    return _Drawn(watched.read, Region(named[1], html, _NOW.sub("", _TICKED.sub(r"\1", html))))


def _frame(context: Context) -> str:
    """``regions.html`` with a place in the stead of each region."""
    template, there = _template(REGIONS), context[THERE]
    with context.render_context.push_state(template), context.bind_template(template):
        return "".join(
            _place(node, there) or str(node.render_annotated(context)) for node in template.nodelist
        )


def _place(node: Node, there: Mapping[str, str]) -> str:
    if not isinstance(node, IncludeNode):
        return ""
    id_ = there.get(str(node.template.var))
    return f'<div data-slot="{id_}"></div>' if id_ else " "


# --- what a template reads -------------------------------------------------------------


class _Watched(dict[str, Any]):
    """The values of a context that writes down which of them are asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.read: dict[tuple[str, ...], object] = {}

    def __contains__(self, name: object) -> bool:
        there = super().__contains__(name)
        if not there:
            self.read[(str(name),)] = ABSENT
        return there

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        # Of these two a template reads a little, and something in them is new each time.
        if isinstance(value, (Room, SessionStanding)):
            return _Watching(name, value, self.read)
        self.read[(name,)] = value
        return value


class _Watching:
    """Something large, of which only the parts that are asked for are written down."""

    def __init__(self, name: str, thing: object, read: dict[tuple[str, ...], object]) -> None:
        self._name, self._thing, self._read = name, thing, read

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._thing, attribute)
        self._read[self._name, attribute] = value
        return value


def _value(values: Mapping[str, Any], path: tuple[str, ...]) -> object:
    value: object = values.get(path[0], ABSENT)
    for attribute in path[1:]:
        value = getattr(value, attribute, ABSENT)
    return value
