from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.dice import normal, uniform
from scale import scaled

counters = st.integers(0, 2**40)


@given(seed=st.integers(0, 2**63), trial=counters, person=counters, k=counters)
@settings(max_examples=scaled(1000), deadline=None)
def test_a_number_is_the_same_alone_and_in_a_block(seed, trial, person, k):
    block = uniform(seed, trial, np.arange(person, person + 5), "vitals", k)
    alone = uniform(seed, trial, person + 3, "vitals", k)
    assert block[3] == alone
    assert ((block > 0) & (block < 1)).all()


def test_streams_seeds_and_places_of_counters_differ():
    drawn = {
        float(uniform(1, 2, 3, "a", 4)),
        float(uniform(1, 2, 3, "b", 4)),
        float(uniform(2, 2, 3, "a", 4)),
        float(uniform(1, 3, 2, "a", 4)),
        float(uniform(1, 2, 4, "a", 3)),
    }
    assert len(drawn) == 5


def test_moments():
    many = 200_000
    drawn = uniform(7, 0, np.arange(many), "moments")
    gauss = normal(7, 0, np.arange(many), "moments")
    # Five standard errors: 1/sqrt(12 n) for a uniform mean, 1/sqrt(n) for a normal one.
    assert abs(drawn.mean() - 0.5) < 5 / np.sqrt(12 * many)
    assert abs(gauss.mean()) < 5 / np.sqrt(many)
    assert abs(gauss.var() - 1) < 5 * np.sqrt(2 / many)
