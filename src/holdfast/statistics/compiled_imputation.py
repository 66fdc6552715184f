"""Conditional means, and the analysis of the completed outcomes, for compiled loops.

The formulas are those of ``imputation_strategies`` and ``ancova``, for persons described
by P numbers: 1, an indicator of each arm but the reference, covariates. Arrays of one
shape lie stacked in one array, because a compiled function is handed every array of a
tuple one by one; the names below say which is which.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_linear import (
    cholesky,
    gram_of_lower,
    independent,
    invert_lower,
    solve_factored,
)

#: Numbers of ``ImputationStrategy``.
MISSING_AT_RANDOM, JUMP_TO_REFERENCE, COPY_INCREMENTS, COPY_REFERENCE, CARRIED = range(5)

#: Tables (n, V): the outcomes the model is fitted to; what ordinary least squares leaves of them, scaled.
FITTED, RESIDUAL = range(2)
#: Sheets (V, P). Coefficients of the numbers: of ordinary least squares, of the fit to all, of the fit in
#: use. Sums of outcome times numbers: of the persons with nothing missing, of all.
ORDINARY, OF_ALL, IN_USE, COMPLETE_SUMS, SUMS = range(5)
#: Squares: covariances of all and in use and a person's block (V, V); cross products of the numbers, their
#: factor, its inverse and theirs (P, P); the expected Hessian of all, that of a step and its factor (m, m).
SIGMA_OF_ALL, SIGMA_IN_USE, SEEN_BLOCK, SEEN_ROOT = range(4)
GRAM, GRAM_ROOT, GRAM_WHITENER, GRAM_INVERSE = range(4, 8)
EXPECTED_OF_ALL, STEP_HESSIAN, STEP_FACTOR = range(8, 11)
#: Vectors: of visits, of numbers, of elements and columns of the model; single numbers.
MEAN, VALUES, PULLED, LEVERAGE, THETA_OF_ALL, TRIED, STEPPED, PIVOT, SCALE = range(9)
#: Lists: 1 where nothing is missing, who is incomplete, the persons' patterns (n,); visits seen; numbers
#: kept; patterns, columns and observations of the fit to all; persons without whom it is fitted anew.
IS_COMPLETE, INCOMPLETE, PLACE, SEEN, COLUMNS, EXTENT, LATER = range(7)


class ImputationRoom(NamedTuple):
    """The stacked arrays, made once by ``imputation_room``."""

    tables: Floats
    sheets: Floats
    squares: Floats
    vectors: Floats
    lists: Ints


def imputation_room(*, persons: int, visits: int, numbers: int, columns: int) -> ImputationRoom:
    """Room for trials of at most ``persons`` and models of ``columns``."""
    m = visits * (visits + 1) // 2
    side = max(visits, numbers, m, columns)
    return ImputationRoom(
        tables=np.zeros((2, persons, visits)),
        sheets=np.zeros((5, visits, numbers)),
        squares=np.zeros((11, side, side)),
        vectors=np.zeros((9, side)),
        lists=np.zeros((7, max(persons, side, 3)), np.int64),
    )


@compiled
def joint_mean(B: Floats, c: Floats, arms: int, event: int, strategy: int, mean: Floats) -> None:
    """The mean (V,) of a person under a strategy: ``B`` (V, P) coefficients of the numbers ``c`` (P,).

    Numbers 1 to ``arms`` − 1 tell the arm; ``event`` is the first visit the strategy
    bears on, V where there is none.
    """
    V = B.shape[0]
    shift, own = 0.0, 0.0  # of the last visit before the event
    for v in range(V):
        here, reference = 0.0, 0.0
        for j in range(len(c)):
            if 1 <= j < arms:
                here += B[v, j] * c[j]
            else:
                reference += B[v, j] * c[j]
        mean[v] = reference + here
        if v < event:
            shift, own = here, mean[v]
            if strategy == COPY_REFERENCE and event < V:
                mean[v] = reference
        elif strategy in (JUMP_TO_REFERENCE, COPY_REFERENCE):
            mean[v] = reference
        elif strategy == COPY_INCREMENTS:
            mean[v] = reference + shift
        elif strategy == CARRIED and event > 0:
            mean[v] = own


@compiled
def complete_person(y: Floats, sigma: Floats, room: ImputationRoom) -> bool:
    """``VALUES``: y (V,) with what is missing at its mean given the rest; False if it has none."""
    V, k = len(y), 0
    seen, pulled, mean, values = (
        room.lists[SEEN],
        room.vectors[PULLED],
        room.vectors[MEAN],
        room.vectors[VALUES],
    )
    block, root = room.squares[SEEN_BLOCK], room.squares[SEEN_ROOT]
    for v in range(V):
        if y[v] == y[v]:
            seen[k] = v
            pulled[k] = y[v] - mean[v]
            for i in range(k + 1):
                block[k, i] = sigma[v, seen[i]]
            k += 1
    if not cholesky(block, k, root):
        return False
    solve_factored(root, k, pulled)
    for v in range(V):
        values[v] = y[v]
        if y[v] != y[v]:
            value = mean[v]
            for i in range(k):
                value += sigma[v, seen[i]] * pulled[i]
            values[v] = value
    return True


@compiled
def add_products(values: Floats, c: Floats, sign: float, sums: Floats) -> None:
    """Sums (V, P) += sign · values · numbers."""
    for v in range(sums.shape[0]):
        factor = sign * values[v]
        for j in range(len(c)):
            sums[v, j] += factor * c[j]


@compiled
def prepare_analysis(y: Floats, c: Floats, room: ImputationRoom) -> int:
    """Inverse cross products of the independent numbers (their count is returned); complete persons' sums."""
    n, P = c.shape
    gram, complete, columns = room.squares[GRAM], room.sheets[COMPLETE_SUMS], room.lists[COLUMNS]
    for a in range(P):
        for b in range(P):
            gram[a, b] = 0.0
    complete[:, :] = 0.0
    for i in range(n):
        for a in range(P):
            for b in range(a + 1):
                gram[a, b] += c[i, a] * c[i, b]
        if room.lists[IS_COMPLETE, i]:
            add_products(y[i], c[i], 1.0, complete)
    K = independent(gram, P, 1e-10, room.squares[GRAM_ROOT], columns)
    invert_lower(room.squares[GRAM_ROOT], K, room.squares[GRAM_WHITENER])
    gram_of_lower(room.squares[GRAM_WHITENER], K, room.squares[GRAM_INVERSE])
    return K


@compiled
def estimate_all(arms: int, K: int, room: ImputationRoom, out: Floats) -> None:
    """Out (A − 1, V): the differences of the arms from the reference, from ``SUMS``."""
    inverse, columns, sums = room.squares[GRAM_INVERSE], room.lists[COLUMNS], room.sheets[SUMS]
    for a in range(1, arms):
        for v in range(sums.shape[0]):
            value = 0.0
            for j in range(K):
                value += inverse[a, j] * sums[v, columns[j]]
            out[a - 1, v] = value


@compiled
def estimate_without(c: Floats, arms: int, K: int, room: ImputationRoom, out: Floats) -> bool:
    """The same without a person of numbers ``c``, ``SUMS`` being the others'; False where it hangs on it."""
    inverse, columns, sums = room.squares[GRAM_INVERSE], room.lists[COLUMNS], room.sheets[SUMS]
    leverage = room.vectors[LEVERAGE]
    own = 1.0
    for a in range(K):
        value = 0.0
        for b in range(K):
            value += inverse[a, b] * c[columns[b]]
        leverage[a] = value
        own -= value * c[columns[a]]
    # As in ancova.differences_without_each: a person fitted wholly takes a column along.
    alone = own < 1e-9
    for a in range(1, arms):
        if alone and np.abs(leverage[a]) > 1e-9:
            return False
        pull = 0.0 if alone else leverage[a] / own
        for v in range(sums.shape[0]):
            value = 0.0
            for j in range(K):
                value += (inverse[a, j] + pull * leverage[j]) * sums[v, columns[j]]
            out[a - 1, v] = value
    return True
