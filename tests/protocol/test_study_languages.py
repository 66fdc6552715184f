"""What participants read is whole in each language that a study's title has."""

from __future__ import annotations

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.outline import outline
from holdfast.protocol.page import html
from holdfast.protocol.told import KINDS, languages, told
from holdfast.studies import path_of, shipped

SHIPPED = path_of("low-dose-control").read_text(encoding="utf-8")


def problems(*edits: tuple[str, str]) -> list[str]:
    """What is wrong with the shipped file after some edits, without its path."""
    text = SHIPPED
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    try:
        compile_text(text, name="s")
    except StudyFileError as error:
        return [str(each).partition(": ")[2] for each in error.problems]
    return []


def test_a_language_of_the_title_is_asked_of_every_text_that_participants_read() -> None:
    found = problems(('title: {en: "', 'title: {eu: "Izenburua", en: "'))
    assert len(found) > 100
    assert "visits[0].name: found no text in 'eu'" in found[0]
    kinds = {"visits", "forms", "variables", "eligibility", "consent", "adverse_events"}
    assert {each.partition("[")[0].partition(":")[0].removesuffix(".prompts") for each in found} == kinds
    assert all(each.endswith("or take that language out of the title.") for each in found)


def test_no_text_is_asked_of_what_only_staff_read() -> None:
    found = "".join(problems(('title: {en: "', 'title: {eu: "Izenburua", en: "')))
    for place in (
        "arms[",
        "gates[",
        "limits[",
        "settings[",
        "estimands[",
        ".original",
        "before_dose",
        "summary",
    ):
        assert place not in found


@pytest.mark.parametrize(
    ("words", "told_so"),
    [
        ("says: {sometimes: {en: Sometimes}}", "the option 'sometimes', which this file does not have"),
        ("says: {once: {es: Una vez}}", ".says.once: found no English text"),
        ("says: {once: {en: One time}}", ""),
    ],
)
def test_the_words_of_an_option_are_of_an_option_and_in_english_at_least(words: str, told_so: str) -> None:
    found = problems(("    options: [never, once, 2-5", f"    {words}\n    options: [never, once, 2-5"))
    assert [told_so in each for each in found] == ([True] if told_so else [])


def test_every_kind_is_in_a_shipped_file_or_read_from_its_options() -> None:
    found = {kind for kind, _place, _text in told(compile_text(SHIPPED, name="s"))}
    # Participants fill no form of coded options in the shipped studies.
    assert found == set(KINDS) - {"variables.says"}


@pytest.mark.parametrize("study", shipped())
def test_a_shipped_study_speaks_english_and_spanish_and_is_shown_in_either(study: str) -> None:
    protocol = compile_study(path_of(study))
    assert languages(protocol) == ("en", "es")
    shown = outline(protocol, language="es")
    assert shown.title == protocol.study.title["es"]
    page = html(shown)
    for _kind, _place, text in told(protocol):
        assert text["en"] != text["es"]
    assert protocol.consent[0].label["es"] in page
    assert protocol.eligibility[0].plain["es"] in page
    assert protocol.gates[0].label["en"] in page  # what only staff read has no other language


def test_a_changed_translation_is_a_difference_in_meaning() -> None:
    old, new = SHIPPED, SHIPPED.replace("Ver borroso", "Vista borrosa", 1)
    found = changes(compile_text(old, name="old"), compile_text(new, name="new"))
    assert [str(each) for each in found] == [
        "~ adverse_events.prompts.blurred-vision.asked.es: Ver borroso → Vista borrosa"
    ]
