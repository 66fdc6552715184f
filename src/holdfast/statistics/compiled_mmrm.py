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
from holdfast.statistics.arrays import Floats, Ints
from holdfast.statistics.compiled_contrasts import (
    Adjustment,
    Found,
    adjust_row,
    adjustment_for,
    clear,
    found_for,
    prepare_adjustment,
)
from holdfast.statistics.compiled_likelihood import (
    Point,
    Problem,
    Size,
    extend,
    normal_equations,
    point_for,
    problem_for,
    residuals,
)
from holdfast.statistics.compiled_linear import cholesky, independent, solve_factored
from holdfast.statistics.compiled_search import (
    CONVERGED,
    NOT_CONVERGED,
    SINGULAR,
    Search,
    careful_way,
    factor_observed,
    search_for,
    short_way,
)
from holdfast.statistics.compiled_sums import Sums, add_all, add_one, empty, first_response, sums_for

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

#: A column is dropped when its square outside the columns before it is a smaller share of its square.
DEPENDENT = 1e-12
#: Where less than this share of the squares is left at a visit, the sums are made anew from residuals.
COARSE = 1e-5
#: As in ``fit``.
NO_SPREAD = 1e-9


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
    """Everything a fit writes to: make it once with ``workspace``, read ``found`` after each fit.

    ``coefficients`` (3, q): of the offset, of ordinary least squares, and where columns are
    put in order; ``kept`` (q,); ``spread`` (2,): standard deviation and largest size of responses; ``together`` (V, V)
    persons seen at both visits; ``last`` (V, V) the covariance of the last fit that converged.
    """

    sums: Sums
    problem: Problem
    point: Point
    search: Search
    adjust: Adjustment
    found: Found
    coefficients: Floats
    kept: Ints
    spread: Floats
    together: Floats
    last: Floats


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
            f"Contrasts must have {len(columns)} entries each, one for each column; found shape {contrasts.shape}."
        )
    if not np.isfinite(contrasts).all():
        raise ImpossibleValue("A contrast has an entry that is not finite.")
    return Model(columns, np.where(at < 0, visits, at), contrasts, visits, numbers, reml)


def workspace(model: Model) -> Workspace:
    """The room for fits of one model; not to be shared between threads."""
    q, V, P = len(model.person), model.visits, model.numbers
    return Workspace(
        sums=sums_for(numbers=P, visits=V),
        problem=problem_for(numbers=P, visits=V, columns=q),
        point=point_for(numbers=P, visits=V, columns=q),
        search=search_for(visits=V),
        adjust=adjustment_for(columns=q, visits=V),
        found=found_for(contrasts=len(model.rows), columns=q, visits=V),
        coefficients=np.zeros((3, q)),
        kept=np.zeros(q, np.int64),
        spread=np.zeros(2),
        together=np.zeros((V, V)),
        last=np.full((V, V), np.nan),
    )


@compiled
def gather(y: Floats, c: Floats, work: Workspace) -> None:
    """The sums of a trial: ``y`` (n, V), NaN where missing, ``c`` (n, P), one pass over the persons."""
    empty(work.sums)
    work.spread[:] = 0.0
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
    status = fit_sums(model, work, False)
    if status == CANCELLED:
        gather_residuals(y, c, model, work)
        status = fit_sums(model, work, False)
    return status


@compiled
def gather_residuals(y: Floats, c: Floats, model: Model, work: Workspace) -> None:
    """The sums anew, of what ordinary least squares leaves: products of large numbers have lost it."""
    sums = work.sums
    empty(sums)
    sums.shifted[0] = 1
    sums.offset[:, :] = work.point.by_visit
    work.coefficients[0, :] = work.coefficients[1, :]
    total, squares, n, largest = 0.0, 0.0, 0, 0.0
    for value in y.flat:
        if value == value:
            n += 1
            total += value
            largest = max(largest, np.abs(value))
    for value in y.flat:
        if value == value:
            squares += (value - total / n) ** 2
    work.spread[0] = np.sqrt(squares / n)
    work.spread[1] = largest
    add_all(y, c, sums)


@compiled
def fit_sums(model: Model, work: Workspace, warm: bool) -> int:
    """Fit the sums at hand; ``warm`` starts from the covariance of the fit before. Returns a status."""
    problem, point, search, found = work.problem, work.point, work.search, work.found
    clear(found)
    patterns, observations = collect(model, work)
    if observations == 0:
        return NO_RESPONSE
    if not finite_sums(patterns, problem):
        return NOT_FINITE
    status, columns, scale = ordinary(Size(patterns, len(model.person), 0, observations, model.reml), work)
    if status != CONVERGED:
        return status
    size = Size(patterns, columns, elements_of(work), observations, model.reml)
    start_search(size, scale, warm, work)
    iterations = short_way(size, problem, point, search)
    proper = iterations > 0
    if not proper:
        status, iterations = careful_way(size, problem, point, search)
        proper = factor_observed(size.elements, point, search)
        if status == CONVERGED and not proper:
            status = NOT_CONVERGED
    found.iterations[0] = iterations
    report(size, scale, work)
    if status == CONVERGED:
        work.last[:, :] = found.covariance
    if proper:
        prepare_adjustment(size, problem, point, search, work.adjust)
    estimate_rows(size, scale, proper, model, work)
    return status


@compiled
def collect(model: Model, work: Workspace) -> tuple[int, int]:
    """The problem of the sums at hand; the numbers of patterns and of observed responses."""
    sums, problem, together = work.sums, work.problem, work.together
    V, P, q = model.visits, model.numbers, len(model.person)
    products, cc, cx, cy, yy, seen = (
        sums.products,
        problem.cc,
        problem.cx,
        problem.cy,
        problem.yy,
        problem.seen,
    )
    person, columns, at = model.person, problem.person, first_response(sums)
    together[:, :] = 0.0
    G, persons = 0, 0.0
    for slot in range(sums.used[0]):
        count = sums.count[slot]
        if count > 0.5:
            persons += count
            problem.count[G] = count
            for v in range(V):
                seen[v, G] = np.float64((sums.mask[slot] >> v) & 1)
            for i in range(P):
                for j in range(i, P):
                    cc[i, j, G] = cc[j, i, G] = products[slot, i, j]
            for v in range(V):
                for j in range(P):
                    cy[v, j, G] = products[slot, j, at + v] * seen[v, G]
                for u in range(v + 1):
                    both = seen[u, G] * seen[v, G]
                    yy[u, v, G] = yy[v, u, G] = products[slot, at + u, at + v] * both
                    together[u, v] += count * both
            for a in range(q):
                for j in range(P):
                    cx[j, a, G] = cc[j, person[a], G]
            G += 1
    for a in range(q):
        columns[a] = person[a]
        problem.visit[a] = model.visit[a]
    observations = 0.0
    for v in range(V):
        observations += together[v, v]
        for u in range(v):
            together[v, u] = together[u, v]
    work.found.persons[0] = persons
    work.found.observations[0] = observations
    return G, int(observations + 0.5)


@compiled
def finite_sums(patterns: int, problem: Problem) -> bool:
    """Whether every square is finite, hence every number that entered."""
    total = 0.0
    for g in range(patterns):
        for j in range(problem.cc.shape[0]):
            total += problem.cc[j, j, g]
        for v in range(problem.yy.shape[0]):
            total += problem.yy[v, v, g]
    return bool(np.isfinite(total))


@compiled
def ordinary(size: Size, work: Workspace) -> tuple[int, int, float]:
    """Drop dependent columns, fit by ordinary least squares, and leave scaled residuals in the problem.

    Status, the number of kept columns, and the scale.
    """
    problem, point, V, G = work.problem, work.point, work.point.sigma.shape[0], size.patterns
    M, seen = point.inverse, problem.seen
    for g in range(G):
        for a in range(V):
            for b in range(a + 1):
                M[a, b, g] = seen[a, g] if a == b else 0.0
    extend(M, V, G)
    normal_equations(M, size, problem, point.information, point.beta)
    q = independent(point.information, size.columns, DEPENDENT, point.root, work.kept)
    if q < size.columns:
        drop(size, q, work)
    if size.observations <= q:
        return TOO_FEW, q, 0.0
    solve_factored(point.root, q, point.beta)
    work.coefficients[1, :] = 0.0
    for a in range(q):
        work.coefficients[1, work.kept[a]] = point.beta[a]
    size = Size(G, q, 0, size.observations, size.reml)
    residuals(size, problem, point)
    status, scale = scale_of(size, work)
    if status == CONVERGED:
        standardise(G, scale, problem, point)
    return status, q, scale


@compiled
def drop(size: Size, q: int, work: Workspace) -> None:
    """Put the kept columns first, and write each dropped one in them: rows of ``dependence``."""
    problem, point, kept, spare = work.problem, work.point, work.kept, work.coefficients[2]
    dependence = work.adjust.dependence
    found = work.found
    found.dropped[:] = True
    for a in range(q):
        found.dropped[kept[a]] = False
    for d in range(size.columns):
        if found.dropped[d]:
            for a in range(q):
                spare[a] = point.information[max(d, kept[a]), min(d, kept[a])]
            solve_factored(point.root, q, spare)
            dependence[d, :q] = spare[:q]
    for a in range(q):  # kept[a] >= a, so that nothing is overwritten before it is read
        point.beta[a] = point.beta[kept[a]]
        problem.person[a] = problem.person[kept[a]]
        problem.visit[a] = problem.visit[kept[a]]
        problem.cx[:, a, : size.patterns] = problem.cx[:, kept[a], : size.patterns]


@compiled
def scale_of(size: Size, work: Workspace) -> tuple[int, float]:
    """The scale of the residuals, or why there is none."""
    left, given, together = work.point.residual_yy, work.problem.yy, work.together
    seen, shifted = work.problem.seen, work.sums.shifted[0]
    V, whole = left.shape[0], 0.0
    for v in range(V):
        square, before = 0.0, 0.0
        for g in range(size.patterns):
            square += left[v, v, g] * seen[v, g]
            before += given[v, v, g]
        if not shifted and square < COARSE * before:
            return CANCELLED, 0.0
        work.search.correlation[v, v] = square
        whole += max(square, 0.0)
    scale = np.sqrt(whole / (size.observations - size.columns))
    if scale <= max(NO_SPREAD * work.spread[0], 1e-13 * work.spread[1]) or scale == 0.0:
        return NO_VARIATION, scale
    for v in range(V):
        if together[v, v] > 0 and work.search.correlation[v, v] < 1e-18 * scale * scale * together[v, v]:
            return NO_VARIATION_AT_A_VISIT, scale
    return CONVERGED, scale


@compiled
def standardise(patterns: int, scale: float, problem: Problem, point: Point) -> None:
    """Scaled residuals take the responses' place; zero where not seen."""
    cy, yy, seen = problem.cy, problem.yy, problem.seen
    D, R = point.residual_cy, point.residual_yy
    for v in range(cy.shape[0]):
        for j in range(cy.shape[1]):
            for g in range(patterns):
                cy[v, j, g] = D[v, j, g] * seen[v, g] / scale
        for u in range(cy.shape[0]):
            for g in range(patterns):
                yy[u, v, g] = R[u, v, g] * seen[u, g] * seen[v, g] / (scale * scale)


@compiled
def elements_of(work: Workspace) -> int:
    """List the variances and covariances that somebody's responses speak of; how many there are."""
    m = 0
    for a in range(work.together.shape[0]):
        for b in range(a, work.together.shape[0]):
            if work.together[a, b] > 0.5:
                work.problem.first[m] = a
                work.problem.second[m] = b
                m += 1
    return m


@compiled
def start_search(size: Size, scale: float, warm: bool, work: Workspace) -> None:
    """Moments of the residuals as in ``covariance.start_values``, for the short way without the bias of n."""
    problem, search, point = work.problem, work.search, work.point
    first, second, theta = problem.first, problem.second, search.theta
    moments(size, work)
    point.sigma[:, :] = 0.0
    wider = size.observations / (size.observations - size.columns) if size.reml else 1.0
    for k in range(size.elements):
        a, b = first[k], second[k]
        search.start[k] = search.correlation[a, b]
        theta[k] = wider * search.start[k]
        if warm and not np.isnan(work.last[a, b]):
            theta[k] = work.last[a, b] / (scale * scale)


@compiled
def moments(size: Size, work: Workspace) -> None:
    """Pairwise moments with correlations halved until well inside, in ``search.correlation``."""
    yy, together = work.problem.yy, work.together
    C, root = work.search.correlation, work.search.correlation_root
    V = C.shape[0]
    deviation = work.search.step
    for a in range(V):
        for b in range(a + 1):
            total = 0.0
            for g in range(size.patterns):
                total += yy[a, b, g]
            C[a, b] = total / max(together[a, b], 1.0)
        deviation[a] = np.sqrt(C[a, a]) if C[a, a] > 0.0 else 1.0
        for b in range(a):
            C[a, b] = min(max(C[a, b] / (deviation[a] * deviation[b]), -0.95), 0.95)
        C[a, a] = 0.95
    while not cholesky(C, V, root):
        for a in range(V):
            for b in range(a):
                C[a, b] *= 0.5
    for a in range(V):
        for b in range(a):
            C[a, b] *= deviation[a] * deviation[b]
            C[b, a] = C[a, b]
    for a in range(V):
        C[a, a] = deviation[a] * deviation[a]


@compiled
def report(size: Size, scale: float, work: Workspace) -> None:
    """Coefficients, covariance and likelihood in the responses' own unit."""
    found, point, problem, kept = work.found, work.point, work.problem, work.kept
    square = scale * scale
    for a in range(size.columns):
        at = kept[a]
        found.beta[at] = work.coefficients[1, at] + scale * point.beta[a]
        if work.sums.shifted[0]:
            found.beta[at] += work.coefficients[0, at]
        for b in range(size.columns):
            found.beta_covariance[at, kept[b]] = square * point.phi[a, b]
    for k in range(size.elements):
        a, b = problem.first[k], problem.second[k]
        found.covariance[a, b] = found.covariance[b, a] = square * work.search.theta[k]
    freedom = size.observations - size.columns if size.reml else size.observations
    found.neg2ll[0] = work.search.neg2ll[0] + 2.0 * np.log(scale) * freedom


@compiled
def estimate_rows(size: Size, scale: float, proper: bool, model: Model, work: Workspace) -> None:
    """The contrasts; those that the dropped columns made inestimable stay NaN."""
    found, rows, kept, row = work.found, model.rows, work.kept, work.adjust.row
    for r in range(rows.shape[0]):
        value = 0.0
        for a in range(size.columns):
            row[a] = rows[r, kept[a]]
            value += row[a] * found.beta[kept[a]]
        if size.columns < rows.shape[1]:
            if not estimable(r, size.columns, model, work):
                continue
            if work.sums.shifted[0]:
                for a in range(rows.shape[1]):
                    value += rows[r, a] * work.coefficients[0, a] if found.dropped[a] else 0.0
        found.estimate[r] = value
        if proper:
            variance, adjusted, df = adjust_row(size, work.point, work.adjust)
            if variance > 0.0 and np.isfinite(df):
                found.se[r] = scale * np.sqrt(variance)
                found.se_kr[r] = scale * np.sqrt(adjusted) if adjusted > 0.0 else np.nan
                found.df[r] = df


@compiled
def estimable(r: int, q: int, model: Model, work: Workspace) -> bool:
    """Whether a contrast follows the same dependence that dropped the columns, as in ``lsmeans``."""
    for d in range(len(model.person)):
        if work.found.dropped[d]:
            gap, scale = model.rows[r, d], 1.0
            for a in range(q):
                share = work.adjust.dependence[d, a]
                gap -= share * work.adjust.row[a]
                scale += np.abs(share * work.adjust.row[a])
            if np.abs(gap) > 1e-7 * scale:
                return False
    return True
