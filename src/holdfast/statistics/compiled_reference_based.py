"""Reference-based imputation of whole simulated trials: conditional means, analysis, jackknife, compiled.

The model, the strategies and the numbers are those of ``reference_based``; a trial is
given as in ``compiled_mmrm``: outcomes and the persons' numbers, of which the first is 1,
the next say the arm, and the rest are covariates. Make the room once with
``imputation_work``, call ``impute_trial`` or ``jump_to_reference_trial`` for each trial,
read ``work.answer``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.errors import ImpossibleValue
from holdfast.statistics.arrays import Bools, Floats, Ints
from holdfast.statistics.compiled_imputation import (
    COLUMNS,
    COMPLETE_SUMS,
    EXTENT,
    FITTED,
    IN_USE,
    INCOMPLETE,
    IS_COMPLETE,
    JUMP_TO_REFERENCE,
    LATER,
    MEAN,
    MISSING_AT_RANDOM,
    OF_ALL,
    ORDINARY,
    PLACE,
    PULLED,
    RESIDUAL,
    SCALE,
    SIGMA_IN_USE,
    SIGMA_OF_ALL,
    SUMS,
    VALUES,
    ImputationRoom,
    add_products,
    complete_person,
    estimate_all,
    estimate_without,
    imputation_room,
    joint_mean,
    prepare_analysis,
)
from holdfast.statistics.compiled_jackknife import change_person, climb_without, remember
from holdfast.statistics.compiled_likelihood import spread_coefficients
from holdfast.statistics.compiled_mmrm import STATUS_WORDS, Model, Workspace, fit_trial, model, workspace
from holdfast.statistics.compiled_room import BETA, DEPENDENCE, PERSON, SIGMA, THETA, VISIT, Room, Size
from holdfast.statistics.compiled_search import CONVERGED
from holdfast.statistics.compiled_sums import SLOT, STATE, USED

#: An arm cannot be told from the others and the covariates.
ARM_DEPENDS = 20
#: A strategy asks for a mean that nobody tells.
NOT_ESTIMABLE = 21
#: Nobody was seen at both of two visits.
UNKNOWN_COVARIANCE = 22
#: The fit or the analysis failed without one of the persons: there is no standard error.
LEFT_OUT_FAILED = 23

IMPUTATION_WORDS = {
    **STATUS_WORDS,
    ARM_DEPENDS: "an arm has nobody, or the other arms and the covariates tell who is in it",
    NOT_ESTIMABLE: "a strategy asks for a mean that cannot be estimated",
    UNKNOWN_COVARIANCE: "nobody was seen at both of two visits",
    LEFT_OUT_FAILED: "the model could not be fitted without one of the persons",
}


class Answer(NamedTuple):
    """The answer of one trial, NaN where there is none; A arms, V visits.

    ``estimate`` and ``se`` (A − 1, V) of the differences from the reference arm;
    ``without`` (n, A − 1, V) the estimates without each person.
    """

    estimate: Floats
    se: Floats
    without: Floats


class ImputationWork(NamedTuple):
    """Everything a trial writes to: make it with ``imputation_work``; not to be shared between threads."""

    model: Model
    arms: int
    fit: Workspace
    room: ImputationRoom
    answer: Answer
    jump: Ints


def imputation_work(
    *, persons: int, visits: int, arms: int, by_visit: int = 1, common: int = 0
) -> ImputationWork:
    """The room for trials of at most ``persons`` and a model of ``by_visit`` and ``common`` covariates.

    A person's numbers are then 1, an indicator of each arm but the reference, the
    covariates with a coefficient at each visit, those with one. Raises ImpossibleValue
    for fewer than two arms or persons, or not 1 to 8 visits.
    """
    if arms < 2 or persons < 2:
        raise ImpossibleValue(
            f"A trial to impute has two arms and two persons at least; found {arms} and {persons}."
        )
    crossed = arms + by_visit
    numbers = crossed + common
    person = [j for j in range(crossed) for _ in range(visits)] + list(range(crossed, numbers))
    visit = list(range(visits)) * crossed + [-1] * common
    columns = model(person, visit, np.zeros((0, len(person))), visits=visits, numbers=numbers)
    shape = (arms - 1, visits)
    return ImputationWork(
        model=columns,
        arms=arms,
        fit=workspace(columns),
        room=imputation_room(persons=persons, visits=visits, numbers=numbers, columns=len(person)),
        answer=Answer(np.full(shape, np.nan), np.full(shape, np.nan), np.full((persons, *shape), np.nan)),
        jump=np.full(persons, JUMP_TO_REFERENCE, dtype=np.int64),
    )


@compiled
def jump_to_reference_trial(y: Floats, c: Floats, event: Ints, work: ImputationWork) -> int:
    """``impute_trial`` with everybody jumping to reference from the visit ``event`` (n,) on."""
    return impute_trial(y, c, event, work.jump, work)


@compiled
def impute_trial(y: Floats, c: Floats, event: Ints, strategy: Ints, work: ImputationWork) -> int:
    """Impute, analyse, jackknife: ``y`` (n, V), NaN where missing; ``c`` (n, P) the persons' numbers.

    ``event`` (n,) is the first visit that ``strategy`` (n,) bears on, V where there is
    none. Returns ``CONVERGED`` or the reason why something is missing from ``work.answer``.
    """
    # The fit is called from this function alone: every further level would compile it once more.
    n, room, answer, fit, arms = y.shape[0], work.room, work.answer, work.fit, work.arms
    fitted = room.tables[FITTED, :n]
    answer.estimate[:, :] = np.nan
    answer.se[:, :] = np.nan
    missing = lay_out(y, event, strategy, room)
    K = prepare_analysis(y, c, room)
    for a in range(arms):
        if a >= K or room.lists[COLUMNS, a] != a:
            return ARM_DEPENDS
    if missing:
        status = fit_trial(fitted, c, work.model, fit)
        if status == CONVERGED:
            status = use_fit(-1, c, event, strategy, missing, arms, work.model, fit, room)
        if status != CONVERGED:
            return status
        keep_fit(c, work.model, fit, room)
    if not sum_completed(-1, y, c, event, strategy, missing, arms, room):
        return NOT_ESTIMABLE
    estimate_all(arms, K, room, answer.estimate)
    failures, later = 0, 0
    for i in range(n):
        if missing and not use_others(i, c, work.model.reml, fit.room, room):
            room.lists[LATER, later] = i
            later += 1
        elif not estimate_apart(i, y, c, event, strategy, missing, arms, K, room, answer.without[i]):
            failures += 1
    for k in range(later):  # last, because fitting anew forgets the fit to all
        i = room.lists[LATER, k]
        for v in range(y.shape[1]):
            fitted[i, v] = np.nan
        fine = fit_trial(fitted, c, work.model, fit) == CONVERGED
        fine = fine and use_fit(i, c, event, strategy, missing, arms, work.model, fit, room) == CONVERGED
        if not fine or not estimate_apart(
            i, y, c, event, strategy, missing, arms, K, room, answer.without[i]
        ):
            answer.without[i] = np.nan
            failures += 1
        lay_out(y, event, strategy, room)
    if failures:
        return LEFT_OUT_FAILED
    jackknife(n, answer.without, answer.se)
    return CONVERGED


@compiled
def lay_out(y: Floats, event: Ints, strategy: Ints, room: ImputationRoom) -> int:
    """The outcomes to fit, and who is incomplete; how many are."""
    missing = 0
    for i in range(y.shape[0]):
        room.lists[IS_COMPLETE, i] = 1
        for v in range(y.shape[1]):
            apart = v >= event[i] and strategy[i] != MISSING_AT_RANDOM
            room.tables[FITTED, i, v] = np.nan if apart else y[i, v]
            if y[i, v] != y[i, v]:
                room.lists[IS_COMPLETE, i] = 0
        if not room.lists[IS_COMPLETE, i]:
            room.lists[INCOMPLETE, missing] = i
            missing += 1
    return missing


@compiled
def use_fit(
    apart: int,
    c: Floats,
    event: Ints,
    strategy: Ints,
    missing: int,
    arms: int,
    columns: Model,
    fit: Workspace,
    room: ImputationRoom,
) -> int:
    """Impute from the last fit; a status where its covariance or a mean it is asked for is not known."""
    for u in range(columns.visits):
        for v in range(columns.visits):
            if np.isnan(fit.found.covariance[u, v]):
                return UNKNOWN_COVARIANCE
            room.squares[SIGMA_IN_USE, u, v] = fit.found.covariance[u, v]
    dropped, dependence = fit.found.dropped, fit.room.squares[DEPENDENCE]
    if not all_estimable(apart, c, event, strategy, missing, arms, columns, dropped, dependence, room):
        return NOT_ESTIMABLE
    fitted_coefficients(columns.person, columns.visit, fit.found.beta, room.sheets[IN_USE])
    return CONVERGED


@compiled
def keep_fit(c: Floats, columns: Model, fit: Workspace, room: ImputationRoom) -> None:
    """Keep what the fits without each person start from: the fit in use, its size, the persons' places."""
    V, q, extent = columns.visits, 0, room.lists[EXTENT]
    for dropped in fit.found.dropped:
        q += 0 if dropped else 1
    extent[0] = fit.sums.index[STATE, USED]
    extent[1] = q
    extent[2] = fit.found.observations[0]
    size = size_of(extent, V, columns.reml)
    copy_fit(IN_USE, OF_ALL, SIGMA_IN_USE, SIGMA_OF_ALL, room)
    remember(size, fit.room, room)
    follow_persons(c, size, fit.sums.index[SLOT], fit.room, room)


@compiled
def copy_fit(source: int, target: int, covariance: int, target_covariance: int, room: ImputationRoom) -> None:
    """Copy coefficients and covariance from one place to the other."""
    for v in range(room.sheets.shape[1]):
        for j in range(room.sheets.shape[2]):
            room.sheets[target, v, j] = room.sheets[source, v, j]
        for u in range(room.sheets.shape[1]):
            room.squares[target_covariance, v, u] = room.squares[covariance, v, u]


@compiled
def size_of(extent: Ints, V: int, reml: bool) -> Size:
    """The size of the fit to all, every variance and covariance being known."""
    return Size(extent[0], extent[1], V * (V + 1) // 2, extent[2], V, reml)


@compiled
def follow_persons(c: Floats, size: Size, slots: Ints, fit: Room, room: ImputationRoom) -> None:
    """Each person's pattern, −1 without an outcome to fit, and outcomes as the fit saw them.

    It saw what ordinary least squares leaves, in units of a scale.
    """
    V, P = size.visits, c.shape[1]
    scale = np.sqrt(room.squares[SIGMA_OF_ALL, 0, 0] / fit.vectors[THETA, 0])
    room.vectors[SCALE, 0] = scale
    ordinary, of_all = room.sheets[ORDINARY], room.sheets[OF_ALL]
    spread_coefficients(fit.vectors[BETA], size.columns, fit.lists[PERSON], fit.lists[VISIT], V, ordinary)
    for v in range(V):
        for j in range(P):
            ordinary[v, j] = of_all[v, j] - scale * ordinary[v, j]
    for i in range(c.shape[0]):
        mask = 0
        for v in range(V):
            value = room.tables[FITTED, i, v]
            if value == value:
                mask |= 1 << v
                for j in range(P):
                    value -= ordinary[v, j] * c[i, j]
            room.tables[RESIDUAL, i, v] = value / scale
        room.lists[PLACE, i] = slots[mask] if mask else -1


@compiled
def fitted_coefficients(person: Ints, visit: Ints, beta: Floats, out: Floats) -> None:
    """Coefficients of the columns, NaN where dropped, as what each number is multiplied by at each visit."""
    V = out.shape[0]
    for v in range(V):
        for j in range(out.shape[1]):
            out[v, j] = 0.0
    for a in range(len(beta)):
        if beta[a] == beta[a]:
            for v in range(V):
                if visit[a] == v or visit[a] == V:
                    out[v, person[a]] += beta[a]


@compiled
def all_estimable(
    apart: int,
    c: Floats,
    event: Ints,
    strategy: Ints,
    missing: int,
    arms: int,
    columns: Model,
    dropped: Bools,
    dependence: Floats,
    room: ImputationRoom,
) -> bool:
    """Whether the joint means of the incomplete persons but ``apart`` do not move along dropped columns.

    A dropped column less its dependence on the kept ones is 0 in every observed row; a
    mean that is not 0 along it is told by nobody.
    """
    q, mean, along = len(dropped), room.vectors[MEAN], room.vectors[PULLED]
    for d in range(q):
        if not dropped[d]:
            continue
        kept = 0
        for a in range(q):
            along[a] = 1.0 if a == d else 0.0
            if not dropped[a]:
                along[a] = -dependence[d, kept]
                kept += 1
        fitted_coefficients(columns.person, columns.visit, along[:q], room.sheets[IN_USE])
        for k in range(missing):
            i = room.lists[INCOMPLETE, k]
            if i != apart:
                joint_mean(room.sheets[IN_USE], c[i], arms, event[i], strategy[i], mean)
                for v in range(columns.visits):
                    if not np.abs(mean[v]) < 1e-7:
                        return False
    return True


@compiled
def sum_completed(
    apart: int,
    y: Floats,
    c: Floats,
    event: Ints,
    strategy: Ints,
    missing: int,
    arms: int,
    room: ImputationRoom,
) -> bool:
    """The sums of completed outcomes times numbers of all but the person ``apart``."""
    sums = room.sheets[SUMS]
    sums[:, :] = room.sheets[COMPLETE_SUMS]
    if apart >= 0 and room.lists[IS_COMPLETE, apart]:
        add_products(y[apart], c[apart], -1.0, sums)
    for k in range(missing):
        i = room.lists[INCOMPLETE, k]
        if i != apart:
            joint_mean(room.sheets[IN_USE], c[i], arms, event[i], strategy[i], room.vectors[MEAN])
            if not complete_person(y[i], room.squares[SIGMA_IN_USE], room):
                return False
            add_products(room.vectors[VALUES], c[i], 1.0, sums)
    return True


@compiled
def estimate_apart(
    i: int,
    y: Floats,
    c: Floats,
    event: Ints,
    strategy: Ints,
    missing: int,
    arms: int,
    K: int,
    room: ImputationRoom,
    out: Floats,
) -> bool:
    """The estimates (A − 1, V) without person i from the fit in use; NaN and False where there are none."""
    fine = sum_completed(i, y, c, event, strategy, missing, arms, room)
    fine = fine and estimate_without(c[i], arms, K, room, out)
    if not fine:
        out[:, :] = np.nan
    return fine


@compiled
def use_others(i: int, c: Floats, reml: bool, fit: Room, room: ImputationRoom) -> bool:
    """Impute from the fit without person i, climbed to from the fit to all; False where that fails."""
    n, V, g = c.shape[0], room.sheets.shape[1], room.lists[PLACE, i]
    if g < 0:  # the fit never saw this person
        copy_fit(OF_ALL, IN_USE, SIGMA_OF_ALL, SIGMA_IN_USE, room)
        return True
    size, residual = size_of(room.lists[EXTENT], V, reml), room.tables[RESIDUAL, i]
    change_person(-1.0, g, residual, c[i], size, fit)
    found = climb_without((n - 1.0) / n, size, fit, room)
    change_person(1.0, g, residual, c[i], size, fit)
    if not found:
        return False
    scale, coefficients, ordinary = room.vectors[SCALE, 0], room.sheets[IN_USE], room.sheets[ORDINARY]
    spread_coefficients(fit.vectors[BETA], size.columns, fit.lists[PERSON], fit.lists[VISIT], V, coefficients)
    for v in range(V):
        for j in range(c.shape[1]):
            coefficients[v, j] = ordinary[v, j] + scale * coefficients[v, j]
        for u in range(V):
            room.squares[SIGMA_IN_USE, v, u] = scale * scale * fit.squares[SIGMA, v, u]
    return True


@compiled
def jackknife(n: int, without: Floats, se: Floats) -> None:
    """Standard errors (A − 1, V) from the estimates without each person."""
    for a in range(se.shape[0]):
        for v in range(se.shape[1]):
            mean, square = 0.0, 0.0
            for i in range(n):
                mean += without[i, a, v] / n
            for i in range(n):
                square += (without[i, a, v] - mean) ** 2
            se[a, v] = np.sqrt((n - 1) / n * square)
