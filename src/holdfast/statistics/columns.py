"""The independent columns of a design, and the ordinary residuals on which the likelihood is climbed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Floats

#: A column whose part outside the columns before it is smaller than this share of it is dropped.
DEPENDENT = 1e-10
#: Residuals smaller than this share of the response's spread are rounding.
NO_SPREAD = 1e-9


class Columns(NamedTuple):
    """The independent columns of a design: X[:, kept] = Q·triangle, X[:, dropped] = X[:, kept]·dependence."""

    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    Q: Floats
    triangle: Floats
    dependence: Floats


def independent(X: Floats) -> Columns:
    """Drop, first come first kept, each column that the columns before it already span."""
    norms = np.sqrt((X * X).sum(axis=0))
    kept = [j for j in range(X.shape[1]) if norms[j] > 0]
    while True:
        Q, triangle = np.linalg.qr(X[:, kept] / norms[kept])
        left = np.abs(np.diag(triangle))
        small = np.flatnonzero(left < DEPENDENT)
        # Fewer rows than columns: those beyond the rows depend on the others.
        surplus = kept[len(left) :] if not len(small) else kept[small[0] : small[0] + 1]
        if not surplus:
            break
        kept = [j for j in kept if j not in surplus]
    dropped = [j for j in range(X.shape[1]) if j not in kept]
    triangle = triangle * norms[kept]
    dependence = np.linalg.solve(triangle, Q.T @ X[:, dropped])
    return Columns(tuple(kept), tuple(dropped), Q, triangle, dependence)


def ordinary(y: Floats, columns: Columns) -> tuple[Floats, Floats, float]:
    """Ordinary least squares: coefficients of Q, residuals and their scale.

    The likelihood is then climbed on the scaled residuals, where a large mean of the
    response costs no digits and a unit of measurement does not matter. Raises
    TableError where no residual is left.
    """
    q = len(columns.kept)
    if len(y) <= q:
        raise TableError(
            f"{len(y)} responses cannot estimate {q} coefficients and a covariance: "
            "more responses or fewer covariates are needed."
        )
    coefficients = columns.Q.T @ y
    residual = y - columns.Q @ coefficients
    scale = float(np.sqrt(residual @ residual / (len(y) - q)))
    if scale <= max(NO_SPREAD * float(y.std()), 1e-13 * float(np.abs(y).max())):
        raise TableError(
            "The response does not vary beyond what the columns explain: there is nothing to model."
        )
    return coefficients, residual, scale
