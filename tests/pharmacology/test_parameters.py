"""Every figure of the models as it was handed over: value, unit and status, written out once more."""

from __future__ import annotations

import pytest

from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.parameters import Effect
from holdfast.sourced import Figure

A = {
    "clearance": (41.5, "L/h"),
    "volume": (462.0, "L"),
    "absorption": (1.17, "1/h"),
    "lag": (0.322, "h"),
    "duration": (0.304, "h"),
    "weight_on_clearance": (1.03, "1"),
    "weight_on_volume": (0.885, "1"),
    "study_on_clearance": (-0.36, "1"),
    "study_on_volume": (-0.263, "1"),
    "fed_on_absorption": (-0.484, "1"),
}
B = {
    "volume": (317.8708, "L", "calibrated"),
    "other_clearance": (15.2361, "L/h", "calibrated"),
    "cyp2d6_clearance": (37.0672, "L/h", "calibrated"),
    "inactivation": (0.7224, "1/h", "calibrated"),
    "half_inactivation": (300.0, "ng/mL", "calibrated"),
    "absorption": (1.7342, "1/h", "calibrated"),
    "lag": (0.322, "h", "calibrated"),
    "duration": (0.304, "h", "calibrated"),
    "liver_flow": (90.0, "L/h", "recalled_unverified"),
    "renal_clearance": (13.0, "L/h", "recalled_unverified"),
    "cyp2d6_half_life": (51.0, "h", "found"),
}
EFFECTS = {
    # ktol, KT, EC50, exponent, baseline, greatest rise, SD of the baseline, SD of the log of the rise
    "FELT": (1.152, 24.5, 36.7, 4.0, 0.0, 100.0, 0.0, 0.0),
    "SYSTOLIC": (0.529, 58.2, 81.6, 2.0, 122.0, 54.14, 10.0, 0.35),
    "HEART_RATE": (0.651, 79.3, 91.6, 2.0, 68.0, 44.38, 9.0, 0.45),
    "TEMPERATURE": (0.677, 85.8, 90.1, 2.0, 36.9, 1.21, 0.3, 0.5),
    "OXYTOCIN": (0.4, 150.0, 253.4, 4.0, 18.6, 55.89, 0.345, 0.0),
}


def test_model_a_is_secondary_in_every_figure_but_the_assumed_weight() -> None:
    found = {name: (figure.number, figure.unit) for name, figure in known.MODEL_A.items()}
    assert found.pop("reference_weight") == (70.0, "kg")
    assert found == A
    statuses = {name: str(figure.status) for name, figure in known.MODEL_A.items()}
    assert statuses.pop("reference_weight") == "assumed"
    assert set(statuses.values()) == {"found_secondary"}


def test_model_b_is_calibrated_and_says_what_is_from_memory() -> None:
    found = {name: (each.number, each.unit, str(each.status)) for name, each in known.MODEL_B.items()}
    assert found == B


@pytest.mark.parametrize("name", list(EFFECTS))
def test_effects_are_calibrations_none_of_them_citable(name: str) -> None:
    effect: Effect = getattr(known, name)
    assert [each.number for each in effect] == pytest.approx(EFFECTS[name], abs=5e-4)
    model = effect[:4] + effect[5:6]
    assert {str(each.status) for each in model} == {"calibrated"}


def test_what_came_from_nowhere_is_not_citable() -> None:
    figures = [
        *known.MODEL_B.values(),
        *known.SPREAD.values(),
        *known.WEIGHT.values(),
        *(each for genotype in known.GENOTYPES.values() for each in (genotype.share, genotype.activity)),
    ]
    citable = {figure.source.split(",")[0] for figure in figures if figure.citable}
    assert citable == {
        "Open Systems Pharmacology",
        "from the coefficient of variation 24 % of Cmax (39.8 of 162.9 ng/mL)",
    }


def test_derived_figures_are_what_their_formulas_say() -> None:
    def number(figure: Figure) -> float:
        assert str(figure.status) == "derived"
        return figure.number

    assert number(known.DIASTOLIC_SHARE) == 0.28
    assert number(known.WOMEN) == pytest.approx(0.7115, abs=1e-4)
    assert number(known.OXYTOCIN.baseline_sd) == pytest.approx(0.3453, abs=1e-4)
    atoms = 11 * 12.011 + 15 * 1.008 + 14.007 + 2 * 15.999
    assert number(known.MOLAR_MASS) == pytest.approx(atoms, abs=0.05)
