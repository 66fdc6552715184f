"""Doses: read, put in order, and refused where no study gave them."""

from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology.doses import Dose, checked, from_text, in_words, notes


def test_doses_are_put_in_order_of_time() -> None:
    assert checked([Dose(60, 1.75), Dose(120)]) == (Dose(120, 0), Dose(60, 1.75))


@pytest.mark.parametrize(
    "doses",
    [
        [(125, 0), (62.5, 2)],
        [(150, 0)],
        [(12.5, 0)],
        [(100, 0), (100, 24)],
        [(100, 0), (100, 12)],
        [(60, 0), (60, 1), (60, 2)],
    ],
)
def test_what_studies_gave_is_accepted(doses: list[tuple[float, float]]) -> None:
    assert len(checked([Dose(*each) for each in doses])) == len(doses)


@pytest.mark.parametrize(
    ("doses", "words"),
    [
        ([(151, 0)], "12.5 to 150 mg"),
        ([(12, 0)], "12.5 to 150 mg"),
        ([(-120, 0)], "12.5 to 150 mg"),
        ([(float("nan"), 0)], "12.5 to 150 mg"),
        ([(float("inf"), 0)], "12.5 to 150 mg"),
        ([(125, 0), (63, 2)], "more than any study gave"),
        ([(60, 0), (60, 5), (60, 8), (60, 11.9)], "more than any study gave"),
        ([(20, 0), (120, 10), (120, 20)], "more than any study gave"),
        ([(120, -1)], "0 to 48 hours"),
        ([(120, 49)], "0 to 48 hours"),
        ([(120, float("nan"))], "0 to 48 hours"),
    ],
)
def test_what_no_study_gave_is_refused_in_a_sentence(doses: list[tuple[float, float]], words: str) -> None:
    with pytest.raises(ImpossibleValue, match=words) as refused:
        checked([Dose(*each) for each in doses])
    assert refused.value.field == "dose"


def test_a_supplement_is_read_from_text() -> None:
    assert from_text("60@1.75") == Dose(60, 1.75)
    for text in ("60", "60@", "@1", "sixty@1", "60 mg@2 h", ""):
        with pytest.raises(ImpossibleValue, match="write mg@hours"):
            from_text(text)


def test_doses_in_words() -> None:
    assert in_words([Dose(120), Dose(60, 1.75)]) == "120 mg at 0 h and 60 mg at 1.75 h"
    assert in_words([]) == "no dose"


def test_below_what_was_measured_it_says_so() -> None:
    assert notes([Dose(40), Dose(20, 1.75)]) == ()
    assert notes([Dose(30)]) == (
        "Below 40 mg no study at hand measured concentrations: 30 mg is an extrapolation.",
    )
