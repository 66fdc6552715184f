"""Displays of guesses: exact against R, and what they do to an effect whose truth is known.

The trial drawn here is the generator of docs/calibration.md, typed anew for two arms and
without items: q is the share of the contrast that runs through belief. The differences that
are asked are those its calibration printed (status: calibrated).
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

from holdfast import dice
from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.blinding import NO_ANSWER, UNSURE
from holdfast.statistics.guesses import (
    DISPLAY,
    correct_guess_curve,
    guess_adjusted,
    guess_adjusted_mmrm,
)

FOLDER = Path(__file__).parents[1] / "reference" / "blinding"
REFERENCE = json.loads((FOLDER / "blinding.json").read_text(encoding="utf-8"))
TABLE = np.genfromtxt(FOLDER / "guesses.csv", delimiter=",", names=True, missing_values="NA")
OUTCOME, ARM, GUESS = TABLE["outcome"], TABLE["arm"].astype(np.int64), TABLE["guess"].astype(np.int64)
PEOPLE = 40_000


@cache
def _drawn(q):
    """Baseline, scores at three visits (NaN after leaving), arm and final guess of ``PEOPLE`` people."""
    person = np.arange(2 * PEOPLE)

    def normal(stream, k=0):
        return dice.normal(20260119, 0, person, f"test of guesses: {stream}", k)

    def uniform(stream, k=0):
        return dice.uniform(20260119, 0, person, f"test of guesses: {stream}", k)

    course, contrast = (6.7, 10.4, 14.8), (4.5, 9.0, 10.9)
    believed, apart = (0.10, 0.17, 0.22), (0.60, 0.66, 0.66)
    spread = np.array([[5.7, 9.9, 11.9], [12.5, 13.0, 13.7]])
    theta = 37.4 + 6.5 * normal("theta")
    baseline = np.clip(np.round(theta + 4.5 * normal("baseline error")), 0, 80)
    person_felt = normal("felt by person")
    arm = person % 2
    entered = baseline >= 28
    z, felt, score = normal("course"), np.zeros(len(person)), baseline
    scores, stays = [], np.ones(len(person), dtype=bool)
    for k in range(3):
        if k:
            z = 0.8 * z + 0.6 * normal("course", k)
        felt = np.maximum(
            felt,
            np.clip(
                np.where(arm == 1, 7.5, 2.0) + 1.8 * (person_felt + normal("felt", k)) / math.sqrt(2), 0, 10
            ),
        )
        gain = (baseline - score) / 10
        belief = expit(-0.64 + 0.70 * (felt - 5) + 0.35 * gain)
        latent = (
            theta
            - course[k]
            - (1 - q) * contrast[k] * arm
            - q * contrast[k] * (belief - believed[k]) / apart[k]
            + spread[arm, k] * z
            + 4.5 * normal("error", k)
        )
        leaves = uniform("leaving", k) < expit((-5.1, -2.85, -3.75)[k] + 3 * (0.5 - belief) - 0.35 * gain)
        stays = stays & ~leaves
        score = np.clip(np.round(5 * np.logaddexp(0, latent / 5)), 0, 80)
        scores.append(np.where(stays, score, math.nan))
    chance = expit(-0.64 + 0.70 * (felt - 5) + 0.35 * (baseline - score) / 10)
    guess = (uniform("guess") < chance).astype(np.int64)
    return baseline[entered], np.column_stack(scores)[entered], arm[entered], guess[entered]


def test_adjustment_equals_lm():
    found = guess_adjusted(OUTCOME, ARM, GUESS, covariates=TABLE["baseline"][:, None])
    for one, key in ((found.adjusted, "ancova_adjusted"), (found.unadjusted, "ancova_unadjusted")):
        assert_allclose((one.estimate, one.se, one.df, one.p), REFERENCE[key], rtol=1e-9)
    assert (found.n, found.left_out) == (127, 13)
    assert found.warnings == (DISPLAY, "13 of 140 lack an outcome or an answer and are left out.")


def test_the_curve_equals_weighted_means_and_its_error_a_bootstrap():
    found = correct_guess_curve(OUTCOME, ARM, GUESS, rates=REFERENCE["rates"])
    assert_allclose(found.difference, REFERENCE["curve"], rtol=1e-9)
    # 4000 bootstrap samples know a standard error to about 1 %; five times that.
    assert_allclose(found.se, REFERENCE["curve_bootstrap_se"], rtol=0.05)
    assert found.warnings[0] == DISPLAY


def test_the_curve_meets_the_observed_difference_at_the_observed_rates():
    """Where both arms guess rightly equally often that rate gives the observed difference back."""
    outcome = np.array([-10.0, -12, -4, -20, -25, -30, -11, -13, -2, -18, -26, -33])
    arm = np.repeat([0, 1], 6)
    guess = np.array([0, 0, 0, 0, 1, UNSURE, 1, 1, 1, 1, 0, UNSURE])
    found = correct_guess_curve(outcome, arm, guess, rates=[0.8])
    assert found.observed_rates == (0.8, 0.8)
    assert_allclose(found.difference, outcome[6:].mean() - outcome[:6].mean(), rtol=1e-12)
    assert_allclose(found.observed_difference, found.difference[0], rtol=1e-12)


@pytest.mark.parametrize(
    # As printed with the calibration: at equal belief −9.0, −4.6 and 0; adjusted −5.9, −5.1, −4.1.
    ("q", "at_equal_belief", "adjusted"),
    [(0.0, -9.0, -5.9), (0.5, -4.6, -5.1), (1.0, 0.0, -4.1)],
)
def test_adjusting_for_the_guess_errs_in_both_directions(q, at_equal_belief, adjusted):
    """40,000 people an arm: the Monte-Carlo error is about 0.1 points, 0.4 is asked."""
    baseline, scores, arm, guess = _drawn(q)
    found = guess_adjusted(scores[:, 2], arm, guess, covariates=baseline[:, None])
    print(f"q {q}: unadjusted {found.unadjusted.estimate:.2f}, adjusted {found.adjusted.estimate:.2f}")
    assert found.adjusted.estimate == pytest.approx(adjusted, abs=0.4)
    assert found.warnings[0] == DISPLAY
    if q == 0.0:
        assert found.unadjusted.estimate == pytest.approx(at_equal_belief, abs=0.6)
        assert found.adjusted.estimate > found.unadjusted.estimate + 2.5  # a third of a real effect is gone
    if q == 1.0:
        assert found.adjusted.estimate < -3.5  # where there is no effect at equal belief at all


def test_the_mixed_model_with_guess_by_visit_takes_a_third_of_a_real_effect_too():
    """−6.2 at no expectancy, as printed. 6,000 people an arm: standard error 0.3."""
    baseline, scores, arm, guess = (array[:12_000] for array in _drawn(0.0))
    trial = TrialArrays(
        outcome=scores,
        observed=~np.isnan(scores),
        arm=arm,
        arms=("placebo", "full"),
        visits=("4", "8", "18"),
        baseline=baseline,
        guess=guess,
    )
    found = guess_adjusted_mmrm(trial)
    last = found.adjusted.contrasts[-1]
    assert (last.visit, last.estimate) == ("18", pytest.approx(-6.2, abs=0.75))
    assert found.unadjusted.contrasts[-1].estimate == pytest.approx(-9.0, abs=0.75)
    assert found.warnings == (DISPLAY,)


def test_the_curve_sinks_although_the_whole_effect_is_real():
    baseline, scores, arm, guess = _drawn(0.0)
    found = correct_guess_curve(scores[:, 2] - baseline, arm, guess, rates=[0.5, 0.9])
    print("curve at q 0:", found.difference)
    assert found.difference[0] > found.difference[1] + 1.0
    assert found.warnings[0] == DISPLAY


def test_an_empty_cell_leaves_the_curve_unknown_where_it_would_weigh():
    outcome, arm = np.array([-1.0, -2, -3, -9, -8, -7, -6]), np.array([0, 0, 0, 1, 1, 1, 1])
    guess = np.array([0, 0, 1, 1, 1, 1, 1])
    found = correct_guess_curve(outcome, arm, guess, rates=[0.5, 1.0])
    assert math.isnan(found.difference[0])
    assert_allclose(found.difference[1], -7.5 + 1.5)
    assert found.warnings[1:] == (
        "Only 2 in arm 0 guessing arm 0: the curve leans on them.",
        "Only 1 in arm 0 guessing arm 1: the curve leans on them.",
        "Only 4 in arm 1 guessing arm 1: the curve leans on them.",
        "Nobody is in arm 1 guessing arm 0: the curve is known only where that cell weighs nothing.",
    )


def test_unsure_people_of_a_trial_enter_the_mixed_model_as_a_level_of_their_own():
    baseline, scores, arm, guess = (array[:400] for array in _drawn(0.0))
    said = np.where(np.arange(len(arm)) % 7 == 0, UNSURE, guess)
    said[::11] = NO_ANSWER
    trial = TrialArrays(
        outcome=scores,
        observed=~np.isnan(scores),
        arm=arm,
        arms=("placebo", "full"),
        visits=("4", "8", "18"),
        baseline=baseline,
        guess=said,
    )
    found = guess_adjusted_mmrm(trial)
    assert found.left_out == int((said == NO_ANSWER).sum())
    assert (
        found.warnings[1] == f"{found.left_out} of {len(arm)} lack an outcome or an answer and are left out."
    )
    names = " ".join(coefficient.name for coefficient in found.adjusted.coefficients)
    assert "guess full" in names
    assert "guess don't know" in names
    with pytest.raises(TableError, match="Nobody's guess"):
        guess_adjusted_mmrm(
            TrialArrays(
                outcome=scores,
                observed=~np.isnan(scores),
                arm=arm,
                arms=("placebo", "full"),
                visits=("4", "8", "18"),
                baseline=baseline,
            )
        )


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(TableError, match="covariates alone say who is in it"):
        guess_adjusted(OUTCOME, ARM, ARM)
    with pytest.raises(TableError, match="Two arms"):
        correct_guess_curve(OUTCOME, ARM * 0, GUESS)
    with pytest.raises(TableError, match="A guess is arm 0 or 1"):
        correct_guess_curve(OUTCOME, ARM, GUESS + 5)
    with pytest.raises(TableError, match="nobody who guessed"):
        correct_guess_curve(OUTCOME, ARM, np.where(ARM == 1, UNSURE, GUESS))
    with pytest.raises(TableError, match="both an outcome and an answer"):
        correct_guess_curve(OUTCOME, ARM, np.full_like(ARM, NO_ANSWER))
    with pytest.raises(ImpossibleValue, match="from 0 to 1"):
        correct_guess_curve(OUTCOME, ARM, GUESS, rates=[50])
    with pytest.raises(ImpossibleValue, match="infinite"):
        guess_adjusted(np.where(ARM == 1, math.inf, OUTCOME), ARM, GUESS)
    with pytest.raises(TableError, match="complete for all"):
        guess_adjusted(OUTCOME, ARM, GUESS, covariates=np.full((len(ARM), 1), math.nan))
