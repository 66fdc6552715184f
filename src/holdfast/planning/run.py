"""Many trials of many scenarios: batches out to an engine, moments back, outcomes at the end.

What there is to find (the truths) is computed first, because coverage is of it; then
everything else. Batches are of one size and keyed by what they are a function of, so that
results depend neither on the engine nor on how often a run was interrupted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

import numpy as np

from holdfast.planning.batch import Batch, Question, Setup, carry_out
from holdfast.planning.engine import Engine
from holdfast.planning.judging import TRUTHS
from holdfast.planning.moments import Moments, add
from holdfast.planning.store import Store

BATCH = 250
"""Trials of a batch: some tens of milliseconds."""
TRUTH_TRIALS = 1000
"""How many trials' people are drawn in both arms: their mean difference is then known to 0.05 points."""

Place = TypeVar("Place", bound=Hashable)

Tell = Callable[[float], None]
"""Is told the part done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The moments of a scenario by question, and how many trials were asked what it plans."""

    moments: Mapping[Question, Moments]
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """All scenarios of a run, in order; trials carried out in this run (all questions) and its seconds."""

    ran: tuple[Ran, ...]
    carried: int
    seconds: float


def digest_of(value: object) -> str:
    """A digest of numbers, texts, tuples and arrays, the same in every process."""
    digest = hashlib.sha256()
    _feed(digest.update, value)
    return digest.hexdigest()[:16]


def _feed(update: Callable[[bytes], None], value: object) -> None:
    if isinstance(value, np.ndarray):
        update(f"{value.dtype.str}{value.shape}".encode() + value.tobytes())
    elif isinstance(value, tuple):
        update(b"(")
        for each in value:
            _feed(update, each)
        update(b")")
    else:
        update(f"{type(value).__name__}:{value!r};".encode())


def batches(
    setup: Setup, question: Question, *, seed: int, trials: int, code: str, first: int = 0
) -> list[Batch]:
    """The batches of ``trials`` trials of a scenario, from trial ``first`` on."""
    name = digest_of((code, setup, question.value, seed))
    return [
        Batch(
            key=f"{name}:{start}+{min(BATCH, first + trials - start)}",
            question=question,
            setup=setup,
            seed=seed,
            first=start,
            count=min(BATCH, first + trials - start),
        )
        for start in range(first, first + trials, BATCH)
    ]


def run(
    setups: Sequence[Mapping[Question, Setup]],
    *,
    trials: int,
    seed: int,
    engine: Engine,
    code: str,
    store: Store | None = None,
    tell: Tell = lambda part: None,
) -> Finished:
    """Carry out ``trials`` trials of each scenario's questions. Raises what an engine or a store raises.

    ``setups`` holds, for each scenario, the setup of each question to ask; ``code`` names the
    version of the code, so that a store's batches of another version are not taken for these.
    """
    started = perf_counter()
    progress = _Progress(tell, _cost(setups, trials))
    truths: list[Moments | None] = [None] * len(setups)
    asked = {
        place: batches(
            each[Question.TRUTH],
            Question.TRUTH,
            seed=seed,
            trials=trials_of(Question.TRUTH, trials),
            code=code,
        )
        for place, each in enumerate(setups)
        if Question.TRUTH in each
    }
    for place, known in _carried(asked, engine, store, progress).items():
        truths[place] = known
    rest = {
        (place, question): batches(
            with_truths(setup, truths[place]),
            question,
            seed=seed,
            trials=trials_of(question, trials),
            code=code,
        )
        for place, each in enumerate(setups)
        for question, setup in each.items()
        if question is not Question.TRUTH
    }
    done = _carried(rest, engine, store, progress)
    ran = tuple(
        Ran(
            moments={
                **({Question.TRUTH: found} if (found := truths[place]) is not None else {}),
                **{question: done[place, question] for question in each if question is not Question.TRUTH},
            },
            trials=trials,
        )
        for place, each in enumerate(setups)
    )
    return Finished(ran=ran, carried=progress.carried, seconds=perf_counter() - started)


def with_truths(setup: Setup, truths: Moments | None) -> Setup:
    """The setup whose coverage is of these truths; of none where they are not known."""
    if truths is None:
        return setup
    means = np.array([truths.mean(name).estimate for name in TRUTHS])
    return setup._replace(judge=setup.judge._replace(truths=means))


def trials_of(question: Question, trials: int) -> int:
    """How many trials a question is asked, where ``trials`` are planned: some need only few."""
    few = question in (Question.TRUTH, Question.DURABILITY, Question.RECRUITMENT)
    return min(trials, TRUTH_TRIALS) if few else trials


def _cost(setups: Sequence[Mapping[Question, Setup]], trials: int) -> int:
    return sum(trials_of(each, trials) for setup in setups for each in setup)


@dataclass
class _Progress:
    tell: Tell
    whole: int
    done: int = 0
    carried: int = 0

    def add(self, count: int, *, new: bool) -> None:
        self.done += count
        self.carried += count if new else 0
        self.tell(self.done / self.whole)


def _carried(
    asked: Mapping[Place, Sequence[Batch]], engine: Engine, store: Store | None, progress: _Progress
) -> dict[Place, Moments]:
    kept = store.kept if store is not None else {}
    every = [batch for each in asked.values() for batch in each]
    found = {batch.key: kept[batch.key] for batch in every if batch.key in kept}
    progress.add(sum(batch.count for batch in every if batch.key in found), new=False)
    # Round the scenarios, so that all of them have something early.
    left = {batch.key: batch for batch in every if batch.key not in found}
    missing = sorted(left.values(), key=lambda batch: (batch.first, batch.key))
    for index, moments in engine.run(carry_out, missing):
        batch = missing[index]
        found[batch.key] = moments
        if store is not None:
            store.keep(batch.key, moments)
        progress.add(batch.count, new=True)
    return {place: add([found[batch.key] for batch in each]) for place, each in asked.items()}
