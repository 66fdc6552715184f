"""The compiled jackknife against fits that begin anew, and whole trials without an allocation."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast import dice
from holdfast.compiling import compiled
from holdfast.errors import ImpossibleValue
from holdfast.statistics.compiled_reference_based import (
    ARM_DEPENDS,
    IMPUTATION_WORDS,
    LEFT_OUT_FAILED,
    NOT_ESTIMABLE,
    UNKNOWN_COVARIANCE,
    imputation_work,
    impute_trial,
    jump_to_reference_trial,
)
from holdfast.statistics.imputation_strategies import ImputationStrategy as Strategy
from holdfast.statistics.incomplete_trial import incomplete_trial, leaving_visit
from holdfast.statistics.reference_based import (
    conditional_mean,
    jackknife_se,
    leave_one_out,
    left_out_estimates,
    person_numbers,
)
from rbmi_trial import RBMI, rbmi_trial

GONE = np.nan


def work_of(trial):
    n, V = trial.outcome.shape
    by_visit, common = trial.by_visit.shape[1], trial.common.shape[1]
    return imputation_work(persons=n, visits=V, arms=len(trial.arms), by_visit=by_visit, common=common)


def mixed(*, arms: int = 3, site: bool = False):
    """Persons of every strategy, some gone, some missing a visit, some seen after their event."""
    n, V, seed = 60, 4, 11
    person, visit = np.arange(n)[:, None], np.arange(V)[None, :]
    baseline = 40 + 6 * dice.normal(seed, 0, np.arange(n), "baseline")
    outcome = 30 - 3.0 * visit + 5 * dice.normal(seed, 0, person, "own")
    outcome = outcome + 0.4 * baseline[:, None] + 3 * dice.normal(seed, 0, person, "error", visit)
    outcome[dice.uniform(seed, 0, person, "missing", visit) < 0.12] = GONE
    outcome[5] = GONE
    event = (dice.uniform(seed, 0, np.arange(n), "event") * 12).astype(int).clip(0, V)
    codes = (dice.uniform(seed, 0, np.arange(n), "strategy") * 5).astype(int)
    common = np.column_stack([np.arange(n) % 4 == 1, np.arange(n) == 7]) if site else None
    return incomplete_trial(
        outcome,
        arm=np.arange(n) % arms,
        by_visit=baseline[:, None],
        common=common,
        event=event,
        strategy=codes,
    )


@pytest.mark.parametrize("site", [False, True])
def test_every_strategy_missed_visits_and_values_after_events_equal_fits_that_begin_anew(site):
    # Person 7 alone has the last covariate: without it the column goes, and the climb begins anew.
    trial = mixed(site=site)
    work = work_of(trial)
    status = impute_trial(trial.outcome, person_numbers(trial), trial.event, trial.strategy, work)
    assert IMPUTATION_WORDS[status] == "converged"
    plain, reasons = leave_one_out(trial, range(60))
    assert reasons == {}
    # Both end within 1e-6 standard errors of a variance of the top; the estimates move by less.
    assert_allclose(work.answer.without, plain, rtol=0, atol=1e-7)
    assert_allclose(work.answer.se, jackknife_se(plain), rtol=1e-7)
    found = conditional_mean(trial)
    assert_allclose(work.answer.estimate.reshape(-1), [c.estimate for c in found.contrasts], rtol=1e-9)


def test_jump_to_reference_of_the_reference_trial():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    work = work_of(trial)
    assert jump_to_reference_trial(trial.outcome, person_numbers(trial), trial.event, work) == 0
    assert_allclose([work.answer.estimate[0, 2], work.answer.se[0, 2]], RBMI["J2R"], rtol=0, atol=1e-4)


def test_it_is_called_from_compiled_code_and_one_trial_leaves_nothing_to_the_next():
    trial, other = rbmi_trial(Strategy.JUMP_TO_REFERENCE), rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    shifted = np.where(other.outcome > 60, GONE, other.outcome)
    cases = np.stack([trial.outcome, shifted, trial.outcome])
    events = np.stack([leaving_visit(each) for each in cases])
    work = work_of(trial)
    found = np.zeros((3, 2))
    many(cases, person_numbers(trial), events, work, found)
    assert (found[0] == found[2]).all()
    assert (found[0] != found[1]).all()
    assert_allclose(found[0], RBMI["J2R"], rtol=0, atol=1e-4)


@compiled
def many(cases, numbers, events, work, found):
    for k in range(len(cases)):
        jump_to_reference_trial(cases[k], numbers, events[k], work)
        found[k, 0] = work.answer.estimate[0, 2]
        found[k, 1] = work.answer.se[0, 2]


def test_units_and_large_means_cost_no_digits():
    trial = rbmi_trial(Strategy.COPY_INCREMENTS)
    large = incomplete_trial(
        1e6 + 1e-3 * trial.outcome, arm=trial.arm, common=trial.common, by_visit=1e7 + trial.by_visit,
        event=trial.event, strategy=trial.strategy,
    )  # fmt: skip
    expected, _ = left_out_estimates(trial)
    found, reasons = left_out_estimates(large)
    assert reasons == {}
    # Outcomes near 1e6 keep ten digits of a thousandth.
    assert_allclose(found, 1e-3 * expected, rtol=0, atol=1e-8)


def test_when_nothing_is_missing_nothing_is_fitted():
    trial = rbmi_trial(Strategy.JUMP_TO_REFERENCE)
    full = incomplete_trial(np.where(trial.missing, 40.0, trial.outcome), arm=trial.arm, common=trial.common)
    found, reasons = left_out_estimates(full)
    plain, _ = leave_one_out(full, range(97))
    assert reasons == {}
    assert_allclose(found, plain, rtol=0, atol=1e-9)


def sparse(*, seen: int):
    """Ten and ten persons; at visit 2 most of arm 0 and the first ``seen`` of arm 1 were seen."""
    person = np.arange(20)[:, None]
    outcome = (
        20 + 5 * dice.normal(3, 0, person, "own") + dice.normal(3, 0, person, "error", np.arange(2)[None, :])
    )
    outcome[[3, 8], 1] = GONE
    outcome[10 + seen :, 1] = GONE
    event = np.where(np.isnan(outcome[:, 1]), 1, 2)
    return outcome, np.repeat([0, 1], 10), event


def test_a_mean_nobody_tells_has_a_status_where_the_strategy_asks_for_it():
    outcome, arm, event = sparse(seen=0)
    trial = incomplete_trial(outcome, arm=arm, event=event, strategy=0)
    work = work_of(trial)
    numbers = person_numbers(trial)
    assert impute_trial(outcome, numbers, event, trial.strategy, work) == NOT_ESTIMABLE
    assert np.isnan(work.answer.estimate).all()
    assert jump_to_reference_trial(outcome, numbers, event, work) == 0
    plain, _ = leave_one_out(incomplete_trial(outcome, arm=arm, event=event, strategy=1), range(20))
    assert_allclose(work.answer.without, plain, rtol=0, atol=1e-7)


def test_without_the_one_who_tells_a_mean_there_is_no_estimate():
    outcome, arm, event = sparse(seen=1)
    trial = incomplete_trial(outcome, arm=arm, event=event, strategy=0)
    work = work_of(trial)
    assert impute_trial(outcome, person_numbers(trial), event, trial.strategy, work) == LEFT_OUT_FAILED
    assert np.flatnonzero(np.isnan(work.answer.without[:, 0, 1])).tolist() == [10]
    assert np.isnan(work.answer.se).all()
    found, reasons = left_out_estimates(trial)
    plain, plain_reasons = leave_one_out(trial, range(20))
    assert reasons == plain_reasons
    assert list(reasons) == [10]
    assert_allclose(found, plain, rtol=0, atol=1e-7)


def test_visits_seen_by_nobody_together_and_an_arm_without_anybody_have_a_status():
    outcome = np.array(
        [[5, GONE], [4, GONE], [GONE, 4], [GONE, 5.5], [3, GONE], [4, GONE], [GONE, 6], [GONE, 2]]
    )
    trial = incomplete_trial(outcome, arm=np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    numbers, work = person_numbers(trial), work_of(trial)
    assert impute_trial(trial.outcome, numbers, trial.event, trial.strategy, work) == UNKNOWN_COVARIANCE
    numbers[:, 1] = 0
    assert impute_trial(trial.outcome, numbers, trial.event, trial.strategy, work) == ARM_DEPENDS
    assert np.isnan(work.answer.estimate).all()
    with pytest.raises(ImpossibleValue, match="two arms and two persons at least; found 1 and 8"):
        imputation_work(persons=8, visits=2, arms=1)
