"""``holdfast mmrm`` end to end, against the reference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

HERE = Path(__file__).parent.parent / "reference"
FEV = HERE / "fev" / "fev_data.csv"
MMRM = json.loads((HERE / "fev" / "mmrm_unstructured.json").read_text())["fits"]
COLUMNS = ("--response", "FEV1", "--subject", "USUBJID", "--visit", "AVISIT", "--arm", "ARMCD")


def holdfast(*arguments: str, columns: int = 80) -> subprocess.CompletedProcess[str]:
    program = "from holdfast.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "mmrm", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": str(columns)},
    )


@pytest.mark.parametrize(("df", "given"), [("kr", ()), ("satterthwaite", ("--df", "satterthwaite"))])
def test_json_equals_r_mmrm(df, given):
    expected = next(each for each in MMRM if "RACE" in each["formula"] and each["df_method"] == df)
    done = holdfast(str(FEV), *COLUMNS, "--covariates", "RACE,SEX", *given, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert set(found["contrasts"][0]) == {"arm", "visit", "estimate", "se", "df", "p", "lower", "upper"}
    assert [(c["arm"], c["visit"]) for c in found["contrasts"]] == [("TRT", f"VIS{k}") for k in (1, 2, 3, 4)]
    for key, other in (("estimate", "diff_est"), ("se", "diff_se"), ("df", "diff_df")):
        assert_allclose([c[key] for c in found["contrasts"]], expected[other], rtol=1e-6)
    assert_allclose(found["neg2ll"], expected["neg2ll"], rtol=1e-9)
    assert found["converged"] is True
    assert found["warnings"] == []
    for c in found["contrasts"]:
        assert c["lower"] < c["estimate"] < c["upper"]
        assert 0 < c["p"] < 0.05


def test_structure_group_and_clusters_are_said_in_json():
    options = ("--covariates", "RACE,SEX", "--structure", "adh", "--group", "ARMCD")
    found = json.loads(holdfast(str(FEV), *COLUMNS, *options, "--json").stdout)
    assert (found["structure"], found["method"], found["df"]) == ("adh", "reml", "kr")
    assert found["number_of_covariance_parameters"] == 14
    assert list(found["covariance"]) == ["PBO", "TRT"]
    assert found["covariance_parameters"][4]["name"] == "correlation of VIS1 and VIS2 in PBO"
    assert_allclose(found["aic"], found["neg2ll"] + 28, rtol=1e-12)
    assert [test["test"] for test in found["tests"]] == ["arm at all visits", "arm by visit"]
    assert [test["numerator_df"] for test in found["tests"]] == [4, 3]
    robust = json.loads(holdfast(str(FEV), *COLUMNS, "--cluster", "USUBJID", "--json").stdout)
    assert (robust["df"], robust["robust"], robust["clusters"]) == ("robust", "cr2", 197)


def test_people_read_structure_pair_and_joint_tests():
    pairs = HERE / "pairs" / "pairs.csv"
    names = ("--response", "outcome", "--subject", "subject", "--visit", "visit", "--arm", "arm")
    done = holdfast(str(pairs), *names, "--structure", "cs", "--pair", "pair", "--reference", "control")
    said = " ".join(done.stdout.split())
    assert done.returncode == 0
    assert "Test of arm at all visits: F(3, " in said
    assert "Test of arm by visit: F(2, " in said
    assert "compound symmetry covariance, REML, Kenward-Roger (linear)" in said
    assert "4 covariance parameters" in said


def test_exchanging_the_reference_turns_the_sign_and_visits_choose_the_rows():
    done = holdfast(
        str(FEV),
        *COLUMNS,
        "--covariates",
        "RACE,SEX",
        "--reference",
        "TRT",
        "--visits",
        "VIS4,VIS3",
        "--json",
    )
    found = json.loads(done.stdout)
    assert [(c["arm"], c["visit"]) for c in found["contrasts"]] == [("PBO", "VIS4"), ("PBO", "VIS3")]
    assert all(c["estimate"] < 0 for c in found["contrasts"])
    assert found["warnings"] == ["400 rows at visits not asked for were left out."]


def test_people_read_a_table():
    done = holdfast(str(FEV), *COLUMNS, "--by-visit", "FEV1_BL", "--method", "ml")
    assert done.returncode == 0
    assert "FEV1: difference from PBO" in done.stdout
    assert "FEV1: least squares means" in done.stdout
    assert done.stdout.count("│ TRT") == 8
    assert "537 responses of 197 subjects; unstructured covariance, ML" in done.stdout
    assert "Note: Kenward-Roger was derived for REML" in done.stdout


def test_a_narrow_terminal_cuts_no_number_and_no_name():
    wide = holdfast(str(FEV), *COLUMNS, columns=120).stdout
    narrow = holdfast(str(FEV), *COLUMNS, columns=30).stdout
    rows = [line.split() for line in wide.splitlines() if "│ TRT" in line]
    assert len(rows) == 8
    assert [line.split() for line in narrow.splitlines() if "│ TRT" in line] == rows


def test_what_is_not_utf8_is_told_with_what_to_do(tmp_path):
    path = tmp_path / "latin.csv"
    path.write_bytes("USUBJID,AVISIT,ARMCD,FEV1\né,1,A,2\n".encode("latin-1"))
    done = holdfast(str(path), *COLUMNS)
    assert (done.returncode, done.stderr) == (2, f'{path} is not text in UTF-8: save it as "CSV UTF-8".\n')


def test_what_cannot_be_estimated_is_null_with_a_warning(tmp_path):
    lines = FEV.read_text().splitlines()
    empty = [line for line in lines if '"VIS4","TRT"' not in line]
    path = tmp_path / "without.csv"
    path.write_text("\n".join(empty) + "\n")
    found = json.loads(holdfast(str(path), *COLUMNS, "--json").stdout)
    last = found["contrasts"][-1]
    assert (last["arm"], last["visit"], last["estimate"], last["p"]) == ("TRT", "VIS4", None, None)
    assert "The differences of these cannot be estimated: TRT at VIS4." in found["warnings"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("no-such.csv", *COLUMNS), "There is no file no-such.csv."),
        ((str(FEV), *COLUMNS, "--covariates", "race"), "no column 'race'; did you mean 'RACE'?"),
        ((str(FEV), *COLUMNS[2:], "--response", "RACE"), "'RACE' on line 2 is 'Black or African American'"),
        ((str(FEV), *COLUMNS, "--structure", "un"), "--structure"),
        ((str(FEV), *COLUMNS, "--pair", "THERAPIST"), "no column 'THERAPIST'"),
        ((str(FEV), *COLUMNS, "--cluster", "AVISIT"), "A subject is in two clusters"),
        ((str(FEV), *COLUMNS, "--reference", "PB"), "reference arm 'PB'; did you mean 'PBO'?"),
    ],
)
def test_refusals_are_sentences_and_exit_2(arguments, sentence):
    done = holdfast(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
