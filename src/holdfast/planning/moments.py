"""What a batch of simulated trials leaves behind: counts, sums and sums of squares by column.

Batches are added exactly (``math.fsum``), so that a result does not depend on which
worker finished first, nor on how many there were.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.statistics.proportions import wilson


@dataclass(frozen=True, slots=True)
class Moments:
    """By column: how many trials said something, their sum and sum of squares."""

    columns: Mapping[str, tuple[float, float, float]]

    def mean(self, column: str) -> Mean:
        """The mean of a column with its Monte-Carlo standard error; NaN where nothing was said."""
        n, total, squares = self.columns[column]
        if n == 0:
            return Mean(estimate=math.nan, se=math.nan, n=0)
        mean = total / n
        variance = max(squares - total * mean, 0.0) / (n - 1) if n > 1 else math.nan
        return Mean(estimate=mean, se=math.sqrt(variance / n), n=int(n))

    def spread(self, column: str) -> float:
        """The standard deviation of a column between trials."""
        found = self.mean(column)
        return found.se * math.sqrt(found.n)

    def share(self, column: str) -> Share:
        """The share of trials in which a column of noughts and ones is one, with Wilson's 95 % interval."""
        n, total, _ = self.columns[column]
        if n == 0:
            return Share(estimate=math.nan, se=math.nan, lower=math.nan, upper=math.nan, n=0)
        estimate = total / n
        lower, upper = wilson(round(total), int(n))
        se = math.sqrt(estimate * (1.0 - estimate) / n)
        return Share(estimate=estimate, se=se, lower=lower, upper=upper, n=int(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean over ``n`` simulated trials and its Monte-Carlo standard error."""

    estimate: float
    se: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of ``n`` simulated trials, its Monte-Carlo standard error and 95 % interval."""

    estimate: float
    se: float
    lower: float
    upper: float
    n: int


def add(parts: Sequence[Moments]) -> Moments:
    """The moments of all batches together, the same to the last bit in whatever order they came."""
    names = parts[0].columns if parts else {}
    return Moments(
        {
            name: (
                math.fsum(part.columns[name][0] for part in parts),
                math.fsum(part.columns[name][1] for part in parts),
                math.fsum(part.columns[name][2] for part in parts),
            )
            for name in names
        }
    )
