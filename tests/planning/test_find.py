"""The smallest n, found on power curves that are known exactly."""

from __future__ import annotations

import math

import pytest

from holdfast.errors import ImpossibleValue, Refusal
from holdfast.planning.find import find_n
from holdfast.planning.moments import Share
from holdfast.statistics.proportions import wilson


def curve(n: int, trials: int) -> Share:
    """A power that grows with n, as a simulation without luck would show it: 0.9 at n = 126."""
    true = 0.5 * (1 + math.erf((math.sqrt(n) * 0.28954 - 1.95996) / math.sqrt(2)))
    events = round(true * trials)
    lower, upper = wilson(events, trials)
    return Share(estimate=true, se=math.sqrt(true * (1 - true) / trials), lower=lower, upper=upper, n=trials)


def test_the_smallest_n_is_the_one_a_search_of_every_n_finds():
    trials = 20_000
    every = [n for n in range(4, 400, 2) if curve(n, trials).lower >= 0.9]
    maybe = [n for n in range(4, 400, 2) if curve(n, trials).upper >= 0.9]
    found = find_n(curve, target=0.9, trials=trials)
    assert (found.n, found.lowest) == (every[0], maybe[0])
    assert found.lowest < found.n
    assert found.power.n == trials
    assert found.power.lower >= 0.9


@pytest.mark.parametrize("start", [4, 50, 104, 900, 3000])
def test_where_one_starts_does_not_matter(start: int):
    assert (
        find_n(curve, target=0.8, trials=10_000, start=start).n == find_n(curve, target=0.8, trials=10_000).n
    )


def test_n_is_a_multiple_of_the_ratio():
    assert find_n(curve, target=0.9, trials=5_000, step=3).n % 3 == 0


def test_far_from_the_target_few_trials_are_spent():
    spent = []

    def counted(n: int, trials: int) -> Share:
        spent.append(trials)
        return curve(n, trials)

    found = find_n(counted, target=0.9, trials=100_000)
    assert spent.count(100_000) <= 8
    assert found.power.n == 100_000


def test_a_target_never_reached_is_refused_with_what_was_seen():
    flat = Share(estimate=0.05, se=0.002, lower=0.046, upper=0.054, n=10_000)
    with pytest.raises(
        Refusal, match=r"No trial of up to 4,096 participants reaches a power of 0\.9.*it is 0\.050"
    ):
        find_n(lambda n, trials: flat, target=0.9, trials=10_000)


@pytest.mark.parametrize("target", [0, 1, -1, 1.5, math.nan])
def test_an_impossible_target_is_refused(target: float):
    with pytest.raises(ImpossibleValue, match="lies between 0 and 1"):
        find_n(curve, target=target, trials=100)


def test_what_few_trials_promised_is_kept_only_where_all_of_them_hold_it():
    def hopeful(n: int, trials: int) -> Share:
        """Few trials flatter: all of them reach the target eight participants later."""
        return curve(n if trials == 10_000 else n + 8, trials)

    found = find_n(hopeful, target=0.9, trials=10_000)
    assert found.power.n == 10_000
    assert found.power.lower >= 0.9
