"""Luck draws the numbers of the dice, one at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.dice import uniform
from holdfast.simulation.luck import Luck
from scale import scaled


@settings(max_examples=scaled(400), deadline=None)
@given(seed=st.integers(0, 2**70), person=st.integers(0, 2**40), stream=st.text(max_size=20))
def test_luck_and_dice_are_equal(seed: int, person: int, stream: str) -> None:
    luck = Luck(seed, person)
    drawn = [luck.draw(stream) for _ in range(5)]
    assert drawn == uniform(seed, 0, person, f"play/{stream}", np.arange(5)).tolist()


def test_one_stream_does_not_shift_another() -> None:
    alone, beside = Luck(1, 2), Luck(1, 2)
    first = [alone.draw("a") for _ in range(3)]
    mixed = []
    for _ in range(3):
        beside.draw("b")
        mixed.append(beside.draw("a"))
    assert first == mixed


def test_picks_follow_their_weights() -> None:
    luck = Luck(3, 4)
    picks = [luck.pick("word", ("rare", "often"), (0.1, 0.9)) for _ in range(4000)]
    # Binomial(4000, 0.1): standard deviation 0.0047; five of them let no seed fail by chance.
    assert abs(picks.count("rare") / 4000 - 0.1) < 0.024
    assert {luck.whole("die", 1, 6) for _ in range(300)} == {1, 2, 3, 4, 5, 6}
