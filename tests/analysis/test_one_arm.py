"""A study of one arm is analysed without a key: one group, no contrast, and said to compare nothing."""

from __future__ import annotations

from functools import cache

from analysis.test_periodic import played
from holdfast.analysis.analyse import UNCOMPARED, analyse, tables
from holdfast.analysis.report import html
from holdfast.analysis.results import Results
from programme_world import protocol


@cache
def results() -> Results:
    return analyse(played(), protocol())


def test_everybody_who_entered_is_in_the_one_group_by_its_name():
    people = tables(played(), protocol())["adsl"]
    entered = [record for record in played() if record.kind == "treatment-entered"]
    assert people["TRT01P"].drop_nulls().to_list() == ["mdma"] * len(entered)
    assert results().flow.randomised == {"mdma": len(entered)}
    assert results().flow.entry == "Entered treatment"
    assert results().baseline[0].label == "Entered treatment, n"


def test_days_count_from_entering():
    scores = tables(played(), protocol())["adqs"]
    baseline = scores.filter((scores["AVISIT"] == "baseline") & (scores["PARAMCD"] == "CAPS5.TOTAL"))
    entered = {r.stream.split("/")[1] for r in played() if r.kind == "treatment-entered"}
    days = {
        person.rpartition("authorised-prescriber-")[2]: day
        for person, day in baseline.select("USUBJID", "ASTDY").iter_rows()
    }
    assert {days[person] for person in entered} == {1}


def test_changes_are_told_and_nothing_is_compared():
    primary = results().continuous[0]
    assert {row.group for row in primary.ls_changes} == {"mdma"}
    assert [row.visit for row in primary.ls_changes] == ["week-4", "week-8", "week-18"]
    assert primary.contrasts == ()
    assert all(each.difference is None for each in results().proportions)
    assert results().guesses == ()


def test_the_report_says_what_it_is():
    page = html(results())
    assert UNCOMPARED in page
    assert "One arm: nobody is blinded" in page
    for word in ("Blinded: arms", "Randomised", "Difference in change"):
        assert word not in page
