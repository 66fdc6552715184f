"""Several arms against one reference: Dunnett's test, at once and step by step.

Dunnett 1955, doi:10.1080/01621459.1955.10501294. The statistics of the arms share the
reference, so that given its mean (and the common deviation) they are independent: the joint
chance is an integral over one normal and one chi variable, whatever the number of arms.
Step-down: Marcus, Peritz, Gabriel 1976, doi:10.1093/biomet/63.3.655.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, ndtr

from holdfast.errors import ImpossibleValue
from holdfast.statistics.crossing import root

Floats = npt.NDArray[np.float64]

_SHARED = 96  # points over the reference's mean
_SCALES = 96  # points over the deviation
_REACH = 8.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DunnettResult:
    """Comparisons of each arm with the reference, in the order given.

    ``p`` counts all arms at once; ``step_down`` is the sharper, stepwise p value;
    ``lower`` and ``upper`` cover all differences together with 1 − alpha.
    """

    estimates: Floats
    t: Floats
    p: Floats
    step_down: Floats
    lower: Floats
    upper: Floats
    critical: float
    df: float


def loadings(arms: Sequence[int] | Floats, reference: int) -> Floats:
    """Each arm's correlation with the reference's mean: correlations of two arms are products of these."""
    persons = np.asarray(arms, dtype=np.float64)
    if persons.ndim != 1 or persons.size == 0 or np.any(persons <= 0) or reference <= 0:
        raise ImpossibleValue(
            f"Every arm and the reference need at least one person, not {list(arms)} and {reference}.",
            field="arms",
        )
    return np.asarray(np.sqrt(persons / (persons + reference)))


def dunnett_chance(
    critical: float | Floats, loading: Sequence[float] | Floats, *, df: float = math.inf, sides: int = 2
) -> float:
    """The chance, without any effect, that no statistic exceeds its ``critical`` value.

    ``loading``: each arm's (see ``loadings``); ``df`` of the common deviation, infinite if it is known.
    """
    lam = _checked(loading, df, sides)
    limit = np.broadcast_to(np.asarray(critical, dtype=np.float64), lam.shape)
    scale, scale_weight = _deviation(df)
    shared, shared_weight = _normal()
    rest = np.sqrt(1.0 - lam**2)
    inner = np.ones((len(scale), len(shared)))
    for c, load, left in zip(limit, lam, rest, strict=True):
        # Exceeding on one side is an event of its own: the lower tail is taken off where there are two.
        upper = ndtr((c * scale[:, None] - load * shared) / left)
        inner *= upper if sides == 1 else upper - ndtr((-c * scale[:, None] - load * shared) / left)
    return float(scale_weight @ inner @ shared_weight)


def dunnett_critical(
    loading: Sequence[float] | Floats, *, alpha: float = 0.05, df: float = math.inf, sides: int = 2
) -> float:
    """The value that any statistic exceeds with chance ``alpha`` when there is no effect."""
    if not 0.0 < alpha < 0.5:
        raise ImpossibleValue(f"alpha must lie between 0 and 0.5, not at {alpha}.", field="alpha")
    high = 8.0
    while dunnett_chance(high, loading, df=df, sides=sides) < 1.0 - alpha and high < 1e4:
        high *= 2.0
    return root(lambda c: 1.0 - alpha - dunnett_chance(c, loading, df=df, sides=sides), 0.0, high)


def dunnett_p(
    t: Sequence[float] | Floats, loading: Sequence[float] | Floats, *, df: float = math.inf, sides: int = 2
) -> Floats:
    """The p value of each statistic, adjusted for all arms at once."""
    size = _sizes(t, sides)
    return np.array([max(0.0, 1.0 - dunnett_chance(one, loading, df=df, sides=sides)) for one in size])


def step_down_p(
    t: Sequence[float] | Floats, loading: Sequence[float] | Floats, *, df: float = math.inf, sides: int = 2
) -> Floats:
    """The p value of each statistic when the largest is tested first, then the next among those left."""
    size, lam = _sizes(t, sides), _checked(loading, df, sides)
    order = np.argsort(-size, kind="stable")
    adjusted, so_far = np.zeros(len(size)), 0.0
    for k, arm in enumerate(order):
        left = order[k:]
        so_far = max(so_far, 1.0 - dunnett_chance(float(size[arm]), lam[left], df=df, sides=sides))
        adjusted[arm] = so_far
    return adjusted


def dunnett(
    arm_means: Sequence[float] | Floats,
    arm_persons: Sequence[int] | Floats,
    reference_mean: float,
    reference_persons: int,
    *,
    sd: float,
    df: float | None = None,
    alpha: float = 0.05,
    sides: int = 2,
) -> DunnettResult:
    """Every arm against the reference; ``sd`` is the common deviation, with ``df`` degrees of freedom.

    ``df`` is persons − groups unless given. With one side an arm is better when its mean is higher.
    Raises ImpossibleValue.
    """
    means, persons = np.asarray(arm_means, dtype=np.float64), np.asarray(arm_persons, dtype=np.float64)
    lam = loadings(persons, reference_persons)
    if means.shape != persons.shape or not np.all(np.isfinite(means)) or not math.isfinite(reference_mean):
        raise ImpossibleValue("Give one finite mean for each arm, and for the reference.", field="arm_means")
    if not (math.isfinite(sd) and sd > 0.0):
        raise ImpossibleValue(f"The common deviation must be positive, not {sd}.", field="sd")
    freedom = float(persons.sum()) + reference_persons - len(persons) - 1 if df is None else df
    error = sd * np.sqrt(1.0 / persons + 1.0 / reference_persons)
    estimates = means - reference_mean
    critical = dunnett_critical(lam, alpha=alpha, df=freedom, sides=sides)
    half = critical * error
    return DunnettResult(
        estimates=estimates,
        t=estimates / error,
        p=dunnett_p(estimates / error, lam, df=freedom, sides=sides),
        step_down=step_down_p(estimates / error, lam, df=freedom, sides=sides),
        lower=estimates - half,
        upper=estimates + half if sides == 2 else np.full(len(means), math.inf),
        critical=critical,
        df=freedom,
    )


def _sizes(t: Sequence[float] | Floats, sides: int) -> Floats:
    given = np.asarray(t, dtype=np.float64)
    if not np.all(np.isfinite(given)):
        raise ImpossibleValue(f"Test statistics must be finite numbers, not {list(given)}.", field="t")
    return np.abs(given) if sides == 2 else given


def _checked(loading: Sequence[float] | Floats, df: float, sides: int) -> Floats:
    lam = np.asarray(loading, dtype=np.float64)
    if lam.ndim != 1 or lam.size == 0 or np.any(np.abs(lam) >= 1.0):
        raise ImpossibleValue(f"Loadings lie between -1 and 1, not {lam.tolist()}.", field="loading")
    if not df >= 1.0:
        raise ImpossibleValue(
            f"A common deviation needs at least one degree of freedom, not {df}.", field="df"
        )
    if sides not in (1, 2):
        raise ImpossibleValue(f"A test has 1 or 2 sides, not {sides}.", field="sides")
    return lam


@lru_cache(maxsize=1)
def _normal() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(_SHARED)
    z = _REACH * points
    return z, _REACH * weights * np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)


@lru_cache(maxsize=64)
def _deviation(df: float) -> tuple[Floats, Floats]:
    """Points and weights of √(χ²/df), over all of it that has a chance above 1e-14."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    from scipy.special import chdtri, gammaincinv  # weight: one cold path

    low = math.sqrt(2.0 * float(gammaincinv(df / 2.0, 1e-14)) / df)
    high = math.sqrt(float(chdtri(df, 1e-14)) / df)
    points, weights = np.polynomial.legendre.leggauss(_SCALES)
    s = low + (high - low) * (points + 1.0) / 2.0
    log = (df / 2.0) * math.log(df) - gammaln(df / 2.0) - (df / 2.0 - 1.0) * math.log(2.0)
    mass = np.exp(log + (df - 1.0) * np.log(s) - df * s**2 / 2.0)
    return s, mass * weights * (high - low) / 2.0
