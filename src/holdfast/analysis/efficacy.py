"""Planned analyses of outcomes: mixed models for scores, proportions for yes-no outcomes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.special import stdtrit

from holdfast.analysis.estimand import apply_strategies, question
from holdfast.analysis.groups import count, dosed_group_of, group_names
from holdfast.analysis.results import (
    ALL,
    ContinuousResult,
    Contrast,
    Estimate,
    MeanAtVisit,
    ProportionResult,
)
from holdfast.errors import TableError
from holdfast.protocol.model import Analysis, Estimand, Protocol, Strategy
from holdfast.protocol.schedule import planned_day
from holdfast.statistics.arrays import Floats, TrialArrays
from holdfast.statistics.mmrm import MmrmFit, mmrm
from holdfast.statistics.proportions import proportion, risk_difference
from holdfast.tables.adqs import outcome_parameter
from holdfast.tables.arrays import trial_arrays

CONFIDENCE = 0.95


def mean_at_visit(values: Floats, *, group: str, visit: str, week: int | None) -> MeanAtVisit:
    """Mean, SD and t interval of the finite values; shape (n,)."""
    seen = values[np.isfinite(values)]
    n = len(seen)
    mean = float(seen.mean()) if n else float("nan")
    sd = float(seen.std(ddof=1)) if n > 1 else float("nan")
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * sd / n**0.5 if n > 1 else float("nan")
    return MeanAtVisit(
        group=group, visit=visit, week=week, n=n, mean=mean, sd=sd, lower=mean - half, upper=mean + half
    )


def continuous(
    analysis: Analysis,
    *,
    adsl: pl.DataFrame,
    adqs: pl.DataFrame,
    adice: pl.DataFrame,
    protocol: Protocol,
) -> ContinuousResult:
    """One planned mixed-model analysis; blinded, the observed means of everybody together."""
    estimand = next(each for each in protocol.estimands if each.code == analysis.estimand)
    change = trial_arrays(adsl, adqs=adqs, adice=adice, protocol=protocol, analysis=analysis)
    names = group_names(adsl, protocol)
    usable, excluded, cautions = apply_strategies(change, estimand)
    warnings = list(cautions)
    fit: MmrmFit | None = None
    if names != (ALL,):
        # A study file names its strata ("site"); the arrays hold them as one stratum factor.
        factors = ("stratum",) if analysis.factors else ()
        try:
            fit = mmrm(usable, by_visit=analysis.by_visit, factors=factors, method="reml", df=analysis.df)
            warnings += fit.warnings
        except TableError as nothing:
            # Early in a trial there may be nothing to fit yet: that is a result, not a failure.
            warnings.append(f"Not estimated: {nothing}")
    else:
        warnings.append("Blinded: arms are not told apart, so no contrast is estimated.")
    return ContinuousResult(
        analysis=analysis.code,
        role=analysis.role,
        outcome=analysis.outcome,
        estimand=estimand.label["en"],
        strategies={event: strategy.value for event, strategy in estimand.strategies.items()},
        question=question(estimand, protocol),
        contrasts=_contrasts(fit, reference=names[0]) if fit else (),
        ls_changes=_ls_changes(fit, usable, protocol=protocol) if fit else (),
        observed=_observed(change, names=names, protocol=protocol),
        excluded=excluded,
        converged=fit.converged if fit else None,
        method=_method(analysis),
        warnings=tuple(warnings),
    )


def _method(analysis: Analysis) -> str:
    df = {"kr": "linear Kenward-Roger", "satterthwaite": "Satterthwaite"}[analysis.df]
    strata = f", strata ({', '.join(analysis.factors)})" if analysis.factors else ""
    return (
        "Mixed model for repeated measures on change from baseline: arm by visit, "
        f"{' and '.join(analysis.by_visit)} by visit{strata}; unstructured covariance, REML, {df} "
        "degrees of freedom; intervals cover 95 %, not adjusted for the number of comparisons"
    )


def _contrasts(fit: MmrmFit, *, reference: str) -> tuple[Contrast, ...]:
    return tuple(
        Contrast(
            arm=row.arm,
            reference=reference,
            visit=row.visit,
            estimate=row.estimate,
            se=row.se,
            df=row.df,
            p=row.p,
            lower=row.lower,
            upper=row.upper,
        )
        for row in fit.contrasts
    )


def _ls_changes(fit: MmrmFit, used: TrialArrays, *, protocol: Protocol) -> tuple[MeanAtVisit, ...]:
    of = {
        (arm, visit): int(used.observed[used.arm == place, column].sum())
        for place, arm in enumerate(used.arms)
        for column, visit in enumerate(used.visits)
    }
    return tuple(
        MeanAtVisit(
            group=row.arm,
            visit=row.visit,
            week=week_of(protocol, row.visit),
            n=of[row.arm, row.visit],
            mean=row.estimate,
            sd=float("nan"),
            lower=row.lower,
            upper=row.upper,
        )
        for row in fit.ls_means
    )


def week_of(protocol: Protocol, visit: str) -> int:
    """The week a visit is named for, or the nearest to the day it is planned for."""
    named = protocol.visit(visit).week
    return round((planned_day(protocol, visit) - 1) / 7) if named is None else named


def _observed(change: TrialArrays, *, names: tuple[str, ...], protocol: Protocol) -> tuple[MeanAtVisit, ...]:
    """Observed scores (not changes), baseline first, by group."""
    out = []
    for index, name in enumerate(names):
        own = change.arm == index
        out.append(mean_at_visit(change.baseline[own], group=name, visit="baseline", week=0))
        for column, visit in enumerate(change.visits):
            scores = change.outcome[own, column] + change.baseline[own]
            out.append(mean_at_visit(scores, group=name, visit=visit, week=week_of(protocol, visit)))
    return tuple(out)


def proportions(
    analysis: Analysis,
    *,
    adsl: pl.DataFrame,
    adqs: pl.DataFrame,
    adice: pl.DataFrame,
    protocol: Protocol,
) -> tuple[ProportionResult, ...]:
    """One planned yes-no analysis at each of its visits, of those dosed and assessed.

    A composite strategy counts people with the event as "no", assessed or not; a
    hypothetical or while-on-treatment strategy leaves them out; treatment policy takes
    them as they are.
    """
    estimand = next(each for each in protocol.estimands if each.code == analysis.estimand)
    names = group_names(adsl, protocol)
    groups = dosed_group_of(adsl)
    dosed = count(list(groups), groups, names)
    code = outcome_parameter(analysis.outcome)
    rows = adqs.filter((pl.col("PARAMCD") == code) & (pl.col("ANL01FL") == "Y"))
    out = []
    for visit in analysis.visits:
        seen = dict(rows.filter(pl.col("AVISIT") == visit).select("USUBJID", "AVAL").drop_nulls().iter_rows())
        values = _with_strategies(dict(seen), adice=adice, estimand=estimand, visit=visit, protocol=protocol)
        events, totals = _tally(values, groups, names)
        assessed = count([person for person in values if person in seen], groups, names)
        both = len(names) > 1 and all(totals.values())
        out.append(
            ProportionResult(
                analysis=analysis.code,
                role=analysis.role,
                outcome=analysis.outcome,
                visit=visit,
                question=question(estimand, protocol),
                definition=_definition(analysis.outcome, protocol),
                by_group={name: _one(events[name], totals[name]) for name in names},
                difference=_difference(events, totals, names) if both else None,
                assessed=assessed,
                counted_as_no={name: totals[name] - assessed[name] for name in names},
                left_out={name: dosed[name] - totals[name] for name in names},
                warnings=() if names != (ALL,) else ("Blinded: arms are not told apart.",),
            )
        )
    return tuple(out)


def _definition(outcome: str, protocol: Protocol) -> str:
    """The threshold of a derived outcome, as the study file labels it; empty where it states none."""
    return next(
        (
            f"{each.label['en']}: {each.value.number:g}"
            for each in protocol.settings
            if each.code == f"{outcome}-points"
        ),
        "",
    )


def _with_strategies(
    values: dict[str, float], *, adice: pl.DataFrame, estimand: Estimand, visit: str, protocol: Protocol
) -> dict[str, float]:
    at = [each.code for each in protocol.visits].index(visit)
    before = adice.filter(pl.col("AVISITN") <= at)
    for person, event in before.select("USUBJID", "ICECD").iter_rows():
        strategy = estimand.strategies.get(event)
        if strategy is Strategy.COMPOSITE:
            values[person] = 0.0
        elif strategy in (Strategy.HYPOTHETICAL, Strategy.WHILE_ON_TREATMENT):
            values.pop(person, None)
    return values


def _tally(
    values: Mapping[str, float], groups: Mapping[str, str], names: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, int]]:
    events, totals = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for person, value in values.items():
        if person in groups:
            totals[groups[person]] += 1
            events[groups[person]] += int(value > 0)
    return events, totals


def _one(events: int, n: int) -> Estimate:
    if n == 0:
        return Estimate(estimate=None, lower=None, upper=None, n=0)
    lower, upper = proportion(events, n).interval
    return Estimate(estimate=events / n, lower=lower, upper=upper, n=n)


def _difference(events: dict[str, int], totals: dict[str, int], names: tuple[str, ...]) -> Estimate:
    reference, arm = names[0], names[1]
    found = risk_difference(events[arm], totals[arm], events[reference], totals[reference])
    lower, upper = found.interval
    return Estimate(estimate=found.estimate, lower=lower, upper=upper, n=totals[arm] + totals[reference])
