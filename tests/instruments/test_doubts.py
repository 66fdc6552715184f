"""Answers of one form that can hardly all be so: which are named, and that help is never held back for it."""

from __future__ import annotations

import pytest

from holdfast.instruments import catalogue
from holdfast.instruments.answers import doubts
from holdfast.instruments.scale import AbsenceReason, Absent, Answers

NO = dict.fromkeys(
    ("q1", "q2", "actual_attempt", "interrupted_attempt", "aborted_attempt", "preparatory_acts"), False
)
SOBER = {"q1": 0, "q9": 0, "q10": 0}
REFUSED = Absent(AbsenceReason.REFUSED)


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("C-SSRS", NO, []),
        ("C-SSRS", {**NO, "q3": True}, [("q2", "q3")]),
        ("C-SSRS", {**NO, "q3": True, "q5": True}, [("q2", "q3", "q5")]),
        ("C-SSRS", {**NO, "q2": True, "q3": True}, []),
        ("C-SSRS", {**NO, "q2": REFUSED, "q3": True}, []),
        # Alone, and in danger by what was said: the help comes first.
        ("C-SSRS-SR", {**NO, "q3": True}, []),
        ("AUDIT", SOBER, []),
        ("AUDIT", {**SOBER, "q3": 0}, []),
        ("AUDIT", {**SOBER, "q3": 1, "q8": 2}, [("q1", "q3", "q8")]),
        ("AUDIT", {"q1": 1, "q2": 1, "q9": 0, "q10": 0}, []),
        ("PC-PTSD-5", {"exposure": False}, []),
        ("PC-PTSD-5", {"exposure": False, "q2": True, "q3": False}, [("exposure", "q2")]),
        ("PC-PTSD-5", {"exposure": True, "q2": True}, []),
        ("PHQ-9", {**{f"q{k}": 0 for k in range(1, 10)}, "q9": 3}, []),
    ],
)
def test_which_answers_are_looked_at_again(
    code: str, answers: Answers, expected: list[tuple[str, ...]]
) -> None:
    assert [each.codes for each in doubts(catalogue.get(code), answers)] == expected


def test_what_is_asked_is_said_in_the_languages_of_the_participants_pages() -> None:
    for code, answers in (
        ("C-SSRS", {**NO, "q3": True}),
        ("AUDIT", {**SOBER, "q3": 1}),
        ("PC-PTSD-5", {"exposure": False, "q2": True}),
    ):
        (found,) = doubts(catalogue.get(code), answers)
        assert set(found.sentence) == {"en", "es"}
