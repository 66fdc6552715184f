"""Rubin's rules: one answer from the analyses of several imputed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The pooled answers, every array of the shape of one analysis.

    ``within`` is the mean of the variances, ``between`` the variance of the estimates;
    ``monte_carlo_error`` the standard error of ``estimate`` from the number of imputations.
    """

    estimate: Floats
    se: Floats
    df: Floats
    p: Floats
    lower: Floats
    upper: Floats
    within: Floats
    between: Floats
    monte_carlo_error: Floats


def pooled(estimates: Floats, variances: Floats, *, complete_df: float, level: float = 0.95) -> Pooled:
    """Pool M analyses; ``estimates`` and ``variances`` (M, …), degrees of freedom had nothing been missing.

    Degrees of freedom of Barnard and Rubin 1999 (doi:10.1093/biomet/86.4.948), never
    more than those of the complete data. Raises ImpossibleValue for fewer than two
    imputations, a negative variance, or no degree of freedom.
    """
    M = len(estimates)
    if M < 2 or (variances < 0).any() or not complete_df > 0:
        raise ImpossibleValue(
            "Pooling takes two imputations at least, variances that are not negative and positive "
            f"degrees of freedom; found {M} imputations and {complete_df:g} degrees of freedom."
        )
    estimate = estimates.mean(axis=0)
    within = variances.mean(axis=0)
    between = estimates.var(axis=0, ddof=1)
    added = (1.0 + 1.0 / M) * between
    total = within + added
    df = barnard_rubin_df(added / total, imputations=M, complete_df=complete_df)
    se = np.sqrt(total)
    half = stdtrit(df, 0.5 + level / 2.0) * se
    return Pooled(
        estimate=estimate,
        se=se,
        df=df,
        p=2.0 * stdtr(df, -np.abs(estimate) / se),
        lower=estimate - half,
        upper=estimate + half,
        within=within,
        between=between,
        monte_carlo_error=np.sqrt(between / M),
    )


def barnard_rubin_df(share: Floats, *, imputations: int, complete_df: float) -> Floats:
    """Degrees of freedom where ``share`` of the total variance comes from what is missing."""
    observed = np.full_like(share, np.inf)
    if np.isfinite(complete_df):
        observed = (complete_df + 1.0) / (complete_df + 3.0) * complete_df * (1.0 - share)
    with np.errstate(divide="ignore"):
        return np.asarray(1.0 / (share**2 / (imputations - 1) + 1.0 / observed))
