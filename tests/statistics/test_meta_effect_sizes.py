"""Effect sizes and Mantel-Haenszel against metafor, and the tables that have none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError, UnknownName
from holdfast.statistics.effect_sizes import (
    hedges_g,
    log_odds_ratio,
    log_risk_ratio,
    mean_difference,
    risk_differences,
)
from holdfast.statistics.mantel_haenszel import mantel_haenszel
from holdfast.statistics.meta_analysis import meta_analysis
from meta_references import BCG, COUNTS, MEANS, METAFOR, ptsd

TIGHT = 1e-9
TABLES = {
    "bcg": (
        [[float(r[c]) for r in BCG] for c in ("events", "n", "reference_events", "reference_n")],
        METAFOR["bcg"]["binary"],
    ),
    "response": (ptsd("response", COUNTS), METAFOR["ptsd"]["response"]),
    "remission": (ptsd("remission", COUNTS), METAFOR["ptsd"]["remission"]),
    "sparse": (list(METAFOR["sparse"]["counts"].values()), METAFOR["sparse"]),
}


def same(found, expected):
    assert_allclose(found.effect, expected["yi"], rtol=TIGHT, atol=1e-14)
    assert_allclose(found.variance, expected["vi"], rtol=TIGHT)


def test_differences_of_means_equal_metafor():
    means, expected = ptsd("msd", MEANS), METAFOR["ptsd"]
    same(hedges_g(*means), expected["SMD_LS"])
    same(hedges_g(*means, correction="approximate", variance_of="d"), expected["g"])
    same(mean_difference(*means), expected["MD_LS"])
    same(mean_difference(*means, equal_variances=True), expected["MD_HO"])


@pytest.mark.parametrize("name", TABLES)
def test_ratios_and_differences_of_risks_equal_metafor(name):
    tables, expected = TABLES[name]
    same(log_risk_ratio(*tables, keep_uninformative=True), expected["RR"])
    same(log_odds_ratio(*tables, keep_uninformative=True), expected["OR"])
    same(risk_differences(*tables), expected["RD"])


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize(("which", "zero_cells"), [("mh", "nowhere"), ("mh_halves", "where_zero")])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_mantel_haenszel_equals_metafor(name, which, zero_cells, place):
    tables, expected = TABLES[name][0], TABLES[name][1][which][place]
    measure = {"RR": "risk ratio", "OR": "odds ratio", "RD": "risk difference"}[expected["measure"]]
    found = mantel_haenszel(*tables, measure=measure, zero_cells=zero_cells)
    assert_allclose(
        [found.estimate, found.se, found.z, found.p, *found.interval],
        [expected["b"], expected["se"], expected["z"], expected["p"], *expected["ci"]],
        rtol=TIGHT,
    )
    if which == "mh":
        assert found.studies == expected["k"]
        assert_allclose([found.q, found.q_p], [expected["Q"], expected["Qp"]], rtol=TIGHT)


def test_studies_where_nobody_or_everybody_had_the_event_say_nothing_of_a_ratio():
    found = log_risk_ratio([0, 3, 8], [9, 12, 8], [0, 1, 9], [10, 13, 9])
    assert np.isnan(found.effect).tolist() == [True, False, True]
    assert found.warnings == (
        "nobody, or everybody, had the event in both arms of study 1, 3 (counted from 1): no log risk ratio",
    )
    pooled = mantel_haenszel([0, 3, 8], [9, 12, 8], [0, 1, 9], [10, 13, 9])
    assert pooled.studies == 1
    assert pooled.warnings[0].startswith("nobody, or everybody, had the event in both arms of study 1, 3")
    with pytest.raises(TableError, match="at least 2 studies with an effect and a variance, not 1"):
        meta_analysis(found.effect, found.variance)


def test_an_empty_cell_left_empty_gives_no_effect_and_says_so():
    found = log_odds_ratio([0, 3], [9, 12], [2, 1], [10, 13], zero_cells="nowhere")
    assert math.isnan(found.effect[0])
    assert found.warnings == ("an empty cell leaves study 1 (counted from 1) without a log odds ratio",)


def test_halves_by_hand():
    # 4 of 8 against 0 of 4. Both cells: (4.5/9)/(0.5/5) = 5; events alone: (4.5/8.5)/(0.5/4.5).
    assert_allclose(log_risk_ratio(4, 8, 0, 4).effect, [math.log(5)], rtol=1e-14)
    assert_allclose(log_risk_ratio(4, 8, 0, 4).variance, [1 / 4.5 - 1 / 9 + 2 - 1 / 5], rtol=1e-14)
    assert_allclose(
        log_risk_ratio(4, 8, 0, 4, added_to="events").effect, [math.log(4.5 * 4.5 / (8.5 * 0.5))], rtol=1e-14
    )
    assert_allclose(log_odds_ratio(4, 8, 0, 4).effect, [math.log(4.5 * 4.5 / (4.5 * 0.5))], rtol=1e-14)
    assert_allclose(risk_differences(4, 8, 0, 4, zero_cells="nowhere").effect, [0.5], rtol=1e-14)
    everywhere = log_risk_ratio([4, 2], [8, 8], [1, 1], [4, 4], zero_cells="everywhere")
    assert_allclose(everywhere.effect[1], math.log((2.5 / 9) / (1.5 / 5)), rtol=1e-14)


cells = st.lists(
    st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30)),
    min_size=1,
    max_size=6,
)


@given(cells, st.sampled_from(["risk ratio", "odds ratio", "risk difference"]))
def test_exchanging_the_arms_turns_the_sign(tables, measure):
    a, b, c, d = np.array(tables, dtype=float).T
    there = mantel_haenszel(a, a + b, c, c + d, measure=measure)
    back = mantel_haenszel(c, c + d, a, a + b, measure=measure)
    assert_allclose(there.estimate, -back.estimate, rtol=1e-9, atol=1e-12)
    assert_allclose(there.se, back.se, rtol=1e-9)


@given(cells)
def test_one_table_alone_is_its_own_ratio(tables):
    a, b, c, d = (float(each) for each in tables[0])
    single = log_odds_ratio(a, a + b, c, c + d)
    pooled = mantel_haenszel(a, a + b, c, c + d, measure="odds ratio")
    assert_allclose(pooled.estimate, single.effect[0], rtol=1e-9, atol=1e-12)
    assert_allclose(pooled.se**2, single.variance[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("tables", "measure", "sentence"),
    [
        (
            ([0, 0], [9, 12], [0, 0], [10, 13]),
            "risk ratio",
            "in which somebody, but not everybody, had the event",
        ),
        (([0, 0], [9, 12], [2, 1], [10, 13]), "risk ratio", "The pooled risk ratio is zero"),
        (([3, 1], [9, 12], [0, 0], [10, 13]), "odds ratio", "The pooled odds ratio is infinite"),
        (([0, 0], [9, 12], [0, 0], [10, 13]), "risk difference", "has no variance"),
    ],
)
def test_what_cannot_be_pooled_is_refused_in_a_sentence(tables, measure, sentence):
    with pytest.raises(TableError, match=sentence):
        mantel_haenszel(*tables, measure=measure)


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ((3, 2, 1, 5), r"Study 1 .*: events can be no more than persons \(2\), not 3"),
        ((-1, 2, 1, 5), "a count must be a whole number, not -1"),
        ((1.5, 2, 1, 5), "a count must be a whole number, not 1.5"),
        ((math.nan, 2, 1, 5), "a count must be a whole number, not nan"),
        ((0, 0, 1, 5), "an arm needs at least one person, not 0"),
    ],
)
def test_counts_that_cannot_be_are_refused(tables, sentence):
    for function in (log_risk_ratio, log_odds_ratio, risk_differences, mantel_haenszel):
        with pytest.raises(ImpossibleValue, match=sentence):
            function(*tables)


def test_means_that_cannot_be_are_refused():
    with pytest.raises(ImpossibleValue, match="standard deviation must be a positive number, not 0"):
        hedges_g(1, 0, 10, 2, 1, 10)
    with pytest.raises(ImpossibleValue, match="at least two persons for a standard deviation, not 1"):
        mean_difference(1, 1, 1, 2, 1, 10)
    with pytest.raises(ImpossibleValue, match=r"Study 2 .*: a mean must be a finite number, not inf"):
        hedges_g([1, math.inf], [1, 1], [9, 9], [2, 2], [1, 1], [9, 9])
    with pytest.raises(TableError, match="one value for each study"):
        hedges_g([1, 2], [1, 1], [9, 9], [2, 2], [1, 1], [9])
    with pytest.raises(UnknownName, match="no measure named 'RR'"):
        mantel_haenszel(1, 5, 2, 5, measure="RR")
    with pytest.raises(UnknownName, match="no treatment of zero cells named 'always'"):
        log_risk_ratio(1, 5, 2, 5, zero_cells="always")
    with pytest.raises(ImpossibleValue, match="zero or more, not -1"):
        log_risk_ratio(1, 5, 2, 5, add=-1)
