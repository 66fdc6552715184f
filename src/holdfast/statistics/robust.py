"""Cluster-robust covariance of the fixed effects, with its small-sample degrees of freedom.

CR0 is the plain sandwich. CR2 (the bias-reduced linearisation of Bell and McCaffrey)
turns each cluster's residuals so that the sandwich is unbiased where the fitted
covariance is the true one; the degrees of freedom are Satterthwaite's under that
covariance, and several contrasts are tested by the approximate Hotelling T² test
(Pustejovsky, Tipton 2018, doi:10.1080/07350015.2016.1247004; Tipton, Pustejovsky 2015,
doi:10.3102/1076998615606099).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import numpy as np

from holdfast.statistics.arrays import Floats

Robust = Literal["cr0", "cr2"]

#: Eigenvalues below this share of the largest are zero: the columns explain the cluster in that direction.
ZERO = 1e-10


class ClusterPart(NamedTuple):
    """The rows of one cluster: ``X`` (n, q), ``residual`` (n,) and the fitted ``covariance`` (n, n)."""

    X: Floats
    residual: Floats
    covariance: Floats


class Sandwich(NamedTuple):
    """The robust covariance of C clusters, and what its degrees of freedom need.

    ``covariance`` (q, q). With Bᵢ (n, q) the rows by which cluster i's residuals enter:
    ``inner`` (C, q, q) is Bᵢ'VᵢBᵢ, ``cross`` (C, q, q) is Xᵢ'Bᵢ, both for contrasts
    already multiplied by phi.
    """

    kind: Robust
    covariance: Floats
    phi: Floats
    inner: Floats
    cross: Floats

    @property
    def clusters(self) -> int:
        """How many clusters there were."""
        return len(self.inner)


def sandwich(parts: Iterable[ClusterPart], *, phi: Floats, kind: Robust) -> Sandwich:
    """The robust covariance from clusters that are independent of each other."""
    q = len(phi)
    meat, inner, cross = np.zeros((q, q)), [], []
    for part in parts:
        weighted = np.linalg.solve(part.covariance, part.X)
        B = weighted if kind == "cr0" else _bias_reduction(part, phi).T @ weighted
        score = part.residual @ B
        meat += np.outer(score, score)
        inner.append(B.T @ part.covariance @ B)
        cross.append(part.X.T @ B)
    return Sandwich(
        kind=kind, covariance=phi @ meat @ phi, phi=phi, inner=np.array(inner), cross=np.array(cross)
    )


def _bias_reduction(part: ClusterPart, phi: Floats) -> Floats:
    """(n, n) A with A·Var(residual)·A' = V for the cluster, as far as the columns leave the residual free."""
    root = np.linalg.cholesky(part.covariance)
    own = root.T @ (part.covariance - part.X @ phi @ part.X.T) @ root
    values, vectors = np.linalg.eigh(0.5 * (own + own.T))
    positive = values > ZERO * max(values[-1], 0.0)
    inverse = np.where(positive, 1.0 / np.sqrt(np.where(positive, values, 1.0)), 0.0)
    return np.asarray(root @ (vectors * inverse) @ vectors.T @ root.T)


def robust_df(rows: Floats, *, found: Sandwich) -> Floats:
    """(r,) Satterthwaite degrees of freedom of the contrasts in ``rows`` (r, q)."""
    degrees = []
    for row in rows:
        moments = _moments_of(row[None, :], found)
        mean = float(moments.own[0, 0].sum() - moments.shared[0, 0].sum())
        degrees.append(mean**2 / _summed(moments, found.phi, (0, 0), (0, 0)))
    return np.array(degrees)


def hotelling(rows: Floats, estimate: Floats, *, found: Sandwich) -> tuple[float, float]:
    """F and denominator degrees of freedom of the joint test of ``rows`` (ℓ, q), of full rank.

    Without enough clusters the degrees of freedom are zero or below, and F may be NaN.
    """
    count = len(rows)
    plain = _moments_of(rows, found)
    spanned = np.linalg.eigvalsh(rows @ found.covariance @ rows.T)
    if spanned[0] <= ZERO * spanned[-1]:
        return np.nan, 0.0
    # Contrasts that are uncorrelated, of variance one, where the fitted covariance is the true one.
    values, vectors = np.linalg.eigh((plain.own - plain.shared).sum(axis=2))
    moments = _moments_of((vectors / np.sqrt(values)) @ vectors.T @ rows, found)
    spread = sum(
        _summed(moments, found.phi, (s, s), (t, t)) + _summed(moments, found.phi, (s, t), (t, s))
        for s in range(count)
        for t in range(count)
    )
    freedom = count * (count + 1.0) / spread
    wald = float(estimate @ np.linalg.solve(rows @ found.covariance @ rows.T, estimate))
    return (freedom - count + 1.0) / (freedom * count) * wald, freedom - count + 1.0


class _Moments(NamedTuple):
    """What the clusters' parts of contrasts s, t share under the fitted covariance.

    The covariance of cluster i's part of s and cluster j's part of t is ``own`` [s, t, i]
    where i is j, less through[s, i]'Φ through[t, j]; ``shared`` [s, t, i] is that where i is j.
    """

    own: Floats
    through: Floats
    shared: Floats


def _moments_of(rows: Floats, found: Sandwich) -> _Moments:
    turned = rows @ found.phi
    through = np.einsum("iqa,sa->siq", found.cross, turned)
    own = np.einsum("sa,iab,tb->sti", turned, found.inner, turned, optimize=True)
    return _Moments(own, through, np.einsum("siq,tiq->sti", through @ found.phi, through))


def _summed(moments: _Moments, phi: Floats, first: tuple[int, int], second: tuple[int, int]) -> float:
    """The sum over all pairs of clusters of the product of two of their covariances, without C·C numbers."""
    (a, b), (c, d) = first, second
    own, through, shared = moments
    total = own[a, b] @ own[c, d] - own[a, b] @ shared[c, d] - own[c, d] @ shared[a, b]
    total += np.trace(phi @ (through[b].T @ through[d]) @ phi @ (through[c].T @ through[a]))
    return float(total)
