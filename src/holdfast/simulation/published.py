"""Published outcomes a generator is held against, read from ``published.yaml`` beside a study."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from holdfast.simulation.figures_file import Part, read_checked
from holdfast.sourced import Figure

Measure = Literal[
    "mean",
    "sd",
    "change-ls",
    "change-ls-se",
    "difference-se",
    "change",
    "change-sd",
    "response",
    "remission",
    "diagnosis-lost",
    "assessed",
    "guess-right",
]


class PublishedTrial(Part):
    """A trial: its registry id, the randomised by arm, and whether the generator was fitted to it."""

    registry: str
    by_arm: dict[str, int]
    held: Literal["fitted", "hold-out"]


class PublishedRow(Part):
    """One published outcome; ``n`` is how many it is of, where that is known."""

    trial: str
    measure: Measure
    visit: str
    arm: str
    n: int | None = None
    published: Figure


class Published(Part):
    """The whole file."""

    holdfast_published: int
    study: str
    trials: dict[str, PublishedTrial]
    rows: tuple[PublishedRow, ...]

    def of(self, trial: str) -> tuple[PublishedRow, ...]:
        """The rows of one trial, in file order."""
        return tuple(row for row in self.rows if row.trial == trial)

    def spread(self, row: PublishedRow) -> float | None:
        """The standard error of a published mean, change or percentage; None where not known.

        SD over root n for means; the published or derived standard error for changes;
        binomial for percentages.
        """
        sibling = {"mean": "sd", "change": "change-sd", "change-ls": "change-ls-se"}.get(row.measure)
        if sibling is not None:
            found = next((r for r in self.of(row.trial) if _same(r, row) and r.measure == sibling), None)
            if found is None:
                return None
            divisor = 1.0 if sibling == "change-ls-se" or row.n is None else row.n**0.5
            return found.published.number / divisor
        if row.published.unit == "%" and row.n:
            share = row.published.number / 100
            return 100 * (share * (1 - share) / row.n) ** 0.5 or None
        return None


def _same(one: PublishedRow, other: PublishedRow) -> bool:
    return one.visit == other.visit and one.arm == other.arm


def load(path: Path) -> Published:
    """Read and check a file of published outcomes.

    Raises:
        StudyFileError: with every problem.
    """
    return read_checked(path, Published)
