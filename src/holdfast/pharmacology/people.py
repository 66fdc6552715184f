"""Virtual people: weight, sex, CYP2D6 class, baselines, and how they and their studies differ.

Each member is drawn alone from counter-based dice: member 7 is the same person in a
population of ten and of ten thousand. A study's level is part of every member's draw,
so that a population is a prior for a person of a study not yet seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from holdfast import dice
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.pharmacology import parameters as known

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

CLASSES = tuple(known.GENOTYPES)


@dataclass(frozen=True, slots=True)
class Population:
    """n people; every array is (n,).

    ``genotype`` indexes ``CLASSES``; ``activity`` is CYP2D6 activity against two full
    alleles and ``share_left`` what a co-medication leaves of it. ``volume`` to
    ``absorption`` are factors on a typical person of that weight; ``level`` is the factor
    of their study on concentrations. ``systolic`` to ``oxytocin`` are values at rest
    (mmHg, mmHg, /min, degC, pg/mL), ``rise_*`` factors on the greatest rise, ``with_*``
    what a co-medication leaves of an effect (1: all of it).
    """

    weight_kg: Floats
    woman: Bools
    genotype: Ints
    activity: Floats
    share_left: Floats
    volume: Floats
    clearance: Floats
    cyp2d6_clearance: Floats
    absorption: Floats
    level: Floats
    systolic: Floats
    diastolic: Floats
    heart_rate: Floats
    temperature: Floats
    oxytocin: Floats
    rise_systolic: Floats
    rise_heart_rate: Floats
    rise_temperature: Floats
    with_felt: Floats
    with_systolic: Floats
    with_diastolic: Floats
    with_heart_rate: Floats
    with_temperature: Floats

    def __len__(self) -> int:
        return self.weight_kg.size


def population(
    n: int,
    seed: int,
    *,
    weight_kg: float | None = None,
    genotype: str | None = None,
    one_study: bool = False,
    study_spread: bool = True,
) -> Population:
    """Draw n people; a weight or a CYP2D6 class may be given for all of them.

    ``one_study`` gives all of them the same study's level; ``study_spread=False`` the level of
    the studies the models were calibrated to.

    Raises:
        ImpossibleValue: fewer than one person, or a weight no adult has.
        UnknownName: no such CYP2D6 class.
    """
    if n < 1:
        raise ImpossibleValue(f"A population has at least one person, not {n}.", field="n")
    person = np.arange(n)
    woman = dice.uniform(seed, 0, person, "pharmacology-sex") < known.WOMEN.number
    classes = _classes(seed, person) if genotype is None else np.full(n, class_of(genotype))
    drawn = _weights(seed, person, woman) if weight_kg is None else np.full(n, checked_weight(weight_kg))
    study = np.zeros(n, np.int64) if one_study else person
    spread = known.SPREAD
    return Population(
        weight_kg=drawn,
        woman=woman,
        genotype=classes,
        activity=_activities()[classes],
        share_left=np.ones(n),
        volume=_factor(seed, person, "volume", spread["volume"].number),
        clearance=_factor(seed, person, "clearance", spread["clearance"].number),
        cyp2d6_clearance=_factor(seed, person, "cyp2d6", spread["cyp2d6_clearance"].number),
        absorption=_factor(seed, person, "absorption", spread["absorption"].number),
        level=_factor(seed, study, "study-level", study_spread * spread["study_level"].number),
        **_at_rest(seed, person),
        **_rises(
            seed, person, _factor(seed, study, "study-effect", study_spread * spread["study_effect"].number)
        ),
        **_untouched(n),
    )


def typical(*, weight_kg: float | None = None, genotype: str = "normal") -> Population:
    """One person without deviations: 70 kg unless a weight is given, resting values of the figures."""
    one = np.ones(1)
    index = class_of(genotype)
    reference = known.MODEL_A["reference_weight"].number
    return Population(
        weight_kg=np.array([reference if weight_kg is None else checked_weight(weight_kg)]),
        woman=np.zeros(1, np.bool_),
        genotype=np.array([index]),
        activity=_activities()[[index]],
        share_left=one,
        volume=one,
        clearance=one,
        cyp2d6_clearance=one,
        absorption=one,
        level=one,
        systolic=one * known.SYSTOLIC.baseline.number,
        diastolic=one * known.DIASTOLIC_BASELINE.number,
        heart_rate=one * known.HEART_RATE.baseline.number,
        temperature=one * known.TEMPERATURE.baseline.number,
        oxytocin=one * known.OXYTOCIN.baseline.number,
        rise_systolic=one,
        rise_heart_rate=one,
        rise_temperature=one,
        **_untouched(1),
    )


def of_study(people: Population, *, clearance: float, volume: float) -> Population:
    """The same people where a study's clearance and volume differ by these shares (-0.36: 36 % less)."""
    return replace(people, clearance=people.clearance * (1 + clearance), volume=people.volume * (1 + volume))


def class_of(genotype: str) -> int:
    """The index of a CYP2D6 class; UnknownName where there is none of that name."""
    if genotype not in CLASSES:
        raise UnknownName(f"There is no CYP2D6 class {genotype!r}; known are {', '.join(CLASSES)}.")
    return CLASSES.index(genotype)


def checked_weight(weight_kg: float) -> float:
    """The weight; ImpossibleValue unless an adult can have it."""
    least, most = known.WEIGHT["possible"].numbers
    if not least <= weight_kg <= most:
        raise ImpossibleValue(
            f"{weight_kg:g} kg is no weight of an adult ({least:g} to {most:g} kg); check the unit.",
            field="weight",
        )
    return weight_kg


def _activities() -> Floats:
    return np.array([each.activity.number for each in known.GENOTYPES.values()])


def _classes(seed: int, person: Ints) -> Ints:
    shares = np.cumsum([each.share.number for each in known.GENOTYPES.values()])
    return np.searchsorted(shares[:-1], dice.uniform(seed, 0, person, "pharmacology-genotype"), side="right")


def _weights(seed: int, person: Ints, woman: Bools) -> Floats:
    z = dice.normal(seed, 0, person, "pharmacology-weight")
    women, men = known.WEIGHT["women"].numbers, known.WEIGHT["men"].numbers
    drawn = np.where(woman, women[0] + women[1] * z, men[0] + men[1] * z)
    least, most = known.WEIGHT["bounds"].numbers
    return np.asarray(np.clip(drawn, least, most), dtype=np.float64)


def _factor(seed: int, person: Ints, stream: str, sd: float) -> Floats:
    return np.exp(sd * dice.normal(seed, 0, person, f"pharmacology-{stream}"))


def _at_rest(seed: int, person: Ints) -> dict[str, Floats]:
    def z(stream: str) -> Floats:
        return dice.normal(seed, 0, person, f"pharmacology-rest-{stream}")

    together = known.PRESSURES_TOGETHER.number
    systolic = z("systolic")
    diastolic = together * systolic + np.sqrt(1 - together**2) * z("diastolic")
    shown = {"systolic": systolic, "heart_rate": z("heart-rate"), "temperature": z("temperature")}
    effects = {"systolic": known.SYSTOLIC, "heart_rate": known.HEART_RATE, "temperature": known.TEMPERATURE}
    values = {
        name: effects[name].baseline.number + effects[name].baseline_sd.number * score
        for name, score in shown.items()
    }
    values["diastolic"] = known.DIASTOLIC_BASELINE.number + known.DIASTOLIC_BASELINE_SD.number * diastolic
    values["oxytocin"] = known.OXYTOCIN.baseline.number * np.exp(
        known.OXYTOCIN.baseline_sd.number * z("oxytocin")
    )
    return values


def _rises(seed: int, person: Ints, study: Floats) -> dict[str, Floats]:
    effects = {"systolic": known.SYSTOLIC, "heart_rate": known.HEART_RATE, "temperature": known.TEMPERATURE}
    return {
        f"rise_{name}": study * _factor(seed, person, f"rise-{name}", effect.rise_sd.number)
        for name, effect in effects.items()
    }


def _untouched(n: int) -> dict[str, Floats]:
    names = ("felt", "systolic", "diastolic", "heart_rate", "temperature")
    return {f"with_{name}": np.ones(n) for name in names}
