"""Reference-based multiple imputation: approximate Bayes by the bootstrap, pooled by Rubin's rules.

Each imputation draws its own model: persons are drawn with replacement within their arm
and the mixed model is fitted to them by REML, which stands for a draw from the posterior
of means and covariance (Wolbers and others 2022, doi:10.1002/pst.2234). From that model
every missing value of the trial itself is drawn once. Under a reference-based strategy Rubin's
variance is larger than the variance of the estimate over repeated trials; the jackknife of
``reference_based`` gives the latter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast import dice
from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.ancova import arm_weights, differences
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.imputation_model import ImputationModel, imputation_model
from holdfast.statistics.imputation_strategies import conditional_normal
from holdfast.statistics.incomplete_trial import IncompleteTrial
from holdfast.statistics.mmrm import CellEstimate
from holdfast.statistics.rubin import Pooled, pooled

BOOTSTRAP, ERROR = "imputation: persons of a bootstrap sample", "imputation: errors of missing values"
#: Samples drawn anew for one imputation before it is given up.
ATTEMPTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproximateBayes:
    """Differences of arms after multiple imputation.

    ``contrasts``: each arm but the reference at each visit, minus the reference;
    ``pooled`` the same as arrays (A − 1, V) with variances within and between and the
    Monte-Carlo error; ``estimates`` (M, A − 1, V) of each imputation. ``redrawn`` counts
    the samples that could not be fitted and were drawn anew.
    """

    contrasts: tuple[CellEstimate, ...]
    pooled: Pooled
    estimates: Floats
    redrawn: int
    warnings: tuple[str, ...]

    def contrast(self, *, arm: str, visit: str) -> CellEstimate:
        """The difference of ``arm`` from the reference at ``visit``. Raises KeyError where there is none."""
        return {(cell.arm, cell.visit): cell for cell in self.contrasts}[arm, visit]


def approximate_bayes(
    trial: IncompleteTrial,
    *,
    seed: int,
    imputations: int = 100,
    delta: Floats | None = None,
    level: float = 0.95,
) -> ApproximateBayes:
    """Impute a trial ``imputations`` times and pool; ``delta`` (n, V) is added to what is imputed.

    The same seed gives the same numbers. Raises TableError where the trial cannot be
    fitted or too many samples of it, ImpossibleValue for fewer than two imputations.
    """
    if imputations < 2:
        raise ImpossibleValue(
            f"At least two imputations are needed; found {imputations}.", field="imputations"
        )
    imputation_model(trial)  # a trial that cannot be fitted is refused for its own reason
    weights = arm_weights(trial.arm, arms=len(trial.arms), covariates=trial.covariates)
    added = np.zeros_like(trial.outcome) if delta is None else np.where(trial.missing, delta, 0.0)
    shape = (imputations, len(trial.arms) - 1, len(trial.visits))
    estimates, errors = np.empty(shape), np.empty(shape)
    redrawn = 0
    for draw in range(imputations):
        model, attempts = _drawn_model(trial, seed=seed, draw=draw)
        redrawn += attempts
        completed = _drawn_outcome(trial, model, seed=seed, draw=draw) + added
        estimates[draw], errors[draw] = differences(weights, completed)
    answer = pooled(estimates, errors**2, complete_df=weights.df, level=level)
    notes = trial.warnings
    if redrawn:
        notes += (f"{redrawn} bootstrap samples could not be fitted and were drawn anew.",)
    return ApproximateBayes(
        contrasts=_cells(trial, answer), pooled=answer, estimates=estimates, redrawn=redrawn, warnings=notes
    )


def bootstrap_sample(trial: IncompleteTrial, *, seed: int, draw: int, attempt: int) -> Ints:
    """(n,) persons drawn with replacement, each arm as large as it is."""
    n = len(trial.arm)
    uniform = dice.uniform(seed, draw, np.arange(n), BOOTSTRAP, attempt)
    chosen = np.empty(n, dtype=np.int64)
    for a in range(len(trial.arms)):
        members = np.flatnonzero(trial.arm == a)
        chosen[members] = members[(uniform[members] * len(members)).astype(np.int64)]
    return chosen


def _drawn_model(trial: IncompleteTrial, *, seed: int, draw: int) -> tuple[ImputationModel, int]:
    """The model of a bootstrap sample, and how many samples before it could not be fitted."""
    reason = ""
    for attempt in range(ATTEMPTS):
        sample = trial.subset(bootstrap_sample(trial, seed=seed, draw=draw, attempt=attempt))
        try:
            model = imputation_model(trial, fitted_to=sample)
        except TableError as problem:
            reason = str(problem)
            continue
        if model.fit.converged:
            return model, attempt
        reason = " ".join(model.fit.warnings)
    raise TableError(
        f"{ATTEMPTS} bootstrap samples in a row could not be fitted: the trial is too small for its model. "
        f"Fewer covariates or visits may help. The last reason: {reason}"
    )


def _drawn_outcome(trial: IncompleteTrial, model: ImputationModel, *, seed: int, draw: int) -> Floats:
    """(n, V) the outcome with every missing value drawn from its conditional distribution."""
    if not trial.missing.any():
        return trial.outcome
    completed, roots = conditional_normal(model.means, model.covariance, trial.outcome)
    n, V = trial.outcome.shape
    errors = dice.normal(seed, draw, np.arange(n)[:, None], ERROR, np.arange(V)[None, :])
    return completed + (roots @ errors[:, :, None])[:, :, 0]


def _cells(trial: IncompleteTrial, answer: Pooled) -> tuple[CellEstimate, ...]:
    return tuple(
        CellEstimate(
            arm=arm,
            visit=visit,
            estimate=float(answer.estimate[a, v]),
            se=float(answer.se[a, v]),
            df=float(answer.df[a, v]),
            p=float(answer.p[a, v]),
            lower=float(answer.lower[a, v]),
            upper=float(answer.upper[a, v]),
        )
        for a, arm in enumerate(trial.arms[1:])
        for v, visit in enumerate(trial.visits)
    )
