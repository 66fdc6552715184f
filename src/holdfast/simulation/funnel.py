"""The way in of one trial: contacts, failures, and the time it takes; compiled.

People make contact at exponential intervals; each is not invited, fails screening, fails at
baseline or is randomised, with the chances that the assumed numbers per person randomised
give, until the planned number is randomised.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from holdfast.compiling import compiled
from holdfast.dice import stream_word
from holdfast.errors import ImpossibleValue
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.compiled_dice import mix, trial_state, uniform_at

DAYS_PER_MONTH = 30.4375
MOST_CONTACTS = 10_000_000

_ARRIVAL = np.uint64(stream_word("funnel-arrival"))
_FATE = np.uint64(stream_word("funnel-fate"))
_SCREENING = np.uint64(stream_word("funnel-screening"))


class Funnel(NamedTuple):
    """Contacts a month; chances of what becomes of one, added up; days from contact to randomisation."""

    per_month: float
    up_to_not_invited: float
    up_to_screen_failure: float
    up_to_baseline_failure: float
    fewest_days: float
    most_days: float


class WayIn(NamedTuple):
    """What a trial's recruitment came to. ``screened`` are all invited; months count from the opening."""

    contacted: int
    screened: int
    screen_failures: int
    baseline_failures: int
    months_to_last_randomisation: float
    months_to_last_primary: float


def funnel_of(assumptions: Assumptions) -> Funnel:
    """The funnel of an assumption file.

    Raises:
        ImpossibleValue: where nobody is recruited.
    """
    part = assumptions.recruitment
    if part.per_month.number <= 0:
        raise ImpossibleValue(
            f"Somebody must be randomised a month; found {part.per_month.number:g}.",
            field="recruitment.per_month",
        )
    odds = (part.not_invited.number, part.screen_failures.number, part.baseline_failures.number)
    whole = 1 + sum(odds)
    gaps = part.preparation_gap_days.numbers
    days = part.screening_days.numbers
    return Funnel(
        per_month=part.per_month.number * whole,
        up_to_not_invited=odds[0] / whole,
        up_to_screen_failure=(odds[0] + odds[1]) / whole,
        up_to_baseline_failure=sum(odds) / whole,
        fewest_days=days[0] + 2 * gaps[0],
        most_days=days[-1] + 2 * gaps[-1],
    )


@compiled
def draw_way_in(funnel: Funnel, seed: np.uint64, trial: int, n: int, primary_days: float) -> WayIn:
    """The way in of a trial that randomises ``n`` and rates the primary outcome ``primary_days`` after.

    Contact k is counter k of the funnel's streams. The months end with the last of the ``n``
    to be randomised; those who fail after that are not counted.
    """
    word, number, zero = np.uint64(seed), np.uint64(trial), mix(np.uint64(0))
    arrivals, fates = trial_state(word, _ARRIVAL, number), trial_state(word, _FATE, number)
    screening = trial_state(word, _SCREENING, number)
    contacted, not_invited, screen_failures, baseline_failures, randomised = 0, 0, 0, 0, 0
    now, last = 0.0, 0.0
    while randomised < n and contacted < MOST_CONTACTS:
        who = mix(np.uint64(contacted))
        now -= math.log(uniform_at(arrivals, who, zero)) / funnel.per_month
        contacted += 1
        fate = uniform_at(fates, who, zero)
        if fate < funnel.up_to_not_invited:
            not_invited += 1
        elif fate < funnel.up_to_screen_failure:
            screen_failures += 1
        elif fate < funnel.up_to_baseline_failure:
            baseline_failures += 1
        else:
            spread = uniform_at(screening, who, zero) * (funnel.most_days - funnel.fewest_days)
            last = max(last, now + (funnel.fewest_days + spread) / DAYS_PER_MONTH)
            randomised += 1
    return WayIn(
        contacted,
        contacted - not_invited,
        screen_failures,
        baseline_failures,
        last,
        last + primary_days / DAYS_PER_MONTH,
    )
