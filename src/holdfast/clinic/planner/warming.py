"""The compiled loops made ready: by a process of its own where they must first be compiled.

Compiling takes up to a minute of the interpreter, which would hold up every page. So a
second process compiles into the cache on disk, and this one only loads what lies there.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from holdfast import compiling
from holdfast.planning.engine import Here
from holdfast.planning.run import run
from holdfast.planning.scenario import ground_of, shipped_designs

LOG = logging.getLogger("holdfast.clinic.planner")
PATIENCE_S = 600.0


def make_ready() -> None:
    """Load the compiled loops, after a process of its own has compiled them if nobody has yet."""
    mark = _mark()
    if not mark.exists():
        try:
            # -P: what lies in the folder somebody happens to be in is no part of the program.
            subprocess.run([sys.executable, "-P", "-m", __name__], check=True, timeout=PATIENCE_S)
            mark.touch()
        except (OSError, subprocess.SubprocessError) as error:
            LOG.warning("The simulator is compiled inside the site, which may slow it: %s", error)
    carry_out_once()


def carry_out_once() -> None:
    """A few trials of every shipped design and question, with an interim look."""
    for name in shipped_designs():
        scenario = ground_of(name).scenario({"interim": 0.5, "futility": 0.1})
        run([scenario.setups()], trials=2, seed=0, engine=Here(), code="")


def _mark() -> Path:
    return Path(os.environ["NUMBA_CACHE_DIR"]) / f"planner-{compiling.digest()}"


if __name__ == "__main__":
    os.nice(5)  # whoever works on the site comes first
    carry_out_once()
