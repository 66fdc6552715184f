"""Run a command and write the largest memory it and its children held at once, in MiB, to a file.

    python -m bench.peak_memory FILE COMMAND …

Proportional set sizes from /proc are added, so that a page shared by processes counts once.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def held(pid: int) -> float:
    """MiB of a process and all below it."""
    total = 0.0
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        total = sum(float(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(held(int(child)) for child in (task / "children").read_text().split())
    except (OSError, ValueError):
        pass  # it ended meanwhile
    return total


def main() -> None:
    """Watch the command twenty times a second."""
    with subprocess.Popen(sys.argv[2:]) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, held(process.pid))
            time.sleep(0.05)
    Path(sys.argv[1]).write_text(f"{peak:.1f}")
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
