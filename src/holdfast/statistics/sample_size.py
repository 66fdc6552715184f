"""Closed forms of planning: persons for a difference, assurance, rare events.

Normal approximation throughout. Assurance: O'Hagan, Stevens, Campbell 2005,
doi:10.1002/pst.175. Rule of three: Hanley, Lippman-Hand 1983,
doi:10.1001/jama.1983.03330370053031.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from holdfast.errors import ImpossibleValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Persons:
    """Persons of two arms; ``exact`` is their number before rounding up."""

    arm: int
    reference: int
    exact: float

    @property
    def total(self) -> int:
        """Both arms together."""
        return self.arm + self.reference


def persons_for_means(
    effect: float,
    *,
    sd: float,
    alpha: float = 0.05,
    sides: int = 2,
    power: float = 0.9,
    share: float = 0.5,
    inflation: float = 1.0,
) -> Persons:
    """Persons to find a difference of means ``effect``, the standard deviation within arms being ``sd``.

    ``share`` of the persons go to the arm, the rest to the reference; ``inflation`` is a
    group-sequential design's. Raises ImpossibleValue for values that cannot be true.
    """
    _check_normal(alpha, sides, power)
    if not (math.isfinite(effect) and effect != 0.0):
        raise ImpossibleValue(
            f"The effect to be found must be finite and not 0, not {effect}.", field="effect"
        )
    _positive(sd, "sd", "A standard deviation")
    _positive(inflation, "inflation", "An inflation factor")
    if not 0.0 < share < 1.0:
        raise ImpossibleValue(f"The share of an arm must lie between 0 and 1, not at {share}.", field="share")
    drift = float(ndtri(1.0 - alpha / sides) + ndtri(power))
    exact = inflation * (drift * sd / effect) ** 2 / (share * (1.0 - share))
    # Rounded before the ceiling, so that 125.99999999999997 or 126.00000000000003 are 126 persons.
    return Persons(
        arm=math.ceil(round(exact * share, 9)),
        reference=math.ceil(round(exact * (1.0 - share), 9)),
        exact=exact,
    )


def assurance(
    mean: float, sd: float, *, standard_error: float, alpha: float = 0.05, sides: int = 2, both: bool = False
) -> float:
    """The power expected over a normal prior of the effect, with mean ``mean`` and deviation ``sd``.

    Counts a significant result upwards only; ``both`` adds one downwards.
    ``standard_error`` is that of the estimate at the end.
    """
    _check_normal(alpha, sides, 0.5)
    _positive(standard_error, "standard_error", "A standard error")
    if not (math.isfinite(mean) and math.isfinite(sd) and sd >= 0.0):
        raise ImpossibleValue(
            f"A prior needs a finite mean and deviation of at least 0, not {mean}, {sd}.", field="sd"
        )
    limit = float(ndtri(1.0 - alpha / sides)) * standard_error
    spread = math.hypot(standard_error, sd)
    upwards = float(ndtr((mean - limit) / spread))
    return upwards + float(ndtr((-mean - limit) / spread)) if both else upwards


def chance_of_seeing(rate: float, persons: int) -> float:
    """The chance of at least one event among ``persons``, each having one with chance ``rate``."""
    _check_persons(persons)
    if not 0.0 <= rate <= 1.0:
        raise ImpossibleValue(f"A rate lies from 0 to 1, not at {rate}.", field="rate")
    return 1.0 if rate == 1.0 else -math.expm1(persons * math.log1p(-rate))


def persons_to_see(rate: float, *, chance: float = 0.95) -> int:
    """The fewest persons among whom at least one event is seen with ``chance``."""
    if not 0.0 < rate <= 1.0 or not 0.0 < chance < 1.0:
        raise ImpossibleValue(
            f"A rate and a chance lie between 0 and 1, not at {rate} and {chance}.", field="rate"
        )
    return 1 if rate == 1.0 else math.ceil(round(math.log1p(-chance) / math.log1p(-rate), 9))


def highest_rate_unseen(persons: int, *, level: float = 0.95) -> float:
    """The upper bound of a rate when none of ``persons`` had an event: exact, one-sided."""
    _check_persons(persons)
    if not 0.0 < level < 1.0:
        raise ImpossibleValue(f"A level lies between 0 and 1, not at {level}.", field="level")
    return -math.expm1(math.log1p(-level) / persons)


def rule_of_three(persons: int) -> float:
    """The same by rule of thumb at 95 %: 3 / persons, at most 1."""
    _check_persons(persons)
    return min(1.0, 3.0 / persons)


def _check_persons(persons: int) -> None:
    if persons < 1:
        raise ImpossibleValue(f"At least one person is needed, not {persons}.", field="persons")


def _check_normal(alpha: float, sides: int, power: float) -> None:
    if not 0.0 < alpha < 0.5:
        raise ImpossibleValue(f"alpha must lie between 0 and 0.5, not at {alpha}.", field="alpha")
    if sides not in (1, 2):
        raise ImpossibleValue(f"A test has 1 or 2 sides, not {sides}.", field="sides")
    if not alpha / sides < power < 1.0:
        raise ImpossibleValue(f"power must lie between alpha and 1, not at {power}.", field="power")


def _positive(value: float, field: str, what: str) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ImpossibleValue(f"{what} must be positive, not {value}.", field=field)
