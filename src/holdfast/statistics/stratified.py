"""Two arms compared over strata: the Cochran-Mantel-Haenszel test and common measures.

Every common measure weighs a stratum's arms by n₁n₀/N (Cochran 1954, doi:10.2307/3001616;
Mantel, Haenszel 1959, doi:10.1093/jnci/22.4.719). Variances: of the difference, Sato's
(1989, Biometrics 45:1323-1324, right for few large strata and for many small ones) or
Greenland and Robins' (1985, doi:10.2307/2530643, for large strata); of the logarithm of
the risk ratio, Greenland and Robins'; of the odds ratio's, Robins, Breslow and Greenland's
(1986, doi:10.2307/2531052). Intervals of the difference besides: Miettinen and Nurminen's
stratified score (1985, doi:10.1002/sim.4780040211) and the stratified Newcombe interval of
Yan and Su (2010, doi:10.1198/sbr.2009.0049), both with those weights held fixed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, ndtri

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.mantel_haenszel import MantelHaenszel, Measure, mantel_haenszel
from holdfast.statistics.proportions import check_counts, check_level, crossing, null_variance

DifferenceMethod = Literal["sato", "greenland-robins", "miettinen-nurminen", "newcombe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strata:
    """Counts by stratum, each (K,); only strata in which both arms have somebody."""

    events: Ints
    n: Ints
    reference_events: Ints
    reference_n: Ints
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonMeasure:
    """A difference or ratio common to the strata, with its interval.

    ``se`` is the standard error of the difference, or of the *logarithm* of a ratio.
    """

    measure: Measure
    estimate: float
    se: float
    interval: tuple[float, float]
    method: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StratifiedTest:
    """A chi-squared statistic with its degrees of freedom and p value."""

    statistic: float
    df: int
    p: float
    warnings: tuple[str, ...]


def strata_of_counts(
    *, events: Sequence[int], n: Sequence[int], reference_events: Sequence[int], reference_n: Sequence[int]
) -> Strata:
    """Strata from counts, each (K,); a stratum with nobody in one of the arms is left out, and said.

    Raises ImpossibleValue for counts that cannot be, TableError where lengths differ or
    no stratum has both arms.
    """
    columns = [list(column) for column in (events, n, reference_events, reference_n)]
    if len({len(column) for column in columns}) != 1:
        raise TableError("Strata need four columns of counts of one length, one row a stratum.")
    kept: list[tuple[int, ...]] = []
    left_out = []
    for k, row in enumerate(zip(*columns, strict=True)):
        for x, total in (row[:2], row[2:]):
            if total != 0 or x != 0:
                check_counts(x, total)
        if row[1] and row[3]:
            kept.append(tuple(int(value) for value in row))
        else:
            left_out.append(f"stratum {k + 1} ({row[1] + row[3]} people)")
    if not kept:
        raise TableError("No stratum has people in both arms: nothing can be compared within strata.")
    table = np.array(kept, dtype=np.int64)
    warnings = (f"Left out, as one arm has nobody there: {', '.join(left_out)}.",) if left_out else ()
    return Strata(
        events=table[:, 0],
        n=table[:, 1],
        reference_events=table[:, 2],
        reference_n=table[:, 3],
        warnings=warnings,
    )


def strata_of_people(
    response: npt.ArrayLike, arm: npt.ArrayLike, stratum: npt.ArrayLike, *, reference: object = 0
) -> Strata:
    """Strata from people: ``response`` (n,) 0 or 1, ``arm`` (n,) of two values, ``stratum`` (n,) labels.

    Raises TableError where lengths differ, a response is neither 0 nor 1, or there are not two arms.
    """
    answer, which, label = np.asarray(response, dtype=np.float64), np.asarray(arm), np.asarray(stratum)
    if not answer.shape == which.shape == label.shape or answer.ndim != 1:
        raise TableError("Response, arm and stratum must be three lists of one length, one entry a person.")
    if not np.isin(answer, (0.0, 1.0)).all():
        raise TableError(
            "A response is 0 or 1; impute missing ones, or leave these people out, before stratifying."
        )
    if len(np.unique(which)) != 2 or not (which == reference).any():
        raise TableError(f"Two arms are compared, one of them {reference}; these are {np.unique(which)}.")
    treated = which != reference
    labels = np.unique(label)
    each = [(treated & (label == one), ~treated & (label == one)) for one in labels]
    return strata_of_counts(
        events=[int(answer[rows].sum()) for rows, _ in each],
        n=[int(rows.sum()) for rows, _ in each],
        reference_events=[int(answer[rows].sum()) for _, rows in each],
        reference_n=[int(rows.sum()) for _, rows in each],
    )


def cochran_mantel_haenszel(strata: Strata, *, continuity: bool = False) -> StratifiedTest:
    """The test that no stratum's odds differ between the arms, one degree of freedom.

    Raises TableError where all or none have the event in every stratum.
    """
    if not _informative(strata).any():
        raise TableError("In every stratum all or none have the event: the test has nothing to compare.")
    found = _tables(strata).test_null_odds(correction=continuity)
    return StratifiedTest(
        statistic=float(found.statistic), df=1, p=float(found.pvalue), warnings=strata.warnings
    )


def odds_homogeneity(strata: Strata) -> StratifiedTest:
    """Breslow and Day's test, with Tarone's correction, that the odds ratio is the same in all strata.

    Raises TableError where fewer than two strata have people with and without the event, or
    the common odds ratio is 0 or infinite.
    """
    use = _informative(strata)
    ratio = common_odds_ratio(strata).estimate
    if int(use.sum()) < 2 or not 0.0 < ratio < math.inf:
        raise TableError("Two strata with a finite common odds ratio are needed to tell whether it varies.")
    a, n1, c, n0, _ = (column[use] for column in _floats(strata))
    expected = _expected(ratio, n1, n0, a + c)
    cells = np.array([expected, n1 - expected, a + c - expected, n0 - a - c + expected])
    variance = 1.0 / (1.0 / cells).sum(axis=0)
    statistic = float(((a - expected) ** 2 / variance).sum() - (a - expected).sum() ** 2 / variance.sum())
    df = int(use.sum()) - 1
    return StratifiedTest(
        statistic=statistic, df=df, p=float(chdtrc(df, max(statistic, 0.0))), warnings=strata.warnings
    )


def _expected(ratio: float, n1: Floats, n0: Floats, events: Floats) -> Floats:
    """Events expected in the arm at that odds ratio, by a form of the root that bears a ratio of 1."""
    b = ratio * (n1 + events) + n0 - events
    c = ratio * n1 * events
    expected: Floats = 2.0 * c / (b + np.sqrt(b * b - 4.0 * (ratio - 1.0) * c))
    return expected


def common_risk_difference(
    strata: Strata, *, method: DifferenceMethod = "sato", level: float = 0.95
) -> CommonMeasure:
    """The Mantel-Haenszel risk difference, arm minus reference, with the interval that ``method`` names.

    ``se`` is Sato's, except with ``greenland-robins``; the two other intervals are not
    built from a standard error.
    """
    check_level(level)
    if method not in ("sato", "greenland-robins", "miettinen-nurminen", "newcombe"):
        raise UnknownName(f"{method} is no interval of a common risk difference; sato is the usual one.")
    z = float(ndtri(0.5 + level / 2.0))
    estimate = _difference(strata)
    se = math.sqrt(_robins(strata)) if method == "greenland-robins" else _sato(strata)
    if method == "miettinen-nurminen":
        interval = _score_limits(strata, estimate, z)
    elif method == "newcombe":
        interval = _newcombe_limits(strata, estimate, z)
    else:
        interval = max(estimate - z * se, -1.0), min(estimate + z * se, 1.0)
    degenerate = se == 0.0 and method in ("sato", "greenland-robins")
    return CommonMeasure(
        measure="risk difference",
        estimate=estimate,
        se=se,
        interval=interval,
        method=method,
        warnings=strata.warnings
        + (("The variance is 0, as shares are 0 or 1: use miettinen-nurminen.",) if degenerate else ()),
    )


def common_risk_ratio(strata: Strata, *, level: float = 0.95) -> CommonMeasure:
    """The Mantel-Haenszel risk ratio; 0, infinite or NaN, with a warning, where an arm has no event."""
    a, n1, c, n0, N = _floats(strata)
    return _common_ratio(strata, "risk ratio", float((a * n0 / N).sum()), float((c * n1 / N).sum()), level)


def common_odds_ratio(strata: Strata, *, level: float = 0.95) -> CommonMeasure:
    """The Mantel-Haenszel odds ratio; 0, infinite or NaN, with a warning, where a product of cells is 0."""
    a, n1, c, n0, N = _floats(strata)
    right, wrong = float((a * (n0 - c) / N).sum()), float((c * (n1 - a) / N).sum())
    return _common_ratio(strata, "odds ratio", right, wrong, level)


def _common_ratio(
    strata: Strata, measure: Literal["risk ratio", "odds ratio"], upper: float, lower: float, level: float
) -> CommonMeasure:
    """The ratio of the two sums, with its interval where both are there."""
    check_level(level)
    warnings = strata.warnings
    if upper and lower:
        pooled = _pooled(strata, measure, level)
        estimate, se = math.exp(pooled.estimate), pooled.se
        interval = math.exp(pooled.interval[0]), math.exp(pooled.interval[1])
    else:
        estimate = 0.0 if lower else (math.inf if upper else math.nan)
        se, interval = math.nan, (math.nan, math.nan)
        warnings += (f"The {measure} is {estimate}: cells are empty in every stratum; it has no interval.",)
    return CommonMeasure(
        measure=measure,
        estimate=estimate,
        se=se,
        interval=interval,
        method="Mantel-Haenszel",
        warnings=warnings,
    )


def _pooled(strata: Strata, measure: Measure, level: float) -> MantelHaenszel:
    return mantel_haenszel(
        strata.events,
        strata.n,
        strata.reference_events,
        strata.reference_n,
        measure=measure,
        level=level,
    )


def _floats(strata: Strata) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    a, n1 = strata.events.astype(np.float64), strata.n.astype(np.float64)
    c, n0 = strata.reference_events.astype(np.float64), strata.reference_n.astype(np.float64)
    return a, n1, c, n0, n1 + n0


def _informative(strata: Strata) -> npt.NDArray[np.bool_]:
    events = strata.events + strata.reference_events
    informative: npt.NDArray[np.bool_] = (events > 0) & (events < strata.n + strata.reference_n)
    return informative


def _tables(strata: Strata) -> Any:
    """The strata that bear on odds, as statsmodels has them."""
    from statsmodels.stats.contingency_tables import StratifiedTable  # weight: 1 s to import

    a, n1, c, n0, _ = _floats(strata)
    tables = np.array([[a, n1 - a], [c, n0 - c]])[:, :, _informative(strata)]
    return StratifiedTable(tables)


def _weights(strata: Strata) -> Floats:
    _, n1, _, n0, N = _floats(strata)
    weights = n1 * n0 / N
    shares: Floats = weights / weights.sum()
    return shares


def _difference(strata: Strata) -> float:
    a, n1, c, n0, _ = _floats(strata)
    return float((_weights(strata) * (a / n1 - c / n0)).sum())


def _robins(strata: Strata) -> float:
    a, n1, c, n0, _ = _floats(strata)
    p1, p0 = a / n1, c / n0
    return float((_weights(strata) ** 2 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)).sum())


def _sato(strata: Strata) -> float:
    """Sato's standard error of the common difference; 0 where every share is 0 or 1."""
    try:
        return _pooled(strata, "risk difference", 0.95).se
    except TableError:
        return 0.0


def _score_limits(strata: Strata, estimate: float, z: float) -> tuple[float, float]:
    weights = _weights(strata).tolist()
    rows = list(
        zip(
            strata.events.tolist(),
            strata.n.tolist(),
            strata.reference_events.tolist(),
            strata.reference_n.tolist(),
            strict=True,
        )
    )

    def rejected(delta: float) -> bool:
        variance = sum(w * w * null_variance(delta, *row) for w, row in zip(weights, rows, strict=True))
        gap = estimate - delta
        return bool(gap * gap > z * z * variance)

    lower = -1.0 if estimate <= -1.0 else crossing(-1.0, estimate, rejected)
    upper = 1.0 if estimate >= 1.0 else crossing(1.0, estimate, rejected)
    return lower, upper


def _newcombe_limits(strata: Strata, estimate: float, z: float) -> tuple[float, float]:
    """Newcombe's hybrid of two stratified Wilson intervals."""
    weights = _weights(strata)
    a, n1, c, n0, _ = _floats(strata)
    low1, high1 = _stratified_wilson(a, n1, weights, z)
    low0, high0 = _stratified_wilson(c, n0, weights, z)
    s1, s0 = float((weights**2 / n1).sum()), float((weights**2 / n0).sum())
    below = math.sqrt(s1 * low1 * (1.0 - low1) + s0 * high0 * (1.0 - high0))
    above = math.sqrt(s1 * high1 * (1.0 - high1) + s0 * low0 * (1.0 - low0))
    return max(estimate - z * below, -1.0), min(estimate + z * above, 1.0)


def _stratified_wilson(x: Floats, n: Floats, weights: Floats, z: float) -> tuple[float, float]:
    """Weighted sums of Wilson limits, at the quantile which makes the normal interval of the sum right."""
    share = x / n
    spread = np.sqrt(share * (1.0 - share) / n)
    if not spread.any():  # all shares 0 or 1: the quantile's limit as the shares become alike
        spread = np.sqrt(1.0 / n)
    quantile = z * float(np.sqrt(((weights * spread) ** 2).sum()) / (weights * spread).sum())
    square = quantile * quantile
    centre = (x + square / 2.0) / (n + square)
    half = quantile / (n + square) * np.sqrt(n * share * (1.0 - share) + square / 4.0)
    lower, upper = float((weights * (centre - half)).sum()), float((weights * (centre + half)).sum())
    return max(lower, 0.0), min(upper, 1.0)
