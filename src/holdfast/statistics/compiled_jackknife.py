"""The mixed model without each person in turn, for compiled loops.

A person's products are taken out of the sums of the trial and put back afterwards. From
the estimate of all, Newton steps lead to the estimate of the others. Their Hessian takes
what ``evaluate`` gives at every point, and of the expected part that of the whole trial
less one person's share: a step then costs one evaluation and shrinks the error about a
hundredfold. Where a step does not shrink it, or a column goes with the person left out,
the answer is False and the caller fits anew.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats
from holdfast.statistics.compiled_imputation import (
    EXPECTED_OF_ALL,
    PIVOT,
    STEP_FACTOR,
    STEP_HESSIAN,
    STEPPED,
    THETA_OF_ALL,
    TRIED,
    ImputationRoom,
)
from holdfast.statistics.compiled_likelihood import curve, evaluate, fill_covariance
from holdfast.statistics.compiled_linear import cholesky, solve_factored
from holdfast.statistics.compiled_room import (
    CY,
    EXPECTED,
    FIRST,
    GRADIENT,
    PERSON,
    ROOT,
    SECOND,
    SIGMA,
    SQUARES,
    THETA,
    YY,
    Room,
    Size,
)

#: Squared distance to the top, in standard errors, whose next step no result shows.
THERE = 1e-13
#: More steps than this mean that something is odd.
STEPS = 15
#: A column that keeps less than this share of its information goes with the person left out.
GOES = 1e-9


@compiled
def remember(size: Size, fit: Room, room: ImputationRoom) -> None:
    """Evaluate at the estimate of all and keep it, its expected Hessian and the pivots of X'V⁻¹X."""
    evaluate(fit.vectors[THETA], size, fit)
    curve(size, fit)
    for k in range(size.elements):
        room.vectors[THETA_OF_ALL, k] = fit.vectors[THETA, k]
        for i in range(size.elements):
            room.squares[EXPECTED_OF_ALL, k, i] = fit.squares[EXPECTED, k, i]
    for a in range(size.columns):
        room.vectors[PIVOT, a] = fit.squares[ROOT, a, a] ** 2


@compiled
def change_person(sign: float, g: int, y: Floats, c: Floats, size: Size, fit: Room) -> None:
    """Put a person of pattern g into the sums (1) or take it out (−1).

    ``y`` (V,) what ordinary least squares leaves, as in the sums; ``c`` (P,).
    """
    V, P, seen, person = size.visits, len(c), fit.seen, fit.lists[PERSON]
    seen[V, g] += sign
    for j in range(P):
        factor = sign * c[j]
        if factor != 0.0:
            for i in range(P):
                fit.cc[j, i, g] += factor * c[i]
            for a in range(size.columns):
                fit.cx[j, a, g] += factor * c[person[a]]
            for v in range(V):
                if seen[v, g] > 0.0:
                    fit.crosses[CY, v, j, g] += factor * y[v]
    for u in range(V):
        for v in range(V):
            if seen[u, g] > 0.0 and seen[v, g] > 0.0:
                fit.cubes[YY, u, v, g] += sign * y[u] * y[v]


@compiled
def climb_without(share: float, size: Size, fit: Room, room: ImputationRoom) -> bool:
    """From the estimate of all to that of the persons in the sums: their ``SIGMA`` and ``BETA``.

    ``share`` of the expected Hessian of all is theirs. False where it did not come about.
    """
    m, vectors, squares = size.elements, room.vectors, room.squares
    tried, step, hessian, factor = (
        vectors[TRIED],
        vectors[STEPPED],
        squares[STEP_HESSIAN],
        squares[STEP_FACTOR],
    )
    expected, curvature, gradient = squares[EXPECTED_OF_ALL], fit.squares[SQUARES], fit.vectors[GRADIENT]
    for k in range(m):
        tried[k] = vectors[THETA_OF_ALL, k]
    last = np.inf
    for _ in range(STEPS):
        if np.isnan(evaluate(tried, size, fit)) or goes(size.columns, fit.squares[ROOT], vectors[PIVOT]):
            return False
        for k in range(m):
            step[k] = -gradient[k]
            for i in range(k + 1):
                hessian[k, i] = 2.0 * curvature[k, i] - share * expected[k, i]
        if not cholesky(hessian, m, factor):
            return False
        squared = solve_factored(factor, m, step)
        if not squared < 0.5 * last:
            return False
        last = squared
        for k in range(m):
            tried[k] += step[k]
        if squared < THERE:
            fill_covariance(tried, m, fit.lists[FIRST], fit.lists[SECOND], fit.squares[SIGMA])
            return True
    return False


@compiled
def goes(q: int, root: Floats, pivot: Floats) -> bool:
    """Whether a column has lost nearly all its information with the person."""
    gone = False
    for a in range(q):
        gone |= not root[a, a] * root[a, a] > GOES * pivot[a]
    return gone
