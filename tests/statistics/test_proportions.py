"""Intervals of proportions against published tables."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom

from holdfast.errors import ImpossibleValue
from holdfast.statistics.proportions import _constrained, proportion, risk_difference

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
