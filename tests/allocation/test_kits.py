from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from holdfast.allocation.key import Key, merge
from holdfast.allocation.kits import choose_kit, make_kits
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import DoseStep
from holdfast.sourced import Figure, Status
from scale import scaled


def mg(value):
    return Figure(value=value, unit="mg", source="a test", status=Status.ASSUMED, date="2026")


STEPS = (
    DoseStep(step="s1-first", mg={"placebo": mg(0), "mdma": mg(80)}),
    DoseStep(step="s1-supplemental", mg={"placebo": mg(0), "mdma": mg(40)}),
)


def kits(seed=1, per_site=None, **options):
    return make_kits(
        STEPS, per_site=per_site or {"S01": 3, "S02": 2}, expires="2027-12-31", lot="L7", seed=seed, **options
    )


def test_each_site_has_its_number_of_kits_for_each_step_and_arm():
    made, key = kits()
    found = Counter((kit.site, kit.step, key.arm_of_kit[kit.number]) for kit in made)
    assert found == {
        (site, step, arm): count
        for site, count in (("S01", 3), ("S02", 2))
        for step in ("s1-first", "s1-supplemental")
        for arm in ("placebo", "mdma")
    }
    assert {key.step_of_kit[kit.number] == kit.step for kit in made} == {True}
    amounts = {(kit.step, key.arm_of_kit[kit.number]): key.mg_of_kit[kit.number] for kit in made}
    assert amounts == {
        ("s1-first", "placebo"): 0.0,
        ("s1-first", "mdma"): 80.0,
        ("s1-supplemental", "placebo"): 0.0,
        ("s1-supplemental", "mdma"): 40.0,
    }


def test_a_dose_in_two_capsules_halves_the_amount_in_each():
    made, key = kits(capsules=2)
    assert {kit.capsules for kit in made} == {2}
    assert sorted(set(key.mg_of_kit.values())) == [0.0, 20.0, 40.0]


def test_what_everyone_may_know_of_a_kit_is_the_same_in_both_arms():
    made, key = kits()
    seen = {arm: set() for arm in ("placebo", "mdma")}
    for kit in made:
        seen[key.arm_of_kit[kit.number]].add(replace(kit, number="K000000"))
    assert seen["placebo"] == seen["mdma"]


def test_numbers_are_distinct_and_come_from_the_seed():
    made, _ = kits(per_site={"S01": 300})
    assert len({kit.number for kit in made}) == 1200
    assert all(kit.number[0] == "K" and 100_000 <= int(kit.number[1:]) <= 999_999 for kit in made)
    assert kits() == kits()
    assert {kit.number for kit in kits()[0]}.isdisjoint({kit.number for kit in kits(seed=2)[0]})


def runs(labels):
    return 1 + int(np.sum(labels[1:] != labels[:-1]))


def signs_of_the_arm(seed):
    """Standardised statistics that would move if a number told its arm, for one seed."""
    made, key = kits(seed=seed, per_site={"S01": 50, "S02": 50})
    number = np.array([int(kit.number[1:]) for kit in made])
    arm = np.array([key.arm_of_kit[kit.number] == "mdma" for kit in made])
    order = np.argsort(number)
    n, half = len(made), len(made) / 2
    rank = np.empty(n)
    rank[order] = np.arange(1, n + 1)
    between = n * n / 4  # count of pairs between two arms of n/2 each
    expected_runs = half + 1
    features = {
        "order": (rank[arm].sum() - half * (n + 1) / 2) / np.sqrt(between * (n + 1) / 12),
        "runs": (runs(arm[order]) - expected_runs) / np.sqrt(half * (half - 1) / (n - 1)),
    }
    digits = {
        "parity": number % 2 == 0,
        "last digit": number % 10 < 3,
        "digit sum": digit_sum(number) % 3 == 0,
    }
    for name, feature in digits.items():
        share = feature.mean()
        spread = np.sqrt(half * share * (1 - share) * half / (n - 1))  # hypergeometric
        features[name] = (feature[arm].sum() - half * share) / spread
    return features


def digit_sum(number):
    return sum((number // 10**place) % 10 for place in range(6))


def test_numbers_carry_no_information_on_the_arm():
    # For 400 kits each statistic is close to standard normal; its mean over k seeds has
    # standard deviation 1/sqrt(k). Five of those: wrong alarm once in 300,000 tests.
    seeds = scaled(400)
    drawn = [signs_of_the_arm(seed) for seed in range(seeds)]
    for name in drawn[0]:
        values = np.array([each[name] for each in drawn])
        assert abs(values.mean()) < 5 / np.sqrt(seeds), name
        # The mean square is chi-square over k: standard deviation sqrt(2/k).
        assert abs(np.mean(values**2) - 1) < 5 * np.sqrt(2 / seeds), name


def test_the_test_of_information_would_see_a_number_that_tells():
    # The guard of the guard: numbers in the order of arms move the rank statistic far out.
    n = 400
    arm = np.arange(n) >= n / 2
    rank = np.arange(1, n + 1)
    moved = (rank[arm].sum() - n / 2 * (n + 1) / 2) / np.sqrt(n * n / 4 * (n + 1) / 12)
    assert moved > 15


def test_the_holder_of_the_key_gets_the_kit_that_expires_first_of_the_right_arm_and_step():
    made, key = kits()
    whole = merge(key, Key(arm_of_slot={"S01-0001": "mdma"}))
    here = [kit for kit in made if kit.site == "S01"]
    right = sorted(
        kit.number for kit in here if kit.step == "s1-first" and key.arm_of_kit[kit.number] == "mdma"
    )
    assert choose_kit(whole, slot="S01-0001", step="s1-first", kits=here).number in right
    sooner = [replace(kit, expires="2027-01-01") if kit.number == right[-1] else kit for kit in here]
    assert choose_kit(whole, slot="S01-0001", step="s1-first", kits=sooner).number == right[-1]


def test_kits_passed_over_do_not_tell_their_arm():
    """By lowest number first, every lower kit that was passed over would be of the other arm."""
    seeds = scaled(400)
    others, owns, expected = 0, 0, 0.0
    for seed in range(seeds):
        made, key = kits(seed=seed, per_site={"S01": 8})
        dealt = dict(zip((f"S01-{n:04d}" for n in range(1, 9)), ["mdma", "placebo"] * 4, strict=True))
        whole = merge(key, Key(arm_of_slot=dealt))
        free = {kit for kit in made if kit.step == "s1-first"}
        for slot, arm in dealt.items():
            chosen = choose_kit(whole, slot=slot, step="s1-first", kits=free)
            arms = [key.arm_of_kit[kit.number] for kit in free if kit.number < chosen.number]
            others += sum(each != arm for each in arms)
            owns += sum(each == arm for each in arms)
            expected += sum(key.arm_of_kit[kit.number] != arm for kit in free) / 2
            free.discard(chosen)
    print(
        f"\n{seeds} lists: {others} kits of the other arm passed over ({expected:.0f} by chance), {owns} own"
    )
    # Passed over by chance alone: a rank among n is uniform, standard deviation n/sqrt(12); 8 draws a list.
    assert abs(others - expected) < 5 * 8 / 12**0.5 * (8 * seeds) ** 0.5
    assert owns > expected / 2


def test_no_fitting_kit_and_an_unknown_slot_are_said_in_sentences_without_the_arm():
    made, key = kits()
    whole = merge(key, Key(arm_of_slot={"S01-0001": "mdma"}))
    others = [kit for kit in made if key.arm_of_kit[kit.number] == "placebo"]
    with pytest.raises(UnknownName, match=r"No usable kit for s1-first is at hand for slot S01-0001") as none:
        choose_kit(whole, slot="S01-0001", step="s1-first", kits=others)
    assert "mdma" not in str(none.value)
    with pytest.raises(UnknownName, match="does not hold slot S09-0001"):
        choose_kit(whole, slot="S09-0001", step="s1-first", kits=made)


def test_impossible_numbers_of_kits_are_refused():
    with pytest.raises(ImpossibleValue, match="at least one capsule"):
        kits(capsules=0)
    with pytest.raises(ImpossibleValue, match="too many"):
        kits(per_site={"S01": 150_000})
