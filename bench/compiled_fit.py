"""The compiled fit with Kenward-Roger beside nlme::gls, and what it costs as the trial grows."""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

import numpy as np

from bench.mixed_model import SEED, SITES, VISITS, N, gls, trial
from holdfast.statistics.arrays import Floats, TrialArrays
from holdfast.statistics.compiled_mmrm import Model, model
from holdfast.statistics.compiled_trials import fit_many, fit_once

#: Fits of one run, few so that their trials stay in a near cache as a simulated one does, and how many
#: runs; the first call, which compiles, is reported apart.
FITS, RUNS = 20, 101
GROWING = (100, 200, 400, 800, 1600)


class Row(NamedTuple):
    """One measurement, for docs/performance.md; NaN where there is no peer."""

    work: str
    n: int
    visits: int
    columns: int
    microseconds: float
    peer: str
    peer_milliseconds: float
    ratio: float


def numbers_of(arrays: TrialArrays, *, sites: bool) -> Floats:
    """(n, P): intercept, arm, baseline and, if asked for, an indicator of each site but the first."""
    columns = [np.ones(len(arrays.arm)), arrays.arm, arrays.baseline]
    if sites:
        columns += [arrays.factors["site"] == site for site in range(1, SITES)]
    return np.column_stack(columns).astype(np.float64)


def design_of(numbers: int) -> Model:
    """Intercept, arm and baseline by visit, sites at all visits; the arms' difference at the last visit."""
    person = [j for j in range(3) for _ in range(VISITS)] + list(range(3, numbers))
    visit = [v for _ in range(3) for v in range(VISITS)] + [-1] * (numbers - 3)
    contrast = np.zeros((1, len(person)))
    contrast[0, 2 * VISITS - 1] = 1.0
    return model(person, visit, contrast, visits=VISITS, numbers=numbers)


def fit_s(n: int, *, sites: bool) -> float:
    """Seconds of one fit, its pass over the persons included: the median of several runs of many fits."""
    arrays = trial(n)
    c = numbers_of(arrays, sites=sites)
    design = design_of(c.shape[1])
    y = np.repeat(arrays.outcome[None], FITS, axis=0)
    fit_many(y, c, design)
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        found = fit_many(y, c, design)
        taken.append((time.perf_counter() - started) / FITS)
        if found.warnings:
            raise ArithmeticError(found.warnings[0])
    return statistics.median(taken)


def rows() -> list[Row]:
    """Measure: the fit beside its peer, then growing trials."""
    measured = []
    for sites, formula in (
        (False, "y ~ arm * visit + baseline * visit"),
        (True, "y ~ arm * visit + baseline * visit + site"),
    ):
        columns = 9 + (SITES - 1) * sites
        seconds, peer = fit_s(N, sites=sites), gls(trial(), formula)
        name = f"nlme::gls {peer.version}" if not peer.reason else f"nlme::gls not measured: {peer.reason}"
        ratio = peer.seconds / seconds
        measured.append(Row("fit", N, VISITS, columns, 1e6 * seconds, name, 1e3 * peer.seconds, ratio))
    for n in GROWING:
        seconds = fit_s(n, sites=False)
        measured.append(Row("growth", n, VISITS, 9, 1e6 * seconds, "", float("nan"), float("nan")))
    return measured


def compiled_fit() -> None:
    """Print microseconds per fit, REML with Satterthwaite and linear Kenward-Roger, pass included."""
    arrays = trial()
    c = numbers_of(arrays, sites=False)
    started = time.perf_counter()
    fit_once(arrays.outcome, c, design_of(3))
    print(f"first call {time.perf_counter() - started:.2f} s (compiling, or loading what was compiled)")
    print(f"seed {SEED}, median of {RUNS} runs of {FITS} fits, one core")
    measured = rows()
    for row in measured:
        line = f"n = {row.n}, {row.visits} visits, {row.columns} columns: {row.microseconds:.1f} us a fit"
        if row.peer:
            line += f"; {row.peer} {row.peer_milliseconds:.1f} ms; ratio {row.ratio:.0f}"
        print(line)
    growth = [row.microseconds for row in measured if row.work == "growth"]
    print(f"cost of n = {GROWING[-1]} over n = {GROWING[0]}: {growth[-1] / growth[0]:.2f}")
