"""Doses as taken, and the range within which the studies gave them: outside it nothing is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from holdfast.errors import ImpossibleValue
from holdfast.sourced import Figure, Status

LEAST_MG = Figure(
    value=12.5,
    unit="mg",
    source="25/2: half the low dose of Oehen et al. 2013, NCT00353938; supplements are half the first dose",
    status=Status.DERIVED,
    date="2013",
)
GREATEST_MG = Figure(
    value=150.0,
    unit="mg",
    source="greatest single dose of Kolbrich et al. 2008, J Clin Psychopharmacol 28:432 (46 to 150 mg)",
    status=Status.FOUND,
    date="2008",
)
GREATEST_SUM_MG = Figure(
    value=187.5,
    unit="mg within 12 h",
    source="125 + 62.5 mg, Mithoefer et al. 2011, NCT00090064, as a review lists it (PMC8374929, table 3)",
    status=Status.DERIVED,
    date="2011",
)
LEAST_MEASURED_MG = Figure(
    value=40.0,
    unit="mg",
    source="least dose with kinetics, Fallon et al. 1999, Clin Chem 45:1058",
    status=Status.FOUND_SECONDARY,
    date="1999",
)
LONGEST_H = 48.0
"""The models were held against the day of a dose and a second one at 24 h, no further."""
_SPAN_H = 12.0


class Dose(NamedTuple):
    """An amount of MDMA HCl by mouth (mg) at a time (h from the first)."""

    mg: float
    at_h: float = 0.0


def checked(doses: Sequence[Dose]) -> tuple[Dose, ...]:
    """The doses in order of time.

    Raises:
        ImpossibleValue: one that no study gave: too small, too large, too much within
            12 h, before time 0 or after 48 h.
    """
    ordered = tuple(sorted((Dose(*each) for each in doses), key=lambda dose: dose.at_h))
    for dose in ordered:
        _one(dose)
    for first in ordered:
        near = [each.mg for each in ordered if 0 <= each.at_h - first.at_h < _SPAN_H]
        if sum(near) > GREATEST_SUM_MG.number:
            raise ImpossibleValue(
                f"{' + '.join(f'{mg:g}' for mg in near)} mg within 12 hours is more than any study gave "
                f"({GREATEST_SUM_MG.number:g} mg, Mithoefer 2011); nothing is computed beyond the studies.",
                field="dose",
            )
    return ordered


def _one(dose: Dose) -> None:
    least, greatest = LEAST_MG.number, GREATEST_MG.number
    if not least <= dose.mg <= greatest:
        raise ImpossibleValue(
            f"{dose.mg:g} mg is outside what the studies gave as one dose ({least:g} to {greatest:g} mg); "
            "nothing is computed beyond what was studied.",
            field="dose",
        )
    if not 0 <= dose.at_h <= LONGEST_H:
        raise ImpossibleValue(
            f"A dose at {dose.at_h:g} h cannot be computed; give 0 to {LONGEST_H:g} hours from the first.",
            field="dose",
        )


def from_text(text: str) -> Dose:
    """Read "60@1.75": 60 mg, 1.75 h after the first dose; ImpossibleValue where it is not of that form."""
    amount, at, when = text.partition("@")
    try:
        return Dose(float(amount), float(when if at else "x"))
    except ValueError:
        raise ImpossibleValue(
            f"{text!r} is no supplemental dose; write mg@hours, such as 60@1.75.", field="supplement"
        ) from None


def in_words(doses: Sequence[Dose]) -> str:
    """The doses as people read them: "120 mg at 0 h and 60 mg at 1.75 h"."""
    return " and ".join(f"{dose.mg:g} mg at {dose.at_h:g} h" for dose in doses) or "no dose"


def notes(doses: Sequence[Dose]) -> tuple[str, ...]:
    """What has to be said of these doses: amounts at which kinetics were never measured."""
    least = LEAST_MEASURED_MG.number
    small = [dose for dose in doses if dose.at_h == 0 and dose.mg < least]
    return tuple(
        f"Below {least:g} mg no study at hand measured concentrations: {dose.mg:g} mg is an extrapolation."
        for dose in small
    )
