"""Where a compiled fit starts: independent columns, ordinary least squares, scaled residuals, moments."""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.compiled_likelihood import extend, leave, project, sandwich, spread_coefficients
from holdfast.statistics.compiled_linear import cholesky, independent, solve_factored
from holdfast.statistics.compiled_room import (
    BETA,
    BY_VISIT,
    CORRELATION,
    CORRELATION_ROOT,
    CY,
    DEPENDENCE,
    FIRST,
    INFORMATION,
    INVERSE,
    KEPT,
    LARGEST,
    LAST,
    LEFT_CY,
    LEFT_YY,
    ORDINARY_BETA,
    PERSON,
    ROOT,
    SECOND,
    SIGMA,
    SPARE,
    SPREAD,
    START,
    STEP,
    THETA,
    TOGETHER,
    VISIT,
    YY,
    Room,
    Size,
)
from holdfast.statistics.compiled_search import CONVERGED

NO_RESPONSE = 3
#: Not more responses than coefficients.
TOO_FEW = 4
#: The columns explain every response, or every response at some visit.
NO_VARIATION = 5
NO_VARIATION_AT_A_VISIT = 6
#: A response or a covariate of an observed response is infinite or, for a covariate, missing.
NOT_FINITE = 7
#: Sums made without ``fit_trial``: the columns explain so much that the sums keep too few digits of the rest.
CANCELLED = 8

#: A column is dropped when its square outside the columns before it is a smaller share of its square.
DEPENDENT = 1e-12
#: Where less than this share of the squares that are added and taken away is left at a visit, the sums are
#: made anew from residuals.
COARSE = 1e-5
#: So often at most: each time rounding leaves less of what the columns explain.
SHIFTS = 4
#: As in ``fit``.
NO_SPREAD = 1e-9


@compiled
def finite_sums(size: Size, cc: Floats, yy: Floats) -> bool:
    """Whether every square is finite, hence every number that entered."""
    total = 0.0
    for g in range(size.patterns):
        for j in range(cc.shape[0]):
            total += cc[j, j, g]
        for v in range(size.visits):
            total += yy[v, v, g]
    return total - total == 0.0


@compiled
def independent_columns(size: Size, room: Room, dropped: Bools) -> int:
    """Put first the columns that do not depend on earlier ones; how many. Leaves X'X and X'y."""
    G, V, M, squares, lists, vectors = (
        size.patterns, size.visits, room.cubes[INVERSE], room.squares, room.lists, room.vectors,
    )  # fmt: skip
    for g in range(G):
        for a in range(V):
            for b in range(a + 1):
                M[a, b, g] = room.seen[a, g] if a == b else 0.0
    extend(M, V, G)
    information, kept = squares[INFORMATION], lists[KEPT]
    sandwich(M, G, size.columns, room.cx, lists[PERSON], lists[VISIT], information)
    project(M, G, size.columns, V, room.crosses[CY], lists[PERSON], lists[VISIT], vectors[BETA])
    q = independent(information, size.columns, DEPENDENT, squares[ROOT], kept)
    if q < size.columns:
        drop(size, q, dropped, room)
    return q


@compiled
def drop(size: Size, q: int, dropped: Bools, room: Room) -> None:
    """Close the gaps of the dropped columns, and write each of them in the kept ones."""
    squares, lists, vectors, cx = room.squares, room.lists, room.vectors, room.cx
    kept, information, dependence, spare = (
        lists[KEPT],
        squares[INFORMATION],
        squares[DEPENDENCE],
        vectors[SPARE],
    )
    for a in range(size.columns):
        dropped[a] = True
    for a in range(q):
        dropped[kept[a]] = False
    for d in range(size.columns):
        if dropped[d]:
            for a in range(q):
                spare[a] = information[max(d, kept[a]), min(d, kept[a])]
            solve_factored(squares[ROOT], q, spare)
            for a in range(q):
                dependence[d, a] = spare[a]
    for a in range(q):  # kept[a] >= a, so that nothing is overwritten before it is read
        vectors[BETA, a] = vectors[BETA, kept[a]]
        lists[PERSON, a] = lists[PERSON, kept[a]]
        lists[VISIT, a] = lists[VISIT, kept[a]]
        for j in range(cx.shape[0]):
            for g in range(size.patterns):
                cx[j, a, g] = cx[j, kept[a], g]


@compiled
def elements_of(V: int, together: Floats, lists: Ints) -> int:
    """List the variances and covariances that somebody's responses speak of; how many there are."""
    m = 0
    for a in range(V):
        for b in range(a, V):
            if together[a, b] > 0.5:
                lists[FIRST, m] = a
                lists[SECOND, m] = b
                m += 1
    return m


@compiled
def ordinary(size: Size, room: Room, shifted: int) -> tuple[int, float]:
    """Fit by ordinary least squares and leave its scaled residuals as responses; status and scale."""
    squares, vectors, lists, q = room.squares, room.vectors, room.lists, size.columns
    solve_factored(squares[ROOT], q, vectors[BETA])
    for a in range(vectors.shape[1]):
        vectors[ORDINARY_BETA, a] = 0.0
    for a in range(q):
        vectors[ORDINARY_BETA, lists[KEPT, a]] = vectors[BETA, a]
    spread_coefficients(vectors[BETA], q, lists[PERSON], lists[VISIT], size.visits, squares[BY_VISIT])
    leave(size, squares[BY_VISIT], room.cc, room.crosses, room.cubes[YY], room.cubes[LEFT_YY])
    status, scale = scale_of(size, room, shifted)
    if status == CONVERGED:
        standardise(size, scale, room.seen, room.crosses, room.cubes)
    return status, scale


@compiled
def scale_of(size: Size, room: Room, shifted: int) -> tuple[int, float]:
    """The scale of the residuals, or why there is none."""
    left, given, seen, V = room.cubes[LEFT_YY], room.cubes[YY], room.seen, size.visits
    squares, together, vectors = room.vectors[STEP], room.squares[TOGETHER], room.vectors
    B, cc, whole, cancelled = room.squares[BY_VISIT], room.cc, 0.0, False
    for v in range(V):
        squares[v] = 0.0
        before = 0.0
        for g in range(size.patterns):
            squares[v] += left[v, v, g] * seen[v, g]
            before += given[v, v, g]
            for j in range(cc.shape[0]):  # what is added and taken away in between counts too
                before += B[v, j] * B[v, j] * cc[j, j, g] * seen[v, g]
        cancelled = cancelled or squares[v] < COARSE * before
        whole += max(squares[v], 0.0)
    if cancelled and not shifted:
        return CANCELLED, 0.0
    scale = np.sqrt(whole / (size.observations - size.columns))
    if scale <= max(NO_SPREAD * vectors[SPREAD, 0], 1e-13 * vectors[LARGEST, 0]):
        return NO_VARIATION, scale
    for v in range(V):
        if together[v, v] > 0.5 and squares[v] < 1e-18 * scale * scale * together[v, v]:
            return NO_VARIATION_AT_A_VISIT, scale
    if cancelled and shifted < SHIFTS:
        return CANCELLED, 0.0
    return CONVERGED, scale


@compiled
def standardise(size: Size, scale: float, seen: Floats, crosses: Floats, cubes: Floats) -> None:
    """Scaled residuals take the responses' place; zero where not seen."""
    cy, left_cy, yy, left_yy = crosses[CY], crosses[LEFT_CY], cubes[YY], cubes[LEFT_YY]
    for v in range(size.visits):
        for j in range(cy.shape[1]):
            for g in range(size.patterns):
                cy[v, j, g] = left_cy[v, j, g] * seen[v, g] / scale
        for u in range(size.visits):
            for g in range(size.patterns):
                yy[u, v, g] = left_yy[u, v, g] * seen[u, g] * seen[v, g] / (scale * scale)


@compiled
def start_search(size: Size, scale: float, warm: bool, room: Room) -> None:
    """Moments as in ``covariance.start_values``; for the short way less biased, or warm."""
    moments(size, room)
    start, theta, first, second = (
        room.vectors[START],
        room.vectors[THETA],
        room.lists[FIRST],
        room.lists[SECOND],
    )
    correlation, last, sigma = room.squares[CORRELATION], room.squares[LAST], room.squares[SIGMA]
    wider = size.observations / (size.observations - size.columns) if size.reml else 1.0
    for u in range(size.visits):
        for v in range(size.visits):
            sigma[u, v] = 0.0
    for k in range(size.elements):
        a, b = first[k], second[k]
        start[k] = correlation[b, a]
        theta[k] = wider * start[k]
        if warm and last[a, b] == last[a, b]:
            theta[k] = last[a, b] / (scale * scale)


@compiled
def moments(size: Size, room: Room) -> None:
    """Pairwise moments, correlations halved until well inside: the lower triangle of ``CORRELATION``."""
    V, yy, squares, deviation = size.visits, room.cubes[YY], room.squares, room.vectors[STEP]
    C, together = squares[CORRELATION], squares[TOGETHER]
    for a in range(V):
        for b in range(a + 1):
            total = 0.0
            for g in range(size.patterns):
                total += yy[b, a, g]
            C[a, b] = total / max(together[b, a], 1.0)
        deviation[a] = np.sqrt(C[a, a]) if C[a, a] > 0.0 else 1.0
        for b in range(a):
            C[a, b] = min(max(C[a, b] / (deviation[a] * deviation[b]), -0.95), 0.95)
        C[a, a] = 0.95  # positive definite with 0.95 is a smallest eigenvalue of 0.05 with 1
    while not cholesky(C, V, squares[CORRELATION_ROOT]):
        for a in range(V):
            for b in range(a):
                C[a, b] *= 0.5
    for a in range(V):
        for b in range(a):
            C[a, b] *= deviation[a] * deviation[b]
        C[a, a] = deviation[a] * deviation[a]
