"""The mixed model with unstructured covariance inside compiled loops: whole simulated trials by the thousand.

The same model and the same numbers as ``fit`` and ``lsmeans``: REML or ML, Satterthwaite and
linear Kenward-Roger. A design is given by its columns: which of a person's P numbers, at
which visit. ``fit_trial`` makes the sums and fits, ``fit_sums`` fits sums at hand (as after
``add_person``). Nothing is allocated per fit; the answer lies in ``work.found``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.compiled_contrasts import (
    Found,
    adjust_row,
    found_for,
    prepare_adjustment,
)
from holdfast.statistics.compiled_room import (
    BETA,
    BY_VISIT,
    CY,
    DEPENDENCE,
    FIRST,
    KEPT,
    LARGEST,
    LAST,
    OFFSET_BETA,
    ORDINARY_BETA,
    PERSON,
    PHI,
    ROW,
    SECOND,
    SPREAD,
    THETA,
    TOGETHER,
    VALUE,
    VISIT,
    YY,
    Room,
    Size,
    room_for,
)
from holdfast.statistics.compiled_search import (
    CONVERGED,
    NOT_CONVERGED,
    SINGULAR,
    careful_way,
    factor_observed,
    short_way,
)
from holdfast.statistics.compiled_start import (
    CANCELLED,
    NO_RESPONSE,
    NO_VARIATION,
    NO_VARIATION_AT_A_VISIT,
    NOT_FINITE,
    TOO_FEW,
    elements_of,
    finite_sums,
    independent_columns,
    ordinary,
    start_search,
)
from holdfast.statistics.compiled_sums import (
    COUNT,
    MASK,
    SHIFTED,
    STATE,
    USED,
    Sums,
    add_all,
    add_one,
    empty,
    sums_for,
)

STATUS_WORDS = {
    CONVERGED: "converged",
    NOT_CONVERGED: "the fit did not converge",
    SINGULAR: "the covariance becomes singular",
    NO_RESPONSE: "there is no response",
    TOO_FEW: "there are not more responses than coefficients",
    NO_VARIATION: "the response does not vary beyond what the columns explain",
    NO_VARIATION_AT_A_VISIT: "at a visit the response does not vary beyond what the columns explain",
    NOT_FINITE: "a response or a covariate is not finite",
    CANCELLED: "the columns explain too much for sums alone",
}


class Model(NamedTuple):
    """The columns of a design and the contrasts wanted of it: make it with ``model``.

    ``person`` (q,) is the index of a person's number, ``visit`` (q,) of the visit, V for all;
    ``rows`` (r, q) the contrasts.
    """

    person: Ints
    visit: Ints
    rows: Floats
    visits: int
    numbers: int
    reml: bool


class Workspace(NamedTuple):
    """Everything a fit writes to: make it once with ``workspace``, read ``found`` after each fit."""

    sums: Sums
    room: Room
    found: Found


def model(
    person: Sequence[int] | Ints,
    visit: Sequence[int] | Ints,
    rows: Floats,
    *,
    visits: int,
    numbers: int,
    reml: bool = True,
) -> Model:
    """A design of q columns: the person's number ``person[a]`` at ``visit[a]``, −1 for all visits.

    ``rows`` (r, q) are the contrasts to estimate; ``numbers`` is P. Raises ImpossibleValue
    where an index lies outside, or there are more than eight visits.
    """
    columns = np.asarray(person, np.int64)
    at = np.asarray(visit, np.int64)
    contrasts = np.ascontiguousarray(rows, np.float64)
    if not 1 <= visits <= 8:
        raise ImpossibleValue(f"{visits} visits: a compiled fit takes 1 to 8; use statistics.fit for more.")
    if columns.ndim != 1 or columns.shape != at.shape or not len(columns):
        raise ImpossibleValue(
            "Person and visit must have one index for each column, and there must be columns."
        )
    if columns.min() < 0 or columns.max() >= numbers or at.min() < -1 or at.max() >= visits:
        raise ImpossibleValue(
            f"A column points outside the {numbers} numbers of a person or the {visits} visits."
        )
    if contrasts.ndim != 2 or contrasts.shape[1] != len(columns):
        raise ImpossibleValue(
            f"Contrasts must have {len(columns)} entries, one for each column; found shape {contrasts.shape}."
        )
    if not np.isfinite(contrasts).all():
        raise ImpossibleValue("A contrast has an entry that is not finite.")
    return Model(columns, np.where(at < 0, visits, at), contrasts, visits, numbers, reml)


def workspace(model: Model) -> Workspace:
    """The room for fits of one model; not to be shared between threads."""
    q, V, P = len(model.person), model.visits, model.numbers
    room = room_for(numbers=P, visits=V, columns=q)
    room.squares[LAST] = np.nan
    return Workspace(
        sums=sums_for(numbers=P, visits=V),
        room=room,
        found=found_for(contrasts=len(model.rows), columns=q, visits=V),
    )


@compiled
def gather(y: Floats, c: Floats, work: Workspace) -> None:
    """The sums of a trial: ``y`` (n, V), NaN where missing, ``c`` (n, P), one pass over the persons."""
    empty(work.sums)
    work.room.vectors[SPREAD, 0] = 0.0
    work.room.vectors[LARGEST, 0] = 0.0
    add_all(y, c, work.sums)


@compiled
def add_person(y: Floats, c: Floats, sign: float, work: Workspace) -> None:
    """Add a person to the sums (``sign`` 1.0) or take it out (−1.0): ``y`` (V,), ``c`` (P,)."""
    add_one(y, c, sign, work.sums)


@compiled
def fit_trial(y: Floats, c: Floats, model: Model, work: Workspace) -> int:
    """Fit a trial, ``y`` (n, V) with NaN where missing and ``c`` (n, P); the answer is in ``work.found``.

    Returns a status: ``CONVERGED`` or the reason why there is no answer or none to report.
    """
    gather(y, c, work)
    while True:
        status = fit_sums(model, work, False)
        if status != CANCELLED:
            break
        shift(y, model.visits, work.sums, work.room)
        add_all(y, c, work.sums)
    return status


@compiled
def shift(y: Floats, visits: int, sums: Sums, room: Room) -> None:
    """Empty the sums; what least squares explained joins the offset, since large products lose the rest."""
    vectors, offset, times = room.vectors, sums.offset, sums.index[STATE, SHIFTED]
    empty(sums)
    sums.index[STATE, SHIFTED] = times + 1
    for v in range(offset.shape[0]):
        for j in range(offset.shape[1]):
            offset[v, j] = room.squares[BY_VISIT, v, j] + (offset[v, j] if times else 0.0)
    for a in range(vectors.shape[1]):
        before = vectors[OFFSET_BETA, a] if times else 0.0
        vectors[OFFSET_BETA, a] = vectors[ORDINARY_BETA, a] + before
    total, squares, n, largest = 0.0, 0.0, 0, 0.0
    for i in range(y.shape[0]):
        for v in range(visits):
            if y[i, v] == y[i, v]:
                n += 1
                total += y[i, v]
                largest = max(largest, np.abs(y[i, v]))
    for i in range(y.shape[0]):
        for v in range(visits):
            if y[i, v] == y[i, v]:
                squares += (y[i, v] - total / n) ** 2
    vectors[SPREAD, 0] = np.sqrt(squares / n)
    vectors[LARGEST, 0] = largest


@compiled
def fit_sums(model: Model, work: Workspace, warm: bool) -> int:
    """Fit the sums at hand; ``warm`` starts from the covariance of the fit before. Returns a status."""
    room, found, sums = work.room, work.found, work.sums
    shifted = sums.index[STATE, SHIFTED]
    clear(found)
    size, persons = collect(model, sums, room)
    found.persons[0] = persons
    found.observations[0] = size.observations
    if size.observations == 0:
        return NO_RESPONSE
    if not finite_sums(size, room.cc, room.cubes[YY]):
        return NOT_FINITE
    columns = independent_columns(size, room, found.dropped)
    if size.observations <= columns:
        return TOO_FEW
    elements = elements_of(size.visits, room.squares[TOGETHER], room.lists)
    size = Size(size.patterns, columns, elements, size.observations, size.visits, size.reml)
    status, scale = ordinary(size, room, shifted)
    if status != CONVERGED:
        return status
    start_search(size, scale, warm, room)
    iterations = short_way(size, room)
    proper = iterations > 0
    if not proper:
        status, iterations = careful_way(size, room)
        proper = factor_observed(elements, room.squares)
        if status == CONVERGED and not proper:
            status = NOT_CONVERGED
    found.iterations[0] = iterations
    report(size, scale, shifted, room, found)
    if status == CONVERGED:
        remember(found.covariance, room.squares[LAST])
    if proper:
        prepare_adjustment(size, room)
    estimate_rows(size, scale, proper, shifted, model.rows, room, found)
    return status


@compiled
def clear(found: Found) -> None:
    """No answer yet."""
    for r in range(len(found.estimate)):
        found.estimate[r] = np.nan
        found.se[r] = np.nan
        found.se_kr[r] = np.nan
        found.df[r] = np.nan
    beta, beta_covariance, covariance, dropped = (
        found.beta,
        found.beta_covariance,
        found.covariance,
        found.dropped,
    )
    for a in range(len(beta)):
        beta[a] = np.nan
        dropped[a] = False
        for b in range(len(beta)):
            beta_covariance[a, b] = np.nan
    for u in range(len(covariance)):
        for v in range(len(covariance)):
            covariance[u, v] = np.nan
    found.neg2ll[0] = np.nan
    found.iterations[0] = 0


@compiled
def remember(covariance: Floats, last: Floats) -> None:
    """Keep the covariance for a warm start."""
    for u in range(len(covariance)):
        for v in range(len(covariance)):
            last[u, v] = covariance[u, v]


@compiled
def collect(model: Model, sums: Sums, room: Room) -> tuple[Size, int]:
    """The sums at hand, pattern last, zero where not seen; the size with all columns, and the persons."""
    V, P, q, person = model.visits, model.numbers, len(model.person), model.person
    index, products, cc, cx, seen, together = (
        sums.index, sums.products, room.cc, room.cx, room.seen, room.squares[TOGETHER],
    )  # fmt: skip
    cy, yy = room.crosses[CY], room.cubes[YY]
    for u in range(V):
        for v in range(V):
            together[u, v] = 0.0
    G, persons, observations = 0, 0, 0
    for slot in range(index[STATE, USED]):
        count = index[COUNT, slot]
        if count > 0:
            persons += count
            seen[V, G] = count
            for v in range(V):
                seen[v, G] = (index[MASK, slot] >> v) & 1
                observations += count * ((index[MASK, slot] >> v) & 1)
            for i in range(P):
                for j in range(i, P):
                    cc[i, j, G] = products[slot, i, j]
                    cc[j, i, G] = products[slot, i, j]
            for v in range(V):
                for j in range(P):
                    cy[v, j, G] = products[slot, j, P + v] if seen[v, G] else 0.0
                for u in range(v + 1):
                    both = seen[u, G] * seen[v, G]
                    yy[u, v, G] = products[slot, P + u, P + v] if both else 0.0
                    yy[v, u, G] = yy[u, v, G]
                    together[u, v] += count * both
            for j in range(P):
                for a in range(q):
                    cx[j, a, G] = cc[j, person[a], G]
            G += 1
    for a in range(q):
        room.lists[PERSON, a] = person[a]
        room.lists[VISIT, a] = model.visit[a]
        room.lists[KEPT, a] = a
    return Size(G, q, 0, observations, V, model.reml), persons


@compiled
def report(size: Size, scale: float, shifted: int, room: Room, found: Found) -> None:
    """Coefficients, covariance and likelihood in the responses' own unit."""
    vectors, kept, phi, square = room.vectors, room.lists[KEPT], room.squares[PHI], scale * scale
    first, second, covariance = room.lists[FIRST], room.lists[SECOND], found.covariance
    beta, beta_covariance = found.beta, found.beta_covariance
    for a in range(size.columns):
        at = kept[a]
        beta[at] = vectors[ORDINARY_BETA, at] + scale * vectors[BETA, a]
        if shifted:
            beta[at] += vectors[OFFSET_BETA, at]
        for b in range(size.columns):
            beta_covariance[at, kept[b]] = square * phi[a, b]
    for k in range(size.elements):
        covariance[first[k], second[k]] = square * vectors[THETA, k]
        covariance[second[k], first[k]] = square * vectors[THETA, k]
    freedom = size.observations - size.columns if size.reml else size.observations
    found.neg2ll[0] = vectors[VALUE, 0] + 2.0 * np.log(scale) * freedom


@compiled
def estimate_rows(
    size: Size, scale: float, proper: bool, shifted: int, rows: Floats, room: Room, found: Found
) -> None:
    """The contrasts; those that the dropped columns made inestimable stay NaN."""
    kept, row, offset, dropped = room.lists[KEPT], room.vectors[ROW], room.vectors[OFFSET_BETA], found.dropped
    for r in range(rows.shape[0]):
        value = 0.0
        for a in range(size.columns):
            row[a] = rows[r, kept[a]]
            value += row[a] * found.beta[kept[a]]
        if size.columns < rows.shape[1]:
            if not estimable(rows[r], size.columns, row, dropped, room.squares[DEPENDENCE]):
                continue
            for a in range(rows.shape[1]):
                if dropped[a] and shifted:
                    value += rows[r, a] * offset[a]
        found.estimate[r] = value
        if proper:
            variance, adjusted, df = adjust_row(size, room)
            if variance > 0.0 and np.isfinite(df):
                found.se[r] = scale * np.sqrt(variance)
                found.se_kr[r] = scale * np.sqrt(adjusted) if adjusted > 0.0 else np.nan
                found.df[r] = df


@compiled
def estimable(whole: Floats, q: int, row: Floats, dropped: Bools, dependence: Floats) -> bool:
    """Whether a contrast follows the same dependence that dropped the columns, as in ``lsmeans``."""
    for d in range(len(whole)):
        if dropped[d]:
            gap, scale = whole[d], 1.0
            for a in range(q):
                gap -= dependence[d, a] * row[a]
                scale += np.abs(dependence[d, a] * row[a])
            if np.abs(gap) > 1e-7 * scale:
                return False
    return True
