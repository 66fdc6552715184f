"""From a study file, assumptions and a design to what the compiled loop reads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.analysis.estimand import MASKED
from holdfast.errors import ImpossibleValue, Refusal
from holdfast.planning.batch import Question, Setup
from holdfast.planning.judging import TRUTHS, Judge
from holdfast.planning.trial_loop import Strata
from holdfast.protocol.model import Analysis, Estimand, Protocol
from holdfast.protocol.schedule import planned_day
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.funnel import funnel_of
from holdfast.simulation.model import Model, event_codes, model_of
from holdfast.simulation.plan import Design, design_of
from holdfast.simulation.strata import SITE
from holdfast.statistics.compiled_mmrm import Model as Columns
from holdfast.statistics.compiled_mmrm import model as columns_of
from holdfast.statistics.conditional_power import conditional_power, trend_drift
from holdfast.statistics.sequential import design as sequential_design

Floats = npt.NDArray[np.float64]

DAYS_OF_A_MONTH = 365.25 / 12
PRIOR_USE = "prior_mdma"
"""The stratification factor that the model knows besides the site: earlier use of the drug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The nominal two-sided levels of a design with one interim look, and its futility bound (of t)."""

    interim: float
    alpha_interim: float
    alpha_final: float
    futility: float


def primary_of(protocol: Protocol) -> Analysis:
    """The primary analysis, which must be a mixed model that the compiled loop has.

    Raises:
        Refusal: where the study has arms or an analysis that this planner does not simulate.
    """
    if protocol.randomisation is None or len(protocol.arms) < 2:
        raise Refusal(
            f"The study {protocol.study.code!r} compares no arms: there is no power to compute. "
            "Simulate a study that randomises."
        )
    analysis = next((each for each in protocol.analyses if each.role == "primary"), None)
    if analysis is None or analysis.method != "mmrm":
        raise Refusal(
            f"The primary analysis of {protocol.study.code!r} is not a mixed model: "
            "the planner simulates studies whose primary analysis has method mmrm."
        )
    other = sorted({*analysis.by_visit} - {"baseline"})
    if other or analysis.outcome != "CAPS-5.total":
        raise Refusal(
            f"The planner simulates CAPS-5 with its baseline as the only covariate by visit; "
            f"{protocol.study.code!r} has {analysis.outcome}{' with ' + ', '.join(other) if other else ''}."
        )
    return analysis


def setups_of(
    protocol: Protocol,
    assumptions: Assumptions,
    *,
    n: int,
    alpha: float,
    interim: float = 0.0,
    futility: float = 0.0,
    questions: Sequence[Question] = tuple(Question),
) -> Mapping[Question, Setup]:
    """The setups of a scenario, by question. Raises what ``primary_of`` and ``design_of`` raise."""
    planned = _planned(protocol, assumptions, n=n, alpha=alpha, looks=looks_of(interim, futility, alpha))
    comparator = planned.levels[planned.strata.comparator]
    otherwise = {
        Question.PLANNED: planned,
        Question.TRUTH: planned,
        Question.IDENTICAL: planned._replace(levels=(comparator,) * len(planned.levels)),
        Question.BELIEF_ONLY: planned._replace(
            model=_otherwise(planned.model, drug=np.zeros_like(planned.model.latent.drug))
        ),
        Question.DURABILITY: planned,
        Question.RECRUITMENT: planned,
        Question.ASSURANCE: planned._replace(model=_uncertain(planned.model, assumptions)),
    }
    return {question: otherwise[question] for question in questions}


def _uncertain(model: Model, assumptions: Assumptions) -> Model:
    """The model whose contrast is drawn anew for each trial, with one published standard error."""
    part = assumptions.scenarios.contrast
    return _otherwise(model, contrast_spread=abs(part.published_se.number / part.published.number))


def _otherwise(model: Model, *, drug: Floats | None = None, contrast_spread: float | None = None) -> Model:
    latent = model.latent
    if drug is not None:
        latent = latent._replace(drug=drug)
    if contrast_spread is not None:
        latent = latent._replace(contrast_spread=contrast_spread)
    return model._replace(latent=latent)


def looks_of(interim: float, futility: float, alpha: float) -> Looks:
    """Levels and bound of an interim look at a share of participants (0: none), spent as O'Brien and Fleming.

    ``futility`` is the conditional power under the current trend below which the trial stops (0: never).
    """
    if not interim:
        if futility:
            raise ImpossibleValue(
                "A futility bound needs an interim look: set interim as well.", field="futility"
            )
        return Looks(interim=0.0, alpha_interim=0.0, alpha_final=alpha, futility=-math.inf)
    upper = sequential_design((interim, 1.0), alpha=alpha, sides=2, efficacy="obf-spending").upper
    return Looks(
        interim=interim,
        alpha_interim=math.erfc(float(upper[0]) / math.sqrt(2)),
        alpha_final=math.erfc(float(upper[1]) / math.sqrt(2)),
        futility=_bound(interim, futility, float(upper[1])) if futility else -math.inf,
    )


def _bound(fraction: float, wanted: float, upper: float) -> float:
    """The statistic at which conditional power under the current trend is ``wanted``."""
    from scipy.optimize import brentq

    def short(z: float) -> float:
        return conditional_power(z, fraction, trend_drift(z, fraction), upper=upper) - wanted

    return float(brentq(short, -8.0, 8.0))


def _planned(protocol: Protocol, assumptions: Assumptions, *, n: int, alpha: float, looks: Looks) -> Setup:
    analysis = primary_of(protocol)
    assert protocol.randomisation is not None
    estimand = next(each for each in protocol.estimands if each.code == analysis.estimand)
    arms = tuple(arm.code for arm in protocol.arms)
    design = design_of(
        assumptions,
        n=n,
        ratio=[protocol.randomisation.ratio[code] for code in arms],
        block_sizes=[int(size) for size in protocol.randomisation.block_sizes.numbers],
    )
    model = _with_masked_events(model_of(assumptions), assumptions, estimand)
    if model.visits != len(analysis.visits):
        raise Refusal(
            f"The primary analysis has {len(analysis.visits)} visits, the assumptions {model.visits}: "
            "they must be the same visits."
        )
    roles = [arm.role for arm in protocol.arms]
    experimental, comparator = roles.index("experimental"), roles.index("comparator")
    strata = _strata(protocol, analysis, design=design, comparator=comparator)
    indicator = _indicator(experimental, comparator)
    return Setup(
        model=model,
        design=design,
        levels=tuple(arm.level for arm in protocol.arms),
        arms=arms,
        visits=tuple(analysis.visits),
        experimental=experimental,
        funnel=funnel_of(assumptions),
        primary_days=float(planned_day(protocol, analysis.visits[-1])),
        strata=strata,
        columns=_columns(len(arms), len(analysis.visits), strata, indicator),
        judge=Judge(
            arms=len(arms),
            indicator=indicator,
            alpha=alpha,
            interim=looks.interim,
            alpha_interim=looks.alpha_interim,
            alpha_final=looks.alpha_final,
            futility=looks.futility,
            overrun=_overrun(protocol, assumptions, analysis.visits[-1]),
            order=np.array([(place + 0.5) / size for size in design.by_site for place in range(size)]),
            truths=np.full(len(TRUTHS), np.nan),
        ),
    )


def _indicator(arm: int, comparator: int) -> int:
    """The place of an arm's indicator among a person's numbers: behind the 1, the comparator has none."""
    return 1 + arm - (1 if arm > comparator else 0)


def _overrun(protocol: Protocol, assumptions: Assumptions, last: str) -> int:
    """How many are randomised while those of an interim look come to their last visit."""
    months = planned_day(protocol, last) / DAYS_OF_A_MONTH
    return round(assumptions.recruitment.per_month.number * months)


def _with_masked_events(model: Model, assumptions: Assumptions, estimand: Estimand) -> Model:
    """Only those events are drawn whose strategy sets ratings aside, and that happen at all."""
    codes = event_codes(assumptions)
    wanted = [
        place
        for place, code in enumerate(codes)
        if estimand.strategies.get(code) in MASKED and model.event_rates[place] > 0
    ]
    return model._replace(events=model.events[wanted], event_rates=model.event_rates[wanted])


def _strata(protocol: Protocol, analysis: Analysis, *, design: Design, comparator: int) -> Strata:
    assert protocol.randomisation is not None
    factors = [each.factor for each in protocol.randomisation.strata] if analysis.factors else []
    unknown = sorted({*factors} - {SITE, PRIOR_USE})
    if unknown:
        raise Refusal(
            f"The planner knows nobody's {', '.join(unknown)}, by which the study stratifies: "
            f"it simulates {SITE} and {PRIOR_USE}."
        )
    response = [each.value.number for each in protocol.settings if each.code == "response-points"]
    return Strata(
        levels=(design.by_site.size if SITE in factors else 1) * (2 if PRIOR_USE in factors else 1),
        by_prior=PRIOR_USE in factors,
        comparator=comparator,
        response=float(response[0]) if response else math.nan,
    )


def _columns(arms: int, visits: int, strata: Strata, indicator: int) -> Columns:
    """Intercept, arms and baseline at each visit, strata at all; the contrast at the last visit."""
    person = [number for number in range(arms + 1) for _ in range(visits)]
    visit = [at for _ in range(arms + 1) for at in range(visits)]
    more = range(arms + 1, arms + strata.levels)
    rows = np.zeros((1, len(person) + len(more)))
    rows[0, indicator * visits + visits - 1] = 1.0
    return columns_of(
        [*person, *more], [*visit, *[-1] * len(more)], rows, visits=visits, numbers=arms + strata.levels
    )
