"""Do small studies show other effects than large ones? Egger's regression test.

Egger, Davey Smith, Schneider, Minder 1997 (doi:10.1136/bmj.315.7109.629). An asymmetric funnel is
no proof of unpublished studies: true differences between small and large studies, and the
correlation of a ratio with its own standard error, make one too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from holdfast.errors import TableError
from holdfast.statistics.between_study import studies, weighted_fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Egger:
    """Egger's intercept: the slope of the effect on its standard error, 0 where the funnel is symmetric.

    ``t`` on ``df`` = k − 2; ``limit`` is the effect at a standard error of zero, with ``limit_se``.
    """

    intercept: float
    se: float
    interval: tuple[float, float]
    t: float
    df: int
    p: float
    limit: float
    limit_se: float
    warnings: tuple[str, ...]


def egger(effect: ArrayLike, variance: ArrayLike, *, level: float = 0.95) -> Egger:
    """Egger's test of ``effect`` (k,) with sampling ``variance`` (k,).

    Least squares of effect/SE on 1/SE. Raises TableError for fewer than three studies, equal
    standard errors, an infinite effect or a variance that is not positive.
    """
    given = studies(
        np.asarray(effect, dtype=float), np.asarray(variance, dtype=float), at_least=3, what="Egger's test"
    )
    y, se = given.effect, np.sqrt(given.variance)
    if np.ptp(se) <= 1e-10 * float(se.max()):
        raise TableError("Egger's test needs studies of different precision; all standard errors are equal.")
    X = np.column_stack([np.ones_like(se), se])
    fit = weighted_fit(y, given.variance, X, 0.0)
    df = len(y) - 2
    limit_se, slope_se = (math.sqrt(float(each) * fit.q / df) for each in np.diag(fit.covariance))
    exact = fit.q <= 1e-28 * float((fit.weights * y**2).sum())
    t = math.nan if exact else float(fit.beta[1]) / slope_se
    half = math.nan if exact else float(stdtrit(df, 0.5 + level / 2.0)) * slope_se
    return Egger(
        intercept=float(fit.beta[1]),
        se=slope_se,
        interval=(float(fit.beta[1]) - half, float(fit.beta[1]) + half),
        t=t,
        df=df,
        p=2.0 * float(stdtr(df, -abs(t))),
        limit=float(fit.beta[0]),
        limit_se=limit_se,
        warnings=(*given.warnings, *_told(len(y), exact)),
    )


def _told(k: int, exact: bool) -> tuple[str, ...]:
    few = (f"{k} studies: with fewer than 10 Egger's test has too little power to be read",) if k < 10 else ()
    line = ("the effects lie on a line with their standard errors: no test",) if exact else ()
    return (*few, *line)
