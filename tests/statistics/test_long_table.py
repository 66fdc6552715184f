"""Reading anyone's long table: what is accepted, dropped and counted, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from holdfast.errors import TableError
from holdfast.statistics.long_table import Roles, natural_order, read_csv, rows_of_table

ROLES = Roles(response="y", subject="id", visit="week", arm="arm")
TABLE = """id,week,arm,y,age,sex
1,4,B,10.5,30,f
1,8,B,11,30,f
2,4,A,NA,41,m
2,8,A,9,41,m
3,4,A,8,50,f
3,8,A,.,50,f
4,4,B,12,28,m
4,8,B, ,28,m
"""


@pytest.fixture
def table(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def rows(path: Path, roles: Roles = ROLES):
    return rows_of_table(read_csv(path), roles)


def refusal(path: Path, roles: Roles = ROLES) -> str:
    with pytest.raises(TableError) as caught:
        rows(path, roles)
    return str(caught.value).replace(str(path), "FILE")


def with_(**changes: object) -> Roles:
    fields = {"response": "y", "subject": "id", "visit": "week", "arm": "arm"}
    return Roles(**{**fields, **changes})


def test_rows_with_a_response_are_taken_and_empty_na_and_dot_are_missing(table):
    found, warnings = rows(table(TABLE))
    assert_array_equal(found.response, [10.5, 11, 9, 8, 12])
    assert_array_equal(found.subject, [0, 0, 1, 2, 3])
    assert_array_equal(found.visit, [0, 1, 1, 0, 0])
    assert_array_equal(found.arm, [1, 1, 0, 0, 1])
    assert (found.arms, found.visits) == (("A", "B"), ("4", "8"))
    assert warnings == ()


def test_text_covariates_and_those_named_are_factors(table):
    found, _ = rows(table(TABLE), with_(covariates=("age", "sex")))
    assert list(found.covariates) == ["age"]
    assert_array_equal(found.covariates["age"], [30, 30, 41, 50, 28])
    assert found.factors["sex"].levels == ("f", "m")
    assert_array_equal(found.factors["sex"].codes, [0, 0, 1, 0, 1])
    found, _ = rows(table(TABLE), with_(factors=("age",)))
    assert found.factors["age"].levels == ("28", "30", "41", "50")


def test_rows_without_a_covariate_are_dropped_and_counted(table):
    path = table(TABLE.replace("10.5,30", "10.5,NA").replace("NA,41", "NA,"))
    found, warnings = rows(path, with_(by_visit=("age",)))
    assert_array_equal(found.response, [11, 9, 8, 12])
    assert warnings == ("2 rows without a covariate were dropped; 1 of them had a response.",)


def test_reference_and_visits_may_be_given(table):
    found, warnings = rows(table(TABLE), with_(reference="B", visits=("8", "4")))
    assert (found.arms, found.visits) == (("B", "A"), ("8", "4"))
    found, warnings = rows(table(TABLE), with_(visits=("4",)))
    assert found.visits == ("4",)
    assert warnings == ("4 rows at visits not asked for were left out.",)


def test_a_mostly_numeric_factor_is_said(table):
    _, warnings = rows(table(TABLE.replace("12,28", "12,28y")), with_(covariates=("age",)))
    assert warnings == ("'age' is taken as a factor because of '28y'; most values are numbers.",)


def test_a_byte_order_mark_quotes_and_blank_lines_do_no_harm(table):
    text = '\ufeff"id","week","arm","y"\r\n"1","4","A","1"\r\n\r\n"2","4","B","2, or so"\r\n'
    assert refusal(table(text)) == "'y' on line 4 is '2, or so': a number is expected, or NA where missing."


@pytest.mark.parametrize(
    ("text", "roles", "sentence"),
    [
        (TABLE, with_(response="Y1"), "The table has no column 'Y1'; did you mean 'y'?"),
        (
            TABLE,
            with_(response="outcome"),
            "The table has no column 'outcome'; there are 'id', 'week', 'arm', 'y', 'age', 'sex'.",
        ),
        (TABLE, with_(response="Arm "), "The table has no column 'Arm '; did you mean 'arm'?"),
        (
            TABLE,
            with_(covariates=("arm",)),
            "The column 'arm' is named for two parts of the model: each needs its own.",
        ),
        (TABLE, with_(reference="C"), "No row has the reference arm 'C'; there are 'A', 'B'."),
        (TABLE, with_(visits=("4", "9")), "No row has the visit '9'; there are '4', '8'."),
        (TABLE, with_(visits=("4", "4")), "A visit is asked for twice."),
        (
            TABLE + "4,8,B,3,28,m\n",
            ROLES,
            "Subject '4' has visit '8' more than once (lines 9, 10): there may be one row for each.",
        ),
        (TABLE.replace("1,8,B", "1,8,A"), ROLES, "Subject '1' is in more than one arm (A, B)."),
        (TABLE.replace("B", "A"), ROLES, "There is only one arm, 'A': a comparison needs two."),
        (
            TABLE.replace("10.5", "ten"),
            ROLES,
            "'y' on line 2 is 'ten': a number is expected, or NA where missing.",
        ),
        (
            TABLE.replace("10.5", "inf"),
            ROLES,
            "'y' on line 2 is 'inf': a number is expected, or NA where missing.",
        ),
        (
            TABLE.replace("10.5", "1e999"),
            ROLES,
            "'y' on line 2 is '1e999': a number is expected, or NA where missing.",
        ),
        (
            TABLE.replace("10.5,30", "10.5,inf"),
            with_(covariates=("age",)),
            "'age' on line 2 is 'inf': a number is expected, or NA where missing.",
        ),
        (
            TABLE.replace("2,8,A", "2,8,NA").replace("3,4,A", "3,4,"),
            ROLES,
            "'arm' is missing on line 5 and 1 more: every row needs its subject, visit and arm.",
        ),
        (
            "id,week,arm,y\n1,4,A,NA\n2,4,B,.\n",
            ROLES,
            "No row has a value of 'y' and of every covariate.",
        ),
        ("id,week,arm,y\n", ROLES, "The table has a header but no rows."),
        ("", ROLES, "FILE is empty: the first line must name the columns."),
        ("id,y,y\n1,2,3\n", ROLES, "FILE names the column 'y' twice."),
        (TABLE + "5,4,A\n", ROLES, "FILE, line 10: 3 cells, but the header has 6."),
        (
            "id;week;arm;y\n1;2;3;4\n",
            ROLES,
            "FILE has one column, 'id;week;arm;y': cells must be separated by commas.",
        ),
    ],
)
def test_what_would_change_the_analysis_is_refused_in_a_sentence(table, text, roles, sentence):
    assert refusal(table(text), roles) == sentence


def test_a_file_that_is_not_there_or_not_text_is_refused(table, tmp_path):
    assert refusal(tmp_path / "none.csv").startswith("There is no file ")
    assert "is not text in UTF-8" in refusal(table(b"id,week,arm,y\n\xff\xfe,1,2,3\n"))
    assert "cannot be read: Is a directory" in refusal(tmp_path)


def test_labels_sort_with_their_numbers_by_value():
    assert natural_order(["10", "9", "-1", "1.5"]) == ("-1", "1.5", "9", "10")
    assert natural_order(["week 12", "week 4", "baseline"]) == ("baseline", "week 4", "week 12")
    assert natural_order(["V10b", "V2", "v10a"]) == ("V2", "v10a", "V10b")
    assert natural_order(["b", "a", "b"]) == ("a", "b")


@given(st.lists(st.text(max_size=6)))
def test_any_labels_can_be_sorted_each_once(labels):
    found = natural_order(labels)
    assert set(found) == set(labels)
    assert len(found) == len(set(labels))
    assert natural_order(reversed(found)) == found


def test_numbers_are_read_exactly(table):
    path = table("id,week,arm,y\n1,1,A,-1.5e-3\n2,1,B,+.5\n3,1,B,7.\n")
    assert_array_equal(rows(path)[0].response, np.array([-0.0015, 0.5, 7.0]))
