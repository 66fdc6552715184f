"""Whole trials drawn per second on one core, beside the numpy course that the tests keep as oracle."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from bench.timing import median_s
from holdfast.compiling import compiled
from holdfast.simulation import assumptions
from holdfast.simulation.catalogue import with_values
from holdfast.simulation.course import draw_course
from holdfast.simulation.model import Model, model_of
from holdfast.simulation.plan import Plan, plan_of
from holdfast.simulation.trial import Drawn, draw_trial, room
from holdfast.studies import path_of

N, VISITS, SEED, TRIALS = 104, 3, 1, 20_000
EVERYTHING = {
    "expectancy": 0.5,
    "rater-sd": 2.0,
    "rater-unblinded": 0.2,
    "session-loss": 0.3,
    "recognition": 1.5,
    "pair-by-arm-sd": 3.0,
    "light-therapy": 0.3,
    "felt-response": 0.3,
    "taper": 0.3,
}


@compiled
def _many(model: Model, seed: np.uint64, trials: int, plan: Plan, drawn: Drawn) -> int:
    """Draw trials one after the other into the same arrays; a sum, so that nothing is left out."""
    total = 0
    for trial in range(trials):
        total += draw_trial(model, seed, trial, plan, drawn)
        total += drawn.score[0, 0]
    return total


def draw() -> None:
    """Print trials drawn a second, the first call apart; and what a numpy course takes."""
    believed = assumptions.load(path_of("inactive-placebo").with_name("assumptions.yaml"))
    level = np.array([1] * 53 + [0] * 51)
    plan, drawn, seed = plan_of(level), room(N, visits=VISITS), np.uint64(SEED)
    model = model_of(believed)
    print(f"n = {N}, {VISITS} visits, seed {SEED}, one core, {TRIALS:,} trials a run")
    started = time.perf_counter()
    _many(model, seed, 1, plan, drawn)
    print(f"first call, compiled or read from the cache: {time.perf_counter() - started:.2f} s")
    for name, values in (("as calibrated", {}), ("with nine scenarios at once", EVERYTHING)):
        model = model_of(with_values(believed, values))
        _, taken = median_s(lambda model=model: _many(model, seed, TRIALS, plan, drawn), runs=5)
        each = 1e6 * taken / TRIALS
        print(f"{name}: {TRIALS / taken:,.0f} trials a second, {each:.1f} us a trial (median of 5)")
    few = np.arange(200)
    _, ours = median_s(lambda: draw_course(believed, seed=SEED, level=level, trials=few), runs=5)
    print(f"whole Course with sessions, events and SDS: {1e6 * ours / few.size:.0f} us a trial (median of 5)")
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import numpy_course

    _, plain = median_s(
        lambda: numpy_course.draw_course(believed, seed=SEED, level=level, trials=few), runs=5
    )
    print(f"peer, the same Course in numpy: {1e6 * plain / few.size:.0f} us a trial (median of 5)")
    print(f"ratio: {plain / ours:.1f}")
