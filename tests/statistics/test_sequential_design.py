"""Group-sequential designs: what must hold of any, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal, norm

from holdfast import dice
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.statistics import crossing
from holdfast.statistics.sequential import (
    design,
    design_assurance,
    on_effect_scale,
    operation,
    outcomes,
    power,
)
from holdfast.statistics.spending import spent
from holdfast.statistics.stagewise import adjusted, as_extreme
from scale import scaled


def test_published_constants_of_the_classical_boundaries():
    # Jennison and Turnbull 1999, tables 2.1 and 2.3, two-sided 0.05, three decimals:
    # five looks C_P = 2.413, C_B = 2.040; two looks C_P = 2.178, C_B = 1.977.
    fifths, half = np.arange(1, 6) / 5, (0.5, 1.0)
    assert_allclose(design(fifths, efficacy="pocock").upper, [2.413] * 5, atol=5.1e-4)
    assert_allclose(design(fifths, efficacy="obrien-fleming").upper[-1], 2.040, atol=5.1e-4)
    assert_allclose(
        design(fifths, efficacy="wang-tsiatis", parameter=0.5).upper,
        design(fifths, efficacy="pocock").upper,
        rtol=1e-12,
    )
    assert_allclose(design(half, efficacy="pocock").upper[-1], 2.178, atol=5.1e-4)
    assert_allclose(design(half, efficacy="obrien-fleming").upper[-1], 1.977, atol=5.1e-4)


def test_one_look_is_the_fixed_design():
    one = design((1.0,), alpha=0.05, sides=2, beta=0.1)
    assert_allclose(one.upper, [1.959963984540054], rtol=1e-10)
    assert_allclose(one.drift, 1.959963984540054 + 1.2815515655446004, rtol=1e-10)
    assert_allclose(one.inflation, 1.0, rtol=1e-9)


@pytest.mark.parametrize("binding", [True, False])
def test_three_looks_of_two_sides_with_futility_equal_the_multivariate_normal(binding):
    """rpact leaves the first bound out here; what was to be spent is checked by scipy's joint normal."""
    looks = np.array([0.3, 0.6, 1.0])
    mine = design(looks, alpha=0.05, beta=0.2, futility="obf-spending", binding=binding)
    joint = np.sqrt(np.minimum.outer(looks, looks) / np.maximum.outer(looks, looks))

    def chance(boxes, drift):
        """Of lying in one of the boxes (per look a list of intervals), two looks."""
        law = multivariate_normal(drift * np.sqrt(looks[:2]), joint[:2, :2])
        return sum(law.cdf([b, d], lower_limit=[a, c]) for a, b in boxes[0] for c, d in boxes[1])

    (u1, u2), (l1, l2) = mine.upper[:2], mine.lower[:2]
    between = [(-u1, -l1), (l1, u1)]
    # The drift at which beta is spent is found back from the first look.
    wanted = spent("obf-spending", looks, total=0.2)
    drift = crossing.root(
        lambda d: norm.cdf(l1 - d * math.sqrt(0.3)) - norm.cdf(-l1 - d * math.sqrt(0.3)) - wanted[0], 0.5, 8.0
    )
    assert_allclose(chance([between, [(-l2, l2)]], drift), wanted[1] - wanted[0], atol=1e-7)
    going = between if binding else [(-u1, u1)]
    second = sum(norm.cdf(b) - norm.cdf(a) for a, b in going) - chance([going, [(-u2, u2)]], 0.0)
    assert_allclose(second, mine.alpha_spent[1] - mine.alpha_spent[0], atol=1e-7)
    assert_allclose(mine.beta_spent, wanted, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.05, 0.95), min_size=1, max_size=4, unique_by=lambda t: round(t, 1)),
    st.sampled_from(["obf-spending", "pocock-spending", "hsd-spending", "power-spending"]),
    st.sampled_from([1, 2]),
)
def test_exactly_alpha_is_spent_and_every_trial_ends(fractions, efficacy, sides):
    looks = [*sorted(round(t, 3) for t in fractions), 1.0]
    mine = design(looks, alpha=0.025 * sides, sides=sides, efficacy=efficacy, beta=0.2)
    assert_allclose(mine.alpha_spent, spent(efficacy, looks, total=mine.alpha, sides=sides), atol=1e-10)
    assert_allclose(mine.alternative.power, 0.8, atol=1e-9)
    for now in (mine.null, mine.between, mine.alternative):
        assert_allclose(sum(part.sum() for part in now.stops), 1.0, atol=1e-10)
        assert looks[0] <= now.expected <= 1.0
    assert mine.inflation >= 1.0 - 1e-9


def test_finer_integration_changes_nothing(monkeypatch):
    looks = (0.2, 0.201, 0.6, 1.0)  # two looks a thousandth apart: the hardest allowed
    coarse = design(looks, alpha=0.05, efficacy="pocock-spending", futility="hsd-spending")
    monkeypatch.setattr(crossing, "_PANEL", 1.3)
    monkeypatch.setattr(crossing, "_REACH", 8.5)
    fine = design(looks, alpha=0.05, efficacy="pocock-spending", futility="hsd-spending")
    assert_allclose(coarse.upper, fine.upper, rtol=0, atol=1e-9)
    assert_allclose(coarse.lower, fine.lower, rtol=0, atol=1e-9)


def test_simulated_trials_stop_as_often_as_said():
    mine = design((0.4, 0.7, 1.0), alpha=0.025, sides=1, futility="pocock-spending", binding=True)
    trials = scaled(400_000)
    step = np.diff(mine.looks, prepend=0.0)
    draws = dice.normal(5, np.arange(trials)[:, None], 0, "looks", np.arange(3))
    z = np.cumsum(draws * np.sqrt(step) + mine.drift * step, axis=1) / np.sqrt(mine.looks)
    look, end = outcomes(z, mine.upper, mine.lower, sides=1)
    found = np.array([np.mean((look == k) & (end == 1)) for k in range(3)])
    futile = np.array([np.mean((look == k) & (end == 0)) for k in range(3)])
    assert np.all(np.abs(futile - mine.alternative.stops.futility) < 4.5 * np.sqrt(0.25 / trials))
    error = np.sqrt(mine.alternative.stops.efficacy / trials)
    assert np.all(np.abs(found - mine.alternative.stops.efficacy) < 4.5 * error)


def test_each_trial_ends_once_and_on_its_side():
    upper, lower = np.array([3.0, 2.0]), np.array([0.5, 2.0])
    z = np.array([[3.0, 0.0], [-3.5, 9.0], [0.2, 9.0], [1.0, 2.1], [1.0, -2.1], [1.0, 1.9]])
    look, end = outcomes(z, upper, lower, sides=2)
    assert look.tolist() == [0, 0, 0, 1, 1, 1]
    assert end.tolist() == [1, -1, 0, 1, -1, 0]
    assert outcomes(z, upper, lower, sides=1)[1].tolist() == [1, 0, 0, 1, 0, 0]


@pytest.mark.parametrize(("mean", "sd"), [(3.0, 0.4), (2.0, 1.5), (1.0, 6.0)])
def test_assurance_of_a_design_is_its_power_averaged(mean, sd):
    mine = design((0.5, 1.0), alpha=0.025, sides=1, futility=(0.0,))
    grid = np.linspace(mean - 8 * sd, mean + 8 * sd, 2001)
    weights = norm.pdf(grid, mean, sd) * (grid[1] - grid[0])  # the sum is exact to 1e-9 for smooth powers
    assert_allclose(design_assurance(mine, mean, sd), weights @ power(mine, grid), atol=1e-8)
    assert_allclose(design_assurance(mine, mean, 0.0), power(mine, [mean])[0], rtol=1e-12)


def test_low_powers_of_two_sides_are_found_too():
    mine = design((0.5, 1.0), beta=0.93, futility="pocock-spending")
    assert_allclose(mine.beta_spent[-1], 0.93, atol=1e-9)
    assert_allclose(mine.alternative.power, 0.07, atol=1e-9)


def test_binding_futility_lowers_the_efficacy_boundary_and_overruling_it_costs_alpha():
    kept = design((0.5, 1.0), alpha=0.025, sides=1, futility=(0.5,), binding=True)
    free = design((0.5, 1.0), alpha=0.025, sides=1, futility=(0.5,))
    assert kept.upper[-1] < free.upper[-1]
    assert_allclose(kept.null.power, 0.025, atol=1e-10)
    assert free.null.power < 0.025 - 1e-4
    assert any("not binding" in warning for warning in free.warnings)


def test_classical_boundaries_with_binding_beta_spending_spend_both_errors():
    mine = design(
        (0.4, 0.7, 1.0), alpha=0.025, sides=1, efficacy="pocock", futility="obf-spending", binding=True
    )
    assert_allclose(mine.upper, [mine.upper[0]] * 3, rtol=1e-12)
    assert_allclose(mine.null.power, 0.025, atol=1e-9)
    assert_allclose(mine.beta_spent, spent("obf-spending", mine.looks, total=0.1), atol=1e-9)


def test_looks_that_end_early_leave_alpha_and_say_so():
    mine = design((0.5, 0.8), alpha=0.05)
    assert_allclose(mine.alpha_spent[-1], spent("obf-spending", [0.8], total=0.05, sides=2)[0], atol=1e-10)
    assert any("the rest is left" in warning for warning in mine.warnings)


def test_a_look_with_nothing_to_spend_has_no_boundary_and_says_so():
    mine = design((0.02, 1.0), alpha=0.05)
    assert mine.upper[0] == math.inf
    assert any("look 1" in warning for warning in mine.warnings)
    assert_allclose(mine.upper[1], 1.959963984540054, atol=1e-9)


def test_effect_scale_divides_by_the_root_of_the_information():
    assert_allclose(
        on_effect_scale(np.array([2.0, 2.0]), np.array([0.25, 1.0]), standard_error=3.0), [12.0, 6.0]
    )


def test_inference_after_one_look_is_the_ordinary_one():
    one = design((1.0,), alpha=0.05)
    found = adjusted(one, 1, 1.5, standard_error=2.0)
    assert_allclose([found.estimate, *found.interval], [3.0, 3.0 - 3.919927969, 3.0 + 3.919927969], atol=1e-8)
    assert_allclose(found.p, 2 * norm.sf(1.5), rtol=1e-10)


def test_at_the_edge_of_stopping_the_p_value_is_the_alpha_spent():
    """So that under the null the stagewise p value is uniform, with no gap between stages."""
    mine = design((0.3, 0.6, 1.0), alpha=0.05)
    for k in range(3):
        found = as_extreme(mine, k + 1, float(mine.upper[k]), 0.0)
        # Half of alpha goes to each side.
        assert_allclose(found, mine.alpha_spent[k] / 2, atol=1e-9)
        mirrored = as_extreme(mine, k + 1, -float(mine.upper[k]), 0.0)
        assert_allclose(mirrored, 1.0 - found, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"looks": (0.5, 0.4, 1.0)}, "must rise"),
        ({"looks": (0.5, 1.2)}, "at most 1"),
        ({"looks": (0.0, 1.0)}, "above 0"),
        ({"looks": ()}, "list of information fractions"),
        ({"looks": (0.5, math.nan)}, "list of information fractions"),
        ({"looks": (0.5, 0.5001, 1.0)}, "apart"),
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 0.5}, "alpha"),
        ({"sides": 3}, "sides"),
        ({"beta": 0.99}, "beta"),
        ({"efficacy": (0.03, 0.06)}, "more than alpha"),
        ({"efficacy": (0.03, 0.02)}, "never fall"),
        ({"efficacy": (0.05,)}, "2 looks"),
        ({"futility": (3.5,), "sides": 1}, "above the efficacy"),
        ({"futility": (-0.5,)}, "0 or more"),
        ({"futility": (0.0, 0.0)}, "each look but the last"),
        ({"futility": "obf-spending", "beta_spent": (0.05, 0.1)}, "not both"),
        ({"beta_spent": (0.05, 0.2)}, "more than beta"),
        ({"looks": (0.4, 0.8), "futility": "obf-spending"}, "last look at 1"),
        ({"efficacy": "haybittle-peto", "parameter": 1.5}, "raise that z"),
        ({"efficacy": "hsd-spending", "parameter": math.inf}, "gamma"),
        ({"efficacy": "power-spending", "parameter": 0.0}, "positive"),
        ({"efficacy": "wang-tsiatis", "parameter": 9.0}, "Delta"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(arguments, words):
    with pytest.raises(ImpossibleValue, match=words):
        design(**arguments)


@pytest.mark.parametrize("arguments", [{"efficacy": "pokock"}, {"futility": "pokock"}])
def test_unknown_names_are_refused_with_the_known_ones(arguments):
    with pytest.raises(UnknownName, match="pocock-spending"):
        design(**arguments)


def test_operation_at_no_effect_of_a_two_sided_design_rejects_alpha():
    now = operation(design(), 0.0)
    assert_allclose(now.stops.efficacy.sum() + now.stops.reverse.sum(), 0.05, atol=1e-10)
