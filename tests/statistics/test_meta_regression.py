"""Meta-regression and Egger's test against metafor; moderators that say nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import TableError
from holdfast.statistics.meta_analysis import meta_analysis
from holdfast.statistics.meta_regression import meta_regression, predict
from holdfast.statistics.small_study import egger
from meta_references import METAFOR, METHODS, TESTS, effects_of, moderators

CASES = [
    *(("bcg", "one", case) for case in METAFOR["bcg"]["one"]),
    *(("bcg", "three", case) for case in METAFOR["bcg"]["three"]),
    *(("ptsd", "one", case) for case in METAFOR["ptsd"]["one"]),
]


@pytest.mark.parametrize(
    ("data", "how_many", "case"), CASES, ids=[f"{d}-{n}-{c['method']}-{c['test']}" for d, n, c in CASES]
)
def test_meta_regression_equals_metafor(data, how_many, case):
    # 1e-8 with three moderators: the year enters uncentred, and metafor's normal equations lose digits.
    tolerance = 1e-8 if how_many == "three" else 1e-9
    names = case["moderators"]
    found = meta_regression(
        *effects_of(data),
        moderators(data, names),
        names=names,
        tau2_method=METHODS[case["method"]],
        test=TESTS[case["test"]],
    )
    assert found.converged
    assert found.names == ("intercept", *names)
    pairs = {
        "estimate": "b",
        "se": "se",
        "statistic": "stat",
        "p": "p",
        "lower": "lower",
        "upper": "upper",
        "covariance": "vb",
    }
    for ours, theirs in pairs.items():
        assert_allclose(getattr(found, ours), case[theirs], rtol=tolerance, err_msg=ours)
    assert_allclose([found.omnibus.statistic, found.omnibus.p], [case["QM"], case["QMp"]], rtol=tolerance)
    assert found.omnibus.df == case["QMdf"][0]
    assert found.df == (math.inf if case["test"] == "z" else case["QMdf"][1])
    rest = found.heterogeneity
    assert_allclose(
        [rest.q, rest.p, rest.tau2, rest.i2, rest.h2],
        [case["QE"], case["QEp"], case["tau2"], case["I2"], case["H2"]],
        rtol=tolerance,
    )
    ahead = predict(found, case["at"])
    assert_allclose(
        np.column_stack([ahead.estimate, ahead.se]),
        np.column_stack([case["pred"], case["pred_se"]]),
        rtol=tolerance,
    )
    assert_allclose(np.column_stack([ahead.lower, ahead.upper]), case["pred_ci"], rtol=tolerance)
    if case["method"] != "FE":
        assert_allclose(rest.tau2_interval, case["tau2_ci"], rtol=tolerance)
        assert_allclose(
            np.column_stack([ahead.prediction_lower, ahead.prediction_upper]), case["pred_pi"], rtol=tolerance
        )
    if case["method"] != "FE" and data == "bcg":
        assert_allclose(found.r2, case["R2"], rtol=tolerance)


@pytest.mark.parametrize("data", ["bcg", "ptsd"])
def test_egger_equals_metafor(data):
    found, expected = egger(*effects_of(data)), METAFOR[data]["egger"]
    assert_allclose([found.intercept, found.se, found.t, found.p], expected["slope"], rtol=1e-9)
    assert_allclose([found.limit, found.limit_se], expected["limit"][:2], rtol=1e-9)
    assert_allclose(found.interval, expected["ci"], rtol=1e-9)
    assert found.df == expected["df"]


@pytest.mark.parametrize("data", ["bcg", "ptsd"])
def test_the_random_effects_form_of_egger_is_a_meta_regression_on_the_standard_error(data):
    y, v = effects_of(data)
    found = meta_regression(y, v, np.sqrt(v), test="normal")
    expected = METAFOR[data]["egger"]
    assert_allclose([found.statistic[1], found.p[1]], [expected["mixed_z"], expected["mixed_p"]], rtol=1e-9)


@given(st.floats(-100, 100), st.floats(0.01, 100), st.sampled_from(sorted(METHODS.values())))
def test_another_origin_and_unit_of_a_moderator_change_only_its_coefficients(origin, unit, method):
    y, v = effects_of("bcg")
    latitude = moderators("bcg", ["ablat"])
    plain = meta_regression(y, v, latitude, tau2_method=method)
    moved = meta_regression(y, v, unit * (latitude - origin), tau2_method=method)
    assert_allclose(moved.estimate[1] * unit, plain.estimate[1], rtol=1e-6)
    assert_allclose(moved.omnibus.p, plain.omnibus.p, rtol=1e-6)
    assert_allclose(moved.heterogeneity.q, plain.heterogeneity.q, rtol=1e-8)


def test_two_groups_by_a_common_effect_are_the_two_pooled_effects():
    y, v = effects_of("bcg")
    random = moderators("bcg", ["random"])[:, 0]
    found = meta_regression(y, v, random, tau2_method="common", test="normal")
    there, rest = (
        meta_analysis(y[random == group], v[random == group], tau2_method="common", test="normal")
        for group in (1, 0)
    )
    assert_allclose(found.estimate, [rest.estimate, there.estimate - rest.estimate], rtol=1e-9)
    assert_allclose(found.se[1], math.hypot(there.se, rest.se), rtol=1e-9)
    within = there.heterogeneity.q + rest.heterogeneity.q
    assert_allclose(found.heterogeneity.q, within, rtol=1e-9)


def test_a_moderator_that_follows_from_others_is_dropped_and_told():
    y, v = effects_of("bcg")
    both = moderators("bcg", ["ablat", "year"])
    X = np.column_stack([both, np.ones(13), both[:, 0] - 2 * both[:, 1]])
    found = meta_regression(y, v, X, names=["latitude", "year", "place", "sum"])
    alone = meta_regression(y, v, both)
    assert found.dropped == ("place", "sum")
    assert found.warnings[:2] == (
        "place is constant or follows from earlier moderators: dropped",
        "sum is constant or follows from earlier moderators: dropped",
    )
    assert np.isnan(found.estimate).tolist() == [False, False, False, True, True]
    assert_allclose(found.estimate[:3], alone.estimate, rtol=1e-12)
    assert_allclose(
        predict(found, [33, 1960, 1, 0]).estimate, predict(alone, [33, 1960]).estimate, rtol=1e-12
    )


def test_a_study_without_a_moderator_is_left_out_and_told():
    y, v = effects_of("bcg")
    latitude = moderators("bcg", ["ablat"])[:, 0]
    found = meta_regression(y, v, np.where(np.arange(13) == 4, np.nan, latitude))
    rest = np.arange(13) != 4
    assert found.studies == 12
    assert found.warnings[0] == "left out, no moderator: study 5 (counted from 1)"
    assert_allclose(found.estimate, meta_regression(y[rest], v[rest], latitude[rest]).estimate, rtol=1e-12)


def test_few_studies_for_their_moderators_are_told():
    y, v = effects_of("bcg")
    found = meta_regression(y, v, moderators("bcg", ["ablat", "year"]))
    assert (
        "13 studies for 2 moderators: fewer than ten a moderator cannot carry a conclusion" in found.warnings
    )


def test_r2_is_not_a_number_where_nothing_is_to_be_explained():
    found = meta_regression(*effects_of("ptsd"), moderators("ptsd", ["sessions"]))
    assert math.isnan(found.r2)


def test_effects_on_a_line_have_no_hartung_knapp_error():
    found = meta_regression([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 0.1, 0.3], [0.0, 1.0, 2.0, 3.0])
    assert_allclose(found.estimate, [1.0, 1.0], rtol=1e-9)
    assert math.isnan(found.se[1])
    assert math.isnan(found.omnibus.p)
    assert "the studies agree wholly: Hartung and Knapp's standard error does not exist" in found.warnings


@pytest.mark.parametrize(
    ("k", "columns", "names", "sentence"),
    [
        (5, np.ones(5), (), "a moderator that differs between studies; moderator 1 does not"),
        (5, np.arange(4.0), (), "a row of moderators for each of 5 studies"),
        (2, np.arange(2.0), (), "2 coefficients needs at least 3 studies, not 2"),
        (3, np.eye(3)[:, :2], (), "3 coefficients needs at least 4 studies, not 3"),
        (3, np.array([1.0, math.inf, 2.0]), (), "finite moderators; one is infinite"),
        (3, np.arange(3.0), ("a", "b"), "There are 1 moderators but 2 names"),
    ],
)
def test_a_regression_that_cannot_be_is_refused_in_a_sentence(k, columns, names, sentence):
    with pytest.raises(TableError, match=sentence):
        meta_regression(np.arange(k) / 7, np.linspace(0.1, 0.3, k), columns, names=names)


def test_predictions_and_egger_refuse_what_cannot_be():
    y, v = effects_of("bcg")
    with pytest.raises(TableError, match="needs 1 moderators in a row, not 2"):
        predict(meta_regression(y, v, moderators("bcg", ["ablat"])), [1, 2])
    with pytest.raises(TableError, match="Egger's test needs at least 3 studies"):
        egger([0.1, 0.2], [0.1, 0.2])
    with pytest.raises(TableError, match="all standard errors are equal"):
        egger([0.1, 0.2, 0.4], [0.1, 0.1, 0.1])
    with pytest.raises(TableError, match="positive sampling variances"):
        egger([0.1, 0.2, 0.4], [0.1, -0.1, 0.1])
    exact = egger([1.1, 1.2, 1.4], np.array([0.1, 0.2, 0.4]) ** 2)
    assert math.isnan(exact.p)
    assert exact.warnings[-1] == "the effects lie on a line with their standard errors: no test"
