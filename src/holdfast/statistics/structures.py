"""Covariance structures of a subject's visits, with their first and second derivatives.

The parameters are those in which SAS PROC MIXED writes the structure, because linear
Kenward-Roger depends on them. ``us``, ``cs`` and ``toep`` are linear in variances and
covariances; the others have variances and correlations:

======  ===============================================================================
us      every variance and covariance of its own (SAS UN)
cs      one variance, one covariance (SAS CS); ``csh``: a variance for each visit, one
        correlation (SAS CSH)
ar1     one variance; the correlation of two visits is ρ to the number of steps between
        them (SAS AR(1)); ``ar1h``: a variance for each visit (SAS ARH(1))
toep    one variance, a covariance for each number of steps (SAS TOEP); ``toeph``: a
        variance for each visit, a correlation for each number of steps (SAS TOEPH)
ad      one variance, a correlation of each visit with the next; that of two visits is
        the product of those between them. ``adh``: a variance for each visit (SAS
        ANTE(1); the homogeneous form is not in SAS)
======  ===============================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

import numpy as np

from holdfast.errors import TableError, UnknownName
from holdfast.statistics.arrays import Bools, Floats, Ints

Structure = Literal["us", "ar1", "ar1h", "cs", "csh", "toep", "toeph", "ad", "adh"]
STRUCTURES: tuple[Structure, ...] = get_args(Structure)
WORDS = {
    "us": "unstructured",
    "ar1": "first-order autoregressive",
    "ar1h": "heterogeneous first-order autoregressive",
    "cs": "compound symmetry",
    "csh": "heterogeneous compound symmetry",
    "toep": "Toeplitz",
    "toeph": "heterogeneous Toeplitz",
    "ad": "ante-dependence",
    "adh": "heterogeneous ante-dependence",
}
#: Structures in which the order of the visits, and the steps between them, mean something.
ORDERED = frozenset({"ar1", "ar1h", "toep", "toeph", "ad", "adh"})
#: Those in which two visits two steps apart are taken to be twice as far as neighbours.
EQUALLY_SPACED = frozenset({"ar1", "ar1h", "toep", "toeph"})

Kind = Literal["variance", "covariance", "correlation"]


class Parameter(NamedTuple):
    """One covariance parameter: what it is, and of which visits."""

    kind: Kind
    of: str

    def __str__(self) -> str:
        return f"{self.kind} {self.of}".rstrip()


class Piece(NamedTuple):
    """One covariance (V, V) with its first (m, V, V) and second (m, m, V, V; None where zero) derivatives."""

    sigma: Floats
    first: Floats
    second: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """A covariance that is a sum of its m parameters times fixed matrices ``basis`` (m, V, V)."""

    parameters: tuple[Parameter, ...]
    basis: Floats

    def at(self, theta: Floats) -> Piece:
        """The covariance at ``theta`` (m,)."""
        m, V, _ = self.basis.shape
        return Piece((theta @ self.basis.reshape(m, -1)).reshape(V, V), self.basis, None)

    def start(self, sigma: Floats, together: Ints) -> Floats:
        """The means of a moment estimate ``sigma`` (V, V) over the places of each parameter."""
        places = self.basis * (together > 0)
        return np.asarray((places * sigma).sum(axis=(1, 2)) / places.sum(axis=(1, 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """Variances times correlations: sqrt(vₐv_b)·r(a, b), or v·r(a, b) where ``homogeneous``.

    ``free`` are the parameters that the rows say something about, of all: the others
    stay at variance one and correlation zero.
    """

    parameters: tuple[Parameter, ...]
    correlation: str
    homogeneous: bool
    n_visits: int
    free: Ints

    def at(self, theta: Floats) -> Piece | None:
        """The covariance at ``theta`` (m,); None outside positive variances and correlations within ±1."""
        variances, correlations = self._split(theta)
        if (variances <= 0).any() or (np.abs(correlations) >= 1).any():
            return None
        R, dR, ddR = _correlation(self.correlation, correlations, self.n_visits)
        D, dD, ddD = _deviations(variances, self.n_visits)
        first = np.concatenate([dD * R, D * dR])
        mixed = dD[:, None] * dR[None]
        second = np.concatenate(
            [
                np.concatenate([ddD * R, mixed], axis=1),
                np.concatenate([mixed.transpose(1, 0, 2, 3), D * ddR], axis=1),
            ]
        )
        return Piece(D * R, first[self.free], second[np.ix_(self.free, self.free)])

    def start(self, sigma: Floats, together: Ints) -> Floats:
        """Means of the variances and correlations of a moment estimate over the places of each parameter."""
        seen = together > 0
        deviations = np.sqrt(np.diag(sigma))
        R = np.where(seen, sigma / np.outer(deviations, deviations), 0.0)
        present = np.diag(seen)
        variances = np.where(present, np.diag(sigma), 1.0)
        if self.homogeneous:
            variances = np.array([np.diag(sigma)[present].mean()])
        # At zero correlation each parameter moves its own places only (the neighbours, for ar1).
        places = _correlation(self.correlation, np.zeros(self._correlations()), self.n_visits)[1] * seen
        count = places.sum(axis=(1, 2))
        found = (places * R).sum(axis=(1, 2)) / np.maximum(count, 1.0)
        found = np.where(count > 0, np.clip(found, -0.9, 0.9), 0.1)
        return np.concatenate([variances, found])[self.free]

    def _correlations(self) -> int:
        return {"ar1": 1, "cs": 1}.get(self.correlation, self.n_visits - 1)

    def _split(self, theta: Floats) -> tuple[Floats, Floats]:
        n_variances = 1 if self.homogeneous else self.n_visits
        full = np.concatenate([np.ones(n_variances), np.zeros(self._correlations())])
        full[self.free] = theta
        return full[:n_variances], full[n_variances:]


Family = Linear | Scaled


def family_of(
    structure: str, *, together: Ints, visits: Sequence[str], group: str = ""
) -> tuple[Family, Bools]:
    """The covariance family of the parameters that the rows say something of, and (V, V) what is known.

    ``together`` (V, V) counts the subjects seen at both visits; ``group`` is for the
    sentences. Raises UnknownName for another structure, TableError where visits were
    not seen together as the structure needs.
    """
    if structure not in STRUCTURES:
        known = ", ".join(STRUCTURES)
        raise UnknownName(f"There is no covariance structure {structure!r}; there are {known}.")
    seen = together > 0
    of = f" in {group}" if group else ""
    if structure in ("us", "cs", "toep"):
        return _linear_family(structure, seen, visits, of)
    _check_order(structure, seen, visits, of)
    return _scaled_family(structure, seen, visits, of)


def _linear_family(structure: str, seen: Bools, visits: Sequence[str], of: str) -> tuple[Family, Bools]:
    parameters, basis = _linear(structure, tuple(visits))
    known = np.asarray((basis * seen).reshape(len(basis), -1).any(axis=1))
    lost = np.asarray(basis[~known].any(axis=0))
    if known.all() and not of:
        return Linear(parameters=parameters, basis=basis), ~lost
    kept = tuple(_within(p, of) for p, k in zip(parameters, known.tolist(), strict=True) if k)
    return Linear(parameters=kept, basis=basis[known]), ~lost


def _scaled_family(structure: str, seen: Bools, visits: Sequence[str], of: str) -> tuple[Family, Bools]:
    homogeneous, correlation = not structure.endswith("h"), structure.removesuffix("h")
    names = _names(correlation, homogeneous, visits)

    def family(free: Ints) -> Scaled:
        return Scaled(
            parameters=tuple(_within(names[k], of) for k in free.tolist()),
            correlation=correlation,
            homogeneous=homogeneous,
            n_visits=len(visits),
            free=free,
        )

    # A point where no derivative vanishes by chance.
    generic = family(np.arange(len(names))).at(
        np.array([1.0 if p.kind == "variance" else 0.3 for p in names])
    )
    assert generic is not None, "variance one and correlation 0.3 lie inside"
    known = np.asarray((generic.first * seen).reshape(len(names), -1).any(axis=1))
    lost = np.asarray((generic.first[~known] != 0).any(axis=0))
    return family(np.flatnonzero(known)), ~lost


def _within(parameter: Parameter, of: str) -> Parameter:
    return parameter._replace(of=f"{parameter.of}{of}".strip())


def _check_order(structure: str, seen: Bools, visits: Sequence[str], of: str) -> None:
    """Refuse what would leave a correlation, or its sign, undetermined."""
    present = np.flatnonzero(np.diag(seen))
    if structure.startswith("ad"):
        for a, b in zip(range(present[-1]), range(1, present[-1] + 1), strict=True):
            if not seen[a, b] and b > present[0]:
                raise TableError(
                    "Ante-dependence needs subjects seen at both of each two neighbouring visits; "
                    f"nobody{of} was seen at both {visits[a]} and {visits[b]}: leave a visit out or "
                    "choose another structure."
                )
    if structure.startswith("ar1") and len(present) > 1:
        steps = np.abs(np.subtract.outer(np.arange(len(visits)), np.arange(len(visits))))
        if (seen & (steps > 0)).any() and not (seen & (steps % 2 == 1)).any():
            raise TableError(
                "The sign of an autoregressive correlation cannot be told: all visits seen together"
                f"{of} are an even number of steps apart. Leave the empty visits out or choose another "
                "structure."
            )


@lru_cache(maxsize=64)
def _linear(structure: str, visits: tuple[str, ...]) -> tuple[tuple[Parameter, ...], Floats]:
    """The parameters and their matrices; kept, as many trials have the same visits."""
    V = len(visits)
    steps = np.abs(np.subtract.outer(np.arange(V), np.arange(V)))
    if structure == "us":
        return _unstructured(visits)
    if structure == "cs":
        places = [steps == 0, steps > 0][: min(V, 2)]
        names = (Parameter("variance", ""), Parameter("covariance", ""))
        return names[: min(V, 2)], np.array(places, dtype=np.float64)
    apart = (Parameter("covariance", f"{k} steps apart") for k in range(1, V))
    return (Parameter("variance", ""), *apart), np.array([steps == k for k in range(V)], dtype=np.float64)


def _unstructured(visits: Sequence[str]) -> tuple[tuple[Parameter, ...], Floats]:
    V = len(visits)
    elements = [(a, b) for a in range(V) for b in range(a, V)]
    basis = np.zeros((len(elements), V, V))
    for k, (a, b) in enumerate(elements):
        basis[k, a, b] = basis[k, b, a] = 1.0
    names = tuple(
        Parameter("variance", f"at {visits[a]}")
        if a == b
        else Parameter("covariance", f"of {visits[a]} and {visits[b]}")
        for a, b in elements
    )
    return names, basis


def _names(correlation: str, homogeneous: bool, visits: Sequence[str]) -> tuple[Parameter, ...]:
    variances = ("",) if homogeneous else tuple(f"at {visit}" for visit in visits)
    pairs = pairwise(visits)
    of = {
        "ar1": ("",),
        "cs": ("",),
        "toep": tuple(f"{k} steps apart" for k in range(1, len(visits))),
        "ad": tuple(f"of {a} and {b}" for a, b in pairs),
    }[correlation]
    return tuple(
        [Parameter("variance", each) for each in variances] + [Parameter("correlation", each) for each in of]
    )


def _correlation(kind: str, rho: Floats, V: int) -> tuple[Floats, Floats, Floats]:
    """R (V, V) with its first (r, V, V) and second (r, r, V, V) derivatives."""
    steps = np.abs(np.subtract.outer(np.arange(V), np.arange(V)))
    if kind == "ar1":
        lower, lowest = np.maximum(steps - 1, 0), np.maximum(steps - 2, 0)
        first = steps * rho[0] ** lower
        second = steps * (steps - 1) * rho[0] ** lowest
        return rho[0] ** steps, first[None].astype(np.float64), second[None, None].astype(np.float64)
    if kind == "cs":
        first = (steps > 0).astype(np.float64)
        return np.where(steps > 0, rho[0], 1.0), first[None], np.zeros((1, 1, V, V))
    if kind == "toep":
        places = np.array([steps == k for k in range(1, V)], dtype=np.float64).reshape(-1, V, V)
        return np.eye(V) + np.tensordot(rho, places, axes=1), places, np.zeros((V - 1, V - 1, V, V))
    return _products(rho, V)


def _products(rho: Floats, V: int) -> tuple[Floats, Floats, Floats]:
    """Ante-dependence: products of the neighbours' correlations, less one and less two of them."""
    a, b = np.meshgrid(np.arange(V), np.arange(V), indexing="ij")
    low, high = np.minimum(a, b), np.maximum(a, b)
    between = np.array([(low <= t) & (t < high) for t in range(V - 1)], dtype=np.bool_).reshape(-1, V, V)
    factors = np.where(between, rho[:, None, None], 1.0)
    r = len(rho)
    first, second = np.zeros((r, V, V)), np.zeros((r, r, V, V))
    for t in range(r):
        first[t] = between[t] * np.delete(factors, t, axis=0).prod(axis=0)
        for s in range(t):
            second[t, s] = between[t] * between[s] * np.delete(factors, (s, t), axis=0).prod(axis=0)
            second[s, t] = second[t, s]
    return factors.prod(axis=0), first, second


def _deviations(variances: Floats, V: int) -> tuple[Floats, Floats, Floats]:
    """Products of standard deviations (V, V) with their derivatives for the variances."""
    if len(variances) == 1:
        return np.full((V, V), variances[0]), np.ones((1, V, V)), np.zeros((1, 1, V, V))
    eye = np.eye(V)
    D = np.sqrt(np.outer(variances, variances))
    # The logarithm of a product has derivative n/2v, n how often visit a occurs in the pair (0, 1 or 2).
    n = eye[:, :, None] + eye[:, None, :]
    slope = n / (2.0 * variances[:, None, None])
    first = D * slope
    second = D * (
        slope[:, None] * slope[None, :] - eye[:, :, None, None] * (slope / variances[:, None, None])
    )
    return D, first, second
