"""Whole simulated trials: what one costs, ten thousand of five scenarios on two cores, Dask workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from holdfast.compiling import digest
from holdfast.planning.batch import Batch, Question, carry_out
from holdfast.planning.engine import Cluster, Engine, Processes
from holdfast.planning.run import run
from holdfast.planning.scenario import ground_of

SEED, N, TRIALS, RUNS = 1, 104, 4000, 7
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


class Row(NamedTuple):
    """One measurement of a plan."""

    work: str
    value: float
    unit: str
    detail: str


def whole_trials() -> Row:
    """Trials a second on one core: allocation, draw, mixed model with both errors, guess analysis."""
    setup = ground_of("inactive-placebo").scenario({"n": N}).setups((Question.PLANNED,))[Question.PLANNED]
    started = time.perf_counter()
    carry_out(Batch(key="", question=Question.PLANNED, setup=setup, seed=SEED, first=0, count=1))
    first = time.perf_counter() - started
    wall, cpu = [], []
    for _ in range(RUNS):
        began, used = time.perf_counter(), time.process_time()
        carry_out(Batch(key="", question=Question.PLANNED, setup=setup, seed=SEED, first=0, count=TRIALS))
        wall.append((time.perf_counter() - began) / TRIALS)
        cpu.append((time.process_time() - used) / TRIALS)
    columns = setup.columns.person.size
    return Row(
        "whole trial, one core", 1 / median(wall), "trials a second",
        f"n = {N}, 3 visits, {columns} columns (four sites), {1e6 * median(wall):.0f} us a trial "
        f"({1e6 * median(cpu):.0f} us of processor time), median of {RUNS} runs of {TRIALS:,}; "
        f"first call {first:.1f} s",
    )  # fmt: skip


def five_scenarios() -> tuple[Row, Row]:
    """Wall-clock seconds and peak memory of 10,000 trials of five scenarios, primary analysis, two cores."""
    seconds, peak = [], []
    for _ in range(5):
        began = time.perf_counter()
        command = [sys.executable, "-m", "bench.planning", "primary"]
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "memory"
            watched = [sys.executable, "-m", "bench.peak_memory", str(log), *command]
            subprocess.run(watched, check=True, capture_output=True)
            peak.append(float(log.read_text()))
        seconds.append(time.perf_counter() - began)
    return (
        Row(
            "10,000 trials of 5 scenarios, primary analysis, two cores", median(seconds), "s",
            f"expectancy {', '.join(f'{share:g}' for share in SHARES)}; start of workers included; "
            f"median of 5 runs ({min(seconds):.1f} to {max(seconds):.1f} s)",
        ),
        Row(
            "memory of that run", median(peak), "MiB",
            "all processes together (proportional set size: a page shared by several counts once)",
        ),
    )  # fmt: skip


def primary(engine: Engine, *, trials: int = 10_000) -> float:
    """Trials a second of five scenarios' primary analyses."""
    ground = ground_of("inactive-placebo")
    scenarios = [ground.scenario({"n": N, "expectancy": share}) for share in SHARES]
    setups = [scenario.setups((Question.PLANNED,)) for scenario in scenarios]
    finished = run(setups, trials=trials, seed=SEED, engine=engine, code=digest())
    return finished.carried / finished.seconds


def dask_ratio() -> Row:
    """Throughput of two Dask workers over that of two local processes, in turns."""
    from distributed import LocalCluster

    ratios, here, there = [], [], []
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as cluster:
        dask = Cluster(cluster.scheduler_address.removeprefix("tcp://"), 2)
        primary(dask, trials=500)
        primary(Processes(2), trials=500)
        for _ in range(5):
            here.append(primary(Processes(2), trials=4000))
            there.append(primary(dask, trials=4000))
            ratios.append(there[-1] / here[-1])
    return Row(
        "two Dask workers against two local processes", median(ratios), "of the throughput",
        f"median of 5 turns: {median(there):,.0f} against {median(here):,.0f} trials a second, "
        "20,000 trials a turn; both stand, the scheduler shares the two cores with its workers",
    )  # fmt: skip


def rows() -> list[Row]:
    """Measure everything of this file."""
    return [whole_trials(), *five_scenarios(), dask_ratio()]


def planning() -> None:
    """Print what whole simulated trials cost."""
    for row in rows():
        print(f"{row.work}: {row.value:,.2f} {row.unit} ({row.detail})")


if __name__ == "__main__":
    if sys.argv[1:] == ["primary"]:
        print(json.dumps({"trials_per_second": primary(Processes(2)), "cores": os.cpu_count()}))
