"""The climb to the likelihood's top, for compiled loops: a short way, and the careful way of ``reml``.

The short way takes steps with the average information, which costs no slopes (Gilmour,
Thompson, Cullis 1995, doi:10.2307/2533274), and near the top with the observed Hessian. It
never judges the likelihood: where anything about it is not as it should be near a proper
maximum, the careful way starts anew, which decides as ``reml.maximise`` does.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_likelihood import curve, evaluate
from holdfast.statistics.compiled_linear import cholesky, least_squares, solve_factored
from holdfast.statistics.compiled_room import (
    CORRELATION,
    CORRELATION_ROOT,
    EXPECTED,
    FACTOR,
    FACTOR_INVERSE,
    FIRST,
    GRADIENT,
    HESSIAN,
    INVERSE,
    SECOND,
    SIGMA,
    SLOPE,
    SQUARES,
    START,
    STEP,
    THETA,
    TRIAL,
    VALUE,
    Room,
    Size,
)

CONVERGED = 0
#: No step raises the likelihood further, or 200 were not enough.
NOT_CONVERGED = 1
#: The likelihood climbs to a singular covariance.
SINGULAR = 2

#: As in ``reml``.
CLOSE = 1e-8
ROUNDING = 1e-20
MAX_ITERATIONS = 200
EDGE = 1e-9
NEAR_EDGE = 1e-4

#: Squared distance to the top, in standard errors, from which the short way uses the observed Hessian: one
#: Newton step then squares it.
NEAR = 3e-8
#: Squared distance at which the short way ends: no result shows its square root.
THERE = 1e-16
#: More steps than this on the short way mean that something is odd.
SHORT = 25


@compiled
def short_way(size: Size, room: Room) -> int:
    """Climb from ``THETA``; the number of steps, or 0 where the careful way has to be taken.

    At the end the point, its slopes and the factor of its observed Hessian belong to ``THETA``.
    """
    m, squares, vectors = size.elements, room.squares, room.vectors
    theta, step, gradient, factor = vectors[THETA], vectors[STEP], vectors[GRADIENT], squares[FACTOR]
    last, squared, near = np.inf, np.inf, False
    for iteration in range(1, SHORT + 1):
        value = evaluate(theta, size, room)
        if np.isnan(value):
            return 0
        if not near:
            if not cholesky(squares[SQUARES], m, factor):
                return 0
            squared = step_of(m, gradient, factor, step)
            near = squared < NEAR
        if near:
            curve(size, room)
            if not factor_observed(m, squares):
                return 0
            squared = step_of(m, gradient, factor, step)
            if squared < THERE:
                vectors[VALUE, 0] = value
                far = far_from_edge(size, squares[SIGMA], room.cubes[INVERSE])
                return iteration if far else 0
        if not squared < 0.5 * last:
            return 0
        last = squared
        for k in range(m):
            theta[k] += step[k]
    return 0


@compiled
def step_of(m: int, gradient: Floats, factor: Floats, step: Floats) -> float:
    """The step −H⁻¹g with the factor of H, and its squared length g'H⁻¹g."""
    for k in range(m):
        step[k] = -gradient[k]
    return solve_factored(factor, m, step)


@compiled
def factor_observed(m: int, squares: Floats) -> bool:
    """Factor the observed Hessian; False where the likelihood is not convex here."""
    for k in range(m):
        for i in range(m):
            squares[HESSIAN, k, i] = 2.0 * squares[SQUARES, k, i] - squares[EXPECTED, k, i]
    return cholesky(squares[HESSIAN], m, squares[FACTOR])


@compiled
def far_from_edge(size: Size, sigma: Floats, M: Floats) -> bool:
    """Whether no pattern's correlation R has an eigenvalue near 0: the smallest is above 1 / tr(R⁻¹)."""
    for g in range(size.patterns):
        trace = 0.0
        for v in range(size.visits):
            trace += sigma[v, v] * M[v, v, g]
        if trace > 1.0 / NEAR_EDGE:
            return False
    return True


@compiled
def careful_way(size: Size, room: Room) -> tuple[int, int]:
    """Climb from ``START`` as ``reml.maximise`` does; status and number of steps."""
    m, vectors = size.elements, room.vectors
    theta, start = vectors[THETA], vectors[START]
    for k in range(m):
        theta[k] = start[k]
    value = whole_point(theta, size, room)
    if np.isnan(value):
        return NOT_CONVERGED, 0
    for iteration in range(1, MAX_ITERATIONS + 1):
        vectors[VALUE, 0] = value
        squared = newton_step(m, room.squares, vectors)
        if squared < CLOSE:
            vectors[VALUE, 0] = polish(value, squared, size, room)
            return CONVERGED, iteration
        value = halve(value, size, room)
        if np.isnan(value):
            vectors[VALUE, 0] = whole_point(theta, size, room)
            singular = reaches(NEAR_EDGE, size, room.lists, room.seen, theta, room.squares)
            return (SINGULAR if singular else NOT_CONVERGED), iteration
        if reaches(EDGE, size, room.lists, room.seen, theta, room.squares):
            vectors[VALUE, 0] = value
            return SINGULAR, iteration
    vectors[VALUE, 0] = value
    return NOT_CONVERGED, MAX_ITERATIONS


@compiled
def whole_point(theta: Floats, size: Size, room: Room) -> float:
    """Evaluate with slopes and the expected Hessian."""
    value = evaluate(theta, size, room)
    if not np.isnan(value):
        curve(size, room)
    return value


@compiled
def newton_step(m: int, squares: Floats, vectors: Floats) -> float:
    """The squared length of the step, infinite where the expected Hessian had to replace the observed."""
    if factor_observed(m, squares):
        return step_of(m, vectors[GRADIENT], squares[FACTOR], vectors[STEP])
    for k in range(m):
        vectors[STEP, k] = -vectors[GRADIENT, k]
        for i in range(m):
            squares[HESSIAN, k, i] = squares[EXPECTED, k, i]
    least_squares(squares[HESSIAN], m, vectors[STEP], squares[FACTOR_INVERSE], vectors[SLOPE])
    return np.inf


@compiled
def halve(value: float, size: Size, room: Room) -> float:
    """Move by the first of the step, its half … that does not lower the likelihood; NaN if none."""
    m, theta, trial, step = size.elements, room.vectors[THETA], room.vectors[TRIAL], room.vectors[STEP]
    slack = 1e-12 * (1.0 + np.abs(value))
    for _ in range(40):
        for k in range(m):
            trial[k] = theta[k] + step[k]
        found = whole_point(trial, size, room)
        if found <= value + slack:
            for k in range(m):
                theta[k] = trial[k]
            return found
        for k in range(m):
            step[k] *= 0.5
    return np.nan


@compiled
def polish(value: float, squared: float, size: Size, room: Room) -> float:
    """At most three more Newton steps, none of which may make it worse."""
    m, vectors = size.elements, room.vectors
    theta, trial, step = vectors[THETA], vectors[TRIAL], vectors[STEP]
    worse = False
    for _ in range(4):
        # After a step that made it worse this goes back to where it was.
        for k in range(m):
            trial[k] = theta[k] if worse else theta[k] + step[k]
        found = whole_point(trial, size, room)
        if worse:
            break
        following = np.inf if np.isnan(found) else newton_step(m, room.squares, vectors)
        worse = not following < squared
        if not worse:
            value, squared = found, following
            for k in range(m):
                theta[k] = trial[k]
            if squared < ROUNDING:
                break
    return value


@compiled
def reaches(edge: float, size: Size, lists: Ints, seen: Floats, theta: Floats, squares: Floats) -> bool:
    """Whether a pattern's correlation has an eigenvalue below ``edge``."""
    correlation, root = squares[CORRELATION], squares[CORRELATION_ROOT]
    for g in range(size.patterns):
        correlation_of(theta, g, size, lists, seen, correlation)
        for v in range(size.visits):
            correlation[v, v] -= edge
        if not cholesky(correlation, size.visits, root):
            return True
    return False


@compiled
def correlation_of(theta: Floats, g: int, size: Size, lists: Ints, seen: Floats, out: Floats) -> None:
    """The correlation of the visits seen in pattern g, 1 and 0 elsewhere."""
    V, first, second = size.visits, lists[FIRST], lists[SECOND]
    for a in range(V):
        for b in range(V):
            out[a, b] = 0.0
    for k in range(size.elements):
        a, b = first[k], second[k]
        out[b, a] = theta[k] * seen[a, g] * seen[b, g]
    for a in range(V):
        for b in range(a):
            if out[a, b] != 0.0:
                out[a, b] /= np.sqrt(out[a, a] * out[b, b])
    for a in range(V):
        out[a, a] = 1.0
