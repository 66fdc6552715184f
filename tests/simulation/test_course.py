"""The Course: pure, counter-based, and the model its assumption file describes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import ImpossibleValue
from holdfast.simulation import assumptions
from holdfast.simulation.course import draw_course
from holdfast.simulation.items import allot, caps_items, diagnosis
from holdfast.simulation.vitals import Bounds
from holdfast.studies import path_of
from scale import scaled

MODEL = assumptions.load(path_of("inactive-placebo").parent / "assumptions.yaml")
LEVEL = np.array([1] * 53 + [0] * 51)
ARRAYS = (
    "theta",
    "baseline",
    "felt",
    "belief",
    "score",
    "left",
    "skipped",
    "guess",
    "disability_change",
    "held",
    "supplement",
)


@settings(max_examples=scaled(100), deadline=None)
@given(seed=st.integers(0, 2**63), trial=st.integers(0, 9999), person=st.integers(0, 103))
def test_any_person_of_any_trial_can_be_drawn_alone(seed: int, trial: int, person: int) -> None:
    many = draw_course(MODEL, seed=seed, level=LEVEL, trials=np.array([trial, trial + 1]))
    alone = draw_course(
        MODEL, seed=seed, level=LEVEL[[person]], trials=np.array([trial]), people=np.array([person])
    )
    for name in ARRAYS:
        np.testing.assert_array_equal(
            getattr(many, name)[0, person], getattr(alone, name)[0, 0], err_msg=name
        )
    for code, first in many.events.items():
        assert first[0, person] == alone.events[code][0, 0]
    np.testing.assert_array_equal(caps_items(MODEL, many)[0, person], caps_items(MODEL, alone)[0, 0])


def test_streams_do_not_repeat_between_seeds_trials_or_people() -> None:
    one = draw_course(MODEL, seed=1, level=LEVEL, trials=np.arange(50))
    other = draw_course(MODEL, seed=2, level=LEVEL, trials=np.arange(50))
    assert len(np.unique(np.concatenate([one.theta, other.theta]))) == 2 * 50 * 104


def test_everyone_enters_with_the_score_and_the_diagnosis() -> None:
    course = draw_course(MODEL, seed=3, level=LEVEL, trials=np.arange(40))
    assert course.baseline.min() == 28  # 4,160 people: somebody is at the bar, nobody below
    assert course.baseline.max() <= 80
    assert diagnosis(caps_items(MODEL, course, visits=()))[..., 0].all()


def test_items_add_up_to_the_score_and_lie_in_their_range() -> None:
    course = draw_course(MODEL, seed=4, level=LEVEL, trials=np.arange(10))
    items = caps_items(MODEL, course)
    np.testing.assert_array_equal(items[:, :, 0].sum(axis=-1), course.baseline)
    np.testing.assert_array_equal(items[:, :, 1:].sum(axis=-1), course.score)
    assert items.min() == 0
    assert items.max() == 4


def test_points_go_where_weights_and_gain_allow() -> None:
    points = np.array([3, 8, 0])
    weights = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    gain = np.array([1.0, 1.0, 1.0, 1.0, 0.0])
    given_out = allot(points, weights=weights, gain=gain, chance=np.full((3, 8), 0.5))
    assert given_out.tolist() == [[3, 0], [4, 4], [0, 0]]


def test_those_who_leave_stay_away_and_nothing_is_known_of_them() -> None:
    course = draw_course(MODEL, seed=5, level=LEVEL, trials=np.arange(200))
    gone = course.left[..., None] <= np.arange(3)
    assert not (course.assessed & gone).any()
    assert gone.any()
    assert not course.guess[~course.completed].any()
    for code, first in course.events.items():
        # A session of the period they leave in may still be without its supplemental dose.
        known = (
            first <= course.left
            if code in ("missed-session", "no-supplemental-dose")
            else first < course.left
        )
        assert (known | (first == 3)).all(), code


def test_the_belief_constants_are_those_of_the_belief_model() -> None:
    # Means over 1,000 trials have a Monte-Carlo error below 0.001; the constants have two decimals.
    course = draw_course(MODEL, seed=6, level=LEVEL, trials=np.arange(1000), share=0.0)
    inactive = course.belief[:, LEVEL == 0].mean(axis=(0, 1))
    full = course.belief[:, LEVEL == 1].mean(axis=(0, 1))
    np.testing.assert_allclose(inactive, MODEL.latent.belief_inactive.numbers, atol=0.012)
    np.testing.assert_allclose(full - inactive, MODEL.latent.belief_difference.numbers, atol=0.012)


def test_share_moves_no_mean_but_makes_belief_matter() -> None:
    trials = np.arange(400)
    by_drug = draw_course(MODEL, seed=7, level=LEVEL, trials=trials, share=0.0)
    by_belief = draw_course(MODEL, seed=7, level=LEVEL, trials=trials, share=1.0)
    for level in (0, 1):
        gap = (by_belief.score - by_drug.score)[:, level == LEVEL].mean(axis=(0, 1))
        assert np.abs(gap).max() < 0.5  # points; the same people, so the error is 0.03
    sure = by_belief.belief[..., 2] > by_belief.belief[..., 2].mean()
    inactive = np.broadcast_to(LEVEL == 0, sure.shape)

    def split(scores: np.ndarray) -> float:
        return float(scores[sure & inactive].mean() - scores[~sure & inactive].mean())

    assert split(by_belief.score[..., 2]) < split(by_drug.score[..., 2]) - 3


def test_a_low_dose_lies_between() -> None:
    means = [
        draw_course(MODEL, seed=8, level=np.full(104, level), trials=np.arange(100)).score[..., 2].mean()
        for level in (0, 2, 1)
    ]
    assert means == sorted(means, reverse=True)


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(ImpossibleValue, match=r"lies between 0 and 1, not 1\.2"):
        draw_course(MODEL, seed=1, level=LEVEL, share=1.2)


def test_a_supplemental_dose_is_withheld_where_pressure_stays_high() -> None:
    trials = np.arange(100)
    free = draw_course(MODEL, seed=9, level=LEVEL, trials=trials)
    bounds = Bounds(upper=(160, 100, 120, 38), lower=(90, -np.inf, 45, -np.inf))
    held = draw_course(MODEL, seed=9, level=LEVEL, trials=trials, bounds=bounds)
    assert (held.supplement <= free.supplement).all()
    share = 1 - held.supplement[:, LEVEL == 1].sum() / free.supplement[:, LEVEL == 1].sum()
    assert 0.05 < share < 0.4
    np.testing.assert_array_equal(held.score, free.score)  # an event moves no score


def test_dosing_ends_when_it_is_stopped_and_the_first_session_is_never_missed() -> None:
    course = draw_course(MODEL, seed=10, level=LEVEL, trials=np.arange(200))
    assert course.held[..., 0].all()
    after = course.events["treatment-stopped"][..., None] < np.arange(3)
    assert not (course.held & after).any()
    assert after.any()
    assert not (course.supplement & ~course.held).any()


def test_an_active_comparator_is_felt_by_its_own_mean_and_takes_its_own_fraction() -> None:
    trials = np.arange(100)
    low, active = (
        draw_course(MODEL, seed=8, level=np.full(104, level), trials=trials, share=0.0) for level in (2, 3)
    )
    # The same people: 5.5 against 4.5 felt, less what is cut off at 0 and 10; 0 against 0.3 of 10.9 points.
    assert 0.9 < (active.felt - low.felt).mean() < 1.01
    assert 2.8 < (active.score - low.score)[..., 2].mean() < 3.27
