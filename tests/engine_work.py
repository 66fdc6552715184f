"""Work that engine tests give to other processes: it must be importable there."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square(number: int) -> int:
    return number * number


def square_but_die_once(task: tuple[int, str]) -> int:
    """The first process that meets the number 3 is ended from outside, as by a machine short of memory."""
    number, folder = task
    mark = Path(folder) / "died"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def always_die(task: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return task
