"""Time to event: Kaplan-Meier curves, the log-rank test, restricted means (Cox's model is in ``cox``).

The numbers come from lifelines; here are checked input, typed results, and what lifelines
does not say: few or no events in an arm, intervals that do not exist. Kaplan, Meier 1958
(doi:10.1080/01621459.1958.10501452) with the interval of the log-log scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.proportions import check_level

#: Fewer events than this in an arm, or for each coefficient, are called few.
FEW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalCurve:
    """Survival after each distinct time, arrays (K,); a limit is NaN where the scale gives none.

    ``median`` is infinite, and so are ends of its interval, where the curve does not come down to a half.
    """

    times: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    lower: Floats
    upper: Floats
    median: float
    median_interval: tuple[float, float]
    warnings: tuple[str, ...]

    def at(self, time: float) -> tuple[float, float, float]:
        """Survival at ``time`` and its limits: 1 without limits before the first time, NaN after the last."""
        if time > self.times[-1] and self.survival[-1] > 0.0:
            return math.nan, math.nan, math.nan
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        if k < 0:
            return 1.0, math.nan, math.nan
        return float(self.survival[k]), float(self.lower[k]), float(self.upper[k])


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRank:
    """The log-rank statistic (chi-squared) of two or more arms."""

    statistic: float
    df: int
    p: float
    events: tuple[int, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """The mean time without the event up to ``until``, or a difference of two such, with its interval."""

    until: float
    estimate: float
    se: float
    interval: tuple[float, float]
    warnings: tuple[str, ...]


def kaplan_meier(time: npt.ArrayLike, event: npt.ArrayLike, *, level: float = 0.95) -> SurvivalCurve:
    """The survival curve of one group; ``time`` (n,) of event or last contact, ``event`` (n,) 1 or 0.

    Raises ImpossibleValue for times that are not positive and finite or events neither 0
    nor 1, TableError for nobody, or lists of unequal length.
    """
    check_level(level)
    days, happened = checked_times(time, event)
    fitted = _fitted_curve(days, happened, level)
    table = fitted.event_table.iloc[1:]
    survival = fitted.survival_function_.to_numpy()[1:, 0]
    limits = fitted.confidence_interval_.to_numpy()[1:]
    # On the log-log scale neither 1 nor 0 has a standard error; lifelines then prints limits of no width.
    limits[(survival >= 1.0) | (survival <= 0.0)] = math.nan
    lower, upper = limits[:, 0], limits[:, 1]
    times = table.index.to_numpy(dtype=np.float64)
    return SurvivalCurve(
        times=times,
        at_risk=table["at_risk"].to_numpy(dtype=np.int64),
        events=table["observed"].to_numpy(dtype=np.int64),
        censored=table["censored"].to_numpy(dtype=np.int64),
        survival=survival,
        lower=lower,
        upper=upper,
        median=_median(times, survival),
        median_interval=(_median(times, lower), _median(times, upper)),
        warnings=few_events("The group", int(happened.sum())),
    )


def log_rank(
    time: npt.ArrayLike, event: npt.ArrayLike, arm: npt.ArrayLike, *, arms: Sequence[str] | None = None
) -> LogRank:
    """The log-rank test of ``arm`` (n,) indices into ``arms`` (their numbers where not given).

    Raises as ``kaplan_meier``, and TableError where only one arm has people or nobody has an event.
    """
    from lifelines.statistics import multivariate_logrank_test

    days, happened = checked_times(time, event)
    which, labels = checked_arms(arm, arms, len(days))
    counts = events_by_arm(happened, which, labels)
    found = multivariate_logrank_test(days, which, happened)
    return LogRank(
        statistic=float(found.test_statistic),
        df=len(labels) - 1,
        p=float(found.p_value),
        events=counts,
        warnings=tuple(
            warning
            for label, count in zip(labels, counts, strict=True)
            for warning in few_events(label, count)
        ),
    )


def restricted_mean(
    time: npt.ArrayLike, event: npt.ArrayLike, *, until: float, level: float = 0.95
) -> RestrictedMean:
    """The mean time without the event up to ``until``: the area under the curve.

    Its variance is the sum over event times of (area from there on)² · d / (n (n − d));
    lifelines' own is the variance of a lifetime, not of the mean's estimate.

    Raises as ``kaplan_meier``, and TableError where nobody is followed as far as ``until``.
    """
    from lifelines.utils import restricted_mean_survival_time

    check_level(level)
    days, happened = checked_times(time, event)
    if not 0.0 < until < math.inf:
        raise ImpossibleValue(f"A restricted mean needs a positive, finite time to stop at, not {until}.")
    last = float(days.max())
    if until > last and not happened[days == last].all():
        raise TableError(
            f"Nobody is followed to {until:g}: the last contact is at {last:g}, "
            "and the curve beyond is unknown."
        )
    fitted = _fitted_curve(days, happened, level)
    estimate = float(restricted_mean_survival_time(fitted, t=until))
    se = math.sqrt(_area_variance(fitted, until))
    half = float(ndtri(0.5 + level / 2.0)) * se
    return RestrictedMean(
        until=until,
        estimate=estimate,
        se=se,
        interval=(estimate - half, estimate + half),
        warnings=few_events("The group", int((happened & (days <= until)).sum())),
    )


def restricted_mean_difference(
    time: npt.ArrayLike, event: npt.ArrayLike, arm: npt.ArrayLike, *, until: float, level: float = 0.95
) -> RestrictedMean:
    """Arm 1's restricted mean minus arm 0's. Raises as ``restricted_mean``, of either arm."""
    days, happened = checked_times(time, event)
    which, labels = checked_arms(arm, None, len(days))
    if len(labels) != 2:
        raise TableError(f"A difference of restricted means takes two arms; {len(labels)} came.")
    reference, treated = (
        restricted_mean(days[which == a], happened[which == a], until=until, level=level) for a in (0, 1)
    )
    estimate, se = treated.estimate - reference.estimate, math.hypot(treated.se, reference.se)
    half = float(ndtri(0.5 + level / 2.0)) * se
    return RestrictedMean(
        until=until,
        estimate=estimate,
        se=se,
        interval=(estimate - half, estimate + half),
        warnings=tuple(
            f"Arm {a}: {warning}" for a, one in enumerate((reference, treated)) for warning in one.warnings
        ),
    )


def checked_times(time: npt.ArrayLike, event: npt.ArrayLike) -> tuple[Floats, Bools]:
    """Times (n,) and whether the event happened (n,), or a refusal in a sentence."""
    days, happened = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=np.float64)
    if days.ndim != 1 or days.shape != happened.shape or not len(days):
        raise TableError("Times and events must be two lists of one length, with one person at least.")
    if not np.isfinite(days).all():
        raise ImpossibleValue(f"{int((~np.isfinite(days)).sum())} times are missing or infinite.")
    if (days <= 0.0).any():
        raise ImpossibleValue(
            f"{int((days <= 0.0).sum())} times are 0 or less: who left or had the event at once was never "
            "at risk. Leave these people out, or count the first day as 1 for everybody."
        )
    if not np.isin(happened, (0.0, 1.0)).all():
        raise ImpossibleValue(
            "An event is 1 (it happened) or 0 (not by the last contact); other values came."
        )
    return days, happened == 1.0


def checked_arms(arm: npt.ArrayLike, arms: Sequence[str] | None, n: int) -> tuple[Ints, tuple[str, ...]]:
    """Arm numbers (n,) and their names; TableError where fewer than two have people."""
    which = np.asarray(arm)
    if which.shape != (n,):
        raise TableError(f"Arms must be a list of {n} entries, one a person.")
    numbers = np.unique(which)
    labels = tuple(arms) if arms is not None else tuple(str(number) for number in range(len(numbers)))
    if len(numbers) < 2 or numbers.tolist() != list(range(len(labels))):
        raise TableError(
            f"Arms are compared: numbers 0 to {max(len(labels) - 1, 1)}, each with people; "
            f"these came: {numbers}."
        )
    return which.astype(np.int64), labels


def events_by_arm(happened: Bools, arm: Ints, labels: tuple[str, ...]) -> tuple[int, ...]:
    """Events in each arm; TableError where nobody has one."""
    if not happened.any():
        raise TableError("Nobody has an event (all are censored): the arms cannot be compared.")
    return tuple(int(happened[arm == a].sum()) for a in range(len(labels)))


def few_events(group: str, events: int) -> tuple[str, ...]:
    """A warning where a group has fewer than ``FEW`` events."""
    if events == 0:
        return (f"{group} has no event.",)
    if events < FEW:
        return (
            f"{group} has only {events} event{'s' if events > 1 else ''}: large-sample numbers are rough.",
        )
    return ()


def _fitted_curve(days: Floats, happened: Bools, level: float) -> Any:
    from lifelines import KaplanMeierFitter  # weight: 0.8 s to import

    return KaplanMeierFitter(alpha=1.0 - level).fit(days, happened)


def _median(times: Floats, curve: Floats) -> float:
    """The first time at which the curve is at or below a half; infinite where it never is."""
    below = np.flatnonzero(curve <= 0.5)
    return float(times[below[0]]) if len(below) else math.inf


def _area_variance(fitted: Any, until: float) -> float:
    table = fitted.event_table
    times = table.index.to_numpy(dtype=np.float64)
    within = times < until
    edges = np.append(times[within], until)
    heights = fitted.survival_function_.to_numpy()[within, 0]
    area_after = np.cumsum((heights * np.diff(edges))[::-1])[::-1]
    d, n = table["observed"].to_numpy(np.float64)[within], table["at_risk"].to_numpy(np.float64)[within]
    spread = np.where((d > 0) & (n > d), d / np.where(n > d, n * (n - d), 1.0), 0.0)
    return float((area_after**2 * spread).sum())
