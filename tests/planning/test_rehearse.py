"""``holdfast rehearse``: a folder that appears whole or not at all, alike for the same seed."""

from __future__ import annotations

import errno
import json
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from holdfast import cli
from holdfast.allocation.key import from_bytes
from holdfast.errors import Refusal, Unavailable
from holdfast.planning import rehearse as room
from holdfast.planning.command import said
from holdfast.planning.rehearse import rehearse
from holdfast.records.ndjson import read_file
from holdfast.studies import path_of

TABLES = {"adsl", "adqs", "advs", "adae", "adex", "adice"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The shipped study with twelve people, so that a rehearsal takes a few seconds."""
    folder = tmp_path_factory.mktemp("little")
    shipped = path_of("inactive-placebo").parent
    (folder / "study.yaml").write_bytes((shipped / "study.yaml").read_bytes())
    text = (shipped / "assumptions.yaml").read_text(encoding="utf-8")
    assert text.count("by_arm: {value: [51, 53],") == 1
    few = text.replace("by_arm: {value: [51, 53],", "by_arm: {value: [6, 6],")
    (folder / "assumptions.yaml").write_text(few, encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def written(study: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rehearse(study, seed=4, out=tmp_path_factory.mktemp("out") / "rehearsal").folder


def test_everything_a_reader_wants_is_there(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == set(room.FILES)
    assert {path.stem for path in (written / "tables").iterdir()} == TABLES
    assert {path.suffix for path in (written / "tables").iterdir()} == {".parquet", ".csv"}
    results = json.loads((written / "results.json").read_text(encoding="utf-8"))
    assert results["life"] == "rehearsal"
    assert results["unblinded"] is True
    assert "Rehearsal: no real person" in (written / "report.html").read_text(encoding="utf-8")


def test_the_files_tell_of_the_same_trial(written: Path) -> None:
    sealed = read_file(written / "records.ndjson")
    key = from_bytes((written / "key.json").read_bytes())
    people = pl.read_parquet(written / "tables" / "adsl.parquet").filter(pl.col("RANDFL") == "Y")
    assert Counter(people["TRT01P"].to_list()) == {"placebo": 6, "mdma": 6}
    slots = [each.record.fact.slot for each in sealed if each.record.kind == "randomised"]
    assert Counter(key.arm_of_slot[slot] for slot in slots) == {"placebo": 6, "mdma": 6}
    counts = json.loads((written / "counts.json").read_text(encoding="utf-8"))
    assert counts["records"] == len(sealed)
    assert pl.read_csv(written / "tables" / "adae.csv").height == pl.read_parquet(
        written / "tables" / "adae.parquet"
    ).height  # fmt: skip


def test_the_same_seed_writes_the_same_bytes(study: str, written: Path, tmp_path: Path) -> None:
    again = rehearse(study, seed=4, out=tmp_path / "again").folder
    names = sorted(str(path.relative_to(written)) for path in written.rglob("*") if path.is_file())
    assert len(names) == 5 + 2 * len(TABLES)
    for name in names:
        assert (again / name).read_bytes() == (written / name).read_bytes(), name


def test_the_command_prints_what_went_otherwise_and_where_it_is(study: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "rehearsal"
    ran = CliRunner().invoke(cli.app, ["rehearse", study, "--seed", "5", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    for words in ("requests refused", "deviations", "corrections", "late entries", "missed readings"):
        found = re.search(rf"([\d,]+) {words}", ran.output)
        assert found is not None, words
        assert int(found[1].replace(",", "")) > 0, words
    assert "Rehearsal: no real person." in ran.output
    for name in room.FILES:
        assert str(out / name) in ran.output.replace("\n", "")
        assert (out / name).exists()


def test_a_folder_that_is_there_is_refused_and_kept(study: str, tmp_path: Path) -> None:
    kept = tmp_path / "mine.txt"
    kept.write_text("mine", encoding="utf-8")
    with pytest.raises(Refusal, match="is there already: name a folder that is not, or remove it first"):
        rehearse(study, seed=1, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_full_disk_leaves_nothing_behind(
    study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room, "analyse", full)  # records and tables are written by then
    with pytest.raises(Unavailable, match="could not be written: No space left on device"):
        rehearse(study, seed=1, out=tmp_path / "rehearsal")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_before_anything_is_played(
    study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played(*args: object, **named: object) -> None:
        raise AssertionError("the trial was played for nothing")

    monkeypatch.setattr(room, "play", played)
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with pytest.raises(Unavailable, match="could not be made"):
        rehearse(study, seed=1, out=tmp_path / "file" / "rehearsal")


def test_an_unknown_study_is_a_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["holdfast", "rehearse", "no-such-study", "--out", str(tmp_path / "x")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "There is no study 'no-such-study'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_counts_are_said_in_words(written: Path) -> None:
    counts = json.loads((written / "counts.json").read_text(encoding="utf-8"))
    lines = said(room.Written(folder=Path("out"), counts=room.Counts(**counts), seconds=12.34))
    assert lines[0] == f"Rehearsal: no real person. {counts['records']:,} records in 12.3 s."
    assert lines[1] == f"  {counts['refused']:>6,} requests refused"
    assert lines[-1] == "  out/tables"
