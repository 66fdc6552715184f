"""Sample size looked at again: blinded variance, promising zone."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm

from holdfast import dice
from holdfast.errors import ImpossibleValue
from holdfast.statistics.reestimation import (
    PromisingZone,
    blinded_sd,
    classical_excess,
    conditional_rejection,
    lowest_promising,
    reestimate_blinded,
    reestimated_persons,
    trend_power,
    zone_limits,
    zone_of,
    zone_operation,
)
from holdfast.statistics.sample_size import persons_for_means
from scale import scaled


def test_blinded_deviation_of_a_table():
    # The plain estimate of 1, 2, 3, 4, 5 is √2.5; with Δ = 2 halves it loses 5·4/(4·4) = 1.25.
    assert_allclose(blinded_sd([1, 2, 3, 4, 5]), math.sqrt(2.5))
    assert_allclose(blinded_sd([1, 2, 3, 4, 5], assumed_effect=2.0), math.sqrt(1.25))


def test_the_adjustment_takes_out_what_the_effect_adds_on_average():
    trials, n, effect, share = scaled(100_000), 40, 0.9, 0.25
    arm = np.arange(n) < n * share
    y = dice.normal(7, np.arange(trials)[:, None], np.arange(n), "blinded") + effect * arm
    variances = y.var(axis=1, ddof=1)
    adjusted = variances.mean() - n * share * (1 - share) * effect**2 / (n - 1)
    assert abs(adjusted - 1.0) < 4.5 * variances.std() / math.sqrt(trials)
    assert_allclose(
        blinded_sd(y[0], assumed_effect=effect, share=share) ** 2,
        variances[0] - n * share * (1 - share) * effect**2 / (n - 1),
    )


def test_blinded_re_estimation_does_not_raise_alpha():
    """A t test after it, persons up to three times; 60 planned, sd looked at after 30 (no effect)."""
    trials, first, most = scaled(60_000), 30, 120
    y = dice.normal(11, np.arange(trials)[:, None], np.arange(most), "alpha")
    rejected = 0
    for row in y:
        found = reestimate_blinded(row[:first], effect=0.8, least=first, most=most, power=0.8)
        seen = row[: found.persons]
        one, other = seen[0::2], seen[1::2]
        pooled = math.sqrt((one.var() * len(one) + other.var() * len(other)) / (len(seen) - 2))
        t = (one.mean() - other.mean()) / (pooled * math.sqrt(1 / len(one) + 1 / len(other)))
        rejected += abs(t) > _t_975(len(seen) - 2)
    error = math.sqrt(0.05 * 0.95 / trials)
    assert (
        abs(rejected / trials - 0.05) < 4 * error + 0.001
    )  # 0.001: a blinded look at 30 persons moves alpha by less


def _t_975(df: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))


def test_blinded_persons_are_held_between_least_and_most_and_the_loss_is_told():
    values = np.array([-2.0, 2.0] * 20)
    found = reestimate_blinded(values, effect=1.0, least=40, most=100)
    assert found.persons == 100
    assert found.wanted == persons_for_means(1.0, sd=found.sd).total
    assert "power is lower" in found.warnings[0]
    assert reestimate_blinded(values, effect=3.0, least=60, most=100).persons == 60


@pytest.mark.parametrize(
    ("ratio", "fraction", "eighty", "ninety"),
    [
        (1.5, 0.25, 0.42, 0.42),
        (1.5, 0.5, 0.41, 0.41),
        (1.5, 0.75, 0.38, 0.38),
        (2, 0.5, 0.36, 0.36),
        (2, 0.75, 0.33, 0.33),
        (3, 0.5, 0.31, 0.31),
        (3, 0.75, 0.30, 0.27),
    ],
)
def test_where_the_classical_statistic_is_safe(ratio, fraction, eighty, ninety):
    """Two decimals; and a search written apart for the z where both conditional errors are the same."""
    first, planned, most = round(fraction * 1000), 1000, round(ratio * 1000)
    for power, printed in ((0.8, eighty), (0.9, ninety)):
        found = lowest_promising(first=first, planned=planned, most=most, power=power)
        assert_allclose(found, printed, atol=0.0055)
        zone = PromisingZone(first=first, planned=planned, most=most, lowest=1e-6, power=power)
        assert_allclose(found, _lowest_by_search(zone), atol=2e-4)  # found on a grid of z


def _lowest_by_search(zone):
    """The conditional power at the largest z where re-estimated and planned persons err alike."""
    from scipy.optimize import brentq

    def excess(z):
        persons = _persons_by_search(zone, z)

        def error(n):
            return norm.sf(
                (zone.critical * math.sqrt(n) - z * math.sqrt(zone.first)) / math.sqrt(n - zone.first)
            )

        return error(persons) - error(zone.planned)

    grid = np.linspace(zone_limits(zone)[0] + 1e-3, zone_limits(zone)[1] - 1e-3, 200)
    signs = [excess(z) > 0 for z in grid]
    last = max(k for k, positive in enumerate(signs) if positive)
    z = brentq(excess, grid[last], grid[last + 1])
    left = zone.planned - zone.first
    gap = z * zone.planned / math.sqrt(zone.first) - zone.critical * math.sqrt(zone.planned)
    return norm.cdf(gap / math.sqrt(left))


def test_the_lowest_power_is_where_the_classical_test_keeps_the_conditional_error():
    zone = PromisingZone(first=208, planned=442, most=884, lowest=0.3, power=0.8, statistic="classical")
    lowest = lowest_promising(first=208, planned=442, most=884, power=0.8)
    safe = PromisingZone(first=208, planned=442, most=884, lowest=lowest, power=0.8)
    start, end = zone_limits(safe)
    z = np.linspace(start, end - 1e-9, 50)
    persons = np.array([reestimated_persons(safe, float(one)) for one in z], dtype=float)
    same = conditional_rejection(zone, z, np.full(50, 442.0), 0.0)
    assert np.all(
        conditional_rejection(zone, z, persons, 0.0) <= same + 1e-4
    )  # whole persons move it a little
    before = np.array([start - 0.01])
    assert conditional_rejection(zone, before, np.array([884.0]), 0.0) > conditional_rejection(
        zone, before, np.array([442.0]), 0.0
    )
    assert classical_excess(zone, before, np.array([884.0])) > 0.0


@pytest.mark.parametrize("lowest", [0.02, 0.3, 0.6])
def test_the_weighted_statistic_holds_alpha_whatever_the_zone(lowest):
    zone = PromisingZone(first=208, planned=442, most=884, lowest=lowest, power=0.9)
    assert_allclose(zone_operation(zone, 0.0).rejects, 0.025, atol=1e-12)


def test_the_classical_statistic_holds_alpha_from_the_lowest_power_on_and_not_with_a_wide_zone():
    lowest = lowest_promising(first=208, planned=442, most=884)
    safe = PromisingZone(first=208, planned=442, most=884, lowest=lowest, statistic="classical")
    wide = PromisingZone(first=208, planned=442, most=884, lowest=0.01, statistic="classical")
    assert zone_operation(safe, 0.0).rejects <= 0.025
    assert zone_operation(wide, 0.0).rejects > 0.0265


@pytest.mark.parametrize("statistic", ["weighted", "classical"])
@pytest.mark.parametrize("drift", [0.0, 2.4])
def test_integration_equals_scipys_and_simulation(statistic, drift):
    zone = PromisingZone(first=100, planned=200, most=400, lowest=0.36, power=0.9, statistic=statistic)
    mean = drift * math.sqrt(0.5)

    def reject(z):
        persons = _persons_by_search(zone, z)
        return float(conditional_rejection(zone, np.array([z]), np.array([persons]), drift)[0]) * norm.pdf(
            z, mean
        )

    cuts = [mean - 8, *zone_limits(zone), mean + 8]
    expected = sum(quad(reject, a, b, epsabs=1e-9, limit=200)[0] for a, b in pairwise(cuts))
    assert_allclose(zone_operation(zone, drift).rejects, expected, atol=1e-7)

    trials = scaled(400_000)
    draws = dice.normal(3, np.arange(trials)[:, None], 0, "zone", np.arange(2))
    z = mean + draws[:, 0]
    persons = np.array([reestimated_persons(zone, float(one)) for one in z], dtype=float)
    later = drift * np.sqrt((persons - 100) / 200) + draws[:, 1]
    share = 0.5 if statistic == "weighted" else 100 / persons
    final = np.sqrt(share) * z + np.sqrt(1 - share) * later
    found = np.mean(final >= zone.critical)
    assert abs(found - expected) < 4.5 * math.sqrt(expected * (1 - expected) / trials) + 3e-4


def _persons_by_search(zone, z):
    """Persons at which the weighted test has, at the trend, the conditional power that is wanted."""
    from scipy.optimize import brentq

    if zone_of(zone, z) != "promising":
        return float(zone.planned)
    short = zone.critical * math.sqrt(zone.planned) - z * math.sqrt(zone.first)

    def gap(persons):
        after = persons - zone.first
        return (
            norm.cdf(z * math.sqrt(after / zone.first) - short / math.sqrt(zone.planned - zone.first))
            - zone.power
        )

    return zone.most if gap(zone.most) < 0 else brentq(gap, zone.first + 1e-9, zone.most, xtol=1e-12)


def test_zones_and_persons_of_a_look():
    zone = PromisingZone(first=208, planned=442, most=884, lowest=0.36, power=0.8)
    assert [zone_of(zone, z) for z in (0.5, 1.5, 2.5)] == ["unfavourable", "promising", "favourable"]
    assert [reestimated_persons(zone, z) for z in (0.5, 2.5)] == [442, 442]
    assert 442 < reestimated_persons(zone, 1.5) <= 884
    assert_allclose(
        trend_power(zone, 1.5, 442),
        norm.cdf((1.5 * math.sqrt(442 / 208) - 1.959963984540054) / math.sqrt(234 / 442)),
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: blinded_sd([1.0]),
        lambda: blinded_sd([1.0, 1.0]),
        lambda: blinded_sd([1.0, math.nan]),
        lambda: blinded_sd([1.0, 2.0], assumed_effect=5.0),
        lambda: blinded_sd([1.0, 2.0], share=1.0),
        lambda: reestimate_blinded([1.0, 2.0], effect=1.0, least=0, most=10),
        lambda: PromisingZone(first=0, planned=10, most=20, lowest=0.3),
        lambda: PromisingZone(first=5, planned=10, most=9, lowest=0.3),
        lambda: PromisingZone(first=5, planned=10, most=20, lowest=0.95),
        lambda: PromisingZone(first=5, planned=10, most=20, lowest=0.3, alpha=0.5),
        lambda: reestimated_persons(PromisingZone(first=5, planned=10, most=20, lowest=0.3), math.inf),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
