"""One new reading of a forecast with 5,000 members on one core: told, then bands, bound and chances anew."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast import Openness, begin, dosed, posterior, told
from holdfast.pharmacology.forecast_blinded import Step, blinded_band
from holdfast.pharmacology.forecast_prior import MEMBERS, prior
from holdfast.pharmacology.forecast_readings import Limit, Reading
from holdfast.pharmacology.forecast_validation import READ_AT, readings_of

DAYS = 12
LIMITS = (Limit("systolic", 160), Limit("diastolic", 100), Limit("heart_rate", 110), Limit("temperature", 38))
"""Round numbers to time with; no study's limits."""


def forecast() -> None:
    """Print what one new reading costs on one core, in a process that has but one."""
    # numpy's linear algebra starts a thread for each core when it is imported.
    one = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, "-c", "from bench.forecast import measured; measured()"], env=one, check=True
    )


def measured() -> None:
    """Time days of readings every half hour, all four signs at once, with a supplemental dose at 1.75 h."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    prior([Dose(120)])  # loads what is compiled
    simulated = _timed(lambda: prior([Dose(120)]))
    nobody = begin(prior([Dose(120)]), Openness.RESEARCH)
    clock, work = [], []
    for values in readings_of("b", DAYS):
        tracked = nobody
        for hour, seen in zip(READ_AT[:-1], values[1:-1], strict=True):
            if hour == 2.0:
                tracked = dosed(tracked, [Dose(120), Dose(60, 1.75)])
            started = time.perf_counter(), time.process_time()
            tracked = told(tracked, Reading(float(hour), *(float(each) for each in seen)))
            posterior(tracked, Openness.RESEARCH, now_h=float(hour), next_h=float(hour) + 0.5, limits=LIMITS)
            clock.append(time.perf_counter() - started[0])
            work.append(time.process_time() - started[1])
    for words, taken in (("processor time", work), ("the clock on the wall", clock)):
        middle, most = 1e3 * statistics.median(taken), 1e3 * float(np.percentile(taken, 99))
        print(
            f"a reading of four signs, {MEMBERS:,} members, 4 limits: {middle:.1f} ms, 99th percentile "
            f"{most:.1f} ms ({words}, {len(taken)} readings)"
        )
    print(f"the prior of a dose, with and without tolerance: {1e3 * simulated:.0f} ms, once per dose")
    steps = (Step(0, (0, 120)), Step(1.75, (0, 60)))
    first, again = _timed(lambda: blinded_band(steps)), _timed(lambda: blinded_band(steps))
    print(f"the blinded band: {1e3 * first:.0f} ms once for a study, {1e6 * again:.0f} us after that")
    print("figure to reach: 50 ms for each new reading, on one core")


def _timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
