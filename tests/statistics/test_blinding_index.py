"""Bang's index against a published computation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue
from holdfast.statistics.blinding import bang_index

# Guesses of 753 people; estimate, standard error and limits as printed, three decimals, by
# BlindingIndex.jl (its README), which is based on the R package BI.
PRINTED = [
    ({"correct": 48, "wrong": 4, "unsure": 330}, (0.115, 0.018, 0.080, 0.150)),
    ({"correct": 30, "wrong": 22, "unsure": 319}, (0.022, 0.019, -0.016, 0.060)),
]

counts = st.tuples(*[st.integers(0, 60)] * 3).filter(lambda each: sum(each) > 0)


@pytest.mark.parametrize(("answers", "printed"), PRINTED)
def test_index_equals_the_printed_computation(answers, printed):
    found = bang_index(**answers)
    assert_allclose((found.estimate, found.se, *found.interval), printed, atol=5.1e-4)


@given(counts)
def test_variance_is_that_of_a_mean_of_scores(answers):
    """Independent derivation: the index is the mean of +1 (right), −1 (wrong) and 0 (unsure)."""
    correct, wrong, unsure = answers
    scores = np.repeat([1.0, -1.0, 0.0], answers)
    found = bang_index(correct=correct, wrong=wrong, unsure=unsure)
    assert_allclose(found.estimate, scores.mean(), atol=1e-12)
    assert_allclose(found.se, scores.std() / np.sqrt(len(scores)), atol=1e-9)
    assert -1 <= found.interval[0] <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.interval[1] <= 1


def test_unanimous_answers_keep_an_interval():
    found = bang_index(correct=20, wrong=0)
    assert (found.estimate, found.se, found.interval[1]) == (1.0, 0.0, 1.0)
    # Wilson for 20 of 20 begins at 0.8389: 2 × 0.8389 − 1.
    assert_allclose(found.interval[0], 0.6777, atol=1e-4)
    assert found.method == "Wilson, as all answered alike"
    assert bang_index(correct=0, wrong=20).interval == (-1.0, pytest.approx(-0.6777, abs=1e-4))


def test_no_answer_and_negative_counts_are_refused():
    with pytest.raises(ImpossibleValue):
        bang_index(correct=0, wrong=0)
    with pytest.raises(ImpossibleValue):
        bang_index(correct=-1, wrong=3)
