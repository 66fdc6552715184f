"""Conditional and predictive power of one later look and of several."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from holdfast.errors import ImpossibleValue
from holdfast.statistics.conditional_power import (
    conditional_power,
    interim_power,
    later_power,
    posterior_drift,
    predictive_power,
    trend_drift,
)
from holdfast.statistics.sequential import design


def test_closed_forms_at_half_the_information():
    # z = 1.5 at half: the score is 1.06066, 0.70711·1.5; the rest has variance one half.
    assert_allclose(
        conditional_power(1.5, 0.5, 0.0), norm.sf((1.959963984540054 - 1.0606601717798212) / 0.5**0.5)
    )
    assert_allclose(trend_drift(1.5, 0.5), 2.1213203435596424)
    assert_allclose(
        conditional_power(1.5, 0.5, trend_drift(1.5, 0.5)),
        norm.cdf((2.1213203435596424 - 1.959963984540054) / 0.5**0.5),
    )
    assert_allclose(predictive_power(1.5, 0.5), norm.cdf((1.5 - 1.959963984540054 * 0.5**0.5) / 0.5**0.5))


def test_one_later_look_of_a_design_is_the_closed_form():
    two = design((0.5, 1.0), alpha=0.025, sides=1)
    assert_allclose(
        later_power(two, 1, 1.5, 3.0),
        [conditional_power(1.5, 0.5, 3.0, upper=float(two.upper[1]))],
        rtol=1e-12,
    )


@pytest.mark.parametrize(("mean", "sd"), [(2.0, 1.0), (0.0, 3.0), (3.0, math.inf)])
def test_predictive_power_is_the_mean_of_conditional_power(mean, sd):
    centre, variance = posterior_drift(1.2, 0.4, prior_mean=mean, prior_sd=sd)
    spread = math.sqrt(variance)
    expected, _ = quad(
        lambda drift: conditional_power(1.2, 0.4, drift) * norm.pdf(drift, centre, spread),
        centre - 10 * spread,
        centre + 10 * spread,
        epsabs=1e-12,
    )
    assert_allclose(predictive_power(1.2, 0.4, prior_mean=mean, prior_sd=sd), expected, atol=1e-9)


def test_the_board_sees_all_beliefs_at_once():
    three = design((1 / 3, 2 / 3, 1), alpha=0.025, sides=1)
    seen = interim_power(three, 2, 1.5, prior_mean=2.0, prior_sd=1.5)
    last = float(three.upper[2])
    assert_allclose(seen.trend, conditional_power(1.5, 2 / 3, 1.5 / math.sqrt(2 / 3), upper=last))
    assert_allclose(seen.planned, conditional_power(1.5, 2 / 3, three.drift, upper=last))
    assert_allclose(seen.null, conditional_power(1.5, 2 / 3, 0.0, upper=last))
    assert_allclose(
        seen.predictive, predictive_power(1.5, 2 / 3, prior_mean=2.0, prior_sd=1.5, upper=last), rtol=1e-10
    )


@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.9])
def test_averaging_over_a_wide_posterior_keeps_its_digits(fraction):
    two = design((fraction, 1.0), alpha=0.025, sides=1, efficacy=(0.001, 0.025))
    closed = predictive_power(0.8, fraction, upper=float(two.upper[1]))
    assert_allclose(interim_power(two, 1, 0.8).predictive, closed, atol=1e-9)


def test_conditional_power_averages_back_to_the_power():
    """Over all results of the first look the chances of later crossing are the design's own."""
    three = design((0.3, 0.6, 1.0), alpha=0.025, sides=1, futility=(0.0, 0.5))
    points, weights = np.polynomial.legendre.leggauss(80)
    low, high = float(three.lower[0]), float(three.upper[0])
    z = low + (high - low) * (points + 1) / 2
    mass = weights * (high - low) / 2 * norm.pdf(z, three.drift * math.sqrt(0.3))
    later = sum(m * later_power(three, 1, float(one), three.drift) for m, one in zip(mass, z, strict=True))
    assert_allclose(later, np.cumsum(three.alternative.stops.efficacy[1:]), atol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: conditional_power(1.0, 1.0, 2.0),
        lambda: conditional_power(1.0, 0.0, 2.0),
        lambda: conditional_power(math.nan, 0.5, 2.0),
        lambda: predictive_power(1.0, 0.5, prior_sd=0.0),
        lambda: later_power(design(), 2, 1.0, 2.0),
        lambda: interim_power(design(), 0, 1.0),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
