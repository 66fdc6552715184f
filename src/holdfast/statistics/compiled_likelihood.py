"""The (restricted) likelihood of a trial's sums and its derivatives, for compiled loops.

The formulas are those of ``reml``. A column is a number j of the person times the
indicator h of a visit, or of all visits; so for a pattern g with sums S of products of the
persons' numbers and inverse covariance M, an element of X'V⁻¹X is the sum over g of
S[j, j']·(h'Mh'), and likewise for every other matrix. The pattern is the last index of
every array, so that the innermost loops run over neighbours in memory.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_linear import (
    cholesky,
    gram_of_lower,
    invert_lower,
    lower_times,
    lower_times_few,
)
from holdfast.statistics.compiled_room import (
    BETA,
    BLOCK,
    BLOCK_ROOT,
    BLOCK_WHITENER,
    BY_VISIT,
    CY,
    EXPECTED,
    FIRST,
    GRADIENT,
    HALF_PULL,
    HALFWAY,
    HAT,
    INFORMATION,
    INVERSE,
    LEFT_CY,
    LEFT_YY,
    MIXED,
    PERSON,
    PHI,
    PULL,
    ROOT,
    SECOND,
    SIGMA,
    SLOPES,
    SPARE,
    SPARE_CUBE,
    SQUARES,
    TURNED,
    VISIT,
    WEIGHT,
    WEIGHTED_HAT,
    WHITENED,
    WHITENER,
    YY,
    Room,
    Size,
)


@compiled
def evaluate(theta: Floats, size: Size, room: Room) -> float:
    """Minus twice the log-likelihood at ``theta`` (m,); NaN where a block is not positive definite.

    Leaves the gradient, ``SQUARES`` (m, m) y'PVₖPVₗPy, beta, phi and what they are made of.
    """
    G, q, V = size.patterns, size.columns, size.visits
    cubes, squares, vectors, lists = room.cubes, room.squares, room.vectors, room.lists
    M, root, beta = cubes[INVERSE], squares[ROOT], vectors[BETA]
    person, visit, first, second = lists[PERSON], lists[VISIT], lists[FIRST], lists[SECOND]
    fill_covariance(theta, size.elements, first, second, squares[SIGMA])
    logs = invert_blocks(G, V, room.seen, squares, M)
    if np.isnan(logs):
        return np.nan
    sandwich(M, G, q, room.cx, person, visit, squares[INFORMATION])
    project(M, G, q, V, room.crosses[CY], person, visit, beta)
    if not cholesky(squares[INFORMATION], q, root):
        return np.nan
    invert_lower(root, q, squares[WHITENER])
    gram_of_lower(squares[WHITENER], q, squares[PHI])
    whiten_twice(squares[WHITENER], q, beta, vectors[SPARE])
    spread_coefficients(beta, q, person, visit, V, squares[BY_VISIT])
    leave(size, squares[BY_VISIT], room.cc, room.crosses, cubes[YY], cubes[LEFT_YY])
    value = logs + weigh_residuals(size, room.cc.shape[0], room.crosses, cubes)
    value += size.observations * np.log(2.0 * np.pi)
    if size.reml:
        weigh_hat(size, person, visit, squares[PHI], room.cx, cubes)
        for a in range(q):
            value += 2.0 * np.log(root[a, a])
        value -= q * np.log(2.0 * np.pi)
    differentiate(size, room)
    return float(value)


@compiled
def fill_covariance(theta: Floats, m: int, first: Ints, second: Ints, sigma: Floats) -> None:
    """Write the elements to both triangles; what no element speaks of is left as it is."""
    for k in range(m):
        sigma[first[k], second[k]] = theta[k]
        sigma[second[k], first[k]] = theta[k]


@compiled
def invert_blocks(G: int, V: int, seen: Floats, squares: Floats, M: Floats) -> float:
    """Each pattern's extended inverse, zero where not seen; the sum of log determinants, or NaN."""
    sigma, block, root, whitener = (
        squares[SIGMA],
        squares[BLOCK],
        squares[BLOCK_ROOT],
        squares[BLOCK_WHITENER],
    )
    logs = 0.0
    for g in range(G):
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
        logs += 2.0 * seen[V, g] * np.log(product)
    extend(M, V, G)
    return logs


@compiled
def extend(M: Floats, V: int, G: int) -> None:
    """Mirror the lower triangle and put the sums over visits into row and column V."""
    for g in range(G):
        whole = 0.0
        for a in range(V):
            for b in range(a):
                M[b, a, g] = M[a, b, g]
        for a in range(V):
            row = 0.0
            for b in range(V):
                row += M[a, b, g]
            M[a, V, g] = row
            M[V, a, g] = row
            whole += row
        M[V, V, g] = whole


@compiled
def sandwich(M: Floats, G: int, q: int, cx: Floats, person: Ints, visit: Ints, out: Floats) -> None:
    """The lower triangle of the sum over persons of X'MX, M extended."""
    for a in range(q):
        j, w = person[a], visit[a]
        for b in range(a + 1):
            x = visit[b]
            value = 0.0
            for g in range(G):
                value += cx[j, b, g] * M[w, x, g]
            out[a, b] = value


@compiled
def project(M: Floats, G: int, q: int, V: int, cy: Floats, person: Ints, visit: Ints, out: Floats) -> None:
    """The sum over persons of X'My."""
    for a in range(q):
        j, w = person[a], visit[a]
        value = 0.0
        for v in range(V):
            for g in range(G):
                value += M[w, v, g] * cy[v, j, g]
        out[a] = value


@compiled
def whiten_twice(R: Floats, q: int, x: Floats, spare: Floats) -> None:
    """Replace x by R'Rx."""
    for a in range(q):
        value = 0.0
        for b in range(a + 1):
            value += R[a, b] * x[b]
        spare[a] = value
    for a in range(q):
        value = 0.0
        for c in range(a, q):
            value += R[c, a] * spare[c]
        x[a] = value


@compiled
def spread_coefficients(beta: Floats, q: int, person: Ints, visit: Ints, V: int, out: Floats) -> None:
    """Coefficients as what a person's number is multiplied by at each visit: out (V, P)."""
    for v in range(V):
        for j in range(out.shape[1]):
            out[v, j] = 0.0
    for a in range(q):
        if visit[a] < V:
            out[visit[a], person[a]] += beta[a]
        else:
            for v in range(V):
                out[v, person[a]] += beta[a]


@compiled
def leave(size: Size, B: Floats, cc: Floats, crosses: Floats, yy: Floats, left_yy: Floats) -> None:
    """Sums of products of the residuals with the numbers and with each other; nonsense where not seen."""
    G, P, V, cy, left_cy = size.patterns, cc.shape[0], size.visits, crosses[CY], crosses[LEFT_CY]
    for v in range(V):
        for j in range(P):
            for g in range(G):
                value = cy[v, j, g]
                for i in range(P):
                    value -= B[v, i] * cc[j, i, g]
                left_cy[v, j, g] = value
    for u in range(V):
        for v in range(u + 1):
            for g in range(G):
                value = yy[u, v, g]
                for j in range(P):
                    value -= B[u, j] * cy[v, j, g] + B[v, j] * left_cy[u, j, g]
                left_yy[u, v, g] = value
                left_yy[v, u, g] = value


@compiled
def weigh_residuals(size: Size, P: int, crosses: Floats, cubes: Floats) -> float:
    """M·(c r')' and M·(r r')·M; returns the sum of tr(M·r r')."""
    G, V, M, left_yy = size.patterns, size.visits, cubes[INVERSE], cubes[LEFT_YY]
    left_cy, turned = crosses[LEFT_CY], crosses[TURNED]
    for u in range(V):
        for j in range(P):
            for g in range(G):
                value = 0.0
                for v in range(V):
                    value += M[u, v, g] * left_cy[v, j, g]
                turned[u, j, g] = value
    enclose(M, left_yy, V, V, G, cubes[SPARE_CUBE], cubes[WEIGHT])
    distance = 0.0
    for u in range(V):
        for v in range(V):
            for g in range(G):
                distance += M[u, v, g] * left_yy[u, v, g]
    return distance


@compiled
def enclose(M: Floats, inner: Floats, V: int, W: int, G: int, spare: Floats, out: Floats) -> None:
    """Write M·inner·M (V, V) of each pattern, inner (W, W) symmetric and possibly extended."""
    for g in range(G):
        for u in range(V):
            for w in range(W):
                value = 0.0
                for x in range(W):
                    value += M[u, x, g] * inner[x, w, g]
                spare[u, w, g] = value
        for u in range(V):
            for v in range(u + 1):
                value = 0.0
                for x in range(W):
                    value += spare[u, x, g] * M[x, v, g]
                out[u, v, g] = value
                out[v, u, g] = value


@compiled
def weigh_hat(size: Size, person: Ints, visit: Ints, phi: Floats, cx: Floats, cubes: Floats) -> None:
    """M·(sum of X phi X')·M of each pattern."""
    G, W, hat = size.patterns, size.visits + 1, cubes[HAT]
    for g in range(G):
        for w in range(W):
            for x in range(W):
                hat[w, x, g] = 0.0
        for a in range(size.columns):
            j, w = person[a], visit[a]
            for b in range(a):
                hat[w, visit[b], g] += 2.0 * phi[a, b] * cx[j, b, g]
            hat[w, w, g] += phi[a, a] * cx[j, a, g]
        for w in range(W):
            for x in range(w):
                mean = 0.5 * (hat[w, x, g] + hat[x, w, g])
                hat[w, x, g] = mean
                hat[x, w, g] = mean
    enclose(cubes[INVERSE], hat, W - 1, W, G, cubes[SPARE_CUBE], cubes[WEIGHTED_HAT])


@compiled
def differentiate(size: Size, room: Room) -> None:
    """The gradient, X'V⁻¹VₖPy (``PULL``) and ``SQUARES``."""
    G, q, m, V, squares, cubes = (
        size.patterns,
        size.columns,
        size.elements,
        size.visits,
        room.squares,
        room.cubes,
    )
    first, second, seen, gradient = room.lists[FIRST], room.lists[SECOND], room.seen, room.vectors[GRADIENT]
    M, N, H = cubes[INVERSE], cubes[WEIGHT], cubes[WEIGHTED_HAT]
    for k in range(m):
        a, b = first[k], second[k]
        slope = 0.0
        for g in range(G):
            slope += seen[V, g] * M[a, b, g] - N[a, b, g]
        if size.reml:
            for g in range(G):
                slope -= H[a, b, g]
        gradient[k] = slope if a == b else 2.0 * slope
    pull_elements(size, room.lists, M, room.crosses[TURNED], squares[PULL])
    lower_times_few(squares[WHITENER], q, squares[PULL], m, squares[HALF_PULL])
    half, out = squares[HALF_PULL], squares[SQUARES]
    for k in range(m):
        for i in range(k + 1):
            value = pair_trace(M, N, first[k], second[k], first[i], second[i], G)
            for c in range(q):
                value -= half[c, k] * half[c, i]
            out[k, i] = value
            out[i, k] = value


@compiled
def pull_elements(size: Size, lists: Ints, M: Floats, turned: Floats, pull: Floats) -> None:
    """X'V⁻¹VₖPy of each element k: pull (q, m)."""
    person, visit, first, second = lists[PERSON], lists[VISIT], lists[FIRST], lists[SECOND]
    for c in range(size.columns):
        j, w = person[c], visit[c]
        for k in range(size.elements):
            a, b = first[k], second[k]
            value = 0.0
            for g in range(size.patterns):
                value += M[w, a, g] * turned[b, j, g]
            if a != b:
                for g in range(size.patterns):
                    value += M[w, b, g] * turned[a, j, g]
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
def curve(size: Size, room: Room) -> None:
    """``SLOPES`` X'V⁻¹VₖV⁻¹X and ``EXPECTED`` tr(PVₖPVₗ) at the point last evaluated."""
    G, q, m, V, squares, cubes = (
        size.patterns,
        size.columns,
        size.elements,
        size.visits,
        room.squares,
        room.cubes,
    )
    first, second, seen, expected = room.lists[FIRST], room.lists[SECOND], room.seen, squares[EXPECTED]
    M, H, mixed = cubes[INVERSE], cubes[WEIGHTED_HAT], cubes[MIXED]
    for u in range(V):
        for v in range(V):
            for g in range(G):
                mixed[u, v, g] = seen[V, g] * M[u, v, g]
                if size.reml:
                    mixed[u, v, g] -= 2.0 * H[u, v, g]
    for k in range(m):
        for i in range(k + 1):
            expected[k, i] = pair_trace(M, mixed, first[k], second[k], first[i], second[i], G)
    combine_slopes(size, room.lists, M, room.cx, room.kernel, room.wide[SLOPES])
    if size.reml:
        add_slope_traces(m, q, squares[WHITENER], room.wide, expected)
    for k in range(m):
        for i in range(k):
            expected[i, k] = expected[k, i]


@compiled
def combine_slopes(size: Size, lists: Ints, M: Floats, cx: Floats, kernel: Floats, out: Floats) -> None:
    """X'V⁻¹VₖV⁻¹X for all k at once, both triangles; ``kernel`` becomes M Vₖ M of each pattern, extended."""
    person, visit, first, second = lists[PERSON], lists[VISIT], lists[FIRST], lists[SECOND]
    G, m = size.patterns, size.elements
    for w in range(size.visits + 1):
        for x in range(size.visits + 1):
            for k in range(m):
                c, d = first[k], second[k]
                half = 0.5 if c == d else 1.0
                for g in range(G):
                    kernel[w, x, k, g] = half * (M[w, c, g] * M[x, d, g] + M[w, d, g] * M[x, c, g])
    for a in range(size.columns):
        j, w = person[a], visit[a]
        for b in range(a + 1):
            x = visit[b]
            for k in range(m):
                value = 0.0
                for g in range(G):
                    value += cx[j, b, g] * kernel[w, x, k, g]
                out[a, b * m + k] = value
                out[b, a * m + k] = value


@compiled
def add_slope_traces(m: int, q: int, R: Floats, wide: Floats, expected: Floats) -> None:
    """Add tr(phi Sₖ phi Sₗ), from the slopes turned by the whitener on both sides."""
    half, white = wide[HALFWAY], wide[WHITENED]
    lower_times(R, q, wide[SLOPES], q * m, 0, half)
    for a in range(q):
        for b in range(a):
            for k in range(m):
                half[b, a * m + k], half[a, b * m + k] = half[a, b * m + k], half[b, a * m + k]
    lower_times(R, q, half, m, m, white)
    for a in range(q):
        for b in range(a + 1):
            twice = 1.0 if a == b else 2.0
            for k in range(m):
                factor = twice * white[a, b * m + k]
                for i in range(k + 1):
                    expected[k, i] += factor * white[a, b * m + i]
