"""Delta adjustment and tipping points after reference-based imputation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics.delta import delta_by_arm, tipping_point
from holdfast.statistics.imputation_strategies import ImputationStrategy as Strategy
from holdfast.statistics.incomplete_trial import incomplete_trial
from holdfast.statistics.reference_based import conditional_mean
from rbmi_trial import rbmi_trial


@pytest.fixture(scope="module")
def jumped():
    return conditional_mean(rbmi_trial(Strategy.JUMP_TO_REFERENCE))


def test_deltas_go_to_missing_values_alone_and_add_up_when_asked():
    gone = np.nan
    trial = incomplete_trial(
        np.array([[1.0, 2, 3], [1, gone, gone], [1, gone, 3], [gone, gone, gone], [2, 3, 5]]),
        arm=np.array([0, 0, 1, 1, 1]),
    )
    assert delta_by_arm(trial, [2, 5]).tolist() == [[0, 0, 0], [0, 2, 2], [0, 5, 0], [5, 5, 5], [0, 0, 0]]
    cumulative = delta_by_arm(trial, [2, 5], cumulative=True)
    assert cumulative.tolist() == [[0, 0, 0], [0, 2, 4], [0, 5, 0], [5, 10, 15], [0, 0, 0]]
    by_visit = delta_by_arm(trial, [[1, 2, 3], [4, 5, 6]], cumulative=True)
    assert by_visit.tolist() == [[0, 0, 0], [0, 2, 5], [0, 5, 0], [4, 9, 15], [0, 0, 0]]


def test_a_delta_moves_the_estimate_by_its_analysis_of_covariance(jumped):
    trial = jumped.trial
    added = delta_by_arm(trial, [0, 3])
    moved = conditional_mean(trial, delta=added)
    columns = np.column_stack([np.ones(len(trial.arm)), trial.covariates, trial.arm])
    shift = np.linalg.lstsq(columns, added, rcond=None)[0][-1]
    expected = [cell.estimate for cell in jumped.contrasts] + shift
    assert_allclose([cell.estimate for cell in moved.contrasts], expected, rtol=1e-10)
    assert_allclose(moved.completed - jumped.completed, added, atol=1e-12)


@pytest.mark.parametrize("amounts", [[0.0, 1.0], [1.0, 2.0]])
def test_at_the_tipping_point_the_interval_touches_zero_when_everything_is_done_again(jumped, amounts):
    direction = delta_by_arm(jumped.trial, amounts, cumulative=True)
    found = tipping_point(jumped, arm="1", visit="3", within=(-10, 60), direction=direction)
    again = conditional_mean(jumped.trial, delta=found.delta * direction).contrast(arm="1", visit="3")
    assert found.significant
    assert_allclose(again.upper, 0.0, atol=1e-9)
    assert_allclose([found.estimate, found.se], [again.estimate, again.se], rtol=1e-10)
    # Just before it the conclusion still holds, and nothing nearer to 0 changes it.
    before = conditional_mean(jumped.trial, delta=0.999 * found.delta * direction)
    assert before.contrast(arm="1", visit="3").upper < 0
    nearer = np.abs(found.deltas) < found.delta
    assert (found.uppers[nearer] < 0).all()
    assert (found.uppers[found.deltas > found.delta] > 0).all()


def test_without_a_change_in_the_range_there_is_none(jumped):
    found = tipping_point(jumped, arm="1", visit="3", within=(0, 20))
    assert math.isnan(found.delta)
    assert math.isnan(found.lower)
    assert found.sentence == "The interval excludes 0 at every delta from 0 to 20."
    assert len(found.deltas) == 41


def test_a_difference_that_shows_nothing_can_tip_into_one():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    equal = conditional_mean(
        incomplete_trial(
            trial.outcome + 9.0 * trial.arm[:, None],
            arm=trial.arm, common=trial.common, by_visit=trial.by_visit, event=trial.event, strategy=1,
        )
    )  # fmt: skip
    found = tipping_point(equal, arm="1", visit="3", within=(-80, 80))
    assert not found.significant
    again = conditional_mean(equal.trial, delta=delta_by_arm(equal.trial, [0, found.delta]))
    cell = again.contrasts[-1]
    assert_allclose(min(abs(cell.lower), abs(cell.upper)), 0.0, atol=1e-9)
    assert "begins to exclude it" in found.sentence


def test_what_cannot_be_meant_is_refused(jumped):
    with pytest.raises(ImpossibleValue, match="one for each of 2 arms or for 2 arms by 3 visits"):
        delta_by_arm(jumped.trial, [1, 2, 3])
    with pytest.raises(ImpossibleValue, match="hold 0; found 5 to 9"):
        tipping_point(jumped, arm="1", visit="3", within=(5, 9))
    with pytest.raises(UnknownName, match="no comparison of '0' at '3'"):
        tipping_point(jumped, arm="0", visit="3", within=(0, 9))
