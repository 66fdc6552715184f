"""The mixed model that missing outcomes are imputed from.

It has a mean for every arm at every visit, covariates common to the visits or with a
coefficient at each, and one unstructured covariance (REML). Values observed after an
event whose strategy is not "missing at random" are left out of the fit, because the
model describes what happens without the event; in the imputation and the analysis they
count as observed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.fit import Fit, fit
from holdfast.statistics.imputation_strategies import ImputationStrategy, joint_rows
from holdfast.statistics.incomplete_trial import IncompleteTrial


def design_rows(trial: IncompleteTrial, arm: Ints) -> Floats:
    """(n, V, p) rows of the model with the persons put in ``arm`` (n,).

    Columns: a mean at each visit, each other arm's difference at each visit, the
    covariates by visit, the common ones.
    """
    n, V = trial.outcome.shape
    at_visit = np.broadcast_to(np.eye(V), (n, V, V))
    dummies = (arm[:, None] == np.arange(1, len(trial.arms))[None, :]).astype(np.float64)
    multipliers = np.column_stack([np.ones(n), dummies, trial.by_visit])
    crossed = multipliers[:, None, :, None] * at_visit[:, :, None, :]
    common = np.broadcast_to(trial.common[:, None, :], (n, V, trial.common.shape[1]))
    return np.concatenate([crossed.reshape(n, V, -1), common], axis=2)


def column_names(trial: IncompleteTrial) -> tuple[str, ...]:
    """The names of the columns of ``design_rows``, for sentences."""
    arms = [f"arm[{arm}]" for arm in trial.arms[1:]]
    covariates = [f"covariate {j + 1}" for j in range(trial.by_visit.shape[1])]
    pieces = ["", *(f"{piece}:" for piece in (*arms, *covariates))]
    crossed = [f"{piece}visit[{visit}]" for piece in pieces for visit in trial.visits]
    common = [f"common covariate {j + 1}" for j in range(trial.common.shape[1])]
    return (*crossed, *common)


def fitted_outcome(trial: IncompleteTrial) -> Floats:
    """(n, V) the outcome the model is fitted to: NaN from an event on that is not missing at random."""
    after = np.arange(trial.outcome.shape[1])[None, :] >= trial.event[:, None]
    apart = after & (trial.strategy != ImputationStrategy.MISSING_AT_RANDOM)[:, None]
    return np.where(apart, np.nan, trial.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImputationModel:
    """The fitted model: ``coefficients`` (p,), ``covariance`` (V, V), and the ``fit`` they come from.

    ``means`` (n, V) are the joint means of the persons under their strategies.
    """

    coefficients: Floats
    covariance: Floats
    means: Floats
    fit: Fit


def imputation_model(trial: IncompleteTrial, *, fitted_to: IncompleteTrial | None = None) -> ImputationModel:
    """Fit the model to the trial (or to ``fitted_to``, a sample of it) and give its persons' joint means.

    Raises TableError where nothing can be fitted, or where an imputed value would need
    a mean or a covariance that the fitted trial says nothing about.
    """
    source = trial if fitted_to is None else fitted_to
    rows = joint_rows(
        design_rows(trial, trial.arm),
        design_rows(trial, np.zeros_like(trial.arm)),
        event=trial.event,
        strategy=trial.strategy,
    )
    found = _fit(source)
    coefficients = np.zeros(rows.shape[2])
    coefficients[list(found.kept)] = np.linalg.solve(found.triangle, found.gamma)
    _check_estimable(trial, rows, found)
    return ImputationModel(
        coefficients=coefficients, covariance=found.covariance, means=rows @ coefficients, fit=found
    )


def _fit(trial: IncompleteTrial) -> Fit:
    n, V = trial.outcome.shape
    X = design_rows(trial, trial.arm)
    return fit(
        fitted_outcome(trial).reshape(-1),
        X.reshape(n * V, -1),
        visit=np.tile(np.arange(V), n),
        subject=np.repeat(np.arange(n), V),
        n_visits=V,
        names=column_names(trial),
        visits=trial.visits,
    )


def _check_estimable(trial: IncompleteTrial, rows: Floats, found: Fit) -> None:
    """Nothing is imputed from a mean or a covariance that the data do not give."""
    needy: Bools = np.asarray(trial.missing.any(axis=1))
    if not needy.any():
        return
    if np.isnan(found.covariance).any():
        raise TableError(
            "Two visits at which nobody was seen both times have no covariance, so neither can be imputed "
            f"from the other: {' '.join(found.warnings)}"
        )
    dropped, kept = rows[..., list(found.dropped)], rows[..., list(found.kept)]
    gap = np.abs(dropped - kept @ found.dependence)
    scale = 1.0 + np.abs(kept) @ np.abs(found.dependence)
    lost = np.asarray((gap > 1e-7 * scale).any(axis=2)) & needy[:, None]
    if lost.any():
        person, visit = np.argwhere(lost)[0]
        raise TableError(
            f"A strategy asks for the mean of a person of {trial.arms[trial.arm[person]]!r} at visit "
            f"{trial.visits[visit]}, which cannot be estimated: nobody was seen there, or with its covariate."
        )
