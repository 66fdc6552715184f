"""Closed tests, Holm, Hochberg, graphs."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue
from holdfast.statistics.closed_tests import closed_test, graphical, hochberg, holm

R = json.loads((Path(__file__).parent.parent / "reference/multcomp/several_arms.json").read_text())[
    "multiple"
]
p_values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5)


def test_holm_and_hochberg_equal_r():
    assert_allclose(holm(R["p"]), R["holm"], rtol=1e-12)
    assert_allclose(hochberg(R["p"]), R["hochberg"], rtol=1e-12)


@given(p_values)
def test_holm_is_the_closed_bonferroni_test(p):
    adjusted = closed_test(lambda members: min(1.0, len(members) * min(p[i] for i in members)), len(p))
    assert_allclose(holm(p), adjusted, atol=1e-12)


def test_local_p_values_given_as_a_table():
    local = {(0,): 0.01, (1,): 0.02, (2,): 0.5, (0, 1): 0.03, (0, 2): 0.02, (1, 2): 0.06, (0, 1, 2): 0.04}
    assert closed_test(local, 3).tolist() == [0.04, 0.06, 0.5]


def test_two_doses_on_two_endpoints_as_a_graph():
    # Primary 1 and 2 hold a half each; each passes half to the other and half to its own secondary.
    transfers = np.array([[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0, 1, 0, 0], [1, 0, 0, 0]])
    found = graphical([0.01, 0.03, 0.02, 0.002], weights=[0.5, 0.5, 0, 0], transfers=transfers)
    # By hand: 1 first (0.01/0.5 = 0.02); its half goes to 2 (3/4) and 3 (1/4): 2 at 0.03/0.75 = 0.04;
    # then all weight is with 3 and 4, where 4 asks least and 3 follows: neither exceeds 0.04.
    assert_allclose(found, [0.02, 0.04, 0.04, 0.04], rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(p_values, st.randoms(use_true_random=False))
def test_a_graph_is_the_closed_test_of_its_weighted_bonferroni_tests(p, chance):
    n = len(p)
    raw = np.array([[0 if i == j else chance.random() + 0.05 for j in range(n)] for i in range(n)])
    transfers = raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-300)
    weights = np.array([chance.random() + 0.05 for _ in range(n)])
    weights /= weights.sum()

    def local(members):
        held = _weights_left(weights, transfers, members)
        return min(1.0, min(p[i] / held[i] if held[i] > 0 else 1.0 for i in members))

    assert_allclose(graphical(p, weights=weights, transfers=transfers), closed_test(local, n), atol=1e-9)


def _weights_left(weights, transfers, members):
    """All weight flows from those outside until it lies inside: absorption by solving a linear system."""
    outside = [i for i in range(len(weights)) if i not in members]
    held = weights.copy()
    if outside:
        among = transfers[np.ix_(outside, outside)]
        through = np.linalg.solve(np.eye(len(outside)) - among.T, weights[outside])
        for i in members:
            held[i] += through @ transfers[outside, i]
    return held


def test_a_chain_of_all_weight_is_the_fixed_sequence():
    transfers = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    assert graphical([0.01, 0.2, 0.001], weights=[1, 0, 0], transfers=transfers).tolist() == [0.01, 0.2, 0.2]


def test_missing_intersections_are_named():
    table = {members: 0.1 for size in (1, 2) for members in combinations(range(3), size)}
    with pytest.raises(ImpossibleValue, match=r"\(0, 1, 2\)"):
        closed_test(table, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: holm([]),
        lambda: holm([0.1, 1.2]),
        lambda: hochberg([float("nan")]),
        lambda: closed_test(lambda members: 2.0, 2),
        lambda: closed_test(lambda members: 0.1, 0),
        lambda: graphical([0.1, 0.2], weights=[0.7, 0.7], transfers=np.zeros((2, 2))),
        lambda: graphical([0.1, 0.2], weights=[0.5, 0.5], transfers=np.eye(2)),
        lambda: graphical([0.1, 0.2], weights=[0.5, 0.5], transfers=np.array([[0, 1.5], [0, 0]])),
        lambda: graphical([0.1, 0.2], weights=[0.5], transfers=np.zeros((2, 2))),
    ],
)
def test_what_cannot_be_is_refused(call):
    with pytest.raises(ImpossibleValue):
        call()
