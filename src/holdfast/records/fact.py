"""Facts: frozen bodies of records, each of a registered kind and version.

Field values are JSON-native (text, number, boolean, None, tuples and maps of them),
so that the canonical body is the fact itself. No fact holds an arm or an amount of
drug: they name dose steps, slots and kits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar, TypeVar, cast, dataclass_transform

from holdfast.errors import UnknownName

Json = None | bool | int | float | str | tuple["Json", ...] | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Fact:
    """The body of a record. ``KIND`` and ``VERSION`` are set by the ``kind`` decorator."""

    KIND: ClassVar[str]
    VERSION: ClassVar[int]

    def __post_init__(self) -> None:
        # Lists and unsorted maps would come back from storage as something else; a fact
        # must be the same value, down to the order of its keys, before and after.
        for name in names_of(type(self)):
            held = getattr(self, name)
            if isinstance(held, (list, tuple, dict)):
                object.__setattr__(self, name, settled(held))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted(Fact):
    """What stands where a body was redacted: only its kind and version are left."""

    KIND: ClassVar[str] = "redacted"
    VERSION: ClassVar[int] = 1

    of_kind: str
    of_version: int


def settled(value: Json) -> Json:
    """The one form of a value that may be put in several: lists as tuples, maps sorted by key."""
    if isinstance(value, (list, tuple)):
        return tuple(settled(held) for held in value)
    if isinstance(value, dict):
        return {key: settled(value[key]) for key in sorted(value)}
    return value


F = TypeVar("F", bound=type[Fact])
KINDS: dict[str, type[Fact]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def kind(name: str, *, version: int = 1) -> Callable[[F], F]:
    """Make a class a frozen fact of a named kind and enter it into ``KINDS``."""

    def register(cls: F) -> F:
        frozen = cast(F, dataclass(frozen=True, slots=True, kw_only=True)(cls))
        frozen.KIND = name
        frozen.VERSION = version
        if name in KINDS:
            raise ValueError(f"two kinds of fact are called {name!r}")
        KINDS[name] = frozen
        return frozen

    return register


def to_body(fact: Fact) -> dict[str, Json]:
    """The fact as a JSON-native map, in the order of its fields."""
    return {name: getattr(fact, name) for name in names_of(type(fact))}


_NAMES: dict[type[Fact], tuple[str, ...]] = {}


def names_of(kind: type[Fact]) -> tuple[str, ...]:
    """The names of a kind's fields, in order; asked for with every record, so worked out once."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(each.name for each in fields(kind))
    return _NAMES[kind]


def kind_named(name: str) -> type[Fact]:
    """The fact class of a kind; UnknownName where there is none."""
    if name not in KINDS:
        raise UnknownName(f"There is no kind of record called {name!r}; it may be from a later release.")
    return KINDS[name]
