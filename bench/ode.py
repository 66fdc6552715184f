"""A day of 24 h with 97 outputs for many people on one core, beside scipy's solve_ivp(LSODA)."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np

from holdfast.pharmacology.day import Model, matrix, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.people import population
from holdfast.pharmacology.solver import TOLERANCE, breaks_of, rate_between
from holdfast.pharmacology.system import BASE, EACH, EFFECT, ENZYME, HORMONE, OXYTOCIN, STATES, slope

PEOPLE, PEERS, SEED, RUNS = 4000, 12, 1, 7
TIMES = np.linspace(0, 24, 97)
DAYS = {"120 mg": (Dose(120),), "120 mg, 60 mg at 1.75 h": (Dose(120), Dose(60, 1.75))}


def ode() -> None:
    """Print people a second of processor time, ours and the peer's, for both models and two days."""
    people = population(PEOPLE, SEED)
    _lsoda(DAYS["120 mg"], Model.B)  # compiles what scipy calls and imports scipy
    for model in Model:
        for words, doses in DAYS.items():
            started = time.perf_counter()
            day = simulate(people, doses, TIMES, model=model)
            first = time.perf_counter() - started
            ours = min(
                _taken(lambda d=doses, m=model: simulate(people, d, TIMES, model=m)) for _ in range(RUNS)
            )
            peer = _taken(lambda d=doses, m=model: _lsoda(d, m)) / PEERS
            print(
                f"model {model}, {words}: {PEOPLE / ours:,.0f} people/s (least of {RUNS} runs of {PEOPLE:,}, "
                f"processor time of one core; {day.steps.mean():.0f} steps each; first call {first:.1f} s); "
                f"solve_ivp LSODA {1e3 * peer:.1f} ms a person; ratio {peer / (ours / PEOPLE):,.0f}"
            )
    print(
        "figures to reach: 40,000 people/s, ratio 100, tolerance 1e-6 for both; all eight quantities included"
    )


def _taken(work: object) -> float:
    # Processor time, not the clock on the wall: others may share the machine.
    started = time.process_time()
    assert callable(work)
    work()
    return time.process_time() - started


def _lsoda(doses: tuple[Dose, ...], model: Model) -> None:
    """The same people by scipy, restarted at each jump of the input, with our own compiled derivatives."""
    from scipy.integrate import solve_ivp

    rows = matrix(population(PEERS, SEED), model=model, fed=False, acute_tolerance=True)
    mg, at = np.array([dose.mg for dose in doses]), np.array([dose.at_h for dose in doses])
    for p in rows:
        y = np.zeros(STATES)
        y[ENZYME], y[OXYTOCIN] = 1.0, p[EFFECT + HORMONE * EACH + BASE]
        for start, end in pairwise([0.0, *breaks_of(p, at, 24.0)]):
            rate = rate_between(p, mg, at, start, end)

            def derivatives(t: float, y: np.ndarray, p: np.ndarray = p, rate: float = rate) -> np.ndarray:
                out = np.empty(STATES)
                slope(y, p, rate, out)
                return out

            asked = [hour for hour in TIMES if start <= hour < end]
            solved = solve_ivp(
                derivatives, (start, end), y, method="LSODA", rtol=TOLERANCE, atol=TOLERANCE,
                t_eval=np.unique([*asked, end]),
            )  # fmt: skip
            y = solved.y[:, -1]
