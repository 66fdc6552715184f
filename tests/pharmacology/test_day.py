"""What doses do: linear and not, fed and fasted, with and without tolerance, by class and medicine."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology import measures
from holdfast.pharmacology.co_medication import taking
from holdfast.pharmacology.day import Day, Model, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.people import Population, of_study, population, typical

HOURS = np.linspace(0, 24, 481)
SPLIT = (Dose(120), Dose(60, 1.75))


def area(day: Day) -> float:
    return float(measures.area(day.concentration, day.time_h)[0])


def test_without_a_dose_everybody_stays_at_rest() -> None:
    people = population(50, 3)
    day = simulate(people, (), HOURS)
    assert (day.concentration == 0).all()
    assert (day.felt_effect == 0).all()
    for name in ("systolic", "diastolic", "heart_rate", "temperature", "oxytocin"):
        np.testing.assert_array_equal(
            getattr(day, name), np.repeat(getattr(people, name)[:, None], 481, axis=1)
        )


def test_model_a_is_linear_in_the_dose_and_model_b_is_more_than_that() -> None:
    for model, ratio in ((Model.A, 2.0), (Model.B, 2.15)):
        small, large = (simulate(typical(), (Dose(mg),), HOURS, model=model) for mg in (50, 100))
        assert area(large) / area(small) == pytest.approx(ratio, abs=0.01)


def test_doses_add_up_in_model_a() -> None:
    both = simulate(typical(), SPLIT, HOURS, model=Model.A)
    single = [simulate(typical(), (dose,), HOURS, model=Model.A).concentration for dose in SPLIT]
    # 2e-6 of about 290 ng/mL: each of three runs keeps 1e-6.
    np.testing.assert_allclose(both.concentration, sum(single), rtol=0, atol=2e-6 * 290)


def test_the_order_in_which_doses_are_named_does_not_matter() -> None:
    one, other = (simulate(typical(), doses, HOURS) for doses in (SPLIT, SPLIT[::-1]))
    np.testing.assert_array_equal(one.systolic, other.systolic)


def test_a_member_alone_is_the_member_in_the_crowd() -> None:
    people = population(40, 9)
    crowd = simulate(people, SPLIT, HOURS)
    alone = simulate(
        Population(**{each.name: getattr(people, each.name)[[17]] for each in fields(people)}), SPLIT, HOURS
    )
    np.testing.assert_array_equal(crowd.systolic[17], alone.systolic[0])
    np.testing.assert_array_equal(crowd.oxytocin[17], alone.oxytocin[0])


@pytest.mark.parametrize("model", list(Model))
def test_food_delays_and_hardly_changes_the_exposure(model: Model) -> None:
    fasted, fed = (simulate(typical(), (Dose(120),), HOURS, model=model, fed=each) for each in (False, True))
    times = [float(measures.time_of_greatest(day.concentration, HOURS)[0]) for day in (fasted, fed)]
    assert times[1] > times[0] + 0.5
    assert area(fed) / area(fasted) == pytest.approx(1, abs=0.05)


def test_heavier_people_have_less_of_it() -> None:
    for model in Model:
        light, heavy = (simulate(typical(weight_kg=kg), (Dose(120),), HOURS, model=model) for kg in (50, 100))
        assert light.concentration.max() / heavy.concentration.max() == pytest.approx(2**0.885, rel=0.08)


def test_the_bound_without_tolerance_is_never_below() -> None:
    people = population(200, 4)
    tame, bound = (simulate(people, SPLIT, HOURS, acute_tolerance=each) for each in (True, False))
    for name in ("felt_effect", "systolic", "diastolic", "heart_rate", "temperature"):
        assert (getattr(bound, name) >= getattr(tame, name) - 1e-9).all()
    np.testing.assert_array_equal(bound.concentration[:, 0], tame.concentration[:, 0])


def test_with_tolerance_effects_peak_before_the_concentration_and_without_it_with_it() -> None:
    tame, bound = (simulate(typical(), (Dose(120),), HOURS, acute_tolerance=each) for each in (True, False))
    peak = {
        name: float(measures.time_of_greatest(course, HOURS)[0])
        for name, course in (
            ("concentration", tame.concentration),
            ("tame", tame.systolic),
            ("bound", bound.systolic),
        )
    }
    # Kolbrich 2008: effects peak at 1 to 2 h, before the concentration.
    assert 1 <= peak["tame"] <= 2 < peak["concentration"] < peak["bound"] < peak["concentration"] + 0.5


def test_the_bound_shows_what_tolerance_hides_in_a_second_dose() -> None:
    for tolerance, further in ((True, False), (False, True)):
        once, twice = (
            simulate(typical(), doses, HOURS, acute_tolerance=tolerance).systolic.max()
            for doses in (SPLIT[:1], SPLIT)
        )
        assert bool(twice > once + 1) is further


def test_less_cyp2d6_means_more_of_it_in_model_b_only() -> None:
    by_class = [
        area(simulate(typical(genotype=name), (Dose(75),), HOURS))
        for name in ("ultrarapid", "normal", "intermediate", "poor")
    ]
    assert by_class == sorted(by_class)
    assert by_class[0] < by_class[-1]
    in_a = {
        area(simulate(typical(genotype=name), (Dose(75),), HOURS, model=Model.A))
        for name in ("normal", "poor")
    }
    assert len(in_a) == 1


def test_a_strong_inhibitor_leaves_a_poor_metaboliser_as_they_are() -> None:
    poor = typical(genotype="poor")
    plain, under = (simulate(people, (Dose(100),), HOURS) for people in (poor, taking(poor, "quinidine")))
    np.testing.assert_array_equal(plain.concentration, under.concentration)


def test_an_ssri_takes_off_the_felt_effect_and_little_of_the_pressure() -> None:
    plain, under = (
        simulate(each, (Dose(125),), HOURS) for each in (typical(), taking(typical(), "citalopram"))
    )
    # 0.45 is the middle of 0.2 to 0.7, 0.9 that of 0.86 to 0.94; citalopram leaves the kinetics alone.
    np.testing.assert_allclose(under.felt_effect, 0.45 * plain.felt_effect, rtol=1e-12)
    np.testing.assert_allclose(under.systolic - 122, 0.9 * (plain.systolic - 122), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(under.temperature, plain.temperature)


def test_mda_is_a_tenth_of_what_is_eliminated() -> None:
    day = simulate(typical(), (Dose(125),), np.array([0.0, 24.0, 96.0]))
    assert day.mda_formed[0, 0] == 0
    assert 0 < day.mda_formed[0, 1] < day.mda_formed[0, 2] < 12.5
    assert day.mda_formed[0, 2] == pytest.approx(12.5, abs=0.02)


def test_a_study_with_less_clearance_sees_more() -> None:
    there = of_study(typical(), clearance=-0.36, volume=-0.263)
    days = [simulate(people, (Dose(70),), HOURS, model=Model.A) for people in (typical(), there)]
    # The area to 24 h is not that to infinity: 1/(1 - 0.36) = 1.56 is reached but for the tail.
    assert area(days[1]) / area(days[0]) == pytest.approx(1.45, abs=0.06)


def test_a_level_moves_concentrations_and_not_half_lives() -> None:
    people = population(300, 2, one_study=True)
    plain = population(300, 2, study_spread=False)
    level = float(people.level[0])
    assert level != 1
    here, there = (simulate(each, (Dose(120),), HOURS, model=Model.A) for each in (plain, people))
    np.testing.assert_allclose(there.concentration, level * here.concentration, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        measures.half_life(there.concentration, HOURS),
        measures.half_life(here.concentration, HOURS),
        rtol=1e-4,
    )


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], "at least one"),
        ([0.0, np.nan], "at least one"),
        ([1.0, 0.5], "ascending"),
        ([-1.0, 0.5], "ascending"),
        ([0.0, 97.0], "96 hours"),
    ],
)
def test_times_that_make_no_sense_are_sent_back(times: list[float], words: str) -> None:
    with pytest.raises(ImpossibleValue, match=words):
        simulate(typical(), (Dose(120),), times)


def test_a_beta_blocker_takes_the_rate_and_leaves_the_pressure() -> None:
    # Hysek 2010: the greatest heart rate was 84 alone and 69 under pindolol; the pressure did not change.
    plain, under = (
        simulate(each, (Dose(112),), HOURS) for each in (typical(), taking(typical(), "pindolol"))
    )
    assert under.heart_rate.max() == pytest.approx(69, abs=1)
    np.testing.assert_array_equal(under.systolic, plain.systolic)
    np.testing.assert_array_equal(under.felt_effect, plain.felt_effect)
