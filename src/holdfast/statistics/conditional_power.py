"""What an interim result says of the end: conditional and predictive power.

The z statistic at information fraction t and the drift (the expected z at full
information) are all that is needed. Lachin 2005, doi:10.1002/sim.2151 (stochastic
curtailment) · Spiegelhalter, Freedman, Blackburn 1986, doi:10.1016/0197-2456(86)90003-6
(predictive power).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from holdfast.errors import ImpossibleValue
from holdfast.statistics.boundaries import stopping
from holdfast.statistics.crossing import Going
from holdfast.statistics.sequential import Design, averaged

Floats = npt.NDArray[np.float64]

_Z_975 = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class InterimPower:
    """The chance of crossing a later upper boundary, by what is believed of the drift.

    ``trend``: the drift is the interim estimate · ``planned``: the drift of the design ·
    ``null``: no effect · ``predictive``: averaged over the posterior of the drift.
    """

    look: int
    z: float
    trend_drift: float
    trend: float
    planned: float
    null: float
    predictive: float


def trend_drift(z: float, fraction: float) -> float:
    """The drift that the interim result itself suggests: z / √fraction."""
    _check(z, fraction)
    return z / math.sqrt(fraction)


def conditional_power(z: float, fraction: float, drift: float, *, upper: float = _Z_975) -> float:
    """The chance of a z of at least ``upper`` at full information, given ``z`` at ``fraction``, at ``drift``.

    Raises ImpossibleValue where the fraction does not lie between 0 and 1.
    """
    _check(z, fraction)
    left = 1.0 - fraction
    return float(ndtr((z * math.sqrt(fraction) + drift * left - upper) / math.sqrt(left)))


def predictive_power(
    z: float, fraction: float, *, prior_mean: float = 0.0, prior_sd: float = math.inf, upper: float = _Z_975
) -> float:
    """The same, averaged over what ``z`` leaves of a normal prior of the drift (flat unless given).

    ``prior_mean`` and ``prior_sd`` are in units of the drift: effect / standard error at full information.
    """
    _check(z, fraction)
    mean, variance = posterior_drift(z, fraction, prior_mean=prior_mean, prior_sd=prior_sd)
    left = 1.0 - fraction
    spread = math.sqrt(left + left * left * variance)
    return float(ndtr((z * math.sqrt(fraction) + mean * left - upper) / spread))


def posterior_drift(
    z: float, fraction: float, *, prior_mean: float = 0.0, prior_sd: float = math.inf
) -> tuple[float, float]:
    """Mean and variance of the drift after ``z`` at ``fraction``, from a normal prior."""
    if not prior_sd > 0.0:
        raise ImpossibleValue(
            f"The standard deviation of a prior must be positive, not {prior_sd}.", field="prior_sd"
        )
    precision = 1.0 / prior_sd**2
    total = precision + fraction
    return (precision * prior_mean + z * math.sqrt(fraction)) / total, 1.0 / total


def later_power(design: Design, look: int, z: float, drift: float) -> Floats:
    """The chances of crossing the upper boundary by each look after ``look`` (counted from 1), at ``drift``.

    Futility boundaries yet to come are obeyed. Raises ImpossibleValue where no look is left.
    """
    if not 1 <= look < len(design.looks):
        raise ImpossibleValue(
            f"Conditional power needs a look before the last of {len(design.looks)}, not look {look}.",
            field="look",
        )
    fraction = float(design.looks[look - 1])
    _check(z, fraction)
    start = Going(np.array([z * math.sqrt(fraction)]), np.ones(1), fraction)
    after = slice(look, None)
    stops = stopping(
        design.looks[after],
        design.upper[after],
        design.lower[after],
        sides=design.sides,
        drift=drift,
        start=start,
    )
    return np.asarray(np.cumsum(stops.efficacy))


def interim_power(
    design: Design, look: int, z: float, *, prior_mean: float = 0.0, prior_sd: float = math.inf
) -> InterimPower:
    """Everything a data board asks of an interim result ``z`` at ``look`` (counted from 1)."""
    fraction = float(design.looks[look - 1]) if 1 <= look <= len(design.looks) else math.nan

    def chance(drift: float) -> float:
        return float(later_power(design, look, z, drift)[-1])

    planned = chance(design.drift)
    mean, variance = posterior_drift(z, fraction, prior_mean=prior_mean, prior_sd=prior_sd)
    return InterimPower(
        look=look,
        z=z,
        trend_drift=trend_drift(z, fraction),
        trend=chance(trend_drift(z, fraction)),
        planned=planned,
        null=chance(0.0),
        predictive=averaged(chance, mean, math.sqrt(variance)),
    )


def _check(z: float, fraction: float) -> None:
    if not math.isfinite(z):
        raise ImpossibleValue(f"An interim z must be a finite number, not {z}.", field="z")
    if not 0.0 < fraction < 1.0:
        raise ImpossibleValue(
            f"An interim look lies between 0 and 1 of the information, not at {fraction}.", field="fraction"
        )
