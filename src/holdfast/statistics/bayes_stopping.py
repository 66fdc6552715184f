"""Bayesian stopping for safety: halt when the event rate is probably above a limit.

The rate has a beta prior; after x events among n persons the posterior is beta again
(Thall, Simon 1994, doi:10.2307/2533377, one arm against a fixed limit). What such a rule
does at a given true rate is exact: a recursion over persons and events, no simulation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammaln

from holdfast.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

_MOST_PERSONS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """Stop at ``looks[k]`` persons with at least ``events[k]`` events; −1 where no number stops.

    ``limit`` is the rate not to be exceeded, ``certainty`` the posterior chance of exceeding
    it that stops, ``prior`` the two parameters of the beta prior.
    """

    limit: float
    certainty: float
    prior: tuple[float, float]
    looks: Counts
    events: Counts
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOperation:
    """What a rule does at one true ``rate``: chance of a stop by each look, persons and events to expect."""

    rate: float
    stopped_by: Floats
    expected_persons: float
    expected_events: float

    @property
    def stops(self) -> float:
        """The chance of ever stopping."""
        return float(self.stopped_by[-1])


def posterior_above(
    events: int, persons: int, *, limit: float, prior: tuple[float, float] = (1.0, 1.0)
) -> float:
    """The posterior chance that the rate is above ``limit`` after ``events`` among ``persons``."""
    _check_rule(limit, 0.5, prior)
    if persons < 0 or not 0 <= events <= persons:
        raise ImpossibleValue(f"{events} of {persons} persons cannot have had an event.", field="events")
    return _above(float(events), float(persons), limit, prior)


def _above(events: float, persons: float, limit: float, prior: tuple[float, float]) -> float:
    # The complement by exchange of the parameters keeps the digits of a small chance.
    return float(betainc(prior[1] + persons - events, prior[0] + events, 1.0 - limit))


def safety_rule(
    persons: int,
    *,
    limit: float,
    certainty: float = 0.95,
    prior: tuple[float, float] = (1.0, 1.0),
    looks: Sequence[int] | None = None,
) -> SafetyRule:
    """The fewest events that stop a trial of ``persons``, after each person or at ``looks`` only.

    Raises ImpossibleValue for no persons, and for limits, priors or looks that cannot be.
    """
    _check_rule(limit, certainty, prior)
    if not 1 <= persons <= _MOST_PERSONS:
        raise ImpossibleValue(f"A rule is for 1 to {_MOST_PERSONS} persons, not {persons}.", field="persons")
    at = np.arange(1, persons + 1) if looks is None else np.asarray(looks, dtype=np.int64)
    if at.ndim != 1 or at.size == 0 or at[0] < 1 or np.any(np.diff(at) <= 0) or at[-1] > persons:
        raise ImpossibleValue(
            f"Looks must rise from 1 to at most {persons} persons, not {looks}.", field="looks"
        )
    events = np.array([_fewest(int(n), limit, certainty, prior) for n in at], dtype=np.int64)
    found = () if np.any(events >= 0) else ("No number of events stops this trial: the rule does nothing.",)
    return SafetyRule(limit=limit, certainty=certainty, prior=prior, looks=at, events=events, warnings=found)


def _fewest(persons: int, limit: float, certainty: float, prior: tuple[float, float]) -> int:
    """The fewest events with a posterior above ``certainty``, by halving; −1 where all would not do."""
    if _above(persons, persons, limit, prior) <= certainty:
        return -1
    low, high = -1, persons
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _above(middle, persons, limit, prior) > certainty else (middle, high)
    return high


def rule_of_table(looks: Sequence[int], events: Sequence[int]) -> SafetyRule:
    """A rule written by hand: stop at ``looks`` persons with at least ``events`` (−1: never)."""
    at, least = np.asarray(looks, dtype=np.int64), np.asarray(events, dtype=np.int64)
    if at.shape != least.shape or at.size == 0 or at[0] < 1 or np.any(np.diff(at) <= 0):
        raise ImpossibleValue("Give as many events as looks, and looks that rise from 1.", field="looks")
    return SafetyRule(
        limit=math.nan, certainty=math.nan, prior=(math.nan, math.nan), looks=at, events=least, warnings=()
    )


def safety_operation(rule: SafetyRule, rate: float) -> SafetyOperation:
    """The chance that the rule stops by each look when the true rate is ``rate``; exact."""
    if not 0.0 <= rate <= 1.0:
        raise ImpossibleValue(f"A rate lies from 0 to 1, not at {rate}.", field="rate")
    going = np.ones(1)  # chances of 0, 1, 2 … events among the trials still going
    stopped, persons, before = np.zeros(len(rule.looks)), 0.0, 0
    events = 0.0
    for k, (n, least) in enumerate(zip(rule.looks.tolist(), rule.events.tolist(), strict=True)):
        # Persons are counted while the trial goes on, hence also those between two looks.
        alive = float(going.sum())
        persons += alive * (n - before)
        events += alive * (n - before) * rate
        going = np.convolve(going, _binomial(n - before, rate))
        if least >= 0:
            stopped[k] = going[least:].sum()
            going = going[:least]
        before = n
    return SafetyOperation(
        rate=rate, stopped_by=np.cumsum(stopped), expected_persons=persons, expected_events=events
    )


def _binomial(persons: int, rate: float) -> Floats:
    k = np.arange(persons + 1)
    if rate in (0.0, 1.0):
        return np.asarray(k == round(persons * rate), dtype=np.float64)
    log = gammaln(persons + 1) - gammaln(k + 1) - gammaln(persons - k + 1)
    return np.asarray(np.exp(log + k * math.log(rate) + (persons - k) * math.log1p(-rate)))


def _check_rule(limit: float, certainty: float, prior: tuple[float, float]) -> None:
    if not 0.0 < limit < 1.0:
        raise ImpossibleValue(f"The limit of a rate must lie between 0 and 1, not at {limit}.", field="limit")
    if not 0.0 < certainty < 1.0:
        raise ImpossibleValue(f"The certainty that stops must lie between 0 and 1, not at {certainty}.")
    if not all(math.isfinite(part) and part > 0.0 for part in prior):
        raise ImpossibleValue(
            f"Both parameters of a beta prior must be positive, not {prior}.", field="prior"
        )
