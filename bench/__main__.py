"""Run every benchmark in turn and print what was measured; nothing here passes or fails."""

from __future__ import annotations

import os
import platform
import sys

from bench.compiled_fit import compiled_fit
from bench.draw import draw
from bench.imputation import imputation
from bench.mixed_model import mixed_model
from bench.ode import ode
from bench.rehearsal import rehearsal

BENCHMARKS = {
    "compiled-fit": compiled_fit,
    "draw": draw,
    "imputation": imputation,
    "mixed-model": mixed_model,
    "ode": ode,
    "rehearsal": rehearsal,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for name in names:
        print(f"\n== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
