"""Proportions: one with its interval, the difference between two, and their ratio.

One proportion: Wilson's score interval (1927, doi:10.1080/01621459.1927.10502953) or the
exact one of Clopper and Pearson (1934, doi:10.1093/biomet/26.4.404). A difference:
Miettinen and Nurminen's score interval (1985, doi:10.1002/sim.4780040211), or Newcombe's
hybrid of two Wilson intervals (1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
A ratio: Miettinen and Nurminen's, or Koopman's (1984, doi:10.2307/2531405), which is the
same score without the factor N/(N − 1); Newcombe's hybrid is one of differences only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scipy.special import betaincinv, ndtri

from holdfast.errors import ImpossibleValue, UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """A share between 0 and 1 (or a difference of two, −1 to 1) with its interval."""

    estimate: float
    interval: tuple[float, float]
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRatio:
    """A share divided by the reference's, with its interval; NaN where neither arm has an event."""

    estimate: float
    interval: tuple[float, float]
    method: str
    warnings: tuple[str, ...] = ()


def proportion(
    events: int, n: int, *, method: Literal["wilson", "exact"] = "wilson", level: float = 0.95
) -> Proportion:
    """``events`` of ``n``, with an interval that covers ``level``.

    Raises ImpossibleValue where n is not positive or events are not among them.
    """
    check_counts(events, n)
    check_level(level)
    interval = wilson(events, n, level=level) if method == "wilson" else exact(events, n, level=level)
    return Proportion(estimate=events / n, interval=interval, method=method)


def wilson(events: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval."""
    z = float(ndtri(0.5 + level / 2.0))
    centre = (events + z * z / 2.0) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(events * (n - events) / n + z * z / 4.0)
    # At the ends the formula gives 0 and 1 but for rounding.
    lower = 0.0 if events == 0 else centre - half
    upper = 1.0 if events == n else centre + half
    return lower, upper


def exact(events: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval."""
    tail = (1.0 - level) / 2.0
    lower = 0.0 if events == 0 else float(betaincinv(events, n - events + 1, tail))
    upper = 1.0 if events == n else float(betaincinv(events + 1, n - events, 1.0 - tail))
    return lower, upper


def risk_difference(
    events: int,
    n: int,
    reference_events: int,
    reference_n: int,
    *,
    method: Literal["miettinen-nurminen", "newcombe"] = "miettinen-nurminen",
    level: float = 0.95,
) -> Proportion:
    """The share of ``events`` among ``n`` minus the reference's, with an interval that covers ``level``.

    Raises ImpossibleValue where an n is not positive or events are not among them.
    """
    check_counts(events, n)
    check_counts(reference_events, reference_n)
    check_level(level)
    between = _newcombe if method == "newcombe" else _miettinen_nurminen
    return Proportion(
        estimate=events / n - reference_events / reference_n,
        interval=between(events, n, reference_events, reference_n, level),
        method=method,
    )


def risk_ratio(
    events: int,
    n: int,
    reference_events: int,
    reference_n: int,
    *,
    method: Literal["miettinen-nurminen", "koopman"] = "miettinen-nurminen",
    level: float = 0.95,
) -> RiskRatio:
    """The share of ``events`` among ``n`` divided by the reference's, with an interval that covers ``level``.

    An arm without events makes the ratio 0 or infinite, and the interval open on that
    side, with a warning; two such arms leave it unknown (NaN, 0 to infinity).

    Raises ImpossibleValue where an n is not positive or events are not among them.
    """
    check_counts(events, n)
    check_counts(reference_events, reference_n)
    check_level(level)
    if method not in ("miettinen-nurminen", "koopman"):
        raise UnknownName(f"A ratio's interval is miettinen-nurminen or koopman, not {method}.")
    counts = (events, n, reference_events, reference_n)
    return RiskRatio(
        estimate=_ratio(*counts),
        interval=_ratio_limits(counts, level, corrected=method == "miettinen-nurminen"),
        method=method,
        warnings=_without_events(events, reference_events),
    )


def check_counts(events: float, n: float) -> None:
    """Refuse counts that cannot be ``events`` of ``n`` people, with a sentence (ImpossibleValue)."""
    if not (math.isfinite(events) and math.isfinite(n) and events == int(events) and n == int(n)):
        raise ImpossibleValue(f"Counts of people are whole and finite; {events} of {n} is not.")
    if n <= 0:
        raise ImpossibleValue(f"A proportion needs at least one person, not {n}.")
    if not 0 <= events <= n:
        raise ImpossibleValue(f"{events} of {n} is no proportion: the first must lie from 0 to the second.")


def check_level(level: float) -> None:
    """Refuse a level of confidence outside 0 to 1 (ImpossibleValue)."""
    if not 0.0 < level < 1.0:
        raise ImpossibleValue(f"A level of confidence lies between 0 and 1, like 0.95; {level} does not.")


def _without_events(events: int, reference_events: int) -> tuple[str, ...]:
    if not events and not reference_events:
        return ("Neither arm has an event: the data say nothing about the ratio.",)
    if not events:
        return ("The arm has no event: the ratio is 0 and its interval begins there.",)
    if not reference_events:
        return ("The reference has no event: the ratio is infinite and its interval has no upper end.",)
    return ()


def _newcombe(x1: int, n1: int, x0: int, n0: int, level: float) -> tuple[float, float]:
    p1, p0 = x1 / n1, x0 / n0
    low1, high1 = wilson(x1, n1, level=level)
    low0, high0 = wilson(x0, n0, level=level)
    difference = p1 - p0
    return (
        difference - math.hypot(p1 - low1, high0 - p0),
        difference + math.hypot(high1 - p1, p0 - low0),
    )


def _miettinen_nurminen(x1: int, n1: int, x0: int, n0: int, level: float) -> tuple[float, float]:
    """The differences whose score statistic does not exceed the normal quantile, found by bisection."""
    limit = float(ndtri(0.5 + level / 2.0))
    estimate = x1 / n1 - x0 / n0

    def rejected(delta: float) -> bool:
        return abs(_score(delta, x1, n1, x0, n0)) > limit

    lower = -1.0 if estimate <= -1.0 else crossing(-1.0, estimate, rejected)
    upper = 1.0 if estimate >= 1.0 else crossing(1.0, estimate, rejected)
    return lower, upper


def crossing(outside: float, inside: float, rejected: Callable[[float], bool]) -> float:
    """The value between ``outside`` (rejected) and ``inside`` (not) at which rejection begins."""
    for _ in range(80):
        middle = (outside + inside) / 2.0
        if rejected(middle):
            outside = middle
        else:
            inside = middle
    return (outside + inside) / 2.0


def _score(delta: float, x1: int, n1: int, x0: int, n0: int) -> float:
    """The score statistic of a difference ``delta``."""
    variance = null_variance(delta, x1, n1, x0, n0)
    gap = x1 / n1 - x0 / n0 - delta
    if variance <= 0.0:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)


def null_variance(delta: float, x1: int, n1: int, x0: int, n0: int) -> float:
    """The variance of a difference at the constrained maximum, times N/(N − 1)."""
    N = n1 + n0
    p0 = _constrained(delta, x1, n1, x0, n0)
    p1 = min(max(p0 + delta, 0.0), 1.0)
    return (p1 * (1.0 - p1) / n1 + p0 * (1.0 - p0) / n0) * N / (N - 1.0)


def _constrained(delta: float, x1: int, n1: int, x0: int, n0: int) -> float:
    """The maximum likelihood reference share given the difference: the middle root of a cubic."""
    N, x = n1 + n0, x1 + x0
    c2 = ((n1 + 2 * n0) * delta - N - x) / (3.0 * N)
    c1 = ((n0 * delta - N - 2 * x0) * delta + x) / (3.0 * N)
    c0 = x0 * delta * (1.0 - delta) / N
    q = c2**3 - 1.5 * c1 * c2 + c0 / 2.0
    p = math.copysign(math.sqrt(max(c2 * c2 - c1, 0.0)), q)
    if p == 0.0:
        return min(max(-c2, 0.0), 1.0)
    angle = (math.pi + math.acos(min(max(q / p**3, -1.0), 1.0))) / 3.0
    return min(max(2.0 * p * math.cos(angle) - c2, 0.0), 1.0)


def _ratio(x1: int, n1: int, x0: int, n0: int) -> float:
    if x0 == 0:
        return math.inf if x1 else math.nan
    return (x1 / n1) / (x0 / n0)


def _ratio_limits(counts: tuple[int, int, int, int], level: float, *, corrected: bool) -> tuple[float, float]:
    """The ratios whose score statistic does not exceed the normal quantile, by bisection of the logarithm."""
    x1, _, x0, _ = counts
    limit = float(ndtri(0.5 + level / 2.0))

    def rejected(log_ratio: float) -> bool:
        return abs(_ratio_score(math.exp(log_ratio), *counts, corrected=corrected)) > limit

    # Where an arm has no event the estimate is 0 or infinite; e±30 stands for it, far beyond any count.
    middle = math.log(_ratio(*counts)) if x1 and x0 else (30.0 if x1 else -30.0)
    lower = math.exp(crossing(-30.0, middle, rejected)) if x1 else 0.0
    upper = math.exp(crossing(30.0, middle, rejected)) if x0 else math.inf
    return lower, upper


def _ratio_score(ratio: float, x1: int, n1: int, x0: int, n0: int, *, corrected: bool) -> float:
    """The score statistic of a ratio: the constrained reference share is the lesser root of a quadratic."""
    N = n1 + n0
    b = ratio * (n1 + x0) + x1 + n0
    root = math.sqrt(max(b * b - 4.0 * N * ratio * (x1 + x0), 0.0))
    p0 = min(2.0 * (x1 + x0) / (b + root), 1.0)
    p1 = min(ratio * p0, 1.0)
    variance = p1 * (1.0 - p1) / n1 + ratio * ratio * p0 * (1.0 - p0) / n0
    variance *= N / (N - 1.0) if corrected else 1.0
    gap = x1 / n1 - ratio * x0 / n0
    if variance <= 0.0:
        return math.copysign(math.inf, gap) if gap else 0.0
    return gap / math.sqrt(variance)
