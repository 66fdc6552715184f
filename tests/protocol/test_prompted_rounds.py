"""Which rounds of effects the participant rates: where the study file may say so, and in which words."""

from __future__ import annotations

import re

import pytest

from holdfast.conduct.morning import morning_after
from holdfast.errors import StudyFileError
from holdfast.protocol.compiler import compile_study, compile_text
from holdfast.protocol.outline import outline
from holdfast.protocol.roles import Role
from holdfast.studies import path_of

STUDIES = ("inactive-placebo", "low-dose-control")
ROUNDS = "participant_at_hours: {value: [8, 24]"


def changed(hours: str) -> str:
    text = path_of("inactive-placebo").read_text(encoding="utf-8")
    assert text.count(ROUNDS) == 1
    return text.replace(ROUNDS, f"participant_at_hours: {{value: [{hours}]")


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        ("8, 12", "found 12 h, at which no prompts are asked"),
        ("4, 24", "the participant rating at 4 h of a session of 8 h"),
    ],
)
def test_the_participant_rates_rounds_that_are_asked_and_none_in_the_midst(hours: str, found: str) -> None:
    with pytest.raises(StudyFileError, match=found):
        compile_text(changed(hours), name="x")


def test_a_file_that_says_nothing_leaves_every_round_to_the_observer() -> None:
    text = path_of("inactive-placebo").read_text(encoding="utf-8")
    text = re.sub(r"  participant-rated:\n(?:    .*\n)+", "", text)
    text = re.sub(r"  participant_at_hours:.*\n", "", text)
    assert "participant-rated" not in text
    assert compile_text(text, name="x").adverse_events.participant_hours == ()


@pytest.mark.parametrize("study", STUDIES)
def test_every_effect_is_asked_in_words_of_their_own(study: str) -> None:
    prompts = compile_study(path_of(study)).adverse_events.prompts
    asked = [each.asked["en"] for each in prompts if each.asked is not None]
    assert len(asked) == len(set(asked)) == len(prompts) == 24
    assert "Disinhibition" not in asked


@pytest.mark.parametrize("study", STUDIES)
def test_the_readable_protocol_says_who_rates_what(study: str) -> None:
    sections = {each.title: each for each in outline(compile_study(path_of(study))).sections}
    events = sections["Adverse events"]
    assert "the participant rates at 8, 24 hours" in events.note
    assert ("euphoria", "Euphoria, feeling wonderful", "Feeling wonderful, on top of the world") in {
        row[:3] for row in events.rows
    }


@pytest.mark.parametrize("study", STUDIES)
def test_the_morning_after_each_session_opens_with_the_guesses_of_participant_and_therapist(
    study: str,
) -> None:
    protocol = compile_study(path_of(study))
    for session in protocol.sessions:
        morning = morning_after(protocol, session.visit)
        assert morning is not None
        assert morning.days is not None
        assert morning.days.number == 1
        assert [(each.form, each.by, each.required) for each in morning.forms[:2]] == [
            ("GUESS", Role.PARTICIPANT, True),
            ("GUESS", Role.THERAPIST, True),
        ]
