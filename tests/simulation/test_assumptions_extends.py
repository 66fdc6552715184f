"""An assumption file may hold only what differs from a shipped study's; its problems keep their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast.errors import StudyFileError
from holdfast.simulation import assumptions
from holdfast.studies import path_of

SHIPPED = path_of("inactive-placebo").with_name("assumptions.yaml")
BELOW = assumptions.load(SHIPPED)

HEAD = "extends: inactive-placebo\nstudy: mine\n"
FIGURE = '{value: 9, unit: "points", status: assumed, date: "2026", source: "A test."}'


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def test_what_the_file_leaves_out_is_the_shipped_study_s(tmp_path: Path) -> None:
    found = assumptions.load(written(tmp_path, ""))
    assert found == BELOW.model_copy(update={"study": "mine"})


def test_a_figure_deep_inside_is_replaced_and_its_neighbours_stay(tmp_path: Path) -> None:
    found = assumptions.load(written(tmp_path, f"baseline:\n  sd: {FIGURE}\n"))
    assert (found.baseline.sd.number, found.baseline.sd.source) == (9, "A test.")
    assert found.baseline.mean == BELOW.baseline.mean
    assert found.latent == BELOW.latent


def test_the_value_of_a_scanned_figure_may_be_changed_alone(tmp_path: Path) -> None:
    quarter = FIGURE.replace("9", "0.25")
    found = assumptions.load(written(tmp_path, f"latent:\n  share:\n    value: {quarter}\n"))
    assert found.latent.share.number == 0.25
    assert found.latent.share.scan == BELOW.latent.share.scan


def test_a_figure_is_replaced_whole_so_that_no_value_keeps_another_s_source(tmp_path: Path) -> None:
    file = written(tmp_path, "baseline:\n  sd: {value: 9}\n")
    with pytest.raises(StudyFileError) as refused:
        assumptions.load(file)
    told = {(problem.where, problem.path) for problem in refused.value.problems}
    assert told == {(f"{file}:4", f"baseline.sd.{key}") for key in ("unit", "source", "status", "date")}


def test_an_unknown_key_names_the_line_of_the_file_that_holds_it(tmp_path: Path) -> None:
    file = written(tmp_path, f"latent:\n  shar: {FIGURE}\n")
    with pytest.raises(StudyFileError) as refused:
        assumptions.load(file)
    (problem,) = refused.value.problems
    assert (problem.where, problem.path, problem.found) == (
        f"{file}:4",
        "latent.shar",
        "the unknown key 'shar'",
    )


def test_lists_that_no_longer_fit_the_shipped_ones_are_told_at_the_changed_section(tmp_path: Path) -> None:
    file = written(tmp_path, f"latent:\n  therapy: {FIGURE.replace('9', '[6, 10]')}\n")
    with pytest.raises(StudyFileError, match="lists by visit must be of one length") as refused:
        assumptions.load(file)
    assert refused.value.problems[0].where == f"{file}:3"


@pytest.mark.parametrize("named", ["nowhere", "[1]", "../inactive-placebo"])
def test_only_a_shipped_study_may_be_extended(tmp_path: Path, named: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"study: mine\nextends: {named}\n", encoding="utf-8")
    with pytest.raises(StudyFileError, match=r"expected a shipped study \(.*inactive-placebo") as refused:
        assumptions.load(file)
    assert refused.value.problems[0].where == f"{file}:2"
