"""What `holdfast check`, `show` and `diff` do: one call each, and the words to print."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.figures import figures, unsigned
from holdfast.protocol.model import Protocol
from holdfast.protocol.outline import outline
from holdfast.protocol.page import html
from holdfast.protocol.terminal import print_outline
from holdfast.protocol.writing import write_whole


def summary(protocol: Protocol) -> str:
    """One line on a protocol that compiles."""
    study = protocol.study
    return (
        f"{study.code} {study.version} compiles: {len(protocol.arms)} arms, {len(protocol.visits)} visits, "
        f"{len(protocol.forms)} forms, {len(protocol.eligibility)} criteria, "
        f"{len(figures(protocol))} figures, "
        f"{len(unsigned(protocol))} of them to be signed in a live study. Hash {protocol.hash[:16]}."
    )


def check(path: Path) -> str:
    """Compile a study file and say so in a line; StudyFileError with every problem."""
    return summary(compile_study(path))


def show(path: Path, *, page: Path | None, console: Console) -> None:
    """Print a protocol in words, or write it as an HTML page."""
    words = outline(compile_study(path))
    if page is None:
        print_outline(words, console=console)
        return
    write_whole(page, html(words))
    console.print(f"Wrote {page}.", markup=False, soft_wrap=True)


def diff(old: Path, new: Path) -> tuple[str, ...]:
    """The lines that say what changed from one study file to another."""
    before, after = _both(old, new)
    found = changes(before, after)
    lines = [str(change) for change in found]
    if found:
        many = "1 difference" if len(found) == 1 else f"{len(found)} differences"
    elif before.hash == after.hash:
        many = "The same text"
    else:
        many = "No difference in meaning; the texts differ (comments, order or spelling)"
    lines.append(f"{many}. Hash {before.hash[:16]} → {after.hash[:16]}.")
    return tuple(lines)


def _both(old: Path, new: Path) -> tuple[Protocol, Protocol]:
    """Both compiled; StudyFileError with the problems of both."""
    try:
        before = compile_study(old)
    except StudyFileError as broken:
        try:
            compile_study(new)
        except StudyFileError as too:
            raise StudyFileError(broken.problems + too.problems) from None
        raise
    return before, compile_study(new)
