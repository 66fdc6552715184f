"""Withdrawal from data use: what the study's own analysis keeps and leaves out, who may still be shared."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from holdfast.analysis.analyse import analyse, tables
from holdfast.analysis.sections import conduct_table
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.records.enrolment import ConsentGiven, ConsentWithdrawn, Withdrew
from holdfast.records.envelope import Record
from holdfast.studies import path_of
from holdfast.tables.data_use import LeftOut, agreed, for_analysis, withdrawals
from holdfast.tables.frames import Resolved, resolved
from tables.story import START, event, record, story

TEXT = path_of("inactive-placebo").read_text(encoding="utf-8")
NONE = """
data_use_withdrawal:
  collection: ends
  analysis: none
  consents: []
  source: "a test's choice"
  status: assumed
"""


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return compile_study(path_of("inactive-placebo"))


@pytest.fixture(scope="module")
def strict() -> Protocol:
    return compile_text(TEXT.replace("\nsettings:\n", f"{NONE}\nsettings:\n", 1), name="s")


def told(days: float = 40.0, *more: Record) -> list[Record]:
    """The story, in which P2 also withdraws the use of their data, and is hurt afterwards."""
    gone = Withdrew(from_=("data-use",), why="", ends=("collection",))
    return [
        *story(),
        record(950, "participant/P2", gone, days=days),
        record(951, "participant/P2", event("Fall", source="spontaneous", onset="2026-02-20"), days=46),
        *more,
    ]


def clean(records: list[Record]) -> Resolved:
    return resolved(resolve(records))


CAPS = (pl.col("PARAMCD") == "CAPS5.TOTAL") & (pl.col("USUBJID") == "story-P2")


def caps_of_p2(made: dict[str, pl.DataFrame]) -> list[tuple[object, ...]]:
    return made["adqs"].filter(CAPS).select("AVISIT", "AVAL", "BASE", "CHG", "ANL01FL").rows()


def test_without_a_withdrawal_nothing_is_left_out(protocol: Protocol) -> None:
    records = clean(story())
    assert for_analysis(records, protocol) == (records, LeftOut(people=0, forms=0, records=0))


def test_the_analysis_keeps_what_was_collected_before_and_leaves_out_what_came_after(
    protocol: Protocol,
) -> None:
    assert caps_of_p2(tables(story(), protocol)) == [
        ("baseline", 36.0, 36.0, 0.0, "Y"),
        ("week-4", 30.0, 36.0, -6.0, "Y"),
        ("week-8", 26.0, 36.0, -10.0, "Y"),
    ]
    made = tables(told(), protocol)
    assert caps_of_p2(made) == [("baseline", 36.0, 36.0, 0.0, "Y"), ("week-4", 30.0, 36.0, -6.0, "Y")]
    # The event that bears on week 8 was told on day 50, after the withdrawal.
    assert made["adice"].rows() == []
    row = made["adsl"].filter(pl.col("SUBJID") == "P2").select("RANDFL", "SAFFL", "EOTSTT", "EOSSTT").row(0)
    assert row == ("Y", "Y", "DISCONTINUED", "DISCONTINUED")


def test_harm_stays_in_the_analysis_whenever_it_was_told(protocol: Protocol, strict: Protocol) -> None:
    for study in (protocol, strict):
        made = tables(told(), study)
        mine = made["adae"].filter(pl.col("USUBJID") == "story-P2").select("AETERM", "TRTEMFL").rows()
        assert mine == [("Headache", "N"), ("Fall", "Y")]
        assert made["adex"].filter(pl.col("USUBJID") == "story-P2").height == 1


def test_where_the_file_says_none_only_safety_and_the_way_through_the_study_stay(strict: Protocol) -> None:
    made = tables(told(), strict)
    assert caps_of_p2(made) == []
    assert made["adsl"].filter(pl.col("SUBJID") == "P2")["RANDFL"].to_list() == ["Y"]
    # The others are untouched.
    others = pl.col("USUBJID") != "story-P2"
    assert made["adqs"].filter(others).equals(tables(story(), strict)["adqs"].filter(others))


def test_what_happened_before_counts_though_it_was_entered_after(protocol: Protocol) -> None:
    # Week 8 was rated on day 56 of the story; whoever withdraws an hour later keeps it in.
    assert len(caps_of_p2(tables(told(56 + 1 / 24), protocol))) == 3


def test_the_report_counts_people_forms_and_with_the_key_records(protocol: Protocol) -> None:
    _, out = for_analysis(clean(told()), protocol)
    assert out == LeftOut(people=1, forms=1, records=2)
    conduct = analyse(told(), protocol).conduct
    assert (conduct.data_use_withdrawn, conduct.forms_left_out, conduct.records_left_out) == (1, 1, None)
    rows = {row[0]: row[1] for row in conduct_table(conduct).rows}
    assert rows["Withdrew the use of their data: people"] == "1"
    assert rows["Left out of the analysis for it: forms"] == "1"
    assert "Left out of the analysis for it: records in all" not in rows


def test_the_earliest_withdrawal_counts_and_other_withdrawals_do_not() -> None:
    again = record(960, "participant/P2", Withdrew(from_=("data-use",), why=""), days=70)
    assert withdrawals(clean(told(40.0, again))) == {"P2": START + timedelta(days=40)}
    assert withdrawals(clean(story())) == {}


def test_who_may_be_shared_agreed_and_took_nothing_back(protocol: Protocol) -> None:
    def given(person: str, items: tuple[str, ...], number: int, days: float) -> Record:
        fact = ConsentGiven(
            items=items, declined=("registry",) if "registry" not in items else (), version="1",
            language="en", explained_by="a",
        )  # fmt: skip
        return record(number, f"participant/{person}", fact, days=days)

    def took_back(person: str, number: int, days: float) -> Record:
        return record(number, f"participant/{person}", ConsentWithdrawn(items=("registry",)), days=days)

    everybody = [given(f"P{n}", ("study", "registry"), 970 + n, -14) for n in (1, 2, 3)]
    assert agreed(clean([*story(), *everybody]), "registry") == {"P1", "P2", "P3"}
    assert agreed(clean([*story(), *everybody, took_back("P1", 980, 3)]), "registry") == {"P2", "P3"}
    anew = given("P1", ("study", "registry"), 981, 5)
    assert "P1" in agreed(clean([*story(), *everybody, took_back("P1", 980, 3), anew]), "registry")
    # Consent that is entered late does not undo a withdrawal that came after it in the world.
    assert "P1" not in agreed(
        clean([*story(), took_back("P1", 980, 3), given("P1", ("registry",), 982, 2)]), "registry"
    )
    assert "P1" not in agreed(clean([*story(), *everybody, given("P1", ("study",), 983, 9)]), "registry")
    assert agreed(clean([*told(), *everybody]), "registry") == {"P1", "P3"}
    assert agreed(clean([*everybody]), "data-sharing") == frozenset()
