"""Effect sizes of two-armed studies with their sampling variances, ready for a meta-analysis.

Means: the raw difference, and Hedges' g (Hedges 1981, doi:10.3102/10769986006002107). Counts: log
risk ratio, log odds ratio and risk difference, with half an event added where a cell is empty
(to both cells, or to the event count alone as Pettigrew, Gart and Thomas 1986,
Biometrika 73:425-435). Every effect is the arm minus the reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats

Correction = Literal["exact", "approximate"]
ZeroCells = Literal["where_zero", "everywhere", "nowhere"]
AddedTo = Literal["both_cells", "events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Effects (k,) and their sampling variances (k,); NaN where a study has none: ``warnings`` say why."""

    effect: Floats
    variance: Floats
    measure: str
    warnings: tuple[str, ...] = ()


class _Means(NamedTuple):
    """Two arms' means, SDs and numbers of persons, each (k,); 1 the arm, 0 the reference."""

    m1: Floats
    s1: Floats
    n1: Floats
    m0: Floats
    s0: Floats
    n0: Floats


class Counts(NamedTuple):
    """Events and persons, each (k,); 1 the arm, 0 the reference."""

    x1: Floats
    n1: Floats
    x0: Floats
    n0: Floats

    @property
    def uninformative(self) -> Bools:
        """Studies in which nobody, or everybody, had the event: they say nothing of a ratio."""
        nobody = (self.x1 == 0) & (self.x0 == 0)
        return np.asarray(nobody | ((self.x1 == self.n1) & (self.x0 == self.n0)))


def mean_difference(
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    reference_mean: ArrayLike,
    reference_sd: ArrayLike,
    reference_n: ArrayLike,
    *,
    equal_variances: bool = False,
) -> Effects:
    """The raw difference of means, each argument (k,), in the unit of the outcome.

    The variance is sd²/n of each arm, or with ``equal_variances`` that of the pooled SD.
    Raises ImpossibleValue for an SD that is not positive or an arm of fewer than two.
    """
    a = _means(mean, sd, n, reference_mean, reference_sd, reference_n)
    if equal_variances:
        variance = _pooled_variance(a) * (1.0 / a.n1 + 1.0 / a.n0)
    else:
        variance = a.s1**2 / a.n1 + a.s0**2 / a.n0
    return Effects(effect=a.m1 - a.m0, variance=variance, measure="mean difference")


def hedges_g(
    mean: ArrayLike,
    sd: ArrayLike,
    n: ArrayLike,
    reference_mean: ArrayLike,
    reference_sd: ArrayLike,
    reference_n: ArrayLike,
    *,
    correction: Correction = "exact",
    variance_of: Literal["g", "d"] = "g",
) -> Effects:
    """Hedges' g: the difference in pooled SDs times the small-sample correction J, each argument (k,).

    J is exact (by the gamma function) or ``approximate``, 1 − 3/(4N − 9). The variance is
    1/n + 1/n_reference + x²/(2N) with x = g, or the uncorrected d with ``variance_of`` "d".
    Raises ImpossibleValue for an SD that is not positive or an arm of fewer than two.
    """
    a = _means(mean, sd, n, reference_mean, reference_sd, reference_n)
    N = a.n1 + a.n0
    d = (a.m1 - a.m0) / np.sqrt(_pooled_variance(a))
    g = (_exact_j(N - 2.0) if correction == "exact" else 1.0 - 3.0 / (4.0 * N - 9.0)) * d
    x = g if variance_of == "g" else d
    return Effects(effect=g, variance=1.0 / a.n1 + 1.0 / a.n0 + x * x / (2.0 * N), measure="Hedges' g")


def _pooled_variance(a: _Means) -> Floats:
    return np.asarray(((a.n1 - 1.0) * a.s1**2 + (a.n0 - 1.0) * a.s0**2) / (a.n1 + a.n0 - 2.0))


def _exact_j(df: Floats) -> Floats:
    return np.asarray(np.exp(gammaln(df / 2.0) - 0.5 * np.log(df / 2.0) - gammaln((df - 1.0) / 2.0)))


def _means(*given: ArrayLike) -> _Means:
    means = _Means(*_columns(given))
    for sd in (means.s1, means.s0):
        _refuse(~(sd > 0) | np.isinf(sd), "a standard deviation must be a positive number", sd)
    for n in (means.n1, means.n0):
        _refuse(~(n >= 2) | np.isinf(n), "an arm needs at least two persons for a standard deviation", n)
    for mean in (means.m1, means.m0):
        _refuse(~np.isfinite(mean), "a mean must be a finite number", mean)
    return means


def counts(events: ArrayLike, n: ArrayLike, reference_events: ArrayLike, reference_n: ArrayLike) -> Counts:
    """Two-by-two tables, each argument (k,), checked.

    Raises ImpossibleValue where a count is no whole number, an arm is empty or has more events
    than persons; TableError where the arguments differ in length.
    """
    tables = Counts(*_columns((events, n, reference_events, reference_n)))
    for count in tables:
        whole = np.isfinite(count) & (count == np.round(count)) & (count >= 0)
        _refuse(~whole, "a count must be a whole number", count)
    for x, total in ((tables.x1, tables.n1), (tables.x0, tables.n0)):
        _refuse(total < 1, "an arm needs at least one person", total)
        _refuse(x > total, f"events can be no more than persons ({_first(total, x > total)})", x)
    return tables


def _columns(given: tuple[ArrayLike, ...]) -> list[Floats]:
    columns = [np.atleast_1d(np.asarray(each, dtype=float)) for each in given]
    lengths = [len(each) for each in columns]
    if len(set(lengths)) > 1 or any(each.ndim > 1 for each in columns):
        raise TableError(f"Every argument needs one value for each study; they came with {lengths} values.")
    return columns


def log_risk_ratio(
    events: ArrayLike,
    n: ArrayLike,
    reference_events: ArrayLike,
    reference_n: ArrayLike,
    *,
    add: float = 0.5,
    zero_cells: ZeroCells = "where_zero",
    added_to: AddedTo = "both_cells",
    keep_uninformative: bool = False,
) -> Effects:
    """The natural logarithm of the ratio of risks, each argument (k,).

    ``add`` goes to the cells of studies with an empty cell, of all, or of none; ``added_to``
    "events" raises the event count and the number of persons alike. Studies where nobody or
    everybody had the event are NaN with a warning unless ``keep_uninformative``.
    Raises ImpossibleValue for counts that cannot be.
    """
    c = counts(events, n, reference_events, reference_n)
    x1, n1, x0, n0 = filled(c, add, zero_cells, added_to)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.log(x1 / n1) - np.log(x0 / n0)
        variance = 1.0 / x1 - 1.0 / n1 + 1.0 / x0 - 1.0 / n0
    return _effects(effect, variance, "log risk ratio", c.uninformative & (not keep_uninformative))


def log_odds_ratio(
    events: ArrayLike,
    n: ArrayLike,
    reference_events: ArrayLike,
    reference_n: ArrayLike,
    *,
    add: float = 0.5,
    zero_cells: ZeroCells = "where_zero",
    keep_uninformative: bool = False,
) -> Effects:
    """The natural logarithm of the ratio of odds, each argument (k,).

    ``add`` and ``zero_cells`` as for the risk ratio. Studies where nobody or everybody had the
    event are NaN with a warning unless ``keep_uninformative``.
    Raises ImpossibleValue for counts that cannot be.
    """
    c = counts(events, n, reference_events, reference_n)
    x1, n1, x0, n0 = filled(c, add, zero_cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.log(x1) - np.log(n1 - x1) - np.log(x0) + np.log(n0 - x0)
        variance = 1.0 / x1 + 1.0 / (n1 - x1) + 1.0 / x0 + 1.0 / (n0 - x0)
    return _effects(effect, variance, "log odds ratio", c.uninformative & (not keep_uninformative))


def risk_differences(
    events: ArrayLike,
    n: ArrayLike,
    reference_events: ArrayLike,
    reference_n: ArrayLike,
    *,
    add: float = 0.5,
    zero_cells: ZeroCells = "where_zero",
) -> Effects:
    """The difference of risks, each argument (k,); ``add`` and ``zero_cells`` as for the risk ratio.

    A study without events is kept: it says that the difference is small.
    Raises ImpossibleValue for counts that cannot be.
    """
    c = counts(events, n, reference_events, reference_n)
    x1, n1, x0, n0 = filled(c, add, zero_cells)
    p1, p0 = x1 / n1, x0 / n0
    variance = p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0
    return _effects(p1 - p0, variance, "risk difference", np.zeros_like(n1, bool))


def filled(c: Counts, add: float, zero_cells: ZeroCells, to: AddedTo = "both_cells") -> Counts:
    """Events and persons after the continuity correction.

    Raises ImpossibleValue for a negative addition, UnknownName for another treatment of zero cells.
    """
    if not (np.isfinite(add) and add >= 0):
        raise ImpossibleValue(f"What is added to an empty cell must be zero or more, not {add}.")
    empty = (c.x1 == 0) | (c.x0 == 0) | (c.x1 == c.n1) | (c.x0 == c.n0)
    choices = {"where_zero": empty, "everywhere": np.ones_like(empty), "nowhere": np.zeros_like(empty)}
    if zero_cells not in choices:
        raise UnknownName(
            f"There is no treatment of zero cells named {zero_cells!r}; there are {', '.join(choices)}."
        )
    where = choices[zero_cells]
    more = np.where(where, add, 0.0)
    persons = (2.0 if to == "both_cells" else 1.0) * more
    return Counts(c.x1 + more, c.n1 + persons, c.x0 + more, c.n0 + persons)


def _effects(effect: Floats, variance: Floats, measure: str, uninformative: Bools) -> Effects:
    """NaN and a warning for the studies that say nothing, and where an empty cell was left empty."""
    warnings = []
    if uninformative.any():
        warnings.append(
            f"nobody, or everybody, had the event in both arms of study {study_numbers(uninformative)} "
            f"(counted from 1): no {measure}"
        )
    endless = ~uninformative & ~(np.isfinite(effect) & np.isfinite(variance) & (variance > 0))
    if endless.any():
        warnings.append(
            f"an empty cell leaves study {study_numbers(endless)} (counted from 1) without a {measure}"
        )
    blank = uninformative | endless
    return Effects(
        effect=np.where(blank, np.nan, effect),
        variance=np.where(blank, np.nan, variance),
        measure=measure,
        warnings=tuple(warnings),
    )


def study_numbers(which: Bools) -> str:
    """The studies where ``which`` (k,) is true, counted from 1."""
    return ", ".join(str(i + 1) for i in np.flatnonzero(which))


def _first(values: Floats, which: Bools) -> str:
    return f"{values[which][0]:g}" if which.any() else ""


def _refuse(bad: Bools, sentence: str, given: Floats) -> None:
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        raise ImpossibleValue(f"Study {first + 1} (counted from 1): {sentence}, not {given[first]:g}.")
