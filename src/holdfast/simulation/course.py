"""The Course: every latent outcome and decision of all people of one or many trials.

Drawn at once, as arrays of shape (T trials, n persons) or (T, n, V visits), from
counter-based dice: a person's numbers depend on the seed, the trial's index, the
person's index, their arm level and the assumptions, and on nobody else. Any person
of any trial can be recomputed alone. The model is the assumption file's; its words
are in docs/simulation.md, its compiled code in ``simulation.trial``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.errors import ImpossibleValue
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.counters import Counters
from holdfast.simulation.details import Attended, draw_disability, draw_felt, draw_sessions
from holdfast.simulation.model import Model, event_codes, model_of
from holdfast.simulation.periods import NO_SUPPLEMENT, first_of
from holdfast.simulation.plan import Plan, plan_of
from holdfast.simulation.trial import CHANCE, ENTRY_ATTEMPTS, Drawn, draw_trial, room
from holdfast.simulation.vitals import Bounds, withheld

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What happens to everyone, drawn before anything is played or analysed.

    ``seed``, ``trials`` (T,) and ``people`` (n,) are the counters; ``level`` (T, n) the
    arm level (0 inactive, 1 full, 2 low, 3 active comparator). ``baseline`` (T, n) and ``score`` (T, n, V)
    are CAPS-5 totals; scores go on after leaving, unobserved. ``left`` (T, n) is the
    index of the first rating not given because the person left, V for nobody.
    ``skipped`` (T, n, V) are ratings missed by people who stay; ``early`` (T, n) says that
    somebody who leaves goes before that period's dosing session. ``guess`` (T, n) is true
    for "had the drug". ``held`` and ``supplement`` (T, n, V) are the dosing sessions that
    take place and those with a supplemental dose. ``events`` maps intercurrent-event codes
    to (T, n), the index of the first visit the event bears on, V for never.
    """

    seed: int
    trials: Ints
    people: Ints
    level: Ints
    share: float
    theta: Floats
    baseline: Ints
    felt: Floats
    belief: Floats
    score: Ints
    left: Ints
    early: Bools
    skipped: Bools
    guess: Bools
    guess_chance: Floats
    disability: Floats
    disability_change: Floats
    held: Bools
    supplement: Bools
    events: Mapping[str, Ints]

    @property
    def visits(self) -> int:
        """How many post-baseline ratings there are."""
        return int(self.score.shape[2])

    @property
    def assessed(self) -> Bools:
        """(T, n, V): whether the rating took place."""
        given: Bools = (self.left[..., None] > np.arange(self.visits)) & ~self.skipped
        return given

    @property
    def completed(self) -> Bools:
        """(T, n): whether the person stayed to the last rating."""
        stayed: Bools = self.left == self.visits
        return stayed


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
    vital signs pass them. Everybody is of one site and one therapist pair: designs with
    several are drawn by ``trial.draw_trial``. Pure: equal arguments give equal arrays.

    Raises:
        ImpossibleValue: where the share lies outside 0 to 1, or nobody reaches the entry score.
    """
    model = model_of(assumptions, share=share)
    each = np.atleast_1d(np.asarray(trials, dtype=np.int64))
    level = np.atleast_2d(np.asarray(level, dtype=np.int64))
    indices = np.arange(level.shape[1]) if people is None else np.asarray(people, dtype=np.int64)
    level = np.broadcast_to(level, (each.size, indices.size))
    codes = event_codes(assumptions)
    many = _many(each.size, indices.size, model.visits, len(codes))
    plan = plan_of(level[0], people=indices)
    drawn = room(indices.size, visits=model.visits)
    if _draw_each(model, np.uint64(seed % 2**64), each.copy(), level.copy(), plan, drawn, many):
        raise ImpossibleValue(
            f"Nobody of these assumptions reaches the entry score of {model.entry.bar:g} in {ENTRY_ATTEMPTS} "
            "attempts; lower baseline.entry or raise baseline.mean.",
            field="baseline.entry",
        )
    events = {code: np.ascontiguousarray(many.events[..., e]) for e, code in enumerate(codes)}
    supplement = many.supplement
    if bounds is not None:
        supplement &= ~_withheld(assumptions, seed, each, indices, level, bounds)
        events[NO_SUPPLEMENT] = first_of(many.held & ~supplement)
    return Course(
        seed=seed,
        trials=each,
        people=indices,
        level=level,
        share=model.latent.share,
        theta=many.theta,
        baseline=many.baseline,
        felt=many.felt,
        belief=many.belief,
        score=many.score,
        left=many.left,
        early=many.early,
        skipped=many.skipped,
        guess=many.guess,
        guess_chance=many.chance,
        disability=many.disability,
        disability_change=many.disability_change,
        held=many.held,
        supplement=supplement,
        events=events,
    )


class _Many(NamedTuple):
    """The arrays of a Course: (T, n), (T, n, V) and, of events, (T, n, E)."""

    theta: Floats
    baseline: Ints
    felt: Floats
    belief: Floats
    score: Ints
    left: Ints
    early: Bools
    skipped: Bools
    guess: Bools
    chance: Floats
    disability: Floats
    disability_change: Floats
    held: Bools
    supplement: Bools
    events: Ints


def _many(trials: int, n: int, visits: int, events: int) -> _Many:
    each, by_visit = (trials, n), (trials, n, visits)
    return _Many(
        theta=np.empty(each),
        baseline=np.empty(each, dtype=np.int64),
        felt=np.empty(by_visit),
        belief=np.empty(by_visit),
        score=np.empty(by_visit, dtype=np.int64),
        left=np.empty(each, dtype=np.int64),
        early=np.empty(each, dtype=np.bool_),
        skipped=np.empty(by_visit, dtype=np.bool_),
        guess=np.empty(each, dtype=np.bool_),
        chance=np.empty(each),
        disability=np.empty(each),
        disability_change=np.empty(by_visit),
        held=np.empty(by_visit, dtype=np.bool_),
        supplement=np.empty(by_visit, dtype=np.bool_),
        events=np.empty((trials, n, events), dtype=np.int64),
    )


@compiled
def _draw_each(
    model: Model, seed: np.uint64, trials: Ints, level: Ints, plan: Plan, drawn: Drawn, many: _Many
) -> int:
    """Every trial into its rows of ``many``; how many persons reached no entry score."""
    missing, person = 0, plan.person
    for row in range(trials.size):
        trial = trials[row]
        here = Plan(level[row], level[row], plan.site, plan.pair, person, plan.levels, plan.comparator)
        each = Drawn(
            many.theta[row],
            many.baseline[row],
            many.belief[row],
            drawn.latent,
            many.score[row],
            many.left[row],
            many.skipped[row],
            many.guess[row],
            drawn.normals,
            drawn.uniforms,
            drawn.state,
        )
        missing += draw_trial(model, seed, trial, here, each)
        for i in range(person.size):
            many.chance[row, i] = drawn.state[CHANCE, i]
        attended = Attended(many.early[row], many.held[row], many.supplement[row], many.events[row])
        draw_sessions(model, seed, trial, person, each.left, attended)
        draw_felt(model, seed, trial, person, level[row], many.felt[row])
        draw_disability(
            model,
            seed,
            trial,
            person,
            each.baseline,
            each.score,
            many.disability[row],
            many.disability_change[row],
        )
    return missing


def _withheld(
    assumptions: Assumptions, seed: int, trials: Ints, people: Ints, level: Ints, bounds: Bounds
) -> Bools:
    """(T, n, V): whose vital signs forbid the supplemental dose of a session."""
    trial, person = np.broadcast_arrays(trials[:, None], people[None, :])
    each = [
        withheld(assumptions, seed=seed, trial=trial, person=person, level=level, session=k, bounds=bounds)
        for k in range(assumptions.visits)
    ]
    return np.stack(each, axis=-1)


def candidate(assumptions: Assumptions, *, seed: int, trial: int, person: int, attempt: int) -> int:
    """The baseline score of one attempt of one person: below the entry bar, it is a screen failure's."""
    part, taper = assumptions.baseline, assumptions.scenarios.taper
    dice = Counters(seed, np.array([trial]), np.array([person]))
    theta = part.mean.number + part.sd.number * dice.normal("severity", attempt)
    extra = taper.rebound.number * (dice.uniform("taper") < taper.share.number)
    rated = np.rint(theta + extra + part.error_sd.number * dice.normal("baseline-error", attempt))
    return int(np.clip(rated, 0, 80)[0])
