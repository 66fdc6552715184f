"""Patterns of missing visits, their sums of products, and the unstructured covariance.

Subjects seen at the same visits share one covariance block. Everything the likelihood
needs of them is a sum of products, so that after one pass over the rows a fit costs
the same for a hundred subjects as for a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.statistics.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSums:
    """Sums over the subjects of each of G patterns; V visits, q columns.

    ``counts`` (G,) subjects; ``seen`` (G, V); ``xx`` (G·V·V, q·q), ``xy`` (G·V·V, q) and
    ``yy`` (G·V·V,) hold, for every pattern and pair of visits, the sums of the products
    of the design rows and responses at the two visits.
    """

    counts: Floats
    seen: Bools
    xx: Floats
    xy: Floats
    yy: Floats

    @property
    def observations(self) -> int:
        """How many responses were observed."""
        return int(self.counts @ self.seen.sum(axis=1))

    @property
    def together(self) -> Ints:
        """(V, V): subjects seen at both visits."""
        seen = self.seen.astype(np.float64)
        return np.asarray((seen * self.counts[:, None]).T @ seen).round().astype(np.int64)


def sum_by_pattern(X: Floats, y: Floats, *, subject: Ints, visit: Ints, n_visits: int) -> PatternSums:
    """One pass over the rows: (N, q) design, (N,) response, indices from 0; no row missing, none twice."""
    n, q = int(subject.max()) + 1, X.shape[1]
    cube = np.zeros((n, n_visits, q + 1))
    cube[subject, visit, :q] = X
    cube[subject, visit, q] = y
    seen = np.zeros((n, n_visits), dtype=np.bool_)
    seen[subject, visit] = True
    patterns, member = np.unique(seen, axis=0, return_inverse=True)
    member = member.reshape(-1)
    products = np.empty((len(patterns), n_visits, q + 1, n_visits, q + 1))
    for g in range(len(patterns)):
        rows = cube[member == g].reshape(-1, n_visits * (q + 1))
        products[g] = (rows.T @ rows).reshape(n_visits, q + 1, n_visits, q + 1)
    products = products.transpose(0, 1, 3, 2, 4).reshape(-1, q + 1, q + 1)
    return PatternSums(
        counts=np.bincount(member, minlength=len(patterns)).astype(np.float64),
        seen=patterns,
        xx=np.ascontiguousarray(products[:, :q, :q]).reshape(-1, q * q),
        xy=np.ascontiguousarray(products[:, :q, q]),
        yy=np.ascontiguousarray(products[:, q, q]),
    )


def free_elements(sums: PatternSums) -> tuple[tuple[int, int], ...]:
    """The variances and covariances that the rows say something about, row by row of the upper triangle."""
    together = sums.together
    visits = range(len(together))
    return tuple((a, b) for a in visits for b in visits if a <= b and together[a, b] > 0)


def basis_of(elements: tuple[tuple[int, int], ...], *, n_visits: int) -> Floats:
    """(m, V·V): the symmetric matrix each element multiplies; the covariance is linear in its elements."""
    basis = np.zeros((len(elements), n_visits, n_visits))
    for k, (a, b) in enumerate(elements):
        basis[k, a, b] = basis[k, b, a] = 1.0
    return basis.reshape(len(elements), -1)


def start_values(sums: PatternSums, elements: tuple[tuple[int, int], ...]) -> Floats:
    """(m,) moments of the responses (already residuals), shrunk until every pattern's block is well inside.

    Pairwise moments of incomplete data need not be positive definite; correlations are
    halved until the smallest eigenvalue of the correlation is at least 0.05.
    """
    n_visits = sums.seen.shape[1]
    moments = sums.yy.reshape(-1, n_visits, n_visits).sum(axis=0) / np.maximum(sums.together, 1)
    variances = np.diag(moments).copy()
    variances[variances <= 0] = 1.0
    scale = np.sqrt(np.outer(variances, variances))
    correlation = np.clip(moments / scale, -0.95, 0.95)
    np.fill_diagonal(correlation, 0.0)
    while np.linalg.eigvalsh(np.eye(n_visits) + correlation)[0] < 0.05:
        correlation *= 0.5
    sigma = scale * (np.eye(n_visits) + correlation)
    return np.array([sigma[a, b] for a, b in elements])


def pattern_inverses(sigma: Floats, seen: Bools) -> tuple[Floats, Floats] | None:
    """Inverse of each pattern's block, zero at its missing visits (G, V, V), and log determinants (G,).

    None where a block is not positive definite.
    """
    both = seen[:, :, None] & seen[:, None, :]
    blocks = np.where(both, sigma, np.eye(len(sigma)))
    try:
        factor = np.linalg.cholesky(blocks)
    except np.linalg.LinAlgError:
        return None
    log_determinants = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    root = np.linalg.inv(factor)
    inverse = root.transpose(0, 2, 1) @ root
    return np.where(both, inverse, 0.0), log_determinants


def smallest_eigenvalue(sigma: Floats, seen: Bools) -> float:
    """The smallest eigenvalue of the correlation over all patterns' blocks: 0 means singular."""
    deviations = np.sqrt(np.maximum(np.diag(sigma), np.finfo(np.float64).tiny))
    correlation = sigma / np.outer(deviations, deviations)
    both = seen[:, :, None] & seen[:, None, :]
    return float(np.linalg.eigvalsh(np.where(both, correlation, np.eye(len(sigma)))).min())
