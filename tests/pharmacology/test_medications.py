"""Medicines: absolute stops, what may be drawn, wash-out by arithmetic, sources said as they are."""

from __future__ import annotations

import numpy as np
import pytest

from holdfast.errors import Refusal, UnknownName
from holdfast.pharmacology.co_medication import taking
from holdfast.pharmacology.medications import MAO_INHIBITORS, MEDICATIONS, drawable, medication, wash_out
from holdfast.pharmacology.people import population, typical
from holdfast.pharmacology.transporters import HALF_RELEASE, micromolar, orders
from holdfast.sourced import Status


@pytest.mark.parametrize("name", [*MAO_INHIBITORS, "lithium", " Lithium "])
def test_mao_inhibitors_and_lithium_are_never_a_scenario(name: str) -> None:
    for attempt in (drawable, lambda each: taking(typical(), each)):
        with pytest.raises(Refusal, match="absolute stop with MDMA: fatal serotonin syndrome"):
            attempt(name)
    found = medication(name)
    assert found.share_left is None
    assert found.effects == {}
    assert wash_out(found) is None


@pytest.mark.parametrize("name", ["carvedilol", "doxazosin", "propranolol", "reboxetine", "ondansetron"])
def test_a_direction_without_a_size_is_not_drawn(name: str) -> None:
    with pytest.raises(Refusal, match="a picture without it would mislead"):
        drawable(name)


def test_a_medicine_that_is_not_in_the_list_is_not_called_safe() -> None:
    with pytest.raises(UnknownName, match="says nothing about its safety"):
        medication("aspirin")


def test_every_group_of_the_list_is_there() -> None:
    groups = {group for each in MEDICATIONS for group in each.groups}
    assert groups == {
        "MAO inhibitor",
        "lithium",
        "SSRI",
        "SNRI",
        "bupropion",
        "beta-blocker",
        "alpha-1 blocker",
        "alpha-2 agonist",
        "noradrenaline reuptake inhibitor",
        "CYP2D6 inhibitor",
        "QT-prolonging",
    }
    assert len({each.name for each in MEDICATIONS}) == len(MEDICATIONS)


@pytest.mark.parametrize(
    ("name", "days", "citable"),
    [
        ("paroxetine", (4.375, 5.0), True),
        ("fluoxetine", (20.0, 80.0), True),
        ("sertraline", (26 * 5 / 24, 26 * 5 / 24), True),
        ("venlafaxine", (5 * 4 / 24, 5 * 11 / 24), True),
        ("bupropion", (5 * 20 / 24, 5 * 37 / 24), False),
        ("doxazosin", (5 * 22 / 24, 5 * 22 / 24), False),
    ],
)
def test_wash_out_is_five_half_lives_and_says_what_it_rests_on(
    name: str, days: tuple[float, float], citable: bool
) -> None:
    found = wash_out(medication(name))
    assert found is not None
    assert found.numbers == pytest.approx(days)
    assert found.citable is citable
    assert found.unit == "d"


@pytest.mark.parametrize("name", ["fluvoxamine", "propranolol", "metoprolol", "quinidine", "clonidine"])
def test_where_no_half_life_is_at_hand_the_wash_out_is_not_known(name: str) -> None:
    assert wash_out(medication(name)) is None


def test_what_is_from_memory_is_never_cited() -> None:
    for each in MEDICATIONS:
        for figure in (each.half_life, each.share_left, *each.effects.values()):
            if figure is not None and figure.status is Status.RECALLED_UNVERIFIED:
                assert figure.source == "from memory, no source at hand: verify before use"


def test_each_person_draws_from_the_range() -> None:
    people = taking(population(2000, 1), "duloxetine", seed=1)
    for array, low, high in (
        (people.share_left, 0.2, 0.5),
        (people.with_felt, 0.16, 0.45),
        (people.with_systolic, 0.36, 0.43),
    ):
        assert low <= array.min() < low + 0.01 * (high - low) + 1e-3
        assert high - 1e-2 * (high - low) - 1e-3 < array.max() <= high
    np.testing.assert_array_equal(people.with_systolic, people.with_heart_rate)
    assert abs(np.corrcoef(people.with_felt, people.with_systolic)[0, 1]) < 0.07
    assert set(people.with_temperature) == {1.0}


def test_monoamines_have_an_order_by_source_and_no_amount() -> None:
    cells, affinity, rat = orders()
    assert cells.order == affinity.order == ("noradrenaline", "serotonin", "dopamine")
    assert rat.order == ("serotonin", "noradrenaline", "dopamine")
    assert rat.status is Status.RECALLED_UNVERIFIED
    assert not any(figure.citable for figure in HALF_RELEASE.values())
    assert micromolar(220) == pytest.approx(1.14, abs=0.005)


def test_fluoxetine_leaves_the_pressure_as_its_own_study_saw() -> None:
    people = taking(typical(), "fluoxetine")
    assert (people.with_systolic[0], people.with_diastolic[0]) == (1.0, 1.0)
    assert people.with_heart_rate[0] == pytest.approx(0.9)
    assert people.with_felt[0] == pytest.approx(0.45)
