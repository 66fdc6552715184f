"""Responders against R: imputed several times, as non-responders, and as observed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.proportions import risk_difference, risk_ratio
from holdfast.statistics.responders import Cut, imputed_responders, observed_responders

FOLDER = Path(__file__).parents[1] / "reference" / "proportions"
REFERENCE = json.loads((FOLDER / "responders.json").read_text(encoding="utf-8"))
IMPUTED = np.loadtxt(FOLDER / "responders_imputed.csv", delimiter=",")
ARM = np.array(REFERENCE["arm"], dtype=np.int64)
MISSING = np.array(REFERENCE["missing"]) == 1
SCORES = np.where(MISSING, math.nan, IMPUTED[0])
TEN_POINTS = Cut(threshold=-10)


@pytest.mark.parametrize("prefix", ["", "strata_"])
def test_pooled_answers_equal_r(prefix):
    stratum = REFERENCE["site"] if prefix else None
    found = imputed_responders(IMPUTED, ARM, TEN_POINTS, missing=MISSING, stratum=stratum)
    estimate, se, df, lower, upper = REFERENCE[f"{prefix}difference"]
    assert_allclose((found.difference, found.difference_se, found.df), (estimate, se, df), rtol=1e-9)
    assert_allclose(found.difference_interval, (lower, upper), rtol=1e-9)
    estimate, se, _, lower, upper = REFERENCE[f"{prefix}log_ratio"]
    assert_allclose((math.log(found.ratio), found.log_ratio_se), (estimate, se), rtol=1e-9)
    assert_allclose(np.log(found.ratio_interval), (lower, upper), rtol=1e-9)
    assert (found.form, found.imputations) == ("multiple imputation", 25)
    assert found.missing == (int(MISSING[ARM == 0].sum()), int(MISSING[ARM == 1].sum()))


def test_a_function_of_the_number_is_as_good_as_a_table():
    table = imputed_responders(IMPUTED, ARM, TEN_POINTS)
    assert imputed_responders(lambda number: IMPUTED[number], ARM, TEN_POINTS, imputations=25) == table


def test_covariates_make_it_narrower_and_keep_its_centre():
    plain = imputed_responders(IMPUTED, ARM, TEN_POINTS)
    adjusted = imputed_responders(
        IMPUTED, ARM, TEN_POINTS, covariates=np.array(REFERENCE["baseline"])[:, None]
    )
    assert adjusted.method == "Rubin's rules over shares standardised after logistic regression, sandwich"
    assert adjusted.difference_se < plain.difference_se
    assert abs(adjusted.difference - plain.difference) < plain.difference_se


def test_nothing_missing_pools_to_the_one_answer():
    same = np.repeat(IMPUTED[:1], 5, axis=0)
    found = imputed_responders(same, ARM, TEN_POINTS)
    once = observed_responders(IMPUTED[0], ARM, TEN_POINTS, form="observed only")
    assert_allclose(
        (found.difference, found.difference_se), (once.difference, once.difference_se), rtol=1e-12
    )
    assert_allclose(found.ratio, once.ratio, rtol=1e-12)
    assert found.monte_carlo_error == 0.0
    # Barnard and Rubin's degrees of freedom with nothing missing: (88 + 1)/(88 + 3) · 88.
    assert_allclose(found.df, 89 / 91 * 88, rtol=1e-12)


def test_who_has_no_score_has_not_responded():
    found = observed_responders(SCORES, ARM, TEN_POINTS, form="non-responder imputation")
    responded = ~MISSING & (IMPUTED[0] <= -10)
    counts = (int(responded[ARM == 1].sum()), 45, int(responded[ARM == 0].sum()), 45)
    assert found.difference_interval == risk_difference(*counts).interval
    assert found.ratio_interval == risk_ratio(*counts).interval
    assert found.n == (45, 45)
    assert found.form == "non-responder imputation"
    total = int(MISSING.sum())
    assert found.warnings[0].startswith(f"{total} of 90 have no score (")
    assert found.warnings[0].endswith("count as non-responders.")


def test_who_has_no_score_is_left_out_where_only_the_observed_count():
    found = observed_responders(SCORES, ARM, TEN_POINTS, form="observed only")
    treated, reference = ~MISSING & (ARM == 1), ~MISSING & (ARM == 0)
    counts = (
        int((IMPUTED[0][treated] <= -10).sum()),
        int(treated.sum()),
        int((IMPUTED[0][reference] <= -10).sum()),
        int(reference.sum()),
    )
    assert found.difference_interval == risk_difference(*counts).interval
    assert found.n == (counts[3], counts[1])
    assert "missing completely at random" in found.warnings[0]


def test_a_cut_may_ask_for_high_scores_too():
    upside_down = observed_responders(
        -SCORES, ARM, Cut(threshold=10, respond="at_least"), form="non-responder imputation"
    )
    assert upside_down == observed_responders(SCORES, ARM, TEN_POINTS, form="non-responder imputation")
    assert Cut(threshold=11)(np.array([10.0, 11.0, 12.0])).tolist() == [True, True, False]


def test_arms_without_responders_are_said():
    nobody = imputed_responders(IMPUTED, ARM, Cut(threshold=-1000))
    assert nobody.difference == 0.0
    assert math.isnan(nobody.difference_interval[0])
    assert nobody.warnings[-2].endswith("the difference has no standard error.")
    assert "the ratio has no pooled interval" in nobody.warnings[-1]
    separated = imputed_responders(
        IMPUTED, ARM, Cut(threshold=-1000), covariates=np.ones((90, 1)) * ARM[:, None]
    )
    assert math.isnan(separated.difference)
    assert "25 of 25 imputed sets have no estimate: nothing was pooled." in separated.warnings


def test_few_imputations_are_said():
    found = imputed_responders(IMPUTED[:2], ARM, TEN_POINTS)
    assert found.monte_carlo_error > 0.1 * found.difference_se
    assert "impute more often" in found.warnings[-1]


def test_bad_input_is_refused_in_a_sentence():
    with pytest.raises(ImpossibleValue, match="two imputed sets"):
        imputed_responders(IMPUTED[:1], ARM, TEN_POINTS)
    with pytest.raises(ImpossibleValue, match="two imputed sets"):
        imputed_responders(lambda number: IMPUTED[number], ARM, TEN_POINTS)
    with pytest.raises(TableError, match="missing or infinite"):
        imputed_responders(np.where(MISSING, math.nan, IMPUTED), ARM, TEN_POINTS)
    with pytest.raises(TableError, match="table of M rows"):
        imputed_responders(IMPUTED[0], ARM, TEN_POINTS)
    with pytest.raises(TableError, match="Two arms"):
        observed_responders(SCORES, ARM * 0, TEN_POINTS, form="observed only")
    with pytest.raises(TableError, match="nobody with a score"):
        observed_responders(np.where(ARM == 1, math.nan, SCORES), ARM, TEN_POINTS, form="observed only")
    with pytest.raises(ImpossibleValue, match="infinite"):
        observed_responders(np.where(ARM == 1, math.inf, SCORES), ARM, TEN_POINTS, form="observed only")
    with pytest.raises(UnknownName):
        observed_responders(SCORES, ARM, TEN_POINTS, form="last observation carried forward")
    with pytest.raises(UnknownName):
        Cut(threshold=1, respond="below")
    with pytest.raises(ImpossibleValue):
        Cut(threshold=math.nan)
    with pytest.raises(TableError, match="not both"):
        observed_responders(
            SCORES, ARM, TEN_POINTS, form="observed only", stratum=ARM * 0, covariates=np.ones((90, 1))
        )
