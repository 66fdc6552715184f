"""Delta adjustment and the tipping point: how wrong may the imputed values be?

A delta is added to what was imputed. The analysis is linear in the outcome, so the
estimate is linear in the size of the delta and its jackknife variance quadratic: where
the conclusion changes is the root of a quadratic equation, and nothing is refitted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics.ancova import arm_weights, differences, differences_without_each
from holdfast.statistics.arrays import Floats
from holdfast.statistics.incomplete_trial import IncompleteTrial
from holdfast.statistics.reference_based import ConditionalMean


def delta_by_arm(trial: IncompleteTrial, amounts: Floats, *, cumulative: bool = False) -> Floats:
    """(n, V) what is added to each missing value, 0 where observed.

    ``amounts`` (A,) for the arms or (A, V) for arms and visits. ``cumulative`` adds up
    the amounts of the person's missing visits so far: people get worse the longer they
    are away. Raises ImpossibleValue for another shape or an amount that is not finite.
    """
    A, V = len(trial.arms), len(trial.visits)
    amounts = np.asarray(amounts, dtype=np.float64)
    if amounts.shape not in ((A,), (A, V)) or not np.isfinite(amounts).all():
        raise ImpossibleValue(
            f"Deltas are finite numbers, one for each of {A} arms or for {A} arms by {V} visits; "
            f"found the shape {amounts.shape}.",
            field="delta",
        )
    table = amounts if amounts.ndim == 2 else np.repeat(amounts[:, None], V, axis=1)
    added = np.where(trial.missing, table[trial.arm], 0.0)
    return np.where(trial.missing, np.cumsum(added, axis=1), 0.0) if cumulative else added


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint:
    """Where adding a delta changes the conclusion (the interval begins or ceases to exclude 0).

    ``delta`` is the smallest such delta in the range, NaN where there is none, and
    ``estimate``, ``se``, ``lower``, ``upper`` are the answer there. ``significant``
    tells the conclusion without a delta. ``deltas`` (k,) with ``estimates``, ``lowers``
    and ``uppers`` (k,) are for a picture; ``sentence`` says it in words.
    """

    arm: str
    visit: str
    delta: float
    estimate: float
    se: float
    lower: float
    upper: float
    significant: bool
    deltas: Floats
    estimates: Floats
    lowers: Floats
    uppers: Floats
    sentence: str


def tipping_point(
    result: ConditionalMean,
    *,
    arm: str,
    visit: str,
    within: tuple[float, float],
    direction: Floats | None = None,
    level: float = 0.95,
    points: int = 41,
) -> TippingPoint:
    """The delta nearest to 0, between the two numbers of ``within``, at which the conclusion changes.

    One delta is added to every imputed value of ``arm``, or delta times ``direction``
    (n, V), as ``delta_by_arm`` makes it, to those of anybody. Raises UnknownName for an
    arm or visit that is not compared, ImpossibleValue for a range that is none or lacks 0.
    """
    trial = result.trial
    a, v = _place(trial, arm=arm, visit=visit)
    low, high = within
    if not (math.isfinite(low) and math.isfinite(high) and low <= 0.0 <= high and low < high):
        raise ImpossibleValue(
            f"The range of delta must go from a number up to another and hold 0; found {low:g} to {high:g}.",
            field="within",
        )
    if direction is None:
        direction = (trial.arm == a + 1).astype(np.float64)[:, None] * np.ones(len(trial.visits))
    line = _line(result, np.where(trial.missing, direction, 0.0), a=a, v=v)
    z = float(ndtri(0.5 + level / 2.0))
    delta = _nearest(line.crossings(z), low=low, high=high)
    deltas = np.linspace(low, high, points)
    estimates, errors = line.at(deltas)
    estimate, se = (float(each[0]) for each in line.at(np.array([delta])))
    start, start_se = (float(each[0]) for each in line.at(np.array([0.0])))
    significant = abs(start) > z * start_se
    return TippingPoint(
        arm=arm,
        visit=visit,
        delta=delta,
        estimate=estimate,
        se=se,
        lower=estimate - z * se,
        upper=estimate + z * se,
        significant=significant,
        deltas=deltas,
        estimates=estimates,
        lowers=estimates - z * errors,
        uppers=estimates + z * errors,
        sentence=_sentence(delta, significant=significant, known=math.isfinite(start_se), within=within),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """Estimate ``start + slope·delta`` with variance ``a + 2b·delta + c·delta²``."""

    start: float
    slope: float
    a: float
    b: float
    c: float

    def at(self, deltas: Floats) -> tuple[Floats, Floats]:
        """Estimates and standard errors at ``deltas``."""
        variance = self.a + 2.0 * self.b * deltas + self.c * deltas**2
        return self.start + self.slope * deltas, np.sqrt(np.maximum(variance, 0.0))

    def crossings(self, z: float) -> tuple[float, ...]:
        """The deltas at which the estimate is ``z`` standard errors from 0."""
        square = self.slope**2 - z**2 * self.c
        half = self.start * self.slope - z**2 * self.b
        constant = self.start**2 - z**2 * self.a
        discriminant = half**2 - square * constant
        if not discriminant > 0:  # NaN too: no standard error, no conclusion
            return ()
        # The root of larger size first, then its partner by the product of roots: no digits cancel.
        pivot = -(half + math.copysign(math.sqrt(discriminant), half))
        roots = [constant / pivot] if pivot != 0 else []
        if square != 0:
            roots.append(pivot / square)
        return tuple(roots)


def _place(trial: IncompleteTrial, *, arm: str, visit: str) -> tuple[int, int]:
    if arm not in trial.arms[1:] or visit not in trial.visits:
        raise UnknownName(
            f"There is no comparison of {arm!r} at {visit!r}; there are the arms "
            f"{', '.join(trial.arms[1:])} and the visits {', '.join(trial.visits)}."
        )
    return trial.arms[1:].index(arm), trial.visits.index(visit)


def _line(result: ConditionalMean, direction: Floats, *, a: int, v: int) -> Line:
    """How estimate and jackknife variance move with the delta, from the estimates without each person."""
    trial = result.trial
    n = len(trial.arm)
    weights = arm_weights(trial.arm, arms=len(trial.arms), covariates=trial.covariates)
    slope = float(differences(weights, direction)[0][a, v])
    slopes = differences_without_each(weights, direction)[:, a, v]
    starts = result.without[:, a, v]
    starts, slopes = starts - starts.mean(), slopes - slopes.mean()
    share = (n - 1) / n
    start = result.contrast(arm=trial.arms[a + 1], visit=trial.visits[v])
    return Line(
        start.estimate,
        slope,
        share * float(starts @ starts),
        share * float(starts @ slopes),
        share * float(slopes @ slopes),
    )


def _nearest(crossings: tuple[float, ...], *, low: float, high: float) -> float:
    inside = [delta for delta in crossings if low <= delta <= high]
    return min(inside, key=abs, default=math.nan)


def _sentence(delta: float, *, significant: bool, known: bool, within: tuple[float, float]) -> str:
    if not known:
        return "There is no standard error, so no conclusion that a delta could change."
    before = "excludes" if significant else "does not exclude"
    if math.isnan(delta):
        return f"The interval {before} 0 at every delta from {within[0]:g} to {within[1]:g}."
    after = "ceases to exclude" if significant else "begins to exclude"
    return f"Without a delta the interval {before} 0; at a delta of {delta:.4g} it {after} it."
