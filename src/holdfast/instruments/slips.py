"""Slips at the entry of vital signs: pressures swapped, another unit, a value in another's field.

What was typed cannot be true as it stands, and one other reading of it can. The person is asked;
nothing is ever put right silently. Each slip says what would be recorded instead, and how the
record tells what was typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from holdfast.instruments.vitals import POSSIBLE
from holdfast.sourced import Figure, Status

MMHG_PER_KPA = Figure(
    value=7.50064,
    unit="mmHg/kPa",
    source="Inverse of 1 mmHg = 133.322 Pa: BIPM, The International System of Units, 8th ed. 2006, table 8",
    status=Status.DERIVED,
    date="2006",
)

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Slip:
    """One likely slip: where to look, the question, the values that would count instead.

    ``typed`` and ``button`` are words for the record and for who decides by one tap.
    """

    code: str
    field: str
    question: str
    instead: Values
    typed: str
    button: str


def slips(values: Values) -> tuple[Slip, ...]:
    """Every likely slip of a reading that cannot be true as it stands, the likeliest first."""
    numbers = {name: value for name, value in values.items() if _is_number(value)}
    return tuple(slip for look in _LOOKS for slip in look(numbers))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def celsius(fahrenheit: float) -> float:
    """Degrees Fahrenheit in degrees Celsius, to a tenth (exact by definition: 32 °F is 0 °C, 212 is 100)."""
    return round((fahrenheit - 32) / 1.8, 1)


def mmhg(kilopascal: float) -> float:
    """Kilopascal in whole mmHg."""
    return float(round(kilopascal * MMHG_PER_KPA.number))


def possible(measure: str, value: float) -> bool:
    """Whether a value of a measure can be true at all."""
    low, high = POSSIBLE[measure].numbers
    return low <= value <= high


def _kilopascal(values: Values) -> Iterator[Slip]:
    given = {name: values[name] for name in ("systolic", "diastolic") if name in values}
    converted = {name: mmhg(number) for name, number in given.items()}
    # A diastolic pressure of 22 kPa could be one in mmHg; a systolic of 40 or less never is.
    as_typed = possible("systolic", given["systolic"]) if "systolic" in given else True
    if as_typed or not all(possible(name, number) for name, number in converted.items()):
        return
    typed, meant = _pair(given), _pair(converted)
    yield Slip(
        code="kilopascal",
        field="systolic",
        question=f"{typed} looks like kPa: {meant} mmHg?",
        instead={**values, **converted},
        typed=f"{typed} kPa",
        button=f"{meant} mmHg",
    )


def _fahrenheit(values: Values) -> Iterator[Slip]:
    given = values.get("temperature")
    if given is None or possible("temperature", given) or not possible("temperature", celsius(given)):
        return
    yield Slip(
        code="fahrenheit",
        field="temperature",
        question=f"{given:g} looks like °F: {celsius(given):.1f} °C?",
        instead={**values, "temperature": celsius(given)},
        typed=f"{given:g} °F",
        button=f"{celsius(given):.1f} °C",
    )


def _point_left_out(values: Values) -> Iterator[Slip]:
    given = values.get("temperature")
    if given is None or not float(given).is_integer() or not possible("temperature", given / 10):
        return
    yield Slip(
        code="point-left-out",
        field="temperature",
        question=f"{given:g} looks as if the point was left out: {given / 10:.1f} °C?",
        instead={**values, "temperature": round(given / 10, 1)},
        typed=f"{given:g}",
        button=f"{given / 10:.1f} °C",
    )


def _swapped(values: Values) -> Iterator[Slip]:
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if systolic is None or diastolic is None or systolic >= diastolic:
        return
    if not (possible("systolic", diastolic) and possible("diastolic", systolic)):
        return
    typed, meant = f"{systolic:g}/{diastolic:g}", f"{diastolic:g}/{systolic:g}"
    yield Slip(
        code="swapped",
        field="diastolic",
        question=f"Swapped? {typed} -> {meant} mmHg.",
        instead={**values, "systolic": diastolic, "diastolic": systolic},
        typed=f"{typed} mmHg",
        button=f"{meant} mmHg",
    )


def _rate_as_pressure(values: Values) -> Iterator[Slip]:
    """The heart rate typed where the systolic pressure belongs, and the other way round."""
    systolic, diastolic, rate = (values.get(name) for name in ("systolic", "diastolic", "heart_rate"))
    if systolic is None or diastolic is None or rate is None or not systolic <= diastolic < rate:
        return
    if not (possible("systolic", rate) and possible("heart_rate", systolic)):
        return
    meant = f"{rate:g}/{diastolic:g} mmHg, {systolic:g} /min"
    yield Slip(
        code="rate-as-pressure",
        field="systolic",
        question=f"Is the heart rate in the field of the pressure? {meant}.",
        instead={**values, "systolic": rate, "heart_rate": systolic},
        typed=f"{systolic:g}/{diastolic:g} mmHg, {rate:g} /min",
        button=meant,
    )


def _pair(given: Values) -> str:
    return "/".join(f"{number:g}" for number in given.values())


_LOOKS: tuple[Callable[[Values], Iterator[Slip]], ...] = (
    _kilopascal,
    _fahrenheit,
    _point_left_out,
    _swapped,
    _rate_as_pressure,
)
