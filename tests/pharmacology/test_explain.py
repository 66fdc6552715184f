"""The explained day: bands, words, three forms, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

from holdfast.cli import app
from holdfast.errors import ImpossibleValue, Refusal
from holdfast.pharmacology import explain_page
from holdfast.pharmacology.day import Model
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.explain import Explained, Question, as_json, explain

SPLIT = (Dose(120), Dose(60, 1.75))
SHOWN = ("concentration", "oxytocin", "felt_effect", "systolic", "diastolic", "heart_rate", "temperature")


@pytest.fixture(scope="module")
def answer() -> Explained:
    return explain(Question(SPLIT), members=300)


def test_json_has_the_hours_first_then_each_quantity_with_its_bands(answer: Explained) -> None:
    found = json.loads(json.dumps(as_json(answer), allow_nan=False))
    assert list(found) == ["time_h", *SHOWN, "mda_formed", "about"]
    assert len(found["time_h"]) == 145
    assert found["time_h"][-1] == 12
    for name in SHOWN:
        each = found[name]
        order = [each["band_90"]["low"], each["band_50"]["low"], each["median"]]
        order += [each["band_50"]["high"], each["band_90"]["high"]]
        assert (np.diff(np.array(order), axis=0) >= 0).all()
    assert "without_tolerance" not in found["concentration"]
    for name in ("systolic", "diastolic", "heart_rate", "temperature"):
        bound = found[name]["without_tolerance"]
        assert (np.array(bound["median"]) >= np.array(found[name]["median"]) - 0.001).all()
        assert (np.array(bound["percentile_95"]) >= np.array(found[name]["band_90"]["high"]) - 0.001).all()
    assert found["about"]["doses"] == [{"mg": 120, "at_h": 0.0}, {"mg": 60, "at_h": 1.75}]


def test_it_says_what_the_band_is_which_model_and_that_it_is_no_advice(answer: Explained) -> None:
    said = " ".join(answer.words)
    for words in (
        "middle of 300 virtual people",
        "nine of ten in the light one",
        "Studies are taken to differ by 30 % in concentration and 25 % in effect",
        "Model B: proposed",
        "All effects are calibrations",
        "no dosing advice",
        "bound without acute tolerance",
        "Its concentration is not known",
    ):
        assert words in said
    assert answer.release[0].startswith("Rank order only")


def test_the_same_question_has_the_same_answer(answer: Explained) -> None:
    again = explain(Question(SPLIT), members=300)
    assert explain_page.svg(again) == explain_page.svg(answer)
    assert explain_page.html(again) == explain_page.html(answer)


def test_the_picture_is_well_formed_and_has_a_lane_for_each_quantity(answer: Explained) -> None:
    root = ElementTree.fromstring(explain_page.svg(answer))
    text = " ".join(root.itertext())
    for title in (
        "MDMA in plasma (ng/mL)",
        "Oxytocin (pg/mL)",
        "Felt effect (% of the greatest possible)",
        "Systolic pressure (mmHg)",
        "Diastolic pressure (mmHg)",
        "Heart rate (/min)",
        "Temperature (°C)",
        "120 mg",
        "60 mg",
    ):
        assert title in text
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 7 + 2 * 4  # a middle each, two bounds for the four vital signs
    assert "NaN" not in explain_page.svg(answer)


def test_the_page_stands_alone_and_has_its_numbers_as_a_table(answer: Explained) -> None:
    page = explain_page.html(answer)
    assert "<script" not in page
    assert not re.search(r"\sstyle\s*=", page)
    assert not re.search(r"(src|href)=", page)
    assert page.count("<table>") == 8
    assert "no forecast of a person" in page.lower()


def test_what_is_known_of_the_person_is_in_the_title_and_changes_the_day() -> None:
    given = explain(
        Question((Dose(120),), weight_kg=60, genotype="poor", medicines=("paroxetine",)), members=200
    )
    assert given.title == (
        "MDMA HCl 120 mg at 0 h, 60 kg, poor metaboliser (activity score 0), with paroxetine"
    )
    plain = explain(Question((Dose(120),)), members=200)
    assert given.bands["concentration"].median.max() > plain.bands["concentration"].median.max()
    assert given.bands["felt_effect"].median.max() < plain.bands["felt_effect"].median.max()
    assert "Five half-lives of paroxetine or its active metabolite are 4.4 to 5.0 days" in " ".join(
        given.words
    )


def test_each_range_that_is_drawn_is_said_with_its_source() -> None:
    said = " ".join(explain(Question((Dose(120),), medicines=("fluoxetine",)), members=50).words)
    assert "Drawn: it leaves 0 to 10 % of CYP2D6 activity (strong inhibitors leave CYP2D6 nearly no" in said
    assert "Drawn: it leaves 20 to 70 % of the rise of the felt effect (1 - (0.80 to 0.30): Sarparast" in said
    assert "of the rise of systolic" not in said


def test_a_wash_out_from_memory_says_so() -> None:
    said = " ".join(explain(Question((Dose(120),), medicines=("bupropion",)), members=50).words)
    assert "4.2 to 7.7 days, from memory: verify before use" in said
    assert "Not drawn: the lower heart rate, whose size is not known." in said


def test_refusals_come_in_sentences() -> None:
    with pytest.raises(Refusal, match="lithium: MAO inhibitors and lithium are an absolute stop"):
        explain(Question((Dose(120),), medicines=("lithium",)))
    with pytest.raises(ImpossibleValue, match="nothing is computed beyond"):
        explain(Question((Dose(200),)))
    with pytest.raises(Refusal, match="Model A has no CYP2D6 of its own, so a CYP2D6 class cannot act"):
        explain(Question((Dose(120),), genotype="poor", model=Model.A))
    with pytest.raises(Refusal, match="paroxetine, which inhibits CYP2D6"):
        explain(Question((Dose(120),), medicines=("paroxetine",), model=Model.A))


@pytest.mark.parametrize("form", ["html", "svg", "json"])
def test_the_command_writes_each_form(form: str, tmp_path: Path) -> None:
    out = tmp_path / f"day.{form}"
    ran = CliRunner().invoke(app, ["explain", "--dose", "120", "--supplement", "60@1.75", "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    assert f"Wrote {out}." in ran.output
    text = out.read_text(encoding="utf-8")
    assert text.startswith({"html": "<!doctype html>", "svg": "<svg ", "json": '{"time_h": [0.0, '}[form])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dose", "500", "--out", "x.svg"], "nothing is computed beyond"),
        (["--dose", "120", "--supplement", "90@2", "--out", "x.svg"], "within 12 hours"),
        (["--dose", "120", "--supplement", "60@13", "--out", "x.svg"], "has 12 hours"),
        (["--dose", "120", "--with", "phenelzine", "--out", "x.svg"], "absolute stop"),
        (["--dose", "120", "--with", "lithium", "--with", "paroxetine", "--out", "x.svg"], "absolute stop"),
        (["--dose", "120", "--with", "paroxetine", "--with", "lithium", "--out", "x.svg"], "absolute stop"),
        (["--dose", "120", "--with", "carvedilol", "--with", "lithium", "--out", "x.svg"], "lithium: MAO"),
        (["--dose", "120", "--with", "paroxetine", "--with", "pindolol", "--out", "x.svg"], "no study"),
        (["--dose", "120", "--out", "x.pdf"], "is neither .html, .svg nor .json"),
        (["--dose", "120", "--weight", "7", "--out", "x.svg"], "no weight of an adult"),
    ],
)
def test_the_command_refuses_and_writes_nothing(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["explain", *arguments])
    assert isinstance(ran.exception, Refusal)
    assert words in str(ran.exception)
    assert list(tmp_path.iterdir()) == []
