"""From a stored body to a fact of today: upgrades by kind and version, then a check of types.

An upgrade is a pure function from the body of one version to that of the next. It is
registered beside the others in this file and never removed: records of every release
stay readable. The chain covers the body as written, never the upgraded one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

from holdfast.errors import BrokenRecord, UnknownName
from holdfast.records import catalogue
from holdfast.records.fact import Fact, Json

Body = Mapping[str, Json]
Upgrade = Callable[[Body], Body]
UPGRADES: dict[tuple[str, int], Upgrade] = {}

Check = Callable[[object], bool]
Shape = tuple[Mapping[str, Check], frozenset[str]]
_SHAPES: dict[type[Fact], Shape] = {}


def upgrade(kind: str, *, version: int) -> Callable[[Upgrade], Upgrade]:
    """Register a function that takes a body of this version to version + 1."""

    def register(step: Upgrade) -> Upgrade:
        if (kind, version) in UPGRADES:
            raise ValueError(f"two upgrades lead from version {version} of {kind!r}")
        UPGRADES[kind, version] = step
        return step

    return register


def fact_from(kind: str, version: int, body: Body) -> Fact:
    """The fact of a stored body.

    Raises UnknownName for a kind or version of a later release, BrokenRecord for a body
    that lacks fields, has others, or holds values of the wrong type.
    """
    cls = catalogue.kind_named(kind)
    if version > cls.VERSION:
        raise UnknownName(
            f"A record of kind {kind!r} is of version {version}; this release knows versions up to "
            f"{cls.VERSION}. Read it with a later release."
        )
    for at in range(version, cls.VERSION):
        if (kind, at) not in UPGRADES:
            raise BrokenRecord(f"No upgrade leads from version {at} of record kind {kind!r} to the next.")
        body = UPGRADES[kind, at](body)
    return _build(cls, body)


def _build(cls: type[Fact], body: Body) -> Fact:
    if cls not in _SHAPES:
        _SHAPES[cls] = _shape(cls)
    checks, needed = _SHAPES[cls]
    unknown = sorted(set(body) - set(checks))
    missing = sorted(needed - set(body))
    if unknown or missing:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has unknown {', '.join(unknown)}"] if unknown else []
        raise BrokenRecord(f"The body of a {cls.KIND!r} record {' and '.join(parts)}.")
    for name, value in body.items():
        if not checks[name](value):
            raise BrokenRecord(
                f"The body of a {cls.KIND!r} record has {name} = {value!r}; "
                f"expected {cls.__dataclass_fields__[name].type}."
            )
    make: Callable[..., Fact] = cls
    return make(**body)


def _shape(cls: type[Fact]) -> Shape:
    hints = get_type_hints(cls)
    needed = frozenset(
        each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING
    )
    return {each.name: _check_for(hints[each.name]) for each in fields(cls)}, needed


def _check_for(hint: object) -> Check:
    """A test of one value against an annotation of the kinds that facts use."""
    if get_origin(hint) in (Union, UnionType):
        tests = [_check_for(part) for part in get_args(hint)]
        return lambda value: any(test(value) for test in tests)
    if hint is float:
        return lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if hint in (str, bool):
        return lambda value: type(value) is hint
    if hint is type(None):
        return lambda value: value is None
    if get_origin(hint) is dict:
        return lambda value: isinstance(value, dict)
    if get_origin(hint) is tuple:
        inner = _check_for(get_args(hint)[0]) if get_args(hint)[0] in (str, float) else lambda value: True
        return lambda value: isinstance(value, (list, tuple)) and all(inner(held) for held in value)
    if get_origin(hint) is list:
        return lambda value: isinstance(value, (list, tuple))
    raise TypeError(f"facts do not use the annotation {hint!r}; teach records/upgrade.py its check")


@upgrade("gate-overridden", version=1)
def _gate_overridden_2(body: Body) -> Body:
    """Version 2 says how a physician overrode; before it, only who was signed in could."""
    return {**body, "how": "present"}


@upgrade("vitals-read", version=1)
def _vitals_read_2(body: Body) -> Body:
    """Before, a reading was recorded as it was typed, or not at all."""
    return {**body, "typed": ""}


@upgrade("adverse-event", version=1)
def _no_peak_was_kept(body: Body) -> Body:
    """When it was worst, and who rated it so, was not recorded before version 2."""
    return {**body, "peak": "", "rated": {}}
