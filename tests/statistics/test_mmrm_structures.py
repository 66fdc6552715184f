"""Covariance structures against nlme, against dense matrices in R, against SAS, and against each other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.statistics.covariance import covariance_of, sum_by_pattern
from holdfast.statistics.fit import fit
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import estimate
from holdfast.statistics.mmrm import MmrmFit, arm_at_all_visits, fit_rows, mmrm
from holdfast.statistics.reml import PatternLikelihood
from holdfast.statistics.structures import STRUCTURES
from scale import scaled
from small_trials import trial

HERE = Path(__file__).parent.parent / "reference"
FEV = HERE / "fev" / "fev_data.csv"
GLS = json.loads((HERE / "covariance_structures" / "gls.json").read_text())["fits"]
DENSE = json.loads((HERE / "covariance_structures" / "dense.json").read_text())["fits"]
ROLES = Roles(response="FEV1", subject="USUBJID", visit="AVISIT", arm="ARMCD", covariates=("RACE", "SEX"))
ROWS, _ = rows_of_table(read_csv(FEV), ROLES)

trials = st.builds(
    trial,
    st.integers(0, 2**32),
    n=st.integers(30, 50),
    visits=st.integers(2, 4),
    missing=st.sampled_from([0.0, 0.1, 0.25]),
)
often = settings(max_examples=scaled(300), deadline=None)


def estimates(found: MmrmFit) -> list[float]:
    return [cell.estimate for cell in found.contrasts]


def errors(found: MmrmFit) -> list[float]:
    return [cell.se for cell in found.contrasts]


@pytest.mark.parametrize("expected", GLS, ids=lambda e: f"{e['structure']}-{e['method']}")
def test_structures_equal_nlme(expected):
    """1e-5: nlme stops early; ours is the higher likelihood."""
    found = fit_rows(ROWS, structure=expected["structure"], method=expected["method"], df="satterthwaite")
    assert found.converged
    assert found.warnings == ()
    assert found.neg2ll <= expected["neg2ll"] + 1e-9
    assert_allclose(found.neg2ll, expected["neg2ll"], rtol=1e-9)
    assert_allclose(estimates(found), expected["estimate"], rtol=1e-5)
    assert_allclose(errors(found), expected["se"], rtol=2e-5)
    assert_allclose(found.covariance, expected["covariance"], atol=2e-5 * found.covariance.max())
    # nlme counts the 11 coefficients under REML too; SAS does not.
    coefficients = 2 * 11 if expected["method"] == "reml" else 0
    assert_allclose(found.aic + coefficients, expected["aic"], rtol=1e-9)


@pytest.mark.parametrize("expected", DENSE, ids=lambda e: f"{e['structure']}-{e['groups']}")
def test_structures_equal_dense_matrices_in_r(expected):
    """The estimates to 1e-6; what rests on R's numerical Hessian (df, joint tests) to 1e-4."""
    options = {"structure": expected["structure"], "group": "arm" if expected["groups"] == 2 else None}
    found = fit_rows(ROWS, **options)
    plain = fit_rows(ROWS, **options, df="satterthwaite")
    assert found.converged
    assert_allclose(found.neg2ll, expected["neg2ll"], rtol=1e-10)
    assert_allclose([p.estimate for p in found.parameters], expected["theta"], rtol=1e-6, atol=1e-6)
    assert_allclose(estimates(found), expected["estimate"], rtol=1e-6)
    assert_allclose(errors(plain), expected["se"], rtol=1e-6)
    assert_allclose([cell.df for cell in plain.contrasts], expected["df"], rtol=1e-4)
    assert_allclose(errors(found), expected["kr_se"], rtol=1e-5)
    joint = arm_at_all_visits(plain)
    assert_allclose((joint.f, joint.df), expected["satterthwaite"], rtol=1e-4)
    joint = arm_at_all_visits(found)
    assert_allclose((joint.f, joint.df, joint.scale), expected["kenward_roger"], rtol=1e-4)


def test_compound_symmetry_equals_sas():
    """SAS prints these digits; its information is the observed one (the expected gives 175.9 df)."""
    X = np.column_stack([np.ones_like(ROWS.response), ROWS.arm.astype(float)])
    fitted = fit(ROWS.response, X, visit=ROWS.visit, subject=ROWS.subject, structure="cs")
    found = estimate(fitted, np.eye(2), df="kr")
    assert_allclose(found.se[1], 0.7964696053595, rtol=1e-6)
    assert_allclose(found.df[1], 177.038485931223, rtol=1e-6)


@often
@given(trials, st.sampled_from(STRUCTURES), st.booleans())
def test_derivatives_are_those_of_the_likelihood(arrays, structure, reml):
    """Gradient and observed Hessian at the start beside central differences (1e-5: their own error)."""
    visit = np.nonzero(arrays.observed)[1]
    subject = np.nonzero(arrays.observed)[0]
    y = (arrays.outcome[arrays.observed] - 30.0) / 10.0
    X = np.column_stack([np.ones(len(y)), visit]) / np.sqrt(len(y))
    group = arrays.arm[subject]
    sums = sum_by_pattern(X, y, subject=subject, visit=visit, n_visits=len(arrays.visits), group=group)
    covariance, start = covariance_of(structure, sums, visits=arrays.visits, groups=arrays.arms)
    likelihood = PatternLikelihood(sums=sums, covariance=covariance, reml=reml)
    point = likelihood.at(start)
    steps = 1e-5 * np.eye(len(start))
    up, down = [likelihood.at(start + s) for s in steps], [likelihood.at(start - s) for s in steps]
    gradient = [(a.value - b.value) / 2e-5 for a, b in zip(up, down, strict=True)]
    hessian = np.array([(a.gradient - b.gradient) / 2e-5 for a, b in zip(up, down, strict=True)])
    assert_allclose(point.gradient, gradient, rtol=1e-5, atol=1e-5 * np.abs(gradient).max())
    assert_allclose(point.hessian, hessian, rtol=1e-5, atol=1e-5 * np.abs(hessian).max())


@often
@given(st.builds(trial, st.integers(0, 2**32), n=st.integers(20, 40), visits=st.just(2)))
def test_with_two_visits_structures_coincide(arrays):
    """One variance and one correlation; or two variances and one: two parametrisations, one likelihood."""
    for same in (("cs", "ar1", "toep", "ad"), ("us", "csh", "ar1h", "toeph", "adh")):
        found = [mmrm(arrays, structure=structure, df="satterthwaite") for structure in same]
        assume(all(each.converged for each in found))
        for each in found[1:]:
            assert_allclose(each.neg2ll, found[0].neg2ll, rtol=1e-10)
            assert_allclose(estimates(each), estimates(found[0]), rtol=1e-6, atol=1e-8)
            assert_allclose(
                [c.df for c in each.contrasts],
                [c.df for c in found[0].contrasts],
                rtol=1e-5,
                err_msg="Satterthwaite's df do not depend on the parametrisation",
            )


@often
@given(trials)
def test_a_wider_structure_never_has_the_lower_likelihood(arrays):
    found = {structure: mmrm(arrays, structure=structure, method="ml") for structure in STRUCTURES}
    assume(all(each.converged for each in found.values()))
    nested = [("cs", "toep"), ("ar1", "toep"), ("ar1", "ad"), ("toep", "toeph"), ("ad", "adh"), ("cs", "csh")]
    nested += [
        ("ar1", "ar1h"),
        ("csh", "toeph"),
        ("ar1h", "toeph"),
        ("ar1h", "adh"),
        ("toeph", "us"),
        ("adh", "us"),
    ]
    for narrow, wide in nested:
        assert found[wide].neg2ll <= found[narrow].neg2ll + 1e-7, (narrow, wide)


@often
@given(trials, st.sampled_from(STRUCTURES))
def test_one_covariance_per_arm_equals_the_arms_fitted_apart(arrays, structure):
    """No column shared by the arms: the likelihoods add up and each arm has its own covariance and errors."""
    per_arm = {
        f"baseline{a}": np.where(arrays.arm == a, arrays.baseline - 40.0, 0.0)
        for a in range(len(arrays.arms))
    }
    together = mmrm(
        replace(arrays, covariates=per_arm), by_visit=tuple(per_arm), structure=structure, group="arm"
    )
    apart = []
    for a in range(2):
        chosen = arrays.arm == a
        apart.append(
            mmrm(
                replace(
                    arrays, outcome=arrays.outcome[chosen], observed=arrays.observed[chosen], factors={},
                    arm=np.zeros(int(chosen.sum()), dtype=np.int64), arms=("one",), covariates={},
                    baseline=arrays.baseline[chosen] - 40.0,
                ),
                structure=structure,
            )
        )  # fmt: skip
    assume(together.converged and all(each.converged for each in apart))
    assert_allclose(together.neg2ll, sum(each.neg2ll for each in apart), rtol=1e-9)
    assert_allclose(together.covariance, [each.covariance for each in apart], rtol=1e-5, atol=1e-5)
    assert together.groups == arrays.arms
    assert len(together.parameters) == sum(len(each.parameters) for each in apart)


@often
@given(trials, st.sampled_from(STRUCTURES), st.sampled_from([1e-3, 1e3]))
def test_the_unit_of_the_response_does_not_matter(arrays, structure, scale):
    before = mmrm(arrays, structure=structure)
    assume(before.converged)
    after = mmrm(replace(arrays, outcome=scale * arrays.outcome), structure=structure)
    assert_allclose(errors(after), [scale * se for se in errors(before)], rtol=1e-6)
    assert_allclose([c.df for c in after.contrasts], [c.df for c in before.contrasts], rtol=1e-5)
    for small, large in zip(before.parameters, after.parameters, strict=True):
        unit = 1.0 if small.kind == "correlation" else scale**2
        assert_allclose(large.estimate, unit * small.estimate, rtol=1e-5, atol=1e-6 * unit)


def test_information_criteria_count_as_sas_does():
    """AIC −2 log L + 2d; BIC −2 log L + d·log(subjects); d has the coefficients under ML only."""
    reml, ml = (fit_rows(ROWS, structure="ar1h", method=method) for method in ("reml", "ml"))
    assert len(reml.parameters) == 5
    assert_allclose(reml.aic, reml.neg2ll + 2 * 5, rtol=1e-12)
    assert_allclose(reml.bic, reml.neg2ll + 5 * np.log(197), rtol=1e-12)
    assert_allclose(ml.aic, ml.neg2ll + 2 * 16, rtol=1e-12)
    assert_allclose(ml.bic, ml.neg2ll + 16 * np.log(197), rtol=1e-12)


def test_parameters_are_named_by_their_visits():
    found = fit_rows(ROWS, structure="toeph", group="arm")
    assert [p.name for p in found.parameters[:7]] == [
        "variance at VIS1 in PBO",
        "variance at VIS2 in PBO",
        "variance at VIS3 in PBO",
        "variance at VIS4 in PBO",
        "correlation 1 steps apart in PBO",
        "correlation 2 steps apart in PBO",
        "correlation 3 steps apart in PBO",
    ]
    assert all(p.se > 0 for p in found.parameters)


def test_ante_dependence_finds_the_higher_of_two_maxima():
    """15 persons, most values missing: from the moments the search ends at a correlation of 0.131."""
    found = mmrm(trial(1034, n=15, visits=4, missing=0.6), structure="ad")
    first = next(p for p in found.parameters if p.kind == "correlation")
    assert found.converged
    assert_allclose(first.estimate, 0.89554441, rtol=1e-6)
