"""What changed between two protocols, in meaning: parts added, removed, changed.

Parts are matched by their codes, so moving a visit in the file is no change. A rule
is compared by its tree and told in words; a figure by value, unit and status; a
citation once, under ``sources``, however many figures name it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from holdfast.protocol.figures import key_of
from holdfast.protocol.model import Protocol, ScheduledForm
from holdfast.protocol.names import gate_names
from holdfast.protocol.outline import shown
from holdfast.protocol.rules import Declared, differences, parse
from holdfast.sourced import Figure

_UNCOMPARED = frozenset({"text", "hash"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: at which path, and what it was and is (empty where there was or is nothing)."""

    what: Literal["added", "removed", "changed"]
    path: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        if self.what == "added":
            return f"+ {self.path}: {self.new}".removesuffix(": ")
        if self.what == "removed":
            return f"- {self.path}: {self.old}".removesuffix(": ")
        if not self.old:
            return f"~ {self.path}: {self.new}"
        return f"~ {self.path}: {self.old} → {self.new}"


def changes(old: Protocol, new: Protocol) -> tuple[Change, ...]:
    """Every difference in meaning, in the order of a protocol's parts."""
    return tuple(_Comparison(old, new).part("", old, new))


class _Comparison:
    """Two protocols, with what their rules may name and which citations changed."""

    def __init__(self, old: Protocol, new: Protocol) -> None:
        self.old_names: Mapping[str, Declared] = gate_names(old)
        self.new_names: Mapping[str, Declared] = gate_names(new)
        self.recited = {
            (old.sources[key].cite, new.sources[key].cite) for key in old.sources.keys() & new.sources.keys()
        }

    def part(self, path: str, old: BaseModel, new: BaseModel) -> Iterator[Change]:
        for name in type(old).model_fields:
            if name not in _UNCOMPARED:
                yield from self.field(_join(path, name), getattr(old, name), getattr(new, name), name=name)

    def field(self, path: str, old: object, new: object, *, name: str = "") -> Iterator[Change]:
        if old == new:
            return
        if old is None or new is None:
            yield _came_or_went(path, old, new)
        elif isinstance(old, Figure) and isinstance(new, Figure):
            yield from self.figure(path, old, new)
        elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
            yield from self.part(path, old, new)
        elif isinstance(old, dict) and isinstance(new, dict):
            yield from self.keyed(path, old, new)
        elif isinstance(old, tuple) and isinstance(new, tuple) and _parts(old + new):
            yield from self.keyed(path, _by_key(old), _by_key(new))
        elif name == "source" and (old, new) in self.recited:
            return
        elif name == "rule" and isinstance(old, str) and isinstance(new, str):
            yield from self.rule(path, old, new)
        else:
            yield Change("changed", path, brief(old), brief(new))

    def keyed(self, path: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Change]:
        for key, value in old.items():
            if key not in new:
                yield Change("removed", _join(path, key), brief(value))
            else:
                yield from self.field(_join(path, key), value, new[key])
        for key, value in new.items():
            if key not in old:
                yield Change("added", _join(path, key), "", brief(value))

    def figure(self, path: str, old: Figure, new: Figure) -> Iterator[Change]:
        if (old.numbers, old.unit, old.status) != (new.numbers, new.unit, new.status):
            before, after = f"{shown(old)} [{old.status}]", f"{shown(new)} [{new.status}]"
            yield Change("changed", path, before, after)
        elif old.source != new.source and (old.source, new.source) not in self.recited:
            yield Change("changed", f"{path}.source", old.source, new.source)

    def rule(self, path: str, old: str, new: str) -> Iterator[Change]:
        sentences = differences(parse(old), parse(new), old_names=self.old_names, new_names=self.new_names)
        for sentence in sentences:
            yield Change("changed", path, "", sentence)


def _came_or_went(path: str, old: object, new: object) -> Change:
    return Change("added", path, "", brief(new)) if old is None else Change("removed", path, brief(old))


def _parts(given: tuple[object, ...]) -> bool:
    return all(isinstance(one, BaseModel) for one in given)


def _by_key(given: tuple[object, ...]) -> dict[str, object]:
    return {_key(part, index): part for index, part in enumerate(given)}


def _key(part: object, index: int) -> str:
    return f"{part.form} by {part.by}" if isinstance(part, ScheduledForm) else key_of(part, index)


def brief(value: object) -> str:
    """A few words for a part: its English name or label where it has one, a figure's value."""
    if isinstance(value, Figure):
        return shown(value)
    if isinstance(value, BaseModel):
        for name in ("label", "name", "plain", "title", "cite"):
            words = getattr(value, name, None)
            if words:
                return brief(words)
        return ""
    if isinstance(value, dict):
        return " ".join(str(value["en"]).split()) if "en" in value else ", ".join(map(str, value))
    if isinstance(value, tuple):
        return ", ".join(brief(one) for one in value) or "nothing"
    return str(value)


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
