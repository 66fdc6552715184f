"""What doses do to people: concentrations and effects at given times, for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology import system as place
from holdfast.pharmacology.compiled_day import QUANTITIES, follow
from holdfast.pharmacology.doses import Dose, checked
from holdfast.pharmacology.people import Population
from holdfast.pharmacology.solver import TOLERANCE
from holdfast.pharmacology.system import Floats

LONGEST_H = 96.0


class Model(StrEnum):
    """A: published and linear; B: proposed, the drug inactivates its own enzyme."""

    A = "A"
    B = "B"


@dataclass(frozen=True, slots=True)
class Day:
    """The course of n people at T times; every array but ``time_h`` (T,) is (n, T).

    Plasma concentration (ng/mL), felt effect (% of the greatest possible), pressures
    (mmHg), heart rate (/min), temperature (degC), oxytocin (pg/mL), and the MDMA turned
    into MDA so far (mg of MDMA HCl as dosed; no concentration of MDA is known).
    ``steps`` (n,) counts the solver's steps.
    """

    time_h: Floats
    concentration: Floats
    felt_effect: Floats
    systolic: Floats
    diastolic: Floats
    heart_rate: Floats
    temperature: Floats
    oxytocin: Floats
    mda_formed: Floats
    steps: Floats


def simulate(
    people: Population,
    doses: Sequence[Dose],
    times: Sequence[float] | Floats,
    *,
    model: Model = Model.B,
    fed: bool = False,
    acute_tolerance: bool = True,
) -> Day:
    """Follow people through doses; ``times`` (T,) are hours from the first dose, ascending.

    ``acute_tolerance=False`` is the bound without it (KT to infinity): effects then follow the
    concentration and nothing is taken off a second dose.

    Raises:
        ImpossibleValue: doses no study gave, or times that are not ascending within 0 to 96 h.
    """
    taken = checked(doses)
    hours = np.asarray(times, dtype=np.float64)
    _check_times(hours)
    rows = matrix(people, model=model, fed=fed, acute_tolerance=acute_tolerance)
    weights = np.column_stack(
        [
            people.with_felt,
            people.with_systolic,
            people.with_diastolic,
            people.with_heart_rate,
            people.with_temperature,
        ]
    )
    out = np.empty((QUANTITIES, len(people), hours.size))
    mg, at = (np.array([dose[k] for dose in taken], dtype=np.float64) for k in (0, 1))
    steps = follow(rows, weights, mg, at, hours, TOLERANCE, out)
    if (
        steps < 0
    ).any():  # finite parameters of finite doses do not come here; a NaN must not pass for a result
        raise ImpossibleValue("The equations of this person could not be integrated; check weight and doses.")
    return Day(
        time_h=hours,
        concentration=out[0],
        felt_effect=out[1],
        systolic=out[2],
        diastolic=out[3],
        heart_rate=out[4],
        temperature=out[5],
        oxytocin=out[6],
        mda_formed=out[7],
        steps=steps,
    )


def _check_times(hours: Floats) -> None:
    if hours.ndim != 1 or hours.size == 0 or not np.isfinite(hours).all():
        raise ImpossibleValue("Times are a list of at least one number of hours.", field="times")
    if hours[0] < 0 or hours[-1] > LONGEST_H or (np.diff(hours) < 0).any():
        raise ImpossibleValue(f"Times are ascending, from 0 to {LONGEST_H:g} hours.", field="times")


def matrix(people: Population, *, model: Model, fed: bool, acute_tolerance: bool) -> Floats:
    """The rows (n, COLUMNS) that the compiled equations read; see ``system``."""
    rows = np.zeros((len(people), place.COLUMNS))
    (_kinetics_a if model is Model.A else _kinetics_b)(rows, people)
    if fed:
        rows[:, place.KA] *= 1 + known.MODEL_A["fed_on_absorption"].number
    rows[:, place.SITE_RATE] = known.SITE_RATE.number
    rows[:, place.LOSS] = known.OXYTOCIN_LOSS.number
    rows[:, place.TO_MDA] = known.TO_MDA.number
    effects = (known.FELT, known.SYSTOLIC, known.HEART_RATE, known.TEMPERATURE, known.OXYTOCIN)
    for index, effect in enumerate(effects):
        _effect(rows[:, place.EFFECT + index * place.EACH :], effect, acute_tolerance)
    _persons(rows, people)
    return rows


def _by_weight(people: Population) -> tuple[Floats, Floats]:
    """The factors of weight on clearances and on the volume; model B takes both from model A."""
    share = people.weight_kg / known.MODEL_A["reference_weight"].number
    a = known.MODEL_A
    return share ** a["weight_on_clearance"].number, share ** a["weight_on_volume"].number


def _kinetics_a(rows: Floats, people: Population) -> None:
    figures = {name: figure.number for name, figure in known.MODEL_A.items()}
    on_clearance, on_volume = _by_weight(people)
    rows[:, place.KA] = figures["absorption"] * people.absorption
    rows[:, place.LAG], rows[:, place.DURATION] = figures["lag"], figures["duration"]
    rows[:, place.PER_VOLUME] = people.level / (figures["volume"] * on_volume * people.volume)
    # A study's level scales volume and clearances alike: it moves concentrations, not half-lives.
    rows[:, place.OTHER] = figures["clearance"] * on_clearance * people.clearance / people.level
    rows[:, place.HALF_INACTIVATION] = 1.0


def _kinetics_b(rows: Floats, people: Population) -> None:
    figures = {name: figure.number for name, figure in known.MODEL_B.items()}
    on_clearance, on_volume = _by_weight(people)
    rows[:, place.KA] = figures["absorption"] * people.absorption
    rows[:, place.LAG], rows[:, place.DURATION] = figures["lag"], figures["duration"]
    rows[:, place.PER_VOLUME] = people.level / (figures["volume"] * on_volume * people.volume)
    rows[:, place.OTHER] = figures["other_clearance"] * on_clearance * people.clearance / people.level
    full = figures["cyp2d6_clearance"] * on_clearance * people.cyp2d6_clearance / people.level
    rows[:, place.BY_2D6] = full * people.activity * people.share_left
    rows[:, place.RENAL] = figures["renal_clearance"] * on_clearance / people.level
    # The flow grows with the person as clearance does; else weight would change the first pass.
    rows[:, place.PER_FLOW] = 1 / (figures["liver_flow"] * on_clearance)
    rows[:, place.RENEWAL] = np.log(2) / figures["cyp2d6_half_life"]
    rows[:, place.INACTIVATION] = figures["inactivation"]
    rows[:, place.HALF_INACTIVATION] = figures["half_inactivation"]


def _effect(columns: Floats, effect: known.Effect, acute_tolerance: bool) -> None:
    columns[:, place.KTOL] = effect.tolerance_rate.number
    columns[:, place.PER_KT] = 1 / effect.tolerance_half.number if acute_tolerance else 0.0
    columns[:, place.EC50] = effect.half_effect.number
    columns[:, place.GAMMA] = effect.exponent.number
    columns[:, place.BASE] = effect.baseline.number
    columns[:, place.RISE] = effect.greatest_rise.number


def _persons(rows: Floats, people: Population) -> None:
    def column(effect: int, which: int) -> int:
        return place.EFFECT + effect * place.EACH + which

    rows[:, column(place.SYSTOLIC, place.BASE)] = people.systolic
    rows[:, column(place.HEART_RATE, place.BASE)] = people.heart_rate
    rows[:, column(place.TEMPERATURE, place.BASE)] = people.temperature
    rows[:, column(place.HORMONE, place.BASE)] = people.oxytocin
    rows[:, column(place.SYSTOLIC, place.RISE)] *= people.rise_systolic
    rows[:, column(place.HEART_RATE, place.RISE)] *= people.rise_heart_rate
    rows[:, column(place.TEMPERATURE, place.RISE)] *= people.rise_temperature
    rows[:, place.DIASTOLIC_BASE] = people.diastolic
    rows[:, place.DIASTOLIC_RISE] = known.DIASTOLIC_SHARE.number
