"""Reference-based imputation by conditional means, with standard errors by the jackknife.

Every missing value is replaced by its mean given the person's observed values under the
person's strategy; the completed outcomes are analysed by analysis of covariance at each
visit; fit, imputation and analysis are repeated without each person in turn, and the
spread of those estimates is the standard error (Wolbers and others 2022,
doi:10.1002/pst.2234). Nothing is drawn at random. The intervals are normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from holdfast.errors import TableError
from holdfast.statistics.ancova import arm_weights, differences, differences_without_each
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.compiled_reference_based import LEFT_OUT_FAILED, imputation_work, impute_trial
from holdfast.statistics.compiled_search import CONVERGED
from holdfast.statistics.imputation_model import ImputationModel, imputation_model
from holdfast.statistics.imputation_strategies import conditional_normal
from holdfast.statistics.incomplete_trial import IncompleteTrial
from holdfast.statistics.mmrm import CellEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionalMean:
    """Differences of arms after conditional mean imputation.

    ``contrasts``: each arm but the reference at each visit, minus the reference; ``df``
    is infinite (normal intervals). ``completed`` (n, V) the outcome with what was
    ``imputed`` (n, V), deltas included. ``without`` (n, A − 1, V) the estimates without
    each person. ``unconverged`` are the persons without whom the model could not be
    fitted: then, as when the fit of all did not converge, ``converged`` is false and
    there are no standard errors. ``covariance`` (V, V) is the model's.
    """

    trial: IncompleteTrial
    contrasts: tuple[CellEstimate, ...]
    completed: Floats
    imputed: Bools
    covariance: Floats
    without: Floats
    converged: bool
    unconverged: tuple[int, ...]
    warnings: tuple[str, ...]

    def contrast(self, *, arm: str, visit: str) -> CellEstimate:
        """The difference of ``arm`` from the reference at ``visit``. Raises KeyError where there is none."""
        return {(cell.arm, cell.visit): cell for cell in self.contrasts}[arm, visit]


def conditional_mean(
    trial: IncompleteTrial, *, delta: Floats | None = None, level: float = 0.95
) -> ConditionalMean:
    """Impute, analyse and jackknife a trial; ``delta`` (n, V) is added to what is imputed.

    Raises TableError where the model or the analysis cannot be fitted to the whole trial.
    """
    added = np.zeros_like(trial.outcome) if delta is None else np.where(trial.missing, delta, 0.0)
    model = imputation_model(trial)
    completed = completed_outcome(trial, model) + added
    weights = arm_weights(trial.arm, arms=len(trial.arms), covariates=trial.covariates)
    estimate = differences(weights, completed)[0]
    without, failures = left_out_estimates(trial)
    without = without + differences_without_each(weights, added)
    se = jackknife_se(without)
    if not model.fit.converged:
        se = np.full_like(se, np.nan)
    return ConditionalMean(
        trial=trial,
        contrasts=normal_cells(trial, estimate, se, level=level),
        completed=completed,
        imputed=trial.missing,
        covariance=model.covariance,
        without=without,
        converged=model.fit.converged and not failures,
        unconverged=tuple(failures),
        warnings=_warnings(trial, model, failures),
    )


def left_out_estimates(trial: IncompleteTrial) -> tuple[Floats, dict[int, str]]:
    """(n, A − 1, V) the estimates without each person, compiled, and why some are NaN.

    A person without whom the compiled fit fails is left out once more by ``leave_one_out``,
    which says the reason.
    """
    n, V = trial.outcome.shape
    if V > 8:
        return leave_one_out(trial, range(n))
    by_visit, common = trial.by_visit.shape[1], trial.common.shape[1]
    work = imputation_work(persons=n, visits=V, arms=len(trial.arms), by_visit=by_visit, common=common)
    status = impute_trial(trial.outcome, person_numbers(trial), trial.event, trial.strategy, work)
    if status == CONVERGED:
        return work.answer.without, {}
    if status != LEFT_OUT_FAILED:
        return leave_one_out(trial, range(n))
    failed = np.flatnonzero(np.isnan(work.answer.without).any(axis=(1, 2)))
    again, reasons = leave_one_out(trial, failed.tolist())
    return np.where(np.isnan(work.answer.without), again, work.answer.without), reasons


def person_numbers(trial: IncompleteTrial) -> Floats:
    """(n, P) what ``compiled_reference_based`` knows of a person: 1, the arms but the reference, covariates.

    Covariates are less their mean, which changes no difference and costs no digits.
    """
    dummies = trial.arm[:, None] == np.arange(1, len(trial.arms))[None, :]
    centred = trial.covariates - trial.covariates.mean(axis=0)
    return np.column_stack([np.ones(len(trial.arm)), dummies, centred])


def completed_outcome(trial: IncompleteTrial, model: ImputationModel) -> Floats:
    """(n, V) the outcome with every missing value at its conditional mean."""
    if not trial.missing.any():
        return trial.outcome.copy()
    return conditional_normal(model.means, model.covariance, trial.outcome)[0]


def arm_differences(trial: IncompleteTrial, completed: Floats) -> Floats:
    """(A − 1, V) adjusted differences from the reference, covariates those of the trial."""
    weights = arm_weights(trial.arm, arms=len(trial.arms), covariates=trial.covariates)
    return differences(weights, completed)[0]


def leave_one_out(trial: IncompleteTrial, persons: Sequence[int]) -> tuple[Floats, dict[int, str]]:
    """(n, A − 1, V) the estimates without each of ``persons``, NaN where they cannot be had, and the reasons.

    Every fit begins anew; ``left_out_estimates`` gives the same numbers faster.
    """
    n, V = trial.outcome.shape
    estimates = np.full((n, len(trial.arms) - 1, V), np.nan)
    reasons = {}
    for person in persons:
        try:
            estimates[person] = _estimate_of(trial.subset(np.arange(n) != person))
        except TableError as problem:
            reasons[person] = str(problem)
    return estimates, reasons


def _estimate_of(trial: IncompleteTrial) -> Floats:
    if not trial.missing.any():
        return arm_differences(trial, trial.outcome)
    model = imputation_model(trial)
    if not model.fit.converged:
        raise TableError(" ".join(model.fit.warnings))
    return arm_differences(trial, completed_outcome(trial, model))


def jackknife_se(without: Floats) -> Floats:
    """Standard errors of estimates from those without each person, (n, …) to (…)."""
    n = len(without)
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt((n - 1) / n * spread))


def normal_cells(
    trial: IncompleteTrial, estimate: Floats, se: Floats, *, level: float
) -> tuple[CellEstimate, ...]:
    """Estimates and standard errors (A − 1, V) with normal intervals and two-sided p."""
    half = float(ndtri(0.5 + level / 2.0)) * se
    p = 2.0 * ndtr(-np.abs(estimate) / se)
    return tuple(
        CellEstimate(
            arm=arm,
            visit=visit,
            estimate=float(estimate[a, v]),
            se=float(se[a, v]),
            df=np.inf,
            p=float(p[a, v]),
            lower=float(estimate[a, v] - half[a, v]),
            upper=float(estimate[a, v] + half[a, v]),
        )
        for a, arm in enumerate(trial.arms[1:])
        for v, visit in enumerate(trial.visits)
    )


def _warnings(trial: IncompleteTrial, model: ImputationModel, failures: dict[int, str]) -> tuple[str, ...]:
    notes = [*trial.warnings, *model.fit.warnings]
    if not trial.missing.any():
        notes.append("No outcome is missing: nothing was imputed.")
    if failures:
        notes.append(_failure_sentence(list(failures), next(iter(failures.values()))))
    return tuple(notes)


def _failure_sentence(persons: Sequence[int], reason: str) -> str:
    shown = ", ".join(str(person) for person in persons[:5]) + (" …" if len(persons) > 5 else "")
    return (
        f"Without {len(persons)} of the persons (rows {shown}) the model could not be fitted, so there is no "
        f"jackknife standard error. The first reason: {reason}"
    )
