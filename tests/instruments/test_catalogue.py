"""What every instrument has to be, whatever it measures: the checklist of docs/instruments.md."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.instruments import answers as door
from holdfast.instruments.catalogue import INSTRUMENTS
from holdfast.instruments.scale import AbsenceReason, Absent, Instrument, Item, Rater, Wording
from holdfast.sourced import Status
from scale import scaled

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
MANY = settings(max_examples=scaled(1000), deadline=None)
each = pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=lambda instrument: instrument.code)


def values_of(item: Item) -> st.SearchStrategy:
    if item.options:
        return st.sampled_from([option.value for option in item.options])
    if item.minimum is None:
        return st.text(max_size=20)
    kind = st.integers if item.whole else st.floats
    low, high = (int(item.minimum), int(item.maximum)) if item.whole else (item.minimum, item.maximum)
    return kind(low, high)


@st.composite
def sheets(draw, instrument: Instrument):
    """Answers as they come: some given, some absent with a reason, some not there at all."""
    sheet = {}
    for item in instrument.items:
        how = draw(st.integers(0, 3))
        if how >= 2:
            sheet[item.code] = draw(values_of(item))
        elif how == 1:
            sheet[item.code] = Absent(draw(st.sampled_from(AbsenceReason)))
    return sheet


def test_the_eleven_instruments():
    assert list(INSTRUMENTS) == [
        "CAPS-5", "PCL-5", "PHQ-9", "C-SSRS", "C-SSRS-SR", "SDS", "DERS-16", "PC-PTSD-5", "AUDIT",
        "VITALS", "GUESS",
    ]  # fmt: skip


def test_only_these_need_words_before_somebody_can_answer_them_alone():
    assert {code for code, each in INSTRUMENTS.items() if each.needs_words} == {"C-SSRS-SR", "SDS", "DERS-16"}


def texts_of(instrument: Instrument) -> list[Mapping[str, str]]:
    """Name, period and scores; where no words are quoted, instructions, labels and options too."""
    shown = [instrument.name, instrument.recall, *(each.label for each in instrument.score_names)]
    if instrument.wording is not Wording.VERBATIM:
        shown += [instrument.instructions, *(each.label for each in instrument.items)]
        shown += [option.label for each in instrument.items for option in each.options]
    return shown


@pytest.mark.parametrize(
    "instrument",
    [each for each in INSTRUMENTS.values() if each.rater is Rater.SELF or each.code == "AUDIT"],
    ids=lambda instrument: instrument.code,
)
def test_what_participants_read_in_words_of_ours_is_in_spanish_too(instrument):
    lacking = [each["en"] for each in texts_of(instrument) if each and not each.get("es")]
    assert lacking == []


@each
def test_words_of_others_are_translated_by_nobody_here(instrument):
    if instrument.wording is Wording.VERBATIM:
        quoted = [instrument.instructions, *(each.label for each in instrument.items)]
        assert {tuple(each) for each in quoted} == {("en",)}


@each
def test_it_says_what_it_is(instrument):
    assert len(instrument.licence) > 10
    assert len(instrument.source) >= 8
    assert instrument.version
    assert instrument.name["en"]
    assert instrument.recall["en"]
    assert "http" not in instrument.source
    assert (inspect.getmodule(instrument.score).__doc__ or "").startswith(instrument.code)


@each
def test_its_items_have_codes_labels_and_sound_bounds(instrument):
    codes = [item.code for item in instrument.items]
    assert len(set(codes)) == len(codes)
    for item in instrument.items:
        assert item.code.isidentifier()
        assert item.label["en"].strip()
        values = [option.value for option in item.options]
        assert len(set(values)) == len(values)
        assert all(option.label["en"] for option in item.options)
        if item.minimum is not None:
            assert item.minimum < item.maximum
            assert all(item.minimum <= value <= item.maximum for value in values)


@each
def test_declared_scores_are_those_returned(instrument):
    assert list(instrument.score({}).values) == [name.name for name in instrument.score_names]
    assert all(name.label["en"] for name in instrument.score_names)


@each
def test_nothing_answered_gives_no_score_no_finding_and_names_what_is_missing(instrument):
    scores = instrument.score({})
    assert set(scores.values.values()) == {None}
    assert scores.missing
    assert instrument.risk is None or instrument.risk({}) == ()


@each
def test_findings_have_sentences(instrument):
    assert (instrument.risk is None) == (not instrument.findings)
    assert all(finding.label["en"].endswith(".") for finding in instrument.findings.values())


@each
def test_a_figure_known_from_memory_is_not_citable(instrument):
    for figure in instrument.figures.values():
        assert figure.citable == (figure.status not in (Status.RECALLED_UNVERIFIED, Status.ASSUMED))


@each
def test_the_page_tells_it(instrument):
    row = next((line for line in PAGE.splitlines() if line.startswith(f"| {instrument.code} |")), "")
    assert row, f"docs/instruments.md has no row for {instrument.code}"
    assert instrument.wording.value in row
    for name in instrument.score_names:
        assert re.search(rf"`{name.name}`", PAGE) or name.name.startswith(("cluster_", "symptoms_")), (
            name.name
        )
    for code in instrument.findings:
        assert f"`{code}`" in PAGE


def test_every_file_of_a_scale_is_in_the_catalogue():
    shared = {"__init__", "scale", "scoring", "symptoms", "answers", "catalogue", "slips", "words"}
    files = {path.stem for path in (ROOT / "src/holdfast/instruments").glob("*.py")} - shared
    assert files == {inspect.getmodule(i.score).__name__.rpartition(".")[2] for i in INSTRUMENTS.values()}


@each
def test_scoring_stays_within_bounds_and_never_raises(instrument):
    @given(sheets(instrument))
    @MANY
    def check(sheet):
        scores = instrument.score(sheet)
        for declared in instrument.score_names:
            value = scores.values[declared.name]
            if value is None:
                continue
            if declared.kind is bool:
                assert isinstance(value, bool)
            elif instrument.code != "VITALS":  # a pair of pressures the door refuses can be negative
                assert declared.minimum <= value <= declared.maximum
        found = instrument.risk(sheet) if instrument.risk else ()
        assert set(found) <= set(instrument.findings)
        assert set(scores.missing) <= {item.code for item in instrument.items}
        assert door.from_json(door.to_json(sheet)) == sheet

    check()


@each
def test_answers_drawn_from_its_items_pass_its_door(instrument):
    @given(st.fixed_dictionaries({item.code: values_of(item) for item in instrument.items}))
    @MANY
    def check(sheet):
        if not door.contradictions(instrument, sheet):
            door.validate(instrument, sheet)

    check()


@each
def test_absent_answers_pass_the_door(instrument):
    door.validate(instrument, {item.code: Absent(AbsenceReason.NOT_DONE) for item in instrument.items})


@pytest.mark.parametrize("code", ["PCL-5", "PHQ-9", "SDS", "DERS-16", "AUDIT", "PC-PTSD-5"])
def test_more_of_an_item_never_lowers_a_sum(code):
    instrument = INSTRUMENTS[code]
    numeric = [item for item in instrument.items if item.required and item.code not in ("exposure",)]

    @given(st.fixed_dictionaries({item.code: values_of(item) for item in numeric}), st.data())
    @MANY
    def check(sheet, data):
        if code == "PC-PTSD-5":
            sheet = {**sheet, "exposure": True}
        item = data.draw(st.sampled_from(numeric))
        higher = max(sheet[item.code], data.draw(values_of(item)))
        before = instrument.score(sheet).values["total"]
        assert instrument.score({**sheet, item.code: higher}).values["total"] >= before

    check()
