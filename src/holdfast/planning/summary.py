"""From the moments of a scenario's trials to its outcome."""

from __future__ import annotations

import math
from collections.abc import Mapping

from holdfast.planning.batch import Question
from holdfast.planning.effort import effort_of
from holdfast.planning.judging import TRUTHS
from holdfast.planning.moments import Mean, Moments, Share
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
from holdfast.planning.run import Ran
from holdfast.planning.scenario import Scenario
from holdfast.planning.setup import primary_of
from holdfast.statistics.sample_size import chance_of_seeing

RARE = (0.001, 0.005, 0.01, 0.05)
"""Rates of events whose chance of being seen is told."""
FAILS_OFTEN = 0.01


def outcome_of(scenario: Scenario, ran: Ran, *, seed: int) -> Outcome:
    """The outcome of a scenario's trials; questions that were not asked are None."""
    planned = ran.moments[Question.PLANNED]
    truths = ran.moments.get(Question.TRUTH)
    against = against_truths(planned, truths) if truths is not None else {}
    identical = ran.moments.get(Question.IDENTICAL)
    arms = _arms(scenario, planned)
    return Outcome(
        study=scenario.protocol.study.code,
        title=scenario.label,
        set=dict(scenario.changed),
        expectancy=scenario.assumptions.latent.share.number,
        n=scenario.design.n,
        alpha=scenario.design.alpha,
        trials=ran.trials,
        seed=seed,
        power=planned.share("rejects"),
        power_satterthwaite=planned.share("rejects-satterthwaite"),
        estimate=planned.mean("estimate"),
        se=planned.mean("se"),
        standard_deviation=planned.spread("estimate"),
        df=planned.mean("df"),
        against=against,
        type_one_error=identical.share("rejects") if identical else None,
        type_one_error_satterthwaite=identical.share("rejects-satterthwaite") if identical else None,
        belief_only=_rejects(ran.moments, Question.BELIEF_ONLY),
        assurance=_rejects(ran.moments, Question.ASSURANCE),
        guess_adjusted=planned.mean("guess-adjusted"),
        guess_adjusted_rejects=planned.share("guess-adjusted-rejects"),
        converged=planned.share("converges"),
        arms=arms,
        decision=decision_of(planned.share("favours"), against, needed=scenario.design.needed),
        interim=_interim(planned) if scenario.design.interim else None,
        funnel=_funnel(scenario, planned, ran.moments.get(Question.RECRUITMENT)),
        durability=_durability(scenario, ran.moments.get(Question.DURABILITY)),
        seeing=_seeing(scenario, arms),
        warnings=_warnings(ran),
    )


def against_truths(planned: Moments, truths: Moments) -> Mapping[str, AgainstTruth]:
    """Bias and coverage for each truth. The error of a bias is that of the estimate and of the truth."""
    estimate = planned.mean("estimate")
    found = {}
    for name in TRUTHS:
        truth = truths.mean(name)
        bias = Mean(
            estimate=estimate.estimate - truth.estimate, se=math.hypot(estimate.se, truth.se), n=estimate.n
        )
        found[name] = AgainstTruth(truth=truth, bias=bias, coverage=planned.share(f"covers-{name}"))
    return found


def decision_of(go: Share, against: Mapping[str, AgainstTruth], *, needed: float) -> Decision:
    """Which mistake a scenario makes possible, and how often it is made."""
    if "equal-belief" not in against:
        return Decision(needed=needed, go=go, wrong="not known", wrong_chance=math.nan, wrong_se=math.nan)
    worth = -against["equal-belief"].truth.estimate >= needed
    return Decision(
        needed=needed,
        go=go,
        wrong="stop" if worth else "go",
        wrong_chance=1.0 - go.estimate if worth else go.estimate,
        wrong_se=go.se,
    )


def _rejects(moments: Mapping[Question, Moments], question: Question) -> Share | None:
    return moments[question].share("rejects") if question in moments else None


def _arms(scenario: Scenario, planned: Moments) -> tuple[Arm, ...]:
    visits = primary_of(scenario.protocol).visits
    sizes = scenario.sizes
    return tuple(
        Arm(
            name=arm.code,
            n=sizes[arm.code],
            assessed=planned.mean(f"assessed:{arm.code}"),
            completed=planned.mean(f"completed:{arm.code}"),
            guessed_right=planned.mean(f"guessed-right:{arm.code}"),
            responded=planned.mean(f"responded:{arm.code}"),
            sessions=planned.mean(f"sessions:{arm.code}"),
            means={visit: planned.mean(f"mean:{arm.code}:{visit}") for visit in visits},
        )
        for arm in scenario.protocol.arms
    )


def _interim(planned: Moments) -> Interim:
    return Interim(
        stops_for_efficacy=planned.share("stops-for-efficacy"),
        stops_for_futility=planned.share("stops-for-futility"),
    )


def _funnel(scenario: Scenario, planned: Moments, way_in: Moments | None) -> Funnel | None:
    """The way in and its length, the hours and costs of those who come."""
    if way_in is None:
        return None
    design, sessions = scenario.design, sessions_of(scenario, planned)
    effort, randomised = effort_of(scenario.protocol), planned.mean("randomised")
    failures, more = way_in.mean("screen-failures"), way_in.mean("baseline-failures")
    failing = (failures.estimate + more.estimate) / design.n
    hours = _line(effort.preparation, effort.session, sessions)
    fixed = effort.preparation * design.hour_cost + design.participant_cost + failing * design.screening_cost
    return Funnel(
        contacted=way_in.mean("contacted"),
        screened=way_in.mean("screened"),
        screen_failures=failures,
        baseline_failures=more,
        randomised=randomised,
        months_to_last_randomised=way_in.mean("months-to-last-randomised"),
        months_to_last_primary_visit=way_in.mean("months-to-last-primary-visit"),
        therapist_hours_per_participant=hours,
        therapist_hours=_line(0.0, randomised.estimate, hours),
        cost_per_participant=_line(fixed, effort.session * design.hour_cost + design.session_cost, sessions),
    )


def _line(start: float, slope: float, mean: Mean) -> Mean:
    """Start + slope x mean."""
    return Mean(estimate=start + slope * mean.estimate, se=abs(slope) * mean.se, n=mean.n)


def sessions_of(scenario: Scenario, planned: Moments) -> Mean:
    """Sessions held per participant, over all arms."""
    n = scenario.design.n
    parts = [
        (scenario.sizes[arm.code] / n, planned.mean(f"sessions:{arm.code}")) for arm in scenario.protocol.arms
    ]
    return Mean(
        estimate=sum(weight * part.estimate for weight, part in parts),
        se=math.sqrt(sum((weight * part.se) ** 2 for weight, part in parts)),
        n=parts[0][1].n,
    )


def _durability(scenario: Scenario, late: Moments | None) -> Durability | None:
    if late is None:
        return None
    estimate, truth = late.mean("late-estimate"), late.mean("late-truth")
    last = scenario.assumptions.scenarios.durability.months.number
    return Durability(
        months=last,
        estimate=estimate,
        truth=truth,
        bias=Mean(
            estimate=estimate.estimate - truth.estimate, se=math.hypot(estimate.se, truth.se), n=estimate.n
        ),
        retained={arm.code: late.mean(f"retained:{arm.code}") for arm in scenario.protocol.arms},
    )


def _seeing(scenario: Scenario, arms: tuple[Arm, ...]) -> tuple[Seeing, ...]:
    experimental = next(arm.code for arm in scenario.protocol.arms if arm.role == "experimental")
    n = scenario.sizes[experimental]
    return tuple(Seeing(rate=rate, n=n, chance=chance_of_seeing(rate, n)) for rate in RARE)


def _warnings(ran: Ran) -> tuple[str, ...]:
    warnings = [EXPECTANCY_WARNING, GUESS_WARNING]
    if Question.BELIEF_ONLY in ran.moments:
        warnings.append(BELIEF_WARNING)
    for question, moments in ran.moments.items():
        failing = 1.0 - moments.share("converges").estimate if "converges" in moments.columns else 0.0
        if failing > FAILS_OFTEN:
            warnings.append(
                f"In {100 * failing:.1f} % of the trials ({question.value}) the primary analysis did not "
                "converge; they count as not rejecting, and estimates, bias and coverage are of the others "
                "alone: do not rely on them. The trial may be too small for its covariance and its strata."
            )
    return tuple(warnings)
