"""Which monoamine MDMA moves most readily: an order, never an amount.

In-vitro constants differ more than tenfold between assays, so nothing here becomes a
concentration or a share of release: each source gives its own order, and where they
disagree that is the answer.
"""

from __future__ import annotations

from typing import NamedTuple

from holdfast.pharmacology.parameters import MOLAR_MASS
from holdfast.sourced import Figure, Status

MONOAMINES = {"NET": "noradrenaline", "SERT": "serotonin", "DAT": "dopamine"}
CELLS = (
    "uptake inhibition, human transporters in HEK293 cells; Pifl, Nagy et al. / Mayer et al., cited elsewhere"
)
VERRICO = "affinity order NET >> SERT >= DAT in HEK293 cells, Verrico et al. 2005, as cited elsewhere"
WARNING = (
    "Rank order only: in-vitro constants differ more than tenfold between assays, and the ease with which a "
    "transporter is engaged is not the amount released. In extent, serotonin is released most."
)

HALF_INHIBITION = {
    name: Figure(value=value, unit="uM", source=CELLS, status=Status.FOUND_SECONDARY, date="2026")
    for name, value in (("NET", 2.1), ("SERT", 7.6), ("DAT", 12.6))
}
"""IC50 of uptake; the years of the works are not at hand, the date is that of this table."""

HALF_RELEASE = {
    name: Figure(
        value=value,
        unit="nM",
        source="rat synaptosomes, from memory, no source at hand: verify before use",
        status=Status.RECALLED_UNVERIFIED,
        date="2026",
    )
    for name, value in (("SERT", 56.6), ("NET", 77.4), ("DAT", 376.0))
}


class Ranked(NamedTuple):
    """One order of the three monoamines, most readily first, and where it comes from."""

    order: tuple[str, ...]
    source: str
    status: Status


def orders() -> tuple[Ranked, ...]:
    """The orders at hand; each is the order of its figures and says nothing of distances."""
    found = []
    for figures in (HALF_INHIBITION, HALF_RELEASE):
        ranked = sorted(figures, key=lambda name: figures[name].number)
        first = next(iter(figures.values()))
        found.append(Ranked(tuple(MONOAMINES[name] for name in ranked), first.source, first.status))
    affinity = Ranked(("noradrenaline", "serotonin", "dopamine"), VERRICO, Status.FOUND_SECONDARY)
    return (found[0], affinity, found[1])


def micromolar(nanograms_per_ml: float) -> float:
    """A plasma concentration of MDMA in umol/L (220 ng/mL is 1.14)."""
    return nanograms_per_ml / MOLAR_MASS.number
