"""Checks of the whole: what no part of a study file can show on its own."""

from __future__ import annotations

from holdfast.errors import Problem
from holdfast.protocol.model import Protocol
from holdfast.protocol.reader import Sheet


def problems_of(protocol: Protocol, *, sheet: Sheet) -> list[Problem]:
    """Every problem of the whole, in no particular order."""
    return []
