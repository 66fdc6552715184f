"""Mantel and Haenszel's pooled risk ratio, odds ratio and risk difference.

Weights come from the counts, so that small arms and empty cells need no added halves.
Mantel, Haenszel 1959 (doi:10.1093/jnci/22.4.719); variances: risk ratio Greenland, Robins 1985
(doi:10.2307/2530643), odds ratio Robins, Breslow, Greenland 1986 (doi:10.2307/2531052), risk
difference Sato 1989 (Biometrics 45:1323-1324).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.effect_sizes import (
    Counts,
    Effects,
    ZeroCells,
    counts,
    filled,
    log_odds_ratio,
    log_risk_ratio,
    risk_differences,
    study_numbers,
)

Measure = Literal["risk ratio", "odds ratio", "risk difference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MantelHaenszel:
    """A pooled effect with its interval: of a ratio the natural logarithm, of a difference itself.

    ``studies`` is how many carry information; ``q`` Cochran's statistic of the single studies'
    effects (half an event added where a cell is empty) about the pooled one, on ``df``.
    """

    measure: Measure
    estimate: float
    se: float
    interval: tuple[float, float]
    z: float
    p: float
    studies: int
    q: float
    df: int
    q_p: float
    warnings: tuple[str, ...] = ()


def mantel_haenszel(
    events: ArrayLike,
    n: ArrayLike,
    reference_events: ArrayLike,
    reference_n: ArrayLike,
    *,
    measure: Measure = "risk ratio",
    add: float = 0.5,
    zero_cells: ZeroCells = "nowhere",
    level: float = 0.95,
) -> MantelHaenszel:
    """Pool two-by-two tables, each argument (k,); the arm against the reference.

    Nothing is added to empty cells unless ``zero_cells`` says so: then ``add`` to each cell of such a study.
    Raises ImpossibleValue for counts that cannot be, UnknownName for another measure, TableError
    where an arm has no event (or for the odds ratio, no person without one) in any study.
    """
    c = counts(events, n, reference_events, reference_n)
    if measure not in _POOL:
        raise UnknownName(f"There is no measure named {measure!r}; there are {', '.join(_POOL)}.")
    informative = np.ones_like(c.x1, bool) if measure == "risk difference" else ~c.uninformative
    if not informative.any():
        raise TableError(
            f"A pooled {measure} needs a study in which somebody, but not everybody, had the event; "
            f"there is none among {len(c.x1)}."
        )
    cells = Counts(*(each[informative] for each in c))
    estimate, variance = _POOL[measure](filled(cells, add, zero_cells))
    single = _SINGLE[measure](cells.x1, cells.n1, cells.x0, cells.n0)
    q = float(((single.effect - estimate) ** 2 / single.variance).sum())
    se, df = math.sqrt(variance), len(cells.x1) - 1
    half = float(ndtri(0.5 + level / 2.0)) * se
    return MantelHaenszel(
        measure=measure,
        estimate=estimate,
        se=se,
        interval=(estimate - half, estimate + half),
        z=estimate / se,
        p=2.0 * float(ndtr(-abs(estimate / se))),
        studies=len(cells.x1),
        q=q,
        df=df,
        q_p=float(chdtrc(df, q)) if df else 1.0,
        warnings=_told(informative, measure),
    )


def _told(informative: Bools, measure: str) -> tuple[str, ...]:
    if informative.all():
        return ()
    return (
        f"nobody, or everybody, had the event in both arms of study {study_numbers(~informative)} "
        f"(counted from 1): no part in the {measure}",
    )


def _risk_ratio(c: Counts) -> tuple[float, float]:
    N = c.n1 + c.n0
    R, S = float((c.x1 * c.n0 / N).sum()), float((c.x0 * c.n1 / N).sum())
    _need(R, S, "risk ratio", "an event")
    x = c.x1 + c.x0
    variance = float(((c.n1 * c.n0 * x - c.x1 * c.x0 * N) / N**2).sum()) / (R * S)
    return math.log(R / S), variance


def _odds_ratio(c: Counts) -> tuple[float, float]:
    N = c.n1 + c.n0
    without1, without0 = c.n1 - c.x1, c.n0 - c.x0
    P, Q = (c.x1 + without0) / N, (without1 + c.x0) / N
    r, s = c.x1 * without0 / N, without1 * c.x0 / N
    R, S = float(r.sum()), float(s.sum())
    _need(R, S, "odds ratio", "an event in one arm and none in the other")
    variance = 0.5 * float((P * r).sum() / R**2 + (P * s + Q * r).sum() / (R * S) + (Q * s).sum() / S**2)
    return math.log(R / S), variance


def _risk_difference(c: Counts) -> tuple[float, float]:
    N = c.n1 + c.n0
    weight = c.n1 * c.n0 / N
    total = float(weight.sum())
    estimate = float((c.x1 * c.n0 / N - c.x0 * c.n1 / N).sum()) / total
    P = (c.n1**2 * c.x0 - c.n0**2 * c.x1 + c.n1 * c.n0 * (c.n0 - c.n1) / 2.0) / N**2
    Q = (c.x1 * (c.n0 - c.x0) + c.x0 * (c.n1 - c.x1)) / (2.0 * N)
    variance = (estimate * float(P.sum()) + float(Q.sum())) / total**2
    if variance <= 0.0:
        raise TableError(
            "The pooled risk difference has no variance: nobody, or everybody, had the event in every study."
        )
    return estimate, variance


def _need(R: float, S: float, measure: str, what: str) -> None:
    if R <= 0.0 or S <= 0.0:
        raise TableError(
            f"The pooled {measure} is {'zero' if R <= 0.0 else 'infinite'}: over all studies each arm must "
            f"have {what}. The risk difference can be pooled."
        )


_POOL: dict[str, Callable[[Counts], tuple[float, float]]] = {
    "risk ratio": _risk_ratio,
    "odds ratio": _odds_ratio,
    "risk difference": _risk_difference,
}
_SINGLE: dict[str, Callable[[Floats, Floats, Floats, Floats], Effects]] = {
    "risk ratio": log_risk_ratio,
    "odds ratio": log_odds_ratio,
    "risk difference": risk_differences,
}
