"""Vital signs as the forecast reads them: what can be true, how a reading scatters, what a limit is."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.system import Floats
from holdfast.sourced import Figure, Status

CUFF = (
    "below the SD of 8 mmHg against a reference that ANSI/AAMI/ISO 81060-2:2013 allows a validated cuff "
    "(as doi:10.1007/s13534-019-00096-x lists it); a steady error of cuff and person counts as resting value"
)
MOVED = "how a resting value moves from minute to minute; no figure at hand"


def _assumed(value: float | tuple[float, ...], unit: str, why: str) -> Figure:
    return Figure(value=value, unit=unit, source=why, status=Status.ASSUMED, date=known.MADE)


class Sign(NamedTuple):
    """A vital sign: its code in ``Day``, words, unit, how one reading scatters, and what can be true."""

    code: str
    words: str
    unit: str
    noise: Figure
    possible: Figure


_SLIP = "beyond these a value is taken for a slip or another unit"

SIGNS = (
    Sign(
        "systolic",
        "Systolic pressure",
        "mmHg",
        _assumed(7.0, "mmHg, SD", f"{CUFF}; scan 4 to 10"),
        _assumed((50.0, 300.0), "mmHg", _SLIP),
    ),
    Sign(
        "diastolic",
        "Diastolic pressure",
        "mmHg",
        _assumed(5.0, "mmHg, SD", f"{CUFF}; scan 3 to 8"),
        _assumed((20.0, 200.0), "mmHg", _SLIP),
    ),
    Sign(
        "heart_rate",
        "Heart rate",
        "/min",
        _assumed(6.0, "/min, SD", f"{MOVED}; scan 3 to 10"),
        _assumed((20.0, 250.0), "/min", _SLIP),
    ),
    Sign(
        "temperature",
        "Temperature",
        "°C",
        _assumed(0.2, "degC, SD", f"an ear thermometer and {MOVED}; scan 0.1 to 0.4"),
        _assumed((30.0, 45.0), "degC", _SLIP),
    ),
)
CODES = tuple(sign.code for sign in SIGNS)
NOISE = np.array([sign.noise.number for sign in SIGNS])

REST_H = _assumed(2.0, "h", "a reading so long before the dose or less counts as one at rest")
APART_H = _assumed(
    1 / 60,
    "h",
    "two readings of a sign within a minute are one occasion: the person's moment is the same in both",
)


class Reading(NamedTuple):
    """Vital signs at a time (h from the first dose, negative before it); None where not taken."""

    at_h: float
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    temperature: float | None = None


class Limit(NamedTuple):
    """A limit that a physician signed; passed above it, or below it where ``above`` is False."""

    sign: str
    value: float
    above: bool = True


def values_of(reading: Reading) -> Floats:
    """The values (4,) in the order of ``SIGNS``, NaN where not taken.

    Raises:
        ImpossibleValue: a time that is no number, a value nobody has, pressures swapped.
    """
    if not math.isfinite(reading.at_h):
        raise ImpossibleValue("A reading has a time in hours from the first dose; give it.", field="at_h")
    values = np.array([math.nan if each is None else float(each) for each in reading[1:]])
    for sign, value in zip(SIGNS, values, strict=True):
        _check(sign, float(value))
    systolic, diastolic = values[:2]
    if systolic <= diastolic:
        raise ImpossibleValue(
            f"A systolic pressure of {systolic:g} is not above a diastolic one of {diastolic:g}; were the "
            "two swapped?",
            field="systolic",
        )
    return values


def _check(sign: Sign, value: float) -> None:
    low, high = sign.possible.numbers
    if not (value < low or value > high):
        return
    raise ImpossibleValue(
        f"{sign.words} {value:g} {sign.unit} cannot be true ({low:g} to {high:g}).{_other_unit(sign, value)}",
        field=sign.code,
    )


def _other_unit(sign: Sign, value: float) -> str:
    if sign.code == "temperature" and 86.0 <= value <= 113.0:
        return f" Was it in °F? That would be {(value - 32) / 1.8:.1f} °C; enter it in °C."
    if sign.unit == "mmHg" and 3.0 <= value <= 40.0:
        return f" Was it in kPa? That would be {value * 7.50062:.0f} mmHg; enter it in mmHg."
    return " Measure again, or correct what was typed."


def limit_of(limit: Limit) -> int:
    """The index of a limit's sign.

    Raises:
        UnknownName: no such sign.
        ImpossibleValue: a limit that is no number.
    """
    if limit.sign not in CODES:
        raise UnknownName(f"There is no vital sign {limit.sign!r}; known are {', '.join(CODES)}.")
    if not math.isfinite(limit.value):
        raise ImpossibleValue(f"A limit of {limit.sign} is a number, not {limit.value}.", field="limit")
    return CODES.index(limit.sign)
