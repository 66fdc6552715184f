"""Therapist pairs and cluster-robust errors against lme4, lmerTest, pbkrtest, nlme and clubSandwich."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import TableError
from holdfast.statistics.joint import joint_test
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import estimate
from holdfast.statistics.mmrm import arm_at_all_visits, fit_rows, mmrm
from small_trials import trial

HERE = Path(__file__).parent.parent / "reference"
PAIRS = {each["model"]: each for each in json.loads((HERE / "pairs" / "pairs.json").read_text())["fits"]}
CLUB = json.loads((HERE / "robust" / "club.json").read_text())["fits"]
FEV = Roles(response="FEV1", subject="USUBJID", visit="AVISIT", arm="ARMCD", covariates=("RACE", "SEX"))


def rows_of(response: str):
    roles = Roles(
        response=response, subject="subject", visit="visit", arm="arm", covariates=("baseline",),
        labels=("pair",), reference="control",
    )  # fmt: skip
    return rows_of_table(read_csv(HERE / "pairs" / "pairs.csv"), roles)[0]


def numbers(found, name):
    return [getattr(cell, name) for cell in found.contrasts]


CASES = [
    ("pair and pair by arm", "outcome", {"pair": "pair"}),
    ("pair only", "flat", {"pair": "pair"}),
    ("compound symmetry only", "outcome", {}),
]


@pytest.mark.parametrize(("model", "response", "options"), CASES, ids=[case[0] for case in CASES])
def test_satterthwaite_equals_lmer_test(model, response, options):
    """1e-6: lmerTest differentiates numerically."""
    expected = PAIRS[model]
    found = fit_rows(rows_of(response), structure="cs", df="satterthwaite", **options)
    assert found.converged
    assert_allclose(found.neg2ll, expected["neg2ll"], rtol=1e-10)
    assert_allclose(numbers(found, "estimate"), expected["estimate"], rtol=1e-6)
    assert_allclose(numbers(found, "se"), expected["se"], rtol=1e-6)
    assert_allclose(numbers(found, "df"), expected["df"], rtol=1e-6)
    joint = arm_at_all_visits(found)
    assert_allclose((joint.f, joint.df), expected["satterthwaite"], rtol=1e-6)
    of = dict(zip(expected["groups"], expected["variances"], strict=True))
    ours = {parameter.name: parameter.estimate for parameter in found.parameters}
    assert_allclose(ours["covariance"], of["subject"], rtol=1e-6)
    assert_allclose(ours["variance"], of["subject"] + of["Residual"], rtol=1e-6)
    assert_allclose(ours.get("variance of pair", 0.0), of.get("pair", 0.0), rtol=1e-6)
    assert_allclose(ours.get("variance of pair by arm", 0.0), of.get("pair:arm", 0.0), rtol=1e-6)


@pytest.mark.parametrize(("model", "response", "options"), CASES, ids=[case[0] for case in CASES])
def test_kenward_roger_equals_pbkrtest(model, response, options):
    """Of one and of three contrasts; pbkrtest takes the expected information, so this does too."""
    expected = PAIRS[model]
    found = fit_rows(rows_of(response), structure="cs", information="expected", **options)
    assert_allclose(numbers(found, "se"), expected["kr_se"], rtol=1e-6)
    assert_allclose(numbers(found, "df"), expected["kr_df"], rtol=1e-6)
    joint = arm_at_all_visits(found)
    f, numerator, df, scale = expected["kenward_roger"]
    assert joint.numerator_df == numerator
    assert_allclose((joint.f, joint.df, joint.scale), (f, df, scale), rtol=1e-6)


def test_pairs_with_an_unstructured_covariance_equal_nlme():
    """2e-5 of a standard error: nlme stops early; ours is the higher likelihood."""
    expected = PAIRS["unstructured, pair and pair by arm"]
    found = fit_rows(rows_of("outcome"), structure="us", pair="pair", df="satterthwaite")
    assert found.converged
    assert found.neg2ll <= expected["neg2ll"]
    assert_allclose(found.neg2ll, expected["neg2ll"], rtol=1e-9)
    gap = np.array(numbers(found, "estimate")) - expected["estimate"]
    assert_allclose(gap / expected["se"], 0, atol=2e-5)
    assert_allclose(numbers(found, "se"), expected["se"], rtol=2e-5)
    components = [parameter.estimate for parameter in found.parameters[-2:]]
    assert_allclose(components, expected["components"], rtol=1e-4)


def test_a_component_estimated_as_zero_is_left_out_and_said():
    found = fit_rows(rows_of("flat"), structure="cs", pair="pair")
    assert found.warnings == ("The variance of pair by arm is estimated as zero and left out of the model.",)
    assert [p.name for p in found.parameters] == ["variance", "covariance", "variance of pair"]
    assert found.model.independent == 12


@pytest.mark.parametrize("expected", CLUB, ids=lambda e: f"{e['model']}-{e['kind']}")
def test_robust_errors_equal_club_sandwich(expected):
    """1e-5: the sandwich stands on nlme's covariance, which stops early."""
    study, structure, _, cluster = expected["model"].split()
    rows = (
        rows_of_table(read_csv(HERE / "fev" / "fev_data.csv"), FEV)[0]
        if study == "fev"
        else rows_of("outcome")
    )
    found = fit_rows(rows, structure=structure, cluster=cluster, robust=expected["kind"])
    assert found.df == "robust"
    assert_allclose(numbers(found, "se"), expected["se"], rtol=1e-5)
    assert_allclose(numbers(found, "df"), expected["df"], rtol=1e-5)
    joint = arm_at_all_visits(found)
    assert_allclose((joint.f, joint.numerator_df, joint.df), expected["joint"], rtol=1e-5)


def test_bias_reduced_errors_are_unbiased_under_the_fitted_covariance():
    """CR2's own law: its mean under the model is the model's covariance, whatever the clusters."""
    found = fit_rows(rows_of("outcome"), structure="us", pair="pair", cluster="pair").model
    moments = found.sandwich
    shared = (moments.cross.transpose(0, 2, 1) @ moments.phi @ moments.cross).sum(axis=0)
    mean = moments.phi @ (moments.inner.sum(axis=0) - shared) @ moments.phi
    assert_allclose(mean, moments.phi, rtol=1e-9, atol=1e-9 * moments.phi.max())


def test_clusters_smaller_than_the_pairs_of_the_model_are_refused():
    with pytest.raises(TableError, match="A pair is in two clusters: each pair must be in one"):
        fit_rows(rows_of("outcome"), structure="cs", pair="pair", cluster="subject")


def test_pairs_that_cannot_be_told_apart_are_said():
    arrays = trial(3, n=40)
    alone = mmrm(replace(arrays, factors={"pair": np.arange(40)}), pair="pair")
    assert alone.warnings == (
        "Every pair has one subject: an effect of the pair cannot be told from the subject's own.",
    )
    assert_allclose(numbers(alone, "se"), numbers(mmrm(arrays), "se"), rtol=1e-12)
    nested = mmrm(replace(arrays, factors={"pair": 2 * (np.arange(40) // 8) + arrays.arm}), pair="pair")
    assert "Every pair is in one arm: the pair and the pair by arm are one effect, called pair here." in (
        nested.warnings
    )


def test_a_subject_in_two_pairs_is_refused():
    rows = rows_of("outcome")
    codes = rows.labels["pair"].codes.copy()
    codes[0] = (codes[0] + 1) % 12
    moved = replace(rows, labels={"pair": replace(rows.labels["pair"], codes=codes)})
    with pytest.raises(TableError, match="A subject is in two pairs: each subject must be in one"):
        fit_rows(moved, structure="cs", pair="pair")


def test_one_combination_tested_jointly_is_the_single_test():
    """F = t², the same df and p, for every method."""
    rows = rows_of("outcome")
    for df, options in (("kr", {}), ("satterthwaite", {}), ("robust", {"cluster": "pair"})):
        model = fit_rows(rows, structure="us", **options).model
        row = np.zeros((1, len(model.kept)))
        row[0, 2] = 1.0
        single, joint = estimate(model, row, df=df), joint_test(model, row, df=df)
        assert_allclose(joint.f, (single.estimate[0] / single.se[0]) ** 2, rtol=1e-9)
        assert_allclose((joint.df, joint.p, joint.scale), (single.df[0], single.p[0], 1.0), rtol=1e-8)


def test_rows_that_follow_from_others_count_once_and_change_no_kenward_roger_test():
    found = fit_rows(rows_of("outcome"), structure="us")
    rows = found.differences.reshape(-1, found.differences.shape[-1])
    once = joint_test(found.model, rows)
    again = joint_test(found.model, np.vstack([rows, rows[0] + 2.0 * rows[1]]))
    assert (once.numerator_df, again.numerator_df) == (3, 3)
    assert_allclose((again.f, again.df, again.p), (once.f, once.df, once.p), rtol=1e-8)


def test_joint_tests_refuse_what_says_nothing():
    found = fit_rows(rows_of("outcome"), structure="us")
    with pytest.raises(TableError, match="zero whatever the coefficients are"):
        joint_test(found.model, np.zeros((1, found.differences.shape[-1])))
    with pytest.raises(TableError, match="Cluster-robust errors need clusters"):
        joint_test(found.model, found.differences[0], df="robust")
