"""Reference-based imputation against rbmi, against hand-worked tables and against other formulas."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast import dice
from holdfast.statistics.ancova import arm_weights, differences, differences_without_each
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.imputation_model import imputation_model
from holdfast.statistics.imputation_strategies import ImputationStrategy as Strategy
from holdfast.statistics.imputation_strategies import conditional_normal, joint_rows
from holdfast.statistics.incomplete_trial import incomplete_from_arrays, incomplete_trial, leaving_visit
from holdfast.statistics.mmrm import mmrm
from holdfast.statistics.reference_based import conditional_mean
from rbmi_trial import RBMI, rbmi_trial

OWN, REFERENCE = [12.0, 8.0, 6.0], [11.0, 10.0, 9.0]
COVARIANCE = np.array([[4.0, 2.0, 1.0], [2.0, 5.0, 2.0], [1.0, 2.0, 4.0]])
GONE = np.nan


def drawn(n: int = 60, visits: int = 4, *, seed: int = 5, arms: int = 2, leave: float = 0.15):
    """Outcome with people leaving for good, arm, baseline."""
    person, visit = np.arange(n)[:, None], np.arange(visits)[None, :]
    baseline = dice.normal(seed, 0, np.arange(n), "baseline")
    own = 4 * dice.normal(seed, 0, person, "own")
    outcome = (
        30 - 3.0 * visit + own + 2 * baseline[:, None] + 3 * dice.normal(seed, 0, person, "error", visit)
    )
    arm = np.arange(n) % arms
    outcome = outcome - 2.0 * arm[:, None]
    left = np.cumsum(dice.uniform(seed, 0, person, "leave", visit) < leave, axis=1) > 0
    left[:, 0] = False
    return np.where(left, np.nan, outcome), arm, baseline


@pytest.mark.parametrize(
    ("strategy", "name"), [(Strategy.MISSING_AT_RANDOM, "MAR"), (Strategy.JUMP_TO_REFERENCE, "J2R")]
)
def test_estimate_and_jackknife_error_equal_rbmi(strategy, name):
    found = conditional_mean(rbmi_trial(strategy))
    cell = found.contrast(arm="1", visit="3")
    # rbmi's optimiser stops early; 1e-4 is what it can promise.
    assert_allclose([cell.estimate, cell.se], RBMI[name], rtol=0, atol=1e-4)
    assert found.converged
    assert found.warnings == ()
    assert cell.df == np.inf
    assert_allclose([cell.lower, cell.upper], cell.estimate + np.array([-1, 1]) * 1.959963985 * cell.se)


@pytest.mark.parametrize(
    ("strategy", "outcome", "event", "expected"),
    [
        # Given the first visit, 3 above the own and 4 above the reference mean: slopes 2/4 and 1/4.
        (Strategy.MISSING_AT_RANDOM, [15, GONE, GONE], 1, [15, 9.5, 6.75]),
        (Strategy.JUMP_TO_REFERENCE, [15, GONE, GONE], 1, [15, 11.5, 9.75]),
        (Strategy.COPY_INCREMENTS, [15, GONE, GONE], 1, [15, 12.5, 10.75]),
        (Strategy.COPY_REFERENCE, [15, GONE, GONE], 1, [15, 12.0, 10.0]),
        (Strategy.LAST_MEAN_CARRIED_FORWARD, [15, GONE, GONE], 1, [15, 13.5, 12.75]),
        # Given two visits: slopes 1/16 and 6/16; residuals 3 and 1, or 4 and -1 from the reference.
        (Strategy.MISSING_AT_RANDOM, [15, 9, GONE], 2, [15, 9, 6.5625]),
        (Strategy.JUMP_TO_REFERENCE, [15, 9, GONE], 2, [15, 9, 9.5625]),
        (Strategy.COPY_INCREMENTS, [15, 9, GONE], 2, [15, 9, 7.5625]),
        (Strategy.COPY_REFERENCE, [15, 9, GONE], 2, [15, 9, 8.875]),
        (Strategy.LAST_MEAN_CARRIED_FORWARD, [15, 9, GONE], 2, [15, 9, 8.5625]),
        # Nothing was observed: the joint mean itself.
        (Strategy.JUMP_TO_REFERENCE, [GONE, GONE, GONE], 0, [11, 10, 9]),
        (Strategy.COPY_INCREMENTS, [GONE, GONE, GONE], 0, [11, 10, 9]),
        (Strategy.COPY_REFERENCE, [GONE, GONE, GONE], 0, [11, 10, 9]),
        (Strategy.LAST_MEAN_CARRIED_FORWARD, [GONE, GONE, GONE], 0, [12, 8, 6]),
        # No event, but a visit missed: the own mean, whatever the strategy.
        (Strategy.COPY_REFERENCE, [15, GONE, 6], 3, [15, 8 + 18 / 15, 6]),
        # Seen again after the event: what was seen counts, from the jumped mean.
        (Strategy.JUMP_TO_REFERENCE, [15, GONE, 9], 1, [15, 10 + 18 / 15, 9]),
    ],
)
def test_imputed_values_worked_by_hand(strategy, outcome, event, expected):
    # Slopes of visit 2 on visits 1 and 3: (2, 2)·[[4, −1], [−1, 4]]/15 = (6, 6)/15; residuals 3 and 0.
    own, reference = np.diag(OWN)[None], np.diag(REFERENCE)[None]
    rows = joint_rows(own, reference, event=np.array([event]), strategy=np.array([strategy]))
    completed, _ = conditional_normal(rows.sum(axis=2), COVARIANCE, np.array([outcome], dtype=float))
    assert_allclose(completed, [expected], rtol=1e-12)


def test_conditional_means_and_roots_equal_the_precision_formulas():
    # Given the rest, missing values have precision the block of the inverse covariance.
    outcome, arm, baseline = drawn()
    trial = incomplete_trial(
        outcome,
        arm=arm,
        by_visit=baseline[:, None],
        event=leaving_visit(outcome),
        strategy=Strategy.COPY_INCREMENTS,
    )
    model = imputation_model(trial)
    completed, roots = conditional_normal(model.means, model.covariance, outcome)
    precision = np.linalg.inv(model.covariance)
    for i in np.flatnonzero(trial.missing.any(axis=1)):
        gone = trial.missing[i]
        block = precision[np.ix_(gone, gone)]
        pull = precision[np.ix_(gone, ~gone)] @ (outcome[i, ~gone] - model.means[i, ~gone])
        assert_allclose(completed[i, gone], model.means[i, gone] - np.linalg.solve(block, pull), rtol=1e-10)
        spread = roots[i] @ roots[i].T
        assert_allclose(spread[np.ix_(gone, gone)], np.linalg.inv(block), rtol=1e-9)


def test_missing_at_random_gives_the_estimates_of_the_mixed_model():
    # With every covariate by visit the model's equations are those of the completed outcomes.
    outcome, arm, baseline = drawn()
    arrays = TrialArrays(
        outcome=outcome, observed=~np.isnan(outcome), arm=arm, arms=("a", "b"), visits=("1", "2", "3", "4"),
        baseline=baseline,
    )  # fmt: skip
    imputed = conditional_mean(incomplete_from_arrays(arrays))
    expected = mmrm(arrays)
    assert_allclose(
        [cell.estimate for cell in imputed.contrasts],
        [cell.estimate for cell in expected.contrasts],
        rtol=1e-9,
    )


def test_without_anything_missing_the_estimate_is_that_of_the_analysis_of_covariance():
    outcome, arm, baseline = drawn(leave=0.0)
    found = conditional_mean(incomplete_trial(outcome, arm=arm, by_visit=baseline[:, None]))
    columns = np.column_stack([np.ones(60), baseline, arm])
    expected = np.linalg.lstsq(columns, outcome, rcond=None)[0][2]
    assert_allclose([cell.estimate for cell in found.contrasts], expected, rtol=1e-10)
    assert found.warnings == ("No outcome is missing: nothing was imputed.",)
    assert not found.imputed.any()


def test_three_arms_are_each_compared_with_the_reference():
    outcome, arm, baseline = drawn(n=90, arms=3)
    trial = incomplete_trial(
        outcome, arm=arm, by_visit=baseline[:, None], event=leaving_visit(outcome), strategy=1
    )
    found = conditional_mean(trial)
    columns = np.column_stack([np.ones(90), baseline, arm == 1, arm == 2])
    expected = np.linalg.lstsq(columns, found.completed, rcond=None)[0][2:]
    assert_allclose([cell.estimate for cell in found.contrasts], expected.reshape(-1), rtol=1e-10)
    assert [(cell.arm, cell.visit) for cell in found.contrasts][3:5] == [("1", "4"), ("2", "1")]


def test_values_after_an_event_stay_but_do_not_shape_the_model():
    outcome, arm, baseline = drawn(leave=0.0)
    event = np.full(60, 4)
    event[1] = 2
    changed = outcome.copy()
    changed[1, 2:] += 50.0
    models = [
        imputation_model(
            incomplete_trial(y, arm=arm, by_visit=baseline[:, None], event=event, strategy=strategy)
        )
        for y, strategy in ((outcome, 1), (changed, 1), (outcome, 0), (changed, 0))
    ]
    assert_allclose(models[0].covariance, models[1].covariance, rtol=1e-12)
    assert abs(models[2].covariance[3, 3] / models[3].covariance[3, 3] - 1) > 0.1
    found = conditional_mean(incomplete_trial(changed, arm=arm, event=event, strategy=1))
    assert_allclose(found.completed, changed)


def test_analysis_of_covariance_by_hand():
    # Two groups of three at baselines -1, 0, 1: differences of means, pooled slope 2 and 1.
    arm, covariate = np.array([0, 0, 0, 1, 1, 1]), np.array([-1.0, 0, 1, -1, 0, 1])
    outcome = np.array([[1.0, 3, 5, 4, 6, 8], [1, 3, 5, 5, 5, 5]]).T
    weights = arm_weights(arm, arms=2, covariates=covariate[:, None])
    estimate, se = differences(weights, outcome)
    assert weights.df == 3
    assert_allclose(estimate, [[3.0, 2.0]], rtol=1e-12)
    # Residual squares of the second: slopes 2 and 0 about 1 leave 4; variance 4/3, times 2/3.
    assert_allclose(se, [[0.0, np.sqrt(8 / 9)]], atol=1e-12)


def test_differences_without_each_person_are_those_of_the_others():
    # Person 0 alone has a 1 in the last covariate: the others' differences do not know of it.
    outcome, arm, baseline = drawn(n=30, leave=0.0, arms=3)
    covariates = np.column_stack([baseline, np.arange(30) == 0])
    weights = arm_weights(arm, arms=3, covariates=covariates)
    found = differences_without_each(weights, outcome)
    for i in range(30):
        others = np.arange(30) != i
        alone = arm_weights(arm[others], arms=3, covariates=covariates[others])
        assert_allclose(found[i], differences(alone, outcome[others])[0], rtol=1e-9)
    lonely = arm_weights(np.array([0, 0, 0, 1]), arms=2, covariates=np.empty((4, 0)))
    without = differences_without_each(lonely, np.array([[1.0], [2.0], [6.0], [9.0]]))[:, 0, 0]
    assert_allclose(without, [5.0, 5.5, 7.5, np.nan])


def test_events_are_taken_from_the_arrays_earliest_first():
    outcome = np.array([[1.0, 2, 3], [1, np.nan, np.nan], [1, 2, np.nan], [4, 5, 6], [2, 2, np.nan]])
    stopped = np.array([[0, 1, 1], [0, 0, 1], [0, 1, 1], [0, 0, 0], [0, 0, 0]], dtype=bool)
    arrays = TrialArrays(
        outcome=outcome, observed=~np.isnan(outcome), arm=np.array([0, 0, 1, 1, 1]), arms=("a", "b"),
        visits=("1", "2", "3"), baseline=np.array([1.0, 2, 3, 4, np.nan]), intercurrent={"stopped": stopped},
        factors={"site": np.array([0, 1, 2, 0, 1])},
    )  # fmt: skip
    trial = incomplete_from_arrays(
        arrays,
        factors=("site",),
        strategies={"stopped": Strategy.COPY_REFERENCE},
        dropout=Strategy.JUMP_TO_REFERENCE,
    )
    assert trial.event.tolist() == [1, 1, 1, 3]
    assert trial.strategy.tolist() == [3, 1, 3, 0]
    assert trial.common.tolist() == [[0, 0], [1, 0], [0, 1], [0, 0]]
    assert trial.by_visit.tolist() == [[1], [2], [3], [4]]
    assert trial.warnings == ("1 persons without a covariate were left out.",)
