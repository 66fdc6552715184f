"""Common measures over strata against R, and against printed SAS output."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.proportions import risk_difference
from holdfast.statistics.stratified import (
    cochran_mantel_haenszel,
    common_odds_ratio,
    common_risk_difference,
    common_risk_ratio,
    odds_homogeneity,
    strata_of_counts,
    strata_of_people,
)

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "proportions" / "stratified.json").read_text(encoding="utf-8")
)
SETS = ["lu", "drawn1", "drawn2", "sparse"]


def _strata(name):
    row = REFERENCE[name]
    return strata_of_counts(
        events=row["x1"], n=row["n1"], reference_events=row["x0"], reference_n=row["n0"]
    ), row


@pytest.mark.parametrize("name", SETS)
def test_tests_equal_r(name):
    strata, row = _strata(name)
    for continuity, key in ((False, "cmh"), (True, "cmh_continuity")):
        found = cochran_mantel_haenszel(strata, continuity=continuity)
        assert_allclose((found.statistic, found.p), row[key], rtol=1e-10)
    found = odds_homogeneity(strata)
    assert_allclose((found.statistic, found.p), row["tarone"], rtol=1e-10)


def test_homogeneity_bears_a_common_odds_ratio_of_one():
    """Opposite strata: expected 2 of 4 everywhere, (3 − 2)²/0.5 twice; statsmodels divides by zero here."""
    opposite = strata_of_counts(events=[3, 1], n=[4, 4], reference_events=[1, 3], reference_n=[4, 4])
    assert common_odds_ratio(opposite).estimate == pytest.approx(1.0, abs=1e-15)
    assert_allclose(odds_homogeneity(opposite).statistic, 4.0, rtol=1e-12)


@pytest.mark.parametrize("name", SETS)
def test_common_measures_equal_metafor(name):
    strata, row = _strata(name)
    difference = common_risk_difference(strata)
    assert_allclose(
        (difference.estimate, difference.se, *difference.interval), row["risk_difference"], rtol=1e-10
    )
    assert_allclose(
        common_risk_difference(strata, method="greenland-robins").se, row["greenland_robins_se"], rtol=1e-10
    )
    for found, key in (
        (common_risk_ratio(strata), "log_risk_ratio"),
        (common_odds_ratio(strata), "log_odds_ratio"),
    ):
        logs = (math.log(found.estimate), found.se, *np.log(found.interval))
        assert_allclose(logs, row[key], rtol=1e-10)


@pytest.mark.parametrize("name", SETS)
def test_stratified_score_limits_equal_a_numerical_maximisation(name):
    """1e-6: R maximises the constrained likelihood by a search, good to the root of its precision."""
    strata, row = _strata(name)
    for level, key in ((0.95, "score_limits"), (0.90, "score_limits_90")):
        found = common_risk_difference(strata, method="miettinen-nurminen", level=level)
        assert_allclose(found.interval, row[key], atol=1e-6)


def test_printed_intervals_are_met():
    # Lu's example as printed by Melikov and Mosier (PharmaSUG 2025, SA-198), four decimals.
    lu = common_risk_difference(_strata("lu")[0], method="miettinen-nurminen")
    assert_allclose((lu.estimate, *lu.interval), (-0.37857, -0.5381, -0.1962), atol=1.1e-4)
    # SAS PROC FREQ COMMONRISKDIFF as printed by the tests of the R package tern.
    newcombe = common_risk_difference(_strata("drawn1")[0], method="newcombe")
    assert_allclose(
        (newcombe.estimate, *newcombe.interval), (0.25390590, 0.03467969, 0.44544132), atol=5.1e-9
    )
    sato = common_risk_difference(_strata("drawn2")[0], level=0.90)
    assert_allclose((sato.se, *sato.interval), (0.1081, -0.3154, 0.0400), atol=5.1e-5)


@pytest.mark.parametrize("table", [(5, 56, 0, 29), (56, 70, 48, 80), (0, 10, 0, 20), (10, 10, 0, 10)])
@pytest.mark.parametrize("method", ["miettinen-nurminen", "newcombe"])
def test_one_stratum_is_the_plain_interval(table, method):
    x1, n1, x0, n0 = table
    one = strata_of_counts(events=[x1], n=[n1], reference_events=[x0], reference_n=[n0])
    assert_allclose(
        common_risk_difference(one, method=method).interval,
        risk_difference(*table, method=method).interval,
        atol=1e-9,
    )


def test_score_limits_and_the_test_agree_on_no_difference():
    """The score at 0 is the Cochran-Mantel-Haenszel statistic: an interval of that level ends at 0."""
    from scipy.stats import chi2

    strata = _strata("drawn1")[0]
    level = chi2.cdf(cochran_mantel_haenszel(strata).statistic, 1)
    found = common_risk_difference(strata, method="miettinen-nurminen", level=level)
    assert_allclose(found.interval[0], 0.0, atol=1e-9)


def test_people_become_counts_and_a_stratum_of_one_arm_is_left_out_and_said():
    strata = strata_of_people(
        [1, 0, 1, 1, 0, 1, 1],
        ["a", "a", "b", "b", "a", "b", "b"],
        ["x", "x", "x", "x", "y", "y", "z"],
        reference="b",
    )
    assert (strata.events.tolist(), strata.n.tolist()) == ([1, 0], [2, 1])
    assert (strata.reference_events.tolist(), strata.reference_n.tolist()) == ([2, 1], [2, 1])
    assert strata.warnings == ("Left out, as one arm has nobody there: stratum 3 (1 people).",)
    assert common_risk_difference(strata).warnings[0] == strata.warnings[0]


def test_measures_without_events_say_so():
    none = strata_of_counts(events=[0, 0], n=[5, 6], reference_events=[2, 3], reference_n=[5, 6])
    ratio = common_risk_ratio(none)
    assert ratio.estimate == 0.0
    assert math.isnan(ratio.interval[0])
    assert "cells are empty" in ratio.warnings[0]
    assert common_odds_ratio(none).estimate == 0.0
    nobody = strata_of_counts(events=[0], n=[5], reference_events=[0], reference_n=[5])
    assert math.isnan(common_risk_ratio(nobody).estimate)
    assert "variance is 0" in common_risk_difference(nobody).warnings[0]
    lower, upper = common_risk_difference(nobody, method="newcombe").interval
    assert lower < 0 < upper
    with pytest.raises(TableError, match="nothing to compare"):
        cochran_mantel_haenszel(nobody)


def test_bad_strata_are_refused():
    with pytest.raises(ImpossibleValue):
        strata_of_counts(events=[-1], n=[5], reference_events=[1], reference_n=[5])
    with pytest.raises(ImpossibleValue):
        strata_of_counts(events=[math.inf], n=[5], reference_events=[1], reference_n=[5])
    with pytest.raises(TableError, match="No stratum"):
        strata_of_counts(events=[1], n=[5], reference_events=[0], reference_n=[0])
    with pytest.raises(TableError, match="one length"):
        strata_of_counts(events=[1], n=[5], reference_events=[0], reference_n=[])
    with pytest.raises(TableError, match="Two arms"):
        strata_of_people([1, 0], [1, 1], [0, 0])
    with pytest.raises(TableError, match="0 or 1"):
        strata_of_people([1, math.nan], [1, 0], [0, 0])
    with pytest.raises(UnknownName):
        common_risk_difference(_strata("lu")[0], method="wald")
