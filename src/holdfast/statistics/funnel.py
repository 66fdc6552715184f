"""Funnel plots: which units lie further from what was expected than chance takes them.

A unit is held against its own expectation, so that case-mix is in it: the number of responders
against the exact distribution of a sum of independent chances (Poisson binomial), a mean against
normal limits of its size. Limits widen as units get smaller; units are never ranked
(Spiegelhalter 2005, doi:10.1002/sim.1970).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Floats
from holdfast.statistics.proportions import check_level

LEVELS = (0.95, 0.998)
"""Two and three standard errors, nearly: the customary inner and outer limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which values a unit lies with at least the chance ``level``, if it is as all the others."""

    level: float
    lower: float
    upper: float

    def beyond(self, value: float) -> bool:
        """Whether a value lies outside."""
        return not self.lower <= value <= self.upper


def count_distribution(chances: npt.ArrayLike) -> Floats:
    """The exact distribution (n + 1,) of how many of n independent events come; ``chances`` (n,)."""
    each = np.asarray(chances, dtype=np.float64)
    if each.ndim != 1 or not np.all((each >= 0) & (each <= 1)):
        raise ImpossibleValue("Chances are numbers from 0 to 1.", field="chances")
    found = np.ones(1)
    for chance in each:
        found = np.convolve(found, (1.0 - chance, chance))
    return found


def count_limits(chances: npt.ArrayLike, *, level: float = 0.95) -> Limits:
    """Exact limits of a count: no more than half of 1 - level lies beyond either of them.

    Whole numbers, so the true level is ``level`` or more.
    """
    check_level(level)
    mass = count_distribution(chances)
    tail = (1.0 - level) / 2.0
    # Rounding of a sum of many small numbers must not move a limit.
    slack = 1e-12
    lower = int(np.argmax(np.cumsum(mass) > tail + slack))
    upper = len(mass) - 1 - int(np.argmax(np.cumsum(mass[::-1]) > tail + slack))
    return Limits(level, float(lower), float(upper))


def mean_limits(n: int, *, centre: float, sd: float, level: float = 0.95) -> Limits:
    """Normal limits of the mean of ``n`` values of a spread ``sd`` around ``centre``."""
    check_level(level)
    if n < 1 or not sd >= 0:
        raise ImpossibleValue(f"A mean is of at least one value with a spread; found n {n}, sd {sd}.")
    half = float(ndtri(0.5 + level / 2.0)) * sd / math.sqrt(n)
    return Limits(level, centre - half, centre + half)
