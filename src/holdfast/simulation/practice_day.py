"""The virtual participant of a practice: what the monitor shows, and what happens in the room.

Pressures, rate and temperature are those of one of pharmacology's virtual people after the
doses as they were swallowed, with the noise of a cuff. What happens in the room is drawn from
the seed alone, so that it tells nothing of the dose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from holdfast.dice import normal, uniform
from holdfast.errors import ImpossibleValue
from holdfast.pharmacology.day import simulate
from holdfast.pharmacology.doses import Dose, checked
from holdfast.pharmacology.people import population
from holdfast.protocol.model import DosingSession, Protocol
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.practice import arm_index
from holdfast.simulation.vitals import LEAST_PULSE_PRESSURE

MINUTES_BEFORE = 2_000
"""Readings are drawn by minute; so many minutes before the first dose have numbers of their own."""
SCRIPT = (
    ("jaw-clenching", 35, 60),
    ("nausea", 30, 70),
    ("anxiety", 45, 95),
    ("asks-to-be-held", 80, 150),
    ("grief", 110, 200),
    ("cold", 150, 240),
    ("bathroom", 130, 300),
    ("thirst", 180, 330),
    ("talking", 240, 400),
)
"""What happens in the room, from the soonest to the latest minute after the first dose. Invented to
give the room something to do; no claim about how often or when such things happen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the monitor shows: mmHg, mmHg, beats a minute, degrees Celsius."""

    systolic: float
    diastolic: float
    heart_rate: float
    temperature: float


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens in the room, so many minutes after the first dose."""

    minute: int
    code: str


def script(seed: int) -> tuple[Happening, ...]:
    """What happens in the room, in order."""
    found = []
    for place, (code, soonest, latest) in enumerate(SCRIPT):
        drawn = float(uniform(seed, 0, 0, "practice-script", place))
        found.append(Happening(soonest + int(drawn * (latest - soonest + 1)), code))
    return tuple(sorted(found, key=lambda each: each.minute))


def monitor(
    protocol: Protocol,
    assumptions: Assumptions,
    *,
    seed: int,
    session: DosingSession,
    swallowed: Mapping[str, float],
    minute: int | None,
) -> Shown:
    """The readings of a minute after the first dose; before it (None, or negative) those of rest.

    ``swallowed`` gives the minute of each dose step that was taken.
    """
    doses = _doses(protocol, session, swallowed, seed=seed)
    quiet = _quiet(doses, hour=max(0.0, (minute or 0) / 60), seed=seed)
    place = (MINUTES_BEFORE + (minute or 0)) * 4 + np.arange(4)
    noise = np.array(assumptions.vitals.noise.numbers) * normal(seed, 0, 0, "practice-noise", place)
    systolic, diastolic, rate, temperature = (float(a + b) for a, b in zip(quiet, noise, strict=True))
    return Shown(
        systolic=round(systolic),
        diastolic=round(min(diastolic, systolic - LEAST_PULSE_PRESSURE)),
        heart_rate=round(rate),
        temperature=round(temperature, 1),
    )


def _quiet(doses: tuple[Dose, ...], *, hour: float, seed: int) -> tuple[float, ...]:
    """The four measures without the noise of a cuff."""
    person = population(1, seed)
    names = ("systolic", "diastolic", "heart_rate", "temperature")
    if not doses:
        return tuple(float(getattr(person, name)[0]) for name in names)
    day = simulate(person, doses, [hour])
    return tuple(float(getattr(day, name)[0, 0]) for name in names)


def _doses(
    protocol: Protocol, session: DosingSession, swallowed: Mapping[str, float], *, seed: int
) -> tuple[Dose, ...]:
    arm = protocol.arms[arm_index(protocol, seed=seed)].code
    steps = [step for step in (session.first, session.supplemental) if step is not None]
    doses = [
        Dose(step.mg[arm].number, max(0.0, swallowed[step.step] / 60))
        for step in steps
        if step.step in swallowed and step.mg[arm].number > 0
    ]
    try:
        return checked(doses) if doses else ()
    except ImpossibleValue:  # more than any study gave, by a slip of the practice: the first dose alone
        return checked(doses[:1])


def make_ready() -> None:
    """Compile the equations, or load them compiled."""
    simulate(population(1, 0), (Dose(80.0),), [1.0])


if __name__ == "__main__":
    make_ready()
