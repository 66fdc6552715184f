"""The (restricted) likelihood of grouped patterns, its derivatives, and the Newton iteration.

With V the covariance of all responses, P = V⁻¹ − V⁻¹X(X'V⁻¹X)⁻¹X'V⁻¹ and Vₖ the
derivative for the k-th variance or covariance, minus twice the restricted
log-likelihood has gradient tr(PVₖ) − y'PVₖPy, Hessian −tr(PVₖPVₗ) + 2y'PVₖPVₗPy and
expected Hessian tr(PVₖPVₗ) (Harville 1977, doi:10.1080/01621459.1977.10480998). All are
contractions of the pattern sums, without a loop over subjects. ``evaluate`` takes and
returns arrays only, so that it can be compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.covariance import PatternSums, pattern_inverses, smallest_eigenvalue

#: Squared Newton decrement (a squared distance in standard errors) from which the likelihood ranks no more.
CLOSE = 1e-8
#: Squared decrement that no digit of a result can show.
ROUNDING = 1e-20
MAX_ITERATIONS = 200
#: Below this smallest eigenvalue of the correlation the likelihood is climbing to a singular covariance.
SINGULAR = 1e-9
#: Below this a search that is stuck is called stuck at a singular covariance.
NEAR_SINGULAR = 1e-4


class Point(NamedTuple):
    """The likelihood at one covariance.

    ``value`` is minus twice the log-likelihood; ``gradient`` (m,), ``hessian`` (m, m) are its derivatives,
    ``expected`` (m, m) the mean of the Hessian; ``beta`` (q,) and ``phi`` (q, q) the
    generalised least squares estimate and its covariance; ``slopes`` (m, q, q) are
    X'V⁻¹VₖV⁻¹X, so that the derivative of phi is phi·slope·phi; ``inverse`` (G, V, V).
    """

    value: float
    gradient: Floats
    hessian: Floats
    expected: Floats
    beta: Floats
    phi: Floats
    slopes: Floats
    inverse: Floats


def evaluate(
    theta: Floats,
    basis: Floats,
    counts: Floats,
    seen: Bools,
    xx: Floats,
    xy: Floats,
    yy: Floats,
    reml: bool,
) -> Point | None:
    """The likelihood and its derivatives at ``theta`` (m,); None where a block is not positive definite.

    Arrays as in ``PatternSums``; ``basis`` (m, V·V) as in ``basis_of``.
    """
    (G, V), q, m = seen.shape, xy.shape[1], len(theta)
    blocks = pattern_inverses((theta @ basis).reshape(V, V), seen)
    if blocks is None:
        return None
    M, log_determinants = blocks
    flat = M.reshape(-1)
    try:
        root = np.linalg.cholesky((flat @ xx).reshape(q, q))
    except np.linalg.LinAlgError:
        return None
    inverse_root = np.linalg.inv(root)
    phi = inverse_root.T @ inverse_root
    beta = phi @ (flat @ xy)
    residual = (yy - 2.0 * (xy @ beta) + xx @ np.outer(beta, beta).reshape(-1)).reshape(G, V, V)
    N = M @ residual @ M
    value = counts @ log_determinants + flat @ residual.reshape(-1)
    value += (counts @ seen.sum(axis=1)) * np.log(2.0 * np.pi)

    E = basis.reshape(m, 1, V, V)
    MEM = (M @ E @ M).reshape(m, -1)
    slopes = MEM @ xx
    turned = (slopes.reshape(m, q, q) @ phi).reshape(m, -1)
    pull = MEM @ xy - slopes.reshape(m, q, q) @ beta

    weighted = counts[:, None, None] * M
    gradient = basis @ (weighted - N).sum(axis=0).reshape(-1)
    traces = _pair_traces(weighted, M, basis)
    squares = _pair_traces(M, N, basis) - pull @ phi @ pull.T
    if reml:
        hat = (xx @ phi.reshape(-1)).reshape(G, V, V)
        H = M @ hat @ M
        gradient = gradient - basis @ H.sum(axis=0).reshape(-1)
        swapped = turned.reshape(m, q, q).transpose(0, 2, 1).reshape(m, -1)
        traces = traces - 2.0 * _pair_traces(M, H, basis) + turned @ swapped.T
        value += 2.0 * np.log(np.diag(root)).sum() - q * np.log(2.0 * np.pi)
    return Point(
        float(value),
        gradient,
        2.0 * squares - traces,
        traces,
        beta,
        phi,
        slopes.reshape(m, q, q),
        M,
    )


def _pair_traces(A: Floats, B: Floats, basis: Floats) -> Floats:
    """(m, m): the sum over patterns of tr(Eₖ A Eₗ B), for symmetric A and B (G, V, V)."""
    G, V, _ = A.shape
    crossed = (A.reshape(G, -1).T @ B.reshape(G, -1)).reshape(V, V, V, V)
    both: Floats = basis @ crossed.transpose(3, 0, 2, 1).reshape(V * V, V * V) @ basis.T
    return 0.5 * (both + both.T)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """Where the iteration ended; ``reason`` says why it did not converge, and is empty when it did."""

    theta: Floats
    point: Point
    iterations: int
    converged: bool
    reason: str


def maximise(sums: PatternSums, basis: Floats, start: Floats, *, reml: bool) -> Optimum:
    """Newton steps with the observed Hessian, or the expected one where that is not convex.

    Steps are halved until the covariance is positive definite and the likelihood does
    not fall. Within rounding of the top the likelihood cannot rank two points, so the
    last steps, from a squared decrement below ``CLOSE``, are ranked by the decrement.
    """
    n_visits = sums.seen.shape[1]

    def at(theta: Floats) -> Point | None:
        return evaluate(theta, basis, sums.counts, sums.seen, sums.xx, sums.xy, sums.yy, reml)

    theta, point = start, at(start)
    if point is None:
        raise ArithmeticError("the starting covariance is not positive definite")
    for iteration in range(1, MAX_ITERATIONS + 1):
        step, decrement = _step(point)
        if decrement < CLOSE:
            theta, point = _polished(theta, point, at)
            return Optimum(theta=theta, point=point, iterations=iteration, converged=True, reason="")
        found = _halved(theta, point, step, at)
        if found is None:
            edge = smallest_eigenvalue((theta @ basis).reshape(n_visits, n_visits), sums.seen) < NEAR_SINGULAR
            reason = "the covariance becomes singular" if edge else "no step raises the likelihood further"
            return _stopped(theta, point, iteration, reason)
        theta, point = found
        if smallest_eigenvalue((theta @ basis).reshape(n_visits, n_visits), sums.seen) < SINGULAR:
            return _stopped(theta, point, iteration, "the covariance becomes singular")
    return _stopped(theta, point, MAX_ITERATIONS, f"{MAX_ITERATIONS} steps were not enough")


def _polished(theta: Floats, point: Point, at: Callable[[Floats], Point | None]) -> tuple[Floats, Point]:
    """Newton squares the error: two steps leave it at rounding, and none may make it worse."""
    step, decrement = _step(point)
    for _ in range(3):
        tried = at(theta + step)
        if tried is None:
            break
        following, smaller = _step(tried)
        if not smaller < decrement:
            break
        theta, point, step, decrement = theta + step, tried, following, smaller
        if decrement < ROUNDING:
            break
    return theta, point


def _step(point: Point) -> tuple[Floats, float]:
    """The step and its squared decrement g'H⁻¹g, infinite when the Hessian had to be replaced."""
    try:
        root = np.linalg.inv(np.linalg.cholesky(point.hessian))
        reduced = root @ point.gradient
        return -(root.T @ reduced), float(reduced @ reduced)
    except np.linalg.LinAlgError:
        # lstsq, because with few subjects even the expected Hessian may be singular.
        step = np.linalg.lstsq(point.expected, -point.gradient, rcond=1e-12)[0]
        return np.asarray(step, dtype=np.float64), np.inf


def _halved(
    theta: Floats, point: Point, step: Floats, at: Callable[[Floats], Point | None]
) -> tuple[Floats, Point] | None:
    """The first of the step, its half, its quarter … that does not lower the likelihood."""
    slack = 1e-12 * (1.0 + abs(point.value))
    for halvings in range(40):
        tried = theta + step * 0.5**halvings
        found = at(tried)
        if found is not None and found.value <= point.value + slack:
            return tried, found
    return None


def _stopped(theta: Floats, point: Point, iterations: int, reason: str) -> Optimum:
    return Optimum(theta=theta, point=point, iterations=iterations, converged=False, reason=reason)
