"""What the commands of this room do, between parsing and printing: progress, files, sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from holdfast.protocol.writing import write_whole
from holdfast.simulation import assumptions, published
from holdfast.simulation.calibration import calibrate as compare
from holdfast.simulation.calibration_page import markdown
from holdfast.studies import path_of

Tell = Callable[[float], None]


def calibrate(study: str, *, trials: int, seed: int, out: Path | None) -> None:
    """Draw trials, compare with what was published, write or print the page."""
    from holdfast.protocol.compiler import compile_study
    from holdfast.simulation.draw import rated_visits

    file = path_of(study)
    protocol = compile_study(file)
    model = assumptions.load(file.parent / "assumptions.yaml")
    known = published.load(file.parent / "published.yaml")
    with bar(f"Drawing {trials:,} trials at each share") as tell:
        found = compare(model, known, visits=rated_visits(protocol), trials=trials, seed=seed, progress=tell)
    page = markdown(found, published=known, trials=trials, seed=seed)
    if out is None:
        Console().out(page, highlight=False, end="")
        return
    write_whole(out, page)
    Console().print(f"Wrote {out}.", highlight=False)


@contextmanager
def bar(words: str) -> Iterator[Tell]:
    """A progress bar on standard error; what it yields is told the part done, 0 to 1."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(words, total=1.0)
        yield lambda done: progress.update(task, completed=done)
