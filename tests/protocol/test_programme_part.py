"""A study file's rules of a programme: shown, compared, and refused where they cannot be."""

from __future__ import annotations

import re

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.figures import figures
from holdfast.protocol.outline import outline
from holdfast.sourced import CITABLE, Status
from holdfast.studies import path_of
from protocol.test_study_designs import SHIPPED

TEXT = path_of("authorised-prescriber").read_text(encoding="utf-8")
PART = re.search(r"^programme:\n(?:[ #].*\n|\n)+", TEXT, flags=re.MULTILINE).group(0)


def test_the_shipped_programme_is_of_one_arm_unblinded_and_shows_each_person_their_own_forecast():
    protocol = compile_text(TEXT, name="s")
    assert [arm.code for arm in protocol.arms] == ["mdma"]
    assert (protocol.randomisation, protocol.blinded, protocol.blinding.guesses) == (None, False, ())
    assert protocol.forecast.show == "posterior"
    assert "GUESS" not in {form.form for form in protocol.forms}


def test_what_is_known_of_each_state_has_its_source_and_what_is_not_says_ask():
    programme = compile_text(TEXT, name="s").programme
    status = {state.code: Status(state.status) for state in programme.states}
    assert status == {
        "VIC": Status.FOUND,
        "SA": Status.FOUND,
        "ACT": Status.FOUND_SECONDARY,
        **dict.fromkeys(("NSW", "QLD", "WA", "TAS", "NT"), Status.ASSUMED),
    }
    for state in programme.states:
        assert state.notices or state.check, state.code
        if status[state.code] not in CITABLE:
            assert "ask" in state.check["en"], state.code


def test_it_is_told_in_words():
    section = outline(compile_text(TEXT, name="s")).sections[-1]
    assert section.title == "Rules of the programme"
    form = (
        "Form 7: notice of intention to prescribe or administer Schedule 8 MDMA, "
        "to the Department of Health, Victoria"
    )
    rows = {row[2]: row[:2] for row in section.rows}
    assert rows[form] == ("Victoria", "before the first prescription, for each person")
    assert ("South Australia", "within 1 business day of each prescription") in rows.values()
    titles = {each.title for each in outline(compile_text(SHIPPED, name="s")).sections}
    assert section.title not in titles


def test_the_first_day_is_called_what_it_is():
    notes = [each.note for each in outline(compile_text(TEXT, name="s")).sections]
    assert any("Day 1 is the local date of entering treatment" in note for note in notes)


def test_duties_payers_copies_and_what_a_notice_holds_are_told_too():
    rows = outline(compile_text(TEXT, name="s")).sections[-1].rows
    said = [(row[1], row[2]) for row in rows]
    assert (
        "to be confirmed",
        "A human research ethics committee approved the clinical protocol before it.",
    ) in said
    assert ("it holds", "the clinical reasons for this treatment") in said
    assert any(when == "a copy to" for when, _ in said)
    assert any(what.startswith("Prior approval of funding for a veteran") for _, what in said)
    days = TEXT.replace(SA, f"{SA}      public_holidays: ['2026-04-25']\n", 1)
    told = outline(compile_text(days, name="s")).sections[-1].rows
    assert ("South Australia", "public holidays that deadlines pass over", "2026-04-25", "") in told


def test_its_numbers_are_figures_and_a_change_of_one_is_told():
    path = "programme.states.SA.notices.sa-chief-psychiatrist.business_days"
    before = compile_text(TEXT, name="s")
    assert figures(before)[path].status is Status.FOUND
    after = compile_text(TEXT.replace("business_days: {value: 1,", "business_days: {value: 2,"), name="s")
    assert [str(each) for each in changes(before, after)] == [f"~ {path}: 1 day [found] → 2 days [found]"]


LETTER = next(line for line in TEXT.splitlines(keepends=True) if "channel: mail" in line)
SA = '      name: {en: "South Australia"}\n'
FIRST = "when: before-prescribing\n"
DAYS = "          business_days: {value: 1, unit: d, source: south-australia-20}\n"
DUE = "due_days: {value: 31, unit: d, source: tga-six-monthly}"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (DAYS, "", "no 'business_days'"),
        (FIRST, FIRST + DAYS, "a number of days for a notice that comes first"),
        ("    - code: ACT\n", "    - code: SA\n", "the state 'SA' a second time"),
        ("code: sa-chief-psychiatrist", "code: vic-form-7", "the notice 'vic-form-7' a second time"),
        (LETTER, "", "4 attempts"),
        ("    es: >-\n      Hola, soy", "    fr: >-\n      Hola, soy", "no text in 'es'"),
        ("code: own-product", "code: specialist", "the condition 'specialist' a second time"),
        ("    - code: dva\n", "    - code: adverse-events\n", "the duty 'adverse-events' a second time"),
        (SA, f"{SA}      public_holidays: ['2026-02-30']\n", "'2026-02-30', which is no date"),
        (SA, f"{SA}      public_holidays: [Easter]\n", "public_holidays"),
        ("months: {value: 6,", "months: {value: 5,", "a period of 5 months"),
        ("months: {value: 6, unit: mo", "months: {value: 6, unit: d", "months"),
        (DUE, "due_days: {value: 31, unit: d}", "without a source"),
        ("summary: mean-change", "summary: difference-in-means", "mean-change for it"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(old: str, new: str, words: str):
    assert old in TEXT
    with pytest.raises(StudyFileError, match=re.escape(words)):
        compile_text(TEXT.replace(old, new, 1), name="s")


def test_a_trial_holds_no_programme():
    sources = "".join(
        f'  {key}: {{cite: "A source of a rule", status: found, date: 2026}}\n'
        for key in sorted(set(re.findall(r"source: ([a-z0-9-]+)", PART)))
    )
    text = SHIPPED.replace("sources:\n", f"sources:\n{sources}", 1) + "\n" + PART
    with pytest.raises(StudyFileError, match="a programme in a parallel design"):
        compile_text(text, name="s")
