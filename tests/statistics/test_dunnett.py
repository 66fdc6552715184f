"""Dunnett's test against mvtnorm, multcomp (tests/reference/multcomp) and a published table."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm, t

from holdfast.errors import ImpossibleValue
from holdfast.statistics.closed_tests import closed_test
from holdfast.statistics.dunnett import (
    dunnett,
    dunnett_chance,
    dunnett_critical,
    dunnett_p,
    loadings,
    step_down_p,
)

R = json.loads((Path(__file__).parent.parent / "reference/multcomp/several_arms.json").read_text())
EQUAL = math.sqrt(0.5)


@pytest.mark.parametrize(
    "case", R["chances"], ids=lambda c: f"{len(c['loading'])}-{c['df']}-{c['sides']}-{c['critical']}"
)
def test_chances_equal_mvtnorm(case):
    found = dunnett_chance(case["critical"], case["loading"], df=case["df"] or math.inf, sides=case["sides"])
    error = 0.0 if case["error"] == "NA" else case["error"]
    assert_allclose(found, case["chance"], rtol=0, atol=1e-7 + 3 * error)


def test_critical_values_of_dunnetts_tables():
    # Dunnett 1955, table 1a (one side, 5 %) and Dunnett 1964 (two sides, 5 %): two decimals.
    assert_allclose(dunnett_critical([EQUAL] * 2, df=10, sides=1), 2.15, atol=5.1e-3)
    assert_allclose(dunnett_critical([EQUAL] * 3, df=20, sides=1), 2.19, atol=5.1e-3)
    assert_allclose(dunnett_critical([EQUAL] * 2, df=10, sides=2), 2.57, atol=5.1e-3)
    assert_allclose(dunnett_critical([EQUAL] * 3, df=20, sides=2), 2.54, atol=5.1e-3)


def test_one_arm_is_students_test():
    assert_allclose(dunnett_critical([EQUAL], df=17), t.ppf(0.975, 17), rtol=1e-9)
    assert_allclose(dunnett_critical([0.3], sides=1), norm.ppf(0.95), rtol=1e-9)
    assert_allclose(dunnett_p([2.0], [0.6], df=9), [2 * t.sf(2.0, 9)], rtol=1e-9)


@pytest.mark.parametrize("df", [1.0, 2.0, 3.5, 400.0])
def test_few_and_many_degrees_of_freedom_keep_their_digits(df):
    assert_allclose(dunnett_chance(2.0, [EQUAL], df=df, sides=1), t.cdf(2.0, df), atol=1e-9)


@pytest.mark.parametrize(("sides", "key"), [(2, "two"), (1, "greater")])
def test_a_trial_equals_multcomp(sides, key):
    trial, theirs = R["trial"], R["trial"][key]
    groups = np.split(np.array(trial["y"]), np.cumsum(trial["persons"])[:-1])
    within = sum(float(((g - g.mean()) ** 2).sum()) for g in groups)
    df = sum(trial["persons"]) - len(groups)
    found = dunnett(
        [g.mean() for g in groups[1:]],
        trial["persons"][1:],
        groups[0].mean(),
        trial["persons"][0],
        sd=math.sqrt(within / df),
        sides=sides,
    )
    assert found.df == df
    assert_allclose(found.t, theirs["t"], rtol=1e-9)
    assert_allclose(found.p, theirs["p"], atol=2e-6)
    assert_allclose(found.step_down, theirs["step_down"], atol=2e-6)
    # multcomp's quantile is a search over a random integral.
    assert_allclose(found.critical, abs(theirs["critical"]), atol=2e-4)
    assert_allclose(found.lower, theirs["lower"], atol=2e-4)


def test_step_down_is_the_closed_test_of_dunnetts_tests():
    statistics, lam = np.array([2.6, 1.9, 2.2, 0.4]), loadings([20, 30, 25, 22], 28)

    def local(members):
        return float(dunnett_p([statistics[list(members)].max()], lam[list(members)], df=119)[0])

    assert_allclose(step_down_p(statistics, lam, df=119), closed_test(local, 4), atol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: loadings([10, 0], 10),
        lambda: loadings([10], 0),
        lambda: dunnett_chance(2.0, [1.0]),
        lambda: dunnett_chance(2.0, [0.5], df=0.5),
        lambda: dunnett_chance(2.0, [0.5], sides=3),
        lambda: dunnett_critical([0.5], alpha=0.6),
        lambda: dunnett_p([math.nan], [0.5]),
        lambda: dunnett([1.0, 2.0], [10], 0.0, 10, sd=1.0),
        lambda: dunnett([1.0], [10], 0.0, 10, sd=0.0),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
