"""Settings and grids from the command line."""

from __future__ import annotations

import pytest

from holdfast.errors import ImpossibleValue
from holdfast.planning.asked import grids, settings


def test_settings_are_numbers_by_name():
    assert settings(["expectancy=0.5", " n = 200 "]) == {"expectancy": 0.5, "n": 200.0}


def test_a_grid_is_every_combination_with_what_is_fixed():
    assert grids(["q=0,1", "n=104,200"], fixed={"alpha": 0.05}) == [
        {"alpha": 0.05, "q": 0.0, "n": 104.0},
        {"alpha": 0.05, "q": 0.0, "n": 200.0},
        {"alpha": 0.05, "q": 1.0, "n": 104.0},
        {"alpha": 0.05, "q": 1.0, "n": 200.0},
    ]


def test_without_a_grid_there_is_one_scenario():
    assert grids([], fixed={"n": 50.0}) == [{"n": 50.0}]


def test_a_value_named_twice_is_one():
    assert grids(["q=0,0,1"], fixed={}) == [{"q": 0.0}, {"q": 1.0}]


@pytest.mark.parametrize("text", ["expectancy", "=1", "expectancy=", "=", ""])
def test_a_setting_that_is_none_is_refused_with_an_example(text: str):
    with pytest.raises(ImpossibleValue, match=r"--set takes name=value, such as expectancy=0\.5; found"):
        settings([text])
    with pytest.raises(ImpossibleValue, match=r"--grid takes name=value, such as expectancy=0,0\.5,1; found"):
        grids([text], fixed={})


@pytest.mark.parametrize("value", ["many", "nan", "inf", "1e999", "0x10"])
def test_what_is_no_number_is_refused(value: str):
    with pytest.raises(ImpossibleValue, match="n is a number; found"):
        settings([f"n={value}"])


def test_a_name_given_twice_is_refused():
    with pytest.raises(ImpossibleValue, match="--set gives n twice"):
        settings(["n=1", "n=2"])
    with pytest.raises(ImpossibleValue, match="n is given twice"):
        grids(["n=1"], fixed={"n": 2.0})


def test_a_grid_of_too_many_scenarios_is_refused_with_their_number():
    long = ",".join(str(k) for k in range(101))
    with pytest.raises(ImpossibleValue, match="10,201 scenarios; at most 10,000"):
        grids([f"a={long}", f"b={long}"], fixed={})
