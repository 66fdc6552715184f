"""Meta-regression: do study effects follow what differs between the studies?

Weighted least squares with the variance between studies about the regression; single
coefficients and the omnibus test by the normal and chi-squared, or with Knapp and Hartung's
factor by t and F (Knapp, Hartung 2003, doi:10.1002/sim.1482). R² is the part of the variance
between studies that the moderators take away (Raudenbush 2009, in The Handbook of Research
Synthesis and Meta-Analysis, 2nd edition).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, ndtr, stdtr

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.between_study import Studies, Tau2Method, between_study, studies, weighted_fit
from holdfast.statistics.effect_sizes import study_numbers
from holdfast.statistics.meta_analysis import (
    Heterogeneity,
    Test,
    at_zero,
    check_test,
    heterogeneity,
    knapp_hartung,
    quantile,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Omnibus:
    """The test that no moderator matters: chi-squared on ``df`` (``df_error`` infinite) or F."""

    statistic: float
    df: int
    df_error: float
    p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaRegression:
    """A fitted meta-regression; arrays (p,) begin with the intercept, NaN for a moderator that was dropped.

    ``names`` has the intercept first. ``df`` is that of t, infinite where the normal was used.
    ``covariance`` (p, p). ``heterogeneity`` is what is left about the regression; ``r2`` percent of
    the variance between studies that the moderators take away, NaN where there was none.
    """

    names: tuple[str, ...]
    estimate: Floats
    se: Floats
    statistic: Floats
    df: float
    p: Floats
    lower: Floats
    upper: Floats
    covariance: Floats
    omnibus: Omnibus
    heterogeneity: Heterogeneity
    r2: float
    studies: int
    dropped: tuple[str, ...]
    tau2_method: Tau2Method
    test: Test
    level: float
    converged: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """The mean effect at given moderators, each array (m,), and where a next study's true effect lies."""

    estimate: Floats
    se: Floats
    lower: Floats
    upper: Floats
    prediction_lower: Floats
    prediction_upper: Floats


def meta_regression(
    effect: ArrayLike,
    variance: ArrayLike,
    moderators: ArrayLike,
    *,
    names: Sequence[str] = (),
    tau2_method: Tau2Method = "reml",
    test: Test = "hartung-knapp",
    level: float = 0.95,
) -> MetaRegression:
    """Regress ``effect`` (k,) with ``variance`` (k,) on ``moderators`` (k,) or (k, m) and an intercept.

    A study without a moderator (NaN) is left out; a moderator that is constant, or follows from
    earlier ones, is dropped; both with a warning. Raises TableError for fewer studies than
    coefficients plus one, no moderator that varies, and whatever ``meta_analysis`` refuses.
    """
    check_test(test)
    M = _matrix(moderators, len(np.atleast_1d(np.asarray(effect))))
    labels = _labels(names, M.shape[1])
    given, M = _with_moderators(np.asarray(effect, dtype=float), np.asarray(variance, dtype=float), M)
    columns, dropped = _independent(M)
    if not any(columns):
        raise TableError(
            f"A meta-regression needs a moderator that differs between studies; {', '.join(labels)} does not."
        )
    X = np.column_stack([np.ones(len(M)), M[:, columns]])
    if len(X) <= X.shape[1]:
        raise TableError(
            f"A meta-regression with {X.shape[1]} coefficients needs at least {X.shape[1] + 1} studies, "
            f"not {len(X)}."
        )
    told = tuple(f"{labels[i]} is constant or follows from earlier moderators: dropped" for i in dropped)
    return _fitted(given, X, columns, labels, tau2_method, test, level, told)


def _fitted(
    given: Studies,
    X: Floats,
    columns: Bools,
    labels: tuple[str, ...],
    method: Tau2Method,
    test: Test,
    level: float,
    told: tuple[str, ...],
) -> MetaRegression:
    y, v = given.effect, given.variance
    between = between_study(y, v, X, method=method)
    fit = weighted_fit(y, v, X, between.tau2)
    factor, df, of_factor = knapp_hartung(y, fit, test)
    covariance = factor * fit.covariance
    se = np.sqrt(np.diag(covariance))
    statistic = fit.beta / se
    half = quantile(level, df) * se
    place = np.concatenate([[True], columns])
    return MetaRegression(
        names=("intercept", *labels),
        estimate=_placed(fit.beta, place),
        se=_placed(se, place),
        statistic=_placed(statistic, place),
        df=df,
        p=_placed(_two_sided(statistic, df), place),
        lower=_placed(fit.beta - half, place),
        upper=_placed(fit.beta + half, place),
        covariance=_placed_matrix(covariance, place),
        omnibus=_omnibus(fit.beta[1:], covariance[1:, 1:], df),
        heterogeneity=heterogeneity(given, X, between.tau2, method, level),
        r2=_explained(given, between.tau2, method),
        studies=len(y),
        dropped=tuple(name for name, kept in zip(labels, columns, strict=True) if not kept),
        tau2_method=method,
        test=test,
        level=level,
        converged=between.converged,
        warnings=(
            *given.warnings,
            *told,
            *between.warnings,
            *at_zero(between.tau2, method),
            *of_factor,
            *_few(X),
        ),
    )


def _matrix(moderators: ArrayLike, k: int) -> Floats:
    M = np.asarray(moderators, dtype=float)
    M = M[:, None] if M.ndim == 1 else M
    if M.ndim != 2 or len(M) != k or M.shape[1] == 0:
        raise TableError(
            f"A meta-regression needs a row of moderators for each of {k} studies; they came as {M.shape}."
        )
    if np.isinf(M).any():
        raise TableError("A meta-regression needs finite moderators; one is infinite.")
    return M


def _labels(names: Sequence[str], m: int) -> tuple[str, ...]:
    if not names:
        return tuple(f"moderator {i + 1}" for i in range(m))
    if len(names) != m:
        raise TableError(f"There are {m} moderators but {len(names)} names.")
    return tuple(names)


def _with_moderators(y: Floats, v: Floats, M: Floats) -> tuple[Studies, Floats]:
    missing = np.isnan(M).any(axis=1)
    given = studies(y, v, what="A meta-regression")
    if not (missing & given.kept).any():
        return given, M[given.kept]
    told = f"left out, no moderator: study {study_numbers(missing & given.kept)} (counted from 1)"
    rest = studies(np.where(missing, np.nan, y), v, what="A meta-regression")
    return rest._replace(warnings=(*given.warnings, told)), M[rest.kept]


def _independent(M: Floats) -> tuple[Bools, list[int]]:
    """Which columns add something to the intercept and the columns before them."""
    basis = [np.full(len(M), 1.0 / math.sqrt(len(M)))]
    columns = np.zeros(M.shape[1], dtype=bool)
    for i in range(M.shape[1]):
        rest = M[:, i].copy()
        size = float(np.linalg.norm(rest))
        for _ in range(2):  # once more for the rounding of the first pass
            for direction in basis:
                rest -= (direction @ rest) * direction
        left = float(np.linalg.norm(rest))
        if left > 1e-10 * size and len(basis) < len(M):
            columns[i] = True
            basis.append(rest / left)
    return columns, [int(i) for i in np.flatnonzero(~columns)]


def _placed(values: Floats, place: Bools) -> Floats:
    out = np.full(len(place), np.nan)
    out[place] = values
    return out


def _placed_matrix(values: Floats, place: Bools) -> Floats:
    out = np.full((len(place), len(place)), np.nan)
    out[np.ix_(place, place)] = values
    return out


def _two_sided(statistic: Floats, df: float) -> Floats:
    tail = ndtr(-np.abs(statistic)) if math.isinf(df) else stdtr(df, -np.abs(statistic))
    return np.asarray(2.0 * tail)


def _omnibus(beta: Floats, covariance: Floats, df: float) -> Omnibus:
    m = len(beta)
    if np.isnan(covariance).any():
        return Omnibus(statistic=math.nan, df=m, df_error=df, p=math.nan)
    wald = float(beta @ np.linalg.solve(covariance, beta))
    if math.isinf(df):
        return Omnibus(statistic=wald, df=m, df_error=df, p=float(chdtrc(m, wald)))
    return Omnibus(statistic=wald / m, df=m, df_error=df, p=float(fdtrc(m, df, wald / m)))


def _explained(given: Studies, tau2: float, method: Tau2Method) -> float:
    without = between_study(given.effect, given.variance, np.ones((len(given.effect), 1)), method=method).tau2
    return max(0.0, 100.0 * (without - tau2) / without) if without > 0.0 else math.nan


def _few(X: Floats) -> tuple[str, ...]:
    k, m = len(X), X.shape[1] - 1
    if k >= 10 * m:
        return ()
    return (f"{k} studies for {m} moderators: fewer than ten a moderator cannot carry a conclusion",)


def predict(fit: MetaRegression, moderators: ArrayLike) -> Predicted:
    """The mean effect at ``moderators`` (m, number of moderators), with intervals at the fit's level.

    A dropped moderator is passed over. Raises TableError where the number of moderators differs.
    """
    kept = ~np.isnan(fit.estimate)
    M = np.atleast_2d(np.asarray(moderators, dtype=float))
    if M.shape[1] != len(fit.names) - 1:
        raise TableError(f"A prediction needs {len(fit.names) - 1} moderators in a row, not {M.shape[1]}.")
    X = np.column_stack([np.ones(len(M)), M])[:, kept]
    estimate = X @ fit.estimate[kept]
    variance = ((X @ fit.covariance[np.ix_(kept, kept)]) * X).sum(axis=1)
    t = quantile(fit.level, fit.df)
    se = np.sqrt(variance)
    wide = t * np.sqrt(variance + fit.heterogeneity.tau2)
    return Predicted(
        estimate=estimate,
        se=se,
        lower=estimate - t * se,
        upper=estimate + t * se,
        prediction_lower=estimate - wide,
        prediction_upper=estimate + wide,
    )
