"""The variance between studies: four ways to estimate it, and its interval.

Everything here takes a design matrix, so that a pooled effect (one column of ones) and a
meta-regression are the same fit. DerSimonian and Laird 1986 (doi:10.1016/0197-2456(86)90046-2),
Paule and Mandel 1982 (doi:10.6028/jres.087.022), restricted maximum likelihood and the Q-profile
interval as in Viechtbauer 2005 (doi:10.3102/10769986030003261) and 2007 (doi:10.1002/sim.2514).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import chdtri

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.effect_sizes import study_numbers

Tau2Method = Literal["reml", "paule-mandel", "dersimonian-laird", "common"]

STEPS = 80  # points of the grid on which the likelihood's slope is looked at before a root is refined


class Studies(NamedTuple):
    """The studies to analyse: ``effect`` and ``variance`` (k,), ``kept`` (all,), and what was left out."""

    effect: Floats
    variance: Floats
    kept: Bools
    warnings: tuple[str, ...]


class WeightedFit(NamedTuple):
    """Least squares with weights 1/(variance + tau2): ``beta`` (p,), ``covariance`` (p, p).

    ``residual`` (k,) and ``leverage`` (k,); ``q`` is the weighted sum of squared residuals,
    ``log_det`` the log determinant of X'WX.
    """

    beta: Floats
    covariance: Floats
    residual: Floats
    leverage: Floats
    weights: Floats
    q: float
    log_det: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BetweenStudy:
    """The variance between studies, and whether its estimate may be trusted."""

    tau2: float
    converged: bool
    warnings: tuple[str, ...] = ()


def studies(effect: Floats, variance: Floats, *, at_least: int = 2, what: str = "A meta-analysis") -> Studies:
    """``effect`` and its sampling ``variance`` (k,), checked; a study with a NaN is left out and told.

    Raises TableError for unequal lengths, an infinite value, a variance that is not positive,
    or fewer than ``at_least`` studies.
    """
    y, v = np.asarray(effect, dtype=float), np.asarray(variance, dtype=float)
    if y.ndim != 1 or y.shape != v.shape:
        raise TableError(
            f"{what} needs one effect and one variance for each study; effects came as {y.shape} "
            f"and variances as {v.shape}."
        )
    kept = ~(np.isnan(y) | np.isnan(v))
    _refuse(np.isinf(y) & kept, f"{what} needs finite effects; infinite is the effect of")
    _refuse(np.isinf(v) & kept, f"{what} needs finite variances; infinite is the variance of")
    _refuse(
        (v <= 0) & kept,
        f"{what} needs positive sampling variances (a standard error squared); zero or negative is that of",
    )
    if kept.sum() < at_least:
        raise TableError(
            f"{what} needs at least {at_least} studies with an effect and a variance, not {kept.sum()}."
        )
    with np.errstate(over="ignore"):
        if not np.isfinite((y[kept] ** 2).sum() / v[kept].min() ** 2):
            raise TableError(
                f"{what} cannot weigh effects as large as {np.abs(y[kept]).max():.3g} against variances as "
                f"small as {v[kept].min():.3g}: give both in another unit."
            )
    return Studies(y[kept], v[kept], kept, _left_out(kept))


def _refuse(bad: Bools, sentence: str) -> None:
    if bad.any():
        raise TableError(f"{sentence} study {study_numbers(bad)} (counted from 1).")


def _left_out(kept: Bools) -> tuple[str, ...]:
    if kept.all():
        return ()
    return (f"left out, no effect or no variance: study {study_numbers(~kept)} (counted from 1)",)


def weighted_fit(y: Floats, v: Floats, X: Floats, tau2: float) -> WeightedFit:
    """Weighted least squares of ``y`` (k,) on ``X`` (k, p), of full rank, with variances ``v + tau2``."""
    w = 1.0 / (v + tau2)
    root = np.sqrt(w)
    Q, R = np.linalg.qr(root[:, None] * X)
    beta = np.linalg.solve(R, Q.T @ (root * y))
    inverse = np.linalg.inv(R)
    residual = y - X @ beta
    return WeightedFit(
        beta=beta,
        covariance=inverse @ inverse.T,
        residual=residual,
        leverage=(Q * Q).sum(axis=1),
        weights=w,
        q=float((w * residual**2).sum()),
        log_det=2.0 * float(np.log(np.abs(np.diag(R))).sum()),
    )


def between_study(y: Floats, v: Floats, X: Floats, *, method: Tau2Method) -> BetweenStudy:
    """The variance between studies about ``X`` (k, p), never negative.

    Raises UnknownName for a method that is not one of the four.
    """
    if method == "common":
        return BetweenStudy(tau2=0.0, converged=True)
    estimators: dict[str, Callable[[Floats, Floats, Floats], BetweenStudy]] = {
        "reml": _reml,
        "paule-mandel": _paule_mandel,
        "dersimonian-laird": _dersimonian_laird,
    }
    if method not in estimators:
        raise UnknownName(
            f"There is no estimator of tau2 named {method!r}; there are reml, paule-mandel, "
            "dersimonian-laird and common (no variance between studies)."
        )
    return estimators[method](y, v, X)


def _dersimonian_laird(y: Floats, v: Floats, X: Floats) -> BetweenStudy:
    fit = weighted_fit(y, v, X, 0.0)
    trace = float((fit.weights * (1.0 - fit.leverage)).sum())
    return BetweenStudy(tau2=max(0.0, (fit.q - (len(y) - X.shape[1])) / trace), converged=True)


def _paule_mandel(y: Floats, v: Floats, X: Floats) -> BetweenStudy:
    tau2 = q_equals(y, v, X, float(len(y) - X.shape[1]))
    return _checked(tau2, _q_is(y, v, X, tau2, float(len(y) - X.shape[1])))


def q_equals(y: Floats, v: Floats, X: Floats, target: float) -> float:
    """The tau2 at which the weighted sum of squares falls to ``target``; 0 where it lies below it already."""
    from scipy.optimize import brentq

    if weighted_fit(y, v, X, 0.0).q <= target:
        return 0.0
    # Ordinary residuals over (smallest variance + tau2) bound the sum from above.
    upper = _ordinary(y, X) / target
    return float(
        brentq(
            lambda t: weighted_fit(y, v, X, t).q - target, 0.0, upper, xtol=1e-300, rtol=1e-14, maxiter=1000
        )
    )


def _ordinary(y: Floats, X: Floats) -> float:
    return weighted_fit(y, np.ones_like(y), X, 0.0).q


def _q_is(y: Floats, v: Floats, X: Floats, tau2: float, target: float) -> bool:
    q = weighted_fit(y, v, X, tau2).q
    return bool(q <= target if tau2 == 0.0 else abs(q - target) <= 1e-8 * target)


def _checked(tau2: float, converged: bool, *more: str) -> BetweenStudy:
    told = () if converged else ("the estimate of tau2 did not converge: do not report this result",)
    return BetweenStudy(tau2=tau2, converged=converged, warnings=(*told, *more))


def _reml(y: Floats, v: Floats, X: Floats) -> BetweenStudy:
    """Every root of the likelihood's slope is found, and the highest taken.

    Scoring steps from one start may end in the lower of two maxima. Beyond ``upper`` the slope is
    negative: the squared weighted residuals are at most RSS/(smallest total variance)², the trace
    at least (k − p)/(largest).
    """
    from scipy.optimize import brentq

    upper = _ordinary(y, X) + float(v.max())
    grid = np.concatenate([[0.0], np.geomspace(1e-3 * min(float(v.min()), upper), upper, STEPS)])
    slopes = [_slope(y, v, X, t) for t in grid]
    maxima = [0.0] if slopes[0] <= 0.0 else []
    for low, high, before, after in zip(grid[:-1], grid[1:], slopes[:-1], slopes[1:], strict=True):
        if before > 0.0 >= after:
            maxima.append(
                float(brentq(lambda t: _slope(y, v, X, t), low, high, xtol=1e-300, rtol=1e-14, maxiter=1000))
            )
    heights = [restricted_log_likelihood(y, v, X, t) for t in maxima]
    best = maxima[int(np.argmax(heights))]
    several = (
        (f"the restricted likelihood has {len(maxima)} maxima; the highest, tau2 = {best:.4g}, was taken",)
        if len(maxima) > 1
        else ()
    )
    return _checked(best, _slope_vanishes(y, v, X, best), *several)


def restricted_log_likelihood(y: Floats, v: Floats, X: Floats, tau2: float) -> float:
    """The restricted log-likelihood of ``tau2``, without its constant."""
    fit = weighted_fit(y, v, X, tau2)
    return float(0.5 * np.log(fit.weights).sum() - 0.5 * fit.log_det - 0.5 * fit.q)


def _slope(y: Floats, v: Floats, X: Floats, tau2: float) -> float:
    squares, trace = _slope_parts(y, v, X, tau2)
    return squares - trace


def _slope_parts(y: Floats, v: Floats, X: Floats, tau2: float) -> tuple[float, float]:
    fit = weighted_fit(y, v, X, tau2)
    squares = float(((fit.weights * fit.residual) ** 2).sum())
    return squares, float((fit.weights * (1.0 - fit.leverage)).sum())


def _slope_vanishes(y: Floats, v: Floats, X: Floats, tau2: float) -> bool:
    squares, trace = _slope_parts(y, v, X, tau2)
    return bool(squares <= trace if tau2 == 0.0 else abs(squares - trace) <= 1e-8 * trace)


def q_profile(y: Floats, v: Floats, X: Floats, *, level: float) -> tuple[float, float]:
    """The Q-profile interval of tau2: where the weighted sum of squares meets the chi-squared quantiles."""
    df, tail = len(y) - X.shape[1], (1.0 - level) / 2.0
    return q_equals(y, v, X, float(chdtri(df, tail))), q_equals(y, v, X, float(chdtri(df, 1.0 - tail)))
