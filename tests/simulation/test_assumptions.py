"""Assumption files are checked like study files: every problem, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import StudyFileError, UnknownName
from holdfast.simulation import assumptions, published
from holdfast.sourced import Status
from holdfast.studies import path_of

FILE = path_of("inactive-placebo").parent / "assumptions.yaml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file = tmp_path / "assumptions.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


def test_every_event_rate_other_than_leaving_is_marked_assumed() -> None:
    model = assumptions.load(FILE)
    assert {figure.status for figure in model.events.values()} == {Status.ASSUMED}
    assert model.latent.share.scan.numbers == (0.0, 1.0)


def test_the_hold_out_differs_in_its_baseline_alone() -> None:
    model = assumptions.load(FILE)
    other = model.as_holdout()
    assert (other.baseline.mean.number, other.baseline.sd.number, other.baseline.entry.number) == (
        41.5,
        6.4,
        35,
    )
    assert other.model_copy(update={"baseline": model.baseline}) == model


def test_an_unknown_key_and_a_missing_one_are_told_together(tmp_path: Path) -> None:
    file = changed(tmp_path, "\ncourse:\n", "\ncoarse:\n")
    with pytest.raises(StudyFileError) as refused:
        assumptions.load(file)
    told = {(problem.path, problem.found) for problem in refused.value.problems}
    assert ("course", "no 'course'") in told
    assert ("coarse", "the unknown key 'coarse'") in told
    assert all(problem.where.startswith(f"{file}:") for problem in refused.value.problems)


def test_a_rate_above_one_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "missed-session: {value: 0.02,", "missed-session: {value: 2,")
    with pytest.raises(StudyFileError, match=r"events\.missed-session must lie between 0 and 1, here 2"):
        assumptions.load(file)


def test_a_value_outside_its_scan_is_refused(tmp_path: Path) -> None:
    file = changed(tmp_path, "value: {value: 0.8, unit:", "value: {value: 0.95, unit:")
    with pytest.raises(
        StudyFileError, match=r"must lie inside its scan \[lowest, highest\], here \[0\.6, 0\.9\]"
    ):
        assumptions.load(file)


def test_a_figure_without_a_source_is_refused(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8").splitlines()
    line = next(i for i, each in enumerate(text) if each.startswith("  phi:")) + 1
    text[line] = '    value: {value: 0.8, unit: "1", status: calibrated, date: "2026"}'
    file = tmp_path / "assumptions.yaml"
    file.write_text("\n".join(text), encoding="utf-8")
    with pytest.raises(StudyFileError) as refused:
        assumptions.load(file)
    (problem,) = refused.value.problems
    assert (problem.where, problem.path, problem.found) == (
        f"{file}:{line + 1}",
        "course.phi.value.source",
        "no 'source'",
    )


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="it belongs beside the study file"):
        assumptions.load(tmp_path / "assumptions.yaml")


def test_published_outcomes_know_their_standard_errors() -> None:
    known = published.load(FILE.parent / "published.yaml")
    spreads = {
        (row.measure, row.arm): known.spread(row) for row in known.of("MAPP2") if row.visit == "week-18"
    }
    assert spreads["change-ls", "mdma"] == 1.658
    assert spreads["mean", "mdma"] == pytest.approx(12.3 / 52**0.5)
    assert spreads["response", "placebo"] == pytest.approx(100 * (0.69 * 0.31 / 42) ** 0.5)
    assert spreads["guess-right", "mdma"] is None  # how many guessed is not known
