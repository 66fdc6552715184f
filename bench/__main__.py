"""Run the benchmarks named and print what was measured, or all of them into docs/performance.md.

Nothing here passes or fails.
"""

from __future__ import annotations

import os
import platform
import sys

from bench.alarms import alarm_days
from bench.compiled_fit import compiled_fit
from bench.draw import draw
from bench.forecast import forecast
from bench.imputation import imputation
from bench.level import level
from bench.live import live
from bench.mixed_model import mixed_model
from bench.ode import ode
from bench.performance import write
from bench.planning import planning
from bench.public import public
from bench.rehearsal import rehearsal

BENCHMARKS = {
    "alarms": alarm_days,
    "compiled-fit": compiled_fit,
    "draw": draw,
    "forecast": forecast,
    "imputation": imputation,
    "level": level,
    "live": live,
    "mixed-model": mixed_model,
    "ode": ode,
    "planning": planning,
    "public": public,
    "rehearsal": rehearsal,
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    names = sys.argv[1:]
    if not names:
        write(BENCHMARKS)
        return
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    for name in names:
        print(f"\n== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
