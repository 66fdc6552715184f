"""Trials that cannot be fitted, or only in part: a sentence or a warning, never a silent NaN."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import TableError
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.fit import fit
from holdfast.statistics.mmrm import mmrm
from scale import scaled
from small_trials import trial


def with_outcome(arrays: TrialArrays, outcome: np.ndarray) -> TrialArrays:
    return replace(arrays, outcome=outcome, observed=~np.isnan(outcome))


def test_nothing_observed_is_refused():
    arrays = trial(1)
    with pytest.raises(TableError, match="There is no response: every value is missing"):
        mmrm(with_outcome(arrays, np.full_like(arrays.outcome, np.nan)))


def test_a_constant_response_is_refused():
    arrays = trial(1)
    with pytest.raises(TableError, match="does not vary beyond what the columns explain"):
        mmrm(with_outcome(arrays, np.where(arrays.observed, 12.3, np.nan)))


def test_a_response_that_the_columns_explain_wholly_is_refused():
    arrays = trial(1)
    exact = np.where(arrays.observed, 3.0 + 2.0 * arrays.baseline[:, None] - arrays.arm[:, None], np.nan)
    with pytest.raises(TableError, match="does not vary beyond what the columns explain"):
        mmrm(with_outcome(arrays, exact))


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_outcome_is_refused(value):
    arrays = trial(1, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[3, 1] = value
    with pytest.raises(TableError, match="marked as observed is missing or infinite"):
        mmrm(with_outcome(arrays, outcome))


def test_an_infinite_baseline_is_refused():
    arrays = trial(1)
    baseline = arrays.baseline.copy()
    baseline[4] = np.inf
    with pytest.raises(TableError, match="covariate 'baseline' has an infinite value"):
        mmrm(replace(arrays, baseline=baseline))


def test_a_person_without_baseline_is_left_out_and_counted():
    arrays = trial(1)
    baseline = arrays.baseline.copy()
    baseline[4] = np.nan
    found = mmrm(replace(arrays, baseline=baseline))
    assert found.subjects == 29
    assert found.warnings == ("1 persons without a covariate were left out.",)


def test_an_unknown_covariate_names_those_there_are():
    with pytest.raises(TableError, match="There is no covariate 'weight'; there are: age, baseline"):
        mmrm(trial(1), covariates=("weight",))
    with pytest.raises(TableError, match="There is no covariate 'centre'; there are: site"):
        mmrm(trial(1), factors=("centre",))


def test_one_arm_gives_means_and_no_contrast():
    arrays = trial(1)
    found = mmrm(replace(arrays, arm=np.zeros_like(arrays.arm), arms=("all",)))
    assert found.contrasts == ()
    assert [cell.arm for cell in found.ls_means] == ["all"] * 3
    assert "There is one arm only: nothing is compared." in found.warnings


def test_one_visit_is_the_analysis_of_covariance():
    arrays = trial(1, visits=1, missing=0.0)
    found = mmrm(arrays)
    n = len(arrays.arm)
    X = np.column_stack([np.ones(n), arrays.arm, arrays.baseline])
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ arrays.outcome[:, 0]
    residual = arrays.outcome[:, 0] - X @ beta
    se = math.sqrt(residual @ residual / (n - 3) * inverse[1, 1])
    (contrast,) = found.contrasts
    assert_allclose((contrast.estimate, contrast.se, contrast.df), (beta[1], se, n - 3), rtol=1e-9)


def test_a_visit_with_nobody_is_said_and_the_others_are_as_without_it():
    arrays = trial(2)
    empty = np.column_stack([arrays.outcome, np.full(len(arrays.arm), np.nan)])
    found = mmrm(
        replace(arrays, outcome=empty, observed=~np.isnan(empty), visits=(*arrays.visits, "visit 4"))
    )
    without = mmrm(arrays)
    assert found.converged
    assert math.isnan(found.contrast(arm="active", visit="visit 4").estimate)
    assert "No response was observed at visit visit 4." in found.warnings
    assert "The differences of these cannot be estimated: active at visit 4." in found.warnings
    assert "visit[visit 4]" in found.dropped
    for contrast in without.contrasts:
        same = found.contrast(arm="active", visit=contrast.visit)
        assert_allclose(
            (same.estimate, same.se, same.df), (contrast.estimate, contrast.se, contrast.df), rtol=1e-7
        )


def test_an_arm_with_nobody_at_a_visit_loses_that_contrast_only():
    arrays = trial(2)
    outcome = arrays.outcome.copy()
    outcome[arrays.arm == 1, 2] = np.nan
    outcome[1, 0] = outcome[1, 0] if not np.isnan(outcome[1, 0]) else 30.0
    found = mmrm(with_outcome(arrays, outcome))
    assert math.isnan(found.contrast(arm="active", visit="visit 3").estimate)
    assert not math.isnan(found.contrast(arm="active", visit="visit 2").p)
    assert found.dropped == ("arm[active]:visit[visit 3]",)
    assert found.warnings == (
        "Dropped because the other columns already say the same: arm[active]:visit[visit 3].",
        "The differences of these cannot be estimated: active at visit 3.",
        "The means of these cannot be estimated: active at visit 3.",
    )


def test_an_arm_with_nobody_at_all_loses_its_contrasts_only():
    arrays = replace(trial(2), arms=("control", "active", "third"))
    found = mmrm(arrays)
    two = mmrm(trial(2))
    assert all(math.isnan(found.contrast(arm="third", visit=visit).estimate) for visit in arrays.visits)
    assert_allclose(found.contrast(arm="active", visit="visit 3").se, two.contrasts[-1].se, rtol=1e-8)


def test_a_repeated_covariate_is_dropped_and_said():
    arrays = trial(3)
    found = mmrm(replace(arrays, covariates={"again": 2.0 * arrays.baseline + 1.0}), covariates=("again",))
    assert found.dropped == ("baseline",)
    assert_allclose(
        [c.estimate for c in found.contrasts], [c.estimate for c in mmrm(arrays).contrasts], rtol=1e-7
    )


def test_visits_never_seen_together_leave_their_covariance_unknown():
    arrays = trial(4, n=40, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[:20, 2] = np.nan
    outcome[20:, 1] = np.nan
    found = mmrm(with_outcome(arrays, outcome))
    assert found.converged
    assert np.isnan(found.covariance[1, 2])
    assert all(math.isfinite(c.p) for c in found.contrasts)
    assert any("visit 2 and visit 3" in warning for warning in found.warnings)


def test_two_visits_that_repeat_each_other_do_not_converge_and_say_so():
    arrays = trial(5, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[:, 1] = outcome[:, 0]
    found = mmrm(with_outcome(arrays, outcome))
    assert not found.converged
    assert any("did not converge" in warning and "singular" in warning for warning in found.warnings)


def test_a_visit_without_residual_is_refused_by_name():
    arrays = trial(5, missing=0.0)
    outcome = arrays.outcome.copy()
    outcome[:, 1] = 7.0
    with pytest.raises(TableError, match="At visit 2 the response does not vary"):
        mmrm(with_outcome(arrays, outcome))


def test_more_coefficients_than_responses_are_refused():
    with pytest.raises(TableError, match="6 responses cannot estimate 6 coefficients and a covariance"):
        mmrm(trial(6, n=3, visits=2, missing=0.0))


def test_two_arms_of_one_name_are_refused():
    with pytest.raises(TableError, match="The arms must be named once each"):
        mmrm(replace(trial(1), arms=("same", "same")))


def test_kenward_roger_with_maximum_likelihood_is_noted():
    found = mmrm(trial(1), method="ml", df="kr")
    assert found.warnings == (
        "Kenward-Roger was derived for REML; with ML it is computed by the same formula.",
    )


def test_bare_arrays_are_checked():
    y, X = np.array([1.0, 2.0, 4.0, 3.0]), np.ones((4, 1))
    subject, visit = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    with pytest.raises(TableError, match="two responses at one visit"):
        fit(y, X, visit=np.zeros(4, dtype=int), subject=subject)
    with pytest.raises(TableError, match="A response is infinite"):
        fit(np.array([1.0, np.inf, 2.0, 3.0]), X, visit=visit, subject=subject)
    with pytest.raises(TableError, match="covariate of an observed response is missing or infinite"):
        fit(y, np.array([[1.0], [np.nan], [1.0], [1.0]]), visit=visit, subject=subject)
    with pytest.raises(TableError, match="index lies outside 0 to 1"):
        fit(y, X, visit=visit + 1, subject=subject, n_visits=2)


@settings(max_examples=scaled(600), deadline=None)
@given(
    seed=st.integers(0, 2**32),
    n=st.integers(1, 12),
    visits=st.integers(1, 5),
    missing=st.sampled_from([0.0, 0.3, 0.7]),
    rounding=st.sampled_from([0, -1, 3]),
)
def test_any_small_trial_is_answered_or_refused_in_a_sentence(seed, n, visits, missing, rounding):
    """Too few persons, coarse outcomes, empty cells: no traceback, no warning of numpy, no NaN unsaid."""
    arrays = trial(seed, n=n, visits=visits, missing=missing)
    try:
        found = mmrm(with_outcome(arrays, np.round(arrays.outcome, rounding)), factors=("site",))
    except TableError:
        return
    cells = (*found.contrasts, *found.ls_means)
    numbers = [(c.estimate, c.se, c.df, c.p, c.lower, c.upper) for c in cells]
    if not found.converged or np.isnan(numbers).any():
        assert found.warnings
    assert np.isfinite(found.neg2ll)
