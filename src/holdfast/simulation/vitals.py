"""Vital signs of a dosing session, drawn for any minute of any session alone.

A reading is the person's own level, plus the drug's rise by the person's response, the
dose's share and the shape (t/p) exp(1 - t/p) that peaks at p hours, plus noise; a
supplemental dose adds a lessened second rise. The four measures are always in the order
of ``MEASURES``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.dice import normal
from holdfast.protocol.model import Protocol
from holdfast.simulation.assumptions import Assumptions, by_level

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MEASURES = ("systolic", "diastolic", "heart-rate", "temperature")
GATE_MINUTES = (90, 105)
"""When the supplemental dose is asked for: at the first of these at which no limit is passed."""
SUPPLEMENT_H = 1.75
LEAST_PULSE_PRESSURE = 15
_SPAN = 2048
_EARLIEST = 128


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values at which the supplemental dose is not given: at or above, at or below, by measure."""

    upper: tuple[float, ...]
    lower: tuple[float, ...]

    def passed(self, readings: Floats) -> Bools:
        """Whether any of the four measures of (..., 4) readings passes its bound."""
        over = (readings >= np.array(self.upper)) | (readings <= np.array(self.lower))
        return np.asarray(over.any(axis=-1))


def supplement_bounds(protocol: Protocol) -> Bounds:
    """The bounds that a protocol's limits set for the supplemental dose."""
    upper, lower = [], []
    for measure in MEASURES:
        blocking = [
            each for each in protocol.limits if each.measure == measure and "supplemental-dose" in each.blocks
        ]
        upper.append(min((each.value.number for each in blocking if each.op == ">="), default=np.inf))
        lower.append(max((each.value.number for each in blocking if each.op == "<="), default=-np.inf))
    return Bounds(tuple(upper), tuple(lower))


def readings(
    assumptions: Assumptions,
    *,
    seed: int,
    trial: Ints,
    person: Ints,
    level: Ints,
    session: int,
    minutes: Ints,
    supplement: Bools | None = None,
) -> Floats:
    """Readings (..., M, 4) at ``minutes`` (M,) after the first dose, for broadcast persons (...).

    ``level`` (...) is the arm level, ``session`` counts from 0, ``supplement`` (...) says
    who took the supplemental dose. mmHg and beats are whole, temperature has one decimal.
    """
    part = assumptions.vitals
    values = []
    for index, name in enumerate(("systolic", "diastolic", "heart_rate", "temperature")):
        mean, sd = getattr(part, f"{name}_mean").number, getattr(part, f"{name}_sd").number
        own = mean + sd * np.clip(normal(seed, trial, person, "vitals-level", index), -2, 2)
        response = np.clip(
            1 + part.response_sd.number * normal(seed, trial, person, "vitals-response", index), 0.1, 3
        )
        peak = getattr(part, f"{name}_rise").number * response * _share(assumptions, level, session)
        k = (session * _SPAN + minutes + _EARLIEST) * 4 + index
        noise = part.noise.numbers[index] * normal(
            seed, trial[..., None], person[..., None], "vitals-noise", k
        )
        course = _course(assumptions, minutes, supplement)
        values.append(np.round(own[..., None] + peak[..., None] * course + noise, 1 if index == 3 else 0))
    # A pulse pressure below 15 mmHg would be a fault of the cuff, or of independent noise here.
    values[1] = np.minimum(values[1], values[0] - LEAST_PULSE_PRESSURE)
    return np.stack(values, axis=-1)


def _share(assumptions: Assumptions, level: Ints, session: int) -> Floats:
    part = assumptions.vitals
    arm = by_level(part.inactive_rise.number, 1.0, part.low_rise.number, part.active_rise.number)[level]
    return arm * (part.first_session_share.number if session == 0 else 1.0)


def _course(assumptions: Assumptions, minutes: Ints, supplement: Bools | None) -> Floats:
    """The rise over time, 1 at the first dose's peak: (M,), or (..., M) with supplemental doses."""
    part = assumptions.vitals
    hours = minutes / 60
    first = _shape(hours, part.peak_h.number)
    if supplement is None:
        return first
    second = part.supplement_share.number * _shape(hours - SUPPLEMENT_H, part.peak_h.number)
    return first + supplement[..., None] * second


def _shape(hours: Floats, peak: float) -> Floats:
    since = np.clip(hours, 0, None) / peak
    shape: Floats = since * np.exp(1 - since)
    return shape


def withheld(
    assumptions: Assumptions,
    *,
    seed: int,
    trial: Ints,
    person: Ints,
    level: Ints,
    session: int,
    bounds: Bounds,
) -> Bools:
    """Whose readings pass a bound each time the supplemental dose is asked for."""
    asked = readings(
        assumptions,
        seed=seed,
        trial=trial,
        person=person,
        level=level,
        session=session,
        minutes=np.array(GATE_MINUTES),
    )
    return np.asarray(bounds.passed(asked).all(axis=-1))
