"""The (restricted) likelihood of a trial's sums and its derivatives, for compiled loops.

The formulas are those of ``reml``. A column is a number j of the person times the
indicator h of a visit, or of all visits; so for a pattern g with sums S of products of the
persons' numbers and inverse covariance M, an element of X'V⁻¹X is the sum over g of
S[j, j']·(h'Mh'), and likewise for every other matrix. Index V of an extended matrix stands
for all visits: M[v, V] is a row's sum. The pattern is the last index of every array, so that
the innermost loops run over neighbours in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_linear import cholesky, gram_of_lower, invert_lower, lower_times


class Problem(NamedTuple):
    """What one fit is about: G patterns, q kept columns, m variances and covariances.

    ``person`` and ``visit`` (q,) describe the columns; ``count`` (G,); ``seen`` (V, G) is 1
    or 0; ``cc`` (P, P, G), ``cx`` (P, q, G), ``cy`` (V, P, G), ``yy`` (V, V, G) are sums of
    products of numbers, columns and responses; ``first`` and ``second`` (m,) are the visits
    of an element. Only the first G, q, m entries count.
    """

    person: Ints
    visit: Ints
    count: Floats
    seen: Floats
    cc: Floats
    cx: Floats
    cy: Floats
    yy: Floats
    first: Ints
    second: Ints


class Size(NamedTuple):
    """How many patterns, columns, elements and responses a problem has, and whether it is REML."""

    patterns: int
    columns: int
    elements: int
    observations: int
    reml: bool


class Point(NamedTuple):
    """The likelihood at one covariance, as ``reml.Point``, and the room to compute it.

    ``inverse`` (V + 1, V + 1, G) is extended; ``root`` is the Cholesky factor of
    X'V⁻¹X and ``whitener`` its inverse; ``beta`` (q,), ``phi`` (q, q); ``pull`` (q, m) is
    X'V⁻¹VₖPy; ``slopes`` (q, q·m) are X'V⁻¹VₖV⁻¹X with k as the fastest index;
    ``gradient`` (m,), ``squares`` (m, m) is y'PVₖPVₗPy, ``expected`` (m, m) tr(PVₖPVₗ).
    """

    sigma: Floats
    inverse: Floats
    information: Floats
    root: Floats
    whitener: Floats
    phi: Floats
    beta: Floats
    by_visit: Floats
    residual_cy: Floats
    turned: Floats
    residual_yy: Floats
    weight: Floats
    hat: Floats
    weighted_hat: Floats
    pull: Floats
    gradient: Floats
    squares: Floats
    expected: Floats
    slopes: Floats
    halfway: Floats
    whitened: Floats
    spare: Floats
    block: Floats
    block_root: Floats
    block_whitener: Floats


def problem_for(*, numbers: int, visits: int, columns: int) -> Problem:
    """Room for a problem."""
    patterns, elements = 1 << visits, visits * (visits + 1) // 2
    return Problem(
        person=np.zeros(columns, np.int64),
        visit=np.zeros(columns, np.int64),
        count=np.zeros(patterns),
        seen=np.zeros((visits, patterns)),
        cc=np.zeros((numbers, numbers, patterns)),
        cx=np.zeros((numbers, columns, patterns)),
        cy=np.zeros((visits, numbers, patterns)),
        yy=np.zeros((visits, visits, patterns)),
        first=np.zeros(elements, np.int64),
        second=np.zeros(elements, np.int64),
    )


def point_for(*, numbers: int, visits: int, columns: int) -> Point:
    """Room for a point."""
    patterns, m, q, wide = 1 << visits, visits * (visits + 1) // 2, columns, visits + 1
    return Point(
        sigma=np.zeros((visits, visits)),
        inverse=np.zeros((wide, wide, patterns)),
        information=np.zeros((q, q)),
        root=np.zeros((q, q)),
        whitener=np.zeros((q, q)),
        phi=np.zeros((q, q)),
        beta=np.zeros(q),
        by_visit=np.zeros((visits, numbers)),
        residual_cy=np.zeros((visits, numbers, patterns)),
        turned=np.zeros((visits, numbers, patterns)),
        residual_yy=np.zeros((visits, visits, patterns)),
        weight=np.zeros((visits, visits, patterns)),
        hat=np.zeros((wide, wide, patterns)),
        weighted_hat=np.zeros((visits, visits, patterns)),
        pull=np.zeros((q, m)),
        gradient=np.zeros(m),
        squares=np.zeros((m, m)),
        expected=np.zeros((m, m)),
        slopes=np.zeros((q, q * m)),
        halfway=np.zeros((q, q * m)),
        whitened=np.zeros((q, q * m)),
        spare=np.zeros((visits, wide, patterns)),
        block=np.zeros((visits, visits)),
        block_root=np.zeros((visits, visits)),
        block_whitener=np.zeros((visits, visits)),
    )


@compiled
def evaluate(theta: Floats, size: Size, problem: Problem, point: Point) -> float:
    """Minus twice the log-likelihood, its gradient and ``squares``; NaN where a block is not positive definite."""
    logs = invert_blocks(theta, size, problem, point)
    if np.isnan(logs):
        return np.nan
    normal_equations(point.inverse, size, problem, point.information, point.beta)
    if not solve_normal_equations(size.columns, point):
        return np.nan
    residuals(size, problem, point)
    value = logs + weigh_residuals(size, point) + size.observations * np.log(2.0 * np.pi)
    if size.reml:
        weigh_hat(size, problem, point)
        for a in range(size.columns):
            value += 2.0 * np.log(point.root[a, a])
        value -= size.columns * np.log(2.0 * np.pi)
    differentiate(size, problem, point)
    return value


@compiled
def invert_blocks(theta: Floats, size: Size, problem: Problem, point: Point) -> float:
    """The extended inverse of each pattern's block, zero where not seen; returns the log determinants' sum."""
    V, sigma = point.sigma.shape[0], point.sigma
    for k in range(size.elements):
        a, b = problem.first[k], problem.second[k]
        sigma[a, b] = theta[k]
        sigma[b, a] = theta[k]
    block, root, whitener, M, seen = (
        point.block,
        point.block_root,
        point.block_whitener,
        point.inverse,
        problem.seen,
    )
    logs = 0.0
    for g in range(size.patterns):
        for a in range(V):
            for b in range(a + 1):
                block[a, b] = sigma[a, b] * seen[a, g] * seen[b, g]
            block[a, a] += 1.0 - seen[a, g]
        if not cholesky(block, V, root):
            return np.nan
        invert_lower(root, V, whitener)
        product = 1.0
        for a in range(V):
            product *= root[a, a]
            for b in range(a + 1):
                value = 0.0
                for c in range(a, V):
                    value += whitener[c, a] * whitener[c, b]
                M[a, b, g] = value * seen[a, g] * seen[b, g]
        logs += 2.0 * problem.count[g] * np.log(product)
    extend(M, V, size.patterns)
    return logs


@compiled
def extend(M: Floats, V: int, patterns: int) -> None:
    """Mirror the lower triangle and put the sums over visits into row and column V."""
    for g in range(patterns):
        for a in range(V):
            for b in range(a):
                M[b, a, g] = M[a, b, g]
        whole = 0.0
        for a in range(V):
            row = 0.0
            for b in range(V):
                row += M[a, b, g]
            M[a, V, g] = row
            M[V, a, g] = row
            whole += row
        M[V, V, g] = whole


@compiled
def sandwich(M: Floats, size: Size, problem: Problem, out: Floats) -> None:
    """The lower triangle of the sum over persons of X'MX, M extended."""
    cx, person, visit = problem.cx, problem.person, problem.visit
    for a in range(size.columns):
        j, w = person[a], visit[a]
        for b in range(a + 1):
            x = visit[b]
            value = 0.0
            for g in range(size.patterns):
                value += cx[j, b, g] * M[w, x, g]
            out[a, b] = value


@compiled
def normal_equations(M: Floats, size: Size, problem: Problem, left: Floats, right: Floats) -> None:
    """X'MX (lower triangle) and X'My, summed over persons."""
    sandwich(M, size, problem, left)
    cy, V, person, visit = problem.cy, problem.cy.shape[0], problem.person, problem.visit
    for a in range(size.columns):
        j, w = person[a], visit[a]
        value = 0.0
        for v in range(V):
            for g in range(size.patterns):
                value += M[w, v, g] * cy[v, j, g]
        right[a] = value


@compiled
def solve_normal_equations(q: int, point: Point) -> bool:
    """Phi and beta from ``information`` and the right side in ``beta``; False where it is singular."""
    if not cholesky(point.information, q, point.root):
        return False
    invert_lower(point.root, q, point.whitener)
    gram_of_lower(point.whitener, q, point.phi)
    R, beta, spare = point.whitener, point.beta, point.halfway[0]
    for a in range(q):
        spare[a] = 0.0
        for b in range(a + 1):
            spare[a] += R[a, b] * beta[b]
    for a in range(q):
        beta[a] = 0.0
    for c in range(q):
        for a in range(c + 1):
            beta[a] += R[c, a] * spare[c]
    return True


@compiled
def spread_coefficients(beta: Floats, q: int, person: Ints, visit: Ints, out: Floats) -> None:
    """Coefficients as what a person's number is multiplied by at each visit: out (V, P)."""
    V = out.shape[0]
    out[:, :] = 0.0
    for a in range(q):
        if visit[a] < V:
            out[visit[a], person[a]] += beta[a]
        else:
            for v in range(V):
                out[v, person[a]] += beta[a]


@compiled
def residuals(size: Size, problem: Problem, point: Point) -> None:
    """The sums of products of the residuals with the numbers (V, P, G) and with each other (V, V, G)."""
    spread_coefficients(point.beta, size.columns, problem.person, problem.visit, point.by_visit)
    B, D, R = point.by_visit, point.residual_cy, point.residual_yy
    cc, cy, yy = problem.cc, problem.cy, problem.yy
    V, P = B.shape
    for v in range(V):
        for j in range(P):
            for g in range(size.patterns):
                D[v, j, g] = cy[v, j, g]
            for i in range(P):
                for g in range(size.patterns):
                    D[v, j, g] -= cc[j, i, g] * B[v, i]
    for u in range(V):
        for v in range(u + 1):
            for g in range(size.patterns):
                R[u, v, g] = yy[u, v, g]
            for j in range(P):
                for g in range(size.patterns):
                    R[u, v, g] -= B[u, j] * cy[v, j, g] + B[v, j] * D[u, j, g]
            for g in range(size.patterns):
                R[v, u, g] = R[u, v, g]


@compiled
def weigh_residuals(size: Size, point: Point) -> float:
    """M·(c r')' in ``turned``, M·(r r')·M in ``weight``; returns the sum of tr(M·r r')."""
    M, D, R, F, N = point.inverse, point.residual_cy, point.residual_yy, point.turned, point.weight
    V, P = point.by_visit.shape
    G = size.patterns
    for u in range(V):
        for j in range(P):
            for g in range(G):
                F[u, j, g] = 0.0
            for v in range(V):
                for g in range(G):
                    F[u, j, g] += M[u, v, g] * D[v, j, g]
    enclose(M, R, V, V, G, point.spare, N)
    distance = 0.0
    for u in range(V):
        for v in range(V):
            for g in range(G):
                distance += M[u, v, g] * R[u, v, g]
    return distance


@compiled
def enclose(M: Floats, inner: Floats, V: int, W: int, G: int, spare: Floats, out: Floats) -> None:
    """out = M·inner·M (V, V) of each pattern, inner (W, W) symmetric and possibly extended."""
    for u in range(V):
        for w in range(W):
            for g in range(G):
                spare[u, w, g] = 0.0
            for x in range(W):
                for g in range(G):
                    spare[u, w, g] += M[u, x, g] * inner[x, w, g]
    for u in range(V):
        for v in range(u + 1):
            for g in range(G):
                out[u, v, g] = 0.0
            for x in range(W):
                for g in range(G):
                    out[u, v, g] += spare[u, x, g] * M[x, v, g]
            for g in range(G):
                out[v, u, g] = out[u, v, g]


@compiled
def weigh_hat(size: Size, problem: Problem, point: Point) -> None:
    """M·(sum of X phi X')·M of each pattern."""
    V, G, phi, cx, hat = point.sigma.shape[0], size.patterns, point.phi, problem.cx, point.hat
    person, visit = problem.person, problem.visit
    for w in range(V + 1):
        for x in range(V + 1):
            for g in range(G):
                hat[w, x, g] = 0.0
    for a in range(size.columns):
        j, w = person[a], visit[a]
        for b in range(a + 1):
            x, factor = visit[b], phi[a, b] if a == b else 2.0 * phi[a, b]
            for g in range(G):
                hat[w, x, g] += factor * cx[j, b, g]
    for w in range(V + 1):
        for x in range(w):
            for g in range(G):
                hat[w, x, g] = hat[x, w, g] = 0.5 * (hat[w, x, g] + hat[x, w, g])
    enclose(point.inverse, hat, V, V + 1, G, point.spare, point.weighted_hat)


@compiled
def differentiate(size: Size, problem: Problem, point: Point) -> None:
    """``gradient``, ``pull`` and ``squares``."""
    first, second, count = problem.first, problem.second, problem.count
    M, N, H, half = point.inverse, point.weight, point.weighted_hat, point.halfway
    G, q, m = size.patterns, size.columns, size.elements
    for k in range(m):
        a, b = first[k], second[k]
        slope = 0.0
        for g in range(G):
            slope += count[g] * M[a, b, g] - N[a, b, g]
        if size.reml:
            for g in range(G):
                slope -= H[a, b, g]
        point.gradient[k] = slope if a == b else 2.0 * slope
    pull_elements(size, problem, point)
    lower_times(point.whitener, q, point.pull, m, half)
    for k in range(m):
        for l in range(k + 1):
            value = pair_trace(M, N, first[k], second[k], first[l], second[l], G)
            for c in range(q):
                value -= half[c, k] * half[c, l]
            point.squares[k, l] = point.squares[l, k] = value


@compiled
def pull_elements(size: Size, problem: Problem, point: Point) -> None:
    """X'V⁻¹VₖPy of each element k."""
    first, second, person, visit = problem.first, problem.second, problem.person, problem.visit
    M, F, pull = point.inverse, point.turned, point.pull
    for k in range(size.elements):
        a, b = first[k], second[k]
        for c in range(size.columns):
            j, w = person[c], visit[c]
            value = 0.0
            for g in range(size.patterns):
                value += M[w, a, g] * F[b, j, g]
            if a != b:
                for g in range(size.patterns):
                    value += M[w, b, g] * F[a, j, g]
            pull[c, k] = value


@compiled
def pair_trace(A: Floats, B: Floats, a: int, b: int, c: int, d: int, G: int) -> float:
    """The sum over patterns of tr(E A E' B), E and E' the elements (a, b) and (c, d), A and B symmetric."""
    value = 0.0
    for g in range(G):
        value += A[b, c, g] * B[d, a, g] + A[a, c, g] * B[d, b, g]
        value += A[b, d, g] * B[c, a, g] + A[a, d, g] * B[c, b, g]
    if a == b:
        value *= 0.5
    return 0.5 * value if c == d else value


@compiled
def curve(size: Size, problem: Problem, point: Point) -> None:
    """``slopes`` and ``expected`` at the point last evaluated."""
    first, second, count, expected = problem.first, problem.second, problem.count, point.expected
    G, m, M, H = size.patterns, size.elements, point.inverse, point.weighted_hat
    mixed = point.residual_yy  # which the point needs no more
    for u in range(M.shape[0] - 1):
        for v in range(M.shape[0] - 1):
            for g in range(G):
                mixed[u, v, g] = count[g] * M[u, v, g]
                if size.reml:
                    mixed[u, v, g] -= 2.0 * H[u, v, g]
    for k in range(m):
        for l in range(k + 1):
            expected[k, l] = pair_trace(M, mixed, first[k], second[k], first[l], second[l], G)
    combine_slopes(size, problem, point)
    if size.reml:
        add_slope_traces(m, size.columns, point)
    for k in range(m):
        for l in range(k):
            expected[l, k] = expected[k, l]


@compiled
def combine_slopes(size: Size, problem: Problem, point: Point) -> None:
    """X'V⁻¹VₖV⁻¹X for all k at once, both triangles."""
    G, m, M, S = size.patterns, size.elements, point.inverse, point.slopes
    first, second, cx, person, visit = (
        problem.first,
        problem.second,
        problem.cx,
        problem.person,
        problem.visit,
    )
    for a in range(size.columns):
        j, w = person[a], visit[a]
        for b in range(a + 1):
            x = visit[b]
            for k in range(m):
                c, d = first[k], second[k]
                value = 0.0
                if c == d:
                    for g in range(G):
                        value += cx[j, b, g] * M[w, c, g] * M[x, c, g]
                else:
                    for g in range(G):
                        value += cx[j, b, g] * (M[w, c, g] * M[x, d, g] + M[w, d, g] * M[x, c, g])
                S[a, b * m + k] = S[b, a * m + k] = value


@compiled
def add_slope_traces(m: int, q: int, point: Point) -> None:
    """Add tr(phi Sₖ phi Sₗ), from the slopes turned by the whitener on both sides."""
    half, white, R = point.halfway, point.whitened, point.whitener
    lower_times(R, q, point.slopes, q * m, half)
    for a in range(q):
        for b in range(a):
            for k in range(m):
                half[a, b * m + k], half[b, a * m + k] = half[b, a * m + k], half[a, b * m + k]
    lower_times(R, q, half, q * m, white)
    for a in range(q):
        for b in range(a + 1):
            twice = 1.0 if a == b else 2.0
            for k in range(m):
                factor = twice * white[a, b * m + k]
                for l in range(k + 1):
                    point.expected[k, l] += factor * white[a, b * m + l]
