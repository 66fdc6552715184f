"""The compiled loop of a batch: allocate, draw and lay out the trials that an analysis is given.

Every trial is a function of the seed and its own number, so that a batch may be carried out
anywhere. Drawing and fitting are compiled apart, and meet in arrays of some trials: what calls
both would be compiled with both, which costs minutes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.simulation.compiled_dice import trial_state, uniform_at
from holdfast.simulation.details import Attended, draw_sessions
from holdfast.simulation.durability import Later, draw_later
from holdfast.simulation.model import Model
from holdfast.simulation.plan import Design, Plan, allocate
from holdfast.simulation.streams import PRIOR
from holdfast.simulation.trial import Drawn, draw_otherwise, expected_score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

OF_AN_ARM = ("assessed", "completed", "guessed-right", "responded", "sessions")
"""By arm: shares of all randomised, of completers (guess) and of those assessed (response); mean sessions."""


class Strata(NamedTuple):
    """The analysis's stratum factor: ``levels``, 1 for none, and whether prior use is part of it.

    ``comparator`` is the index of the reference arm; ``response`` the points that count as response.
    """

    levels: int
    by_prior: bool
    comparator: int
    response: float


class Otherwise(NamedTuple):
    """Which course of the same people: all in ``arm`` (−1: as allocated), at equal belief, all complete."""

    arm: int
    equal_belief: bool
    all_complete: bool


class Trials(NamedTuple):
    """T trials as an analysis is given them.

    ``y`` (T, n, V) are changes from baseline, NaN where missing or set aside; ``c`` (T, n, P) each
    person's 1, an indicator for each arm but the comparator, the baseline, and one for each
    stratum but the first; ``guess`` (T, n) 1 for a completer who guesses the drug, 0 for one who
    does not, NaN for others. ``told`` (T, D) is what ``describe`` tells of each, ``mean`` (T,) the
    mean rating at the last visit that fair raters would give. Where twelve months are asked for,
    ``late`` (T, n) are everybody's scores then and ``reached`` (T, n) 1 for those who were found;
    else they have no persons.
    """

    y: Floats
    c: Floats
    guess: Floats
    told: Floats
    mean: Floats
    late: Floats
    reached: Floats


def room_for_trials(
    count: int, *, persons: int, visits: int, arms: int, numbers: int, late: bool = False
) -> Trials:
    """Arrays for ``count`` trials; ``numbers`` is P, ``late`` asks for twelve months."""
    afterwards = (count, persons if late else 0)
    return Trials(
        y=np.zeros((count, persons, visits)),
        c=np.zeros((count, persons, numbers)),
        guess=np.zeros((count, persons)),
        told=np.zeros((count, arms * (len(OF_AN_ARM) + visits))),
        mean=np.zeros(count),
        late=np.zeros(afterwards),
        reached=np.zeros(afterwards),
    )


@compiled
def lay_out_trials(
    seed: np.uint64,
    first: int,
    count: int,
    model: Model,
    design: Design,
    plan: Plan,
    drawn: Drawn,
    attended: Attended,
    later: Later,
    strata: Strata,
    otherwise: Otherwise,
    trials: Trials,
) -> int:
    """Trials ``first`` to ``first + count − 1`` into ``trials``. Returns how many persons never entered."""
    missing, last = 0, model.visits - 1
    arm, equal, complete = otherwise.arm, otherwise.equal_belief, otherwise.all_complete
    table = model.latent.expected
    for t in range(count):
        trial = first + t
        allocate(design, seed, trial, plan)
        missing += draw_otherwise(model, seed, trial, plan, arm, equal, complete, drawn)
        draw_sessions(model, seed, trial, plan.person, drawn.left, attended)
        lay_out(seed, trial, model, plan, drawn, attended.events, strata, trials.y[t], trials.c[t])
        describe(plan, drawn, attended.held, strata, trials.told[t])
        total = 0.0
        for i in range(drawn.left.size):
            done = drawn.left[i] > last
            trials.guess[t, i] = (1.0 if drawn.guess[i] else 0.0) if done else np.nan
            total += expected_score(table, drawn.latent[i, last])
        trials.mean[t] = total / drawn.left.size
        if trials.late.shape[1] > 0:
            if (
                arm >= 0
            ):  # everybody's time afterwards, too, is that arm's; the next allocation sets levels anew
                plan.level[:] = plan.levels[arm]
            draw_later(model, seed, trial, plan, drawn, later)
            for i in range(drawn.left.size):
                trials.late[t, i] = later.score[i]
                trials.reached[t, i] = 1.0 if later.reached[i] else 0.0
    return missing


@compiled
def lay_out(
    seed: np.uint64,
    trial: int,
    model: Model,
    plan: Plan,
    drawn: Drawn,
    events: Ints,
    strata: Strata,
    y: Floats,
    c: Floats,
) -> None:
    """The changes from baseline that are observed and not set aside, and each person's numbers.

    ``events`` (n, E) are those whose strategy sets later ratings aside.
    """
    n, visits = y.shape
    arms = plan.levels.size
    prior = trial_state(seed, model.streams[PRIOR], np.uint64(trial))
    for i in range(n):
        c[i, :] = 0.0
        c[i, 0] = 1.0
        arm = plan.arm[i]
        if arm != strata.comparator:
            c[i, 1 + arm - (1 if arm > strata.comparator else 0)] = 1.0
        c[i, arms] = drawn.baseline[i]
        if strata.levels > 1:
            stratum = plan.site[i]
            if strata.by_prior:
                used = uniform_at(prior, plan.person[i], model.mixed[0]) < model.traits.prior_share
                stratum = 2 * stratum + (1 if used else 0)
            if stratum > 0:
                c[i, arms + stratum] = 1.0
        for k in range(visits):
            seen = drawn.left[i] > k and not drawn.skipped[i, k]
            for e in range(events.shape[1]):
                if events[i, e] <= k:
                    seen = False
            y[i, k] = drawn.score[i, k] - drawn.baseline[i] if seen else np.nan


@compiled
def describe(plan: Plan, drawn: Drawn, held: Bools, strata: Strata, told: Floats) -> None:
    """By arm: who was assessed, completed, guessed right, responded, had sessions; mean score by visit."""
    arms, (n, visits) = plan.levels.size, drawn.score.shape
    each = len(OF_AN_ARM)
    means = arms * each
    told[:] = np.nan
    for arm in range(arms):
        own, assessed, completed, right, responded, sessions = 0, 0, 0, 0, 0, 0
        for i in range(n):
            if plan.arm[i] != arm:
                continue
            own += 1
            if drawn.left[i] == visits:
                completed += 1
                if drawn.guess[i] == (arm != strata.comparator):
                    right += 1
            if drawn.left[i] > visits - 1 and not drawn.skipped[i, visits - 1]:
                assessed += 1
                if drawn.baseline[i] - drawn.score[i, visits - 1] >= strata.response:
                    responded += 1
            for k in range(visits):
                sessions += 1 if held[i, k] else 0
        at = arm * each
        told[at] = assessed / own
        told[at + 1] = completed / own
        if completed:
            told[at + 2] = right / completed
        if assessed:
            told[at + 3] = responded / assessed
        told[at + 4] = sessions / own
        for k in range(visits):
            total, seen = 0.0, 0
            for i in range(n):
                if plan.arm[i] == arm and drawn.left[i] > k and not drawn.skipped[i, k]:
                    total += drawn.score[i, k]
                    seen += 1
            if seen:
                told[means + arm * visits + k] = total / seen
