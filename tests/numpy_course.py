"""The Course in plain numpy, as it was before it was compiled: the oracle of the compiled one.

Whole arrays over trials and persons, the dice and the normal quantile of ``holdfast.dice``
(scipy's), no scenarios. Nothing of it is shared with the compiled code but the shapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.simulation.assumptions import Assumptions, by_level
from holdfast.simulation.counters import Counters
from holdfast.simulation.course import ENTRY_ATTEMPTS, Course
from holdfast.simulation.vitals import Bounds, withheld

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MISSED, NO_SUPPLEMENT, STOPPED = "missed-session", "no-supplemental-dose", "treatment-stopped"


def draw_course(
    assumptions: Assumptions,
    *,
    seed: int,
    level: Ints,
    trials: Ints | int = 0,
    people: Ints | None = None,
    share: float | None = None,
    bounds: Bounds | None = None,
) -> Course:
    """Draw the course of ``level.size`` persons in each of the trials.

    ``level`` (n,) or (T, n) holds arm levels, given, never drawn. ``trials`` are trial
    indices, ``people`` person indices (0 to n - 1 unless given). ``share`` replaces the
    expectancy share q. With ``bounds`` a supplemental dose is withheld from those whose
    vital signs pass them. Pure: equal arguments give equal arrays.
    """
    q = assumptions.latent.share.number if share is None else share
    if not 0 <= q <= 1:
        raise ValueError(f"the expectancy share lies between 0 and 1, not {q}")
    each = np.atleast_1d(np.asarray(trials, dtype=np.int64))
    level = np.atleast_2d(np.asarray(level, dtype=np.int64))
    indices = np.arange(level.shape[1]) if people is None else np.asarray(people, dtype=np.int64)
    level = np.broadcast_to(level, (each.size, indices.size))
    dice = Counters(seed, each[:, None], indices[None, :])
    theta, baseline = _entry(assumptions, dice, level.shape)
    felt, largest = _felt(assumptions, dice, level)
    belief, score, left = _course(assumptions, dice, level, theta, baseline, largest, q)
    stayed = left == assumptions.visits
    chance = _belief(assumptions, largest[..., -1], baseline - score[..., -1])
    skipped = _skipped(assumptions, dice, left)
    early = (dice.uniform("leaving-early") < assumptions.leaving.before_session.number) & (left > 0)
    hold = [_withheld(assumptions, dice, level, k, bounds) for k in range(assumptions.visits)]
    held, supplement, events = periods(
        assumptions, dice, left=left, early=early, withheld=np.stack(hold, axis=-1)
    )
    disability, change = _disability(assumptions, dice, baseline, score)
    return Course(
        seed=seed,
        trials=each,
        people=indices,
        level=level,
        share=q,
        theta=theta,
        baseline=baseline,
        felt=felt,
        belief=belief,
        score=score,
        left=left,
        early=early,
        skipped=skipped,
        guess=(dice.uniform("guess") < chance) & stayed,
        guess_chance=chance,
        disability=disability,
        disability_change=change,
        held=held,
        supplement=supplement,
        events=events,
    )


def _logistic(x: npt.NDArray[Any]) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-x))
    return chance


def _entry(assumptions: Assumptions, dice: Counters, shape: tuple[int, ...]) -> tuple[Floats, Ints]:
    """Latent severity and baseline score, redrawn by attempt until the person enters."""
    part = assumptions.baseline
    theta, baseline = _candidate(assumptions, dice, 0)
    theta, baseline = np.broadcast_to(theta, shape).copy(), np.broadcast_to(baseline, shape).copy()
    for attempt in range(1, ENTRY_ATTEMPTS):
        out = baseline < part.entry.number
        if not out.any():
            return theta, baseline
        row, column = np.nonzero(out)
        some = Counters(dice.seed, dice.trial[row, 0], dice.person[0, column])
        theta[out], baseline[out] = _candidate(assumptions, some, attempt)
    raise ValueError(f"nobody of these assumptions reaches the entry score in {ENTRY_ATTEMPTS} attempts")


def _candidate(assumptions: Assumptions, dice: Counters, attempt: int) -> tuple[Floats, Ints]:
    part = assumptions.baseline
    theta = part.mean.number + part.sd.number * dice.normal("severity", attempt)
    rated = np.rint(theta + part.error_sd.number * dice.normal("baseline-error", attempt))
    return theta, np.clip(rated, 0, 80).astype(np.int64)


def _felt(assumptions: Assumptions, dice: Counters, level: Ints) -> tuple[Floats, Floats]:
    """What was felt in each session, and the most felt so far: (T, n, V) each."""
    part = assumptions.felt
    mean = by_level(
        part.mean_inactive.number,
        part.mean_full.number,
        part.mean_low.number,
        assumptions.active.felt.number,
    )[level]
    person = dice.normal("felt-person")
    each = [person + dice.normal("felt", k) for k in range(assumptions.visits)]
    spread = part.sd.number / np.sqrt(2)
    felt = np.clip(mean[..., None] + spread * np.stack(each, axis=-1), 0, 10)
    return felt, np.maximum.accumulate(felt, axis=-1)


def _belief(assumptions: Assumptions, largest: Floats, improvement: Floats | Ints) -> Floats:
    part = assumptions.belief
    return _logistic(
        part.intercept.number
        + part.felt.number * (largest - part.felt_centre.number)
        + part.improvement.number * np.asarray(improvement) / 10
    )


def _course(
    assumptions: Assumptions,
    dice: Counters,
    level: Ints,
    theta: Floats,
    baseline: Ints,
    largest: Floats,
    q: float,
) -> tuple[Floats, Ints, Ints]:
    """Belief, score and leaving, visit after visit: improvement so far acts on all three."""
    own = _own_course(assumptions, dice, level)
    before = baseline
    beliefs, scores = [], []
    left = np.full(level.shape, assumptions.visits, dtype=np.int64)
    for k in range(assumptions.visits):
        belief = _belief(assumptions, largest[..., k], baseline - before)
        chance = _logistic(_hazard(assumptions, k, belief, baseline - before))
        leaves = (dice.uniform("leaving", k) < chance) & (left == assumptions.visits)
        left[leaves] = k
        before = _score(assumptions, k, theta + own[..., k], level, belief, q)
        beliefs.append(belief)
        scores.append(before)
    return np.stack(beliefs, axis=-1), np.stack(scores, axis=-1), left


def _own_course(assumptions: Assumptions, dice: Counters, level: Ints) -> Floats:
    """The person's own deviation at each visit, in points: scaled AR(1) plus rating error."""
    part, phi = assumptions.latent, assumptions.course.phi.number
    inactive, full = np.array(part.sd_inactive.numbers), np.array(part.sd_full.numbers)
    between = (inactive + full) / 2
    scale = np.stack([inactive, full, between, between])
    deviations = []
    z = dice.normal("course", 0)
    for k in range(assumptions.visits):
        if k:
            z = phi * z + np.sqrt(1 - phi**2) * dice.normal("course", k)
        deviations.append(scale[level, k] * z + part.error_sd.number * dice.normal("rating-error", k))
    return np.stack(deviations, axis=-1)


def _hazard(assumptions: Assumptions, k: int, belief: Floats, improvement: Ints) -> Floats:
    part = assumptions.leaving
    return (
        part.intercept.numbers[k]
        + part.belief.number * (0.5 - belief)
        + part.improvement.number * improvement / 10
    )


def _score(assumptions: Assumptions, k: int, start: Floats, level: Ints, belief: Floats, q: float) -> Ints:
    part = assumptions.latent
    drug = by_level(0, 1, part.low_fraction.number, assumptions.active.fraction.number)[level]
    contrast = part.contrast.numbers[k]
    standing = (belief - part.belief_inactive.numbers[k]) / part.belief_difference.numbers[k]
    latent = start - part.therapy.numbers[k] - contrast * ((1 - q) * drug + q * standing)
    soft = part.softness.number
    return np.clip(np.rint(soft * np.logaddexp(0, latent / soft)), 0, 80).astype(np.int64)


def _skipped(assumptions: Assumptions, dice: Counters, left: Ints) -> Bools:
    visits = assumptions.visits
    skipped = [
        dice.uniform("rating-missed", k) < assumptions.leaving.visit_missed.number for k in range(visits)
    ]
    return np.stack(skipped, axis=-1) & (left[..., None] > np.arange(visits))


def _disability(
    assumptions: Assumptions, dice: Counters, baseline: Ints, score: Ints
) -> tuple[Floats, Floats]:
    """SDS mean item at baseline (T, n) and its change at each visit (T, n, V), not yet rounded."""
    part = assumptions.disability
    start = part.baseline_mean.number + part.baseline_sd.number * dice.normal("disability")
    noise = np.stack([dice.normal("disability-change", k) for k in range(score.shape[2])], axis=-1)
    change = part.slope.number * (score - baseline[..., None]) + part.sd.number * noise
    return np.clip(start, 0, 10), change


def _withheld(assumptions: Assumptions, dice: Counters, level: Ints, k: int, bounds: Bounds | None) -> Bools:
    if bounds is None:
        return np.zeros(level.shape, dtype=np.bool_)
    trial, person = np.broadcast_arrays(dice.trial, dice.person)
    return withheld(
        assumptions, seed=dice.seed, trial=trial, person=person, level=level, session=k, bounds=bounds
    )


def periods(
    assumptions: Assumptions, dice: Counters, *, left: Ints, early: Bools, withheld: Bools
) -> tuple[Bools, Bools, dict[str, Ints]]:
    """Sessions held, supplemental doses given, (T, n, V) each, and the first visit each event bears on."""
    visits = assumptions.visits
    k = np.arange(visits)
    here = (left[..., None] > k) | ((left[..., None] == k) & ~early[..., None])
    stopped = first_of(_struck(assumptions, dice, STOPPED) & (left[..., None] > k))
    planned = here & (stopped[..., None] >= k)
    missed = planned & _struck(assumptions, dice, MISSED) & (k > 0)
    held = planned & ~missed
    without = held & (_struck(assumptions, dice, NO_SUPPLEMENT) | withheld)
    events = {
        code: first_of(_struck(assumptions, dice, code) & (left[..., None] > k))
        for code in assumptions.events
    }
    events[STOPPED] = stopped
    events[MISSED] = first_of(missed)
    events[NO_SUPPLEMENT] = first_of(without)
    return held, held & ~without, events


def _struck(assumptions: Assumptions, dice: Counters, code: str) -> Bools:
    figure = assumptions.events.get(code)
    rate = 0.0 if figure is None else figure.number
    drawn = [dice.uniform(f"event/{code}", k) < rate for k in range(assumptions.visits)]
    struck: Bools = np.stack(drawn, axis=-1)
    return struck


def first_of(happens: Bools) -> Ints:
    """The first index at which something happens along the last axis; its length for never."""
    found: Ints = np.where(happens.any(axis=-1), happens.argmax(axis=-1), happens.shape[-1])
    return found
