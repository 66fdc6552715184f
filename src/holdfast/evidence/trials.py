"""The published trials of MDMA-assisted therapy for PTSD, a data file each, with source and status.

A new trial is a file in ``trials/``, reviewed like code. A retracted one stays, flagged with the
year, so that nobody enters it anew; it is counted nowhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import model_validator

from holdfast.evidence.reading import Part, Source, read_part
from holdfast.sourced import Figure

Outcome = Literal["severity", "change", "response", "remission", "no-diagnosis"]


class Row(Part):
    """One comparison at one time: the arm first, the reference second.

    ``weeks`` since the first dosing session or randomisation, as the data set counts. Means and SDs
    are in points of ``instrument`` (CAPS-5 0 to 80, CAPS-IV 0 to 136: never pooled raw); ``events``
    are persons of ``n``; ``percent`` stands where the source prints no count.
    ``synthesised`` marks the row that the synthesis of its outcome takes.
    """

    outcome: Outcome
    instrument: str
    timepoint: str
    weeks: float
    arm: str
    reference: str
    sessions: int
    n: tuple[int, int]
    mean: tuple[float, float] | None = None
    sd: tuple[float, float] | None = None
    events: tuple[int, int] | None = None
    percent: tuple[float, float] | None = None
    synthesised: bool = False
    after_crossover: bool = False
    source: str

    @model_validator(mode="after")
    def _one_kind(self) -> Row:
        given = [self.mean is not None and self.sd is not None, self.events is not None, bool(self.percent)]
        if sum(given) != 1:
            raise ValueError("a row has means with SDs, or events, or percentages")
        if self.events is not None and any(not 0 <= x <= n for x, n in zip(self.events, self.n, strict=True)):
            raise ValueError("events are between nobody and everybody")
        return self


class Began(Part):
    """How many got at least one dose: the arm, the reference."""

    n: tuple[int, int]
    source: str


class Trial(Part):
    """One published trial. ``retracted`` is the year, empty for one that stands."""

    trial: str
    name: str
    year: int
    phase: int
    registry: str
    cite: str
    design: dict[str, str]
    randomised: int | None
    retracted: str
    risk_of_bias: Literal["low", "some concerns", "high", "not judged"]
    sources: dict[str, Source]
    rows: tuple[Row, ...]
    began: Began | None = None

    @model_validator(mode="after")
    def _rows_have_sources(self) -> Trial:
        for row in self.rows:
            if row.source not in self.sources:
                raise ValueError(f"the row {row.outcome}, {row.timepoint} names no source of this file")
        if self.retracted and self.rows:
            raise ValueError("a retracted trial carries no numbers")
        return self

    def figure(self, row: Row, value: float | tuple[float, ...], *, unit: str) -> Figure:
        """A number of one of its rows, with where it comes from."""
        source = self.sources[row.source]
        return Figure(
            value=value,
            unit=unit,
            source=f"{self.cite}; {source.cite}" if source.cite not in self.cite else self.cite,
            status=source.status,
            date=source.date,
        )


def read_trial(name: str, text: str) -> Trial:
    """A trial of its data file; TableError with every fault where it is none."""
    return read_part(Trial, name, text)


@cache
def trials() -> tuple[Trial, ...]:
    """Every trial kept here, the newest first, retracted ones among them."""
    found = [
        read_trial(each.name, each.read_text(encoding="utf-8"))
        for each in files("holdfast.evidence").joinpath("trials").iterdir()
        if each.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda each: (-each.year, each.trial)))


def counted() -> tuple[Trial, ...]:
    """The trials that stand."""
    return tuple(each for each in trials() if not each.retracted)


def rows_of(outcome: Outcome) -> tuple[tuple[Trial, Row], ...]:
    """The comparison of each trial that the synthesis of an outcome takes."""
    return tuple(
        (trial, row)
        for trial in counted()
        for row in trial.rows
        if row.outcome == outcome and row.synthesised
    )
