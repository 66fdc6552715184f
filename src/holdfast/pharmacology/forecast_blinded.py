"""The band a blinded room may see: the highest dose allowed, the same for every participant.

Nothing personal can come in: no reading, weight, medicine, fit or posterior is an argument, and
nothing of ``forecast`` is imported here. What it shows moves with the protocol only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology.day import Model
from holdfast.pharmacology.doses import Dose, checked, in_words
from holdfast.pharmacology.explain import Band
from holdfast.pharmacology.forecast_bands import bands
from holdfast.pharmacology.forecast_members import fresh, nothing
from holdfast.pharmacology.forecast_prior import HOURS, prior
from holdfast.pharmacology.system import Floats

SHOWN = np.arange(0, HOURS.size, 2)
"""Bands are given every ten minutes."""


class Step(NamedTuple):
    """A step of the protocol at an hour of the protocol: every amount (mg) that any arm may give there."""

    at_h: float
    mg: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BlindedBand:
    """Bands of readings at T hours for the highest dose allowed, and what has to be said beside them."""

    time_h: Floats
    bands: dict[str, Band]
    words: tuple[str, ...]


def blinded_band(steps: Sequence[Step], *, model: Model = Model.B) -> BlindedBand:
    """The band for the highest dose allowed at this point: what every arm may give at each step so far.

    Raises:
        ImpossibleValue: a step without an amount above 0, or doses no study gave.
    """
    return _band(tuple(Dose(_highest(step), step.at_h) for step in steps), model)


def _highest(step: Step) -> float:
    if not step.mg or not max(step.mg) > 0:
        raise ImpossibleValue(
            f"The step at {step.at_h:g} h allows no amount above 0 mg; give what any arm may get.",
            field="dose",
        )
    return max(step.mg)


@lru_cache(maxsize=16)
def _band(doses: tuple[Dose, ...], model: Model) -> BlindedBand:
    expected = prior(doses, model=model)
    return BlindedBand(
        time_h=HOURS[SHOWN],
        bands=bands(fresh(expected), expected, nothing(expected), SHOWN),
        words=(
            f"The band of readings after the highest dose allowed, {in_words(checked(doses))}: the same for "
            "every participant of the study, whatever was given and whatever was read.",
            f"It is of {len(expected):,} virtual people; half of the readings are expected in the dark band, "
            "nine of ten in the light one. All effects are calibrated; how readings scatter is assumed.",
            BOUND,
            NO_ALARM,
        ),
    )


BOUND = (
    "Dotted and dashed: the bound without acute tolerance, its middle and one in twenty above. With "
    "tolerance a second dose looks harmless to the pressure, and no study has tested that."
)
NO_ALARM = "This is an expectation, not an alarm and not a medical device: act on readings and limits."
