"""Dense algebra of a few dozen rows for compiled loops: nothing is allocated, everything is written in place.

Matrices are symmetric or lower triangular and only their first ``n`` rows count. Each
function writes into an array it is given, so that a fit inside a simulated trial needs
no memory of its own.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.statistics.arrays import Floats, Ints


@compiled
def cholesky(A: Floats, n: int, L: Floats) -> bool:
    """Lower Cholesky factor of the lower triangle of A; False where A is not positive definite."""
    # Sums into one register: loops that add to arrays first ask whether these overlap, which costs
    # more than the few terms here.
    for a in range(n):
        for b in range(a):
            value = A[a, b]
            for c in range(b):
                value -= L[a, c] * L[b, c]
            L[a, b] = value / L[b, b]
        pivot = A[a, a]
        for c in range(a):
            pivot -= L[a, c] * L[a, c]
        if not pivot > 0.0:
            return False
        L[a, a] = np.sqrt(pivot)
    return True


@compiled
def independent(A: Floats, n: int, tolerance: float, L: Floats, kept: Ints) -> int:
    """First come, first kept: the columns whose cross products A (n, n) leave a pivot above ``tolerance``.

    ``tolerance`` is a share of the column's own square. Writes the columns' indices to
    ``kept`` and returns their number; L ends as the factor of the kept rows and columns.
    """
    count = 0
    for j in range(n):
        for k in range(count):
            value = A[j, kept[k]]
            for i in range(k):
                value -= L[count, i] * L[k, i]
            L[count, k] = value / L[k, k]
        pivot = A[j, j]
        for k in range(count):
            pivot -= L[count, k] * L[count, k]
        if pivot > tolerance * A[j, j]:
            L[count, count] = np.sqrt(pivot)
            kept[count] = j
            count += 1
    return count


@compiled
def invert_lower(L: Floats, n: int, R: Floats) -> None:
    """R = L⁻¹ (lower triangle; the rest of R is not touched)."""
    for a in range(n):
        diagonal = 1.0 / L[a, a]
        for b in range(a):
            value = 0.0
            for c in range(b, a):
                value -= L[a, c] * R[c, b]
            R[a, b] = value * diagonal
        R[a, a] = diagonal


@compiled
def gram_of_lower(R: Floats, n: int, out: Floats) -> None:
    """Write R'R, both triangles."""
    for a in range(n):
        for b in range(a + 1):
            value = 0.0
            for c in range(a, n):
                value += R[c, a] * R[c, b]
            out[a, b] = value
            out[b, a] = value


@compiled
def solve_factored(L: Floats, n: int, x: Floats) -> float:
    """Replace x by (LL')⁻¹x; returns the squared length of L⁻¹x."""
    square = 0.0
    for a in range(n):
        value = x[a]
        for b in range(a):
            value -= L[a, b] * x[b]
        x[a] = value / L[a, a]
        square += x[a] * x[a]
    for a in range(n - 1, -1, -1):
        value = x[a]
        for b in range(a + 1, n):
            value -= L[b, a] * x[b]
        x[a] = value / L[a, a]
    return square


@compiled
def lower_times(R: Floats, n: int, X: Floats, width: int, wider: int, out: Floats) -> None:
    """Write RX for lower triangular R (n, n) and, in row a, the first ``width + a·wider`` columns of X."""
    for a in range(n):
        end = width + a * wider
        factor = R[a, 0]
        for i in range(end):
            out[a, i] = factor * X[0, i]
        for c in range(1, a + 1):
            factor = R[a, c]
            for i in range(end):
                out[a, i] += factor * X[c, i]


@compiled
def lower_times_few(R: Floats, n: int, X: Floats, width: int, out: Floats) -> None:
    """Write RX for lower triangular R (n, n) and the first few columns of X."""
    for a in range(n):
        for i in range(width):
            value = 0.0
            for c in range(a + 1):
                value += R[a, c] * X[c, i]
            out[a, i] = value


@compiled
def rotate_to_diagonal(A: Floats, n: int, vectors: Floats) -> None:
    """Jacobi's rotations: A becomes diagonal, its eigenvalues; ``vectors`` gets the eigenvectors."""
    for a in range(n):
        for b in range(n):
            vectors[a, b] = 1.0 if a == b else 0.0
    for _ in range(60):
        off = 0.0
        whole = 0.0
        for a in range(n):
            whole += A[a, a] * A[a, a]
            for b in range(a):
                off += A[a, b] * A[a, b]
        if off <= 1e-32 * whole:
            return
        for a in range(n):
            for b in range(a):
                if A[a, b] != 0.0:
                    _rotate(A, n, vectors, a, b)


@compiled
def _rotate(A: Floats, n: int, vectors: Floats, a: int, b: int) -> None:
    """The rotation of the plane (a, b) that makes A[a, b] zero."""
    ratio = (A[b, b] - A[a, a]) / (2.0 * A[a, b])
    tangent = 1.0 / (np.abs(ratio) + np.sqrt(1.0 + ratio * ratio))
    if ratio < 0.0:
        tangent = -tangent
    cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    for i in range(n):
        left, right = A[i, a], A[i, b]
        A[i, a], A[i, b] = cosine * left - sine * right, sine * left + cosine * right
    for i in range(n):
        left, right = A[a, i], A[b, i]
        A[a, i], A[b, i] = cosine * left - sine * right, sine * left + cosine * right
        left, right = vectors[i, a], vectors[i, b]
        vectors[i, a], vectors[i, b] = cosine * left - sine * right, sine * left + cosine * right


@compiled
def least_squares(A: Floats, n: int, x: Floats, vectors: Floats, spare: Floats) -> None:
    """Replace x by the shortest z with Az = x, A symmetric and possibly singular; A is overwritten.

    Eigenvalues below 1e-12 of the largest count as zero.
    """
    rotate_to_diagonal(A, n, vectors)
    largest = 0.0
    for k in range(n):
        largest = max(largest, np.abs(A[k, k]))
    for k in range(n):
        spare[k] = 0.0
        if np.abs(A[k, k]) > 1e-12 * largest:
            for i in range(n):
                spare[k] += vectors[i, k] * x[i]
            spare[k] /= A[k, k]
    for i in range(n):
        x[i] = 0.0
        for k in range(n):
            x[i] += vectors[i, k] * spare[k]
