"""A file of words: read as strictly as a study file, each problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import StudyFileError, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.scale import Wording
from holdfast.instruments.words import EVERY, Permission, Words, practice, worded
from holdfast.protocol.wording_file import read_wording, template, wording_of, written
from scale import scaled

HOLDER = '  from: "The rights holder"\n  reference: "licence 7"\n  date: "2026-11-01"\n'
LACKING = [code for code, each in catalogue.INSTRUMENTS.items() if each.needs_words]
SDS = """\
holdfast_wording: 1
instrument: SDS
version: "licensed form"
language: en
permission:
  from: "The rights holder"
  reference: "licence 7"
  date: "2026-11-01"
instructions: "Mark a number on each line."
items:
  work: "First"
  social: "Second"
  family: "Third"
"""


@pytest.mark.parametrize("code", LACKING)
def test_a_template_reads_as_what_it_was_written_from_and_says_that_it_is_invented(code: str) -> None:
    words, permission = wording_of(template(code), name="t")
    assert (words, permission) == (practice(catalogue.get(code)), Permission(rehearsal=True))
    assert all("Invented sentence" in text for text in words.items.values())
    assert len(set(words.items.values())) == len(words.items)


@pytest.mark.parametrize("code", ["PCL-5", "CAPS-5", "MADRS"])
def test_there_is_no_template_of_what_needs_none(code: str) -> None:
    with pytest.raises(UnknownName, match="C-SSRS-SR, DERS-16, SDS do"):
        template(code)


def test_a_file_is_its_words_and_its_permission(tmp_path: Path) -> None:
    file = tmp_path / "sds.yaml"
    file.write_text(SDS, encoding="utf-8")
    words, permission = read_wording(file)
    assert permission == Permission(given_by="The rights holder", reference="licence 7", date="2026-11-01")
    assert words == Words(
        instrument="SDS",
        version="licensed form",
        language="en",
        instructions="Mark a number on each line.",
        items={"work": "First", "social": "Second", "family": "Third"},
    )
    with pytest.raises(UnknownName, match="There is no file"):
        read_wording(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("holdfast_wording: 1\n", "", "f:1: holdfast_wording: found nothing; expected 'holdfast_wording: 1'"),
        ("holdfast_wording: 1", "holdfast_wording: 2", "f:1: holdfast_wording: found 2"),
        (
            "instrument: SDS",
            "instrument: SDQ",
            "f:2: instrument: found 'SDQ'; expected one of C-SSRS-SR, DERS-16, SDS. Did you",
        ),
        ("instrument: SDS", "instrument: PCL-5", "f:2: instrument: found 'PCL-5'; expected one of"),
        (
            'version: "licensed form"',
            'version: "2"',
            "f:3: version: found version '2'; expected 'licensed form'",
        ),
        ('version: "licensed form"', "version: 2", "f:3: version: found 2; expected a text for 'version'"),
        ("language: en", "language: English", "f:4: language: found 'English'; expected a language"),
        ("permission:\n", "permit:\n", "f:5: permit: found the unknown key 'permit'"),
        ("  from: ", "  form: ", "f:6: permission.form: found the unknown key 'form'"),
        (
            '  from: "The rights holder"\n',
            "",
            "f:5: permission.from: found nothing; expected a text for 'from'",
        ),
        (
            '"2026-11-01"',
            '"in spring"',
            "f:8: permission.date: found 'in spring'; expected a date such as 2026-11-23",
        ),
        (HOLDER, "  rehearsal: yes\n", "f:6: permission.rehearsal: found 'yes'; expected true"),
        (
            '  date: "2026-11-01"\n',
            '  date: "2026-11-01"\n  rehearsal: true\n',
            "f:6: permission.from: found the unknown key 'from'",
        ),
        (
            '"Mark a number on each line."',
            '" "',
            "f:9: instructions: found ' '; expected a text for 'instructions'",
        ),
        ('  work: "First"\n', "", "f:10: items: found no work; expected words for every item of SDS. Add"),
        (
            '  family: "Third"\n',
            '  family: "Third"\n  home: "Fourth"\n',
            "f:14: items.home: found 'home'; expected an item of SDS",
        ),
        ('  family: "Third"\n', "  family: [a, b]\n", "f:13: items.family: found a list; expected a text"),
        (
            '  family: "Third"\n',
            '  family: "Third"\n  family: "Third"\n',
            "f:14: items.family: found the key 'family' a second time",
        ),
        ('  family: "Third"\n', '  family: &a "Third"\n', "f:13: found the anchor &a"),
        (
            '  family: "Third"\n',
            '  family: "Third"\noptions:\n  every: {0: "none"}\n',
            "f:15: options.every: found no 1; expected words",
        ),
        (
            '  family: "Third"\n',
            '  family: "Third"\noptions:\n  home: {0: "none"}\n',
            "f:15: options.home: found 'home'; expected an item of SDS",
        ),
    ],
)
def test_every_problem_has_its_line_what_was_found_what_was_expected_and_what_to_do(
    old: str, new: str, problem: str
) -> None:
    assert SDS.count(old) == 1
    with pytest.raises(StudyFileError) as refused:
        wording_of(SDS.replace(old, new), name="f")
    assert problem in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    text = SDS.replace("language: en", "language: 5").replace('  work: "First"', "  work: 1")
    with pytest.raises(StudyFileError) as refused:
        wording_of(text, name="f")
    assert [each.where for each in refused.value.problems] == ["f:4", "f:11"]


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=40).filter(
    str.strip
)


@given(st.fixed_dictionaries(dict.fromkeys(("work", "social", "family"), texts)), texts, texts)
@settings(max_examples=scaled(200), deadline=None)
def test_whatever_the_words_are_they_read_back_the_same(
    items: dict[str, str], instructions: str, holder: str
) -> None:
    words = Words(
        instrument="SDS",
        version="licensed form",
        language="es",
        instructions=instructions,
        items=items,
        options={EVERY: {str(each): f"{each} {holder}" for each in range(11)}},
    )
    permission = Permission(given_by=holder, reference="7", date="2026-11-01")
    assert wording_of(written(words, permission), name="f") == (words, permission)


def test_an_instrument_in_brought_words_asks_them_and_scores_as_before() -> None:
    own = catalogue.get("DERS-16")
    found = worded(own, practice(own))
    assert found.wording is Wording.VERBATIM
    assert [item.label for item in found.items][2] == {"en": "Invented sentence 3 for practice"}
    assert [each.value for each in found.items[0].options] == [1, 2, 3, 4, 5]
    assert [item.code for item in found.items] == [item.code for item in own.items]
    assert found.score is own.score
    alone = catalogue.get("C-SSRS-SR")
    asked = worded(alone, practice(alone))
    assert [each.value for each in asked.item("q1").options] == [True, False]
    assert asked.item("q3").shown_if == alone.item("q3").shown_if
