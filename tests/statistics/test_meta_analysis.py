"""The pooled effect, heterogeneity and leave-one-out against metafor, statsmodels and a dense likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.dice import normal
from holdfast.errors import TableError, UnknownName
from holdfast.statistics.between_study import between_study, restricted_log_likelihood
from holdfast.statistics.meta_analysis import i2_from_q, leave_one_out, meta_analysis, prediction_interval
from meta_references import METAFOR, METHODS, TESTS, effects_of
from scale import scaled

# 1e-9 relative; metafor was told to converge to 1e-14, and 3e-14 was reached.
TIGHT = 1e-9
CASES = [(data, case) for data in ("bcg", "ptsd") for case in METAFOR[data]["pooled"]]


@pytest.mark.parametrize(("data", "case"), CASES, ids=[f"{d}-{c['method']}-{c['test']}" for d, c in CASES])
def test_pooled_effect_and_heterogeneity_equal_metafor(data, case):
    found = meta_analysis(*effects_of(data), tau2_method=METHODS[case["method"]], test=TESTS[case["test"]])
    assert found.converged
    assert_allclose(
        [found.estimate, found.se, found.statistic, found.p, *found.interval],
        [case["b"], case["se"], case["stat"], case["p"], *case["ci"]],
        rtol=TIGHT,
    )
    spread = found.heterogeneity
    assert_allclose([spread.q, spread.p], [case["Q"], case["Qp"]], rtol=TIGHT)
    if case["method"] == "FE":
        assert found.prediction is None
        return
    assert_allclose(found.prediction, case["pi"], rtol=TIGHT)
    assert_allclose(found.weights, case["weights"], rtol=TIGHT)
    assert_allclose([spread.tau2, spread.i2, spread.h2], [case["tau2"], case["I2"], case["H2"]], rtol=TIGHT)
    assert_allclose(spread.tau2_interval, case["tau2_ci"], rtol=TIGHT)
    assert_allclose(spread.i2_interval, case["I2_ci"], rtol=TIGHT)
    assert_allclose(spread.h2_interval, case["H2_ci"], rtol=TIGHT)


@pytest.mark.parametrize("data", ["bcg", "ptsd"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_leaving_each_study_out_equals_metafor(data, place):
    case = METAFOR[data]["left_out"][place]
    found = leave_one_out(*effects_of(data), tau2_method=METHODS[case["method"]], test=TESTS[case["test"]])
    for ours, theirs in (
        ("q", "Q"),
        ("i2", "I2"),
        *((n, n) for n in ("estimate", "se", "p", "lower", "upper", "tau2")),
    ):
        assert_allclose(getattr(found, ours), case[theirs], rtol=TIGHT, err_msg=ours)


def test_moments_and_hartung_knapp_equal_statsmodels():
    from statsmodels.stats.meta_analysis import combine_effects

    y, v = effects_of("bcg")
    theirs = combine_effects(y, v, method_re="dl", use_t=True)
    ours = meta_analysis(y, v, tau2_method="dersimonian-laird")
    assert_allclose([ours.heterogeneity.tau2, ours.heterogeneity.q], [theirs.tau2, theirs.q], rtol=1e-12)
    assert_allclose(ours.se, theirs.sd_eff_w_re_hksj, rtol=1e-12)
    # statsmodels ends Paule and Mandel's iteration at 1e-5 of the equation.
    theirs = combine_effects(y, v, method_re="pm")
    assert_allclose(
        meta_analysis(y, v, tau2_method="paule-mandel").heterogeneity.tau2, theirs.tau2, rtol=1e-4
    )


def test_the_published_values_of_bcg():
    # Computed apart: metafor 3.8-1 on dat.bcg with its default convergence. REML was tight there,
    # Paule-Mandel was not (its tau2 is 2.5e-5 off the root of its own equation).
    y, v = effects_of("bcg")
    expected = {
        "dersimonian-laird": (
            -0.714117222073227,
            0.178742089535403,
            0.308760262862376,
            92.117346854562,
            1e-9,
        ),
        "paule-mandel": (-0.714970405632446, 0.180897984125838, 0.318093711863015, 92.3309002898848, 1e-4),
        "reml": (-0.71453234215814, 0.179781516105207, 0.313243258136486, 92.2213845212691, 1e-9),
    }
    for method, (b, se, tau2, i2, tolerance) in expected.items():
        found = meta_analysis(y, v, tau2_method=method, test="normal")
        values = [found.estimate, found.se, found.heterogeneity.tau2, found.heterogeneity.i2]
        assert_allclose(values, [b, se, tau2, i2], rtol=tolerance)
    found = meta_analysis(y, v, tau2_method="reml", test="hartung-knapp")
    assert_allclose(
        [found.se, *found.interval], [0.180791744092848, -1.10844371368555, -0.320620970630728], rtol=1e-9
    )


drawn = st.integers(3, 9).flatmap(
    lambda k: st.tuples(
        st.lists(st.floats(-3, 3), min_size=k, max_size=k),
        st.lists(st.floats(0.01, 2), min_size=k, max_size=k),
    )
)


@given(drawn)
def test_reml_is_the_highest_point_of_the_dense_likelihood(studies):
    # -½(log|V| + log|X'V⁻¹X| + r'V⁻¹r) in full matrices, looked at on a grid: nothing is above our tau2.
    y, v = np.array(studies[0]), np.array(studies[1])
    X = np.ones((len(y), 1))

    def dense(tau2):
        V = np.diag(v + tau2)
        information = X.T @ np.linalg.solve(V, X)
        beta = np.linalg.solve(information, X.T @ np.linalg.solve(V, y))
        rest = y - X @ beta
        parts = (np.linalg.slogdet(V)[1], np.linalg.slogdet(information)[1], rest @ np.linalg.solve(V, rest))
        return -0.5 * sum(parts)

    found = between_study(y, v, X, method="reml")
    assert found.converged
    best = dense(found.tau2)
    assert_allclose(restricted_log_likelihood(y, v, X, found.tau2), best, rtol=1e-9, atol=1e-9)
    assert max(dense(t) for t in [0.0, *np.geomspace(1e-6, 50, 200)]) <= best + 1e-9


@given(
    drawn, st.sampled_from(sorted(METHODS.values())), st.floats(-50, 50), st.sampled_from([1e-3, 1.0, 1e4])
)
def test_another_origin_and_unit_change_nothing_but_origin_and_unit(studies, method, shift, unit):
    y, v = np.array(studies[0]), np.array(studies[1])
    plain = meta_analysis(y, v, tau2_method=method, test="normal")
    moved = meta_analysis(unit * (y + shift), unit**2 * v, tau2_method=method, test="normal")
    assert_allclose(moved.estimate, unit * (plain.estimate + shift), rtol=1e-6, atol=1e-6 * unit)
    assert_allclose(moved.se, unit * plain.se, rtol=1e-6)
    assert_allclose(
        moved.heterogeneity.tau2, unit**2 * plain.heterogeneity.tau2, rtol=1e-6, atol=1e-8 * unit**2
    )


def test_the_tau2_interval_covers_as_often_as_it_says():
    # Meta-analyses of 8 studies drawn with tau2 = 0.1: 95 % within four Monte-Carlo errors.
    n, k = scaled(20_000), 8
    v = np.linspace(0.02, 0.2, k)
    draws = normal(3, 0, np.arange(n * k), "effect").reshape(n, k)
    covered = 0
    for row in draws:
        low, high = meta_analysis(
            row * np.sqrt(v + 0.1), v, tau2_method="dersimonian-laird"
        ).heterogeneity.tau2_interval
        covered += low <= 0.1 <= high
    assert abs(covered / n - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / n)


@pytest.mark.parametrize(("place", "tau2"), [(0, 9.431617624436154), (1, 0.0)])
def test_of_two_maxima_of_the_likelihood_the_higher_is_taken_and_told(place, tau2):
    # metafor's log-likelihood on a grid of tau2 has two peaks; ours stands at the higher.
    case = METAFOR["two_maxima"][place]
    height, at = np.array(case["height"]), np.array(case["at"])
    rising = np.diff(height, prepend=-np.inf, append=-np.inf) > 0
    assert (rising[:-1] & ~rising[1:]).sum() == 2
    y, v = np.array(case["yi"]), np.array(case["vi"])
    found = meta_analysis(y, v)
    assert_allclose(found.heterogeneity.tau2, tau2, rtol=1e-9)
    assert found.warnings[0] == (
        f"the restricted likelihood has 2 maxima; the highest, tau2 = {tau2:.4g}, was taken"
    )
    top = int(height.argmax())
    assert at[max(top - 1, 0)] <= found.heterogeneity.tau2 <= at[top + 1]
    X = np.ones((3, 1))
    ours = [restricted_log_likelihood(y, v, X, t) for t in at]
    assert_allclose(np.array(ours) - ours[0], height - height[0], rtol=1e-9, atol=1e-9)


def test_a_common_effect_still_shows_heterogeneity():
    y, v = effects_of("bcg")
    spread = meta_analysis(y, v, tau2_method="common").heterogeneity
    assert spread.tau2 == 0.0
    assert_allclose(
        [spread.i2, spread.h2], [100 * (1 - 12 / 152.233008082373), 152.233008082373 / 12], rtol=1e-9
    )


def test_prediction_interval_by_hand():
    # tau2 0.313243258136486, se 0.179781516105207, t(11) 0.975 = 2.2009851600916384: by metafor and R's qt.
    y, v = effects_of("bcg")
    half = 2.2009851600916384 * math.sqrt(0.313243258136486 + 0.179781516105207**2)
    expected = (-0.71453234215814 - half, -0.71453234215814 + half)
    assert_allclose(prediction_interval(meta_analysis(y, v)), expected, rtol=1e-9)


def test_i2_from_q_by_hand():
    # Q = 30 on 9: H = sqrt(30/9), SE(log H) = ½(log 30 - log 9)/(sqrt 60 - sqrt 17).
    spread = 0.5 * (math.log(30) - math.log(9)) / (math.sqrt(60) - math.sqrt(17))
    h = math.log(math.sqrt(30 / 9))
    limits = [100 * (1 - math.exp(-2 * (h + sign * 1.959963984540054 * spread))) for sign in (-1, 1)]
    value, interval = i2_from_q(30.0, 10)
    assert_allclose([value, *interval], [70.0, *limits], rtol=1e-9)
    with pytest.raises(TableError, match="at least 3 studies"):
        i2_from_q(1.0, 2)


def test_studies_that_agree_wholly_have_no_hartung_knapp_error():
    found = meta_analysis([0.3, 0.3, 0.3], [0.1, 0.2, 0.3])
    assert found.estimate == pytest.approx(0.3)
    assert math.isnan(found.se)
    assert math.isnan(found.p)
    assert found.prediction is None
    assert "the studies agree wholly: Hartung and Knapp's standard error does not exist" in found.warnings
    bounded = meta_analysis([0.3, 0.3, 0.3], [0.1, 0.2, 0.3], test="hartung-knapp-bounded")
    assert_allclose(bounded.se, 1 / math.sqrt(1 / 0.1 + 1 / 0.2 + 1 / 0.3), rtol=1e-12)


def test_two_studies_have_no_prediction_interval_and_say_so():
    found = meta_analysis([0.1, 0.9], [0.1, 0.1])
    assert found.df == 1
    assert found.prediction is None
    assert "no prediction interval: it needs at least 3 studies, not 2" in found.warnings
    with pytest.raises(TableError, match="at least 3 studies, not 2"):
        prediction_interval(found)


def test_tau2_at_zero_and_a_small_factor_are_told():
    warnings = meta_analysis(*effects_of("ptsd")).warnings
    assert [each.split(":")[0] for each in warnings] == [
        "tau2 is estimated at zero, its bound",
        "Hartung and Knapp's factor is 0.485, below 1",
    ]


def test_a_study_without_an_effect_is_left_out_and_told():
    y, v = effects_of("ptsd")
    found = meta_analysis([*y[:2], math.nan, *y[2:]], [*v[:2], 0.1, *v[2:]])
    assert found.studies == 6
    assert found.weights[2] == 0.0
    assert found.warnings[0] == "left out, no effect or no variance: study 3 (counted from 1)"
    assert_allclose(found.estimate, meta_analysis(y, v).estimate, rtol=1e-14)


@pytest.mark.parametrize(
    ("effect", "variance", "sentence"),
    [
        ([0.3], [0.1], "at least 2 studies with an effect and a variance, not 1"),
        ([], [], "at least 2 studies with an effect and a variance, not 0"),
        ([0.3, math.nan], [0.1, 0.1], "at least 2 studies with an effect and a variance, not 1"),
        ([0.3, 0.2], [0.1, -0.1], "positive sampling variances .* is that of study 2"),
        ([0.3, 0.2], [0.0, 0.1], "positive sampling variances .* is that of study 1"),
        ([0.3, math.inf], [0.1, 0.1], "finite effects; infinite is the effect of study 2"),
        ([0.3, 0.2], [0.1, math.inf], "finite variances; infinite is the variance of study 2"),
        ([0.3, 0.2], [0.1], "one effect and one variance for each study"),
        ([1e200, 0.2], [0.1, 0.1], "give both in another unit"),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_a_sentence(effect, variance, sentence):
    with pytest.raises(TableError, match=sentence):
        meta_analysis(effect, variance)


def test_unknown_names_and_too_few_are_refused():
    with pytest.raises(UnknownName, match="no estimator of tau2 named 'ml'"):
        meta_analysis([0.1, 0.2], [0.1, 0.1], tau2_method="ml")
    with pytest.raises(UnknownName, match="no test named 'z'"):
        meta_analysis([0.1, 0.2], [0.1, 0.1], test="z")
    with pytest.raises(TableError, match="Leaving one out needs at least 3 studies"):
        leave_one_out([0.1, 0.2], [0.1, 0.1])
    with pytest.raises(TableError, match="a common effect was pooled"):
        prediction_interval(meta_analysis([0.1, 0.2, 0.3], [0.1] * 3, tau2_method="common"))


def test_effects_beyond_the_digits_of_a_number_do_not_converge_and_say_so():
    # Differences of 1e-2 on a level of -1e9, variances from 1e-11 up: rounding alone moves the residuals.
    y = [-999999999.9922947, -999999999.9942427, -1000000000.0036798]
    found = meta_analysis(y, [8.987573476202397e-05, 6.857984576854189e-12, 7.66160275956017e-09])
    assert not found.converged
    assert found.warnings[0] == "the estimate of tau2 did not converge: do not report this result"
