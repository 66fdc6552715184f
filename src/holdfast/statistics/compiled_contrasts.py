"""Contrasts of a compiled fit: Satterthwaite's degrees of freedom and Kenward and Roger's standard errors.

The formulas are those of ``df``, taken along each contrast, so that no matrix of the whole
model is adjusted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.compiled_likelihood import Point, Problem, Size, enclose, extend, sandwich
from holdfast.statistics.compiled_linear import gram_of_lower, invert_lower, lower_times
from holdfast.statistics.compiled_search import Search


class Found(NamedTuple):
    """The answer of one fit, NaN wherever there is none; r contrasts, q columns, V visits.

    Per contrast (r,): ``estimate``, ``se``, ``se_kr`` (linear Kenward-Roger) and ``df``
    (Satterthwaite's, which for one contrast are Kenward-Roger's). ``beta`` (q,) and
    ``beta_covariance`` (q, q) with NaN for ``dropped`` columns; ``covariance`` (V, V) with NaN
    where nobody was seen at both visits; ``neg2ll`` (1,); ``iterations``, ``persons`` and
    ``observations`` (1,).
    """

    estimate: Floats
    se: Floats
    se_kr: Floats
    df: Floats
    beta: Floats
    beta_covariance: Floats
    covariance: Floats
    dropped: Bools
    neg2ll: Floats
    iterations: Floats
    persons: Floats
    observations: Floats


class Adjustment(NamedTuple):
    """Room for the adjustment of the contrasts: ``of_elements`` (m, m) is the covariance of the elements."""

    of_elements: Floats
    root: Floats
    curvature: Floats
    middle: Floats
    outer: Floats
    row: Floats
    turned: Floats
    slope: Floats
    dependence: Floats


def found_for(*, contrasts: int, columns: int, visits: int) -> Found:
    """Room for an answer."""
    return Found(
        estimate=np.full(contrasts, np.nan),
        se=np.full(contrasts, np.nan),
        se_kr=np.full(contrasts, np.nan),
        df=np.full(contrasts, np.nan),
        beta=np.full(columns, np.nan),
        beta_covariance=np.full((columns, columns), np.nan),
        covariance=np.full((visits, visits), np.nan),
        dropped=np.zeros(columns, np.bool_),
        neg2ll=np.full(1, np.nan),
        iterations=np.zeros(1),
        persons=np.zeros(1),
        observations=np.zeros(1),
    )


def adjustment_for(*, columns: int, visits: int) -> Adjustment:
    """Room for an adjustment."""
    m, patterns = visits * (visits + 1) // 2, 1 << visits
    return Adjustment(
        of_elements=np.zeros((m, m)),
        root=np.zeros((m, m)),
        curvature=np.zeros((columns, columns)),
        middle=np.zeros((visits, visits, patterns)),
        outer=np.zeros((visits + 1, visits + 1, patterns)),
        row=np.zeros(columns),
        turned=np.zeros(columns),
        slope=np.zeros(m),
        dependence=np.zeros((columns, columns)),
    )


@compiled
def clear(found: Found) -> None:
    """No answer yet."""
    found.estimate[:] = np.nan
    found.se[:] = np.nan
    found.se_kr[:] = np.nan
    found.df[:] = np.nan
    found.beta[:] = np.nan
    found.beta_covariance[:, :] = np.nan
    found.covariance[:, :] = np.nan
    found.dropped[:] = False
    found.neg2ll[0] = np.nan
    found.iterations[0] = 0


@compiled
def prepare_adjustment(
    size: Size, problem: Problem, point: Point, search: Search, adjust: Adjustment
) -> None:
    """The elements' covariance from the factor of the observed Hessian, and Σ Wₖₗ X'V⁻¹VₖV⁻¹VₗV⁻¹X."""
    m, G, V = size.elements, size.patterns, point.sigma.shape[0]
    W, middle, M = adjust.of_elements, adjust.middle, point.inverse
    invert_lower(search.factor, m, adjust.root)
    gram_of_lower(adjust.root, m, W)
    for u in range(V):
        for v in range(V):
            for g in range(G):
                middle[u, v, g] = 0.0
    first, second = problem.first, problem.second
    for k in range(m):
        a, b = first[k], second[k]
        for i in range(m):
            W[k, i] *= 2.0  # the Hessian is of minus twice the log-likelihood
            c, d = first[i], second[i]
            factor = W[k, i]
            factor *= 0.5 if a == b else 1.0
            factor *= 0.5 if c == d else 1.0
            for g in range(G):
                middle[a, d, g] += factor * M[b, c, g]
                middle[a, c, g] += factor * M[b, d, g]
                middle[b, d, g] += factor * M[a, c, g]
                middle[b, c, g] += factor * M[a, d, g]
    enclose(M, middle, V, V, G, point.spare, adjust.outer)
    extend(adjust.outer, V, G)
    sandwich(adjust.outer, size, problem, adjust.curvature)


@compiled
def adjust_row(size: Size, point: Point, adjust: Adjustment) -> tuple[float, float, float]:
    """Variance of the contrast in ``adjust.row``, Kenward and Roger's variance, and the degrees of freedom."""
    q, m, row, turned, slope = size.columns, size.elements, adjust.row, adjust.turned, adjust.slope
    W, S, SU, half = adjust.of_elements, point.slopes, point.pull, point.halfway
    variance = turn_row(q, row, point.phi, turned)
    for k in range(m):
        slope[k] = 0.0
    for a in range(q):
        for k in range(m):
            SU[a, k] = 0.0
        for b in range(q):
            for k in range(m):
                SU[a, k] += S[a, b * m + k] * turned[b]
        for k in range(m):
            slope[k] += turned[a] * SU[a, k]
    lower_times(point.whitener, q, SU, m, half)
    spread = 0.0
    product = 0.0
    for k in range(m):
        for i in range(m):
            spread += W[k, i] * slope[k] * slope[i]
            inner = 0.0
            for c in range(q):
                inner += half[c, k] * half[c, i]
            product += W[k, i] * inner
    curvature = 0.0
    for a in range(q):
        for b in range(a):
            curvature += 2.0 * turned[a] * turned[b] * adjust.curvature[a, b]
        curvature += turned[a] * turned[a] * adjust.curvature[a, a]
    return variance, variance + 2.0 * (curvature - product), 2.0 * variance * variance / spread


@compiled
def turn_row(q: int, row: Floats, phi: Floats, turned: Floats) -> float:
    """turned = phi·row; returns row'·phi·row."""
    variance = 0.0
    for a in range(q):
        turned[a] = 0.0
        for b in range(q):
            turned[a] += phi[a, b] * row[b]
        variance += row[a] * turned[a]
    return variance
