"""``holdfast rehearse``: play one trial, analyse it, write everything a reader would want.

The folder appears whole or not at all: it is filled beside its place and moved there at
the end.
"""

from __future__ import annotations

import gc
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from holdfast.allocation.key import to_bytes
from holdfast.analysis.analyse import analyse, tables
from holdfast.analysis.report import html
from holdfast.errors import Refusal, Unavailable
from holdfast.protocol.compiler import compile_study
from holdfast.records.ndjson import write_file
from holdfast.simulation import assumptions
from holdfast.simulation.play import Counts, Rehearsal, play
from holdfast.studies import path_of

Tell = Callable[[str, float], None]
"""Is told what is being done and which part of it is done, 0 to 1."""

FILES = ("records.ndjson", "key.json", "counts.json", "results.json", "report.html", "tables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Where a rehearsal was written, what went otherwise than planned, and how long it took."""

    folder: Path
    counts: Counts
    seconds: float


def rehearse(study: str, *, seed: int, out: Path, tell: Tell | None = None) -> Written:
    """Play a study with a seed and write records, tables, results and report into ``out``.

    Raises:
        Refusal: where ``out`` is there already, or the study cannot be rehearsed.
        StudyFileError: where the study or its assumptions do not compile.
        Unavailable: where the disk will not have it; nothing is left behind.
    """
    begun = perf_counter()
    _free(out)
    said = tell or (lambda words, part: None)
    file = path_of(study)
    protocol = compile_study(file)
    model = assumptions.load(file.parent / "assumptions.yaml")
    # Made before the play: a place that cannot be written is told at once.
    folder = _beside(out)
    try:
        with seldom_collected():
            played = play(protocol, model, seed=seed, progress=lambda part: said("Playing", part))
            _write(played, folder, said)
        folder.replace(out)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(f"{out} could not be written: {reason}. Nothing was left behind.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Written(folder=out, counts=played.counts, seconds=perf_counter() - begun)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the garbage collector look seldom: fifty thousand records all last, and none are garbage.

    Looking through them again and again took a fifth of a rehearsal's time (measured).
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _free(out: Path) -> None:
    empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not empty:
        raise Refusal(f"{out} is there already: name a folder that is not, or remove it first.")


def _beside(out: Path) -> Path:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
        folder.chmod(0o755)
    except OSError as error:
        raise Unavailable(f"{out} could not be made: {error.strerror}.") from error
    return folder


def _write(played: Rehearsal, folder: Path, said: Tell) -> None:
    said("Writing records", 0.0)
    write_file(folder / "records.ndjson", played.sealed)
    (folder / "key.json").write_bytes(to_bytes(played.key))
    said("Making tables", 0.0)
    records = played.records
    (folder / "tables").mkdir()
    for name, table in tables(records, played.protocol, played.key).items():
        table.write_parquet(folder / "tables" / f"{name}.parquet")
        table.write_csv(folder / "tables" / f"{name}.csv")
    said("Analysing", 0.0)
    results = analyse(records, played.protocol, played.key)
    _json(folder / "results.json", results.as_json())
    _json(folder / "counts.json", asdict(played.counts))
    said("Drawing the report", 0.0)
    (folder / "report.html").write_text(html(results), encoding="utf-8")


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
