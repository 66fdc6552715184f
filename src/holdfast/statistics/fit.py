"""The mixed model on bare arrays: any design, covariance of a chosen structure, REML or ML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.columns import Columns, independent, ordinary
from holdfast.statistics.components import COMPONENTS, choose_components, climb
from holdfast.statistics.covariance import (
    Covariance,
    PatternSums,
    covariance_of,
    sum_by_pattern,
)
from holdfast.statistics.df import kenward_roger_covariance, variance_of_elements
from holdfast.statistics.fit_checks import (
    check_arrays,
    check_spread,
    constant_within,
    dropped_warnings,
    optimum_warnings,
    visit_warnings,
    whole_warnings,
)
from holdfast.statistics.newton import Likelihood, Optimum
from holdfast.statistics.pairs import blocks_of
from holdfast.statistics.reml import PatternLikelihood
from holdfast.statistics.robust import ClusterPart, Robust, Sandwich, sandwich
from holdfast.statistics.structures import Kind, Structure

Method = Literal["reml", "ml"]
Information = Literal["observed", "expected"]


class CovarianceParameter(NamedTuple):
    """One covariance parameter, in the response's unit (squared) unless it is a correlation."""

    name: str
    kind: Kind
    estimate: float
    se: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model on bare arrays; p columns given, q of them ``kept``.

    ``gamma``, ``phi``, ``adjusted`` and ``slopes`` belong to the orthonormal columns Q
    of X = Q·``triangle``; ``dependence`` (q, p − q) writes the ``dropped`` columns in
    the kept ones. ``adjusted`` is the Kenward-Roger covariance. ``of_elements`` is
    None where the likelihood has no proper maximum. ``covariance`` (V, V), or (groups,
    V, V) where the arms or other groups have one each, is NaN where the rows say nothing
    of it; with pairs it is that of a subject within its pair. ``sandwich`` is there
    where clusters were given. ``independent`` is the number of independent units:
    subjects, or pairs.
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
    parameters: tuple[CovarianceParameter, ...]
    structure: Structure
    sandwich: Sandwich | None
    neg2ll: float
    converged: bool
    iterations: int
    subjects: int
    independent: int
    observations: int
    warnings: tuple[str, ...]

    def sandwich_or_refuse(self) -> Sandwich:
        """The cluster-robust covariance. Raises TableError where no clusters were given."""
        if self.sandwich is None:
            raise TableError("Cluster-robust errors need clusters: say which factor the clusters are.")
        return self.sandwich


class _Rows(NamedTuple):
    """The observed rows: all (N,), indices from 0; ``y`` scaled ordinary residuals, ``Q`` (N, q).

    Without pairs each subject is its own.
    """

    Q: Floats
    y: Floats
    subject: Ints
    visit: Ints
    group: Ints
    pair: Ints
    arm: Ints


def fit(
    y: Floats,
    X: Floats,
    *,
    visit: Ints,
    subject: Ints,
    n_visits: int | None = None,
    method: Method = "reml",
    structure: Structure = "us",
    group: Ints | None = None,
    groups: Sequence[str] | None = None,
    pair: Ints | None = None,
    arm: Ints | None = None,
    cluster: Ints | None = None,
    robust: Robust = "cr2",
    information: Information = "observed",
    names: Sequence[str] | None = None,
    visits: Sequence[str] | None = None,
) -> Fit:
    """Fit y = Xβ + error, errors of one subject correlated over its visits as ``structure`` says.

    ``y`` (N,), NaN where missing; ``X`` (N, p); ``visit`` and ``subject`` (N,) indices
    from 0. ``group`` (N,) indices: a covariance of its own for each group of subjects.
    ``pair`` and ``arm`` (N,): random effects of the pair and of the pair in the arm.
    ``cluster`` (N,): cluster-robust errors of kind ``robust`` besides. ``information``
    is whose inverse gives the covariance parameters' errors, and with them the degrees
    of freedom: the observed one, as in SAS, or the expected one of Kenward and Roger's
    paper. Columns that
    depend on earlier ones are dropped and said so; ``names``, ``visits`` and ``groups``
    are for the sentences. Raises TableError for infinite or missing covariate values, a
    repeated subject and visit, too few responses, a response that leaves no residual, or
    visits not seen together as the structure needs; UnknownName for another structure.
    Structures: Jennrich, Schluchter 1986, doi:10.2307/2530695.
    """
    known = ~np.isnan(y)
    if not known.any():
        raise TableError("There is no response: every value is missing.")
    y, X, visit = y[known], X[known], visit[known]
    subject = np.unique(subject[known], return_inverse=True)[1].reshape(-1)
    n_visits = int(visit.max()) + 1 if n_visits is None else n_visits
    labels = [str(v + 1) for v in range(n_visits)] if visits is None else list(visits)
    titles = [f"column {j + 1}" for j in range(X.shape[1])] if names is None else list(names)
    check_arrays(y, X, visit=visit, subject=subject, n_visits=n_visits)
    group_of, group_labels = _groups(group, known, groups, subject)

    columns = independent(X)
    coefficients, residual, scale = ordinary(y, columns)
    rows = _Rows(
        columns.Q, residual / scale, subject, visit, group_of,
        pair=subject if pair is None else _codes(pair[known], "pair", subject),
        arm=np.zeros_like(subject) if arm is None else arm[known],
    )  # fmt: skip
    sums = sum_by_pattern(
        columns.Q, rows.y, subject=subject, visit=visit, n_visits=n_visits,
        group=None if group is None else group_of,
    )  # fmt: skip
    check_spread(sums, labels, group_labels)
    covariance, start = covariance_of(structure, sums, visits=labels, groups=group_labels)
    found = _maximised(rows, sums, covariance, start, reml=method == "reml", paired=pair is not None)
    robustly = None
    if cluster is not None:
        clusters = _codes(cluster[known], "cluster", subject)
        parts = _cluster_parts(found, rows, clusters)
        robustly = sandwich(parts, phi=found.optimum.point.phi, kind=robust)
    return _assembled(
        columns=columns,
        ordinary=coefficients,
        scale=scale,
        sums=sums,
        found=found,
        covariance=covariance,
        structure=structure,
        robustly=robustly,
        reml=method == "reml",
        information=information,
        warnings=(
            *dropped_warnings(columns.dropped, titles),
            *visit_warnings(sums, covariance.known, labels, group_labels),
            *whole_warnings(found.optimum, found.sigma, sums, covariance.known),
            *found.warnings,
        ),
        groups=group_labels,
    )


class _Maximum(NamedTuple):
    """The likelihood at its maximum; ``components`` are the pair components left in the model."""

    likelihood: Likelihood
    optimum: Optimum
    sigma: Floats
    components: tuple[int, ...]
    independent: int
    warnings: tuple[str, ...]


def _maximised(
    rows: _Rows, sums: PatternSums, covariance: Covariance, start: Floats, *, reml: bool, paired: bool
) -> _Maximum:
    """The maximum, with the variance components of pairs that are above zero."""
    blocks = blocks_of(*rows) if paired else ()
    candidates, warnings = choose_components(blocks)
    plain = PatternLikelihood(sums=sums, covariance=covariance, reml=reml)
    likelihood, optimum, kept = climb(plain, start, blocks=blocks, candidates=candidates)
    warnings += tuple(
        f"The {COMPONENTS[k]} is estimated as zero and left out of the model."
        for k in candidates
        if k not in kept
    )
    sigma = _sigma(covariance, optimum.theta[: len(start)])
    independent = len(blocks) if kept else int(sums.counts.sum())
    return _Maximum(likelihood, optimum, sigma, kept, independent, warnings)


def _sigma(covariance: Covariance, theta: Floats) -> Floats:
    shape = covariance.at(theta)
    assert shape is not None, "the search stays inside"
    return shape.sigma


def _assembled(
    *,
    columns: Columns,
    ordinary: Floats,
    scale: float,
    sums: PatternSums,
    found: _Maximum,
    covariance: Covariance,
    structure: Structure,
    robustly: Sandwich | None,
    reml: bool,
    information: Information,
    warnings: tuple[str, ...],
    groups: Sequence[str],
) -> Fit:
    """Bring the optimum of the standardised residuals back to the response's units."""
    optimum, point = found.optimum, found.optimum.point
    of_elements = variance_of_elements(point.hessian if information == "observed" else point.expected)
    adjusted = point.phi
    if of_elements is not None:
        curvature = found.likelihood.curvature(optimum.theta, point, of_elements)
        adjusted = kenward_roger_covariance(point, curvature=curvature, of_elements=of_elements)
    neg2ll = point.value + 2.0 * float(np.log(scale)) * (sums.observations - reml * len(columns.kept))
    if reml:
        # log|X'V⁻¹X| of the given columns, not of the orthonormal ones.
        neg2ll += 2.0 * float(np.log(np.abs(np.diag(columns.triangle))).sum())
    sigma = np.where(covariance.known, found.sigma * scale**2, np.nan)
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
        covariance=sigma[0] if len(sigma) == 1 else sigma,
        parameters=_parameters(found, covariance, of_elements, scale),
        structure=structure,
        sandwich=None if robustly is None else _rescaled(robustly, scale),
        neg2ll=neg2ll,
        converged=optimum.converged and of_elements is not None,
        iterations=optimum.iterations,
        subjects=int(sums.counts.sum()),
        independent=found.independent,
        observations=sums.observations,
        warnings=warnings
        + optimum_warnings(optimum, found.sigma, sums, groups, proper=of_elements is not None),
    )


def _parameters(
    found: _Maximum, covariance: Covariance, of_elements: Floats | None, scale: float
) -> tuple[CovarianceParameter, ...]:
    theta = found.optimum.theta.tolist()
    errors = [np.nan] * len(theta) if of_elements is None else np.sqrt(np.diag(of_elements)).tolist()
    named = [(str(parameter), parameter.kind) for parameter in covariance.parameters]
    named += [(COMPONENTS[k], "variance") for k in found.components]
    units = [1.0 if kind == "correlation" else scale**2 for _, kind in named]
    return tuple(
        CovarianceParameter(name=name, kind=kind, estimate=value * unit, se=error * unit)
        for (name, kind), value, error, unit in zip(named, theta, errors, units, strict=True)
    )


def _rescaled(found: Sandwich, scale: float) -> Sandwich:
    """In the response's unit: the degrees of freedom stay what they are."""
    squared = scale**2
    return found._replace(
        covariance=found.covariance * squared,
        phi=found.phi * squared,
        inner=found.inner / squared,
        cross=found.cross / squared,
    )


def _groups(
    group: Ints | None, known: Bools, labels: Sequence[str] | None, subject: Ints
) -> tuple[Ints, list[str]]:
    """Each row's covariance group, counted over the groups that have a response, and their labels."""
    if group is None:
        return np.zeros(len(subject), dtype=np.int64), [""]
    present, codes = np.unique(group[known], return_inverse=True)
    codes = codes.reshape(-1).astype(np.int64)
    constant_within(codes, subject, "covariance group")
    return codes, [str(g + 1) if labels is None else labels[g] for g in present.tolist()]


def _codes(values: Ints, kind: str, subject: Ints) -> Ints:
    codes = np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
    constant_within(codes, subject, kind)
    return codes


def _cluster_parts(found: _Maximum, rows: _Rows, clusters: Ints) -> Iterator[ClusterPart]:
    """The rows of each cluster with their fitted covariance."""
    theta = found.optimum.theta
    values = theta[len(theta) - len(found.components) :].tolist()
    if found.components:
        constant_within(clusters, rows.pair, "cluster", unit="pair")
    residual = rows.y - rows.Q @ found.optimum.point.beta
    for each in range(int(clusters.max()) + 1):
        at = np.flatnonzero(clusters == each)
        group, visit = rows.group[at], rows.visit[at]
        sigma = found.sigma[group[:, None], visit[:, None], visit[None, :]] * _equal(rows.subject[at])
        together = _equal(rows.pair[at])
        shares = (together, together & _equal(rows.arm[at]))
        for k, value in zip(found.components, values, strict=True):
            sigma = sigma + value * shares[k]
        yield ClusterPart(rows.Q[at], residual[at], sigma)


def _equal(codes: Ints) -> Bools:
    return np.asarray(codes[:, None] == codes[None, :])
