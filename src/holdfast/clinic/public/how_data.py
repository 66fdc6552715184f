"""What the page on how it works reads: the course of treatment and a dosing day, made beforehand."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from holdfast.evidence.reading import Part
from holdfast.sourced import Figure, Status


class Lane(Part):
    """A quantity over the hours: nine of ten virtual people, half of them, the middle."""

    low: tuple[float, ...]
    first: tuple[float, ...]
    middle: tuple[float, ...]
    third: tuple[float, ...]
    high: tuple[float, ...]


class Order(Part):
    """Which messenger is engaged most easily, by one source."""

    order: tuple[str, ...]
    source: str
    status: Status


class How(Part):
    """The file."""

    figures: dict[str, Figure]
    hours: tuple[float, ...]
    lanes: dict[str, Lane]
    orders: tuple[Order, ...]


@cache
def how() -> How:
    """The course and the day."""
    return How.model_validate_json(files("holdfast.clinic.public").joinpath("how.json").read_bytes())
