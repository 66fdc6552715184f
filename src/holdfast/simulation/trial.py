"""One trial in compiled code: raw numbers, everyone's course, and the same people otherwise.

``draw_trial`` fills the arrays of a ``Drawn`` that ``room`` made; nothing is allocated, so that
a planner may call it thousands of times a second from its own compiled loop. What has no
effect is not drawn; sessions, events and SDS are drawn by ``simulation.details`` where they are
wanted. Numbers are those of ``holdfast.dice``: a person's do not depend on what else is drawn.
The formulas stand in docs/simulation.md.

Compiled functions are handed arrays and small tuples, not the whole ``Model``: every array
of a tuple costs a count of references at each call.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.simulation import streams
from holdfast.simulation.compiled_dice import mix, normal_at, quantile, trial_state, unit
from holdfast.simulation.model import (
    HIGHEST,
    Belief,
    Clusters,
    Entry,
    Felt,
    Latent,
    Leaving,
    Model,
    Raters,
    Sessions,
)
from holdfast.simulation.plan import Plan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]

ENTRY_ATTEMPTS = 400
"""Redraws of a baseline before giving up; under the shipped file one in 20 needs a second."""
AS_ALLOCATED = -1

# Rows of the raw numbers: once a person first, then once a visit.
_THETA, _ERROR0, _FELT0, _FELT_K = 0, 1, 2, 3
_GUESS, _EARLY, _PRIOR, _LIGHT, _TAPER, _BY_VISIT = 0, 1, 2, 3, 4, 5
_LEAVE, _SKIP, _MISS, _STOP, _WHO, _KNOWS = 0, 1, 2, 3, 4, 5
# Rows of the state of a course underway.
STATE_ROWS = 14
(
    LEVEL, TAPERED, SHARED, SLOPE, DRUG, GAIN, KEPT, LARGEST, Z, BEFORE, STANDING, RATED, STOPPED, CHANCE,
) = range(STATE_ROWS)  # fmt: skip


class Drawn(NamedTuple):
    """One trial: arrays by person (n,) and by visit (n, V).

    ``theta`` is latent severity, ``baseline`` the score at entry. ``latent`` is the person's own
    latent score, without rating error and without raters; ``score`` the rating of it. ``left`` is
    the index of the first rating not given because the person left, V for nobody; ``skipped``
    are ratings missed by people who stay; ``guess`` whether a completer guesses "had the drug".
    ``normals`` and ``uniforms`` are the raw numbers by row, ``state`` (STATE_ROWS, n) where
    everybody stands while a course is drawn; they are kept for what is drawn from them later.
    """

    theta: Floats
    baseline: Ints
    belief: Floats
    latent: Floats
    score: Ints
    left: Ints
    skipped: Bools
    guess: Bools
    normals: Floats
    uniforms: Floats
    state: Floats


def room(n: int, *, visits: int) -> Drawn:
    """Arrays for one trial of ``n`` persons."""
    many = (n, visits)
    return Drawn(
        theta=np.zeros(n),
        baseline=np.zeros(n, dtype=np.int64),
        belief=np.zeros(many),
        latent=np.zeros(many),
        score=np.zeros(many, dtype=np.int64),
        left=np.zeros(n, dtype=np.int64),
        skipped=np.zeros(many, dtype=np.bool_),
        guess=np.zeros(n, dtype=np.bool_),
        normals=np.zeros((_FELT_K + 3 * visits, n)),
        uniforms=np.ones((_BY_VISIT + 6 * visits, n)),
        state=np.zeros((STATE_ROWS, n)),
    )


@compiled
def draw_trial(model: Model, seed: np.uint64, trial: int, plan: Plan, drawn: Drawn) -> int:
    """Draw everyone's course as allocated; how many reached no entry score (0, or the draw is void)."""
    missing = roll(model, np.uint64(seed), np.uint64(trial), plan.person, drawn)
    _course(model, np.uint64(seed), np.uint64(trial), plan, np.int64(AS_ALLOCATED), np.int64(0), drawn)
    return missing


@compiled
def draw_otherwise(
    model: Model,
    seed: np.uint64,
    trial: int,
    plan: Plan,
    arm: int,
    equal_belief: bool,
    all_complete: bool,
    drawn: Drawn,
) -> int:
    """Draw the same people with the same dice, but all in ``arm`` (or ``AS_ALLOCATED``).

    ``equal_belief``: each has the belief, and a rater has that belief of each, which the same
    person would have in the comparator arm. ``all_complete``: nobody leaves, stops, or misses a
    session or a rating.
    """
    word, number = np.uint64(seed), np.uint64(trial)
    missing = roll(model, word, number, plan.person, drawn)
    complete = np.int64(_COMPLETE if all_complete else 0)
    for turn in range(2):
        # The first turn, in the comparator arm, is for its beliefs alone.
        if turn == 1 or equal_belief:
            where = np.int64(arm if turn == 1 else plan.comparator)
            given = np.int64(_BELIEF_GIVEN if turn == 1 and equal_belief else 0)
            _course(model, word, number, plan, where, complete + given, drawn)
    return missing


_BELIEF_GIVEN, _COMPLETE = 1, 2


@compiled
def own_scores(
    model: Model,
    seed: np.uint64,
    trial: int,
    plan: Plan,
    arm: int,
    equal_belief: bool,
    all_complete: bool,
    drawn: Drawn,
    expected: Floats,
) -> int:
    """The truth on the person's own scale: ``expected`` (n, V), the mean rating by a fair rater.

    That is the expectation over rating error and rounding of the score that the person's latent
    score would be given by a rater without effect of their own and blind to the arm. It is what
    a trial's mean estimates where raters are fair; the bent latent score itself would differ
    from it near zero. Arguments as ``draw_otherwise``.
    """
    missing = draw_otherwise(model, seed, trial, plan, arm, equal_belief, all_complete, drawn)
    table, latent = model.latent.expected, drawn.latent
    for i in range(expected.shape[0]):
        for k in range(expected.shape[1]):
            expected[i, k] = expected_score(table, latent[i, k])
    return missing


@compiled
def roll(model: Model, seed: np.uint64, trial: np.uint64, person: Words, drawn: Drawn) -> int:
    """Fill the raw numbers that have an effect, and everyone's entry; how many never enter."""
    word_of, mixed, visits = model.streams, model.mixed, model.visits
    normals, uniforms = drawn.normals, drawn.uniforms
    traits, sessions, raters, once = model.traits, model.sessions, model.raters, np.int64(1)
    for row, stream, rows in (
        (_THETA, streams.SEVERITY, once),
        (_ERROR0, streams.BASELINE_ERROR, once),
        (_FELT0, streams.FELT_PERSON, once),
        (_FELT_K, streams.FELT, visits),
        (_FELT_K + visits, streams.COURSE, visits),
        (_FELT_K + 2 * visits, streams.RATING_ERROR, visits),
    ):
        state = trial_state(seed, word_of[stream], trial)
        for k in range(rows):
            _normals(state, person, mixed[k], normals[row + k])
    counted = sessions.kept < 1.0
    for row, stream, rows, wanted in (
        (_GUESS, streams.GUESS, once, True),
        (_EARLY, streams.EARLY, once, counted),
        (_PRIOR, streams.PRIOR, once, traits.recognition != 1.0 or traits.response != 0.0),
        (_LIGHT, streams.LIGHT, once, traits.light_share > 0.0),
        (_TAPER, streams.TAPER, once, model.entry.taper_share > 0.0),
        (_BY_VISIT + _LEAVE * visits, streams.LEAVING, visits, True),
        (_BY_VISIT + _SKIP * visits, streams.RATING_MISSED, visits, model.leaving.rating_missed > 0.0),
        (_BY_VISIT + _MISS * visits, streams.SESSION_MISSED, visits, counted and sessions.missed > 0.0),
        (_BY_VISIT + _STOP * visits, streams.TREATMENT_STOPPED, visits, counted and sessions.stopped > 0.0),
        (_BY_VISIT + _WHO * visits, streams.RATER, visits, raters.sd > 0.0),
        (
            _BY_VISIT + _KNOWS * visits,
            streams.UNBLINDED,
            visits,
            raters.unblinded > 0.0 and raters.bias != 0.0,
        ),
    ):
        if wanted:
            state = trial_state(seed, word_of[stream], trial)
            for k in range(rows):
                _uniforms(state, person, mixed[k], uniforms[row + k])
    return _enter(
        model.entry,
        trial_state(seed, word_of[streams.SEVERITY], trial),
        trial_state(seed, word_of[streams.BASELINE_ERROR], trial),
        person,
        normals,
        uniforms,
        drawn.state,
        drawn.theta,
        drawn.baseline,
    )


@compiled
def _normals(state: np.uint64, person: Words, k: np.uint64, row: Floats) -> None:
    for i in range(person.size):
        row[i] = quantile(unit(mix(mix(state ^ person[i]) ^ k)))


@compiled
def _uniforms(state: np.uint64, person: Words, k: np.uint64, row: Floats) -> None:
    for i in range(person.size):
        row[i] = unit(mix(mix(state ^ person[i]) ^ k))


@compiled
def _enter(
    entry: Entry,
    severity: np.uint64,
    error: np.uint64,
    person: Words,
    normals: Floats,
    uniforms: Floats,
    state: Floats,
    thetas: Floats,
    baseline: Ints,
) -> int:
    """Latent severity and baseline score, redrawn by attempt until the person enters."""
    missing = 0
    for i in range(person.size):
        tapered = uniforms[_TAPER, i] < entry.taper_share
        state[TAPERED, i] = 1.0 if tapered else 0.0
        extra = entry.rebound if tapered else 0.0
        theta = entry.mean + entry.sd * normals[_THETA, i]
        rated = np.rint(theta + extra + entry.error_sd * normals[_ERROR0, i])
        attempt = 1
        while rated < entry.bar and attempt < ENTRY_ATTEMPTS:
            k = mix(np.uint64(attempt))
            theta = entry.mean + entry.sd * normal_at(severity, person[i], k)
            rated = np.rint(theta + extra + entry.error_sd * normal_at(error, person[i], k))
            attempt += 1
        missing += rated < entry.bar
        thetas[i] = theta
        baseline[i] = int(min(max(rated, 0.0), float(HIGHEST)))
    return missing


@compiled
def _course(
    model: Model,
    seed: np.uint64,
    trial: np.uint64,
    plan: Plan,
    arm: np.int64,
    otherwise: np.int64,
    drawn: Drawn,
) -> None:
    """The order of events: per visit what is felt, believed, who leaves, sessions, score, rating."""
    normals, uniforms, state, word_of = drawn.normals, drawn.uniforms, drawn.state, model.streams
    baseline, left, belief, latent, score = (
        drawn.baseline,
        drawn.left,
        drawn.belief,
        drawn.latent,
        drawn.score,
    )
    visits, mixed, complete = model.visits, model.mixed, otherwise >= _COMPLETE
    scale = 1.0
    if model.latent.contrast_spread > 0.0:
        shift = normal_at(trial_state(seed, word_of[streams.CONTRAST], trial), mixed[0], mixed[0])
        scale += model.latent.contrast_spread * shift
    _begin(model, plan.level, plan.levels, arm, scale, drawn)
    if model.clusters.site_sd + model.clusters.pair_sd + model.clusters.pair_arm_sd > 0.0:
        site, pair = (
            trial_state(seed, word_of[streams.SITE], trial),
            trial_state(seed, word_of[streams.PAIR], trial),
        )
        pair_arm = trial_state(seed, word_of[streams.PAIR_ARM], trial)
        _share(model.clusters, site, pair, pair_arm, plan.site, plan.pair, plan.arm, arm, state)
    rater = trial_state(seed, word_of[streams.RATER_EFFECT], trial)
    for k in range(visits):
        _feel(model.felt, k, normals, state)
        if otherwise % 2 != _BELIEF_GIVEN:
            _believe(model.belief, baseline, state)
            for i in range(baseline.size):
                belief[i, k] = state[CHANCE, i]
        if not complete:
            _leave(model.leaving, k, visits, belief, baseline, uniforms, state, left)
            if model.sessions.kept < 1.0:
                before_session = model.leaving.before_session
                _attend(model.sessions, before_session, k, visits, left, uniforms, state)
        _stand(model.latent, k, visits, drawn.theta, belief, normals, state, latent)
        _rate(model.latent.thresholds, model.raters, rater, k, visits, uniforms, state, score)
    _believe(model.belief, baseline, state)
    rate = 0.0 if complete else model.leaving.rating_missed
    _finish(visits, rate, uniforms, state, left, drawn.skipped, drawn.guess)


@compiled
def _begin(model: Model, levels: Ints, arms: Ints, arm: np.int64, scale: float, drawn: Drawn) -> None:
    """Everybody at the start of a course: their arm level, traits, and the contrast ahead of them."""
    state, traits, slope = drawn.state, model.traits, model.belief.felt
    uniforms, drug, baseline, left = drawn.uniforms, model.latent.drug, drawn.baseline, drawn.left
    for i in range(baseline.size):
        level = levels[i] if arm == AS_ALLOCATED else arms[arm]
        prior = uniforms[_PRIOR, i] < traits.prior_share
        light = uniforms[_LIGHT, i] < traits.light_share
        state[LEVEL, i] = level
        state[SHARED, i] = 0.0
        state[SLOPE, i] = slope * (traits.recognition if prior else 1.0)
        state[DRUG, i] = drug[level] * (1.0 + traits.response if prior else 1.0)
        state[GAIN, i] = traits.light_gain if light else 1.0
        state[KEPT, i] = scale * (traits.light_kept if light else 1.0)
        state[LARGEST, i] = 0.0
        state[Z, i] = 0.0
        state[BEFORE, i] = baseline[i]
        state[STOPPED, i] = model.visits
        left[i] = model.visits


@compiled
def _share(
    part: Clusters,
    by_site: np.uint64,
    by_pair: np.uint64,
    by_pair_arm: np.uint64,
    site: Ints,
    pair: Ints,
    arms: Ints,
    arm: np.int64,
    state: Floats,
) -> None:
    """What people share with others of their site, of their pair, of their pair and arm: points."""
    zero = mix(np.uint64(0))
    for i in range(site.size):
        own = np.uint64(arms[i] if arm == AS_ALLOCATED else arm)
        of_pair = mix(np.uint64(pair[i]))
        state[SHARED, i] = (
            part.site_sd * normal_at(by_site, mix(np.uint64(site[i])), zero)
            + part.pair_sd * normal_at(by_pair, of_pair, zero)
            + part.pair_arm_sd * normal_at(by_pair_arm, of_pair, mix(own))
        )


@compiled
def _feel(part: Felt, k: int, normals: Floats, state: Floats) -> None:
    """The most felt so far, session k included."""
    for i in range(normals.shape[1]):
        felt = part.mean[int(state[LEVEL, i])] + part.spread * (normals[_FELT0, i] + normals[_FELT_K + k, i])
        state[LARGEST, i] = max(state[LARGEST, i], min(max(felt, 0.0), 10.0))


@compiled
def _believe(part: Belief, baseline: Ints, state: Floats) -> None:
    """The belief to have had the drug, from what was felt and from improvement so far."""
    for i in range(baseline.size):
        x = (
            part.intercept
            + state[SLOPE, i] * (state[LARGEST, i] - part.centre)
            + part.improvement * (baseline[i] - state[BEFORE, i])
        )
        state[CHANCE, i] = 1.0 / (1.0 + math.exp(-x))


@compiled
def _leave(
    part: Leaving,
    k: int,
    visits: int,
    belief: Floats,
    baseline: Ints,
    uniforms: Floats,
    state: Floats,
    left: Ints,
) -> None:
    """Who leaves before rating k: the logistic of a sum of log odds."""
    for i in range(left.size):
        if left[i] < visits:
            continue
        u = uniforms[_BY_VISIT + _LEAVE * visits + k, i]
        x = (
            part.intercept[k]
            + part.belief * (0.5 - belief[i, k])
            + part.improvement * (baseline[i] - state[BEFORE, i])
            + part.level[int(state[LEVEL, i])]
        )
        # exp(-x) >= 1 - x + x^2/2 for x <= 0 bounds the chance: most people need no exponential.
        if x <= 0.0 and u * (2.0 - x + 0.5 * x * x) >= 1.0:
            continue
        if u < 1.0 / (1.0 + math.exp(-x)):
            left[i] = k


@compiled
def _attend(
    part: Sessions, before_session: float, k: int, visits: int, left: Ints, uniforms: Floats, state: Floats
) -> None:
    """Each session k not had (left, stopped or missed) takes its part of the contrast still left."""
    for i in range(left.size):
        struck = uniforms[_BY_VISIT + _STOP * visits + k, i] < part.stopped
        if state[STOPPED, i] == visits and left[i] > k and struck:
            state[STOPPED, i] = k
        gone = left[i] < k or (left[i] == k and k > 0 and uniforms[_EARLY, i] < before_session)
        missed = k > 0 and uniforms[_BY_VISIT + _MISS * visits + k, i] < part.missed
        if gone or state[STOPPED, i] < k or missed:
            state[KEPT, i] *= part.kept


@compiled
def _stand(
    part: Latent,
    k: int,
    visits: int,
    theta: Floats,
    belief: Floats,
    normals: Floats,
    state: Floats,
    latent: Floats,
) -> None:
    """The person's own latent score at visit k, and the same with rating error."""
    keep, fresh = (part.phi, math.sqrt(1.0 - part.phi**2)) if k > 0 else (0.0, 1.0)
    apart = math.sqrt(1.0 - part.correlation**2)
    therapy, contrast = part.therapy[k], part.contrast[k]
    inactive, difference, rebound = part.belief_inactive[k], part.belief_difference[k], part.rebound_left[k]
    for i in range(theta.size):
        z = keep * state[Z, i] + fresh * normals[_FELT_K + visits + k, i]
        state[Z, i] = z
        course = apart * z - part.correlation * normals[_FELT0, i]
        standing = (belief[i, k] - inactive) / difference
        state[STANDING, i] = standing
        through = (1.0 - part.share) * state[DRUG, i] + part.share * standing
        own = (
            theta[i]
            + part.own_sd[int(state[LEVEL, i]), k] * course
            - state[GAIN, i] * therapy
            - state[KEPT, i] * contrast * through
            + state[SHARED, i]
            + state[TAPERED, i] * rebound
        )
        latent[i, k] = own
        state[RATED, i] = own + part.error_sd * normals[_FELT_K + 2 * visits + k, i]


@compiled
def _rate(
    thresholds: Floats,
    part: Raters,
    rater: np.uint64,
    k: int,
    visits: int,
    uniforms: Floats,
    state: Floats,
    score: Ints,
) -> None:
    """The score of visit k by the rater met. Belief and leaving go on by what a fair rater would say."""
    for i in range(score.shape[0]):
        fair = rounded_score(thresholds, state[RATED, i])
        state[BEFORE, i] = fair
        score[i, k] = fair
    if part.sd == 0.0 and part.unblinded * part.bias == 0.0:
        return
    zero = mix(np.uint64(0))
    for i in range(score.shape[0]):
        who = np.uint64(uniforms[_BY_VISIT + _WHO * visits + k, i] * part.pool)
        moved = part.sd * normal_at(rater, mix(who), zero)
        if uniforms[_BY_VISIT + _KNOWS * visits + k, i] < part.unblinded:
            moved -= part.bias * state[STANDING, i]
        score[i, k] = rounded_score(thresholds, state[RATED, i] + moved)


@compiled
def _finish(
    visits: int, rate: float, uniforms: Floats, state: Floats, left: Ints, skipped: Bools, guess: Bools
) -> None:
    """Ratings missed by those who stay, and the guess of completers."""
    for i in range(left.size):
        guess[i] = left[i] == visits and uniforms[_GUESS, i] < state[CHANCE, i]
        for k in range(visits):
            skipped[i, k] = left[i] > k and uniforms[_BY_VISIT + _SKIP * visits + k, i] < rate


@compiled
def rounded_score(thresholds: Floats, latent: float) -> int:
    """clip(round(softness log(1 + exp(latent / softness))), 0, 80): counted up by its thresholds."""
    # The bend lies above the straight line, so that the rounded latent score is never too high a start.
    score = int(min(max(latent, 0.0), HIGHEST - 0.5) + 0.5)
    while score < HIGHEST and latent >= thresholds[score]:
        score += 1
    return score


@compiled
def expected_score(table: Floats, latent: float) -> float:
    """The mean of ``rounded_score`` over the rating error, by cubic interpolation in ``Latent.expected``."""
    step = (table[-1, 0] - table[0, 0]) / (table.shape[0] - 1)
    at = (min(max(latent, table[0, 0]), table[-1, 0]) - table[0, 0]) / step
    row = min(int(at), table.shape[0] - 2)
    t = at - row
    low, high = table[row, 1], table[row + 1, 1]
    rise, fall = step * table[row, 2], step * table[row + 1, 2]
    mean: float = low + t * (
        rise + t * (3.0 * (high - low) - 2.0 * rise - fall + t * (2.0 * (low - high) + rise + fall))
    )
    return mean
