"""From the last rating to twelve months: relapse, follow-up lost, the drug openly; compiled.

Nothing usable is published of this time: every value is assumed and off in the shipped
files. What a person has at the last rating is the score a fair rater gave.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.compiling import compiled
from holdfast.simulation import streams
from holdfast.simulation.compiled_dice import normal_at, trial_state, uniform_at
from holdfast.simulation.model import HIGHEST, Model
from holdfast.simulation.plan import Plan
from holdfast.simulation.trial import BEFORE, Drawn

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

REMISSION = 11
"""The score at and below which somebody is in remission."""
FULL = 1
"""The arm level of the full dose."""


class Later(NamedTuple):
    """Twelve months on, by person (n,).

    ``relapse`` is the month after the last rating in which somebody relapsed, counted from 1;
    0 for nobody. ``score`` goes on for everyone; ``reached`` are completers who were found.
    ``crossed`` had the drug openly.
    """

    relapse: Ints
    score: Ints
    reached: Bools
    crossed: Bools


def room_for_later(n: int) -> Later:
    """Arrays for ``n`` persons."""
    return Later(
        relapse=np.zeros(n, dtype=np.int64),
        score=np.zeros(n, dtype=np.int64),
        reached=np.zeros(n, dtype=np.bool_),
        crossed=np.zeros(n, dtype=np.bool_),
    )


@compiled
def draw_later(model: Model, seed: np.uint64, trial: int, plan: Plan, drawn: Drawn, later: Later) -> None:
    """Draw the time after the last rating for the trial that ``drawn`` holds."""
    word, number, mixed = np.uint64(seed), np.uint64(trial), model.mixed
    part, last = model.afterwards, model.visits - 1
    relapsing = trial_state(word, model.streams[streams.RELAPSE], number)
    following = trial_state(word, model.streams[streams.FOLLOW_UP], number)
    losing = trial_state(word, model.streams[streams.FOLLOW_UP_LOST], number)
    crossing = trial_state(word, model.streams[streams.CROSSOVER], number)
    contrast = model.latent.contrast[last]
    score, person, left = drawn.state[BEFORE], plan.person, drawn.left
    own, comparator = plan.level, plan.levels[plan.comparator]
    for i in range(person.size):
        stayed = left[i] == model.visits
        draws = own[i] == comparator and stayed and part.crossover_share > 0.0
        crossed = draws and uniform_at(crossing, person[i], mixed[0]) < part.crossover_share
        now = score[i] - (part.crossover_gain * contrast if crossed else 0.0)
        monthly = part.relapse[FULL if crossed else own[i]]
        monthly *= part.remitted if now <= REMISSION else 1.0
        month = _relapse_month(uniform_at(relapsing, person[i], mixed[0]), monthly, part.months)
        improvement = drawn.baseline[i] - now
        if month > 0 and improvement > 0.0:
            now += part.returns * improvement
        now += part.drift + part.sd * normal_at(following, person[i], mixed[0])
        lost = 1.0 / (1.0 + math.exp(-(part.lost + part.lost_improvement * improvement)))
        later.crossed[i] = crossed
        later.relapse[i] = month
        later.score[i] = int(np.rint(min(max(now, 0.0), float(HIGHEST))))
        later.reached[i] = stayed and uniform_at(losing, person[i], mixed[0]) >= lost


@compiled
def _relapse_month(u: float, monthly: float, months: float) -> int:
    """The month of relapse under a constant monthly hazard, 0 for none before the end."""
    if monthly <= 0.0:
        return 0
    if monthly >= 1.0:
        return 1
    month = math.ceil(math.log(u) / math.log(1.0 - monthly))
    return month if month <= months else 0
