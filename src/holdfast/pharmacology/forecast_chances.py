"""How likely courses pass a limit before the next reading, in the population: beside the blinded band.

As impersonal as the band itself: steps of the protocol, limits and hours come in, and no
reading, weight or medicine. What is said is of virtual people after the highest dose allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from holdfast.errors import ImpossibleValue
from holdfast.pharmacology.day import Model
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.forecast_bands import chance_of_passing
from holdfast.pharmacology.forecast_blinded import Step
from holdfast.pharmacology.forecast_members import fresh, nothing
from holdfast.pharmacology.forecast_prior import HOURS, Prior, prior
from holdfast.pharmacology.forecast_readings import Limit, limit_of

KEPT = 4
"""Priors kept in memory, 16 MB each: a study has two or three sets of doses."""


class Chance(NamedTuple):
    """That a course is beyond a limit at some time until the next reading, and without tolerance."""

    limit: Limit
    course: float
    without_tolerance: float


def blinded_chances(
    steps: Sequence[Step],
    limits: Sequence[Limit],
    *,
    now_h: float,
    next_h: float,
    model: Model = Model.B,
) -> tuple[Chance, ...]:
    """The chance of each limit between two hours from the first dose, for the highest dose of each step.

    Raises:
        ImpossibleValue: a step without an amount above 0, doses no study gave, hours out of order.
        UnknownName: a limit of an unknown sign.
    """
    if not 0 <= now_h < next_h <= HOURS[-1]:
        raise ImpossibleValue(
            f"Now ({now_h:g} h) and the next reading ({next_h:g} h) follow each other within 0 to "
            f"{HOURS[-1]:g} h from the first dose.",
            field="next_h",
        )
    for limit in limits:
        limit_of(limit)
    return _chances(_doses(steps), tuple(limits), now_h, next_h, model)


def _doses(steps: Sequence[Step]) -> tuple[Dose, ...]:
    for step in steps:
        if not step.mg or not max(step.mg) > 0:
            raise ImpossibleValue(f"The step at {step.at_h:g} h allows no amount above 0 mg.", field="dose")
    return tuple(Dose(max(step.mg), step.at_h) for step in steps)


@lru_cache(maxsize=512)
def _chances(
    doses: tuple[Dose, ...], limits: tuple[Limit, ...], now_h: float, next_h: float, model: Model
) -> tuple[Chance, ...]:
    expected = _expected(doses, model)
    held = fresh(expected), expected, nothing(expected)

    def chance(limit: Limit, *, bare: bool) -> float:
        return chance_of_passing(*held, limit, now_h=now_h, next_h=next_h, bare=bare)

    return tuple(Chance(each, chance(each, bare=False), chance(each, bare=True)) for each in limits)


@lru_cache(maxsize=KEPT)
def _expected(doses: tuple[Dose, ...], model: Model) -> Prior:
    return prior(doses, model=model)
