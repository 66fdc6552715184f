"""Time to event against R's survival package."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.cox import cox
from holdfast.statistics.survival import (
    kaplan_meier,
    log_rank,
    restricted_mean,
    restricted_mean_difference,
)
from scale import scaled

FOLDER = Path(__file__).parents[1] / "reference" / "survival"
REFERENCE = json.loads((FOLDER / "survival.json").read_text(encoding="utf-8"))
TABLE = np.genfromtxt(FOLDER / "survival.csv", delimiter=",", names=True)
TIME, EVENT, ARM = TABLE["time"], TABLE["event"], TABLE["arm"].astype(np.int64)


def _of(number):
    rows = np.equal(ARM, number)
    return TIME[rows], EVENT[rows]


def _numbers(values):
    return np.array([math.nan if value is None else value for value in values])


@pytest.mark.parametrize(
    ("name", "arm", "level"), [("curve_arm0", 0, 0.95), ("curve_arm2", 2, 0.95), ("curve_arm2_90", 2, 0.90)]
)
def test_the_curve_equals_survfit(name, arm, level):
    expected = REFERENCE[name]
    found = kaplan_meier(*_of(arm), level=level)
    for key, values in (("time", found.times), ("at_risk", found.at_risk), ("events", found.events)):
        assert values.tolist() == expected[key]
    assert_allclose(found.survival, expected["survival"], rtol=1e-9)
    inside = (found.survival > 0) & (found.survival < 1)
    assert_allclose(found.lower[inside], _numbers(expected["lower"])[inside], rtol=1e-9)
    assert_allclose(found.upper[inside], _numbers(expected["upper"])[inside], rtol=1e-9)
    median, *ends = expected["median"]
    assert found.median == median
    assert found.median_interval == tuple(math.inf if end is None else end for end in ends)


@pytest.mark.parametrize(("name", "arm"), [("curve_arm0", 0), ("curve_arm2", 2)])
def test_the_restricted_mean_and_its_error_equal_r(name, arm):
    found = restricted_mean(*_of(arm), until=100)
    assert_allclose((found.estimate, found.se), REFERENCE[name]["restricted_mean_100"], rtol=1e-9)


def test_a_difference_of_restricted_means_is_that_of_the_arms():
    two = ARM != 1
    found = restricted_mean_difference(TIME[two], EVENT[two], ARM[two] // 2, until=100)
    mean0, se0 = REFERENCE["curve_arm0"]["restricted_mean_100"]
    mean2, se2 = REFERENCE["curve_arm2"]["restricted_mean_100"]
    assert_allclose((found.estimate, found.se), (mean2 - mean0, math.hypot(se0, se2)), rtol=1e-9)


def test_the_log_rank_test_equals_survdiff():
    two = ARM != 1
    pair = log_rank(TIME[two], EVENT[two], ARM[two] // 2)
    assert_allclose((pair.statistic, pair.df, pair.p), REFERENCE["log_rank_two"], rtol=1e-9)
    three = log_rank(TIME, EVENT, ARM)
    assert_allclose((three.statistic, three.df, three.p), REFERENCE["log_rank_three"], rtol=1e-9)
    assert three.events == (42, 35, 23)


@pytest.mark.parametrize("name", ["cox_arm", "cox_covariate", "cox_strata"])
def test_coefficients_and_proportionality_equal_coxph(name):
    if name == "cox_arm":
        two = ARM != 1
        found = cox(TIME[two], EVENT[two], ARM[two] // 2)
    else:
        found = cox(
            TIME,
            EVENT,
            ARM,
            arms=("placebo", "low", "full"),
            covariates=TABLE["baseline"][:, None],
            names=("baseline",),
            strata=TABLE["site"] if name == "cox_strata" else None,
        )
    expected = REFERENCE[name]
    assert found.converged
    assert_allclose(found.coefficients, expected["coefficients"], rtol=1e-9)
    assert_allclose(found.standard_errors, expected["se"], rtol=1e-9)
    assert_allclose(found.log_likelihood, expected["loglik"], rtol=1e-9)
    ratios = found.hazard_ratios
    assert_allclose(
        [np.log(ratio.estimate) for ratio in ratios], expected["coefficients"][: len(ratios)], rtol=1e-9
    )
    p = chi2.sf(expected["grambsch_identity"][: len(ratios)], 1)
    assert_allclose([ratio.proportional_p for ratio in ratios], p, rtol=1e-6)


def test_the_covariate_need_not_be_in_the_order_of_names():
    """Twelve columns: the tests of proportionality stay with their own."""
    eleven = np.column_stack([TABLE["baseline"], *(np.cos(np.arange(len(TIME)) * k) for k in range(1, 11))])
    names = [f"c{k}" for k in range(11)]
    forwards = cox(TIME, EVENT, ARM, covariates=eleven, names=names)
    backwards = cox(TIME, EVENT, ARM, covariates=eleven[:, ::-1], names=names[::-1])
    for one, other in zip(forwards.hazard_ratios, backwards.hazard_ratios, strict=True):
        assert_allclose(
            (one.estimate, one.log_se, one.proportional_p),
            (other.estimate, other.log_se, other.proportional_p),
            rtol=1e-7,
        )


def test_an_arm_without_events_has_a_ratio_of_zero_and_no_interval():
    event = np.where(ARM == 1, 0.0, EVENT)
    found = cox(TIME, event, ARM, arms=("placebo", "low", "full"))
    low, full = found.hazard_ratios
    assert low.estimate == 0.0
    assert math.isnan(low.interval[0])
    assert math.isnan(low.p)
    two = cox(TIME[ARM != 1], EVENT[ARM != 1], ARM[ARM != 1] // 2)
    assert_allclose(full.estimate, two.hazard_ratios[0].estimate, rtol=1e-12)
    assert found.warnings == ("low has no event.",)
    assert log_rank(TIME, event, ARM, arms=("placebo", "low", "full")).warnings == ("low has no event.",)


def test_a_reference_without_events_leaves_no_ratio():
    found = cox(TIME, np.where(ARM == 0, 0.0, EVENT), ARM)
    assert not found.converged
    assert all(math.isnan(ratio.estimate) for ratio in found.hazard_ratios)
    assert found.warnings[-1] == "0, the reference, has no event: no hazard ratio can be estimated."


def test_a_likelihood_that_rises_for_ever_is_not_reported():
    """Every event of one arm comes after everyone of the other has had theirs."""
    time = np.concatenate([np.arange(1, 21), np.arange(101, 121)])
    found = cox(time, np.ones(40), np.repeat([0, 1], 20))
    assert not found.converged
    assert math.isnan(found.hazard_ratios[0].estimate)
    assert "rises for ever" in found.warnings[-1] or "did not converge" in found.warnings[-1]


def test_a_likelihood_that_rises_for_ever_beside_covariates_is_named():
    """One column without an estimate among three, of scales a million apart."""
    time = np.concatenate([np.arange(1, 21), np.arange(101, 121)])
    covariates = np.column_stack([np.cos(np.arange(40)), 1e6 * np.sin(np.arange(40))])
    found = cox(time, np.ones(40), np.repeat([0, 1], 20), covariates=covariates, names=("a", "b"))
    assert not found.converged
    assert math.isnan(found.hazard_ratios[0].estimate)
    assert "rises for ever" in found.warnings[-1] or "did not converge" in found.warnings[-1]


def test_small_trials_either_converge_to_finite_numbers_or_say_that_they_do_not():
    rng = np.random.default_rng(20260120)
    for _ in range(scaled(400)):
        n = int(rng.integers(4, 40))
        event = rng.integers(0, 2, n)
        event[0] = 1
        covariates = rng.normal(size=(n, 2)) * [1, 1e6]
        found = cox(rng.integers(1, 10, n), event, np.arange(n) % 2, covariates=covariates, names=("a", "b"))
        assert np.isfinite(found.coefficients).all()
        assert found.converged or found.warnings


def test_crossing_hazards_are_said():
    rank = np.arange(1, 61)
    early, late = rank / 3, np.where(rank < 45, 60 + rank / 60, rank / 60)
    found = cox(np.concatenate([early, late]), np.ones(120), np.repeat([0, 1], 60))
    assert found.hazard_ratios[0].proportional_p < 0.05
    assert "do not look proportional" in found.warnings[0]


def test_few_events_are_said():
    found = kaplan_meier([3, 5, 9, 9], [1, 0, 1, 0])
    assert found.warnings == ("The group has only 2 events: large-sample numbers are rough.",)
    assert found.at(2)[0] == 1.0
    assert found.at(4)[0] == pytest.approx(0.75)
    assert all(math.isnan(each) for each in found.at(10))


def test_nobody_with_an_event_keeps_a_flat_curve_without_limits():
    found = kaplan_meier([3, 5, 9], [0, 0, 0])
    assert found.survival.tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(found.lower).all()
    assert (found.median, found.warnings) == (math.inf, ("The group has no event.",))
    with pytest.raises(TableError, match="all are censored"):
        log_rank([3, 5, 9], [0, 0, 0], [0, 1, 1])
    with pytest.raises(TableError, match="all are censored"):
        cox([3, 5, 9], [0, 0, 0], [0, 1, 1])


def test_a_curve_that_reaches_zero_has_no_limit_there():
    found = kaplan_meier([3, 5, 9], [1, 1, 1])
    assert found.survival[-1] == 0.0
    assert math.isnan(found.upper[-1])
    assert restricted_mean([3, 5, 9], [1, 1, 1], until=20).estimate == pytest.approx(17 / 3)


@pytest.mark.parametrize(
    ("time", "event", "error", "words"),
    [
        ([0, 5], [1, 1], ImpossibleValue, "1 times are 0 or less"),
        ([-3, 5], [1, 1], ImpossibleValue, "0 or less"),
        ([math.inf, 5], [1, 1], ImpossibleValue, "missing or infinite"),
        ([math.nan, 5], [1, 1], ImpossibleValue, "missing or infinite"),
        ([3, 5], [1, 2], ImpossibleValue, "An event is 1"),
        ([], [], TableError, "one person at least"),
        ([3, 5], [1], TableError, "one length"),
    ],
)
def test_times_that_cannot_be_are_refused(time, event, error, words):
    with pytest.raises(error, match=words):
        kaplan_meier(time, event)


def test_comparisons_need_arms_and_sound_covariates():
    with pytest.raises(TableError, match="each with people"):
        log_rank([3, 5], [1, 1], [0, 0])
    with pytest.raises(TableError, match="each with people"):
        cox([3, 5], [1, 1], [1, 2])
    with pytest.raises(TableError, match="same for everybody"):
        cox(TIME, EVENT, ARM, covariates=np.ones((len(TIME), 1)), names=("one",))
    with pytest.raises(TableError, match="missing or infinite"):
        cox(TIME, EVENT, ARM, covariates=np.full((len(TIME), 1), math.nan), names=("one",))
    with pytest.raises(TableError, match="Nobody is followed to 500"):
        restricted_mean(TIME[ARM == 2], EVENT[ARM == 2], until=500)
    doubled = np.column_stack([TABLE["baseline"], 2 * TABLE["baseline"]])
    twice = cox(TIME, EVENT, ARM, covariates=doubled, names=("baseline", "doubled"))
    assert not twice.converged
    assert "did not converge" in twice.warnings[-1] or "rises for ever" in twice.warnings[-1]
