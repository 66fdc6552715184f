"""What a blinded room may see: one band for the highest dose allowed, and no way in for anything personal."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields

import numpy as np
import pytest

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology import forecast_blinded
from holdfast.pharmacology.day import simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast import Openness, begin, told
from holdfast.pharmacology.forecast_blinded import BlindedBand, Step, blinded_band
from holdfast.pharmacology.forecast_prior import prior
from holdfast.pharmacology.forecast_readings import CODES, NOISE, Reading
from holdfast.pharmacology.people import population

STEPS = (Step(0, (0, 40, 120)), Step(1.75, (0, 20, 60)))


def _bytes(band: BlindedBand) -> bytes:
    shown = [band.time_h, *(each for code in CODES for each in _arrays(band, code))]
    return b"".join(each.tobytes() for each in shown) + "\n".join(band.words).encode()


def _arrays(band: BlindedBand, code: str) -> list[np.ndarray]:
    one = band.bands[code]
    return [one.median, *one.half, *one.ninety, *(one.untamed or ())]


def test_it_takes_steps_of_the_protocol_and_a_model_and_nothing_else() -> None:
    taken = inspect.signature(blinded_band).parameters
    assert {name: str(each.annotation) for name, each in taken.items()} == {
        "steps": "Sequence[Step]",
        "model": "Model",
    }
    assert Step.__annotations__.keys() == {"at_h", "mg"}
    assert [each.name for each in fields(BlindedBand)] == ["time_h", "bands", "words"]


def test_its_file_reaches_nothing_that_is_fitted() -> None:
    tree = ast.parse(inspect.getsource(forecast_blinded))
    imported = {
        node.module: {each.name for each in node.names}
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert "holdfast.pharmacology.forecast" not in imported
    assert "holdfast.pharmacology.forecast_learned" not in imported
    assert "holdfast.pharmacology.forecast_readings" not in imported
    assert imported["holdfast.pharmacology.forecast_members"] == {"fresh", "nothing"}
    # The prior is asked for by doses and model alone: no weight, CYP2D6 class, medicine or meal.
    asked = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "prior"
    ]
    assert [(len(each.args), [word.arg for word in each.keywords]) for each in asked] == [(1, ["model"])]


def test_no_branch_of_its_code_depends_on_anything_but_a_wrong_step() -> None:
    tree = ast.parse(inspect.getsource(forecast_blinded))
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If | ast.IfExp | ast.Match)]
    assert len(branches) == 1
    assert isinstance(branches[0], ast.If)
    assert isinstance(branches[0].body[0], ast.Raise)


def test_what_anybody_read_or_weighs_changes_no_byte() -> None:
    before = _bytes(blinded_band(STEPS))
    heavy = begin(prior([Dose(120)], weight_kg=120, genotype="poor", members=500), Openness.REHEARSAL)
    told(heavy, Reading(1.0, 190, 100, 120, 38.0))
    forecast_blinded._band.cache_clear()
    assert _bytes(blinded_band(STEPS)) == before


def test_the_lower_arms_change_no_byte() -> None:
    only_highest = (Step(0, (120,)), Step(1.75, (60,)))
    assert _bytes(blinded_band(STEPS)) == _bytes(blinded_band(only_highest))
    assert _bytes(blinded_band(STEPS)) == _bytes(blinded_band([Step(0, (120, 0)), Step(1.75, (60, 0, 20))]))


def test_the_band_is_that_of_people_after_the_highest_dose() -> None:
    day = simulate(population(20_000, 99), [Dose(120), Dose(60, 1.75)], blinded_band(STEPS).time_h)
    noise = np.random.default_rng(7)
    for sign, code in enumerate(CODES):
        read = getattr(day, code) + NOISE[sign] * noise.standard_normal(day.systolic.shape)
        low, high = np.percentile(read, (5, 95), axis=0)
        # 3.5 standard errors of the difference of two 5th percentiles, of 5,000 and 20,000 people.
        shown, sd = blinded_band(STEPS).bands[code], read.std(axis=0).max()
        assert shown.ninety[0] == pytest.approx(low, abs=0.12 * sd)
        assert shown.ninety[1] == pytest.approx(high, abs=0.12 * sd)
        assert shown.untamed is not None
        assert (shown.untamed[1] >= shown.ninety[1] - 1e-3).all()


def test_it_is_said_that_it_is_the_same_for_everybody() -> None:
    assert blinded_band(STEPS).words[0] == (
        "The band of readings after the highest dose allowed, 120 mg at 0 h and 60 mg at 1.75 h: the same "
        "for every participant of the study, whatever was given and whatever was read."
    )


@pytest.mark.parametrize("steps", [[], [Step(0, ())], [Step(0, (0, 0))], [Step(0, (180,))]])
def test_steps_without_a_dose_that_was_studied_are_refused(steps: list[Step]) -> None:
    with pytest.raises(ImpossibleValue):
        blinded_band(steps)
