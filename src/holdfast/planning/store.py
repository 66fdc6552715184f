"""Finished batches on disk, so that a run that was interrupted goes on where it stopped.

One line per batch, appended and flushed: a line that was cut off by an interruption is
left out when the file is read again, and its batch is done again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from holdfast.errors import Unavailable
from holdfast.planning.moments import Moments


class Store:
    """The batches of one run, by key; ``folder`` is made when the first is kept. Not ``keeping``: no file."""

    NAME = "batches.ndjson"

    def __init__(self, folder: Path, *, keeping: bool = True) -> None:
        self.file = folder / self.NAME
        self.keeping = keeping
        self.kept: dict[str, Moments] = dict(_read(self.file))

    def keep(self, key: str, moments: Moments) -> None:
        """Add a batch. Raises Unavailable where the disk will not have it; what was kept before stays."""
        if not self.keeping:
            return
        line = json.dumps({"batch": key, "columns": dict(moments.columns)}, separators=(",", ":"))
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8", newline="\n") as file:
                file.write("\n" + line + "\n")
        except OSError as error:
            raise Unavailable(
                f"{self.file} could not be written: {error.strerror or error}. {len(self.kept)} batches are "
                "kept there: make room, then give the same command again and it goes on from them."
            ) from error
        self.kept[key] = moments

    def forget(self) -> None:
        """Remove the file of a run that is finished and written elsewhere."""
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)
            self.file.parent.rmdir()


def _read(file: Path) -> Iterator[tuple[str, Moments]]:
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(f"{file} cannot be read: {error.strerror or error}.") from error
    for line in text.splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            found = json.loads(line)
            columns = {name: (float(n), float(s), float(q)) for name, (n, s, q) in found["columns"].items()}
            yield str(found["batch"]), Moments(columns)
