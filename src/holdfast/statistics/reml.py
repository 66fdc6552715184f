"""The (restricted) likelihood of grouped patterns and its derivatives.

With V the covariance of all responses, P = V⁻¹ − V⁻¹X(X'V⁻¹X)⁻¹X'V⁻¹, Vₖ and Vₖₗ its
derivatives for the parameters, minus twice the restricted log-likelihood has gradient
tr(PVₖ) − y'PVₖPy, Hessian −tr(PVₖPVₗ) + 2y'PVₖPVₗPy + tr(PVₖₗ) − y'PVₖₗPy and expected
Hessian tr(PVₖPVₗ) (Harville 1977, doi:10.1080/01621459.1977.10480998). All are
contractions of the pattern sums, without a loop over subjects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdfast.statistics.arrays import Floats
from holdfast.statistics.covariance import (
    Covariance,
    PatternSums,
    Shape,
    correlation_edge,
    pattern_inverses,
)


class Point(NamedTuple):
    """The likelihood at one covariance.

    ``value`` is minus twice the log-likelihood; ``gradient`` (m,), ``hessian`` (m, m) are its derivatives,
    ``expected`` (m, m) the mean of the Hessian; ``beta`` (q,) and ``phi`` (q, q) the
    generalised least squares estimate and its covariance; ``slopes`` (m, q, q) are
    X'V⁻¹VₖV⁻¹X, so that the derivative of phi is phi·slope·phi. ``inverses`` of the
    covariances: one stack (G, V, V) of the patterns', or each pair's (n, n).
    """

    value: float
    gradient: Floats
    hessian: Floats
    expected: Floats
    beta: Floats
    phi: Floats
    slopes: Floats
    inverses: tuple[Floats, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternLikelihood:
    """The likelihood of subjects independent of each other, from their pattern sums."""

    sums: PatternSums
    covariance: Covariance
    reml: bool

    def at(self, theta: Floats) -> Point | None:
        """The likelihood at ``theta`` (m,); None where the covariance is out of its range or not positive."""
        shape = self.covariance.at(theta)
        return None if shape is None else evaluate(shape, self.sums, reml=self.reml)

    def edge(self, theta: Floats) -> float:
        """The smallest eigenvalue of the patterns' correlations: 0 means singular."""
        shape = self.covariance.at(theta)
        return (
            0.0 if shape is None else correlation_edge(_of_patterns(shape.sigma, self.sums), self.sums.seen)
        )

    def curvature(self, theta: Floats, point: Point, weights: Floats) -> Floats:
        """(q, q) Σ wₖₗ X'V⁻¹VₖV⁻¹VₗV⁻¹X for ``weights`` (m, m).

        Summed over k and l before it meets the design, so that no m·m stack of q·q
        matrices is made.
        """
        shape = self.covariance.at(theta)
        assert shape is not None, "theta is a maximum"
        (M,) = point.inverses
        m, _, V, _ = shape.first.shape
        outer = np.empty_like(M)
        for g, of in enumerate(self.sums.slices):
            basis = shape.first[:, g].reshape(m, V * V)
            crossed = (basis.T @ weights @ basis).reshape(V, V, V, V)
            # Σ wₖₗ EₖMEₗ of a pattern: at [a, d] the sum over b, c of crossed[a, b, c, d] M[b, c].
            flat = M[of].reshape(-1, V * V) @ crossed.transpose(1, 2, 0, 3).reshape(V * V, V * V)
            outer[of] = M[of] @ flat.reshape(-1, V, V) @ M[of]
        q = self.sums.xy.shape[1]
        return np.asarray(outer.reshape(-1) @ self.sums.xx).reshape(q, q)


def _of_patterns(sigma: Floats, sums: PatternSums) -> Floats:
    """Each pattern's covariance; one for all stays one."""
    return sigma if len(sigma) == 1 else sigma[sums.group]


def evaluate(shape: Shape, sums: PatternSums, *, reml: bool) -> Point | None:
    """The likelihood and its derivatives at a covariance; None where a block is not positive definite."""
    (G, V), q, m = sums.seen.shape, sums.xy.shape[1], len(shape.first)
    counts, xx, xy = sums.counts, sums.xx, sums.xy
    blocks = pattern_inverses(_of_patterns(shape.sigma, sums), sums.seen)
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
    residual = (sums.yy - 2.0 * (xy @ beta) + xx @ np.outer(beta, beta).reshape(-1)).reshape(G, V, V)
    N = M @ residual @ M
    value = counts @ log_determinants + flat @ residual.reshape(-1)
    value += sums.observations * np.log(2.0 * np.pi)

    E = shape.first if len(shape.sigma) == 1 else shape.first[:, sums.group]
    MEM = (M @ E @ M).reshape(m, -1)
    slopes = MEM @ xx
    turned = (slopes.reshape(m, q, q) @ phi).reshape(m, -1)
    pull = MEM @ xy - slopes.reshape(m, q, q) @ beta

    weighted = counts[:, None, None] * M
    score = weighted - N
    traces = _pair_traces(weighted, M, shape, sums)
    squares = _pair_traces(M, N, shape, sums) - pull @ phi @ pull.T
    if reml:
        hat = (xx @ phi.reshape(-1)).reshape(G, V, V)
        H = M @ hat @ M
        score = score - H
        swapped = turned.reshape(m, q, q).transpose(0, 2, 1).reshape(m, -1)
        traces = traces - 2.0 * _pair_traces(M, H, shape, sums) + turned @ swapped.T
        value += 2.0 * np.log(np.diag(root)).sum() - q * np.log(2.0 * np.pi)
    by_group = np.array([score[of].sum(axis=0) for of in sums.slices]).reshape(-1)
    hessian = 2.0 * squares - traces
    if shape.second is not None:
        hessian = hessian + shape.second.reshape(m, m, -1) @ by_group
    gradient = shape.first.reshape(m, -1) @ by_group
    return Point(float(value), gradient, hessian, traces, beta, phi, slopes.reshape(m, q, q), (M,))


def _pair_traces(A: Floats, B: Floats, shape: Shape, sums: PatternSums) -> Floats:
    """(m, m): the sum over patterns of tr(Eₖ A Eₗ B), for symmetric A and B (G, V, V)."""
    m, _, V, _ = shape.first.shape
    both = np.zeros((m, m))
    for g, of in enumerate(sums.slices):
        basis = shape.first[:, g].reshape(m, V * V)
        crossed = (A[of].reshape(-1, V * V).T @ B[of].reshape(-1, V * V)).reshape(V, V, V, V)
        both += basis @ crossed.transpose(3, 0, 2, 1).reshape(V * V, V * V) @ basis.T
    return np.asarray(0.5 * (both + both.T))
