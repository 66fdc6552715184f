"""Marginal shares after logistic regression against R, where the algebra is done by differentiation."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.standardisation import standardise
from scale import scaled

FOLDER = Path(__file__).parents[1] / "reference" / "proportions"
REFERENCE = json.loads((FOLDER / "g_computation.json").read_text(encoding="utf-8"))


def _people(*, complete):
    with (FOLDER / "g_computation.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not (complete and row["response"] == "NA")]
    response = np.array([math.nan if row["response"] == "NA" else float(row["response"]) for row in rows])
    covariates = np.array([[float(row[name]) for name in ("baseline", "prior", "age")] for row in rows])
    return response, np.array([int(row["arm"]) for row in rows]), covariates


@pytest.mark.parametrize("variance", ["sandwich", "delta"])
@pytest.mark.parametrize("name", ["complete", "missing"])
def test_shares_and_their_covariance_equal_r(name, variance):
    found = standardise(*_people(complete=name == "complete"), variance=variance)
    expected = REFERENCE[name]
    assert_allclose(found.coefficients, expected["coefficients"], rtol=1e-9)
    assert_allclose([share.estimate for share in found.shares], expected["shares"], rtol=1e-9)
    v0, v1, between = expected[variance]
    p0, p1 = expected["shares"]
    contrast = found.contrasts[0]
    assert_allclose([share.se**2 for share in found.shares], (v0, v1), rtol=1e-8)
    assert_allclose(contrast.difference_se**2, v0 + v1 - 2 * between, rtol=1e-8)
    assert_allclose(contrast.log_ratio_se**2, v0 / p0**2 + v1 / p1**2 - 2 * between / (p0 * p1), rtol=1e-8)
    assert_allclose(contrast.difference, p1 - p0, rtol=1e-9)
    assert_allclose(contrast.ratio, p1 / p0, rtol=1e-9)
    # A bootstrap of the same difference: 10 %, as its tails hold what the first order leaves out.
    assert_allclose(contrast.difference_se, expected["bootstrap_difference_se"], rtol=0.10)


def test_those_without_a_response_are_averaged_over_and_said():
    found = standardise(*_people(complete=False))
    assert (found.n, found.responses) == (120, 100)
    assert found.warnings[0].startswith("20 of 120 persons have no response")


def test_without_covariates_it_is_the_unadjusted_comparison():
    response = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 10, 20, 25])
    arm = np.repeat([1, 1, 0, 0], [30, 10, 20, 25])
    found = standardise(response, arm, np.empty((85, 0)))
    assert_allclose(found.contrasts[0].difference, 30 / 40 - 20 / 45, rtol=1e-12)
    unpooled = 0.75 * 0.25 / 40 + (20 / 45) * (25 / 45) / 45
    assert_allclose(found.contrasts[0].difference_se ** 2, unpooled, rtol=1e-10)


def test_three_arms_are_each_compared_with_the_first():
    response, arm, covariates = _people(complete=True)
    three = np.where((arm == 1) & (np.arange(len(arm)) % 3 == 0), 2, arm)
    found = standardise(response, three, covariates, arms=("placebo", "low", "full"))
    assert [(each.arm, each.reference) for each in found.contrasts] == [
        ("low", "placebo"),
        ("full", "placebo"),
    ]
    # The mean of fitted chances is the share observed in each arm, as the arm is in the model.
    assert found.columns[:3] == ("intercept", "low", "full")
    assert found.converged


@pytest.mark.parametrize("column", ["arm", "covariate"])
def test_separation_is_found_and_said(column):
    response, arm, covariates = _people(complete=True)
    if column == "arm":
        response = np.where(arm == 0, 0.0, response)  # an arm without events
        found = standardise(response, arm, covariates, names=("baseline", "prior", "age"))
        assert found.separated == ("treatment",)
    else:
        response = (covariates[:, 0] > 40).astype(float)
        found = standardise(response, arm, covariates, names=("baseline", "prior", "age"))
        assert "baseline" in found.separated
    assert not found.converged
    assert math.isnan(found.contrasts[0].difference)
    assert found.warnings[0].startswith("Separation along ")


def test_small_trials_either_converge_or_are_separated():
    """Newton's steps and the linear programme agree on which trials have an estimate."""
    rng = np.random.default_rng(20260121)
    separated = 0
    for _ in range(scaled(4000)):
        n = int(rng.integers(6, 40))
        arm = np.arange(n) % 2
        covariates = rng.normal(size=(n, 2)) * [1, 1e5] + [0, 1e6]
        found = standardise((rng.random(n) < 0.3 + 0.4 * arm).astype(float), arm, covariates)
        assert found.converged != bool(found.separated)
        separated += bool(found.separated)
    assert separated > 0


def test_near_separation_is_not_called_separation():
    response, arm, covariates = _people(complete=True)
    response = np.where(arm == 0, 0.0, response)
    response[np.flatnonzero(arm == 0)[0]] = 1.0
    found = standardise(response, arm, covariates)
    assert found.converged
    assert found.separated == ()


def test_a_repeated_column_is_left_out_and_named():
    response, arm, covariates = _people(complete=True)
    twice = np.column_stack([covariates, covariates[:, 0] * 2 + 1])
    found = standardise(response, arm, twice, names=("baseline", "prior", "age", "doubled"))
    assert found.warnings == ("Left out, as the columns before say the same: doubled.",)
    assert_allclose(
        found.contrasts[0].difference, standardise(response, arm, covariates).contrasts[0].difference
    )


def test_bad_input_is_refused_in_a_sentence():
    response, arm, covariates = _people(complete=True)
    with pytest.raises(ImpossibleValue, match="0 or 1"):
        standardise(response * 2, arm, covariates)
    spoilt = covariates.copy()
    spoilt[3, 1] = math.nan
    spoilt[4, 1] = math.inf
    with pytest.raises(TableError, match="2 of 100 persons"):
        standardise(response, arm, spoilt)
    with pytest.raises(TableError, match="nobody with a response"):
        standardise(response, np.zeros_like(arm), covariates)
    with pytest.raises(TableError, match="numbered 0 to 1"):
        standardise(response, arm + 1, covariates)
    with pytest.raises(UnknownName):
        standardise(response, arm, covariates, variance="bootstrap")
    everyone = standardise(np.ones_like(response), arm, covariates)
    assert everyone.warnings[0].startswith("All or none respond")
    assert math.isnan(everyone.contrasts[0].difference)
