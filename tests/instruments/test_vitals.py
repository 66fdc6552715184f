from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue
from holdfast.instruments import vitals
from holdfast.instruments.answers import unlikely, validate

READING = {"systolic": 128, "diastolic": 82, "heart_rate": 76, "temperature": 36.8}


def test_a_usual_reading():
    validate(vitals.INSTRUMENT, READING)
    assert unlikely(vitals.INSTRUMENT, READING) == {}
    assert vitals.score(READING).values == {"pulse_pressure": 46}


def test_a_measure_may_be_left_out():
    validate(vitals.INSTRUMENT, {"heart_rate": 76})
    scores = vitals.score({"heart_rate": 76})
    assert (scores.values, scores.missing) == (
        {"pulse_pressure": None},
        ("systolic", "diastolic", "temperature"),
    )


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        ("systolic", 39), ("systolic", 301), ("systolic", 128.5), ("diastolic", 19), ("diastolic", 201),
        ("heart_rate", 19), ("heart_rate", 900), ("temperature", 29.9), ("temperature", 98.6),
        ("temperature", float("nan")), ("heart_rate", float("inf")), ("heart_rate", True),
        ("heart_rate", "76"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_sent_back_with_its_field(measure, value):
    with pytest.raises(ImpossibleValue) as refusal:
        validate(vitals.INSTRUMENT, {measure: value})
    assert refusal.value.field == measure


def test_the_sentence_says_what_was_expected_and_what_came():
    with pytest.raises(ImpossibleValue) as refusal:
        validate(vitals.INSTRUMENT, {"heart_rate": 900})
    assert str(refusal.value) == "Heart rate: expected a whole number from 20 to 300 /min; found 900."


@pytest.mark.parametrize(("systolic", "diastolic"), [(82, 128), (100, 100)])
def test_swapped_pressures_are_impossible(systolic, diastolic):
    with pytest.raises(ImpossibleValue, match="Check whether the two were swapped") as refusal:
        validate(vitals.INSTRUMENT, {"systolic": systolic, "diastolic": diastolic})
    assert refusal.value.field == "diastolic"


@pytest.mark.parametrize(
    ("measure", "value", "said"),
    [
        ("systolic", 221, "Systolic blood pressure: 221 mmHg is unusually high. Recheck, or keep it."),
        ("heart_rate", 39, "Heart rate: 39 /min is unusually low. Recheck, or keep it."),
        ("temperature", 39.6, "Body temperature: 39.6 degC is unusually high. Recheck, or keep it."),
    ],
)
def test_an_unusual_value_is_kept_and_asked_about(measure, value, said):
    validate(vitals.INSTRUMENT, {measure: value})
    assert unlikely(vitals.INSTRUMENT, {measure: value}) == {measure: said}


def test_usual_bounds_lie_within_the_possible_ones_and_all_are_assumed():
    for code, possible in vitals.POSSIBLE.items():
        usual = vitals.USUAL[code]
        assert possible.numbers[0] < usual.numbers[0] < usual.numbers[1] < possible.numbers[1]
        assert possible.status == usual.status == "assumed"
