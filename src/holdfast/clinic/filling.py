"""A sentence for the first page while the demonstration's studies are being made.

A file in the data folder, because whoever fills and whoever serves are two processes.
"""

from __future__ import annotations

from holdfast.clinic import place

NAME = "filling"


def say(sentence: str) -> None:
    """Show a sentence."""
    (place.data_folder() / NAME).write_text(sentence, encoding="utf-8")


def done() -> None:
    """Show none any more."""
    (place.data_folder() / NAME).unlink(missing_ok=True)


def sentence() -> str:
    """The sentence, "" where nothing is being made."""
    try:
        return (place.data_folder() / NAME).read_text(encoding="utf-8")
    except OSError:
        return ""
