"""What the commands of this room print: progress while they work, then what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from holdfast.analysis.results import without_nan
from holdfast.errors import ImpossibleValue, Refusal
from holdfast.planning.asked import grids, settings
from holdfast.planning.engine import Engine, engine_of
from holdfast.planning.outcome import EXPECTANCY_WARNING, GUESS_WARNING, Outcome
from holdfast.planning.rehearse import FILES, Written
from holdfast.planning.rehearse import rehearse as run
from holdfast.planning.report import lines
from holdfast.planning.scenario import Ground, ground_of
from holdfast.planning.simulate import find, simulate

FEWEST_TRIALS = 20
WORDS = {
    "refused": "requests refused",
    "deviations": "deviations",
    "corrections": "corrections",
    "late_entries": "late entries",
    "missed_readings": "missed readings",
}


def rehearse(study: str, *, seed: int, out: Path) -> None:
    """Rehearse a study with a progress bar on standard error, and say what came of it."""
    with _bar("Playing") as tell:
        written = run(study, seed=seed, out=out, tell=lambda words, part: tell(words, part or 1.0))
    for line in said(written):
        Console(highlight=False, soft_wrap=True).print(line, markup=False)


@contextmanager
def _bar(words: str) -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error; what it yields is told what is done and which part of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(words, total=1.0)
        yield lambda words, part: progress.update(task, description=words, completed=part)


def said(written: Written) -> list[str]:
    """The lines printed at the end."""
    counts = written.counts
    lines = [
        f"Rehearsal: no real person. {counts.records:,} records in {written.seconds:.1f} s.",
        *(f"  {getattr(counts, name):>6,} {words}" for name, words in WORDS.items()),
        f"Written to {written.folder}:",
    ]
    return [*lines, *(f"  {written.folder / name}" for name in FILES)]


def list_names(studies: Sequence[str], *, assume: Path | None) -> None:
    """Print what ``--set`` and ``--grid`` take: name, value, what it may be, what it is."""
    console = Console(highlight=False, soft_wrap=True)
    for study in dict.fromkeys(studies):
        every = ground_of(study, assume=assume).parameters()
        wide = max(len(each.alias) for each in every)
        console.print(f"{study}: name, value, allowed range, what it is", markup=False)
        for each in every:
            low, high = each.allowed
            console.print(
                f"  {each.alias:<{wide}}  {each.value:>7g}  {low:g} to {high:g}  {each.label}", markup=False
            )


def simulate_studies(
    studies: Sequence[str],
    *,
    assume: Path | None,
    set_: Sequence[str],
    grid: Sequence[str],
    trials: int,
    seed: int,
    workers: int | None,
    engine: str | None,
    as_json: bool,
    out: Path | None,
    sought: str | None,
    power: float,
    yes: bool,
) -> None:
    """Simulate studies, or look for the smallest n, and print or write what came of it."""
    if as_json and out is not None:
        raise Refusal("Give --json or --out, not both: the folder holds the JSON too.")
    if sought is not None and out is not None:
        raise Refusal("--find writes no folder: leave out --out, or simulate the n that it finds.")
    if trials < FEWEST_TRIALS:
        raise ImpossibleValue(f"At least {FEWEST_TRIALS} trials are needed to say anything, not {trials}.")
    values = grids(grid, fixed=settings(set_))
    grounds = [ground_of(study, assume=assume) for study in dict.fromkeys(studies)]
    at = engine_of(engine, workers=workers)
    console = Console(highlight=False, soft_wrap=True)
    if sought is not None:
        _find(grounds, values, sought, trials=trials, seed=seed, at=at, power=power, as_json=as_json)
        return
    with _bar("Simulating") as tell:
        found = simulate(grounds, values, trials=trials, seed=seed, engine=at, out=out, yes=yes, tell=tell)
    if as_json:
        console.out(json.dumps(found.as_json(), indent=2, ensure_ascii=False), highlight=False)
        return
    for line in lines(found.outcomes):
        console.print(line, markup=False)
    for note in notes(found.outcomes):
        console.print(f"Note: {note}", markup=False)
    if found.carried:
        console.print(f"{found.trials_per_second:,.0f} trials a second, {at.name}.", markup=False)
    for file in found.files:
        console.print(f"Wrote {file}", markup=False)


def notes(outcomes: Sequence[Outcome]) -> list[str]:
    """The warnings of what the lines show, each once; the guess-adjusted estimate is not among it."""
    told = dict.fromkeys(text for each in outcomes for text in each.warnings)
    return [text for text in told if text != GUESS_WARNING]


def _find(
    grounds: Sequence[Ground],
    values: Sequence[dict[str, float]],
    sought: str,
    *,
    trials: int,
    seed: int,
    at: Engine,
    power: float,
    as_json: bool,
) -> None:
    if sought != "n":
        raise Refusal(f"--find looks for n, not for {sought!r}.")
    console = Console(highlight=False, soft_wrap=True)
    every = []
    for ground in grounds:
        for each in values:
            with _bar("Looking for n") as tell:
                found = find(ground, each, power=power, trials=trials, seed=seed, engine=at, tell=tell)
            every.append({"study": ground.protocol.study.code, "set": each, **asdict(found)})
            if not as_json:
                given = ", ".join(f"{name} {value:g}" for name, value in each.items()) or "as assumed"
                console.print(
                    f"{ground.protocol.study.code} ({given}): n = {found.n} reaches a power of {power:g}: "
                    f"{found.power.estimate:.3f} ({found.power.lower:.3f} to {found.power.upper:.3f}, "
                    f"{found.power.n:,} trials). Fewer than {found.lowest} are too few; from {found.lowest} "
                    f"to {found.n} this many trials cannot tell.",
                    markup=False,
                )
    if as_json:
        told = {"found": without_nan(every), "seed": seed, "warnings": [EXPECTANCY_WARNING]}
        console.out(json.dumps(told, indent=2), highlight=False)
    else:
        console.print(f"Note: {EXPECTANCY_WARNING}", markup=False)
