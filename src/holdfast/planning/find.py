"""The smallest trial that is large enough, and how sure the simulation is of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from holdfast.errors import ImpossibleValue, Refusal
from holdfast.planning.moments import Share

COARSE = 10
"""Far from the target a tenth of the trials tells enough."""
FEWEST = 400
LARGEST = 4096

Power = Callable[[int, int], Share]
"""Power of a trial of so many participants, from so many simulated trials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The smallest ``n`` whose lower 95 % Monte-Carlo bound reaches the target.

    ``lowest`` is the smallest n whose upper bound reaches it: fewer are too few, by this
    simulation; between the two it cannot tell. ``tried`` are all n looked at, in order.
    """

    n: int
    lowest: int
    power: Share
    target: float
    tried: tuple[tuple[int, Share], ...]


@dataclass
class _Search:
    power: Power
    target: float
    trials: int
    tried: dict[int, Share] = field(default_factory=dict)

    def at(self, n: int) -> Share:
        """The power at n; with a tenth of the trials where that settles both bounds."""
        if n not in self.tried:
            few = max(self.trials // COARSE, FEWEST)
            share = self.power(n, min(few, self.trials))
            if self.trials > few and share.lower < self.target < share.upper:
                share = self.power(n, self.trials)
            self.tried[n] = share
        return self.tried[n]

    def surely(self, n: int) -> bool:
        return self.at(n).lower >= self.target

    def perhaps(self, n: int) -> bool:
        return self.at(n).upper >= self.target


def find_n(power: Power, *, target: float, trials: int, step: int = 2, start: int = 104) -> Found:
    """Search the multiples of ``step`` for the smallest n with the target power.

    Power is taken to grow with n; with one seed for all n, its curve is smooth enough for
    that. Raises ImpossibleValue for a target outside 0 to 1, Refusal where no trial of up to
    4,096 participants reaches it.
    """
    if not 0.0 < target < 1.0:
        raise ImpossibleValue(f"The power to reach lies between 0 and 1, not at {target:g}.")
    search = _Search(power, target, trials)
    first = max(round(start / step), 2)
    n = _smallest(search.surely, step=step, first=first)
    if n is None:
        best = search.tried[max(search.tried)]
        raise Refusal(
            f"No trial of up to {LARGEST:,} participants reaches a power of {target:g} under these "
            f"assumptions: at {max(search.tried):,} it is {best.estimate:.3f}. "
            "Look at what the assumptions leave of the effect."
        )
    while True:
        # Settled by few trials: the figure that is reported rests on all of them.
        if search.at(n).n < trials:
            search.tried[n] = power(n, trials)
        if search.surely(n):
            break
        n += step
    lowest = _smallest(search.perhaps, step=step, first=n // step) or n
    return Found(
        n=n,
        lowest=min(lowest, n),
        power=search.tried[n],
        target=target,
        tried=tuple(sorted(search.tried.items())),
    )


def _smallest(reaches: Callable[[int], bool], *, step: int, first: int) -> int | None:
    """The smallest multiple of step that reaches, by doubling and bisection from ``first`` steps."""
    low, high = 1, first
    if reaches(high * step):
        while high > 2 and reaches(max(high // 2, 2) * step):
            high = max(high // 2, 2)
        low = max(high // 2, 1)
    else:
        while not reaches(high * step):
            low, high = high, high * 2
            if high * step > LARGEST:
                return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle * step) else (middle, high)
    return high * step
