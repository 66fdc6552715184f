"""Folders of the tests: short in name (a socket's path is), in memory where there is room."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2**30


def new_folder(prefix: str) -> Path:
    """A new folder that the server's unprivileged user may enter (pytest's own, as root, is closed)."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else "/tmp"))
    folder.chmod(0o711)
    return folder
