"""Intervals of proportions against published tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics.number_needed import number_needed_to_treat
from holdfast.statistics.proportions import _constrained, proportion, risk_difference, risk_ratio

# Newcombe 1998, Statistics in Medicine 17:873-890, table II: methods 6 and 10, four decimals as printed.
NEWCOMBE_TABLE_II = [
    ((56, 70, 48, 80), (0.0528, 0.3382), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1700, 0.8406), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0342, 0.8534), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0326, 0.1933), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1658, 0.2844), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2879, 0.2879), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.7156, 1.0), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6636, 1.0), (0.6075, 1.0)),
]

counts = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("table", "score", "hybrid"), NEWCOMBE_TABLE_II)
def test_differences_equal_the_published_table(table, score, hybrid):
    assert_allclose(risk_difference(*table).interval, score, atol=5.1e-5)
    assert_allclose(risk_difference(*table, method="newcombe").interval, hybrid, atol=5.1e-5)


def test_one_proportion_equals_the_published_intervals():
    # Newcombe 1998, Statistics in Medicine 17:857-872, table I: 81 of 263 and 15 of 148.
    assert_allclose(proportion(81, 263).interval, (0.2553, 0.3662), atol=5.1e-5)
    assert_allclose(proportion(15, 148).interval, (0.0624, 0.1605), atol=5.1e-5)
    assert_allclose(proportion(81, 263, method="exact").interval, (0.2527, 0.3676), atol=5.1e-5)
    assert_allclose(proportion(15, 148, method="exact").interval, (0.0578, 0.1617), atol=5.1e-5)


@given(counts)
def test_exact_limits_leave_half_of_the_error_in_each_tail(count):
    events, n = count
    lower, upper = proportion(events, n, method="exact").interval
    if events > 0:
        assert_allclose(binom.sf(events - 1, n, lower), 0.025, rtol=1e-8)
    if events < n:
        assert_allclose(binom.cdf(events, n, upper), 0.025, rtol=1e-8)


@given(counts, counts, st.sampled_from(["miettinen-nurminen", "newcombe"]))
def test_exchanging_the_groups_turns_the_interval(one, other, method):
    there = risk_difference(*one, *other, method=method)
    back = risk_difference(*other, *one, method=method)
    assert_allclose(there.interval, [-back.interval[1], -back.interval[0]], atol=1e-9)
    assert -1 <= there.interval[0] <= there.estimate <= there.interval[1] <= 1


@given(counts, counts, st.floats(-0.99, 0.99))
def test_the_constrained_share_maximises_the_likelihood(one, other, delta):
    (x1, n1), (x0, n0) = one, other

    def likelihood(p0: float) -> float:
        p1 = p0 + delta
        value = 0.0
        for x, n, p in ((x1, n1, p1), (x0, n0, p0)):
            for count, share in ((x, p), (n - x, 1 - p)):
                if count:
                    value += count * math.log(share) if share > 0 else -math.inf
        return value

    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    best = likelihood(min(max(_constrained(delta, x1, n1, x0, n0), low), high))
    grid = max(likelihood(low + (high - low) * k / 200) for k in range(1, 200))
    assert best >= grid - 1e-7 * abs(grid) or math.isinf(best)


@pytest.mark.parametrize(("events", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(events, n):
    with pytest.raises(ImpossibleValue):
        proportion(events, n)
    with pytest.raises(ImpossibleValue):
        risk_difference(1, 2, events, n)


# Fagerland, Lydersen and Laake 2015 (doi:10.1177/0962280211415469), three decimals as printed.
RATIOS = [
    ((24, 73, 53, 65), (0.280, 0.560)),
    ((29, 55, 11, 11), (0.397, 0.742)),
    ((7, 18, 1, 18), (1.296, 42.544)),
]
# The score without N/(N − 1): Gart and Nam 1988 (three decimals) and Koopman 1984 (two).
KOOPMAN = [
    ((8, 15, 4, 15), (0.815, 5.336), 5.1e-4),
    ((6, 10, 6, 20), (0.844, 4.594), 5.1e-4),
    ((36, 40, 16, 80), (2.94, 7.15), 5.1e-3),
]


@pytest.mark.parametrize(("table", "limits"), RATIOS)
def test_ratios_equal_the_published_limits(table, limits):
    found = risk_ratio(*table)
    assert_allclose(found.interval, limits, atol=5.1e-4)
    assert_allclose(found.estimate, (table[0] / table[1]) / (table[2] / table[3]), rtol=1e-14)


@pytest.mark.parametrize(("table", "limits", "printed"), KOOPMAN)
def test_uncorrected_ratios_equal_the_published_limits(table, limits, printed):
    assert_allclose(risk_ratio(*table, method="koopman").interval, limits, atol=printed)


@pytest.mark.parametrize("table", [(46, 53, 35, 51), (3, 40, 9, 41), (24, 73, 53, 65), (1, 9, 8, 9)])
@pytest.mark.parametrize(("method", "corrected"), [("miettinen-nurminen", True), ("koopman", False)])
def test_ratios_equal_those_of_statsmodels(table, method, corrected):
    """1e-7: statsmodels looks for the limits with a root finder of its own tolerance."""
    theirs = confint_proportions_2indep(*table, compare="ratio", method="score", correction=corrected)
    assert_allclose(risk_ratio(*table, method=method).interval, theirs, rtol=1e-7)


@given(counts, counts)
def test_a_ratio_leaves_out_one_exactly_where_the_difference_leaves_out_zero(one, other):
    """At no difference both score statistics are the same number."""
    difference, ratio = risk_difference(*one, *other).interval, risk_ratio(*one, *other).interval
    assert (difference[0] > 1e-9) == (ratio[0] > 1.0 + 1e-9)
    assert (difference[1] < -1e-9) == (ratio[1] < 1.0 - 1e-9)


@given(counts, counts)
def test_exchanging_the_groups_turns_the_ratio_over(one, other):
    there, back = risk_ratio(*one, *other).interval, risk_ratio(*other, *one).interval
    for end, turned in zip(there, back[::-1], strict=True):
        if math.isinf(end) or end == 0.0:
            assert turned == (0.0 if math.isinf(end) else math.inf)
        else:
            assert_allclose(end * turned, 1.0, rtol=1e-9)


def test_an_arm_without_events_is_said_and_keeps_the_interval_open():
    none = risk_ratio(0, 10, 5, 10)
    assert (none.estimate, none.interval[0]) == (0.0, 0.0)
    assert none.warnings == ("The arm has no event: the ratio is 0 and its interval begins there.",)
    endless = risk_ratio(5, 10, 0, 10)
    assert (endless.estimate, endless.interval[1]) == (math.inf, math.inf)
    assert_allclose(endless.interval[0], 1.0 / none.interval[1], rtol=1e-9)
    unknown = risk_ratio(0, 10, 0, 10)
    assert math.isnan(unknown.estimate)
    assert unknown.interval == (0.0, math.inf)
    assert unknown.warnings == ("Neither arm has an event: the data say nothing about the ratio.",)


@pytest.mark.parametrize("counted", [(math.inf, 5), (1, math.inf), (1, math.nan), (1.5, 5)])
def test_counts_that_are_not_whole_and_finite_are_refused(counted):
    with pytest.raises(ImpossibleValue, match="whole and finite"):
        risk_ratio(*counted, 1, 2)


def test_a_level_or_method_that_is_none_is_refused():
    with pytest.raises(ImpossibleValue, match="between 0 and 1"):
        risk_difference(1, 2, 1, 2, level=95)
    with pytest.raises(UnknownName, match="miettinen-nurminen or koopman"):
        risk_ratio(1, 2, 1, 2, method="newcombe")


def test_a_number_needed_whose_interval_holds_no_difference_passes_through_infinity():
    # Altman 1998 (doi:10.1136/bmj.317.7168.1309): a difference of 10 %, −5 % to 25 %.
    found = number_needed_to_treat(0.10, (-0.05, 0.25))
    assert_allclose((found.estimate, *found.interval), (10.0, 4.0, -20.0))
    assert found.through_infinity
    assert found.words == "NNTB 10.0 (NNTB 4.0 to ∞ to NNTH 20.0)"


def test_a_number_needed_follows_what_the_event_is():
    assert number_needed_to_treat(0.10, (0.05, 0.25)).words == "NNTB 10.0 (NNTB 4.0 to NNTB 20.0)"
    harm = number_needed_to_treat(0.10, (0.05, 0.25), event="unwanted")
    assert harm.words == "NNTH 10.0 (NNTH 20.0 to NNTH 4.0)"
    assert number_needed_to_treat(0.0, (-0.05, 0.25)).words == "∞ (NNTB 4.0 to ∞ to NNTH 20.0)"
    assert number_needed_to_treat(0.1, (0.0, 0.25)).words == "NNTB 10.0 (NNTB 4.0 to ∞)"
    with pytest.raises(ImpossibleValue):
        number_needed_to_treat(0.3, (-0.05, 0.25))
    with pytest.raises(ImpossibleValue):
        number_needed_to_treat(math.nan, (-0.05, 0.25))
