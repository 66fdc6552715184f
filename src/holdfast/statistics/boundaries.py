"""The boundaries of a group-sequential design, look by look.

What is known beforehand (a classical shape, a fixed futility bound) is given; what a
spending function asks for is solved at its look. Classical shapes: O'Brien, Fleming 1979,
doi:10.2307/2530245 · Pocock 1977, doi:10.1093/biomet/64.2.191 · Wang, Tsiatis 1987,
doi:10.2307/2531959 · Haybittle 1971, doi:10.1259/0007-1285-44-526-793 · Peto et al. 1976,
doi:10.1038/bjc.1976.220. Beta spending: Pampallona, Tsiatis, Kim 2001,
doi:10.1177/009286150103500408.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from holdfast.statistics.crossing import START, Going, above, below, inside, outside, proceed, root

Floats = npt.NDArray[np.float64]

_FARTHEST = 12.0  # a boundary beyond is none: its chance is 2e-33
_NEAR = 0.6  # how far a boundary lies from the normal quantile as a rule: a narrow bracket halves the work
_NOTHING = 1e-16  # an error too small to be spent in double precision


class Stopping(NamedTuple):
    """Chances at one drift, one number a look: all of them together are 1.

    ``efficacy`` above the upper boundary, ``reverse`` below minus the upper boundary (two
    sides), ``futility`` within the futility boundary and, at the last look, every other end.
    """

    efficacy: Floats
    reverse: Floats
    futility: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What must hold at each look; NaN in ``upper`` or ``lower`` is to be solved by spending."""

    looks: Floats
    sides: int
    upper: Floats
    lower: Floats
    alpha_spent: Floats
    beta_spent: Floats
    binding: bool


class Solved(NamedTuple):
    """Boundaries at each look, and what is so at the drift they were solved at.

    ``power`` is the chance above the upper boundary, ``futile`` that within the futility boundary.
    """

    upper: Floats
    lower: Floats
    power: float
    futile: float


def regions(upper: float, lower: float, sides: int) -> list[tuple[float, float]]:
    """The z statistics with which a trial goes on."""
    if sides == 1:
        return [(lower, upper)]
    if lower <= 0.0:
        return [(-upper, upper)]
    return [(-upper, -lower), (lower, upper)]


def upper_for(going: Going, fraction: float, sides: int, wanted: float) -> float:
    """The boundary whose crossing, without an effect, has the chance ``wanted``."""
    if wanted < _NOTHING:
        return math.inf
    # Were no trial stopped before, the normal quantile would do: the boundary is at most that.
    high = float(-ndtri(wanted / sides)) + 1e-9
    floor = -_FARTHEST if sides == 1 else 0.0

    def excess(z: float) -> float:
        return outside(going, fraction, 0.0, z, sides) - wanted

    near = max(floor, high - _NEAR)
    return root(excess, near if excess(near) > 0.0 else floor, high)


def lower_for(going: Going, fraction: float, drift: float, sides: int, wanted: float, upper: float) -> float:
    """The futility boundary, at most ``upper``, inside which at ``drift`` the chance is ``wanted``."""
    if wanted < _NOTHING:
        return -math.inf
    high = min(upper, _FARTHEST)
    floor = -_FARTHEST if sides == 1 else 0.0
    if sides == 1:  # as above, the normal quantile is the least it can be
        floor = max(floor, min(high, drift * math.sqrt(fraction) + float(ndtri(min(wanted, 1.0))) - 1e-9))

    def missing(z: float) -> float:
        return wanted - inside(going, fraction, drift, z, sides)

    near = min(high, floor + _NEAR)
    return root(missing, floor, near if missing(near) < 0.0 else high)


def solve(rules: Rules, drift: float) -> Solved:
    """Boundaries at every look; spending of beta holds at ``drift``."""
    upper, lower = rules.upper.copy(), rules.lower.copy()
    null = other = START
    alpha = beta = power = 0.0
    last = len(rules.looks) - 1
    for k, t in enumerate(rules.looks):
        if math.isnan(upper[k]):
            upper[k] = upper_for(null, t, rules.sides, rules.alpha_spent[k] - alpha)
        if math.isnan(lower[k]):
            wanted = rules.beta_spent[k] - beta
            lower[k] = lower_for(other, t, drift, rules.sides, wanted, upper[k]) if k < last else upper[k]
        beta += inside(other, t, drift, lower[k], rules.sides)
        power += above(other, t, drift, upper[k])
        if k == last:
            break
        after = rules.looks[k + 1]
        other = proceed(other, t, drift, regions(upper[k], lower[k], rules.sides), after)
        if np.any(
            np.isnan(upper)
        ):  # the trials without an effect are followed only while alpha is to be spent
            alpha += outside(null, t, 0.0, upper[k], rules.sides)
            bound = lower[k] if rules.binding else -math.inf
            null = proceed(null, t, 0.0, regions(upper[k], bound, rules.sides), after)
    return Solved(upper, lower, power, beta)


def alpha_spent(looks: Floats, upper: Floats, lower: Floats, *, sides: int, binding: bool) -> Floats:
    """The false positives up to each look; futility counts only where it is binding."""
    held = lower if binding else np.full_like(lower, -math.inf)
    null = stopping(looks, upper, held, sides=sides, drift=0.0)
    return np.asarray(np.cumsum(null.efficacy + null.reverse))


def stopping(
    looks: Floats, upper: Floats, lower: Floats, *, sides: int, drift: float, start: Going = START
) -> Stopping:
    """The chances of every end at each look, at one ``drift`` (expected z at information 1).

    ``start`` says where the trials stand before the first of ``looks``: at 0 unless given.
    """
    efficacy, reverse, futility = np.zeros_like(upper), np.zeros_like(upper), np.zeros_like(upper)
    going = start
    for k, t in enumerate(looks):
        efficacy[k] = above(going, t, drift, upper[k])
        reverse[k] = below(going, t, drift, -upper[k]) if sides == 2 else 0.0
        futility[k] = inside(going, t, drift, lower[k], sides)
        if k + 1 < len(looks):
            going = proceed(going, t, drift, regions(upper[k], lower[k], sides), looks[k + 1])
    futility[-1] = max(0.0, 1.0 - efficacy.sum() - reverse.sum() - futility[:-1].sum())
    return Stopping(efficacy, reverse, futility)


def classical(rules: Rules, shape: Floats, alpha: float, drift: float = 0.0) -> Rules:
    """The rules with the upper boundary constant · ``shape`` that spends ``alpha`` in all."""

    def excess(constant: float) -> float:
        upper, lower = constant * shape, rules.lower
        if rules.binding and np.any(np.isnan(lower)):
            lower = solve(replace(rules, upper=upper), drift).lower
        return (
            float(alpha_spent(rules.looks, upper, lower, sides=rules.sides, binding=rules.binding)[-1])
            - alpha
        )

    return replace(rules, upper=root(excess, 0.0, _FARTHEST) * shape)
