"""How far the blind was seen through, arm by arm: Bang's index.

Bang, Ni, Davis 2004 (doi:10.1016/j.cct.2003.10.016): of one arm's people, the share who
guess their arm rightly minus the share who guess it wrongly. 1 is complete unblinding,
0 is what random guessing or general ignorance gives, −1 is everybody guessing the other
arm. Its variance is that of a difference of two multinomial shares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from holdfast.errors import ImpossibleValue
from holdfast.statistics.proportions import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindingIndex:
    """Bang's index of one arm, −1 to 1, with its interval; ``method`` says how the interval was had."""

    estimate: float
    se: float
    interval: tuple[float, float]
    method: str
    n: int


def bang_index(*, correct: int, wrong: int, unsure: int = 0, level: float = 0.95) -> BlindingIndex:
    """Bang's index of an arm from its counts of right, wrong and "don't know" answers.

    The interval is the published one (normal), cut at −1 and 1. Where all answered
    alike its variance is 0, which would claim certainty from any number of people; the
    distance to the edge is then that of Wilson's interval for n of n.

    Raises ImpossibleValue for a negative count, or nobody at all.

    >>> round(bang_index(correct=48, wrong=4, unsure=330).estimate, 3)
    0.115
    """
    n = correct + wrong + unsure
    if min(correct, wrong, unsure) < 0 or n == 0:
        raise ImpossibleValue("Bang's index needs at least one answer, and no negative count.")
    right, mistaken = correct / n, wrong / n
    estimate = right - mistaken
    variance = (right * (1.0 - right) + mistaken * (1.0 - mistaken) + 2.0 * right * mistaken) / n
    se = math.sqrt(variance)
    alike = n in (correct, wrong, unsure)
    half = float(ndtri(0.5 + level / 2.0)) * se
    if alike:
        # A share of 1 − w for the others moves the index by w, or by 2w where they would answer the opposite.
        half = (1.0 if n == unsure else 2.0) * (1.0 - wilson(n, n, level=level)[0])
    return BlindingIndex(
        estimate=estimate,
        se=se,
        interval=(max(estimate - half, -1.0), min(estimate + half, 1.0)),
        method="Wilson, as all answered alike" if alike else "normal",
        n=n,
    )
