"""Medians of several runs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def median_s(work: Callable[[], object], *, runs: int = 5) -> tuple[float, float]:
    """Seconds of the first call, and the median of the runs after it."""
    started = time.perf_counter()
    work()
    first = time.perf_counter() - started
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return first, statistics.median(taken)
