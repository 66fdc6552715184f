"""The score at follow-up: from visit to visit after the last rating, between two ratings before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from holdfast.errors import Refusal
from holdfast.simulation import assumptions
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.course import Course, draw_course
from holdfast.simulation.life import Life, draw_life
from holdfast.studies import path_of

RATED = {"week-4": 29, "week-8": 57, "week-18": 127}
FOLLOWED = {"month-1": 89, "month-3": 150, "month-6": 242, "month-9": 333, "month-12": 424, "month-24": 789}
PEOPLE = 600


@pytest.fixture(scope="module")
def believed() -> Assumptions:
    return assumptions.load(path_of("low-dose-control").with_name("assumptions.yaml"))


@pytest.fixture(scope="module")
def course(believed: Assumptions) -> Course:
    return draw_course(believed, seed=3, level=np.repeat([1, 2], PEOPLE // 2))


@pytest.fixture(scope="module")
def life(believed: Assumptions, course: Course) -> Life:
    # Far from the ends of the scale no score is cut off, and noise is seen whole.
    middle = np.zeros_like(course.score) + np.array([46, 44, 30])
    fixed = replace(course, score=middle, baseline=np.full_like(course.baseline, 48))
    return draw_life(believed, fixed, rated=RATED, followed=FOLLOWED)


def of(life: Life, visit: str) -> np.ndarray:
    return life.severity[:, life.moments.index(visit)]


def test_a_visit_between_two_ratings_lies_on_the_line_between_them(life: Life) -> None:
    # Day 89 is 32 of the 70 days from day 57 (44 points) to day 127 (30 points): 37.6 points.
    found = of(life, "month-1")
    noise = 4.2 / np.sqrt(3)  # a third of a quarter
    assert found.mean() == pytest.approx(37.6, abs=3 * noise / np.sqrt(PEOPLE))
    assert found.std() == pytest.approx(noise, rel=0.12)  # rounding to whole points adds 1/12


def test_after_the_last_rating_noise_grows_with_the_time_between_visits(life: Life) -> None:
    assert (of(life, "week-18") == 30).all()
    steps = [("week-18", "month-3", 1), ("month-3", "month-6", 1), ("month-12", "month-24", 4)]
    for before, after, quarters in steps:
        moved = of(life, after) - of(life, before)
        assert moved.std() == pytest.approx(4.2 * np.sqrt(quarters), rel=0.12)
        assert moved.mean() == pytest.approx(0, abs=3 * moved.std() / np.sqrt(PEOPLE))


def test_contact_is_lost_at_the_same_pace_however_far_apart_the_visits(life: Life) -> None:
    share = 1 - life.reached.mean(axis=0)
    found = dict(zip(life.moments, share, strict=True))
    assert found["week-18"] == 0
    for visit, steps in (("month-1", 1 / 3), ("month-6", 1), ("month-24", 4)):
        lost = 1 - 0.92**steps
        assert found[visit] == pytest.approx(lost, abs=3 * np.sqrt(lost * (1 - lost) / PEOPLE))


def test_steps_for_another_number_of_visits_are_refused(believed: Assumptions, course: Course) -> None:
    with pytest.raises(Refusal, match="steps has 6 values, the study file 2 follow-up visits"):
        draw_life(believed, course, rated=RATED, followed={"month-6": 242, "month-12": 424})


def test_without_steps_every_visit_is_one(believed: Assumptions) -> None:
    plain = believed.follow_up.model_copy(update={"steps": None})
    assert plain.steps_to(3) == (1.0, 1.0, 1.0)
