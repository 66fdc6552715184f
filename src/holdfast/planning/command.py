"""What ``holdfast rehearse`` prints: progress while it works, then counts and places."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from holdfast.planning.rehearse import FILES, Written
from holdfast.planning.rehearse import rehearse as run

WORDS = {
    "refused": "requests refused",
    "deviations": "deviations",
    "corrections": "corrections",
    "late_entries": "late entries",
    "missed_readings": "missed readings",
}


def rehearse(study: str, *, seed: int, out: Path) -> None:
    """Rehearse a study with a progress bar on standard error, and say what came of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Playing", total=1.0)
        written = run(
            study,
            seed=seed,
            out=out,
            tell=lambda words, part: progress.update(task, description=words, completed=part or 1.0),
        )
    for line in said(written):
        Console(highlight=False, soft_wrap=True).print(line, markup=False)


def said(written: Written) -> list[str]:
    """The lines printed at the end."""
    counts = written.counts
    lines = [
        f"Rehearsal: no real person. {counts.records:,} records in {written.seconds:.1f} s.",
        *(f"  {getattr(counts, name):>6,} {words}" for name, words in WORDS.items()),
        f"Written to {written.folder}:",
    ]
    return [*lines, *(f"  {written.folder / name}" for name in FILES)]
