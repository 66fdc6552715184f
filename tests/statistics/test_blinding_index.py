"""Bang's and James's indices against published computations and R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from holdfast.errors import ImpossibleValue, TableError
from holdfast.statistics.blinding import (
    NO_ANSWER,
    UNSURE,
    bang_index,
    bang_index_graded,
    blinding_by_role_and_visit,
    james_index,
)

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "blinding" / "blinding.json").read_text(encoding="utf-8")
)
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


def test_james_index_equals_the_printed_computation():
    # The same people: 0.896, standard error 0.011, 0.875 to 0.918, three decimals (BlindingIndex.jl, README).
    found = james_index([[48, 4], [22, 30]], [330, 319])
    assert_allclose((found.estimate, found.se, *found.interval), (0.896, 0.011, 0.875, 0.918), atol=5.1e-4)


@pytest.mark.parametrize("name", ["printed", "mapp", "uneven", "three"])
def test_james_index_equals_its_definition_in_r(name):
    """The error against a numerical delta method exactly, a jackknife to 3 % and a bootstrap to 3 %."""
    counts = np.array(REFERENCE[name]["counts"])
    found = james_index(counts[:, :-1], counts[:, -1])
    assert_allclose(found.estimate, REFERENCE[name]["james"][0], rtol=1e-12)
    delta, jackknife, bootstrap = REFERENCE[name]["errors"]
    assert_allclose(found.se, delta, rtol=1e-9)
    assert_allclose(found.se, (jackknife, bootstrap), rtol=0.03)


def test_graded_answers_equal_r_and_plain_ones_the_plain_index():
    found = bang_index_graded(REFERENCE["graded_counts"])
    estimate, delta, jackknife, bootstrap = REFERENCE["graded"]
    assert_allclose((found.estimate, found.se), (estimate, delta), rtol=1e-9)
    assert_allclose(found.se, (jackknife, bootstrap), rtol=0.03)
    plain = bang_index_graded([30, 7, 5], scores=(1.0, 0.0, -1.0))
    three = bang_index(correct=30, unsure=7, wrong=5)
    assert_allclose((plain.estimate, plain.se, *plain.interval), (three.estimate, three.se, *three.interval))


@given(counts)
def test_james_index_of_chance_is_half_and_of_ignorance_one(answers):
    correct, wrong, unsure = answers
    if correct + wrong:
        chance = james_index([[correct, wrong], [correct, wrong]], [0, 0])
        if correct and wrong:
            assert_allclose(chance.estimate, 0.5, atol=1e-12)
    ignorant = james_index([[0, 0], [0, 0]], [unsure + 1, unsure + 1])
    assert (ignorant.estimate, ignorant.interval[1]) == (1.0, 1.0)
    assert ignorant.interval[0] < 1.0


def test_complete_unblinding_keeps_an_interval_in_james_index_too():
    found = james_index([[10, 0], [0, 10]], [0, 0])
    # Wilson for 20 of 20 begins at 0.8389; the rest of 1 is the distance.
    assert (found.estimate, found.interval) == (0.0, (0.0, pytest.approx(0.1611, abs=1e-4)))
    assert found.method == "Wilson, as all answered alike"


def test_roles_and_visits_are_told_apart():
    arm = [0, 0, 1, 1, 0, 1, 0, 1, 1]
    guess = [0, 1, 1, UNSURE, 0, 1, NO_ANSWER, 0, 1]
    role = ["participant"] * 4 + ["rater"] * 5
    visit = ["8"] * 4 + ["18"] * 5
    participant, rater = blinding_by_role_and_visit(arm, guess, role, visit)
    assert (participant.role, participant.visit) == ("participant", "8")
    assert participant.counts.tolist() == [[1, 1, 0], [0, 1, 1]]
    assert [index.estimate for index in participant.bang] == [0.0, 0.5]
    assert participant.james == james_index([[1, 1], [0, 1]], [0, 1])
    assert rater.counts.tolist() == [[1, 0, 0], [1, 2, 0]]
    assert rater.no_answer == (1, 0)
    assert rater.warnings == ("1 gave no answer and are left out; who does not answer may differ.",)


def test_a_role_without_answers_of_an_arm_says_so():
    (found,) = blinding_by_role_and_visit([0, 1], [0, NO_ANSWER], ["rater"] * 2, ["8"] * 2)
    assert found.bang[1] is None
    assert found.james is None
    assert found.warnings[-1] == "Nobody of arm 1 answered."
    (agreed,) = blinding_by_role_and_visit([0, 1], [0, UNSURE], ["rater"] * 2, ["8"] * 2)
    assert agreed.james is None
    assert "nothing to compare" in agreed.warnings[-1]


def test_bad_answers_are_refused():
    with pytest.raises(ImpossibleValue):
        james_index([[0, 0], [0, 0]], [0, 0])
    with pytest.raises(ImpossibleValue):
        james_index([[1, -1], [2, 2]], [0, 0])
    with pytest.raises(ImpossibleValue):
        james_index([[1, np.inf], [2, 2]], [0, 0])
    with pytest.raises(TableError, match="square"):
        james_index([[1, 2, 3], [1, 2, 3]], [0, 0])
    with pytest.raises(TableError, match="nothing to compare"):
        james_index([[5, 0], [0, 0]], [0, 5])
    with pytest.raises(ImpossibleValue, match="between −1 and 1"):
        bang_index_graded([1, 2], scores=(2.0, 0.0))
    with pytest.raises(ImpossibleValue):
        bang_index_graded([0, 0, 0, 0, 0])
    with pytest.raises(TableError, match="A guess is an arm"):
        blinding_by_role_and_visit([0, 1], [0, 5], ["rater"] * 2, ["8"] * 2)
    with pytest.raises(TableError, match="one length"):
        blinding_by_role_and_visit([0, 1], [0, 1], ["rater"], ["8"] * 2)
    with pytest.raises(TableError, match="numbered 0 to 1"):
        blinding_by_role_and_visit([0, 2], [0, 1], ["rater"] * 2, ["8"] * 2)
