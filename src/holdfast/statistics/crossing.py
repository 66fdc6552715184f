"""Chances that a sequence of test statistics crosses its boundaries, by recursive integration.

The score S(t) = Z(t)·√t at information fraction t has independent normal increments of
variance Δt and mean drift·Δt, where the drift is the expected z statistic at t = 1. Among
the trials still going after a look S has a sub-density; one look's follows from the last
one's by one integral (Armitage, McPherson, Rowe 1969, doi:10.2307/2343787). The integral
is Gauss-Legendre in panels narrow against the increments, so that looks close together
cost more points and lose no digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

_REACH = 7.0  # standard deviations; what lies beyond has a chance of 1e-12
_POINTS = 16
_PANEL = 4.0  # widest panel in standard deviations of the narrower increment: error below 1e-12
_ROOT_2_PI = math.sqrt(2.0 * math.pi)


class Going(NamedTuple):
    """The trials still going after a look: points of S, the chance at each, the information fraction."""

    score: Floats
    mass: Floats
    fraction: float


START = Going(np.zeros(1), np.ones(1), 0.0)


@cache
def _legendre() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(_POINTS)
    return np.asarray(points, dtype=np.float64), np.asarray(weights, dtype=np.float64)


def above(going: Going, fraction: float, drift: float, z: float) -> float:
    """The chance of being still going and of a z statistic of at least ``z`` at ``fraction``."""
    step = fraction - going.fraction
    centre = going.score + drift * step
    return float(going.mass @ ndtr((centre - z * math.sqrt(fraction)) / math.sqrt(step)))


def below(going: Going, fraction: float, drift: float, z: float) -> float:
    """The chance of being still going and of a z statistic below ``z`` at ``fraction``."""
    step = fraction - going.fraction
    centre = going.score + drift * step
    return float(going.mass @ ndtr((z * math.sqrt(fraction) - centre) / math.sqrt(step)))


def outside(going: Going, fraction: float, drift: float, z: float, sides: int) -> float:
    """The chance of a z statistic of at least ``z``; with two sides also of at most −``z``."""
    upper = above(going, fraction, drift, z)
    return upper if sides == 1 else upper + below(going, fraction, drift, -z)


def inside(going: Going, fraction: float, drift: float, z: float, sides: int) -> float:
    """The chance of a z statistic below ``z``; with two sides of one between −``z`` and ``z``."""
    if z == -math.inf:
        return 0.0
    lower = below(going, fraction, drift, z)
    return lower if sides == 1 else lower - below(going, fraction, drift, -z)


def density(going: Going, fraction: float, drift: float, score: Floats) -> Floats:
    """The sub-density of S at ``fraction`` at each of ``score``."""
    spread = math.sqrt(fraction - going.fraction)
    centre = (going.score + drift * (fraction - going.fraction)) / spread
    gap = score[:, None] / spread - centre
    gap *= gap
    gap *= -0.5
    found: Floats = np.exp(gap, out=gap) @ going.mass
    return found / (spread * _ROOT_2_PI)


def proceed(
    going: Going, fraction: float, drift: float, regions: Iterable[tuple[float, float]], following: float
) -> Going:
    """The trials still going past ``fraction``, whose z statistic lay in one of ``regions``.

    ``following`` is the next look's fraction: its increment says how fine the points must be.
    """
    spread = math.sqrt(min(fraction - going.fraction, following - fraction))
    root = math.sqrt(fraction)
    pieces = [_panels(low * root, high * root, spread) for low, high in _within(regions, drift * root)]
    if not pieces:
        return Going(np.zeros(1), np.zeros(1), fraction)
    score = np.concatenate([piece[0] for piece in pieces])
    weight = np.concatenate([piece[1] for piece in pieces])
    return Going(score, weight * density(going, fraction, drift, score), fraction)


def _within(regions: Iterable[tuple[float, float]], mean: float) -> list[tuple[float, float]]:
    """The parts of the regions that a normal z of this mean can reach."""
    cut = [(max(low, mean - _REACH), min(high, mean + _REACH)) for low, high in regions]
    return [(low, high) for low, high in cut if low < high]


def _panels(low: float, high: float, spread: float) -> tuple[Floats, Floats]:
    number = max(1, math.ceil((high - low) / (_PANEL * spread)))
    points, weights = _legendre()
    half = (high - low) / (2.0 * number)
    middle = low + half * (2.0 * np.arange(number) + 1.0)
    return (middle[:, None] + half * points).ravel(), np.tile(half * weights, number)


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a decreasing function crosses zero between ``low`` and ``high``; an end where it does not."""
    from scipy.optimize import brentq  # weight: scipy.optimize costs 0.2 s to import

    if function(low) <= 0.0:
        return low
    if function(high) >= 0.0:
        return high
    return float(brentq(function, low, high, xtol=1e-12, rtol=1e-13))
