"""The synthesis of the trials that stand, by the project's own meta-analysis.

Severity is Hedges' g with the approximate correction and REML between-trial variance, response and
remission are risk ratios with Paule and Mandel's; both with Hartung and Knapp's interval: the plan
of the synthesis of 2026 (medRxiv doi:10.64898/2026.03.27.26349536), whose printed results this must equal.
Below zero, and above one, favour MDMA with therapy. The contrast is drug plus expectancy: most
participants knew what they had been given, so it is never called the effect of the drug.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from holdfast.evidence.trials import Row, Trial, rows_of
from holdfast.statistics.effect_sizes import Effects, hedges_g, log_risk_ratio
from holdfast.statistics.meta_analysis import Pooled, meta_analysis, prediction_interval

Pooling = Literal["severity", "response", "remission"]
POOLED: tuple[Pooling, ...] = ("severity", "response", "remission")
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one trial says: its effect and interval on the scale shown, its weight in percent, its arms."""

    trial: Trial
    row: Row
    effect: float
    interval: tuple[float, float]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """The pooled contrast of an outcome.

    ``measure`` is "g" (standard deviations) or "RR"; ``effect``, ``interval`` and ``prediction``
    are on that scale, ``pooled`` on the scale of the analysis (of a ratio, its logarithm).
    ``people`` counts the participants in the rows taken.
    """

    outcome: Pooling
    measure: Literal["g", "RR"]
    effect: float
    interval: tuple[float, float]
    prediction: tuple[float, float] | None
    people: int
    contributions: tuple[Contribution, ...]
    pooled: Pooled


def synthesise(outcome: Pooling) -> Synthesis:
    """Pool the trials that stand on one outcome."""
    taken = rows_of(outcome)
    effects = _severity(taken) if outcome == "severity" else _ratio(taken)
    pooled = meta_analysis(
        effects.effect,
        effects.variance,
        tau2_method="reml" if outcome == "severity" else "paule-mandel",
        level=LEVEL,
    )
    shown = float if outcome == "severity" else math.exp
    # Higgins, Thompson and Spiegelhalter's interval has k - 2 degrees of freedom; the synthesis took k - 1.
    ahead = prediction_interval(pooled, df=pooled.studies - 1) if pooled.studies > 2 else None
    return Synthesis(
        outcome=outcome,
        measure="g" if outcome == "severity" else "RR",
        effect=shown(pooled.estimate),
        interval=(shown(pooled.interval[0]), shown(pooled.interval[1])),
        prediction=None if ahead is None else (shown(ahead[0]), shown(ahead[1])),
        people=sum(sum(row.n) for _, row in taken),
        contributions=_contributions(taken, effects, pooled, ratio=outcome != "severity"),
        pooled=pooled,
    )


def _severity(taken: tuple[tuple[Trial, Row], ...]) -> Effects:
    rows = [row for _, row in taken]
    columns = [
        np.array([getattr(row, name)[arm] for row in rows], dtype=float)
        for arm in (0, 1)
        for name in ("mean", "sd", "n")
    ]
    return hedges_g(*columns, correction="approximate", variance_of="d")


def _ratio(taken: tuple[tuple[Trial, Row], ...]) -> Effects:
    rows = [row for _, row in taken]
    columns = [
        np.array([getattr(row, name)[arm] for row in rows], dtype=float)
        for arm in (0, 1)
        for name in ("events", "n")
    ]
    return log_risk_ratio(*columns, added_to="events")


def _contributions(
    taken: tuple[tuple[Trial, Row], ...], effects: Effects, pooled: Pooled, *, ratio: bool
) -> tuple[Contribution, ...]:
    half = 1.959963984540054 * np.sqrt(effects.variance)
    shown = math.exp if ratio else float
    return tuple(
        Contribution(
            trial=trial,
            row=row,
            effect=shown(float(effect)),
            interval=(shown(float(effect - width)), shown(float(effect + width))),
            weight=float(weight),
        )
        for (trial, row), effect, width, weight in zip(
            taken, effects.effect, half, pooled.weights, strict=True
        )
    )
