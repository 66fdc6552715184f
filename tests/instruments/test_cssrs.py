from __future__ import annotations

import pytest

from holdfast.instruments import cssrs, cssrs_sr
from holdfast.instruments.scale import AbsenceReason, Absent

NOT_ASKED = Absent(AbsenceReason.NOT_ASKED)
NO_BEHAVIOUR = dict.fromkeys(cssrs.BEHAVIOUR, False)


def ideation(*yes: bool | Absent):
    return {f"q{k}": value for k, value in enumerate(yes, start=1)} | NO_BEHAVIOUR


@pytest.mark.parametrize(
    ("yes", "score", "missing"),
    [
        ((False, False), 0, ()),
        ((True, False), 1, ()),
        ((True, True, False, False, False), 2, ()),
        ((True, True, True, False, False), 3, ()),
        ((True, True, True, True, False), 4, ()),
        ((False, True, False, False, True), 5, ()),
        # A gap below the highest yes changes nothing; one above it does.
        ((NOT_ASKED, True, NOT_ASKED, False, True), 5, ("q1", "q3")),
        ((True, True, False, NOT_ASKED, False), None, ("q4",)),
        ((True, NOT_ASKED), None, ("q2", "q3", "q4", "q5")),
    ],
)
def test_ideation_is_the_highest_yes(yes, score, missing):
    scores = cssrs.score(ideation(*yes))
    assert (scores.values["ideation"], scores.missing) == (score, missing)
    assert scores.warnings == ()


def test_intensity_is_the_sum_of_its_five_ratings():
    ratings = {"frequency": 3, "duration": 2, "controllability": 4, "deterrents": 0, "reasons": 5}
    assert cssrs.score(ideation(True, False) | ratings).values["intensity"] == 14
    assert cssrs.score(ideation(True, False)).values["intensity"] is None


@pytest.mark.parametrize("kind", list(cssrs.BEHAVIOUR))
def test_any_kind_of_behaviour(kind):
    assert cssrs.score(NO_BEHAVIOUR | {kind: True}).values["behaviour"] is True
    assert cssrs.score({kind: True}).values["behaviour"] is True
    assert cssrs.score(NO_BEHAVIOUR | {kind: NOT_ASKED}).values["behaviour"] is None
    assert cssrs.score(NO_BEHAVIOUR).values["behaviour"] is False
    assert cssrs.risk({kind: True}) == ("cssrs-behaviour",)


def test_self_injury_without_intent_is_no_suicidal_behaviour():
    given = ideation(False, False) | {"non_suicidal_self_injury": True}
    assert (cssrs.score(given).values["behaviour"], cssrs.risk(given)) == (False, ())


@pytest.mark.parametrize(
    ("yes", "found"),
    [
        ((False, False), ()),
        ((True, False), ("cssrs-ideation-low",)),
        ((True, True, True, False, False), ("cssrs-ideation-low",)),
        ((True, True, True, True, False), ("cssrs-ideation-high",)),
        ((NOT_ASKED, NOT_ASKED, NOT_ASKED, NOT_ASKED, True), ("cssrs-ideation-high",)),
    ],
)
def test_findings_count_what_was_answered(yes, found):
    assert cssrs.risk(ideation(*yes)) == found


def test_ideation_and_behaviour_are_both_found():
    given = ideation(True, True, True, True, True) | {"preparatory_acts": True}
    assert cssrs.risk(given) == ("cssrs-ideation-high", "cssrs-behaviour")


def test_a_yes_after_question_two_was_no_is_counted_and_said():
    given = ideation(False, False, False, True, False)
    scores = cssrs.score(given)
    assert scores.values["ideation"] == 4
    assert scores.warnings == (
        "Question 2 was answered no, but a question after it yes. Ask again which is right.",
    )
    assert cssrs.risk(given) == ("cssrs-ideation-high",)


def test_the_self_report_asks_scores_and_finds_as_the_interview_does():
    interview, alone = cssrs.INSTRUMENT, cssrs_sr.INSTRUMENT
    own = {item.code: item for item in alone.items}
    assert list(own) == ["q1", "q2", "q3", "q4", "q5", *cssrs.BEHAVIOUR]
    assert all(interview.item(code).shown_if == item.shown_if for code, item in own.items())
    for yes in ((False, False), (True, True, True, True, False), (NOT_ASKED, True)):
        for given in (ideation(*yes), ideation(*yes) | {"actual_attempt": True}):
            scores, theirs = alone.score(given), interview.score(given)
            assert scores.values == {name: theirs.values[name] for name in ("ideation", "behaviour")}
            assert (scores.missing, scores.warnings) == (theirs.missing, theirs.warnings)
            assert alone.risk(given) == interview.risk(given)
    assert alone.findings == interview.findings
