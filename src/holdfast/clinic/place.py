"""Where a clinic keeps its files, and the small secrets among them.

``HOLDFAST_DATA`` names the folder. Without it: ``/var/lib/holdfast`` for root (the
database then runs as an unprivileged user, who could not enter root's home), otherwise
``$XDG_DATA_HOME/holdfast`` or ``~/.local/share/holdfast``.

Only folders made here are given a mode; a parent is never touched.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from holdfast.errors import Unavailable


def data_folder() -> Path:
    """The folder of this clinic, made or not."""
    named = os.environ.get("HOLDFAST_DATA")
    if named:
        return Path(named).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/holdfast")
    share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(share) / "holdfast"


def make_folder(path: Path, *, mode: int) -> Path:
    """Make a folder, with its parents, and give it (only it, only when new) a mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            path.mkdir(mode=mode)
            path.chmod(mode)
    except OSError as error:
        raise Unavailable(
            f"The folder {path} cannot be made ({error.strerror}). "
            "Set HOLDFAST_DATA to a folder this user may write."
        ) from error
    return path


def make_data_folder() -> Path:
    """Make the clinic's folder. Root's may be walked through, for the database's own user."""
    return make_folder(data_folder(), mode=0o711 if os.geteuid() == 0 else 0o700)


def secret(name: str, *, make: bool = False) -> str:
    """A kept secret by name, "" where there is none yet; ``make`` makes one that is missing."""
    path = data_folder() / "keys" / name
    if path.is_file():
        return path.read_text(encoding="ascii").strip()
    if not make:
        return ""
    make_data_folder()
    make_folder(path.parent, mode=0o700)
    return _keep(path, secrets.token_urlsafe(32))


def _keep(path: Path, text: str) -> str:
    # Written aside and linked into place: a half-written secret is never read, and of two
    # processes that make the same one the first wins for both.
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        text = path.read_text(encoding="ascii").strip()
    finally:
        aside.unlink()
    return text
