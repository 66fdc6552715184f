"""Patterns of missing visits, their sums of products, and the covariance of one or several groups.

Subjects of one group seen at the same visits share one covariance block. Everything
the likelihood needs of them is a sum of products, so that after one pass over the rows
a fit costs the same for a hundred subjects as for a thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.structures import Family, Parameter, Scaled, family_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternSums:
    """Sums over the subjects of each of G patterns; V visits, q columns.

    ``observations`` responses in all; ``counts`` (G,) subjects; ``seen`` (G, V);
    ``group`` (G,) ascending, the covariance group, ``slices`` the patterns of each;
    ``xx`` (G·V·V, q·q), ``xy`` (G·V·V, q) and ``yy`` (G·V·V,) hold, for every pattern and
    pair of visits, the sums of the products of the design rows and responses at the two
    visits.
    """

    observations: int
    counts: Floats
    seen: Bools
    group: Ints
    slices: tuple[slice, ...]
    xx: Floats
    xy: Floats
    yy: Floats

    def together(self, of: slice = slice(None)) -> Ints:
        """(V, V): subjects of these patterns seen at both visits."""
        seen = self.seen[of].astype(np.float64)
        return np.asarray((seen * self.counts[of, None]).T @ seen).round().astype(np.int64)

    def squares(self, of: slice = slice(None)) -> Floats:
        """(V, V): sums of the products of the responses of these patterns."""
        V = self.seen.shape[1]
        return np.asarray(self.yy.reshape(-1, V, V)[of].sum(axis=0))


def sum_by_pattern(
    X: Floats, y: Floats, *, subject: Ints, visit: Ints, n_visits: int, group: Ints | None = None
) -> PatternSums:
    """One pass over the rows: (N, q) design, (N,) response, indices from 0; no row missing, none twice.

    ``group`` (N,) is the covariance group of the row's subject; without it there is one.
    """
    n, q = int(subject.max()) + 1, X.shape[1]
    cube = np.zeros((n, n_visits, q + 1))
    cube[subject, visit, :q] = X
    cube[subject, visit, q] = y
    keys = np.zeros((n, n_visits + 1), dtype=np.int64)
    keys[subject, visit + 1] = 1
    if group is not None:
        keys[subject, 0] = group
    patterns, member = np.unique(keys, axis=0, return_inverse=True)
    member = member.reshape(-1)
    products = np.empty((len(patterns), n_visits, q + 1, n_visits, q + 1))
    for g in range(len(patterns)):
        rows = cube[member == g].reshape(-1, n_visits * (q + 1))
        products[g] = (rows.T @ rows).reshape(n_visits, q + 1, n_visits, q + 1)
    products = products.transpose(0, 1, 3, 2, 4).reshape(-1, q + 1, q + 1)
    return PatternSums(
        observations=len(y),
        counts=np.bincount(member, minlength=len(patterns)).astype(np.float64),
        seen=patterns[:, 1:] > 0,
        group=patterns[:, 0],
        slices=_slices(patterns[:, 0]),
        xx=np.ascontiguousarray(products[:, :q, :q]).reshape(-1, q * q),
        xy=np.ascontiguousarray(products[:, :q, q]),
        yy=np.ascontiguousarray(products[:, q, q]),
    )


def _slices(group: Ints) -> tuple[slice, ...]:
    ends = np.searchsorted(group, np.arange(int(group[-1]) + 2)).tolist()
    return tuple(slice(a, b) for a, b in pairwise(ends))


class Shape(NamedTuple):
    """Every group's covariance with its derivatives for all m parameters.

    ``sigma`` (groups, V, V); ``first`` (m, groups, V, V); ``second`` (m, m, groups, V, V),
    None where it is zero.
    """

    sigma: Floats
    first: Floats
    second: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariance:
    """The covariance of a subject's visits: one family of the same structure for each group.

    ``known`` (groups, V, V) is false where the rows say nothing of a covariance.
    """

    families: tuple[Family, ...]
    known: Bools

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters, group by group."""
        return tuple(parameter for family in self.families for parameter in family.parameters)

    def starts(self, start: Floats) -> tuple[Floats, ...]:
        """The moments, and for ante-dependence two more: with few subjects it may have several maxima."""
        if not any(isinstance(each, Scaled) and each.correlation == "ad" for each in self.families):
            return (start,)
        variance = np.array([parameter.kind == "variance" for parameter in self.parameters])
        return (start, np.where(variance, start, 0.0), np.where(variance, start, 0.3))

    def at(self, theta: Floats) -> Shape | None:
        """The covariances at ``theta`` (m,); None where a variance or correlation is out of its range."""
        if len(self.families) == 1:
            piece = self.families[0].at(theta)
            if piece is None:
                return None
            sigma, first, second = piece
            return Shape(sigma[None], first[:, None], None if second is None else second[:, :, None])
        return self._of_groups(theta)

    def _of_groups(self, theta: Floats) -> Shape | None:
        V, m = self.known.shape[1], len(theta)
        sigma = np.empty((len(self.families), V, V))
        first = np.zeros((m, len(self.families), V, V))
        second = np.zeros((m, m, len(self.families), V, V))
        curved, start = False, 0
        for g, family in enumerate(self.families):
            end = start + len(family.parameters)
            piece = family.at(theta[start:end])
            if piece is None:
                return None
            sigma[g], first[start:end, g] = piece.sigma, piece.first
            if piece.second is not None:
                second[start:end, start:end, g] = piece.second
                curved = True
            start = end
        return Shape(sigma, first, second if curved else None)


def covariance_of(
    structure: str, sums: PatternSums, *, visits: Sequence[str], groups: Sequence[str] = ("",)
) -> tuple[Covariance, Floats]:
    """The covariance model of the groups that ``sums`` has, and its start (m,) from moments.

    Raises UnknownName for another structure, TableError where a group's visits were not
    seen together as the structure needs.
    """
    families, known, start = [], [], []
    for label, of in zip(groups, sums.slices, strict=True):
        together = sums.together(of)
        family, sure = family_of(structure, together=together, visits=visits, group=label)
        families.append(family)
        known.append(sure)
        start.append(_feasible(family, family.start(_moments(sums.squares(of), together), together)))
    return Covariance(families=tuple(families), known=np.array(known)), np.concatenate(start)


def _moments(squares: Floats, together: Ints) -> Floats:
    """(V, V) moments of the responses (already residuals), shrunk until they are well inside.

    Pairwise moments of incomplete data need not be positive definite; correlations are
    halved until the smallest eigenvalue of the correlation is at least 0.05.
    """
    n_visits = len(squares)
    moments = squares / np.maximum(together, 1)
    variances = np.diag(moments).copy()
    variances[variances <= 0] = 1.0
    scale = np.sqrt(np.outer(variances, variances))
    correlation = np.clip(moments / scale, -0.95, 0.95)
    np.fill_diagonal(correlation, 0.0)
    while np.linalg.eigvalsh(np.eye(n_visits) + correlation)[0] < 0.05:
        correlation *= 0.5
    return np.asarray(scale * (np.eye(n_visits) + correlation))


def _feasible(family: Family, theta: Floats) -> Floats:
    """Halve what is no variance until the covariance is well inside: means of moments need not be."""
    variance = np.array([parameter.kind == "variance" for parameter in family.parameters])
    for _ in range(60):
        piece = family.at(theta)
        if piece is not None and correlation_edge(piece.sigma[None]) >= 0.01:
            break
        theta = np.where(variance, theta, 0.5 * theta)
    return theta


def pattern_inverses(sigma: Floats, seen: Bools) -> tuple[Floats, Floats] | None:
    """Inverse of each pattern's block, zero at its missing visits (G, V, V), and log determinants (G,).

    ``sigma`` (G, V, V) or (1, V, V). None where a block is not positive definite.
    """
    both = seen[:, :, None] & seen[:, None, :]
    blocks = np.where(both, sigma, np.eye(seen.shape[1]))
    try:
        factor = np.linalg.cholesky(blocks)
    except np.linalg.LinAlgError:
        return None
    log_determinants = 2.0 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    root = np.linalg.inv(factor)
    inverse = root.transpose(0, 2, 1) @ root
    return np.where(both, inverse, 0.0), log_determinants


def correlation_edge(sigma: Floats, seen: Bools | None = None) -> float:
    """The smallest eigenvalue of the correlations of ``sigma`` (G or 1, V, V) over all blocks."""
    V = sigma.shape[-1]
    variances = np.diagonal(sigma, axis1=1, axis2=2)
    deviations = np.sqrt(np.maximum(variances, np.finfo(np.float64).tiny))
    correlation = sigma / (deviations[:, :, None] * deviations[:, None, :])
    if seen is not None:
        correlation = np.where(seen[:, :, None] & seen[:, None, :], correlation, np.eye(V))
    return float(np.linalg.eigvalsh(correlation).min())
