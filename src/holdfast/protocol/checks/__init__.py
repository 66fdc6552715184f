"""Checks of the whole: what no part of a study file can show on its own."""

from __future__ import annotations

from holdfast.errors import Problem
from holdfast.protocol.checks import (
    before_dose,
    estimands,
    forecast,
    forms,
    languages,
    people,
    programme,
    safety,
    sessions,
    sharing,
    visits,
    whole,
)
from holdfast.protocol.model import Protocol
from holdfast.protocol.reader import Sheet

MATTERS = (
    whole,
    visits,
    sessions,
    forms,
    people,
    safety,
    before_dose,
    estimands,
    forecast,
    programme,
    languages,
    sharing,
)


def problems_of(protocol: Protocol, *, sheet: Sheet) -> list[Problem]:
    """Every problem of the whole, matter by matter."""
    return [
        sheet.problem(fault.place, found=fault.found, expected=fault.expected, remedy=fault.remedy)
        for matter in MATTERS
        for fault in matter.faults(protocol)
    ]
