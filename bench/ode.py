"""A day of 24 h with 97 outputs for many people on one core, beside scipy's solve_ivp(LSODA)."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from holdfast.pharmacology.day import Model, matrix, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.people import population
from holdfast.pharmacology.solver import TOLERANCE, breaks_of, rate_between
from holdfast.pharmacology.system import (
    BASE,
    BODY,
    EACH,
    EFFECT,
    ENZYME,
    HORMONE,
    OXYTOCIN,
    PER_VOLUME,
    STATES,
    slope,
)  # fmt: skip

PEOPLE, PEERS, SEED, RUNS = 4000, 12, 1, 7
TIMES = np.linspace(0, 24, 97)
DAYS = {"120 mg": (Dose(120),), "120 mg, 60 mg at 1.75 h": (Dose(120), Dose(60, 1.75))}


def ode() -> None:
    """Print people a second of processor time, ours and the peer's, for both models and two days."""
    people = population(PEOPLE, SEED)
    _lsoda(DAYS["120 mg"], Model.B, slope, TOLERANCE)  # compiles what scipy calls and imports scipy
    for model in Model:
        for words, doses in DAYS.items():
            work = partial(simulate, people, doses, TIMES, model=model)
            ours = min(_taken(work) for _ in range(RUNS))
            steps = simulate(people, doses, TIMES, model=model).steps.mean()
            print(
                f"model {model}, {words}: {PEOPLE / ours:,.0f} people/s, all eight quantities (least of "
                f"{RUNS} runs of {PEOPLE:,}, processor time of one core, {steps:.0f} steps each)"
            )
            for how, derivatives in (
                ("our compiled derivatives", slope),
                ("the same in Python", slope.py_func),
            ):
                peer = min(_taken(partial(_lsoda, doses, model, derivatives, TOLERANCE)) for _ in range(3))
                ratio = peer / PEERS / (ours / PEOPLE)
                print(f"  solve_ivp LSODA, {how}: {1e3 * peer / PEERS:.1f} ms a person, ratio {ratio:,.0f}")
            exact = _lsoda(doses, model, slope, 1e-11)
            found = simulate(population(PEERS, SEED), doses, TIMES, model=model).concentration
            theirs = _lsoda(doses, model, slope, TOLERANCE)
            errors = [np.abs(each - exact).max() / exact.max() for each in (found, theirs)]
            print(f"  error of the concentration over its peak: ours {errors[0]:.1e}, LSODA {errors[1]:.1e}")
    print("figures to reach: 40,000 people/s, ratio 100; tolerance 1e-6 for both")


def _taken(work: Callable[[], object]) -> float:
    # Processor time, not the clock on the wall: others may share the machine.
    started = time.process_time()
    work()
    return time.process_time() - started


def _lsoda(
    doses: tuple[Dose, ...], model: Model, derivatives: Callable[..., None], tolerance: float
) -> np.ndarray:
    """Concentrations of the first people by scipy, restarted at each jump of the input."""
    from scipy.integrate import solve_ivp

    rows = matrix(population(PEERS, SEED), model=model, fed=False, acute_tolerance=True)
    mg, at = np.array([dose.mg for dose in doses]), np.array([dose.at_h for dose in doses])
    room, found = np.empty(2 * STATES), np.zeros((PEERS, TIMES.size))

    def right(t: float, y: np.ndarray, p: np.ndarray, rate: float) -> np.ndarray:
        room[:STATES] = y
        derivatives(room, 0, p, rate, STATES)
        return room[STATES:].copy()

    for person, p in enumerate(rows):
        y = np.zeros(STATES)
        y[ENZYME], y[OXYTOCIN] = 1.0, p[EFFECT + HORMONE * EACH + BASE]
        for start, end in pairwise([0.0, *breaks_of(p, at, 24.0)]):
            within = np.array([start < hour <= end for hour in TIMES])
            asked = np.unique([*TIMES[within], end])
            solved = solve_ivp(
                right, (start, end), y, method="LSODA", rtol=tolerance, atol=tolerance, t_eval=asked,
                args=(p, rate_between(p, mg, at, start, end)),
            )  # fmt: skip
            y = solved.y[:, -1]
            found[person, within] = (
                1000 * p[PER_VOLUME] * solved.y[BODY, np.searchsorted(asked, TIMES[within])]
            )
    return found
