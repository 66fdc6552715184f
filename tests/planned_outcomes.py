"""Outcomes written by hand, whose every number a test can point at."""

from __future__ import annotations

import math

from holdfast.planning.moments import Mean, Share
from holdfast.planning.outcome import (
    BELIEF_WARNING,
    EXPECTANCY_WARNING,
    GUESS_WARNING,
    AgainstTruth,
    Arm,
    Decision,
    Durability,
    Funnel,
    Interim,
    Outcome,
    Seeing,
)

TRIALS = 1000


def share(estimate: float) -> Share:
    """A share of a thousand trials; the interval is one and a half points to either side, within 0 and 1."""
    se = math.sqrt(estimate * (1 - estimate) / TRIALS)
    return Share(
        estimate=estimate,
        se=se,
        lower=max(estimate - 0.015, 0.0),
        upper=min(estimate + 0.015, 1.0),
        n=TRIALS,
    )


def mean(estimate: float, se: float = 0.02) -> Mean:
    return Mean(estimate=estimate, se=se, n=TRIALS)


def against(estimate: float, truth: float, coverage: float) -> AgainstTruth:
    return AgainstTruth(truth=mean(truth, 0.01), bias=mean(estimate - truth), coverage=share(coverage))


def arm(name: str, assessed: float, right: float) -> Arm:
    return Arm(
        name=name, n=52, assessed=mean(assessed, 0.001), completed=mean(0.95, 0.001),
        guessed_right=mean(right, 0.001), responded=mean(0.7, 0.001), sessions=mean(2.9),
        means={"week-18": mean(20.5)},
    )  # fmt: skip


FUNNEL = Funnel(
    contacted=mean(203.0, 1.2), screened=mean(146.0, 0.4), screen_failures=mean(31.2, 0.4),
    baseline_failures=mean(10.4, 0.1), randomised=mean(104.0, 0.0),
    months_to_last_randomised=mean(13.9, 0.1), months_to_last_primary_visit=mean(18.1, 0.1),
    therapist_hours_per_participant=mean(79.1, 0.1), therapist_hours=mean(8229.0, 6.0),
    cost_per_participant=mean(17993.0, 10.0),
)  # fmt: skip
DURABILITY = Durability(
    months=12.0, estimate=mean(-6.5), truth=mean(-7.0), bias=mean(0.5),
    retained={"placebo": mean(0.64, 0.001), "mdma": mean(0.77, 0.001)},
)  # fmt: skip


def outcome(
    *,
    study: str = "inactive-placebo",
    values: dict[str, float] | None = None,
    n: int = 104,
    power: float = 0.904,
    bias: float = -4.3,
    belief_only: float | None = 0.356,
    type_one_error: float | None = 0.049,
    interim: bool = False,
    durability: bool = False,
) -> Outcome:
    """An outcome whose estimate is −8.9 points, with what a test wants otherwise."""
    return Outcome(
        study=study,
        title=f"Title of {study}",
        set=values or {},
        expectancy=(values or {}).get("expectancy", 0.5),
        n=n,
        alpha=0.05,
        trials=TRIALS,
        seed=7,
        power=share(power),
        power_satterthwaite=share(0.906),
        estimate=mean(-8.9),
        se=mean(2.61, 0.01),
        standard_deviation=2.56,
        df=mean(86.7, 0.2),
        against={
            "total": against(-8.9, -9.0, 0.951),
            "equal-belief": against(-8.9, -8.9 - bias, 0.626),
            "all-complete": against(-8.9, -9.1, 0.949),
        },
        type_one_error=None if type_one_error is None else share(type_one_error),
        type_one_error_satterthwaite=None if type_one_error is None else share(0.051),
        belief_only=None if belief_only is None else share(belief_only),
        assurance=share(0.87),
        guess_adjusted=mean(-5.6),
        guess_adjusted_rejects=share(0.27),
        converged=share(1.0),
        arms=(arm("placebo", 0.82, 0.748), arm("mdma", 0.97, 0.901)),
        decision=Decision(needed=4.0, go=share(power), wrong="stop", wrong_chance=1 - power, wrong_se=0.009),
        interim=Interim(stops_for_efficacy=share(0.434), stops_for_futility=share(0.014))
        if interim
        else None,
        funnel=FUNNEL,
        durability=DURABILITY if durability else None,
        seeing=(Seeing(rate=0.01, n=52, chance=0.407),),
        warnings=(EXPECTANCY_WARNING, GUESS_WARNING, BELIEF_WARNING),
    )


def curve(study: str, powers: tuple[float, ...], biases: tuple[float, ...], n: int) -> list[Outcome]:
    """Outcomes over expectancy 0, a quarter, a half, three quarters and 1."""
    return [
        outcome(study=study, values={"expectancy": at}, n=n, power=power, bias=bias)
        for at, power, bias in zip((0.0, 0.25, 0.5, 0.75, 1.0), powers, biases, strict=True)
    ]


def curves() -> dict[str, list[Outcome]]:
    return {
        "inactive-placebo": curve(
            "inactive-placebo", (0.92, 0.91, 0.904, 0.9, 0.89), (0.0, -2.1, -4.3, -6.6, -8.9), 104
        ),
        "low-dose-control": curve(
            "low-dose-control", (0.91, 0.84, 0.75, 0.65, 0.56), (0.0, -1.1, -2.2, -3.3, -4.4), 200
        ),
    }
