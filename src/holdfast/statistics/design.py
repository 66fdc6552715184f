"""The rows of a trial, the columns of its model, and the average row of an arm at a visit.

A column is a product of pieces: a covariate, a level of a factor, an arm, a visit. The
same pieces, averaged, give the row of a least squares mean, so that the two cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from holdfast.errors import TableError
from holdfast.statistics.arrays import Floats, Ints, TrialArrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A categorical covariate: ``codes`` (N,) index ``levels``."""

    codes: Ints
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The observed rows of a trial, one per subject and visit; N rows, nothing missing in them.

    ``subject``, ``visit`` and ``arm`` (N,) are indices from 0; the first of ``arms`` is
    the reference. ``covariates`` are numbers (N,), ``factors`` categories; ``labels`` are
    categories that are not in the model: covariance groups, clusters, therapist pairs.
    """

    response: Floats
    subject: Ints
    visit: Ints
    arm: Ints
    visits: tuple[str, ...]
    arms: tuple[str, ...]
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    factors: Mapping[str, Factor] = field(default_factory=dict)
    labels: Mapping[str, Factor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Piece:
    """One multiplier of a column; ``level`` is empty for a covariate."""

    kind: str
    name: str
    level: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.level}]" if self.level else self.name


Column = tuple[Piece, ...]
Values = TypeVar("Values", Floats, Ints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The model's columns, their values ``X`` (N, p), and the ``means`` (arms, visits, p) of each cell."""

    columns: tuple[Column, ...]
    X: Floats
    means: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """Readable names of the columns: ``arm[B]:visit[week 4]``."""
        return tuple(":".join(map(str, column)) or "(Intercept)" for column in self.columns)


def build_design(rows: Rows, *, by_visit: Sequence[str] = ()) -> Design:
    """Intercept, covariates, factors, arm, visit, arm by visit, and ``by_visit`` covariates by visit.

    Covariates and factors named in ``by_visit`` are multiplied by visit. Raises
    TableError where ``by_visit`` names none of the rows' covariates and factors.
    """
    for name in by_visit:
        if name not in rows.covariates and name not in rows.factors:
            raise TableError(f"{name!r} is to vary by visit but is not among the covariates.")
    columns = _columns(rows, by_visit)
    values = {piece: _value(piece, rows) for column in columns for piece in column}
    X = np.ones((len(rows.response), len(columns)))
    for j, column in enumerate(columns):
        for piece in column:
            X[:, j] *= values[piece]
    return Design(columns=columns, X=X, means=_cell_means(columns, rows))


def _columns(rows: Rows, by_visit: Sequence[str]) -> tuple[Column, ...]:
    terms = {name: [(Piece("covariate", name),)] for name in rows.covariates}
    for name, factor in rows.factors.items():
        terms[name] = [(Piece("factor", name, level),) for level in factor.levels[1:]]
    arms = [(Piece("arm", "arm", arm),) for arm in rows.arms[1:]]
    visits = [(Piece("visit", "visit", visit),) for visit in rows.visits[1:]]
    columns: list[Column] = [()]
    for term in terms.values():
        columns += term
    columns += arms + visits
    columns += [arm + visit for arm in arms for visit in visits]
    for name in by_visit:
        columns += [piece + visit for piece in terms[name] for visit in visits]
    return tuple(columns)


def _value(piece: Piece, rows: Rows) -> Floats:
    """(N,) the piece at each row."""
    if piece.kind == "covariate":
        return rows.covariates[piece.name]
    if piece.kind == "factor":
        factor = rows.factors[piece.name]
        return np.asarray(factor.codes == factor.levels.index(piece.level), dtype=np.float64)
    index, labels = (rows.arm, rows.arms) if piece.kind == "arm" else (rows.visit, rows.visits)
    return np.asarray(index == labels.index(piece.level), dtype=np.float64)


def _cell_means(columns: Sequence[Column], rows: Rows) -> Floats:
    """(arms, visits, p): covariates at the mean of the analysed rows, levels of factors in equal parts."""
    means = np.ones((len(rows.arms), len(rows.visits), len(columns)))
    average = {name: float(values.mean()) for name, values in rows.covariates.items()}
    for j, column in enumerate(columns):
        for piece in column:
            if piece.kind == "covariate":
                means[:, :, j] *= average[piece.name]
            elif piece.kind == "factor":
                means[:, :, j] /= len(rows.factors[piece.name].levels)
            elif piece.kind == "arm":
                means[:, :, j] *= (np.array(rows.arms) == piece.level)[:, None]
            else:
                means[:, :, j] *= (np.array(rows.visits) == piece.level)[None, :]
    return means


def rows_of(
    arrays: TrialArrays,
    *,
    covariates: Sequence[str] = (),
    factors: Sequence[str] = (),
    labels: Sequence[str] = (),
) -> tuple[Rows, tuple[str, ...]]:
    """The observed rows of a trial with the named covariates ("baseline" is the baseline), and warnings.

    ``labels`` are factors of the trial that are not columns of the model. Persons with a
    named covariate or label missing are left out and counted in the warnings.
    Raises TableError where a covariate or factor does not exist, or an observed outcome
    is not a number.
    """
    numbers = {name: _named(name, {"baseline": arrays.baseline, **arrays.covariates}) for name in covariates}
    codes = {name: _named(name, arrays.factors) for name in (*factors, *labels)}
    for name, values in numbers.items():
        if np.isinf(values).any():
            raise TableError(f"The covariate {name!r} has an infinite value.")
    known = np.ones(len(arrays.arm), dtype=np.bool_)
    for values in numbers.values():
        known &= ~np.isnan(values)
    for levels in codes.values():
        known &= levels >= 0
    observed = arrays.observed & known[:, None]
    subject, visit = np.nonzero(observed)
    response = arrays.outcome[subject, visit].astype(np.float64)
    if not np.isfinite(response).all():
        raise TableError("An outcome marked as observed is missing or infinite.")
    left_out = int((arrays.observed.any(axis=1) & ~known).sum())
    warnings = (f"{left_out} persons without a covariate were left out.",) if left_out else ()
    rows = Rows(
        response=response,
        subject=subject.astype(np.int64),
        visit=visit.astype(np.int64),
        arm=arrays.arm[subject],
        visits=arrays.visits,
        arms=arrays.arms,
        covariates={name: values[subject].astype(np.float64) for name, values in numbers.items()},
        factors={name: _levels(codes[name][subject]) for name in factors},
        labels={name: _levels(codes[name][subject]) for name in labels},
    )
    return rows, warnings


def _named(name: str, among: Mapping[str, Values]) -> Values:
    if name not in among:
        known = ", ".join(sorted(among)) or "none"
        raise TableError(f"There is no covariate {name!r}; there are: {known}.")
    return among[name]


def _levels(values: Ints) -> Factor:
    present, codes = np.unique(values, return_inverse=True)
    return Factor(codes=codes.reshape(-1).astype(np.int64), levels=tuple(str(level) for level in present))
