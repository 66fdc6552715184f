"""What happened to a hundred people like those of the two large trials, arm beside arm.

Of those assessed at week 18 in the phase 3 trials that stand, both trials' counts added: how many were
helped with MDMA and therapy, and how many with placebo and the same therapy. The range runs from the
lower Wilson limit with everybody who was not assessed counted as not helped, to the upper Wilson limit
of those assessed. One denominator, both frames; never a promise for one person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from holdfast.evidence.trials import Row, Trial, counted
from holdfast.sourced import Figure, Status
from holdfast.statistics.proportions import wilson

Expected = Literal["response", "remission", "no-diagnosis"]
EXPECTED: tuple[Expected, ...] = ("response", "remission", "no-diagnosis")
PHASE, WEEKS = 3, 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """People of a hundred: as found, and the range; ``events`` of ``assessed`` of those who ``began``."""

    of_hundred: int
    low: int
    high: int
    events: int
    assessed: int
    began: int

    @property
    def not_of_hundred(self) -> int:
        """The same in the other frame: not helped."""
        return 100 - self.of_hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An outcome in both arms of the same trials, with the sources."""

    outcome: Expected
    mdma: Share
    placebo: Share
    weeks: int
    figure: Figure


def expect(outcome: Expected) -> Expectation:
    """What was found in the phase 3 trials together."""
    taken = [
        (trial, row)
        for trial in counted()
        for row in trial.rows
        if trial.phase == PHASE and row.outcome == outcome and row.weeks == WEEKS
    ]
    arms = (_share(taken, arm=0), _share(taken, arm=1))
    cites = [trial.figure(row, 0.0, unit="1").source for trial, row in taken]
    figure = Figure(
        value=tuple(float(each) for share in arms for each in (share.events, share.assessed)),
        unit="people",
        source="counts added: " + "; ".join(cites),
        status=Status.DERIVED,
        date=str(max(trial.year for trial, _ in taken)),
    )
    return Expectation(outcome=outcome, mdma=arms[0], placebo=arms[1], weeks=WEEKS, figure=figure)


def _share(taken: list[tuple[Trial, Row]], *, arm: Literal[0, 1]) -> Share:
    events = sum(_events(row, arm) for _, row in taken)
    assessed = sum(row.n[arm] for _, row in taken)
    began = sum(trial.began.n[arm] if trial.began else row.n[arm] for trial, row in taken)
    return Share(
        of_hundred=round(100 * events / assessed),
        low=round(100 * wilson(events, began)[0]),
        high=round(100 * wilson(events, assessed)[1]),
        events=events,
        assessed=assessed,
        began=began,
    )


def _events(row: Row, arm: Literal[0, 1]) -> int:
    if row.events is not None:
        return row.events[arm]
    if row.percent is None:
        raise ValueError(f"the row {row.outcome} counts nobody")
    return round(row.percent[arm] * row.n[arm] / 100)
