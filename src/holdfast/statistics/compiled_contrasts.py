"""Contrasts of a compiled fit: Satterthwaite's degrees of freedom and Kenward and Roger's standard errors.

The formulas are those of ``df``, taken along each contrast, so that no matrix of the whole
model is adjusted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Bools, Floats
from holdfast.statistics.compiled_likelihood import enclose, extend, sandwich
from holdfast.statistics.compiled_linear import gram_of_lower, invert_lower, lower_times_few
from holdfast.statistics.compiled_room import (
    CURVATURE,
    FACTOR,
    FACTOR_INVERSE,
    FIRST,
    HALF_PULL,
    INVERSE,
    MIXED,
    OF_ELEMENTS,
    OUTER,
    PERSON,
    PHI,
    PULL,
    ROW,
    SECOND,
    SLOPE,
    SLOPES,
    SPARE_CUBE,
    TURNED_ROW,
    VISIT,
    WHITENER,
    Room,
    Size,
)


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


@compiled
def prepare_adjustment(size: Size, room: Room) -> None:
    """The elements' covariance from the factor of the observed Hessian, and Σ Wₖₗ X'V⁻¹VₖV⁻¹VₗV⁻¹X."""
    m, G, V, squares, lists = size.elements, size.patterns, size.visits, room.squares, room.lists
    W, M, middle, outer = squares[OF_ELEMENTS], room.cubes[INVERSE], room.cubes[MIXED], room.cubes[OUTER]
    first, second = lists[FIRST], lists[SECOND]
    invert_lower(squares[FACTOR], m, squares[FACTOR_INVERSE])
    gram_of_lower(squares[FACTOR_INVERSE], m, W)
    for g in range(G):
        for u in range(V):
            for v in range(V):
                middle[u, v, g] = 0.0
    for k in range(m):
        a, b = first[k], second[k]
        for i in range(m):
            c, d = first[i], second[i]
            W[k, i] *= 2.0  # the Hessian is of minus twice the log-likelihood
            factor = W[k, i] * (0.5 if a == b else 1.0) * (0.5 if c == d else 1.0)
            for g in range(G):
                middle[a, d, g] += factor * M[b, c, g]
                middle[a, c, g] += factor * M[b, d, g]
                middle[b, d, g] += factor * M[a, c, g]
                middle[b, c, g] += factor * M[a, d, g]
    enclose(M, middle, V, V, G, room.cubes[SPARE_CUBE], outer)
    extend(outer, V, G)
    sandwich(outer, G, size.columns, room.cx, lists[PERSON], lists[VISIT], squares[CURVATURE])


@compiled
def adjust_row(size: Size, room: Room) -> tuple[float, float, float]:
    """Variance of the contrast in ``ROW``, Kenward and Roger's variance, and the degrees of freedom."""
    q, m, squares, vectors = size.columns, size.elements, room.squares, room.vectors
    turned, W, pull, half = vectors[TURNED_ROW], squares[OF_ELEMENTS], squares[PULL], squares[HALF_PULL]
    variance = turn_row(q, vectors[ROW], squares[PHI], turned)
    slope_row(q, m, turned, room.wide[SLOPES], pull, vectors[SLOPE])
    lower_times_few(squares[WHITENER], q, pull, m, half)
    spread = 0.0
    product = 0.0
    for k in range(m):
        for i in range(m):
            spread += W[k, i] * vectors[SLOPE, k] * vectors[SLOPE, i]
            inner = 0.0
            for c in range(q):
                inner += half[c, k] * half[c, i]
            product += W[k, i] * inner
    curvature = 0.0
    for a in range(q):
        for b in range(a):
            curvature += 2.0 * turned[a] * turned[b] * squares[CURVATURE, a, b]
        curvature += turned[a] * turned[a] * squares[CURVATURE, a, a]
    return variance, variance + 2.0 * (curvature - product), 2.0 * variance * variance / spread


@compiled
def turn_row(q: int, row: Floats, phi: Floats, turned: Floats) -> float:
    """Turned = phi·row; returns row'·phi·row."""
    variance = 0.0
    for a in range(q):
        value = 0.0
        for b in range(q):
            value += phi[a, b] * row[b]
        turned[a] = value
        variance += row[a] * value
    return variance


@compiled
def slope_row(q: int, m: int, turned: Floats, slopes: Floats, by_slope: Floats, slope: Floats) -> None:
    """by_slope (q, m) = Sₖ·turned; slope (m,) = turned'·Sₖ·turned."""
    for k in range(m):
        whole = 0.0
        for a in range(q):
            value = 0.0
            for b in range(q):
                value += slopes[a, b * m + k] * turned[b]
            by_slope[a, k] = value
            whole += turned[a] * value
        slope[k] = whole
