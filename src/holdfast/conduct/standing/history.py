"""How a standing keeps its history and answers a correction.

A standing carries the records it was made from. An ordinary record is applied to what
stands; a correcting one makes the standing be folded anew from the resolved history,
unless its kind is one whose place in the standing is a keyed replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, TypeVar

from holdfast.records.correction import origins_of, resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact

Change = dict[str, Any]
"""Fields of a standing and their new values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What every standing has: its stream and the records that made it, corrections included."""

    stream: str
    history: tuple[Record, ...] = field(default=(), compare=False, repr=False)


S = TypeVar("S", bound=Folded)
Handlers = Mapping[type[Fact], Callable[[S, Record, Any], Change]]


def applied(standing: S, record: Record, *, handlers: Handlers[S]) -> S:
    """The standing after one resolved record; kinds without a handler only enter the history."""
    handler = handlers.get(type(record.fact))
    change = handler(standing, record, record.fact) if handler else {}
    return changed(standing, {**change, "history": (*standing.history, record)})


_FIELDS: dict[type[Folded], tuple[tuple[str, ...], attrgetter[tuple[Any, ...]]]] = {}


def changed(standing: S, change: Change) -> S:
    """The standing with some fields changed: ``dataclasses.replace``, at half its cost."""
    kind: type[Folded] = type(standing)
    if kind not in _FIELDS:
        known = tuple(each.name for each in fields(kind))
        _FIELDS[kind] = known, attrgetter(*known)
    names, values = _FIELDS[kind]
    make: Callable[..., S] = type(standing)
    return make(**dict(zip(names, values(standing), strict=True)) | change)


def refolded(empty: S, history: tuple[Record, ...], *, handlers: Handlers[S]) -> S:
    """The standing folded from zero out of the resolved history, keeping the whole history."""
    standing = empty
    for record in resolve(history):
        standing = applied(standing, record, handlers=handlers)
    return replace(standing, history=history)


def corrected(
    standing: S, record: Record, *, empty: S, handlers: Handlers[S], in_place: frozenset[type[Fact]]
) -> S:
    """The standing after a correcting record.

    ``in_place`` names the kinds whose handler, met again by the same record with another
    fact, leaves what a fold of the resolved history leaves; their corrections cost one
    step instead of a fold. That only holds while corrections come in the order of recording.
    """
    history = (*standing.history, record)
    latest = max(each.recorded_at for each in history)
    if type(record.fact) not in in_place or record.recorded_at < latest:
        return refolded(empty, history, handlers=handlers)
    origin = origins_of(history)[record.id]
    first = next(each for each in history if each.id == origin)
    after = applied(standing, replace(first, fact=record.fact), handlers=handlers)
    return replace(after, history=history)
