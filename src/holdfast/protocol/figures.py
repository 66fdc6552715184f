"""Every figure of a protocol by its path, and those that a live study must have signed.

A path names parts by their codes, not by their positions, so that it still means the
same figure after an amendment: ``limits.systolic-stop.value``, ``visits.dosing-1.day``,
``sessions.dosing-1.first.mg.mdma``, ``settings.fasting-hours.value``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from holdfast.protocol.model import Protocol
from holdfast.sourced import Figure

_NAMES = ("code", "visit", "form", "name", "factor", "test")


def figures(protocol: Protocol) -> Mapping[str, Figure]:
    """Every figure by its path, in the order of the protocol's parts."""
    return dict(_walk("", protocol))


def unsigned(protocol: Protocol) -> tuple[str, ...]:
    """The paths that have no value in a live study until a physician of the site signs one."""
    return tuple(path for path, figure in figures(protocol).items() if figure.needs_signature)


def _walk(path: str, here: object) -> Iterator[tuple[str, Figure]]:
    if isinstance(here, Figure):
        yield path, here
    elif isinstance(here, BaseModel):
        for name in type(here).model_fields:
            yield from _walk(_join(path, name), getattr(here, name))
    elif isinstance(here, dict):
        for key, value in here.items():
            yield from _walk(_join(path, str(key)), value)
    elif isinstance(here, tuple):
        for index, value in enumerate(here):
            yield from _walk(_join(path, key_of(value, index)), value)


def key_of(part: object, index: int) -> str:
    """What a part of a list is called in a path: its code, or its position from 0."""
    for name in _NAMES:
        word = getattr(part, name, None)
        if isinstance(word, str):
            return word
    return str(index)


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
