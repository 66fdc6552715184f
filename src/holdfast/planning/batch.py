"""A batch: some trials of one scenario asked one question, carried out anywhere, the same everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast.errors import Refusal
from holdfast.planning.judging import OF_A_TRIAL, TRUTHS, Judge, adjusted_difference, arms_of, judge_trials
from holdfast.planning.moments import Moments
from holdfast.planning.trial_loop import (
    OF_AN_ARM,
    Otherwise,
    Strata,
    Trials,
    lay_out_trials,
    room_for_trials,
)
from holdfast.simulation.details import room_for_sessions
from holdfast.simulation.durability import room_for_later
from holdfast.simulation.funnel import Funnel, draw_way_in
from holdfast.simulation.model import Model
from holdfast.simulation.plan import Design, empty_plan
from holdfast.simulation.trial import AS_ALLOCATED, room
from holdfast.statistics.compiled_mmrm import Model as Columns

Floats = npt.NDArray[np.float64]

AS_DRAWN = Otherwise(AS_ALLOCATED, False, False)
OF_THE_WAY_IN = (
    "contacted", "screened", "screen-failures", "baseline-failures",
    "months-to-last-randomised", "months-to-last-primary-visit",
)  # fmt: skip
OF_LATER = ("late-estimate", "late-truth")
AT_ONCE = 200_000
"""How many numbers of trials are held at once: they stay in the processor's cache."""


class Question(StrEnum):
    """What the trials of a batch are asked."""

    PLANNED = "planned"  # the trial as designed
    TRUTH = "truth"  # the same people in both arms: what there is to find
    IDENTICAL = "identical-arms"  # both arms get what the comparator gets: rejections are false
    BELIEF_ONLY = "belief-only"  # the drug itself does nothing, belief acts: rejections are no type I errors
    ASSURANCE = "assurance"  # the size of the contrast is as uncertain as published
    RECRUITMENT = "recruitment"  # who comes, and how long it takes
    DURABILITY = "durability"  # twelve months on: the difference among those found, and in everybody


class Setup(NamedTuple):
    """Everything a scenario's trials need, as numbers and arrays; small, so that it travels with a batch."""

    model: Model
    design: Design
    levels: tuple[int, ...]
    arms: tuple[str, ...]
    visits: tuple[str, ...]
    experimental: int
    funnel: Funnel
    primary_days: float
    strata: Strata
    columns: Columns
    judge: Judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Trials ``first`` to ``first + count − 1`` of a seed; ``key`` names it among the batches of a run."""

    key: str
    question: Question
    setup: Setup
    seed: int
    first: int
    count: int


def told_names(arms: tuple[str, ...], visits: tuple[str, ...]) -> tuple[str, ...]:
    """The names of what is told of each trial, in the order of the compiled loop."""
    return (
        *(f"{what}:{arm}" for arm in arms for what in OF_AN_ARM),
        *(f"mean:{arm}:{visit}" for arm in arms for visit in visits),
    )


def carry_out(batch: Batch) -> Moments:
    """Draw and analyse the trials of a batch. Raises Refusal where nobody reaches the entry score."""
    if batch.question is Question.TRUTH:
        return _moments(TRUTHS, _truths(batch))
    if batch.question is Question.RECRUITMENT:
        return _moments(OF_THE_WAY_IN, _recruited(batch))
    if batch.question is Question.DURABILITY:
        names = (*OF_LATER, *(f"retained:{arm}" for arm in batch.setup.arms))
        return _moments(names, _durable(batch))
    return _moments((*OF_A_TRIAL, *told_names(batch.setup.arms, batch.setup.visits)), _judged(batch))


def _judged(batch: Batch) -> Floats:
    """What every trial says, (T, columns), in an order that does not depend on how many are held at once."""
    setup, parts = batch.setup, []
    for trials in _laid_out(batch, AS_DRAWN):
        said = judge_trials(trials, setup.judge, setup.columns)
        parts.append(np.column_stack([*(said[name] for name in OF_A_TRIAL), trials.told]))
    return np.concatenate(parts)


def _truths(batch: Batch) -> Floats:
    """Mean differences between the same people's courses in both arms, (T, 3), in the order of TRUTHS."""
    one, other = batch.setup.experimental, batch.setup.strata.comparator

    def mean(arm: int, *, equal: bool, complete: bool) -> Floats:
        courses = _laid_out(batch, Otherwise(arm, equal, complete))
        return np.concatenate([trials.mean.copy() for trials in courses])

    # Under the comparator belief is the comparator's own: "equal" changes nothing there.
    usual, completing = (mean(other, equal=False, complete=complete) for complete in (False, True))
    return np.column_stack(
        [
            mean(one, equal=False, complete=False) - usual,
            mean(one, equal=True, complete=False) - usual,
            mean(one, equal=False, complete=True) - completing,
        ]
    )


def _durable(batch: Batch) -> Floats:
    """At twelve months: the adjusted difference among those found, the true one, and who is found, by arm."""
    setup, parts = batch.setup, []
    for trials in _laid_out(batch, AS_DRAWN, late=True):
        found = np.where(trials.reached > 0, trials.late, np.nan)
        estimate = adjusted_difference(found, trials.c, setup.judge)
        member = arms_of(trials.c, setup.judge, comparator=setup.strata.comparator)
        kept = [(trials.reached * own).sum(axis=1) / own.sum(axis=1) for own in member]
        parts.append(np.column_stack([estimate, *kept]))
    said = np.concatenate(parts)

    def everybody(arm: int) -> Floats:
        courses = _laid_out(batch, Otherwise(arm, False, False), late=True)
        return np.concatenate([trials.late.mean(axis=1) for trials in courses])

    truth = everybody(setup.experimental) - everybody(setup.strata.comparator)
    return np.column_stack([said[:, 0], truth, said[:, 1:]])


def _recruited(batch: Batch) -> Floats:
    """How many are contacted, screened and fail, and the months it takes, (T, 6), as OF_THE_WAY_IN."""
    setup, n = batch.setup, int(batch.setup.design.by_arm.sum())
    seed, days = np.uint64(batch.seed), setup.primary_days
    trials = range(batch.first, batch.first + batch.count)
    return np.array([draw_way_in(setup.funnel, seed, trial, n, days) for trial in trials], dtype=np.float64)


def _laid_out(batch: Batch, otherwise: Otherwise, *, late: bool = False) -> Iterator[Trials]:
    """The batch's trials, some at a time, in arrays that are used again."""
    setup = batch.setup
    plan = empty_plan(setup.design, levels=setup.levels, comparator=setup.strata.comparator)
    n, visits, numbers = plan.level.size, len(setup.visits), setup.columns.numbers
    drawn = room(n, visits=visits)
    attended = room_for_sessions(n, visits=visits, events=setup.model.events.size)
    later = room_for_later(n)
    at_once = min(batch.count, max(1, AT_ONCE // (n * (visits + numbers))))
    trials = room_for_trials(
        at_once, persons=n, visits=visits, arms=len(setup.arms), numbers=numbers, late=late
    )
    for first in range(batch.first, batch.first + batch.count, at_once):
        count = min(at_once, batch.first + batch.count - first)
        some = Trials(*(each[:count] for each in trials))
        missing = lay_out_trials(
            np.uint64(batch.seed), first, count, setup.model, setup.design, plan, drawn, attended,
            later, setup.strata, otherwise, some,
        )  # fmt: skip
        if missing:
            raise Refusal(
                f"{missing} virtual people never reached the entry score: the baseline assumed is too far "
                "below it. Raise baseline.mean or lower baseline.entry."
            )
        yield some


def _moments(names: tuple[str, ...], said: Floats) -> Moments:
    """Count, sum and sum of squares of each column (T, columns), NaN left out, exactly rounded."""
    columns = {}
    for name, values in zip(names, said.T, strict=True):
        known = values[~np.isnan(values)].tolist()
        columns[name] = (float(len(known)), math.fsum(known), math.fsum(value * value for value in known))
    return Moments(columns)
