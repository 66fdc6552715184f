"""Published against model, for every row that can be compared: nothing is left out because it misfits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from holdfast.pharmacology import measures, published
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.co_medication import taking
from holdfast.pharmacology.day import Day, Model, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.people import of_study, population, typical
from holdfast.pharmacology.published import PublishedRow
from holdfast.pharmacology.system import Floats

CLOSE = 0.2
"""A model's value more than 20 % from the published one is a misfit."""
PEOPLE, SEED = 4000, 1
_HOURS = np.linspace(0, 24, 1441)
_TWO_DAYS = np.linspace(0, 48, 2881)


class Compared(NamedTuple):
    """A published row with the values of models A and B."""

    row: PublishedRow
    a: float
    b: float

    def misfits(self, value: float) -> bool:
        """Whether a model's value is more than 20 % away."""
        return abs(value / self.row.published.number - 1) > CLOSE


def compare() -> tuple[Compared, ...]:
    """All rows in the order of the tables: a typical person of 70 kg, or people where shares are asked."""
    rows = (*published.KINETICS, *published.EFFECTS)
    return tuple(Compared(row, _value(row, Model.A), _value(row, Model.B)) for row in rows)


def from_memory() -> tuple[tuple[str, str, float, float, float], ...]:
    """The targets without a source: words, unit, target, model A, model B."""
    return tuple(
        (
            words,
            unit,
            target,
            _measured(measure, (Dose(mg),), Model.A),
            _measured(measure, (Dose(mg),), Model.B),
        )
        for words, measure, mg, target, unit in published.RECALLED
    )


def area_bound(cmax: float, tmax: float, half_life: float) -> float:
    """The least AUC 0-24 (ng h/mL) of a one-compartment decline from Cmax at tmax, the rise left out."""
    rate = np.log(2) / half_life
    return float(cmax / rate * (1 - np.exp(-rate * (24 - tmax))))


def in_words() -> dict[str, str]:
    """What the models say where the publication gives words: by code."""
    found = {}
    fasted, fed = (simulate(typical(), (Dose(120),), _HOURS, fed=each) for each in (False, True))
    found["food"] = (
        f"tmax {_tmax(fasted):.2f} h fasted, {_tmax(fed):.2f} h fed; "
        f"AUC 0-24 {_ratio(fed, fasted):.2f} of fasted"
    )
    split, whole = (
        simulate(typical(), doses, _HOURS) for doses in ((Dose(100), Dose(50, 2.0)), (Dose(150),))
    )
    early = [float(measures.area(each.concentration, _HOURS, 0, 4)[0]) for each in (split, whole)]
    found["split"] = (
        f"100 + 50 mg 2 h apart against 150 mg (180 mg at once is beyond the studies): AUC 0-24 "
        f"{_ratio(split, whole):.2f}, AUC 0-4 {early[0] / early[1]:.2f}, tmax {_tmax(split):.2f} against "
        f"{_tmax(whole):.2f} h; greatest systolic {float(split.systolic.max()):.0f} against "
        f"{float(whole.systolic.max()):.0f} mmHg with acute tolerance, which no study tested"
    )
    warm = simulate(typical(), (Dose(125),), _HOURS).temperature[0]
    found["temperature"] = (
        f"+{warm.max() - warm[0]:.2f} degC after 125 mg, fitted to another study: a misfit of these two"
    )
    hormone = simulate(typical(), (Dose(52.5),), _HOURS).oxytocin[0]
    found["oxytocin"] = f"from {hormone[0]:.1f} to {hormone.max():.1f} pg/mL"
    return found


def nida() -> tuple[float, float]:
    """Cmax (ng/mL) of model A after 1.0 mg/kg without and with the published effect of that study."""
    a = known.MODEL_A
    there = of_study(typical(), clearance=a["study_on_clearance"].number, volume=a["study_on_volume"].number)
    days = (simulate(each, (Dose(70),), _HOURS, model=Model.A) for each in (typical(), there))
    plain, of_that_study = (float(day.concentration.max()) for day in days)
    return plain, of_that_study


def _tmax(day: Day) -> float:
    return float(measures.time_of_greatest(day.concentration, day.time_h)[0])


def _ratio(one: Day, other: Day) -> float:
    areas = [float(measures.area(day.concentration, day.time_h)[0]) for day in (one, other)]
    return areas[0] / areas[1]


def _value(row: PublishedRow, model: Model) -> float:
    return _measured(row.measure, tuple(Dose(*each) for each in row.doses), model)


def _measured(measure: str, doses: tuple[Dose, ...], model: Model) -> float:
    if measure in _SHARES:
        return _share(measure, model)
    if measure in _OF_EIGHT:
        return _of_eight(_OF_EIGHT[measure], doses, model)
    if measure in _OF_TWO:
        return _OF_TWO[measure](doses, model)
    day = simulate(typical(), doses, _HOURS, model=model)
    return _OF_ONE[measure](day)


def _rise(course: Floats) -> float:
    return float(course.max() - course[0, 0])


def _at(course: Floats, hour: float) -> float:
    return float(course[0, np.searchsorted(_HOURS, hour)] - course[0, 0])


def _onset(day: Day) -> float:
    felt = day.felt_effect[0]
    return float(day.time_h[np.argmax(felt >= measures.FELT_SHARE * felt.max())])


def _peak(course: Floats) -> float:
    return float(measures.time_of_greatest(course, _HOURS)[0])


_OF_ONE: dict[str, Callable[[Day], float]] = {
    "cmax": lambda day: float(day.concentration.max()),
    "tmax": _tmax,
    "half_life": lambda day: float(measures.half_life(day.concentration, day.time_h)[0]),
    "area": lambda day: float(measures.area(day.concentration, day.time_h)[0]),
    "mda_share": lambda day: 100 * float(day.mda_formed[0, -1]) / 125,
    "felt_for": lambda day: float(measures.felt_for(day.felt_effect, day.time_h)[0]),
    "felt_peak": lambda day: _peak(day.felt_effect),
    "felt_onset": _onset,
    "systolic_rise": lambda day: _rise(day.systolic),
    "rate_rise": lambda day: _rise(day.heart_rate),
    "systolic_at_1": lambda day: _at(day.systolic, 1.0),
    "diastolic_at_1": lambda day: _at(day.diastolic, 1.0),
    "rate_at_1": lambda day: _at(day.heart_rate, 1.0),
    "systolic_peak": lambda day: _peak(day.systolic),
    "rate_peak": lambda day: float(day.heart_rate.max()),
    "arterial_peak": lambda day: float((day.systolic / 3 + day.diastolic * 2 / 3).max()),
    "oxytocin": lambda day: float(day.oxytocin.max()),
    "oxytocin_peak": lambda day: _peak(day.oxytocin),
    "oxytocin_ratio": lambda day: float(day.oxytocin.max() / day.oxytocin[0, 0]),
}


def _to_dose(mg: float) -> Callable[[tuple[Dose, ...], Model], float]:
    def ratio(doses: tuple[Dose, ...], model: Model) -> float:
        return _measured("area", doses, model) / _measured("area", (Dose(mg),), model)

    return ratio


def _second(doses: tuple[Dose, ...], model: Model) -> Day:
    return simulate(typical(), doses, _TWO_DAYS, model=model)


def _second_area(doses: tuple[Dose, ...], model: Model) -> float:
    day = _second(doses, model)
    first, second = (measures.area(day.concentration, _TWO_DAYS, start, start + 24)[0] for start in (0, 24))
    return float(second / first)


def _second_cmax(doses: tuple[Dose, ...], model: Model) -> float:
    course = _second(doses, model).concentration[0]
    return float(course[_TWO_DAYS >= 24].max() / course[_TWO_DAYS <= 24].max())


def _paroxetine(doses: tuple[Dose, ...], model: Model) -> float:
    days = (
        simulate(each, doses, _HOURS, model=model) for each in (taking(typical(), "paroxetine"), typical())
    )
    under, alone = (float(measures.area(day.concentration, _HOURS)[0]) for day in days)
    return under / alone


_OF_TWO: dict[str, Callable[[tuple[Dose, ...], Model], float]] = {
    "area_ratio_75": _to_dose(75),
    "area_ratio_50": _to_dose(50),
    "second_area": _second_area,
    "second_cmax": _second_cmax,
    "paroxetine": _paroxetine,
}
_SHARES = {
    "systolic_160": ("systolic", 160),
    "rate_100": ("heart_rate", 100),
    "temperature_38": ("temperature", 38),
}
_OF_EIGHT = {"systolic_of_8": "systolic", "diastolic_of_8": "diastolic", "rate_of_8": "heart_rate"}
_SHORT = np.linspace(0, 8, 97)


def _share(measure: str, model: Model) -> float:
    """Percent of people of one typical study above a bound at any time, half at 75 and half at 125 mg."""
    name, bound = _SHARES[measure]
    people = population(PEOPLE, SEED, study_spread=False)
    above = [
        (getattr(simulate(people, (Dose(mg),), _SHORT, model=model), name).max(axis=1) > bound).mean()
        for mg in (75, 125)
    ]
    return 100 * float(np.mean(above))


def _of_eight(name: str, doses: tuple[Dose, ...], model: Model) -> float:
    """The median over groups of eight people of 70 kg of the highest value any of them shows."""
    people = population(PEOPLE // 8 * 8, SEED, weight_kg=70, study_spread=False)
    highest = getattr(simulate(people, doses, _SHORT, model=model), name).max(axis=1)
    return float(np.median(highest.reshape(-1, 8).max(axis=1)))
