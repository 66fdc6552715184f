"""Chances of passing a limit beside the blinded band: of the population, and of nobody in it."""

from __future__ import annotations

import ast
import inspect

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.pharmacology import forecast_chances
from holdfast.pharmacology.day import simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast_blinded import Step
from holdfast.pharmacology.forecast_chances import blinded_chances
from holdfast.pharmacology.forecast_readings import Limit
from holdfast.pharmacology.people import population

STEPS = (Step(0, (0, 40, 120)), Step(1.75, (0, 20, 60)))
LIMITS = (
    Limit("systolic", 160.0),
    Limit("heart_rate", 100.0),
    Limit("temperature", 37.8),
    Limit("systolic", 90.0, above=False),
)
PEOPLE = 5000


def test_it_takes_steps_limits_and_hours_and_nothing_else() -> None:
    taken = inspect.signature(blinded_chances).parameters
    assert list(taken) == ["steps", "limits", "now_h", "next_h", "model"]
    tree = ast.parse(inspect.getsource(forecast_chances))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "holdfast.pharmacology.forecast" not in imported
    assert "holdfast.pharmacology.forecast_learned" not in imported


@pytest.mark.parametrize("bare", [False, True])
def test_chances_are_the_share_of_other_people_whose_course_passes(bare: bool) -> None:
    people = population(PEOPLE, 77)
    hours = np.linspace(1.5, 2.0, 13)
    day = simulate(people, (Dose(120), Dose(60, 1.75)), hours, acute_tolerance=not bare)
    for chance in blinded_chances(STEPS, LIMITS, now_h=1.5, next_h=2.0):
        course = getattr(day, chance.limit.sign)
        beyond = course >= chance.limit.value if chance.limit.above else course <= chance.limit.value
        share = beyond.any(axis=1).mean()
        found = chance.without_tolerance if bare else chance.course
        # Three standard errors of the difference of two shares of 5,000.
        assert found == pytest.approx(share, abs=0.03), chance


def test_the_bound_is_no_smaller_upwards_and_a_lower_limit_is_passed_more() -> None:
    two = (Limit("systolic", 160.0), Limit("systolic", 180.0))
    lower, higher = blinded_chances(STEPS, two, now_h=2.0, next_h=2.25)
    assert lower.course > higher.course > 0
    assert lower.without_tolerance >= lower.course


def test_what_any_arm_may_give_counts_by_its_highest() -> None:
    alone = blinded_chances((Step(0, (120,)),), LIMITS, now_h=1.0, next_h=1.25)
    assert blinded_chances((Step(0, (0, 40, 120)),), LIMITS, now_h=1.0, next_h=1.25) == alone


def test_what_makes_no_sense_is_sent_back() -> None:
    with pytest.raises(ImpossibleValue, match="follow each other"):
        blinded_chances(STEPS, LIMITS, now_h=2.0, next_h=2.0)
    with pytest.raises(ImpossibleValue, match="no amount above 0"):
        blinded_chances((Step(0, (0.0,)),), LIMITS, now_h=1.0, next_h=1.25)
    with pytest.raises(UnknownName):
        blinded_chances(STEPS, (Limit("mood", 3.0),), now_h=1.0, next_h=1.25)
