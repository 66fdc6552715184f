"""The published synthesis of six trials, to every decimal it prints, from the trials' rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from holdfast.statistics.effect_sizes import hedges_g, log_risk_ratio
from holdfast.statistics.mantel_haenszel import mantel_haenszel
from holdfast.statistics.meta_analysis import i2_from_q, leave_one_out, meta_analysis, prediction_interval
from holdfast.statistics.small_study import egger
from meta_references import COUNTS, MEANS, PTSD, PUBLISHED, ptsd

SEVERITY = PUBLISHED["severity"]


def printed(decimals: int) -> dict[str, float]:
    """Half a unit of the last printed decimal."""
    return {"rtol": 0, "atol": 0.5001 * 10.0**-decimals}


def synthesis_g(means: list[np.ndarray]):
    return hedges_g(*means, correction="approximate", variance_of="d")


def test_severity_equals_the_synthesis_to_four_decimals():
    effects = synthesis_g(ptsd("msd", MEANS))
    found = meta_analysis(effects.effect, effects.variance)
    assert found.studies == SEVERITY["k"]
    assert_allclose([found.estimate, *found.interval], [SEVERITY["g"], *SEVERITY["interval"]], **printed(4))
    # Recomputed to six decimals by those who kept the rows.
    assert_allclose([found.estimate, found.se], [-0.711929, 0.093944], **printed(6))
    assert_allclose(found.interval, [-0.953419, -0.470438], **printed(6))
    assert_allclose(found.heterogeneity.q, 2.42396, **printed(5))
    assert_allclose(found.statistic, SEVERITY["t"], **printed(2))
    assert_allclose(found.p, SEVERITY["p"], **printed(4))
    assert found.df == SEVERITY["df"]
    assert found.heterogeneity.tau2 == SEVERITY["tau2"]
    assert_allclose(found.heterogeneity.tau2_interval, SEVERITY["tau2_interval"], **printed(4))
    assert_allclose(prediction_interval(found, df=found.studies - 1), SEVERITY["prediction"], **printed(4))
    assert_allclose(i2_from_q(found.heterogeneity.q, 6)[1], SEVERITY["i2_interval"], **printed(1))


def test_the_rows_own_g_and_risk_ratios_are_ours():
    # Four decimals as the data set gives them.
    for comparison in ("primary", "medium-dose"):
        effects = synthesis_g(ptsd("msd", MEANS, comparison))
        g, se = ptsd("msd", ("hedges_g", "hedges_g_se"), comparison)
        assert_allclose(effects.effect, g, **printed(4))
        assert_allclose(np.sqrt(effects.variance), se, **printed(4))
    for outcome in ("response", "remission"):
        effects = log_risk_ratio(*ptsd(outcome, COUNTS), added_to="events")
        log_rr, se = ptsd(outcome, ("log_rr", "log_rr_se"))
        assert_allclose(effects.effect, log_rr, **printed(4))
        assert_allclose(np.sqrt(effects.variance), se, **printed(4))


def test_sensitivity_analyses_of_severity_equal_the_printed_ones():
    effects = synthesis_g(ptsd("msd", MEANS))
    common = meta_analysis(effects.effect, effects.variance, tau2_method="common", test="normal")
    assert_allclose([common.estimate, *common.interval], SEVERITY["fixed"], **printed(2))
    studies = [row["study"] for row in PTSD if row["outcome"] == "msd" and row["comparison"] == "primary"]
    without = studies.index("Mithoefer 2011")
    left = leave_one_out(effects.effect, effects.variance)
    assert_allclose(
        [each[without] for each in (left.estimate, left.lower, left.upper)],
        SEVERITY["without_mithoefer_2011"],
        **printed(2),
    )
    medium = synthesis_g(ptsd("msd", MEANS, "medium-dose"))
    kept = [i for i, study in enumerate(studies) if study not in ("Mithoefer 2018", "Ot'alora 2018")]
    found = meta_analysis(
        np.append(effects.effect[kept], medium.effect), np.append(effects.variance[kept], medium.variance)
    )
    assert_allclose([found.estimate, *found.interval], SEVERITY["medium_dose"], **printed(2))


def test_egger_equals_the_printed_one_but_for_its_interval():
    # The synthesis prints a normal interval of a t statistic; ours is t's and wider.
    effects = synthesis_g(ptsd("msd", MEANS))
    found, expected = egger(effects.effect, effects.variance), SEVERITY["egger"]
    assert_allclose(
        [found.intercept, found.t, found.p],
        [expected["intercept"], expected["t"], expected["p"]],
        **printed(3),
    )
    normal = [found.intercept - 1.959964 * found.se, found.intercept + 1.959964 * found.se]
    assert_allclose(normal, expected["normal_interval"], **printed(2))
    assert found.interval[0] < normal[0]
    assert found.warnings == ("6 studies: with fewer than 10 Egger's test has too little power to be read",)


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_random_effects_risk_ratios_equal_the_printed_ones(outcome):
    expected = PUBLISHED[outcome]
    effects = log_risk_ratio(*ptsd(outcome, COUNTS), added_to="events")
    found = meta_analysis(effects.effect, effects.variance, tau2_method="paule-mandel")
    assert_allclose(
        np.exp([found.estimate, *found.interval]),
        [expected["risk_ratio"], *expected["interval"]],
        **printed(4),
    )
    assert_allclose(
        np.exp(prediction_interval(found, df=found.studies - 1)), expected["prediction"], **printed(4)
    )
    assert_allclose(found.heterogeneity.tau2_interval, expected["tau2_interval"], **printed(4))
    assert_allclose(found.p, expected["p"], **printed(4))
    assert_allclose([found.statistic, found.heterogeneity.q], [expected["t"], expected["q"]], **printed(2))
    assert_allclose(i2_from_q(found.heterogeneity.q, expected["k"])[1], expected["i2_interval"], **printed(1))


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_the_printed_fixed_effects_are_mantel_haenszel_with_halves_in_the_empty_study(outcome):
    found = mantel_haenszel(*ptsd(outcome, COUNTS), zero_cells="where_zero")
    assert_allclose(np.exp([found.estimate, *found.interval]), PUBLISHED[outcome]["fixed"], **printed(2))


def test_inverse_variance_is_not_what_was_printed_as_fixed():
    effects = log_risk_ratio(*ptsd("response", COUNTS), added_to="events")
    inverse = meta_analysis(effects.effect, effects.variance, tau2_method="common", test="normal")
    assert_allclose(math.exp(inverse.estimate), 1.349, **printed(3))
    # Without halves the pooled ratio is a little higher than the printed 1.44.
    assert_allclose(math.exp(mantel_haenszel(*ptsd("response", COUNTS)).estimate), 1.4475, **printed(4))
