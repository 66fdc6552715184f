"""A meta-analysis: the pooled effect, what differs between studies, what a next one may show.

Random effects with the variance between studies by REML, Paule-Mandel or DerSimonian-Laird, or a
common effect. Hartung, Knapp 2001 (doi:10.1002/sim.1009) with or without the bound of their factor
at 1; prediction interval Higgins, Thompson, Spiegelhalter 2009
(doi:10.1111/j.1467-985X.2008.00552.x); I² and H² Higgins, Thompson 2002 (doi:10.1002/sim.1186).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri, stdtr, stdtrit

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import Floats
from holdfast.statistics.between_study import (
    Studies,
    Tau2Method,
    WeightedFit,
    between_study,
    q_profile,
    studies,
    weighted_fit,
)

Test = Literal["normal", "hartung-knapp", "hartung-knapp-bounded"]
TESTS = ("normal", "hartung-knapp", "hartung-knapp-bounded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """What differs between studies beyond chance.

    ``q`` Cochran's statistic on ``df``, ``p`` its chance if nothing differs; ``tau2`` the variance
    between studies in squared units of the effect; ``i2`` percent of the total variance that lies
    between studies; ``h2`` the total over the typical sampling variance. Intervals by the Q-profile.
    """

    q: float
    df: int
    p: float
    tau2: float
    tau2_interval: tuple[float, float]
    i2: float
    i2_interval: tuple[float, float]
    h2: float
    h2_interval: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The pooled effect of ``studies`` studies, in the unit of the effects (of a ratio, its logarithm).

    ``statistic`` is z, or t on ``df`` (infinite for z). ``model_se`` is the standard error of the
    weights alone, before Hartung and Knapp's factor. ``weights`` (k,) in percent of all, 0 for a
    study left out. ``prediction`` is where the true effect of a next study lies; None where
    it cannot be had.
    """

    estimate: float
    se: float
    interval: tuple[float, float]
    statistic: float
    df: float
    p: float
    prediction: tuple[float, float] | None
    heterogeneity: Heterogeneity
    weights: Floats
    studies: int
    model_se: float
    tau2_method: Tau2Method
    test: Test
    level: float
    converged: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The pooled effect without each study in turn, arrays (k,); NaN for a study that was left out anyway."""

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    p: Floats
    tau2: Floats
    i2: Floats
    q: Floats
    warnings: tuple[str, ...]


def meta_analysis(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    tau2_method: Tau2Method = "reml",
    test: Test = "hartung-knapp",
    level: float = 0.95,
) -> Pooled:
    """Pool ``effect`` (k,) with sampling ``variance`` (k,), its unit squared; intervals cover ``level``.

    With ``hartung-knapp-bounded`` the standard error is never less than the model's. Raises
    TableError for fewer than two studies, an infinite effect or a variance that is not positive;
    UnknownName for another method or test.
    """
    check_test(test)
    given = studies(np.asarray(effect, dtype=float), np.asarray(variance, dtype=float))
    X = np.ones((len(given.effect), 1))
    between = between_study(given.effect, given.variance, X, method=tau2_method)
    fit = weighted_fit(given.effect, given.variance, X, between.tau2)
    factor, df, told = knapp_hartung(given.effect, fit, test)
    estimate, model_se = float(fit.beta[0]), math.sqrt(float(fit.covariance[0, 0]))
    se = model_se * math.sqrt(factor)
    statistic, p = _statistic(estimate, se, df)
    half = quantile(level, df) * se
    prediction, no_prediction = _prediction(estimate, se, between.tau2, df, given, tau2_method, level)
    share = np.zeros(len(given.kept))
    share[given.kept] = 100.0 * fit.weights / fit.weights.sum()
    return Pooled(
        estimate=estimate,
        se=se,
        interval=(estimate - half, estimate + half),
        statistic=statistic,
        df=df,
        p=p,
        prediction=prediction,
        heterogeneity=heterogeneity(given, X, between.tau2, tau2_method, level),
        weights=share,
        studies=len(given.effect),
        model_se=model_se,
        tau2_method=tau2_method,
        test=test,
        level=level,
        converged=between.converged,
        warnings=(
            *given.warnings,
            *between.warnings,
            *at_zero(between.tau2, tau2_method),
            *told,
            *no_prediction,
        ),
    )


def check_test(test: str) -> None:
    """Raise UnknownName unless ``test`` is one of the three."""
    if test not in TESTS:
        raise UnknownName(f"There is no test named {test!r}; there are {', '.join(TESTS)}.")


def quantile(level: float, df: float) -> float:
    """The two-sided quantile of t, or of the normal where ``df`` is infinite."""
    return float(ndtri(0.5 + level / 2.0) if math.isinf(df) else stdtrit(df, 0.5 + level / 2.0))


def knapp_hartung(y: Floats, fit: WeightedFit, test: Test) -> tuple[float, float, tuple[str, ...]]:
    """The factor of the variance, the degrees of freedom, and what must be said of them."""
    if test == "normal":
        return 1.0, math.inf, ()
    df = len(fit.residual) - len(fit.beta)
    factor = fit.q / df
    if test == "hartung-knapp-bounded":
        return max(1.0, factor), float(df), ()
    # Residuals that are rounding alone would claim certainty.
    if fit.q <= 1e-28 * float((fit.weights * y**2).sum()):
        return (
            math.nan,
            float(df),
            ("the studies agree wholly: Hartung and Knapp's standard error does not exist",),
        )
    if factor < 1.0 - 1e-9:
        return (
            factor,
            float(df),
            (
                f"Hartung and Knapp's factor is {factor:.3g}, below 1: the standard error is smaller than "
                "the model's; compare hartung-knapp-bounded",
            ),
        )
    return factor, float(df), ()


def at_zero(tau2: float, method: Tau2Method) -> tuple[str, ...]:
    """The warning that an estimate at zero is no finding of no heterogeneity."""
    if tau2 > 0.0 or method == "common":
        return ()
    return (
        "tau2 is estimated at zero, its bound: this does not show that the studies agree; see its interval",
    )


def _statistic(estimate: float, se: float, df: float) -> tuple[float, float]:
    statistic = estimate / se
    tail = ndtr(-abs(statistic)) if math.isinf(df) else stdtr(df, -abs(statistic))
    return statistic, 2.0 * float(tail)


def heterogeneity(given: Studies, X: Floats, tau2: float, method: Tau2Method, level: float) -> Heterogeneity:
    """Heterogeneity about the columns of ``X`` (k, p); under a common effect I² and H² come from Q alone."""
    fixed = weighted_fit(given.effect, given.variance, X, 0.0)
    df = len(given.effect) - X.shape[1]
    typical = df / float((fixed.weights * (1.0 - fixed.leverage)).sum())
    # A common effect supposes that tau2 is zero; an I² of zero would hide what Q shows.
    common = method == "common"
    between = max(0.0, fixed.q / df - 1.0) * typical if common else tau2
    low, high = q_profile(given.effect, given.variance, X, level=level)
    return Heterogeneity(
        q=fixed.q,
        df=df,
        p=float(chdtrc(df, fixed.q)),
        tau2=tau2,
        tau2_interval=(low, high),
        i2=100.0 * between / (between + typical),
        i2_interval=(100.0 * low / (low + typical), 100.0 * high / (high + typical)),
        h2=between / typical + 1.0 if between or not common else fixed.q / df,
        h2_interval=(low / typical + 1.0, high / typical + 1.0),
    )


def _prediction(
    estimate: float, se: float, tau2: float, df: float, given: Studies, method: Tau2Method, level: float
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    if method == "common":
        return None, ()
    if len(given.effect) < 3:
        return None, (f"no prediction interval: it needs at least 3 studies, not {len(given.effect)}",)
    half = quantile(level, df) * math.sqrt(se * se + tau2)
    if math.isnan(half):
        return None, ()
    return (estimate - half, estimate + half), ()


def prediction_interval(
    pooled: Pooled, *, df: int | None = None, level: float | None = None
) -> tuple[float, float]:
    """Where the true effect of a next study lies, from the model's standard error and t on ``df``.

    Higgins, Thompson and Spiegelhalter take k − 2 degrees of freedom, the default; k − 1 is also in use
    (Veroniki and others 2019, doi:10.1002/jrsm.1319). ``Pooled.prediction`` instead uses the standard
    error and the distribution of its own test. Raises TableError for fewer than three studies or a
    common effect, which supposes that no study differs.
    """
    if pooled.tau2_method == "common":
        raise TableError("A prediction interval needs a random-effects analysis; a common effect was pooled.")
    if pooled.studies < 3:
        raise TableError(f"A prediction interval needs at least 3 studies, not {pooled.studies}.")
    degrees = pooled.studies - 2 if df is None else df
    if degrees < 1:
        raise TableError(f"A prediction interval needs at least one degree of freedom, not {degrees}.")
    spread = math.sqrt(pooled.model_se**2 + pooled.heterogeneity.tau2)
    half = quantile(pooled.level if level is None else level, float(degrees)) * spread
    return pooled.estimate - half, pooled.estimate + half


def i2_from_q(q: float, studies: int, *, level: float = 0.95) -> tuple[float, tuple[float, float]]:
    """I² in percent from Cochran's Q alone, with its test-based interval (Higgins, Thompson 2002).

    Raises TableError for fewer than three studies, for which the interval is not defined, or a negative Q.
    """
    if studies < 3 or not q >= 0.0:
        raise TableError(
            f"The interval needs at least 3 studies and a Q that is not negative, not {studies} and {q}."
        )
    df = studies - 1
    if q > studies:
        spread = 0.5 * (math.log(q) - math.log(df)) / (math.sqrt(2.0 * q) - math.sqrt(2.0 * studies - 3.0))
    else:
        spread = math.sqrt(1.0 / (2.0 * (studies - 2)) * (1.0 - 1.0 / (3.0 * (studies - 2) ** 2)))
    half = float(ndtri(0.5 + level / 2.0)) * spread
    h2 = max(q / df, 1.0)
    lower, upper = (100.0 * max(0.0, 1.0 - 1.0 / (h2 * math.exp(2.0 * sign * half))) for sign in (-1.0, 1.0))
    return 100.0 * (1.0 - 1.0 / h2), (lower, upper)


def leave_one_out(
    effect: ArrayLike,
    variance: ArrayLike,
    *,
    tau2_method: Tau2Method = "reml",
    test: Test = "hartung-knapp",
    level: float = 0.95,
) -> LeftOut:
    """The pooled effect without each study in turn, ``effect`` and ``variance`` (k,).

    Raises TableError for fewer than three studies and whatever ``meta_analysis`` refuses.
    """
    y, v = np.asarray(effect, dtype=float), np.asarray(variance, dtype=float)
    given = studies(y, v, at_least=3, what="Leaving one out")
    rows = np.full((len(y), 8), np.nan)
    warnings = list(given.warnings)
    for i in np.flatnonzero(given.kept):
        rest = given.kept.copy()
        rest[i] = False
        one = meta_analysis(y[rest], v[rest], tau2_method=tau2_method, test=test, level=level)
        h = one.heterogeneity
        rows[i] = (one.estimate, one.se, *one.interval, one.p, h.tau2, h.i2, h.q)
        warnings += [f"without study {i + 1}: {each}" for each in one.warnings]
    columns = dict(zip(("estimate", "se", "lower", "upper", "p", "tau2", "i2", "q"), rows.T, strict=True))
    return LeftOut(warnings=tuple(warnings), **columns)
