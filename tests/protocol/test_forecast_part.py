"""A study file says whether a forecast is shown; a fit to readings compiles only where nobody is blind."""

from __future__ import annotations

import pytest

from holdfast.errors import StudyFileError
from holdfast.protocol.compare import changes
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.outline import outline
from holdfast.studies import path_of
from protocol.test_study_designs import SHIPPED, single_arm


def with_part(text: str, show: str) -> str:
    return text.replace("\nsettings:\n", f"\nforecast: {{show: {show}}}\n\nsettings:\n", 1)


def shown(text: str) -> str:
    protocol = compile_text(text, name="s")
    (section,) = [each for each in outline(protocol).sections if each.title == "Vital signs in a session"]
    return dict(section.rows)["forecast shown"]


def test_it_is_off_unless_the_file_turns_it_on():
    assert shown(SHIPPED) == "none"
    words = "the band for the highest dose allowed, the same for everybody"
    assert shown(with_part(SHIPPED, "highest-dose")) == words


def test_the_shipped_low_dose_control_shows_the_band_and_the_published_design_does_not():
    low, published = (compile_study(path_of(each)) for each in ("low-dose-control", "inactive-placebo"))
    assert low.forecast is not None
    assert low.forecast.show == "highest-dose"
    assert published.forecast is None


def test_a_fit_to_readings_in_a_blinded_study_is_refused_at_its_line_with_a_remedy():
    text = with_part(SHIPPED, "posterior")
    with pytest.raises(StudyFileError) as refused:
        compile_text(text, name="study.yaml")
    (problem,) = refused.value.problems
    line = text[: text.index("forecast: {show")].count("\n") + 1
    assert (problem.where, problem.path) == (f"study.yaml:{line}", "forecast.show")
    assert "more than one arm" in problem.found
    assert "'highest-dose'" in problem.expected
    assert "tells the arm" in problem.remedy


def test_where_nobody_is_blind_both_compile():
    for show in ("highest-dose", "posterior"):
        protocol = compile_text(with_part(single_arm(), show), name="s")
        assert not protocol.blinded
        assert protocol.forecast is not None


def test_turning_it_on_is_a_change_of_the_protocol():
    before, after = (compile_text(text, name="s") for text in (SHIPPED, with_part(SHIPPED, "highest-dose")))
    assert any("forecast" in str(each) for each in changes(before, after))


def test_a_word_that_is_none_is_told():
    with pytest.raises(StudyFileError, match="highest-dose"):
        compile_text(with_part(SHIPPED, "higest-dose"), name="s")
