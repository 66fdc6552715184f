"""Bayesian safety rules: boundary, and what it does at a true rate."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom

from holdfast import dice
from holdfast.errors import ImpossibleValue
from holdfast.statistics.bayes_stopping import posterior_above, rule_of_table, safety_operation, safety_rule
from scale import scaled

R = json.loads((Path(__file__).parent.parent / "reference/multcomp/several_arms.json").read_text())["safety"]
PRIOR = (0.5, 4.5)


def test_posterior_equals_r():
    assert_allclose(posterior_above(3, 15, limit=0.1, prior=PRIOR), R["above"], rtol=1e-12)
    assert_allclose(posterior_above(9, 40, limit=0.1, prior=PRIOR), R["above_large"], rtol=1e-12)


def test_a_uniform_prior_has_a_binomial_posterior():
    # The chance that a beta(x + 1, n − x + 1) exceeds p is that of at most x events among n + 1.
    assert_allclose(posterior_above(2, 20, limit=0.15), binom.cdf(2, 21, 0.15), rtol=1e-12)


def test_the_boundary_and_its_operation_equal_enumeration():
    rule = safety_rule(12, limit=0.1, certainty=0.9, prior=PRIOR)
    assert rule.events.tolist() == R["fewest"] == [-1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4]
    for theirs in R["rates"]:
        found = safety_operation(rule, theirs["rate"])
        assert_allclose(found.stopped_by, theirs["stopped_by"], atol=1e-12)
        assert_allclose(found.expected_persons, theirs["persons"], rtol=1e-12)
        assert_allclose(found.expected_events, theirs["events"], rtol=1e-12)


def test_looks_between_persons_equal_simulation():
    rule = safety_rule(60, limit=0.2, certainty=0.95, looks=(10, 20, 40, 60))
    trials, rate = scaled(200_000), 0.3
    events = np.cumsum(dice.uniform(1, np.arange(trials)[:, None], np.arange(60), "events") < rate, axis=1)
    hit = events[:, rule.looks - 1] >= rule.events
    found = np.array([hit[:, : k + 1].any(axis=1).mean() for k in range(4)])
    said = safety_operation(rule, rate)
    assert np.all(np.abs(found - said.stopped_by) < 4.5 * np.sqrt(0.25 / trials))
    persons = np.where(hit.any(axis=1), rule.looks[np.argmax(hit, axis=1)], 60).mean()
    assert abs(persons - said.expected_persons) < 4.5 * 20 / math.sqrt(trials)


def test_stopping_grows_with_the_rate_from_never_to_surely():
    rule = safety_rule(100, limit=0.1)
    chances = [safety_operation(rule, rate).stops for rate in (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)]
    assert chances == sorted(chances)
    assert chances[0] == 0.0
    assert_allclose(chances[-1], 1.0, atol=1e-12)


def test_a_rule_written_by_hand():
    # Stop at 2 of 3 or 3 of 6; by hand: P(≥ 2 of 3) + P(1 of 3)·P(≥ 2 of 3) + P(0 of 3)·P(3 of 3).
    found = safety_operation(rule_of_table((3, 6), (2, 3)), 0.5)
    assert_allclose(found.stopped_by, [0.5, 0.5 + 0.375 * 0.5 + 0.125 * 0.125])
    assert_allclose(found.expected_persons, 3 + 3 * 0.5)


def test_a_rule_that_never_stops_says_so():
    rule = safety_rule(3, limit=0.9, certainty=0.99)
    assert rule.events.tolist() == [-1, -1, -1]
    assert "does nothing" in rule.warnings[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: safety_rule(0, limit=0.1),
        lambda: safety_rule(10, limit=1.0),
        lambda: safety_rule(10, limit=0.1, certainty=1.0),
        lambda: safety_rule(10, limit=0.1, prior=(0.0, 1.0)),
        lambda: safety_rule(10, limit=0.1, looks=(5, 5)),
        lambda: safety_rule(10, limit=0.1, looks=(5, 20)),
        lambda: posterior_above(3, 2, limit=0.1),
        lambda: safety_operation(safety_rule(10, limit=0.1), 1.5),
        lambda: rule_of_table((3, 6), (1,)),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
