"""The mixed model on bare arrays: any design, unstructured covariance, REML or ML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.covariance import (
    PatternSums,
    basis_of,
    free_elements,
    start_values,
    sum_by_pattern,
)
from holdfast.statistics.df import kenward_roger_covariance, variance_of_elements
from holdfast.statistics.reml import Optimum, maximise

Method = Literal["reml", "ml"]

#: A column whose part outside the columns before it is smaller than this share of it is dropped.
DEPENDENT = 1e-10
#: Residuals smaller than this share of the response's spread are rounding.
NO_SPREAD = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model on bare arrays; p columns given, q of them ``kept``.

    ``gamma``, ``phi``, ``adjusted`` and ``slopes`` belong to the orthonormal columns Q
    of X = Q·``triangle``; ``dependence`` (q, p − q) writes the ``dropped`` columns in
    the kept ones. ``adjusted`` is the Kenward-Roger covariance. ``of_elements`` is
    None where the likelihood has no proper maximum. ``covariance`` (V, V) is NaN where
    no subject was seen at both visits.
    """

    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    dependence: Floats
    triangle: Floats
    gamma: Floats
    phi: Floats
    adjusted: Floats
    slopes: Floats
    of_elements: Floats | None
    covariance: Floats
    neg2ll: float
    converged: bool
    iterations: int
    subjects: int
    observations: int
    warnings: tuple[str, ...]


def fit(
    y: Floats,
    X: Floats,
    *,
    visit: Ints,
    subject: Ints,
    n_visits: int | None = None,
    method: Method = "reml",
    names: Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
) -> Fit:
    """Fit y = Xβ + error, errors of one subject correlated freely over its visits.

    ``y`` (N,), NaN where missing; ``X`` (N, p); ``visit`` and ``subject`` (N,) indices
    from 0. Columns that depend on earlier ones are dropped and said so; ``names`` and
    ``visits`` are for the sentences. Raises TableError for infinite or missing
    covariate values, a repeated subject and visit, too few responses, or a response
    that leaves no residual.
    """
    known = ~np.isnan(y)
    if not known.any():
        raise TableError("There is no response: every value is missing.")
    y, X, visit = y[known], X[known], visit[known]
    subject = np.unique(subject[known], return_inverse=True)[1].reshape(-1)
    n_visits = int(visit.max()) + 1 if n_visits is None else n_visits
    labels = [str(v + 1) for v in range(n_visits)] if visits is None else list(visits)
    titles = [f"column {j + 1}" for j in range(X.shape[1])] if names is None else list(names)
    _check_arrays(y, X, visit=visit, subject=subject, n_visits=n_visits)

    columns = _independent(X)
    ordinary, residual, scale = _ordinary(y, columns)
    sums = sum_by_pattern(columns.Q, residual / scale, subject=subject, visit=visit, n_visits=n_visits)
    _check_spread(sums, labels)
    elements = free_elements(sums)
    basis = basis_of(elements, n_visits=n_visits)
    optimum = maximise(sums, basis, start_values(sums, elements), reml=method == "reml")
    together = sums.together > 0
    sigma = (optimum.theta @ basis).reshape(n_visits, n_visits)
    return _assembled(
        columns=columns,
        ordinary=ordinary,
        scale=scale,
        sums=sums,
        basis=basis,
        optimum=optimum,
        covariance=np.where(together, sigma * scale**2, np.nan),
        reml=method == "reml",
        warnings=(
            *_dropped_warnings(columns.dropped, titles),
            *_visit_warnings(together, labels),
            *_whole_warnings(optimum, together, sigma),
        ),
    )


def _assembled(
    *,
    columns: Columns,
    ordinary: Floats,
    scale: float,
    sums: PatternSums,
    basis: Floats,
    optimum: Optimum,
    covariance: Floats,
    reml: bool,
    warnings: tuple[str, ...],
) -> Fit:
    """Bring the optimum of the standardised residuals back to the response's units."""
    point = optimum.point
    of_elements = variance_of_elements(point)
    adjusted = point.phi
    if of_elements is not None:
        adjusted = kenward_roger_covariance(point, sums, basis, of_elements=of_elements)
    neg2ll = point.value + 2.0 * float(np.log(scale)) * (sums.observations - reml * len(columns.kept))
    if reml:
        # log|X'V⁻¹X| of the given columns, not of the orthonormal ones.
        neg2ll += 2.0 * float(np.log(np.abs(np.diag(columns.triangle))).sum())
    return Fit(
        kept=columns.kept,
        dropped=columns.dropped,
        dependence=columns.dependence,
        triangle=columns.triangle,
        gamma=ordinary + scale * point.beta,
        phi=point.phi * scale**2,
        adjusted=adjusted * scale**2,
        slopes=point.slopes / scale**2,  # so that phi·slope·phi has the unit of phi
        of_elements=of_elements,
        covariance=covariance,
        neg2ll=neg2ll,
        converged=optimum.converged and of_elements is not None,
        iterations=optimum.iterations,
        subjects=int(sums.counts.sum()),
        observations=sums.observations,
        warnings=warnings + _optimum_warnings(optimum, proper=of_elements is not None),
    )


def _check_arrays(y: Floats, X: Floats, *, visit: Ints, subject: Ints, n_visits: int) -> None:
    if np.isinf(y).any():
        raise TableError("A response is infinite: every response must be a number or missing.")
    if not np.isfinite(X).all():
        raise TableError("A covariate of an observed response is missing or infinite.")
    if visit.min() < 0 or visit.max() >= n_visits:
        raise TableError(f"A visit's index lies outside 0 to {n_visits - 1}.")
    cells = subject * n_visits + visit
    if len(np.unique(cells)) < len(cells):
        raise TableError("A subject has two responses at one visit: there may be one at most.")


class Columns(NamedTuple):
    """The independent columns of a design: X[:, kept] = Q·triangle, X[:, dropped] = X[:, kept]·dependence."""

    kept: tuple[int, ...]
    dropped: tuple[int, ...]
    Q: Floats
    triangle: Floats
    dependence: Floats


def _independent(X: Floats) -> Columns:
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


def _ordinary(y: Floats, columns: Columns) -> tuple[Floats, Floats, float]:
    """Ordinary least squares: coefficients of Q, residuals and their scale.

    The likelihood is then climbed on the scaled residuals, where a large mean of the
    response costs no digits and a unit of measurement does not matter.
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


def _check_spread(sums: PatternSums, labels: Sequence[str]) -> None:
    squares = np.diag(sums.yy.reshape(-1, len(labels), len(labels)).sum(axis=0))
    seen = np.diag(sums.together)
    flat = [label for label, n, square in zip(labels, seen, squares, strict=True) if n and square < 1e-18 * n]
    if flat:
        raise TableError(
            f"At {', '.join(flat)} the response does not vary beyond what the columns explain: "
            "there is no variance to estimate."
        )


def _dropped_warnings(dropped: tuple[int, ...], titles: Sequence[str]) -> tuple[str, ...]:
    if not dropped:
        return ()
    names = ", ".join(titles[j] for j in dropped)
    return (f"Dropped because the other columns already say the same: {names}.",)


def _visit_warnings(together: Bools, labels: Sequence[str]) -> tuple[str, ...]:
    present = np.diag(together)
    empty = [label for label, seen in zip(labels, present, strict=True) if not seen]
    apart = [
        f"{labels[a]} and {labels[b]}"
        for a, b in zip(*np.nonzero(~together), strict=True)
        if a < b and present[a] and present[b]
    ]
    warnings = [f"No response was observed at visit {label}." for label in empty]
    if apart:
        warnings.append(
            f"No subject was seen at both of these visits, whose covariance is unknown: {'; '.join(apart)}."
        )
    return tuple(warnings)


def _whole_warnings(optimum: Optimum, together: Bools, sigma: Floats) -> tuple[str, ...]:
    present = np.diag(together)
    block = np.ix_(present, present)
    if not optimum.converged or not together[block].all() or np.linalg.eigvalsh(sigma[block])[0] > 0:
        return ()
    return ("The covariance of all visits is not positive definite, though each pattern's is.",)


def _optimum_warnings(optimum: Optimum, *, proper: bool) -> tuple[str, ...]:
    if not optimum.converged:
        return (f"The fit did not converge after {optimum.iterations} steps: {optimum.reason}.",)
    if not proper:
        return ("The likelihood has no proper maximum: there are no standard errors.",)
    return ()
