"""Approximate Bayes with Rubin's rules."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.approximate_bayes import approximate_bayes, bootstrap_sample
from holdfast.statistics.delta import delta_by_arm
from holdfast.statistics.imputation_strategies import ImputationStrategy as Strategy
from holdfast.statistics.incomplete_trial import incomplete_trial
from holdfast.statistics.rubin import pooled
from rbmi_trial import RBMI, rbmi_trial
from scale import scaled


def test_rubins_rules_by_hand():
    # Five estimates 1 to 5 with variance 2: within 2, between 2.5, total 2 + 1.2·2.5 = 5, share 0.6.
    # df: 4/0.36 from the imputations, 21/23·20·0.4 from 20 of the complete data; their harmonic sum.
    found = pooled(np.arange(1.0, 6.0), np.full(5, 2.0), complete_df=20)
    assert_allclose(found.estimate, 3.0)
    assert_allclose(found.se, np.sqrt(5.0))
    assert_allclose(found.df, 1 / (0.36 / 4 + 1 / (21 / 23 * 20 * 0.4)), rtol=1e-12)
    assert_allclose(found.df, 4.407136, rtol=1e-6)
    assert_allclose(found.monte_carlo_error, np.sqrt(0.5))


def test_with_endless_complete_degrees_of_freedom_they_are_rubins_own():
    found = pooled(np.arange(1.0, 6.0), np.full(5, 2.0), complete_df=np.inf)
    assert_allclose(found.df, 4 / 0.36, rtol=1e-12)


def test_without_spread_between_imputations_the_interval_is_that_of_one_analysis():
    found = pooled(np.full(3, 2.0), np.full(3, 4.0), complete_df=97)
    assert_allclose([found.estimate, found.se, found.df], [2.0, 2.0, 98 / 100 * 97])


@pytest.mark.parametrize(
    ("strategy", "name"), [(Strategy.MISSING_AT_RANDOM, "MAR"), (Strategy.JUMP_TO_REFERENCE, "J2R")]
)
def test_the_estimate_lies_within_three_monte_carlo_errors_of_rbmi(strategy, name):
    found = approximate_bayes(rbmi_trial(strategy), seed=1, imputations=scaled(2000))
    error = float(found.pooled.monte_carlo_error[0, -1])
    cell = found.contrast(arm="1", visit="3")
    assert abs(cell.estimate - RBMI[name][0]) < 3 * error
    assert found.redrawn == 0
    # Rubin's variance estimates another quantity than the jackknife, of the same size.
    assert 0.7 < cell.se / RBMI[name][1] < 1.4
    # Complete data would have 97 persons less 7 coefficients.
    assert 40 < cell.df < 90


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    trial = rbmi_trial(Strategy.COPY_INCREMENTS)
    one, same, other = (approximate_bayes(trial, seed=seed, imputations=3) for seed in (4, 4, 5))
    assert (one.estimates == same.estimates).all()
    assert (one.estimates != other.estimates)[:, :, 1:].all()
    # An imputation is the same whatever others are made.
    assert (approximate_bayes(trial, seed=4, imputations=2).estimates == one.estimates[:2]).all()


def test_a_bootstrap_sample_keeps_the_size_of_each_arm():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    counts = np.zeros(97)
    for draw in range(400):
        chosen = bootstrap_sample(trial, seed=3, draw=draw, attempt=0)
        assert (trial.arm[chosen] == trial.arm).all()
        counts += np.bincount(chosen, minlength=97)
    # Everyone is drawn once on average; 400 draws leave a standard deviation of about 20.
    assert abs(counts - 400).max() < 5 * 20
    assert counts.sum() == 400 * 97


def test_a_delta_moves_every_imputation_alike():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    plain = approximate_bayes(trial, seed=2, imputations=4)
    moved = approximate_bayes(trial, seed=2, imputations=4, delta=delta_by_arm(trial, [0, 5]))
    shift = moved.estimates - plain.estimates
    assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-10)
    assert shift[0, 0, 2] > 0.5


def test_when_nothing_is_missing_it_is_the_analysis_of_covariance():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    outcome = np.where(trial.missing, 40.0, trial.outcome)
    found = approximate_bayes(incomplete_trial(outcome, arm=trial.arm), seed=1, imputations=2)
    expected = outcome[trial.arm == 1].mean(axis=0) - outcome[trial.arm == 0].mean(axis=0)
    assert_allclose([cell.estimate for cell in found.contrasts], expected, rtol=1e-10)
    assert (found.pooled.between == 0).all()


def test_one_imputation_or_a_trial_too_small_is_refused():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    with pytest.raises(ImpossibleValue, match="At least two imputations are needed; found 1"):
        approximate_bayes(trial, seed=1, imputations=1)
    small = incomplete_trial(
        np.array([[1.0, 2.0], [2.0, np.nan], [3.0, 1.0], [4.0, np.nan], [2.0, 2.5]]),
        arm=np.array([0, 0, 0, 1, 1]),
    )
    with pytest.raises(TableError, match="bootstrap samples in a row could not be fitted"):
        approximate_bayes(small, seed=1, imputations=2)
