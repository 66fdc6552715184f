"""Funnel limits: exact for counts, held against the binomial and against counting; normal for means."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from holdfast.errors import ImpossibleValue
from holdfast.statistics.funnel import count_distribution, count_limits, mean_limits


@pytest.mark.parametrize(("n", "chance"), [(1, 0.5), (7, 0.3), (40, 0.72), (120, 0.05)])
def test_equal_chances_are_the_binomial(n: int, chance: float) -> None:
    expected = stats.binom.pmf(np.arange(n + 1), n, chance)
    assert np.allclose(count_distribution([chance] * n), expected, rtol=0, atol=1e-14)


def test_unequal_chances_are_what_counting_every_outcome_gives() -> None:
    chances = (0.1, 0.45, 0.8, 0.33, 0.97)
    expected = np.zeros(6)
    for outcome in product((0, 1), repeat=5):
        terms = [p if came else 1 - p for p, came in zip(chances, outcome, strict=True)]
        expected[sum(outcome)] += np.prod(terms)
    assert np.allclose(count_distribution(chances), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("level", [0.95, 0.998])
@pytest.mark.parametrize("n", [1, 4, 20, 60])
def test_no_more_than_half_the_rest_lies_beyond_a_limit_and_no_narrower_limit_serves(
    n: int, level: float
) -> None:
    chances = np.linspace(0.2, 0.9, n)
    found, mass = count_limits(chances, level=level), count_distribution(chances)
    tail = (1 - level) / 2
    lower, upper = int(found.lower), int(found.upper)
    assert mass[:lower].sum() <= tail < mass[: lower + 1].sum()
    assert mass[upper + 1 :].sum() <= tail < mass[upper:].sum()
    seen = [found.beyond(each) for each in (lower - 1, lower, upper, upper + 1)]
    assert seen == [True, False, False, True]


def test_a_unit_of_one_person_is_never_beyond() -> None:
    assert count_limits([0.6], level=0.95).lower == 0
    assert count_limits([0.6], level=0.95).upper == 1


def test_means_have_normal_limits_that_narrow_with_the_root_of_n() -> None:
    found = mean_limits(25, centre=-20, sd=10)
    assert (found.lower, found.upper) == pytest.approx((-23.919927969, -16.080072031), abs=1e-9)
    wide, narrow = mean_limits(4, centre=0, sd=1), mean_limits(16, centre=0, sd=1)
    assert wide.upper == pytest.approx(2 * narrow.upper)


@pytest.mark.parametrize("chances", [[1.2], [-0.1], [float("nan")], [[0.5]]])
def test_what_is_no_chance_is_refused(chances: object) -> None:
    with pytest.raises(ImpossibleValue, match="numbers from 0 to 1"):
        count_distribution(chances)  # type: ignore[arg-type]


def test_a_mean_of_nobody_is_refused() -> None:
    with pytest.raises(ImpossibleValue, match="at least one value"):
        mean_limits(0, centre=0, sd=1)
