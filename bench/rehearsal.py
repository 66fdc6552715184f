"""A whole rehearsal as a user runs it; the figure to reach is 20 s for 104 participants on two cores."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path


def rehearsal() -> None:
    """Print wall-clock seconds of three runs and the number of records."""
    for seed in (1, 2, 3):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "rehearsal"
            started = time.perf_counter()
            command = [Path(sys.executable).with_name("holdfast"), "rehearse", "inactive-placebo"]
            subprocess.run([*command, "--seed", str(seed), "--out", out], check=True, capture_output=True)
            taken = time.perf_counter() - started
            records = sum(1 for _ in (out / "records.ndjson").open("rb"))
        print(f"seed {seed}: {taken:.1f} s for {records:,} records (figure to reach: 20 s, 30,000 records)")
