"""What is expected before any reading: how virtual people respond to doses, and how they rest.

A member's vital sign is resting value + factor x shape(t). The shape comes from the
equations, once per dose; the factor's log and the resting values are normal between people
(``parameters``). Resting values are therefore never drawn: a normal prior with normal
scatter of readings is integrated exactly, and only shapes and factors need members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.errors import ImpossibleValue, Refusal
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.co_medication import taking
from holdfast.pharmacology.day import Model, simulate
from holdfast.pharmacology.doses import Dose, checked
from holdfast.pharmacology.forecast_readings import CODES
from holdfast.pharmacology.medications import medication
from holdfast.pharmacology.people import Population, population
from holdfast.pharmacology.system import Floats

MEMBERS, SEED = 5000, 1
HOURS = np.round(np.arange(0, 8 + 1e-9, 1 / 12), 6)
"""Every five minutes of the eight hours from the first dose."""
FACTORS = np.array([0, 0, 1, 2])
"""The factor of each sign: the pressures share one (systolic), then rate and temperature."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """Rises of N members at factor 1, (4, T, N) in units of the signs, with and without tolerance."""

    tamed: np.ndarray
    bare: np.ndarray


@dataclass(frozen=True, slots=True)
class Who:
    """What is known of the person before the day; None where it is not."""

    weight_kg: float | None
    genotype: str | None
    medicine: str | None
    members: int


@dataclass(frozen=True, slots=True)
class Prior:
    """N members before any reading: shapes, the logs of their factors (N, 3), and the normal laws behind.

    ``rest`` (4,) and ``rest_covariance`` (4, 4): resting values; ``factor_covariance`` (3, 3): logs
    of factors, their mean 0.
    """

    doses: tuple[Dose, ...]
    model: Model
    fed: bool
    people: Who
    shapes: Shapes
    log_factors: Floats
    factor_covariance: Floats
    rest: Floats
    rest_covariance: Floats

    def __len__(self) -> int:
        return int(self.log_factors.shape[0])


def prior(
    doses: Sequence[Dose],
    *,
    model: Model = Model.B,
    weight_kg: float | None = None,
    genotype: str | None = None,
    medicine: str | None = None,
    fed: bool = False,
    members: int = MEMBERS,
) -> Prior:
    """Simulate the members once for these doses.

    Raises:
        ImpossibleValue: no dose, or doses no study gave, or a weight no adult has.
        UnknownName: no such CYP2D6 class or medicine.
        Refusal: a medicine that is an absolute stop or cannot be drawn; CYP2D6 asked of model A.
    """
    return _simulated(doses, model, Who(weight_kg, genotype, medicine, members), fed)


def with_doses(before: Prior, doses: Sequence[Dose]) -> Prior:
    """The same members after other doses, such as the first and a supplemental one."""
    return _simulated(doses, before.model, before.people, before.fed)


def _simulated(doses: Sequence[Dose], model: Model, who: Who, fed: bool) -> Prior:
    taken = checked(doses)
    if not taken or taken[-1].at_h >= HOURS[-1]:
        raise ImpossibleValue(
            f"A forecast needs a dose, and every dose within the {HOURS[-1]:g} hours it shows.", field="dose"
        )
    _check_model(model, who)
    people = population(who.members, SEED, weight_kg=who.weight_kg, genotype=who.genotype)
    if who.medicine is not None:
        people = taking(people, who.medicine, seed=SEED)
    effects = (known.SYSTOLIC, known.HEART_RATE, known.TEMPERATURE)
    own = np.diag([effect.rise_sd.number**2 for effect in effects])
    rest, covariance = _at_rest()
    return Prior(
        doses=taken,
        model=model,
        fed=fed,
        people=who,
        shapes=_shapes(people, taken, model, fed),
        log_factors=np.log(np.column_stack(_factors(people))),
        factor_covariance=own + known.SPREAD["study_effect"].number ** 2,
        rest=rest,
        rest_covariance=covariance,
    )


def _check_model(model: Model, who: Who) -> None:
    acts = who.genotype is not None
    if who.medicine is not None:
        acts = acts or medication(who.medicine).share_left is not None
    if model is Model.A and acts:
        raise Refusal(
            "Model A has no CYP2D6 of its own, so neither a class nor an inhibitor acts in it; use model B."
        )


def _shapes(people: Population, doses: tuple[Dose, ...], model: Model, fed: bool) -> Shapes:
    return Shapes(*(_shape(people, doses, model, fed, tolerance) for tolerance in (True, False)))


def _shape(
    people: Population, doses: tuple[Dose, ...], model: Model, fed: bool, tolerance: bool
) -> np.ndarray:
    day = simulate(people, doses, HOURS, model=model, fed=fed, acute_tolerance=tolerance)
    factors = _factors(people)
    # Half the memory: a band touches every shape at every time, and a rise needs no more digits.
    found = np.empty((len(CODES), HOURS.size, len(people)), np.float32)
    for index, code in enumerate(CODES):
        rise = getattr(day, code) - getattr(people, code)[:, None]
        found[index] = (rise / factors[FACTORS[index]][:, None]).T
    return found


def _factors(people: Population) -> tuple[Floats, Floats, Floats]:
    return people.rise_systolic, people.rise_heart_rate, people.rise_temperature


def _at_rest() -> tuple[Floats, Floats]:
    figures = (
        (known.SYSTOLIC.baseline, known.SYSTOLIC.baseline_sd),
        (known.DIASTOLIC_BASELINE, known.DIASTOLIC_BASELINE_SD),
        (known.HEART_RATE.baseline, known.HEART_RATE.baseline_sd),
        (known.TEMPERATURE.baseline, known.TEMPERATURE.baseline_sd),
    )
    sd = np.array([spread.number for _, spread in figures])
    together = np.eye(4)
    together[0, 1] = together[1, 0] = known.PRESSURES_TOGETHER.number
    return np.array([middle.number for middle, _ in figures]), np.outer(sd, sd) * together


def shapes_at(shapes: np.ndarray, at_h: float) -> Floats:
    """Shapes (4, N) at any hour, on the line between the simulated ones beside it; 0 before the dose."""
    if at_h <= 0:
        return np.zeros((shapes.shape[0], shapes.shape[2]))
    right = min(int(np.searchsorted(HOURS, at_h)), HOURS.size - 1)
    share = (at_h - HOURS[right - 1]) / (HOURS[right] - HOURS[right - 1])
    return np.asarray((1 - share) * shapes[:, right - 1] + share * shapes[:, right], dtype=np.float64)
