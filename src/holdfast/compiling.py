"""Compiled loops: ``compiled`` is numba's ``njit`` with a cache that may be trusted.

Numba's own cache notices neither a changed callee in another file (it then returns the old
numbers) nor starts where the installation may not be written. So the cache lies in a folder
of the user's named by a digest of every source that compiles anything, and its place is
set before numba is imported: import ``compiled`` from here, never numba itself.

``HOLDFAST_CACHE`` names another place for the cache.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from holdfast import __version__

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent


@cache
def digest() -> str:
    """The digest of the sources that compile something, so that none is run after it changed."""
    digest = hashlib.sha256(__version__.encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        source = path.read_bytes()
        if b"holdfast.compiling" in source:
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + source)
    return digest.hexdigest()[:16]


def cache_folder(name: str) -> Path | None:
    """A folder of the cache, made if need be: in the named place or the user's; None where neither works."""
    named = os.environ.get("HOLDFAST_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or (Path("~/.cache").expanduser() if _home() else None)
    for place in (named, home and Path(home) / "holdfast"):
        if not place:
            continue
        folder = Path(place) / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return None


def _compiled_folder() -> Path:
    return cache_folder(f"compiled-{digest()}") or Path(tempfile.mkdtemp(prefix="holdfast-compiled-"))


def _home() -> bool:
    try:
        return Path("~").expanduser().is_dir()
    except RuntimeError:  # no home is known
        return False


os.environ.setdefault("NUMBA_CACHE_DIR", str(_compiled_folder()))
# LLVM's first level: the third took half as long again to compile and made nothing faster (measured).
os.environ.setdefault("NUMBA_OPT", "1")

import numba  # noqa: E402  (the place of its cache must be set first)


def compiled(function: Function) -> Function:
    """Compile a function of arrays and numbers at its first call; cached on disk, IEEE arithmetic.

    Floating point keeps its order (no fast-math): the same arguments give the same bits
    on any worker. The interpreter is let go meanwhile, so that a site stays awake.
    """
    return cast(Function, numba.njit(cache=True, error_model="numpy", nogil=True)(function))
