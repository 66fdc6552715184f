"""Analysis of covariance of complete outcomes: differences of arms, visit by visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Floats, Ints

#: A column whose part outside the columns before it is smaller than this share of it says nothing new.
DEPENDENT = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmWeights:
    """The differences of arms as weights of persons: ``weights`` (A − 1, n), difference = weights · outcome.

    ``basis`` (n, k) spans the columns; ``unit`` (A − 1,) are the standard errors for a
    residual standard deviation of one; ``df`` is n less k.
    """

    weights: Floats
    basis: Floats
    unit: Floats
    df: int


def arm_weights(arm: Ints, *, arms: int, covariates: Floats) -> ArmWeights:
    """Weights of outcome ~ arm + covariates; ``arm`` (n,) indices, 0 the reference, ``covariates`` (n, k).

    Covariates that depend on others are left out. Raises TableError where an arm has
    nobody, or cannot be told from the covariates, or nothing is left for a residual.
    """
    dummies = (arm[:, None] == np.arange(1, arms)[None, :]).astype(np.float64)
    # Arms come last, so that the last rows of the inverse triangle belong to them.
    front = _independent(np.column_stack([np.ones(len(arm)), covariates]))
    Q, triangle = np.linalg.qr(np.column_stack([front, dummies]))
    size = np.sqrt((dummies**2).sum(axis=0))
    if len(Q) < Q.shape[1] or (np.abs(np.diag(triangle))[1 - arms :] <= DEPENDENT * size).any():
        raise TableError(
            "An arm has nobody to analyse, or the covariates alone say who is in it: "
            "its difference from the reference cannot be estimated."
        )
    df = len(arm) - Q.shape[1]
    if df < 1:
        raise TableError(
            f"{len(arm)} persons cannot estimate {Q.shape[1]} coefficients and a variance: "
            "more persons or fewer covariates are needed."
        )
    last = np.linalg.solve(triangle, np.eye(len(triangle)))[1 - arms :]
    return ArmWeights(
        weights=last @ Q.T,
        basis=Q,
        unit=np.sqrt((last**2).sum(axis=1)),
        df=df,
    )


def differences(weights: ArmWeights, outcome: Floats) -> tuple[Floats, Floats]:
    """(A − 1, V) differences from the reference and their standard errors; ``outcome`` (n, V), complete."""
    residual = outcome - weights.basis @ (weights.basis.T @ outcome)
    deviation = np.sqrt((residual**2).sum(axis=0) / weights.df)
    return weights.weights @ outcome, weights.unit[:, None] * deviation[None, :]


def differences_without_each(weights: ArmWeights, outcome: Floats) -> Floats:
    """(n, A − 1, V) the differences without each person in turn, NaN where they hang on that person."""
    residual = outcome - weights.basis @ (weights.basis.T @ outcome)
    own = 1.0 - (weights.basis**2).sum(axis=1)
    # A person that the columns fit wholly takes a column along; what has no weight on it stays the same.
    alone = own < 1e-9
    pull = weights.weights / np.where(alone, 1.0, own)
    pull[:, alone] = np.where(np.abs(pull[:, alone]) > 1e-9, np.nan, 0.0)
    return np.asarray((weights.weights @ outcome)[None] - pull.T[:, :, None] * residual[:, None, :])


def _independent(columns: Floats) -> Floats:
    """Drop, first come first kept, each column that those before it span."""
    basis: list[Floats] = []
    kept = []
    for j in range(columns.shape[1]):
        column = columns[:, j]
        left = column.copy()
        for _ in range(2):  # once more, because the first pass leaves rounding
            for direction in basis:
                left = left - direction * (direction @ left)
        size = float(np.sqrt(left @ left))
        if size > DEPENDENT * float(np.sqrt(column @ column)):
            basis.append(left / size)
            kept.append(j)
    return columns[:, kept]
