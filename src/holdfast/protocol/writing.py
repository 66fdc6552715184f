"""Writing a file whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from holdfast.errors import Unavailable


def write_whole(path: Path, text: str) -> None:
    """Write a text as UTF-8 with LF; where the disk will not have it, Unavailable and nothing is changed."""
    begun: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            begun = Path(file.name)
            file.write(text)
        begun.chmod(0o644)
        begun.replace(path)
    except OSError as error:
        if begun is not None:
            begun.unlink(missing_ok=True)
        raise Unavailable(f"{path} could not be written: {error.strerror}. Nothing was changed.") from error
