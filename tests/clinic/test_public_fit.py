"""Who it may fit: the questions stand for what the studies ask, and the server takes no answer."""

from __future__ import annotations

import json
import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

from clinic.public_text import read
from holdfast.clinic.public import fit_making
from holdfast.clinic.public.fit_data import FILE_QUESTIONS, Choice, Fit, Questions, fit, questions
from holdfast.clinic.public.fit_pages import fit_context
from holdfast.clinic.public.fit_table import table
from holdfast.clinic.public.shown import Sources
from holdfast.errors import TableError
from holdfast.evidence.reading import read_part
from holdfast.protocol.rules import JAVASCRIPT, Truth, evaluate, from_json, names_in, parse
from holdfast.sourced import CITABLE
from holdfast.studies import shipped

ADDRESS = "/who-it-may-fit/"


def client() -> Client:
    return Client(SERVER_NAME="127.0.0.1")


def page() -> str:
    return client().get(ADDRESS).content.decode()


def choices() -> list[Choice]:
    return [choice for question in questions().questions for choice in question.choices]


def test_the_criteria_are_those_of_every_study_of_the_package() -> None:
    assert Fit.model_validate(fit_making.made()) == fit()
    assert {study for group in fit().groups for study in group.studies} == set(shipped())


def test_only_criteria_that_somebody_has_read_are_shown_and_the_page_says_so() -> None:
    for group in fit().groups:
        assert all(each.status in CITABLE for each in group.criteria)
        assert group.left_out
    text = page()
    assert "48 kg" not in text
    assert "Some points are left out here" in text


def test_the_browser_is_given_the_evaluator_itself() -> None:
    from django.contrib.staticfiles import finders

    found = finders.find("holdfast/rules.js")
    assert found
    with open(found, "rb") as given:  # noqa: PTH123 the finder answers with a text
        assert given.read() == JAVASCRIPT.read_bytes()


def test_there_are_six_to_eight_questions_and_each_is_asked_by_some_study() -> None:
    assert 6 <= len(questions().questions) <= 8
    named = {name for group in fit().groups for each in group.criteria for name in each.names}
    for question in questions().questions:
        assert question.names <= named, question.code
    medicine = re.compile("dose|weight|genotype|medic|mg|kg")
    assert not [
        name for question in questions().questions for name in question.names if medicine.search(name)
    ]


@pytest.mark.parametrize("choice", [each for each in choices() if each.band], ids=lambda each: each.code)
def test_a_choice_of_a_band_is_judged_as_all_of_its_band(choice: Choice) -> None:
    ((name, shown),) = choice.facts.items()
    assert choice.band is not None
    for group in fit().groups:
        for each in group.about((name,)):
            rule = from_json(each.rule)
            truths = {
                evaluate(rule, {name: value}).truth for value in range(choice.band[0], choice.band[1] + 1)
            }
            assert truths == {evaluate(rule, {name: shown}).truth} - {Truth.UNKNOWN}, each.code


def test_each_answer_that_speaks_against_fails_a_criterion_and_none_of_these_fails_no_one() -> None:
    rows = {(row.ask, row.label): row for row in table(fit().groups[0], "en")}
    failing = {label for (_, label), row in rows.items() if row.fails}
    assert {"I am younger", "Less than half a year", "I am pregnant", "I breast-feed"} <= failing
    assert "A heart that beat out of rhythm, now or in the past" in failing
    assert not failing & {"None of these", "Half a year or longer", "Alcohol"}
    open_ones = {label for (_, label), row in rows.items() if row.open}
    assert {"Alcohol", "Cannabis", "Another illness of the heart or the vessels"} <= open_ones


def test_a_question_without_a_way_to_say_none_is_refused() -> None:
    broken = FILE_QUESTIONS.read_text(encoding="utf-8").replace("none: true, ", "")
    with pytest.raises(TableError, match="needs one choice for none"):
        read_part(Questions, "fit.yaml", broken)


def test_contradictions_speak_of_what_the_page_knows() -> None:
    asked = {name for question in questions().questions for name in question.names}
    known = asked | {"exposure", "pcptsd_total", "pcl_total", "pcptsd_cut_off", "pcl_cut_off"}
    for each in questions().contradictions:
        assert set(names_in(parse(each.rule))) <= known


def test_no_address_takes_an_answer() -> None:
    assert client().post(ADDRESS, {"age": "adult"}).status_code == 405
    asked = client().get(f"{ADDRESS}?age=minor&heart=rhythm")
    assert asked.content.decode() == page()
    tags = read(page()).tags
    assert [tag for tag, _ in tags if tag in ("form", "select", "textarea")] == []
    assert {given["type"] for tag, given in tags if tag == "input"} == {"radio", "checkbox"}
    assert {given.get("type") for tag, given in tags if tag == "button"} == {"button"}


def test_it_never_says_who_has_what_or_who_may_take_part() -> None:
    text = re.sub(r"<[^>]+>", " ", page()).lower()
    said = " ".join(text.split())
    assert "whether you have ptsd, or whether you may take part" in said
    assert not re.search(r"(?<!whether )(?<!rater finds that )you have ptsd", said)
    assert not re.search(r"you are eligible|you qualify|(?<!whether )you (can|may) take part", said)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_of_the_questions_is_there_in_both_languages(language: str) -> None:
    given = json.loads(questions().model_dump_json())
    found = [each for each in _maps(given) if not each.get(language)]
    assert found == []
    assert fit_context(language)["questions"]


def _maps(given: object) -> list[dict[str, str]]:
    if isinstance(given, dict):
        own = [given] if "en" in given else []
        return own + [each for value in given.values() for each in _maps(value)]
    return [each for value in given for each in _maps(value)] if isinstance(given, list) else []


def test_words_that_are_only_there_in_english_say_so() -> None:
    group = fit().groups[0]
    for each in group.criteria:
        assert each.in_language("es-MX") == ("es" if "es" in each.plain else "en")
        assert each.in_language("en") == "en"
    spanish = render_to_string("public/fit.html", {**fit_context("es"), "sources": Sources()})
    assert all(f'<strong lang="{each.in_language("es")}">' in spanish for each in group.criteria)
