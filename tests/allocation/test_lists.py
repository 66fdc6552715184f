from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.allocation.lists import SlotList, make_list, make_list_with_totals
from holdfast.errors import Conflict, ImpossibleValue
from holdfast.protocol.model import Randomisation
from holdfast.sourced import Figure, Status
from scale import scaled

EXAMPLES = scaled(400)


def randomisation(ratio=None, sizes=(4.0, 6.0)):
    blocks = Figure(value=sizes, unit="1", source="a test", status=Status.ASSUMED, date="2026")
    return Randomisation(ratio=ratio or {"placebo": 1, "mdma": 1}, strata=(), block_sizes=blocks)


def arms(lists, key):
    return {each.stratum: [key.arm_of_slot[slot] for slot in each.slots] for each in lists}


ratios = st.sampled_from([{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 1, "c": 1}, {"a": 3, "b": 2}])
seeds = st.integers(0, 2**64 - 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    ratio=ratios,
    multiples=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    n=st.integers(0, 60),
    seed=seeds,
)
def test_every_prefix_stays_within_what_one_block_allows(ratio, multiples, n, seed):
    whole = sum(ratio.values())
    sizes = tuple(float(whole * each) for each in multiples)
    lists, key = make_list(randomisation(ratio, sizes), strata=["site=S01"], per_stratum=n, seed=seed)
    drawn = arms(lists, key)["site=S01"]
    assert len(drawn) >= n
    largest = int(max(sizes))
    assert len(drawn) < n + largest
    counts = Counter(drawn)
    for arm, share in ratio.items():
        assert counts[arm] * whole == share * len(drawn)  # only whole blocks
        bound = share * largest / whole * (whole - share) / whole
        for end in range(len(drawn) + 1):
            assert abs(drawn[:end].count(arm) - share * end / whole) <= bound + 1e-9  # rounding


@settings(max_examples=EXAMPLES, deadline=None)
@given(n=st.integers(1, 80), seed=seeds)
def test_with_two_equal_arms_the_imbalance_is_never_above_half_the_largest_block(n, seed):
    lists, key = make_list(randomisation(), strata=["site=S01"], per_stratum=n, seed=seed)
    ahead = 0
    for arm in arms(lists, key)["site=S01"]:
        ahead += 1 if arm == "mdma" else -1
        assert abs(ahead) <= 3


@settings(max_examples=EXAMPLES, deadline=None)
@given(seed=seeds)
def test_a_list_depends_on_its_seed_and_its_own_stratum_alone(seed):
    both = arms(*make_list(randomisation(), strata=["site=S01", "site=S02"], per_stratum=40, seed=seed))
    alone = arms(*make_list(randomisation(), strata=["site=S02"], per_stratum=40, seed=seed))
    longer = arms(*make_list(randomisation(), strata=["site=S02"], per_stratum=90, seed=seed))
    assert both["site=S02"] == alone["site=S02"]
    assert longer["site=S02"][: len(alone["site=S02"])] == alone["site=S02"]
    assert both["site=S01"] != both["site=S02"]  # alike by chance once in 10^11


def test_slot_ids_are_running_numbers_of_the_stratum():
    lists, key = make_list(randomisation(), strata=["site=S01", "site=S02,prior=yes"], per_stratum=4, seed=3)
    assert lists[0].slots[:4] == ("S01-0001", "S01-0002", "S01-0003", "S01-0004")
    assert lists[1].slots[0] == "S02.yes-0001"
    assert set(key.arm_of_slot) == {slot for each in lists for slot in each.slots}
    assert all(isinstance(each, SlotList) for each in lists)


def test_block_sizes_vary_and_each_order_of_a_block_is_equally_likely():
    lists, key = make_list(randomisation(sizes=(2.0, 4.0)), strata=["s"], per_stratum=6000, seed=11)
    drawn = arms(lists, key)["s"]
    one = make_list(randomisation(sizes=(4.0,)), strata=["s"], per_stratum=6000, seed=11)
    blocks = Counter(tuple(arms(*one)["s"][start : start + 4]) for start in range(0, 6000, 4))
    assert len(blocks) == 6
    # 1500 blocks over 6 orders: 250 each, standard deviation 14.4; five of them
    assert all(178 <= count <= 322 for count in blocks.values())
    assert drawn != arms(*one)["s"][: len(drawn)]


def test_seeds_give_lists_that_are_unlike_one_another():
    lists = {
        tuple(arms(*make_list(randomisation(), strata=["s"], per_stratum=40, seed=seed))["s"])
        for seed in range(50)
    }
    assert len(lists) == 50


def test_the_published_totals_come_out_over_several_sites():
    numbers = {"site=S01": 17, "site=S02": 23, "site=S03": 9, "site=S04": 25, "site=S05": 30}
    lists, key = make_list_with_totals(
        randomisation(), numbers=numbers, totals={"placebo": 51, "mdma": 53}, seed=5, extra=6
    )
    drawn = arms(lists, key)
    used = Counter(arm for stratum, held in drawn.items() for arm in held[: numbers[stratum]])
    assert used == {"mdma": 53, "placebo": 51}
    assert all(len(held) >= numbers[stratum] + 6 for stratum, held in drawn.items())
    assert all(held.count("mdma") * 2 == len(held) for held in drawn.values())


@st.composite
def reachable(draw):
    ratio = draw(ratios)
    whole = sum(ratio.values())
    sizes = tuple(float(whole * each) for each in draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    numbers = draw(st.dictionaries(st.sampled_from("PQRST"), st.integers(0, 25), min_size=1))
    seed = draw(seeds)
    return ratio, sizes, numbers, seed, draw(seeds)


@settings(max_examples=EXAMPLES, deadline=None)
@given(case=reachable())
def test_totals_that_some_list_has_are_reached_by_every_seed_with_blocks_of_one_size(case):
    ratio, sizes, numbers, seed, other = case
    plan = randomisation(ratio, sizes[:1])
    natural = arms(*make_list(plan, strata=list(numbers), per_stratum=25, seed=other))
    totals = dict.fromkeys(ratio, 0)
    for stratum, n in numbers.items():
        for arm in natural[stratum][:n]:
            totals[arm] += 1
    lists, key = make_list_with_totals(plan, numbers=numbers, totals=totals, seed=seed)
    again = make_list_with_totals(plan, numbers=numbers, totals=totals, seed=seed)
    assert (lists, key) == again
    drawn = arms(lists, key)
    used = Counter(arm for stratum, held in drawn.items() for arm in held[: numbers[stratum]])
    assert {arm: used[arm] for arm in ratio} == totals
    size = int(sizes[0])
    for held in drawn.values():
        for start in range(0, len(held), size):
            block = Counter(held[start : start + size])
            assert {arm: block[arm] * sum(ratio.values()) for arm in ratio} == {
                arm: share * size for arm, share in ratio.items()
            }


def test_totals_out_of_reach_are_refused_with_a_sentence():
    with pytest.raises(
        ImpossibleValue, match=r"No arrangement of the last blocks gives the totals 8 placebo : 0 mdma"
    ):
        make_list_with_totals(
            randomisation(sizes=(4.0,)), numbers={"s": 8}, totals={"placebo": 8, "mdma": 0}, seed=1
        )
    with pytest.raises(ImpossibleValue, match="must name every arm and add up to 8"):
        make_list_with_totals(randomisation(), numbers={"s": 8}, totals={"placebo": 8, "mdma": 2}, seed=1)


def test_blocks_that_cannot_hold_the_ratio_are_refused():
    with pytest.raises(ImpossibleValue, match="give multiples of 3"):
        make_list(randomisation({"a": 2, "b": 1}, (4.0,)), strata=["s"], per_stratum=4, seed=1)


def test_strata_that_would_share_slot_ids_are_refused():
    with pytest.raises(Conflict, match="share slot ids"):
        make_list(randomisation(), strata=["site=S01", "room=S01"], per_stratum=4, seed=1)
    with pytest.raises(Conflict, match="share slot ids"):
        make_list(randomisation(), strata=["site=S01", "site=S01"], per_stratum=4, seed=1)
