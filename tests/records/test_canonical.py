import json
import math

import pytest
from hypothesis import given

from holdfast.errors import ImpossibleValue
from holdfast.records.canonical import canonical
from holdfast.records.fact import settled
from record_building import jsons


def test_a_value_has_one_sequence_of_bytes():
    assert canonical({"z": [1, 2.5, True, None], "a": {"é": "x\n", "b": ()}}) == (
        '{"a":{"b":[],"é":"x\\n"},"z":[1,2.5,true,null]}'.encode()
    )


def test_a_whole_number_and_a_decimal_stay_what_they_are():
    assert canonical([120, 120.0, 1e22, 0.1, -0.0]) == b"[120,120.0,1e+22,0.1,-0.0]"


def test_text_is_kept_as_it_came_even_where_two_spellings_look_alike():
    composed, apart = "\u00e9", "e\u0301"
    assert canonical(composed) != canonical(apart)
    assert json.loads(canonical(apart)) == apart


@given(value=jsons)
def test_reading_gives_back_the_value_and_its_bytes(value):
    held = canonical(value)
    back = json.loads(held)
    assert settled(back) == settled(value)
    assert canonical(back) == held


@given(value=jsons)
def test_the_order_of_keys_does_not_matter(value):
    assert canonical(settled(value)) == canonical(value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused(number):
    with pytest.raises(ImpossibleValue, match="not finite"):
        canonical({"a": [number]})


def test_text_that_is_not_unicode_is_refused():
    with pytest.raises(ImpossibleValue, match="not valid Unicode"):
        canonical({"a": "\ud800"})


@pytest.mark.parametrize(
    "value", [{1: "a"}, {"a": {None: 1}}, [{True: 1}], {"a": {1, 2}}, [b"bytes"], [object()]]
)
def test_what_is_not_json_is_refused_rather_than_turned_into_text(value):
    with pytest.raises(TypeError, match="recorded"):
        canonical(value)
