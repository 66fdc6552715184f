"""The number needed to treat, written so that its interval can be read.

It is the reciprocal of a difference of shares. Where the difference's interval holds 0 the
interval of its reciprocal passes through infinity: from a number needed to treat for one
to benefit (NNTB), through infinity, to a number for one to be harmed (NNTH); two numbers
with a dash between them would leave out exactly the values that are likely. Altman 1998,
doi:10.1136/bmj.317.7168.1309.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from holdfast.errors import ImpossibleValue, UnknownName


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberNeeded:
    """People to treat for one more to benefit (positive) or to be harmed (negative); ∞ at no difference.

    ``interval`` runs from the end most in favour to the end least in favour, signed alike.
    Where ``through_infinity`` it holds the numbers beyond both ends, not those between
    them. ``words`` is how to print it.
    """

    estimate: float
    interval: tuple[float, float]
    through_infinity: bool
    words: str


def number_needed_to_treat(
    difference: float, interval: tuple[float, float], *, event: Literal["wanted", "unwanted"] = "wanted"
) -> NumberNeeded:
    """The number needed, from a difference of shares (arm minus reference) and its interval.

    ``event`` says whether the event counted is wanted (a response) or not (a relapse).

    Raises ImpossibleValue where the three are not shares' differences in order.

    >>> number_needed_to_treat(0.10, (-0.05, 0.25)).words
    'NNTB 10.0 (NNTB 4.0 to ∞ to NNTH 20.0)'
    """
    lower, upper = interval
    if not -1.0 <= lower <= difference <= upper <= 1.0:
        raise ImpossibleValue(
            f"A number needed to treat comes from a difference between −1 and 1 inside its interval; "
            f"{difference} with {lower} to {upper} is not one."
        )
    if event not in ("wanted", "unwanted"):
        raise UnknownName(f"An event is wanted or unwanted, not {event}.")
    best, worst = (upper, lower) if event == "wanted" else (-lower, -upper)
    ends = _reciprocal(best), _reciprocal(worst)
    estimate = _reciprocal(difference if event == "wanted" else -difference)
    through = worst < 0.0 < best
    return NumberNeeded(
        estimate=estimate,
        interval=ends,
        through_infinity=through,
        words=f"{_named(estimate)} ({_named(ends[0])} to {'∞ to ' if through else ''}{_named(ends[1])})",
    )


def _reciprocal(difference: float) -> float:
    return 1.0 / difference if difference else math.inf


def _named(number: float) -> str:
    if math.isinf(number):
        return "∞"
    return f"{'NNTB' if number > 0 else 'NNTH'} {abs(number):.1f}"
