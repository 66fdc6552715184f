"""The MMRM against R mmrm, SAS and R nlme on the same data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.statistics.command import analyse_file
from holdfast.statistics.fit import fit
from holdfast.statistics.long_table import Roles, read_csv, rows_of_table
from holdfast.statistics.lsmeans import estimate

HERE = Path(__file__).parent.parent / "reference"
FEV = HERE / "fev" / "fev_data.csv"
MMRM = json.loads((HERE / "fev" / "mmrm_unstructured.json").read_text())["fits"]
SAS = json.loads((HERE / "fev" / "sas_kenward_roger.json").read_text())
NLME = json.loads((HERE / "nlme" / "gls_ml.json").read_text())
ROLES = Roles(response="FEV1", subject="USUBJID", visit="AVISIT", arm="ARMCD", covariates=("RACE", "SEX"))
FULL = "FEV1 ~ RACE + SEX + ARMCD * AVISIT + us(AVISIT | USUBJID)"
ARM_ONLY = "FEV1 ~ ARMCD + us(AVISIT | USUBJID)"


def reference(formula: str, df: str) -> dict:
    return next(each for each in MMRM if each["formula"] == formula and each["df_method"] == df)


@pytest.mark.parametrize("df", ["satterthwaite", "kr"])
def test_full_model_equals_r_mmrm(df):
    found = analyse_file(FEV, roles=ROLES, method="reml", df=df)
    expected = reference(FULL, df)
    assert found.converged
    assert found.warnings == ()
    assert_allclose(found.neg2ll, expected["neg2ll"], rtol=1e-9)
    assert_allclose(found.covariance, expected["varcor"], rtol=1e-6)
    assert [(c.arm, c.visit) for c in found.contrasts] == [("TRT", f"VIS{k}") for k in (1, 2, 3, 4)]
    assert_allclose([c.estimate for c in found.contrasts], expected["diff_est"], rtol=1e-6)
    assert_allclose([c.se for c in found.contrasts], expected["diff_se"], rtol=1e-6)
    assert_allclose([c.df for c in found.contrasts], expected["diff_df"], rtol=1e-6)


@pytest.mark.parametrize("df", ["satterthwaite", "kr"])
def test_every_coefficient_of_the_full_model_equals_r_mmrm(df):
    # R's reference for SEX is Male; every other column is coded alike.
    rows, _ = rows_of_table(read_csv(FEV), ROLES)
    expected = reference(FULL, df)
    race, sex = rows.factors["RACE"], rows.factors["SEX"]
    columns = [np.ones_like(rows.response)]
    columns += [race.codes == race.levels.index(level) for level in ("Black or African American", "White")]
    columns += [sex.codes == sex.levels.index("Female"), rows.arm == 1]
    columns += [rows.visit == v for v in (1, 2, 3)]
    columns += [(rows.arm == 1) & (rows.visit == v) for v in (1, 2, 3)]
    X = np.column_stack(columns).astype(float)
    found = estimate(fit(rows.response, X, visit=rows.visit, subject=rows.subject), np.eye(11), df=df)
    assert_allclose(found.estimate, expected["coef"], rtol=1e-6)
    assert_allclose(found.se, expected["se"], rtol=1e-6)
    assert_allclose(found.df, expected["df"], rtol=1e-6)


def arm_only(df: str):
    rows, _ = rows_of_table(read_csv(FEV), ROLES)
    X = np.column_stack([np.ones_like(rows.response), rows.arm.astype(float)])
    fitted = fit(rows.response, X, visit=rows.visit, subject=rows.subject)
    return fitted, estimate(fitted, np.eye(2), df=df)


@pytest.mark.parametrize("df", ["satterthwaite", "kr"])
def test_model_without_visit_equals_r_mmrm(df):
    fitted, found = arm_only(df)
    expected = reference(ARM_ONLY, df)
    assert_allclose(fitted.neg2ll, expected["neg2ll"], rtol=1e-9)
    assert_allclose(fitted.covariance, expected["varcor"], rtol=1e-6)
    assert_allclose(found.estimate, expected["coef"], rtol=1e-6)
    assert_allclose(found.se, expected["se"], rtol=1e-6)
    assert_allclose(found.df, expected["df"], rtol=1e-6)


def test_linear_kenward_roger_equals_sas():
    _, found = arm_only("kr")
    assert_allclose(found.se[1], SAS["se"], rtol=5e-4)
    assert_allclose(found.df[1], SAS["df"], rtol=5e-4)


def test_maximum_likelihood_with_a_covariate_by_visit_equals_nlme():
    roles = Roles(
        response="FEV1",
        subject="USUBJID",
        visit="AVISIT",
        arm="ARMCD",
        covariates=("RACE", "SEX"),
        by_visit=("FEV1_BL",),
    )
    found = analyse_file(FEV, roles=roles, method="ml", df="satterthwaite")
    assert_allclose(found.neg2ll, NLME["neg2ll"], rtol=1e-9)
    assert found.neg2ll <= NLME["neg2ll"] + 1e-9, "ours is the higher likelihood"
    assert_allclose([c.estimate for c in found.contrasts], NLME["estimate"], rtol=2e-5)
    assert_allclose([c.se for c in found.contrasts], NLME["se"], rtol=2e-5)
    # Relative to the standard deviations: one covariance is near 0, where nlme keeps three digits.
    deviation = np.sqrt(np.diag(found.covariance))
    assert_allclose((found.covariance - NLME["covariance"]) / np.outer(deviation, deviation), 0, atol=5e-5)
