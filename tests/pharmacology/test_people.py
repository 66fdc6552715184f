"""Virtual people: drawn alone, spread as the figures say, studies included."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.people import CLASSES, population, typical


def test_member_seven_is_the_same_person_in_any_population() -> None:
    few, many = population(8, 11), population(500, 11)
    for each in fields(few):
        np.testing.assert_array_equal(getattr(few, each.name), getattr(many, each.name)[:8])


def test_another_seed_gives_other_people() -> None:
    assert (population(20, 1).systolic != population(20, 2).systolic).all()


def test_classes_come_as_often_as_their_shares_say() -> None:
    people = population(20_000, 1)
    shares = [known.GENOTYPES[name].share.number for name in CLASSES]
    assert sum(shares) == pytest.approx(1)
    found = np.bincount(people.genotype, minlength=4) / 20_000
    np.testing.assert_allclose(found, shares, atol=0.01)  # 4 standard errors of the largest
    activity = dict(zip(CLASSES, (0.0, 0.25, 1.0, 1.5), strict=True))
    for index, name in enumerate(CLASSES):
        assert set(people.activity[people.genotype == index]) == {activity[name]}


def test_every_share_lies_within_its_published_range() -> None:
    for each in known.GENOTYPES.values():
        low, high = each.range.numbers
        assert low <= each.share.number <= high


def test_spreads_are_those_of_the_figures() -> None:
    people = population(20_000, 1)
    for array, sd in (
        (people.volume, 0.22),
        (people.clearance, 0.30),
        (people.cyp2d6_clearance, 0.50),
        (people.absorption, 0.50),
        (people.level, 0.30),
        (people.rise_systolic, np.hypot(0.35, 0.25)),
        (people.rise_heart_rate, np.hypot(0.45, 0.25)),
        (people.rise_temperature, np.hypot(0.50, 0.25)),
    ):
        # A standard deviation of 20,000 has a standard error of half a percent.
        assert np.log(array).std() == pytest.approx(sd, rel=0.025)
        assert np.log(array).mean() == pytest.approx(0, abs=0.02)
    assert people.systolic.mean() == pytest.approx(122, abs=0.3)
    assert people.systolic.std() == pytest.approx(10, rel=0.025)
    assert np.corrcoef(people.systolic, people.diastolic)[0, 1] == pytest.approx(0.6, abs=0.03)
    assert people.woman.mean() == pytest.approx(74 / 104, abs=0.015)


def test_studies_differ_unless_asked_otherwise() -> None:
    assert len(set(population(50, 1).level)) == 50
    together = population(50, 1, one_study=True)
    assert len(set(together.level)) == 1
    assert together.level[0] != 1
    assert set(population(50, 1, study_spread=False).level) == {1.0}


def test_the_effect_of_a_study_is_shared_by_its_people() -> None:
    together, plain = population(50, 1, one_study=True), population(50, 1, study_spread=False)
    ratio = together.rise_systolic / plain.rise_systolic
    np.testing.assert_allclose(ratio, ratio[0])
    np.testing.assert_allclose(together.rise_temperature / plain.rise_temperature, ratio[0])


def test_a_given_weight_and_class_hold_for_all() -> None:
    people = population(30, 1, weight_kg=61, genotype="poor")
    assert set(people.weight_kg) == {61}
    assert set(people.activity) == {0.0}
    # Nothing else of them changes.
    np.testing.assert_array_equal(people.volume, population(30, 1).volume)


def test_drawn_weights_are_those_of_adults() -> None:
    weights = population(20_000, 1).weight_kg
    assert weights.min() >= 45
    assert weights.max() <= 130


@pytest.mark.parametrize("weight", [0, 29.9, 251, float("nan")])
def test_an_impossible_weight_is_sent_back(weight: float) -> None:
    with pytest.raises(ImpossibleValue, match="no weight of an adult"):
        typical(weight_kg=weight)


def test_an_unknown_class_and_an_empty_population_are_sent_back() -> None:
    with pytest.raises(UnknownName, match="poor, intermediate, normal, ultrarapid"):
        typical(genotype="rapid")
    with pytest.raises(ImpossibleValue, match="at least one person"):
        population(0, 1)
