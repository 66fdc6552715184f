"""What reference-based imputation refuses, and in which words."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.ancova import arm_weights
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.imputation_strategies import ImputationStrategy as Strategy
from holdfast.statistics.imputation_strategies import conditional_normal
from holdfast.statistics.incomplete_trial import incomplete_from_arrays, incomplete_trial
from holdfast.statistics.reference_based import conditional_mean

GONE = np.nan
OUTCOME = np.array([[5.0, 3], [4, GONE], [6, 4], [7, 5], [3, GONE], [4, 1], [6, 6], [5, 2], [8, 4], [2, 2]])
ARM = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])


@pytest.mark.parametrize(
    ("changes", "kind", "sentence"),
    [
        ({"arm": np.zeros(10, int)}, TableError, "one arm only"),
        ({"arm": ARM + 1}, TableError, "Nobody in the reference arm '0' has an outcome"),
        ({"arm": 2 * ARM}, TableError, "Nobody in arm '1' has an outcome"),
        ({"arm": ARM - 1, "arms": ("a", "b")}, ImpossibleValue, "index lies outside 0 to 1"),
        ({"arm": ARM[:9]}, TableError, "arm has 9 persons, the outcome 10"),
        ({"event": np.full(10, 3)}, ImpossibleValue, "must be 0 to 1, or 2 for none; found 3 to 3"),
        ({"event": np.full(10, -1)}, ImpossibleValue, "found -1 to -1"),
        ({"strategy": 7}, ImpossibleValue, "not one of ImputationStrategy"),
        ({"by_visit": np.full((10, 1), GONE)}, TableError, "covariate is missing or infinite"),
        ({"visits": ("1", "2", "3")}, TableError, "3 names of visits for 2 visits"),
    ],
)
def test_arrays_that_cannot_be_a_trial(changes, kind, sentence):
    with pytest.raises(kind, match=sentence):
        incomplete_trial(OUTCOME, **{"arm": ARM, **changes})


def test_outcomes_that_are_no_numbers_or_no_table():
    with pytest.raises(TableError, match="outcome is infinite"):
        incomplete_trial(np.where(OUTCOME == 8, np.inf, OUTCOME), arm=ARM)
    with pytest.raises(TableError, match="table of persons by visits"):
        incomplete_trial(OUTCOME[:, 0], arm=ARM)


def test_an_event_or_covariate_that_is_not_there():
    arrays = TrialArrays(
        outcome=OUTCOME, observed=~np.isnan(OUTCOME), arm=ARM, arms=("a", "b"), visits=("1", "2"),
        baseline=np.arange(10.0),
    )  # fmt: skip
    with pytest.raises(UnknownName, match="no intercurrent event 'stopped' in this trial; there are: none"):
        incomplete_from_arrays(arrays, strategies={"stopped": Strategy.COPY_REFERENCE})
    with pytest.raises(UnknownName, match="no covariate 'age'; there are: baseline"):
        incomplete_from_arrays(arrays, covariates=("age",))
    with pytest.raises(UnknownName, match="no factor 'site'; there are: none"):
        incomplete_from_arrays(arrays, factors=("site",))


def test_a_covariance_that_is_not_positive_definite():
    with pytest.raises(ImpossibleValue, match="not positive definite"):
        conditional_normal(np.zeros((1, 2)), np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([[1.0, GONE]]))


def test_visits_nobody_was_seen_at_together():
    outcome = np.array(
        [[5.0, GONE], [4, GONE], [GONE, 4], [GONE, 5], [3, GONE], [4, GONE], [GONE, 6], [GONE, 2]]
    )
    with pytest.raises(TableError, match="have no covariance, so neither can be imputed"):
        conditional_mean(incomplete_trial(outcome, arm=np.array([0, 0, 0, 0, 1, 1, 1, 1])))


def test_a_mean_nobody_tells_is_asked_for_by_one_strategy_and_not_by_another():
    outcome = np.vstack([OUTCOME, [[5.0, 4.0], [3.0, 1.0], [2.0, 2.5]]])
    arm = np.append(ARM, [0, 0, 0])
    outcome[arm == 1, 1] = GONE
    event = np.where(np.isnan(outcome[:, 1]), 1, 2)
    with pytest.raises(TableError, match="the mean of a person of '1' at visit 2, which cannot be estimated"):
        conditional_mean(incomplete_trial(outcome, arm=arm, event=event))
    jumped = conditional_mean(incomplete_trial(outcome, arm=arm, event=event, strategy=1))
    assert np.isfinite(jumped.contrasts[-1].se)
    assert "Dropped because the other columns already say the same: arm[1]:visit[2]." in jumped.warnings


def test_a_fit_that_fails_without_one_person_is_part_of_the_result():
    # Person 0 alone of the reference arm was seen at visit 2.
    outcome = OUTCOME.copy()
    outcome[1:5, 1] = GONE
    found = conditional_mean(incomplete_trial(outcome, arm=ARM, event=np.full(10, 1), strategy=0))
    assert found.unconverged == (0,)
    assert not found.converged
    assert np.isnan(found.without[0]).all()
    assert np.isfinite(found.contrasts[1].estimate)
    assert np.isnan(found.contrasts[1].se)
    assert "Without 1 of the persons (rows 0) the model could not be fitted" in found.warnings[-1]


def test_arms_that_the_covariates_tell():
    with pytest.raises(TableError, match="the covariates alone say who is in it"):
        arm_weights(ARM, arms=2, covariates=ARM[:, None].astype(float))
    with pytest.raises(TableError, match="2 persons cannot estimate 2 coefficients"):
        arm_weights(np.array([0, 1]), arms=2, covariates=np.empty((2, 0)))
