"""The compiled course gives the numbers of the plain one; its dice and quantile those of the libraries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

import numpy_course
from holdfast import dice
from holdfast.simulation import assumptions
from holdfast.simulation.compiled_dice import mix, normal_at, quantile, trial_state, uniform_at
from holdfast.simulation.course import draw_course
from holdfast.simulation.model import expected_scores, model_of, thresholds
from holdfast.simulation.streams import STREAMS
from holdfast.simulation.trial import expected_score, rounded_score
from holdfast.simulation.vitals import Bounds
from holdfast.studies import path_of
from scale import scaled

MODEL = assumptions.load(path_of("inactive-placebo").with_name("assumptions.yaml"))
WHOLE = ("baseline", "score", "left", "early", "skipped", "guess", "held", "supplement")
REAL = ("theta", "felt", "belief", "guess_chance", "disability", "disability_change")


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("seed", [1, 2**63 + 5])
def test_the_compiled_course_is_the_numpy_course(seed: int, share: float) -> None:
    trials = 7 * np.arange(scaled(1000))
    level = np.arange(trials.size * 104).reshape(trials.size, 104) * 7 % 11 % 4  # all levels, anyhow mixed
    ours = draw_course(MODEL, seed=seed, level=level, trials=trials, share=share)
    theirs = numpy_course.draw_course(MODEL, seed=seed, level=level, trials=trials, share=share)
    for name in WHOLE:
        found = getattr(ours, name)
        assert found.dtype == getattr(theirs, name).dtype, name
        np.testing.assert_array_equal(found, getattr(theirs, name), err_msg=name)
    for name in REAL:
        # Two normal quantiles, both right to 1e-15, times at most 15 points.
        np.testing.assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=0, atol=3e-14, err_msg=name
        )
    assert list(ours.events) == list(theirs.events)
    for code, first in theirs.events.items():
        np.testing.assert_array_equal(ours.events[code], first, err_msg=code)


def test_it_is_so_with_supplemental_doses_withheld_and_people_given() -> None:
    bounds = Bounds(upper=(160, 100, 120, 38), lower=(90, -np.inf, 45, -np.inf))
    level, people = np.array([1, 1, 0, 2, 3, 1]), np.array([5, 90, 7, 1000, 3, 2])
    both = [
        draw(MODEL, seed=3, level=level, trials=np.arange(60), people=people, bounds=bounds)
        for draw in (draw_course, numpy_course.draw_course)
    ]
    for name in WHOLE:
        np.testing.assert_array_equal(getattr(both[0], name), getattr(both[1], name), err_msg=name)
    for code, first in both[1].events.items():
        np.testing.assert_array_equal(both[0].events[code], first, err_msg=code)


@settings(max_examples=scaled(2000), deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    trial=st.integers(0, 2**63 - 1),
    person=st.integers(0, 2**63 - 1),
    k=st.integers(0, 2**40),
    name=st.sampled_from(STREAMS),
)
def test_compiled_dice_are_the_dice_bit_for_bit(seed: int, trial: int, person: int, k: int, name: str):
    # Called from Python, compiled code gives words as plain integers: they are made words again.
    state = np.uint64(trial_state(np.uint64(seed), np.uint64(dice.stream_word(name)), np.uint64(trial)))
    words = np.uint64(mix(np.uint64(person))), np.uint64(mix(np.uint64(k)))
    assert uniform_at(state, *words) == float(dice.uniform(seed, trial, person, name, k))
    expected = float(dice.normal(seed, trial, person, name, k))
    assert normal_at(state, *words) == pytest.approx(expected, rel=2e-15)


def test_the_quantile_agrees_with_scipy_over_its_whole_range() -> None:
    edges = 2.0 ** -np.arange(1, 55)
    tails = np.concatenate([edges, np.nextafter(edges, 0), np.geomspace(2**-54, 0.5, scaled(40000))])
    near_half = 0.5 + np.linspace(-0.02, 0.02, scaled(20000))
    u = np.concatenate([tails, 1 - tails[tails > 2**-53], near_half])
    found, expected = np.array([quantile(each) for each in u]), ndtri(u)
    # Largest relative difference seen over 3 million points: 1.1e-15, of which scipy has its part.
    np.testing.assert_allclose(found, expected, rtol=1.5e-15, atol=1e-300)


def test_the_quantile_is_finite_where_rounding_reaches_one() -> None:
    assert quantile(1.0) == pytest.approx(8.67, abs=0.01)


def test_scores_are_counted_as_they_are_defined() -> None:
    edge = thresholds(5.0)
    latent = np.linspace(-60, 120, scaled(100000))
    bent = np.clip(np.rint(5 * np.logaddexp(0, latent / 5)), 0, 80)
    assert [rounded_score(edge, each) for each in latent] == bent.tolist()


def test_the_expected_score_is_the_mean_over_rating_errors() -> None:
    # Gauss-Hermite nodes would miss the steps: a fine grid of quantiles of the error instead.
    error = 4.5 * ndtri((np.arange(20000) + 0.5) / 20000)
    for latent in (-10.0, 3.0, 11.7, 40.0, 79.0):
        bent = np.clip(np.rint(5 * np.logaddexp(0, (latent + error) / 5)), 0, 80)
        assert expected_score(expected_scores(thresholds(5.0), 4.5), latent) == pytest.approx(
            bent.mean(), abs=2e-3
        )


def test_the_interpolated_expectation_is_that_of_its_formula() -> None:
    edges = thresholds(5.0)
    table = expected_scores(edges, 4.5)
    for latent in np.linspace(-80, 140, 401):
        assert expected_score(table, latent) == pytest.approx(ndtr((latent - edges) / 4.5).sum(), abs=1e-5)


def test_a_model_of_the_shipped_file_has_every_scenario_off() -> None:
    model = model_of(MODEL)
    assert model.sessions.kept == 1
    assert (model.clusters.site_sd, model.clusters.pair_sd, model.clusters.pair_arm_sd) == (0, 0, 0)
    assert (model.raters.sd, model.raters.unblinded, model.latent.contrast_spread) == (0, 0, 0)
    assert model.latent.drug.tolist() == [0, 1, 0.3, 0]
