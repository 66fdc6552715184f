"""Cox's model: hazard ratios of arms, with what a hazard ratio hides.

The fit is lifelines', run to the last digit; here are checked input, typed results, arms
without events, likelihoods that rise for ever, and hazards that are not proportional.
Cox 1972 (doi:10.1111/j.2517-6161.1972.tb00899.x), Efron's treatment of ties, Grambsch and
Therneau's test (1994, doi:10.1093/biomet/81.3.515).
"""

from __future__ import annotations

import math
import warnings as python_warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.proportions import check_level
from holdfast.statistics.survival import FEW, checked_arms, checked_times, events_by_arm, few_events

#: A standard error above this, for a column of standard deviation 1, belongs to no finite estimate.
ENDLESS = 50.0
NOT_CONVERGED = "Cox's model did not converge: columns depend on each other, or events are too few."


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRatio:
    """One arm's hazard against the reference's; 0, infinite or NaN without an interval where events lack.

    ``proportional_p`` is the p value of Grambsch and Therneau's test with time as it is.
    """

    arm: str
    reference: str
    estimate: float
    log_se: float
    interval: tuple[float, float]
    p: float
    proportional_p: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoxFit:
    """Hazard ratios of the arms, and coefficients of all columns on the log scale."""

    hazard_ratios: tuple[HazardRatio, ...]
    columns: tuple[str, ...]
    coefficients: Floats
    standard_errors: Floats
    log_likelihood: float
    events: tuple[int, ...]
    converged: bool
    warnings: tuple[str, ...]


def cox(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    arm: npt.ArrayLike,
    *,
    arms: Sequence[str] | None = None,
    covariates: Floats | None = None,
    names: Sequence[str] = (),
    strata: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> CoxFit:
    """Cox's model of ``arm`` (the first is the reference) and ``covariates`` (n, k), by ``strata``.

    An arm without events is taken out of the fit, which is the limit of its likelihood,
    and its ratio is 0; where the reference has none, no ratio is estimable.

    Raises as ``log_rank``, and TableError for covariates that are missing, infinite or constant.
    """
    check_level(level)
    days, happened = checked_times(time, event)
    which, labels = checked_arms(arm, arms, len(days))
    counts = events_by_arm(happened, which, labels)
    table = _columns(covariates, names, len(days))
    fitted_arms = [a for a in range(1, len(labels)) if counts[a]]
    doubts = _doubts(labels, counts, len(fitted_arms) + table.shape[1])
    if not counts[0] or not fitted_arms:
        return _without_fit(labels, counts, doubts)
    rows = np.isin(which, [0, *fitted_arms])
    frame = _frame(days, happened, which, table, rows=rows, fitted_arms=fitted_arms, strata=strata)
    fitted, tests, complaint = _fit_cox(frame, stratified=strata is not None)
    columns = (*(labels[a] for a in fitted_arms), *names)
    if fitted is None:
        return _without_fit(labels, counts, (*doubts, complaint))
    coefficients, errors = fitted.params_.to_numpy(), fitted.standard_errors_.to_numpy()
    endless = _endless(errors, frame, columns)
    if endless or complaint:
        reason = complaint or (
            f"The likelihood of {', '.join(endless)} rises for ever: "
            "all events lie on one side, so there is no estimate."
        )
        return _without_fit(labels, counts, (*doubts, reason))
    ratios = tuple(
        _ratio(labels, a, fitted_arms, coefficients, errors, tests, float(ndtri(0.5 + level / 2.0)))
        for a in range(1, len(labels))
    )
    return CoxFit(
        hazard_ratios=ratios,
        columns=columns,
        coefficients=coefficients,
        standard_errors=errors,
        log_likelihood=float(fitted.log_likelihood_),
        events=counts,
        converged=True,
        warnings=doubts + _not_proportional(ratios),
    )


def _doubts(labels: tuple[str, ...], counts: tuple[int, ...], columns: int) -> tuple[str, ...]:
    doubts = [
        warning for label, count in zip(labels, counts, strict=True) for warning in few_events(label, count)
    ]
    if 0 < sum(counts) < FEW * columns:
        doubts.append(f"{sum(counts)} events carry {columns} coefficients: fewer than ten each.")
    return tuple(doubts)


def _columns(covariates: Floats | None, names: Sequence[str], n: int) -> Floats:
    table = np.empty((n, 0)) if covariates is None else np.asarray(covariates, dtype=np.float64)
    if table.ndim != 2 or len(table) != n or table.shape[1] != len(names):
        raise TableError(f"Covariates must be a table of {n} rows with a name for each column.")
    if not np.isfinite(table).all():
        raise TableError("A covariate is missing or infinite for somebody; impute or leave out first.")
    for j, name in enumerate(names):
        if np.ptp(table[:, j]) == 0.0:
            raise TableError(f"{name} is the same for everybody; leave it out.")
    return table


def _frame(
    days: Floats,
    happened: Bools,
    arm: Ints,
    table: Floats,
    *,
    rows: Bools,
    fitted_arms: Sequence[int],
    strata: npt.ArrayLike | None,
) -> Any:
    import pandas

    # lifelines sorts its tests by name: three figures keep them in order.
    columns: dict[str, Any] = {
        f"x{a:03d}": (arm[rows] == number) * 1.0 for a, number in enumerate(fitted_arms)
    }
    columns |= {f"x{len(fitted_arms) + j:03d}": table[rows, j] for j in range(table.shape[1])}
    columns |= {"time": days[rows], "event": happened[rows]}
    if strata is not None:
        labels = np.asarray(strata)
        if labels.shape != arm.shape:
            raise TableError(f"Strata must be a list of {len(arm)} entries, one a person.")
        columns["stratum"] = np.unique(labels[rows], return_inverse=True)[1]
    return pandas.DataFrame(columns)


def _fit_cox(frame: Any, *, stratified: bool) -> tuple[Any, Floats, str]:
    """The fitted model, p values of proportional hazards, and a complaint where lifelines has one."""
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError
    from lifelines.statistics import proportional_hazard_test

    # lifelines stops at 1e-7 of the Newton decrement, which leaves the sixth digit open.
    options = {"precision": 1e-12, "max_steps": 200}
    strata = ["stratum"] if stratified else None
    with python_warnings.catch_warnings(record=True) as told:
        python_warnings.simplefilter("always")
        try:
            fitted = CoxPHFitter().fit(frame, "time", "event", strata=strata, fit_options=options)
            tests = proportional_hazard_test(fitted, frame, time_transform="identity")
        except (ConvergenceError, np.linalg.LinAlgError, ValueError):
            return None, np.empty(0), NOT_CONVERGED
    failed = any("failed to converge" in str(each.message) for each in told)
    p_values = np.atleast_1d(np.asarray(tests.p_value, dtype=np.float64))
    return fitted, p_values, NOT_CONVERGED if failed else ""


def _endless(errors: Floats, frame: Any, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Columns whose standard error, for a standard deviation of 1, is beyond any data."""
    spread = [float(frame[f"x{j:03d}"].std()) for j in range(len(columns))]
    # Not "at least": NaN is endless too.
    return tuple(name for j, name in enumerate(columns) if not errors[j] * spread[j] < ENDLESS)


def _without_fit(labels: tuple[str, ...], counts: tuple[int, ...], doubts: tuple[str, ...]) -> CoxFit:
    known = counts[0] > 0 and not any(counts[1:])
    if not counts[0]:
        doubts += (f"{labels[0]}, the reference, has no event: no hazard ratio can be estimated.",)
    nothing = (math.nan, math.nan)
    return CoxFit(
        hazard_ratios=tuple(
            HazardRatio(
                arm=label,
                reference=labels[0],
                estimate=0.0 if known else math.nan,
                log_se=math.nan,
                interval=nothing,
                p=math.nan,
                proportional_p=math.nan,
            )
            for label in labels[1:]
        ),
        columns=(),
        coefficients=np.empty(0),
        standard_errors=np.empty(0),
        log_likelihood=math.nan,
        events=counts,
        converged=False,
        warnings=doubts,
    )


def _ratio(
    labels: tuple[str, ...],
    a: int,
    fitted_arms: Sequence[int],
    coefficients: Floats,
    errors: Floats,
    tests: Floats,
    z: float,
) -> HazardRatio:
    if a not in fitted_arms:
        log_ratio, se, proportional = -math.inf, math.nan, math.nan
    else:
        k = fitted_arms.index(a)
        log_ratio, se, proportional = float(coefficients[k]), float(errors[k]), float(tests[k])
    return HazardRatio(
        arm=labels[a],
        reference=labels[0],
        estimate=math.exp(log_ratio),
        log_se=se,
        interval=(math.exp(log_ratio - z * se), math.exp(log_ratio + z * se)),
        p=float(2.0 * ndtr(-abs(log_ratio) / se)),
        proportional_p=proportional,
    )


def _not_proportional(ratios: tuple[HazardRatio, ...]) -> tuple[str, ...]:
    return tuple(
        f"The hazards of {one.arm} and {one.reference} do not look proportional "
        f"(p = {one.proportional_p:.3f}): the ratio is an average over the follow-up; "
        "a restricted mean says more."
        for one in ratios
        if one.proportional_p < 0.05
    )
