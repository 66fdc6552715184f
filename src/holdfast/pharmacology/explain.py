"""A dosing day explained: bands of virtual people for each quantity, and the words they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from holdfast.errors import ImpossibleValue, Refusal
from holdfast.pharmacology.co_medication import taking
from holdfast.pharmacology.day import Day, Model, simulate
from holdfast.pharmacology.doses import Dose, checked, in_words, notes
from holdfast.pharmacology.medications import Medication, drawable, medication, wash_out
from holdfast.pharmacology.parameters import GENOTYPES, SPREAD
from holdfast.pharmacology.people import Population, population
from holdfast.pharmacology.system import Floats
from holdfast.pharmacology.transporters import WARNING, orders

MEMBERS, SEED = 2000, 1
HOURS = np.round(np.arange(0, 12 + 1e-9, 1 / 12), 6)
"""Every five minutes of the twelve hours from the first dose."""


class Quantity(NamedTuple):
    """What is shown of a course: its code in ``Day``, words, unit, whether with the bound, whether drawn."""

    code: str
    words: str
    unit: str
    bounded: bool = False
    drawn: bool = True


QUANTITIES = (
    Quantity("concentration", "MDMA in plasma", "ng/mL"),
    Quantity("oxytocin", "Oxytocin", "pg/mL"),
    Quantity("felt_effect", "Felt effect", "% of the greatest possible"),
    Quantity("systolic", "Systolic pressure", "mmHg", bounded=True),
    Quantity("diastolic", "Diastolic pressure", "mmHg", bounded=True),
    Quantity("heart_rate", "Heart rate", "/min", bounded=True),
    Quantity("temperature", "Temperature", "°C", bounded=True),
    Quantity("mda_formed", "MDMA turned into MDA so far", "mg", drawn=False),
)


@dataclass(frozen=True, slots=True)
class Band:
    """Over people, at each time (T,): the middle, the middle half, and nine of ten.

    ``untamed`` is (middle, 95th of 100) without acute tolerance, where that bound is shown.
    """

    median: Floats
    half: tuple[Floats, Floats]
    ninety: tuple[Floats, Floats]
    untamed: tuple[Floats, Floats] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What to explain: doses, and what is known of the person; None where it is not."""

    doses: tuple[Dose, ...]
    weight_kg: float | None = None
    genotype: str | None = None
    medicines: tuple[str, ...] = ()
    model: Model = Model.B
    fed: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer: hours (T,), a band for each quantity, and what has to be said beside them."""

    question: Question
    title: str
    time_h: Floats
    bands: dict[str, Band]
    words: tuple[str, ...]
    release: tuple[str, ...]


def explain(question: Question, *, members: int = MEMBERS, seed: int = SEED) -> Explained:
    """Compute the day of virtual people that fit what is known.

    Raises:
        ImpossibleValue: doses no study gave or after the hours drawn, or a weight no adult has.
        UnknownName: no such CYP2D6 class or medicine.
        Refusal: a medicine that is an absolute stop or cannot be drawn; several; CYP2D6 asked of model A.
    """
    medicine = _medicine(question.medicines)
    doses = checked(question.doses)
    if doses and doses[-1].at_h >= HOURS[-1]:
        raise ImpossibleValue(
            f"The day drawn has {HOURS[-1]:g} hours; give later doses within them.", field="dose"
        )
    _check_model(question, medicine)
    people = population(members, seed, weight_kg=question.weight_kg, genotype=question.genotype)
    if medicine is not None:
        people = taking(people, medicine.name, seed=seed)
    day, untamed = (_day(people, doses, question, tame) for tame in (True, False))
    return Explained(
        question=question,
        title=_title(question, doses),
        time_h=HOURS,
        bands={each.code: _band(each, day, untamed) for each in QUANTITIES},
        words=_words(question, medicine, doses, people, day),
        release=_release(),
    )


def _medicine(names: tuple[str, ...]) -> Medication | None:
    """The one medicine of the day; each of several is looked at, so that a stop is never passed over."""
    # Stops first: theirs is the reason that has to be read.
    found = [drawable(name) for name in sorted(names, key=lambda name: not medication(name).stop)]
    if len(found) > 1:
        raise Refusal(
            f"{' and '.join(each.name for each in found)} together with MDMA: no study at hand gave both, so "
            "no such day is computed. Name one of them."
        )
    return found[0] if found else None


def _day(people: Population, doses: tuple[Dose, ...], question: Question, tame: bool) -> Day:
    return simulate(people, doses, HOURS, model=question.model, fed=question.fed, acute_tolerance=tame)


def _check_model(question: Question, medicine: Medication | None) -> None:
    if question.model is not Model.A:
        return
    asked = "a CYP2D6 class" if question.genotype else ""
    if medicine is not None and medicine.share_left is not None:
        asked = f"{medicine.name}, which inhibits CYP2D6,"
    if asked:
        raise Refusal(f"Model A has no CYP2D6 of its own, so {asked} cannot act in it; use model B.")


def _band(quantity: Quantity, day: Day, untamed: Day) -> Band:
    low, first, middle, third, high = np.percentile(getattr(day, quantity.code), (5, 25, 50, 75, 95), axis=0)
    bound = None
    if quantity.bounded:
        bare = np.percentile(getattr(untamed, quantity.code), (50, 95), axis=0)
        bound = (bare[0], bare[1])
    return Band(middle, (first, third), (low, high), bound)


def _title(question: Question, doses: tuple[Dose, ...]) -> str:
    who = [f"{question.weight_kg:g} kg"] if question.weight_kg is not None else []
    who += [GENOTYPES[question.genotype].words] if question.genotype else []
    who += [f"with {name}" for name in question.medicines]
    who += ["after a meal"] if question.fed else []
    return ", ".join([f"MDMA HCl {in_words(doses)}", *who])


def _words(
    question: Question,
    medicine: Medication | None,
    doses: tuple[Dose, ...],
    people: Population,
    day: Day,
) -> tuple[str, ...]:
    fixed = [
        what for what, given in (("weight", question.weight_kg), ("CYP2D6 class", question.genotype)) if given
    ]
    held = f" The {' and '.join(fixed)} given is that of all of them." if fixed else ""
    formed = float(np.median(day.mda_formed[:, -1]))
    level, effect = (100 * SPREAD[name].number for name in ("study_level", "study_effect"))
    said = [
        f"The line is the middle of {len(people):,} virtual people at each time; half of them lie in the "
        f"dark band, nine of ten in the light one. People and studies differ.{held} No one follows the line.",
        f"Studies are taken to differ by {level:.0f} % in concentration and {effect:.0f} % in effect (SD of "
        "the log, assumed); without that the bands would be too narrow.",
        _MODELS[question.model],
        "All effects are calibrations: no published model of MDMA's effects was found. Baselines are "
        "assumed. Misfits are listed in docs/pharmacology/fit.md.",
        "Dotted and dashed: the bound without acute tolerance, its middle and one in twenty above. With "
        "tolerance a second dose looks harmless to the pressure, and no study has tested that.",
        f"MDA: a tenth of what is eliminated (published); the middle person has turned {formed:.0f} mg into "
        "it by 12 h. Its concentration is not known: no volume or clearance of it is at hand.",
        "This explains published studies to staff and researchers. It is no dosing advice, no forecast of a "
        "person, and no alarm.",
        *notes(doses),
    ]
    return (*said, *_of_medicine(medicine))


_MODELS = {
    Model.A: "Model A: published and linear (Huestis et al. 2025, doi:10.1002/psp4.13282, by a secondary "
    "extraction). It has no CYP2D6 of its own; how clearance differs between people was not captured and is "
    "assumed.",
    Model.B: "Model B: proposed, the drug inactivates its own enzyme CYP2D6; calibrated to published "
    "concentrations. Liver blood flow and renal clearance in it are from memory: verify before use.",
}


def _of_medicine(medicine: Medication | None) -> tuple[str, ...]:
    if medicine is None:
        return ()
    said = [f"{medicine.name.capitalize()}: {medicine.effect} ({medicine.source})."]
    said += _drawn(medicine)
    if medicine.not_drawn:
        said.append(f"Not drawn: {medicine.not_drawn}.")
    days = wash_out(medicine)
    if days is None:
        said.append(f"Wash-out of {medicine.name}: not known, no half-life is at hand.")
    else:
        span = " to ".join(f"{value:.1f}" for value in dict.fromkeys(days.numbers))
        unsure = "" if days.citable else ", from memory: verify before use"
        said.append(
            f"Five half-lives of {medicine.name} or its active metabolite are {span} days{unsure}. That is "
            "arithmetic, not a limit: a physician of the site sets the wash-out."
        )
    return tuple(said)


def _drawn(medicine: Medication) -> list[str]:
    """What the picture takes the medicine to do: each range, and where it comes from."""
    by_source: dict[str, list[str]] = {}
    shown = {"of CYP2D6 activity": medicine.share_left}
    shown |= {f"of the rise of {_EFFECT_WORDS[name]}": figure for name, figure in medicine.effects.items()}
    for what, figure in shown.items():
        if figure is not None:
            low, high = figure.numbers
            by_source.setdefault(figure.source, []).append(f"{100 * low:.0f} to {100 * high:.0f} % {what}")
    return [f"Drawn: it leaves {', '.join(what)} ({source})." for source, what in by_source.items()]


_EFFECT_WORDS = {
    "felt": "the felt effect",
    "systolic": "systolic pressure",
    "diastolic": "diastolic pressure",
    "heart_rate": "heart rate",
    "temperature": "temperature",
}


def _release() -> tuple[str, ...]:
    return (WARNING, *(f"{' > '.join(each.order)} ({each.source})" for each in orders()))


def as_json(answer: Explained) -> dict[str, object]:
    """The answer as plain data: ``time_h``, then an object for each quantity, then ``about``."""
    found: dict[str, object] = {"time_h": answer.time_h.tolist()}
    for each in QUANTITIES:
        found[each.code] = _band_json(each, answer.bands[each.code])
    found["about"] = {
        "title": answer.title,
        "doses": [{"mg": dose.mg, "at_h": dose.at_h} for dose in checked(answer.question.doses)],
        "model": answer.question.model.value,
        "words": list(answer.words),
        "monoamine_release_rank_order_only": list(answer.release),
    }
    return found


def _band_json(quantity: Quantity, band: Band) -> dict[str, object]:
    def plain(values: Floats) -> list[float]:
        return [round(float(value), 3) for value in values]

    shown: dict[str, object] = {
        "unit": quantity.unit,
        "median": plain(band.median),
        "band_50": {"low": plain(band.half[0]), "high": plain(band.half[1])},
        "band_90": {"low": plain(band.ninety[0]), "high": plain(band.ninety[1])},
    }
    if band.untamed is not None:
        shown["without_tolerance"] = {
            "median": plain(band.untamed[0]),
            "percentile_95": plain(band.untamed[1]),
        }
    return shown
