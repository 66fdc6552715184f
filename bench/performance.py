"""docs/performance.md: the figures asked for, what was reached, and everything that was printed."""

from __future__ import annotations

import contextlib
import io
import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from bench import compiled_fit, imputation, planning, public

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"

HEAD = """# Performance

Written by `make bench` (`python -m bench`), every figure measured in one run on one machine. Medians of
at least five runs; what a first call costs, which compiles or reads what was compiled, is told apart.
A figure that was not reached stands here as it was measured.

"""


def figures() -> str:
    """The table of what must be reached, what is aimed for, and what was measured."""
    lines = ["| work | must | aim | measured | how |", "|---|---|---|---|---|"]

    def row(work: str, must: str, aim: str, measured: str, how: str) -> None:
        lines.append(f"| {work} | {must} | {aim} | **{measured}** | {how} |")

    planned = {each.work: each for each in planning.rows()}
    trial = planned["whole trial, one core"]
    row(trial.work, "8,000 a second", "15,000", f"{trial.value:,.0f} a second", trial.detail)
    fits = compiled_fit.rows()
    for each in (one for one in fits if one.work == "fit"):
        row(
            f"one fit with Kenward-Roger, n = {each.n}, {each.columns} columns", "500 x nlme::gls", "2,000 x",
            f"{each.ratio:,.0f} x",
            f"{each.microseconds:.0f} us; {each.peer} {each.peer_milliseconds:.0f} ms (no df); "
            "R mmrm is not packaged for Debian, so not measured",
        )  # fmt: skip
    growing = [one for one in fits if one.work == "growth"]
    row(
        f"cost of a fit with its pass, n = {growing[0].n} to {growing[-1].n}", "< 1.5 x", "flat",
        f"{growing[-1].microseconds / growing[0].microseconds:.2f} x",
        ", ".join(f"{one.n}: {one.microseconds:.0f} us" for one in growing),
    )  # fmt: skip
    for one in imputation.rows():
        if one.work == "compiled trial":
            row(
                f"jump to reference with jackknife, n = {one.n}, {one.visits} visits, {one.sites} sites",
                "100 x rbmi's 4 s", "1,000 x", f"{one.ratio_to_rbmi:,.0f} x",
                f"{one.median_ms:.1f} ms; rbmi cannot be installed from Debian: its 4 s are as handed down",
            )  # fmt: skip
    five = planned["10,000 trials of 5 scenarios, primary analysis, two cores"]
    row(five.work, "15 s", "5 s", f"{five.value:.1f} s", five.detail)
    memory = planned["memory of that run"]
    row(memory.work, "1 GiB", "300 MiB", f"{memory.value:.0f} MiB", memory.detail)
    dask = planned["two Dask workers against two local processes"]
    row(dask.work, "0.9", "equal", f"{dask.value:.2f}", dask.detail)
    heaviest = max(public.rows(), key=lambda each: each.bytes)
    slowest = max(public.rows(), key=lambda each: each.milliseconds)
    row(
        "a public page with all its files, compressed, empty cache", "80 kB", "",
        f"{heaviest.bytes / 1000:.0f} kB", f"the heaviest of {len(public.rows())}: {heaviest.page}",
    )  # fmt: skip
    row(
        "a public page is shown", "1 s", "", f"{slowest.milliseconds / 1000:.2f} s",
        f"the slowest of them, {slowest.page}: median of {public.LOADS} loads",
    )  # fmt: skip
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What this ran on."""
    names = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scipy", "distributed"))
    return f"{platform.platform()}, Python {platform.python_version()}, {names}."


def write(benchmarks: Mapping[str, Callable[[], None]]) -> None:
    """Run everything and write the page."""
    parts = [HEAD, machine() + "\n\n", "## The planner's figures\n\n", figures()]
    for name, work in benchmarks.items():
        print(f"== {name}", file=sys.stderr)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            work()
        parts.append(f"\n## {name}\n\n```\n{out.getvalue().rstrip()}\n```\n")
    PAGE.write_text("".join(parts), encoding="utf-8")
    print(f"Wrote {PAGE}")
