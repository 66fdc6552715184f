"""Does the band hold what it says? Simulated days, each next reading held against the band."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from holdfast import dice
from holdfast.pharmacology import parameters as known
from holdfast.pharmacology.day import Model, simulate
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast import Openness, Tracked, begin, shown_of, told
from holdfast.pharmacology.forecast_bands import bands
from holdfast.pharmacology.forecast_members import fresh, nothing
from holdfast.pharmacology.forecast_prior import HOURS, prior
from holdfast.pharmacology.forecast_readings import CODES, NOISE, SIGNS, Reading
from holdfast.pharmacology.people import Population, population
from holdfast.pharmacology.system import Floats

SEED = 2027
"""Not the seed of the members: the people of these days are none of them."""
DAYS = 250
DOSES = ((Dose(80), Dose(40, 1.75)), (Dose(120), Dose(60, 1.75)))
"""Every second day has the smaller doses."""
REST_AT = -0.25
READ_AT = np.arange(0.5, 8.01, 0.5)
EDGE = 1.645
"""One study in twenty lies further out than this many SD."""


class Truth(NamedTuple):
    """Where days come from: model, the study's place in the prior (SD; None: drawn), scatter, tolerance."""

    words: str
    model: Model
    study: float | None = None
    noise: float = 1.0
    acute_tolerance: bool = True


TRUTHS = {
    "a": Truth("model A", Model.A),
    "b": Truth("model B", Model.B),
    "high": Truth("model B, a study of high levels and effects", Model.B, EDGE),
    "low": Truth("model B, a study of low levels and effects", Model.B, -EDGE),
    "rough": Truth("model B, readings scatter half as much again", Model.B, None, 1.5),
    "bare": Truth("model B without acute tolerance", Model.B, None, 1.0, acute_tolerance=False),
}
CASES = (
    ("a", Model.A),
    ("b", Model.B),
    ("high", Model.B),
    ("low", Model.B),
    ("a", Model.B),
    ("b", Model.A),
    ("high", Model.A),
    ("low", Model.A),
    ("rough", Model.B),
    ("bare", Model.B),
)
"""Whose days, fitted by which model: first those where the model is right."""
RIGHT = 4


class Checked(NamedTuple):
    """A day: next readings of each sign within the bands, and how many values were not used.

    ``width`` and ``prior_width`` are means of the 90 % band and of the prior's, in the sign's unit.
    """

    truth: str
    fitted: str
    day: int
    within_90: tuple[int, ...]
    within_50: tuple[int, ...]
    width: tuple[float, ...]
    prior_width: tuple[float, ...]
    unused: int


def check(truth: str, fitted: Model, days: int = DAYS) -> Iterator[Checked]:
    """Play the first days of a truth; day k is the same however many are asked for."""
    values = readings_of(truth, days)
    for day in range(days):
        yield _day(truth, fitted, day, values[day])


def readings_of(truth: str, days: int) -> Floats:
    """What is read on the first days of a truth: (days, 1 + T, 4), at rest and then at ``READ_AT``."""
    people, where = _people(TRUTHS[truth], days), TRUTHS[truth]
    times = np.concatenate([[0.0], READ_AT])
    courses = np.empty((len(DOSES), days, times.size, len(CODES)))
    for kind, doses in enumerate(DOSES):
        day = simulate(people, doses, times, model=where.model, acute_tolerance=where.acute_tolerance)
        courses[kind] = np.stack([getattr(day, code) for code in CODES], axis=2)
    found = courses[np.arange(days) % len(DOSES), np.arange(days)]
    k = np.arange(times.size * len(CODES)).reshape(1, times.size, len(CODES))
    z = dice.normal(SEED, 0, np.arange(days)[:, None, None], "forecast-check-scatter", k)
    return np.asarray(found + where.noise * NOISE * z)


def _people(truth: Truth, days: int) -> Population:
    people = population(days, SEED, study_spread=truth.study is None)
    if truth.study is None:
        return people
    level = np.exp(truth.study * known.SPREAD["study_level"].number)
    effect = np.exp(truth.study * known.SPREAD["study_effect"].number)
    return replace(
        people,
        level=people.level * level,
        rise_systolic=people.rise_systolic * effect,
        rise_heart_rate=people.rise_heart_rate * effect,
        rise_temperature=people.rise_temperature * effect,
    )


@lru_cache(maxsize=4)
def _begun(kind: int, fitted: Model) -> tuple[Tracked, npt.NDArray[np.intp], Floats]:
    """A person of whom nothing was read, the indices of ``READ_AT``, and the prior's widths there (T, 4)."""
    expected = prior(DOSES[kind], model=fitted)
    at = np.searchsorted(HOURS, READ_AT - 1e-9)
    found = bands(fresh(expected), expected, nothing(expected), at)
    width = np.column_stack([found[code].ninety[1] - found[code].ninety[0] for code in CODES])
    return begin(expected, Openness.RESEARCH), at, width


def _day(truth: str, fitted: Model, day: int, values: Floats) -> Checked:
    tracked, at, prior_width = _begun(day % len(DOSES), fitted)
    tracked = told(tracked, _reading(REST_AT, values[0]))
    within = np.zeros((2, len(CODES)), np.int64)
    width, sent_back = np.zeros(len(CODES)), 0
    for index, hour, seen in zip(at, READ_AT, values[1:], strict=True):
        shown = shown_of(tracked)
        band = bands(shown.members, shown.prior, shown.sums, [int(index)])
        for sign, code in enumerate(CODES):
            for row, (low, high) in enumerate((band[code].ninety, band[code].half)):
                within[row, sign] += low[0] <= seen[sign] <= high[0]
            width[sign] += band[code].ninety[1][0] - band[code].ninety[0][0]
        reading = _reading(float(hour), seen)
        sent_back += sum(each is None for each in reading[1:])
        tracked = told(tracked, reading)
    ninety, half = (tuple(int(each) for each in row) for row in within)
    return Checked(
        truth,
        fitted.value,
        day,
        ninety,
        half,
        tuple(float(each) for each in width / READ_AT.size),
        tuple(float(each) for each in prior_width.mean(axis=0)),
        sent_back + len(tracked.aside),
    )


def _reading(at_h: float, values: Floats) -> Reading:
    """What is told of an occasion: the widest tails of the models hold values that would be sent back."""
    kept = [
        float(value) if low <= value <= high else None
        for value, (low, high) in zip(values, (sign.possible.numbers for sign in SIGNS), strict=True)
    ]
    swapped = values[0] <= values[1]
    return Reading(at_h, *([None, None, *kept[2:]] if swapped else kept))


@dataclass(frozen=True, slots=True)
class Row:
    """A case over its days: shares within the bands; the systolic width, and all over the prior's."""

    truth: str
    fitted: str
    days: int
    within_90: float
    by_sign_90: tuple[float, ...]
    within_50: float
    width: float
    width_of_prior: float
    unused: float


def summed(checked: Sequence[Checked]) -> tuple[Row, ...]:
    """A row for each case that has days."""
    found = []
    for truth, fitted in CASES:
        days = [each for each in checked if (each.truth, each.fitted) == (truth, fitted.value)]
        if days:
            found.append(_row(days))
    return tuple(found)


def _row(days: Sequence[Checked]) -> Row:
    def mean(field: str) -> Floats:
        return np.asarray(np.array([getattr(each, field) for each in days], np.float64).mean(axis=0))

    ninety, width, before = mean("within_90") / READ_AT.size, mean("width"), mean("prior_width")
    return Row(
        truth=days[0].truth,
        fitted=days[0].fitted,
        days=len(days),
        within_90=float(ninety.mean()),
        by_sign_90=tuple(float(each) for each in ninety),
        within_50=float(mean("within_50").mean() / READ_AT.size),
        width=float(width[0]),
        width_of_prior=float((width / before).mean()),
        unused=float(mean("unused")),
    )


def table(rows: Sequence[Row]) -> str:
    """The rows as the docs show them."""
    lines = [
        "| days from | fitted by | 90 % band covers | pressures, rate, temperature | 50 % band covers | "
        "width (systolic) | over the prior's (all four) | values not used, a day |",
        "|---|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        signs = ", ".join(f"{100 * each:.1f}" for each in row.by_sign_90)
        lines.append(
            f"| {TRUTHS[row.truth].words} | model {row.fitted} | {100 * row.within_90:.1f} % | {signs} | "
            f"{100 * row.within_50:.1f} % | {row.width:.1f} mmHg | {row.width_of_prior:.2f} | "
            f"{row.unused:.3f} |"
        )
    return "\n".join(lines) + "\n"


_HEAD = ("truth", "fitted", "day", "unused")
_MANY = ("within_90", "within_50", "width", "prior_width")


def written(checked: Iterable[Checked], path: Path) -> None:
    """Keep days as CSV, four columns for each of what is counted by sign."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*_HEAD, *(f"{name}_{code}" for name in _MANY for code in CODES)])
        for each in checked:
            many = [value for name in _MANY for value in getattr(each, name)]
            out.writerow(
                [*(getattr(each, name) for name in _HEAD)]
                + [f"{value:.4f}" if isinstance(value, float) else value for value in many]
            )


def read(path: Path) -> tuple[Checked, ...]:
    """The days kept in a file."""
    with path.open(encoding="utf-8") as file:
        return tuple(_read(row) for row in csv.DictReader(file))


def _read(row: dict[str, str]) -> Checked:
    def many(name: str) -> tuple[float, ...]:
        return tuple(float(row[f"{name}_{code}"]) for code in CODES)

    return Checked(
        row["truth"],
        row["fitted"],
        int(row["day"]),
        tuple(int(each) for each in many("within_90")),
        tuple(int(each) for each in many("within_50")),
        many("width"),
        many("prior_width"),
        int(row["unused"]),
    )
