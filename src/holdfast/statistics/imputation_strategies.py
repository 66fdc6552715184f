"""What a reference-based strategy says of the visits after an intercurrent event.

A strategy gives a person the mean of a joint normal distribution over all visits, and
missing values are imputed from it given the values that were observed (Carpenter, Roger,
Kenward 2013, doi:10.1080/10543406.2013.834911). Every such mean is linear in the
coefficients of the model, so a strategy is a choice of design rows: the ``own`` rows of
the person, the ``reference`` rows (the same person, put in the reference arm), and from
the event's visit on a mixture of both.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Floats, Ints


class ImputationStrategy(IntEnum):
    """What the mean of a person is from the visit of the event on; numbered for arrays."""

    #: The arm's own mean, as if the event had not come.
    MISSING_AT_RANDOM = 0
    #: The reference arm's mean; the earlier visits keep the arm's own.
    JUMP_TO_REFERENCE = 1
    #: The arm's own mean before the event, changing from then on as the reference arm's mean changes.
    COPY_INCREMENTS = 2
    #: The reference arm's mean at every visit, those before the event too.
    COPY_REFERENCE = 3
    #: The arm's own mean of the last visit before the event.
    LAST_MEAN_CARRIED_FORWARD = 4


def joint_rows(own: Floats, reference: Floats, *, event: Ints, strategy: Ints) -> Floats:
    """(n, V, p) design rows whose products with the coefficients are the joint means.

    ``own`` and ``reference`` (n, V, p); ``event`` (n,) the first visit the strategy
    bears on, V where there is none; ``strategy`` (n,) numbers of ``ImputationStrategy``.
    With an event at the first visit there is no earlier mean: increments are then copied
    from the reference mean itself, and a carried mean is the arm's own.
    """
    V = own.shape[1]
    after = (np.arange(V)[None, :] >= event[:, None])[:, :, None]
    person = np.arange(len(event))
    earlier = np.clip(event - 1, 0, V - 1)
    started = (event > 0)[:, None, None]
    step = np.where(started, (own - reference)[person, earlier][:, None, :], 0.0)
    carried = np.where(started, own[person, earlier][:, None, :], own)
    borne = (event < V)[:, None, None]
    choices = {
        ImputationStrategy.JUMP_TO_REFERENCE: np.where(after, reference, own),
        ImputationStrategy.COPY_INCREMENTS: np.where(after, reference + step, own),
        ImputationStrategy.COPY_REFERENCE: np.where(borne, reference, own),
        ImputationStrategy.LAST_MEAN_CARRIED_FORWARD: np.where(after, carried, own),
    }
    rows = own.copy()
    for each, chosen in choices.items():
        taken = strategy == each
        rows[taken] = chosen[taken]
    return rows


def conditional_normal(mean: Floats, covariance: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """The distribution of the missing values given the observed ones, of persons with one covariance.

    ``mean`` and ``outcome`` (n, V), NaN where missing; ``covariance`` (V, V). Gives the
    outcome completed with the conditional means (n, V), and the lower triangular roots
    (n, V, V) of the conditional covariance, zero where observed. Raises ImpossibleValue
    where the covariance is not positive definite.
    """
    _check_covariance(covariance)
    completed = outcome.copy()
    roots = np.zeros((*outcome.shape, outcome.shape[1]))
    patterns, member = np.unique(np.isnan(outcome), axis=0, return_inverse=True)
    for g, missing in enumerate(patterns):
        if not missing.any():
            continue
        persons = np.flatnonzero(member.reshape(-1) == g)
        seen = ~missing
        across = covariance[np.ix_(missing, seen)]
        slope = np.linalg.solve(covariance[np.ix_(seen, seen)], across.T).T
        residual = (outcome - mean)[np.ix_(persons, seen)]
        completed[np.ix_(persons, missing)] = mean[np.ix_(persons, missing)] + residual @ slope.T
        left = covariance[np.ix_(missing, missing)] - slope @ across.T
        roots[np.ix_(persons, missing, missing)] = np.linalg.cholesky(left)
    return completed, roots


def _check_covariance(covariance: Floats) -> None:
    deviations = np.sqrt(np.maximum(np.diag(covariance), np.finfo(np.float64).tiny))
    correlation = covariance / np.outer(deviations, deviations)
    if not np.isfinite(covariance).all() or np.linalg.eigvalsh(correlation)[0] <= 0:
        raise ImpossibleValue(
            "The covariance of the visits is not positive definite, so nothing can be imputed from it: "
            "a covariance has positive variances and correlations that can hold together."
        )
