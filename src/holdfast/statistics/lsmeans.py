"""Estimates of linear combinations with their standard errors, and which of them can be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.df import satterthwaite
from holdfast.statistics.fit import Fit
from holdfast.statistics.robust import robust_df

DegreesOfFreedom = Literal["kr", "satterthwaite", "robust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """Linear combinations of the coefficients, each array (r,).

    ``p`` is two-sided, from t with ``df`` degrees of freedom. Where ``estimable`` is
    false everything else is NaN; where no standard error could be had, so are it, the
    df, p and the interval.
    """

    estimate: Floats
    se: Floats
    df: Floats
    p: Floats
    lower: Floats
    upper: Floats
    estimable: Bools


def estimate(fit: Fit, combinations: Floats, *, df: DegreesOfFreedom, level: float = 0.95) -> Estimates:
    """Estimate the rows of ``combinations`` (r, p), p columns of the design as given to the fit.

    With ``df`` "kr" the standard errors are Kenward and Roger's; with "robust" they are
    cluster-robust, which needs a fit with clusters (else TableError); the interval covers
    ``level``.
    """
    kept = combinations[:, list(fit.kept)]
    estimable = estimable_rows(fit, combinations)
    rows = np.linalg.solve(fit.triangle.T, kept.T).T
    value = rows @ fit.gamma
    covariance = _covariance(fit, df)
    se = np.sqrt(np.maximum(((rows @ covariance) * rows).sum(axis=1), 0.0))
    degrees = np.full(len(rows), np.nan)
    if fit.of_elements is not None:
        nonzero = se > 0
        if df == "robust":
            degrees[nonzero] = robust_df(rows[nonzero], found=fit.sandwich_or_refuse())
        else:
            degrees[nonzero] = satterthwaite(
                rows[nonzero], phi=fit.phi, slopes=fit.slopes, of_elements=fit.of_elements
            )
    blank = ~estimable | ~np.isfinite(degrees)
    se = np.where(blank, np.nan, se)
    degrees = np.where(blank, np.nan, degrees)
    half = stdtrit(degrees, 0.5 + level / 2.0) * se
    value = np.where(estimable, value, np.nan)
    return Estimates(
        estimate=value,
        se=se,
        df=degrees,
        p=2.0 * stdtr(degrees, -np.abs(value / se)),
        lower=value - half,
        upper=value + half,
        estimable=estimable,
    )


def _covariance(fit: Fit, df: DegreesOfFreedom) -> Floats:
    if df == "robust":
        return fit.sandwich_or_refuse().covariance
    return fit.adjusted if df == "kr" else fit.phi


def estimable_rows(fit: Fit, combinations: Floats) -> Bools:
    """(r,) A combination is estimable when it follows the same dependence that dropped the columns."""
    kept = combinations[:, list(fit.kept)]
    dropped = combinations[:, list(fit.dropped)]
    gap = np.abs(dropped - kept @ fit.dependence)
    scale = 1.0 + np.abs(kept) @ np.abs(fit.dependence)
    return np.asarray((gap <= 1e-7 * scale).all(axis=1))
