"""VITALS: blood pressure, heart rate and temperature of one reading.

Two pairs of bounds. Outside the wide pair a value is impossible and is sent back, so
that a slip of the finger is never a record. Outside the narrow pair it is only unusual:
the form asks for a second look and keeps it. Neither is a limit of treatment: those
are the protocol's, signed by a physician of the site. Each measure may be left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from holdfast.instruments.scale import (
    Answers,
    Instrument,
    Item,
    Rater,
    ScoreName,
    Scores,
    Wording,
    english,
)
from holdfast.instruments.scoring import missing, number
from holdfast.sourced import Figure, Status

LABELS = {
    "systolic": "Systolic blood pressure",
    "diastolic": "Diastolic blood pressure",
    "heart_rate": "Heart rate",
    "temperature": "Body temperature",
}
UNITS = {"systolic": "mmHg", "diastolic": "mmHg", "heart_rate": "/min", "temperature": "degC"}

_WHY_POSSIBLE = "plausibility bound: beyond it an awake adult's reading is an error of entry or of the device"
_WHY_USUAL = "bound for a second look: rare in an awake adult, also under MDMA; not a limit of treatment"


def _bounds(code: str, low: float, high: float, why: str) -> Figure:
    return Figure(value=(low, high), unit=UNITS[code], source=why, status=Status.ASSUMED, date="2026-11-23")


POSSIBLE: Mapping[str, Figure] = {
    "systolic": _bounds("systolic", 40, 300, _WHY_POSSIBLE),
    "diastolic": _bounds("diastolic", 20, 200, _WHY_POSSIBLE),
    "heart_rate": _bounds("heart_rate", 20, 300, _WHY_POSSIBLE),
    "temperature": _bounds("temperature", 30, 45, _WHY_POSSIBLE),
}
USUAL: Mapping[str, Figure] = {
    "systolic": _bounds("systolic", 80, 220, _WHY_USUAL),
    "diastolic": _bounds("diastolic", 40, 130, _WHY_USUAL),
    "heart_rate": _bounds("heart_rate", 40, 180, _WHY_USUAL),
    "temperature": _bounds("temperature", 35, 39.5, _WHY_USUAL),
}


def score(answers: Answers) -> Scores:
    """Pulse pressure, None unless both pressures were measured."""
    systolic, diastolic = number(answers, "systolic"), number(answers, "diastolic")
    pulse_pressure = None if systolic is None or diastolic is None else systolic - diastolic
    return Scores({"pulse_pressure": pulse_pressure}, missing(answers, LABELS))


def contradictions(answers: Answers) -> tuple[tuple[str, str], ...]:
    """A diastolic pressure that is not below the systolic one: mostly the two swapped."""
    systolic, diastolic = number(answers, "systolic"), number(answers, "diastolic")
    if systolic is None or diastolic is None or systolic > diastolic:
        return ()
    return (
        (
            "diastolic",
            f"The systolic pressure ({systolic:g} mmHg) must be above the diastolic ({diastolic:g} mmHg). "
            "Check whether the two were swapped.",
        ),
    )


def _item(code: str) -> Item:
    low, high = POSSIBLE[code].numbers
    below, above = USUAL[code].numbers
    return Item(
        code,
        english(LABELS[code]),
        minimum=low,
        maximum=high,
        whole=code != "temperature",
        unit=UNITS[code],
        required=False,
        unlikely_below=below,
        unlikely_above=above,
    )


INSTRUMENT = Instrument(
    code="VITALS",
    version="1",
    name=english("Vital signs"),
    rater=Rater.OBSERVER,
    recall=english("Now"),
    items=tuple(_item(code) for code in LABELS),
    score_names=(ScoreName("pulse_pressure", english("Pulse pressure"), int, 0, 280, "mmHg"),),
    score=score,
    licence="Holdfast's own form.",
    wording=Wording.OURS,
    source="Holdfast; bounds are assumed, with their reasons in the figures",
    figures={f"{code}_possible": figure for code, figure in POSSIBLE.items()}
    | {f"{code}_usual": figure for code, figure in USUAL.items()},
    contradictions=contradictions,
)
