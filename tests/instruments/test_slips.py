from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue
from holdfast.instruments import vitals
from holdfast.instruments.answers import validate
from holdfast.instruments.slips import celsius, mmhg, slips

READING = {"systolic": 142.0, "diastolic": 84.0, "heart_rate": 72.0, "temperature": 36.9}


@pytest.mark.parametrize(
    ("typed", "code", "question", "instead", "told"),
    [
        (
            {"systolic": 84.0, "diastolic": 142.0},
            "swapped",
            "Swapped? 84/142 -> 142/84 mmHg.",
            {"systolic": 142.0, "diastolic": 84.0},
            "84/142 mmHg",
        ),
        (
            {"temperature": 98.6},
            "fahrenheit",
            "98.6 looks like °F: 37.0 °C?",
            {"temperature": 37.0},
            "98.6 °F",
        ),
        (
            {"systolic": 16.0, "diastolic": 10.7},
            "kilopascal",
            "16/10.7 looks like kPa: 120/80 mmHg?",
            {"systolic": 120.0, "diastolic": 80.0},
            "16/10.7 kPa",
        ),
        (
            {"temperature": 367.0},
            "point-left-out",
            "367 looks as if the point was left out: 36.7 °C?",
            {"temperature": 36.7},
            "367",
        ),
    ],
)
def test_a_likely_slip_is_asked_about_and_says_what_would_count_instead(typed, code, question, instead, told):
    found = slips({**READING, **typed})
    assert [each.code for each in found] == [code]
    assert (found[0].question, found[0].typed) == (question, told)
    assert found[0].instead == {**READING, **instead}


def test_a_heart_rate_in_the_field_of_the_pressure_is_offered_beside_the_swap():
    found = slips({"systolic": 72.0, "diastolic": 84.0, "heart_rate": 142.0})
    assert [each.code for each in found] == ["swapped", "rate-as-pressure"]
    assert found[1].instead == {"systolic": 142.0, "diastolic": 84.0, "heart_rate": 72.0}
    assert found[1].question == "Is the heart rate in the field of the pressure? 142/84 mmHg, 72 /min."


@pytest.mark.parametrize(
    "possible",
    [
        READING,
        {**READING, "systolic": 40.0, "diastolic": 20.0},
        {**READING, "temperature": 45.0},
        {**READING, "temperature": 30.0},
        {"heart_rate": 142.0},
        {},
    ],
)
def test_what_can_be_true_is_no_slip(possible):
    assert slips(possible) == ()


@pytest.mark.parametrize(
    "typed", [{"temperature": 212.0}, {"systolic": 3.0}, {"systolic": 90.0, "diastolic": 90.0}]
)
def test_what_no_slip_explains_stays_impossible(typed):
    assert slips(typed) == ()
    with pytest.raises(ImpossibleValue):
        validate(vitals.INSTRUMENT, typed)


@pytest.mark.parametrize("low", range(40, 301, 7))
def test_no_slip_is_found_in_a_possible_pair_and_what_replaces_one_can_be_true(low):
    for other in range(20, 201, 9):
        values = {"systolic": float(low), "diastolic": float(other)}
        for slip in slips(values):
            assert low < other
            validate(vitals.INSTRUMENT, slip.instead)
        if low > other:
            assert slips(values) == ()


def test_units_are_converted_as_their_definitions_say():
    # NIST SP 811: °C = (°F - 32) / 1.8; 120 mmHg is 15.9987 kPa.
    assert [celsius(each) for each in (32.0, 98.6, 100.4, 104.0, 212.0)] == [0.0, 37.0, 38.0, 40.0, 100.0]
    assert [mmhg(each) for each in (10.7, 16.0, 24.0, 13.3322)] == [80.0, 120.0, 180.0, 100.0]
