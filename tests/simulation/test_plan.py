"""Allocation by trial: permuted blocks within sites, numbers by arm exact, pairs in turn."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue
from holdfast.simulation.catalogue import with_values
from holdfast.simulation.plan import allocate, design_of, empty_plan, plan_of, shares_of
from scale import scaled
from trial_drawing import SHIPPED

SEED = np.uint64(5)


@pytest.mark.parametrize(
    ("n", "ratio", "sizes", "expected"),
    [
        (104, (1, 1), (4, 6), [52, 52]),
        (105, (1, 1), (4,), [53, 52]),
        (103, (1, 1, 2), (4, 8), [26, 26, 51]),
        (7, (2, 1), (3,), [5, 2]),
    ],
)
def test_numbers_by_arm_are_exact_in_every_trial(n, ratio, sizes, expected) -> None:
    design = design_of(SHIPPED, n=n, ratio=ratio, block_sizes=sizes)
    plan = empty_plan(design, levels=(0, 1, 2)[: len(ratio)])
    seen = set()
    for trial in range(60):
        allocate(design, SEED, trial, plan)
        assert np.bincount(plan.arm, minlength=len(ratio)).tolist() == expected
        np.testing.assert_array_equal(plan.level, plan.levels[plan.arm])
        seen.add(plan.arm.tobytes())
    assert len(seen) > (55 if n > 50 else 15)


def test_numbers_given_by_arm_are_kept() -> None:
    design = design_of(SHIPPED, by_arm=(51, 53))
    plan = empty_plan(design, levels=(0, 1))
    for trial in range(40):
        allocate(design, SEED, trial, plan)
        assert np.bincount(plan.arm).tolist() == [51, 53]
    uneven = design_of(SHIPPED, by_arm=(80, 24))
    plan = empty_plan(uneven, levels=(0, 1))
    allocate(uneven, SEED, 0, plan)
    assert np.bincount(plan.arm).tolist() == [80, 24]


def test_blocks_balance_within_sites_as_people_come() -> None:
    design = design_of(SHIPPED, n=104, block_sizes=(4,))
    plan = empty_plan(design, levels=(0, 1))
    for trial in range(40):
        allocate(design, SEED, trial, plan)
        for site in range(4):
            arms = plan.arm[plan.site == site]
            whole = arms[: arms.size // 4 * 4].reshape(-1, 4)
            assert (whole.sum(axis=1) == 2).all()


def test_every_place_is_as_likely_to_be_in_either_arm() -> None:
    design = design_of(SHIPPED, n=26, block_sizes=(4, 6))
    plan = empty_plan(design, levels=(0, 1))
    trials = scaled(20000)
    share = np.zeros(26)
    for trial in range(trials):
        allocate(design, SEED, trial, plan)
        share += plan.arm
    assert np.abs(share / trials - 0.5).max() < 5 * 0.5 / np.sqrt(trials)


@pytest.mark.parametrize(("pairs", "per_site"), [(13, [4, 3, 3, 3]), (8, [2, 2, 2, 2]), (3, [1, 1, 1, 1])])
def test_pairs_work_at_one_site_and_take_people_in_turn(pairs: int, per_site: list[int]) -> None:
    design = design_of(with_values(SHIPPED, {"pairs": pairs}), n=104)
    plan = empty_plan(design, levels=(0, 1))
    allocate(design, SEED, 3, plan)
    assert np.bincount(plan.site).tolist() == [35, 28, 24, 17]
    assert [len(np.unique(plan.pair[plan.site == site])) for site in range(4)] == per_site
    assert len(np.unique(plan.pair)) == pairs
    for site in range(4):
        counts = np.unique(plan.pair[plan.site == site], return_counts=True)[1]
        assert np.ptp(counts) <= 1


def test_proportions_become_whole_persons() -> None:
    assert shares_of(104, (0.34, 0.27, 0.23, 0.16)).tolist() == [35, 28, 24, 17]
    assert shares_of(3, (1, 1)).tolist() == [2, 1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"n": 1}, "a person at least"),
        ({"n": 20, "ratio": (1, 0)}, "a person at least"),
        ({"n": 20, "block_sizes": (3,)}, "multiples of 2"),
        ({"by_arm": (3, 4, 5)}, "a person at least"),
    ],
)
def test_impossible_designs_are_refused(values: dict, words: str) -> None:
    with pytest.raises(ImpossibleValue, match=words):
        design_of(SHIPPED, **values)


def test_levels_are_those_there_are() -> None:
    with pytest.raises(ImpossibleValue, match="0 to 3"):
        plan_of(np.array([0, 4]))
    with pytest.raises(ImpossibleValue, match="A level for each of 2 arms"):
        empty_plan(design_of(SHIPPED, n=10), levels=(0,))
