"""What a study file says of withdrawal from data use and of a registry; what holds where it says nothing."""

from __future__ import annotations

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.data_use import on_withdrawal
from holdfast.protocol.outline import outline
from holdfast.studies import path_of
from protocol.test_study_designs import SHIPPED

PROGRAMME = path_of("authorised-prescriber").read_text(encoding="utf-8")
USES = ("recording-adherence", "recording-supervision", "recording-safety", "recording-teaching")


def with_part(text: str, part: str) -> str:
    return text.replace("\nsettings:\n", f"\n{part}\n\nsettings:\n", 1)


def withdrawal(**changes: str) -> str:
    said = {
        "collection": "ends",
        "analysis": "to-date",
        "consents": "[registry]",
        "source": '"our own choice"',
        "status": "assumed",
    }
    parts = ", ".join(f"{key}: {value}" for key, value in (said | changes).items())
    return f"data_use_withdrawal: {{{parts}}}"


def problem(text: str):
    with pytest.raises(StudyFileError) as refused:
        compile_text(text, name="study.yaml")
    (found,) = refused.value.problems
    return found


def test_a_trial_that_says_nothing_collects_nothing_more_and_keeps_what_it_has():
    found = on_withdrawal(compile_study(path_of("low-dose-control")))
    assert (found.collection, found.analysis) == ("ends", "to-date")
    assert found.consents == (*USES, "data-sharing", "registry", "laboratory-genetic")
    assert "FDA" in found.source
    assert "to be verified" in found.source


def test_in_a_programme_treatment_goes_on():
    assert on_withdrawal(compile_text(PROGRAMME, name="s")).collection == "for-care"


def test_what_the_file_says_holds_instead_and_is_told_in_words():
    protocol = compile_text(with_part(SHIPPED, withdrawal(analysis="none")), name="s")
    assert on_withdrawal(protocol).consents == ("registry",)
    (section,) = [each for each in outline(protocol).sections if each.title == "What leaves the study"]
    rows = dict(section.rows)
    assert rows["its part in the study's own analysis"] == "the person is left out but for safety"
    assert rows["consents that end with it"] == "registry"
    assert rows["to a registry, of those who agreed"].endswith("; age, sex")


def test_a_trial_cannot_go_on_for_care():
    found = problem(with_part(SHIPPED, withdrawal(collection="for-care")))
    assert found.path == "data_use_withdrawal.collection"
    assert "'ends'" in found.expected


def test_a_programme_can_and_may_also_end():
    text = with_part(PROGRAMME, withdrawal(collection="for-care"))
    assert on_withdrawal(compile_text(text, name="s")).collection == "for-care"


def test_consents_that_end_are_known_and_optional():
    assert (
        "which this file does not have" in problem(with_part(SHIPPED, withdrawal(consents="[regstry]"))).found
    )
    assert "without which nobody" in problem(with_part(SHIPPED, withdrawal(consents="[study]"))).found


@pytest.mark.parametrize(
    ("part", "path", "words"),
    [
        ("{forms: [GUESS]}", "registry_export.forms[0]", "a guess of the arm"),
        ("{forms: [SCREENING]}", "registry_export.forms[0]", "a form of own fields"),
        ("{forms: [PCL5]}", "registry_export.forms[0]", "which this file does not have"),
        ("{fields: [birthday]}", "registry_export.fields[0]", "which this file does not have"),
    ],
)
def test_what_may_not_go_to_a_registry_does_not_compile(part: str, path: str, words: str):
    found = problem(with_part(SHIPPED, f"registry_export: {part}"))
    assert found.path == path
    assert words in found.found


def test_no_free_text_goes_to_a_registry():
    extra = "variables:\n  - {name: remark, type: text, label: {en: Remark}}\n"
    text = SHIPPED.replace("variables:\n", extra, 1)
    text = text.replace("      - age\n", "      - age\n      - remark\n", 1)
    found = problem(with_part(text, "registry_export: {fields: [remark]}"))
    assert "a free text" in found.found


def test_a_change_of_either_part_is_a_difference():
    before = compile_text(with_part(SHIPPED, withdrawal()), name="s")
    after = compile_text(with_part(SHIPPED, withdrawal(analysis="none")), name="n")
    assert [change.path for change in changes(before, after)] == ["data_use_withdrawal.analysis"]
    exported = compile_text(with_part(SHIPPED, "registry_export: {fields: [age], dates: dates}"), name="r")
    found = {change.path.split(".")[0] for change in changes(before, exported)}
    assert found == {"data_use_withdrawal", "registry_export"}
