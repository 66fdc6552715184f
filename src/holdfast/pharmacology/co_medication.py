"""People who take a medicine: what it leaves of CYP2D6 and of each effect, drawn from its range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from holdfast import dice
from holdfast.pharmacology.medications import Medication, drawable
from holdfast.pharmacology.people import Floats, Population
from holdfast.sourced import Figure

EFFECTS = ("felt", "systolic", "diastolic", "heart_rate", "temperature")


def taking(people: Population, medicine: str, *, seed: int | None = None) -> Population:
    """The same people under a medicine; each draws from its range, or has its middle without a seed.

    Raises:
        UnknownName: it is not in the list.
        Refusal: it is an absolute stop, or no size of its effect is known.
    """
    found, n = drawable(medicine), len(people)
    left = {name: _drawn(found, name, found.effects.get(name), n, seed) for name in EFFECTS}
    return replace(
        people,
        share_left=_drawn(found, "share", found.share_left, n, seed),
        with_felt=left["felt"],
        with_systolic=left["systolic"],
        with_diastolic=left["diastolic"],
        with_heart_rate=left["heart_rate"],
        with_temperature=left["temperature"],
    )


def _drawn(medicine: Medication, what: str, figure: Figure | None, n: int, seed: int | None) -> Floats:
    if figure is None:
        return np.ones(n)
    low, high = figure.numbers
    if seed is None:
        return np.full(n, (low + high) / 2)
    # Pressure and rate of one person are reduced together: they share a stream.
    stream = what if what in ("felt", "share") else "body"
    u = dice.uniform(seed, 0, np.arange(n), f"pharmacology-with-{medicine.name}-{stream}")
    return low + (high - low) * u
