"""How certain it all is, what others pooled, what nobody measured, and what regulators decided."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from pydantic import field_validator

from holdfast.evidence.reading import Part, Words, packaged
from holdfast.sourced import CITABLE, Status

Judgement = Literal["not serious", "serious", "very serious"]


class Told(Part):
    """Something said with its source; only what may be cited."""

    source: str
    status: Status

    @field_validator("status")
    @classmethod
    def _citable(cls, given: Status) -> Status:
        if given not in CITABLE:
            raise ValueError("its source may not be cited")
        return given


class Domain(Told):
    """One domain after the manner of GRADE: the judgement and its reason."""

    code: str
    label: Words
    judgement: Judgement
    reason: Words


class Certainty(Part):
    """How certain the contrast of an outcome is, by domains; the judgement is this project's own."""

    outcome: str
    starts_at: str
    domains: tuple[Domain, ...]
    levels: tuple[str, ...]
    overall: str
    why: Words


class PooledElsewhere(Told):
    """A pooled result of others that cannot be recomputed here."""

    outcome: str
    label: Words
    measure: str
    effect: float
    interval: tuple[float, float]
    trials: int
    people: int
    say: Words
    date: int


class NotMeasured(Part):
    """Something asked about for which there is no figure."""

    outcome: str
    label: Words
    say: Words


class Elsewhere(Part):
    """What others pooled, and what nobody measured."""

    results: tuple[PooledElsewhere, ...]
    not_measured: tuple[NotMeasured, ...]


class Decision(Told):
    """Something a regulator or journal decided; ``date`` is ISO, whole or in part."""

    date: str
    country: str
    body: Words
    what: Words
    kind: Literal["access", "advice", "declined", "approved", "retraction", "statement"]

    @field_validator("date", mode="before")
    @classmethod
    def _date_as_text(cls, given: object) -> object:
        return str(given)


class Approved(Part):
    """Where it is an approved medicine, as known on a day."""

    countries: tuple[str, ...]
    checked: date


class Decisions(Part):
    """What regulators did."""

    decisions: tuple[Decision, ...]
    approved: Approved


@cache
def certainty() -> Certainty:
    """How certain the contrast in severity is."""
    return packaged(Certainty, "certainty.yaml")


@cache
def elsewhere() -> Elsewhere:
    """What others pooled, and what nobody measured."""
    return packaged(Elsewhere, "pooled.yaml")


@cache
def decisions() -> Decisions:
    """What regulators did, the newest first."""
    found = packaged(Decisions, "regulators.yaml")
    return found.model_copy(
        update={"decisions": tuple(sorted(found.decisions, key=lambda each: each.date, reverse=True))}
    )
