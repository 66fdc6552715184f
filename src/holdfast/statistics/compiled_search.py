"""The climb to the likelihood's top, for compiled loops: a short way, and the careful way of ``reml``.

The short way takes steps with the average information, which costs no slopes, and near the
top with the observed Hessian of one point (Gilmour, Thompson, Cullis 1995,
doi:10.2307/2533274, for the average information). It never judges the likelihood: where
anything about it is not as it should be near a proper maximum, the careful way starts anew,
which decides as ``reml.maximise`` does.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats
from holdfast.statistics.compiled_likelihood import Point, Problem, Size, curve, evaluate
from holdfast.statistics.compiled_linear import cholesky, least_squares, solve_factored

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

#: Squared distance to the top, in standard errors, from which the short way uses the observed Hessian.
NEAR = 1e-2
#: Squared distance at which the short way ends: no result shows its square root.
THERE = 1e-17
#: More steps than this on the short way mean that something is odd.
SHORT = 25


class Search(NamedTuple):
    """Where the climb is and the room for it: m elements, V visits; ``neg2ll`` and ``iterations`` (1,)."""

    start: Floats
    theta: Floats
    trial: Floats
    step: Floats
    neg2ll: Floats
    hessian: Floats
    factor: Floats
    vectors: Floats
    spare: Floats
    correlation: Floats
    correlation_root: Floats


def search_for(*, visits: int) -> Search:
    """Room for a climb."""
    m = visits * (visits + 1) // 2
    return Search(
        start=np.zeros(m),
        theta=np.zeros(m),
        trial=np.zeros(m),
        step=np.zeros(m),
        neg2ll=np.zeros(1),
        hessian=np.zeros((m, m)),
        factor=np.zeros((m, m)),
        vectors=np.zeros((m, m)),
        spare=np.zeros(m),
        correlation=np.zeros((visits, visits)),
        correlation_root=np.zeros((visits, visits)),
    )


@compiled
def short_way(size: Size, problem: Problem, point: Point, search: Search) -> int:
    """Climb from ``theta``; the number of steps, or 0 where the careful way has to be taken.

    At the end the point, its slopes and the factor of its observed Hessian belong to ``theta``.
    """
    theta, step, last, curved, fresh = search.theta, search.step, np.inf, False, False
    for iteration in range(1, SHORT + 1):
        value = evaluate(theta, size, problem, point)
        if np.isnan(value):
            return 0
        if curved and not fresh:
            squared = step_of(size.elements, point.gradient, search)
        else:
            if not fresh:
                if not cholesky(point.squares, size.elements, search.factor):
                    return 0
                squared = step_of(size.elements, point.gradient, search)
            if fresh or squared < NEAR:
                curve(size, problem, point)
                if not factor_observed(size.elements, point, search):
                    return 0
                curved = True
                squared = step_of(size.elements, point.gradient, search)
                if squared < THERE:
                    search.neg2ll[0] = value
                    return iteration if far_from_edge(size, problem, point) else 0
        if not squared < 0.5 * last:
            return 0
        # Whether the next point will be the top, if steps go on shrinking as they did.
        fresh = curved and squared * min(1.0, squared / last) < THERE
        last = squared
        for k in range(size.elements):
            theta[k] += step[k]
    return 0


@compiled
def step_of(m: int, gradient: Floats, search: Search) -> float:
    """The step −H⁻¹g with the factor of H at hand, and its squared length g'H⁻¹g."""
    for k in range(m):
        search.step[k] = -gradient[k]
    return solve_factored(search.factor, m, search.step)


@compiled
def factor_observed(m: int, point: Point, search: Search) -> bool:
    """Factor the observed Hessian; False where the likelihood is not convex here."""
    for k in range(m):
        for l in range(m):
            search.hessian[k, l] = 2.0 * point.squares[k, l] - point.expected[k, l]
    return cholesky(search.hessian, m, search.factor)


@compiled
def far_from_edge(size: Size, problem: Problem, point: Point) -> bool:
    """Whether no pattern's correlation has an eigenvalue near 0: 1 / tr(R⁻¹) bounds the smallest from below."""
    for g in range(size.patterns):
        trace = 0.0
        for v in range(point.sigma.shape[0]):
            trace += point.sigma[v, v] * point.inverse[v, v, g]
        if trace > 1.0 / NEAR_EDGE:
            return False
    return True


@compiled
def careful_way(size: Size, problem: Problem, point: Point, search: Search) -> tuple[int, int]:
    """Climb from ``start`` as ``reml.maximise`` does; status and number of steps."""
    m, theta = size.elements, search.theta
    theta[:m] = search.start[:m]
    value = whole_point(theta, size, problem, point)
    if np.isnan(value):
        return NOT_CONVERGED, 0
    for iteration in range(1, MAX_ITERATIONS + 1):
        squared = newton_step(m, point, search)
        if squared < CLOSE:
            search.neg2ll[0] = polish(value, squared, size, problem, point, search)
            return CONVERGED, iteration
        found = halve(value, size, problem, point, search)
        if np.isnan(found):
            search.neg2ll[0] = whole_point(theta, size, problem, point)
            return (SINGULAR if reaches(NEAR_EDGE, size, problem, search) else NOT_CONVERGED), iteration
        value = found
        search.neg2ll[0] = value
        if reaches(EDGE, size, problem, search):
            return SINGULAR, iteration
    return NOT_CONVERGED, MAX_ITERATIONS


@compiled
def whole_point(theta: Floats, size: Size, problem: Problem, point: Point) -> float:
    """Evaluate with slopes and the expected Hessian."""
    value = evaluate(theta, size, problem, point)
    if not np.isnan(value):
        curve(size, problem, point)
    return value


@compiled
def newton_step(m: int, point: Point, search: Search) -> float:
    """The squared length of the step, infinite where the expected Hessian had to replace the observed."""
    if factor_observed(m, point, search):
        return step_of(m, point.gradient, search)
    for k in range(m):
        search.step[k] = -point.gradient[k]
    search.hessian[:m, :m] = point.expected[:m, :m]
    least_squares(search.hessian, m, search.step, search.vectors, search.spare)
    return np.inf


@compiled
def halve(value: float, size: Size, problem: Problem, point: Point, search: Search) -> float:
    """Move to the first of the step, its half, its quarter … that does not lower the likelihood; NaN if none."""
    m, theta, trial, step = size.elements, search.theta, search.trial, search.step
    slack = 1e-12 * (1.0 + np.abs(value))
    for _ in range(40):
        for k in range(m):
            trial[k] = theta[k] + step[k]
        found = evaluate(trial, size, problem, point)
        if found <= value + slack:
            curve(size, problem, point)
            theta[:m] = trial[:m]
            return found
        for k in range(m):
            step[k] *= 0.5
    return np.nan


@compiled
def polish(value: float, squared: float, size: Size, problem: Problem, point: Point, search: Search) -> float:
    """At most three more Newton steps, none of which may make it worse."""
    m, theta, trial, step = size.elements, search.theta, search.trial, search.step
    for _ in range(3):
        for k in range(m):
            trial[k] = theta[k] + step[k]
        found = whole_point(trial, size, problem, point)
        following = np.inf if np.isnan(found) else newton_step(m, point, search)
        if not following < squared:
            return whole_point(theta, size, problem, point)
        value, squared = found, following
        theta[:m] = trial[:m]
        if squared < ROUNDING:
            break
    return value


@compiled
def reaches(edge: float, size: Size, problem: Problem, search: Search) -> bool:
    """Whether a pattern's correlation has an eigenvalue below ``edge``."""
    for g in range(size.patterns):
        correlation_of(search.theta, g, size, problem, search.correlation)
        for v in range(search.correlation.shape[0]):
            search.correlation[v, v] -= edge
        if not cholesky(search.correlation, search.correlation.shape[0], search.correlation_root):
            return True
    return False


@compiled
def correlation_of(theta: Floats, g: int, size: Size, problem: Problem, out: Floats) -> None:
    """The correlation of the visits seen in pattern g, 1 and 0 elsewhere."""
    V, first, second = out.shape[0], problem.first, problem.second
    for a in range(V):
        for b in range(V):
            out[a, b] = 0.0
    for k in range(size.elements):
        out[first[k], second[k]] = theta[k] * problem.seen[first[k], g] * problem.seen[second[k], g]
        out[second[k], first[k]] = out[first[k], second[k]]
    for a in range(V):
        for b in range(a):
            if out[a, b] != 0.0:
                out[a, b] /= np.sqrt(out[a, a] * out[b, b])
                out[b, a] = out[a, b]
    for a in range(V):
        out[a, a] = 1.0
