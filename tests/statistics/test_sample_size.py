"""Closed forms of planning."""

from __future__ import annotations

import math

import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from holdfast.errors import ImpossibleValue
from holdfast.statistics.proportions import exact
from holdfast.statistics.sample_size import (
    assurance,
    chance_of_seeing,
    highest_rate_unseen,
    persons_for_means,
    persons_to_see,
    rule_of_three,
)


def test_persons_of_the_textbook_case():
    # Half a standard deviation, 80 % and 90 %, two-sided 5 %: 62.8 and 84.1 an arm.
    assert persons_for_means(0.5, sd=1.0, power=0.8).arm == 63
    assert persons_for_means(-0.5, sd=1.0, power=0.9).arm == 85
    assert_allclose(persons_for_means(0.5, sd=1.0, power=0.8).exact / 2, 62.791, atol=5e-4)
    unequal = persons_for_means(0.5, sd=1.0, power=0.9, share=2 / 3)
    assert (unequal.arm, unequal.reference, unequal.total) == (127, 64, 191)


@pytest.mark.parametrize(("sides", "both"), [(1, False), (2, False), (2, True)])
def test_assurance_is_the_power_averaged_over_the_prior(sides, both):
    limit = norm.ppf(1 - 0.05 / sides) * 2.9

    def power(effect):
        upwards = norm.sf((limit - effect) / 2.9)
        return upwards + norm.cdf((-limit - effect) / 2.9) if both else upwards

    expected, _ = quad(lambda e: power(e) * norm.pdf(e, 9.0, 3.0), -25, 45, epsabs=1e-12)
    assert_allclose(assurance(9.0, 3.0, standard_error=2.9, sides=sides, both=both), expected, atol=1e-9)


def test_without_uncertainty_assurance_is_the_power():
    assert_allclose(
        assurance(9.0, 0.0, standard_error=2.9), norm.sf(1.959963984540054 - 9.0 / 2.9), rtol=1e-12
    )


def test_chance_of_seeing_an_event():
    # One in a hundred among 100 persons: 1 − 0.99¹⁰⁰.
    assert_allclose(chance_of_seeing(0.01, 100), 0.6339676587267709, rtol=1e-12)
    assert_allclose(chance_of_seeing(1e-12, 3), 3e-12, rtol=1e-9)
    assert (chance_of_seeing(0.0, 5), chance_of_seeing(1.0, 1)) == (0.0, 1.0)
    assert persons_to_see(0.01) == 299
    assert chance_of_seeing(0.01, 299) >= 0.95 > chance_of_seeing(0.01, 298)
    assert persons_to_see(0.5, chance=0.75) == 2


def test_highest_rate_when_none_is_seen():
    assert_allclose(highest_rate_unseen(90), 0.032738, atol=5e-7)
    # The exact interval of level 90 % leaves 5 % above.
    assert_allclose(highest_rate_unseen(90), exact(0, 90, level=0.90)[1], rtol=1e-10)
    assert_allclose(rule_of_three(90), 1 / 30)
    assert rule_of_three(2) == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: persons_for_means(0.0, sd=1.0),
        lambda: persons_for_means(1.0, sd=0.0),
        lambda: persons_for_means(1.0, sd=1.0, share=0.0),
        lambda: persons_for_means(1.0, sd=1.0, power=1.0),
        lambda: persons_for_means(1.0, sd=1.0, alpha=0.7),
        lambda: persons_for_means(1.0, sd=1.0, sides=0),
        lambda: persons_for_means(1.0, sd=1.0, inflation=math.nan),
        lambda: assurance(1.0, -1.0, standard_error=1.0),
        lambda: assurance(1.0, 1.0, standard_error=0.0),
        lambda: chance_of_seeing(0.1, 0),
        lambda: chance_of_seeing(1.1, 10),
        lambda: persons_to_see(0.0),
        lambda: highest_rate_unseen(0),
        lambda: highest_rate_unseen(10, level=1.0),
        lambda: rule_of_three(0),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
