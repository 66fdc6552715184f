"""The equations of the virtual participant made ready, by a process of its own where they must be compiled.

Compiling holds the interpreter for seconds, and with it every session under way.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from holdfast import compiling
from holdfast.protocol.compiler import compile_text
from holdfast.simulation import assumptions, practice_day
from holdfast.simulation.practice import prepared
from holdfast.studies import path_of

LOG = logging.getLogger("holdfast.clinic.practice")
PATIENCE_S = 600.0
DESIGN = "inactive-placebo"


def make_ready() -> None:
    """Compile once for each version of the code, on the side; what lies there is only loaded."""
    mark = Path(os.environ["NUMBA_CACHE_DIR"]) / f"practice-{compiling.digest()}"
    if mark.exists():
        return
    try:
        # -P: what lies in the folder somebody happens to be in is no part of the program.
        subprocess.run([sys.executable, "-P", "-m", __name__], check=True, timeout=PATIENCE_S)
        mark.touch()
    except (OSError, subprocess.SubprocessError) as error:
        LOG.warning("The virtual participant is compiled inside the site, which may slow it: %s", error)


def carry_out_once() -> None:
    """One morning and one reading."""
    file = path_of(DESIGN)
    protocol = compile_text(file.read_text(encoding="utf-8"), name="study.yaml")
    prepared(protocol, assumptions.load(file.with_name("assumptions.yaml")), seed=1, before=date(2026, 1, 5))
    practice_day.make_ready()


if __name__ == "__main__":
    os.nice(5)  # whoever works on the site comes first
    carry_out_once()
