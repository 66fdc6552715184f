"""How well the generator meets the published trials: simulate many, set beside, say where it misses.

``calibrate`` draws whole trials of the published sizes at several expectancy shares and
averages, over trials, the very statistics that were published. MAPP2 is the trial the
generator was fitted to, with tolerances; MAPP1 is the hold-out, measured by
z = (simulated - published) / published standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.course import Course, draw_course
from holdfast.simulation.items import caps_items, diagnosis
from holdfast.simulation.published import Published, PublishedRow
from holdfast.statistics.arrays import TrialArrays
from holdfast.statistics.mmrm import mmrm

Floats = npt.NDArray[np.float64]
Cell = tuple[str, str, str]
"""Measure, visit, arm."""

SHARES = (0.0, 0.5, 1.0)
BATCH = 200
RESPONSE = 10
"""A response is a fall of 10 CAPS-5 points or more."""
REMISSION = 11
SD_TOLERANCE_WITH_BELIEF = 1.5
TOLERANCE: Mapping[str, float] = {
    "mean": 1.0,
    "sd": 1.0,
    "change-ls": 1.0,
    "difference-se": 0.2,
    "assessed": 3.0,
    "guess-right": 3.0,
    "response": 5.0,
    "remission": 5.0,
    "diagnosis-lost": 5.0,
}
"""How far the average of a measure may lie from what was published, in its unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """The average of a statistic over trials, and the Monte-Carlo standard error of that average."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One published outcome beside its simulation at one expectancy share.

    ``tolerance`` is None where none was set beforehand; ``z`` None where the published
    standard error is not known.
    """

    row: PublishedRow
    share: float
    simulated: Simulated
    tolerance: float | None
    z: float | None

    @property
    def gap(self) -> float:
        """Simulated less published."""
        return self.simulated.mean - self.row.published.number

    @property
    def within(self) -> bool | None:
        """Whether the gap is within the tolerance; None without one."""
        return None if self.tolerance is None else abs(self.gap) <= self.tolerance


def calibrate(
    assumptions: Assumptions,
    published: Published,
    *,
    visits: tuple[str, ...],
    trials: int = 2000,
    seed: int = 1,
    shares: tuple[float, ...] = SHARES,
    progress: Callable[[float], None] | None = None,
) -> tuple[Compared, ...]:
    """Compare every published outcome with ``trials`` drawn trials at each share.

    ``visits`` are the codes of the rated visits in order; ``progress`` is told the part done.
    """
    found: list[Compared] = []
    whole = len(published.trials) * len(shares)
    for step, (name, trial) in enumerate((n, t) for n, t in published.trials.items() for _ in shares):
        share = shares[step % len(shares)]
        fitted = trial.held == "fitted"
        model = assumptions if fitted else assumptions.as_holdout()
        part = None if progress is None else (lambda done, step=step: progress((step + done) / whole))
        cells = simulate(
            model,
            by_arm=trial.by_arm,
            visits=visits,
            trials=trials,
            seed=seed,
            share=share,
            mmrm=fitted,
            progress=part,
        )
        found += [
            _compared(row, published, cells[row.measure, row.visit, row.arm], share=share, fitted=fitted)
            for row in published.of(name)
            if (row.measure, row.visit, row.arm) in cells
        ]
    return tuple(found)


def simulate(
    assumptions: Assumptions,
    *,
    by_arm: Mapping[str, int],
    visits: tuple[str, ...],
    trials: int,
    seed: int,
    share: float,
    mmrm: bool,
    progress: Callable[[float], None] | None = None,
) -> dict[Cell, Simulated]:
    """Statistics of drawn trials with ``by_arm`` persons, reference arm first, averaged over trials.

    ``mmrm`` fits the primary model to every trial as well, the slow part.
    """
    level = np.repeat(np.arange(len(by_arm)), list(by_arm.values()))
    collected: dict[Cell, list[Floats]] = {}
    for first in range(0, trials, BATCH):
        course = draw_course(
            assumptions,
            seed=seed,
            level=level,
            trials=np.arange(first, min(first + BATCH, trials)),
            share=share,
        )
        found = _raw(assumptions, course, tuple(by_arm), visits)
        if mmrm:
            found |= _modelled(course, tuple(by_arm), visits)
        for cell, values in found.items():
            collected.setdefault(cell, []).append(values)
        if progress is not None:
            progress(min(first + BATCH, trials) / trials)
    return {cell: _average(np.concatenate(values)) for cell, values in collected.items()}


def _average(values: Floats) -> Simulated:
    known = values[np.isfinite(values)]
    return Simulated(mean=float(known.mean()), error=float(known.std(ddof=1) / np.sqrt(known.size)))


def _raw(
    assumptions: Assumptions, course: Course, arms: tuple[str, ...], visits: tuple[str, ...]
) -> dict[Cell, Floats]:
    """Statistics of each trial that need no model: (T,) each."""
    found: dict[Cell, Floats] = {}
    ill = diagnosis(caps_items(assumptions, course, visits=(course.visits - 1,)))[..., 1]
    for k, visit in enumerate(visits):
        for level, arm in enumerate(arms):
            here = course.assessed[..., k] & (course.level == level)
            score = np.where(here, course.score[..., k], np.nan)
            fall = course.baseline - score
            found["mean", visit, arm] = np.nanmean(score, axis=1)
            found["sd", visit, arm] = np.nanstd(score, axis=1, ddof=1)
            found["change", visit, arm] = -np.nanmean(fall, axis=1)
            found["change-sd", visit, arm] = np.nanstd(fall, axis=1, ddof=1)
            found["assessed", visit, arm] = 100 * here.sum(axis=1) / (course.level == level).sum(axis=1)
            found["response", visit, arm] = _share(fall >= RESPONSE, here)
            found["remission", visit, arm] = _share(score <= REMISSION, here)
            if k == course.visits - 1:
                # Remission wants the diagnosis gone as well; at the last visit items say so.
                found["remission", visit, arm] = _share((score <= REMISSION) & ~ill, here)
                found["diagnosis-lost", visit, arm] = _share(~ill, here)
                stayed = course.completed & (course.level == level)
                found["guess-right", visit, arm] = _share(course.guess == (level > 0), stayed)
    return found


def _share(true: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> Floats:
    share: Floats = 100 * (true & among).sum(axis=1) / among.sum(axis=1)
    return share


def _modelled(course: Course, arms: tuple[str, ...], visits: tuple[str, ...]) -> dict[Cell, Floats]:
    """LS mean changes at the last visit and the standard error of their difference, from each MMRM."""
    found: dict[Cell, list[float]] = {}
    last = visits[-1]
    for row in range(len(course.trials)):
        fit = mmrm(_changes(course, row, arms, visits))
        if not fit.converged:
            continue
        for arm in arms:
            found.setdefault(("change-ls", last, arm), []).append(fit.ls_mean(arm=arm, visit=last).estimate)
        for arm in arms[1:]:
            found.setdefault(("difference-se", last, "both"), []).append(fit.contrast(arm=arm, visit=last).se)
    return {cell: np.array(values) for cell, values in found.items()}


def _changes(course: Course, row: int, arms: tuple[str, ...], visits: tuple[str, ...]) -> TrialArrays:
    observed = course.assessed[row]
    change = (course.score[row] - course.baseline[row][:, None]).astype(np.float64)
    return TrialArrays(
        outcome=np.where(observed, change, np.nan),
        observed=observed,
        arm=course.level[row],
        arms=arms,
        visits=visits,
        baseline=course.baseline[row].astype(np.float64),
    )


def _compared(
    row: PublishedRow, published: Published, simulated: Simulated, *, share: float, fitted: bool
) -> Compared:
    spread = published.spread(row)
    return Compared(
        row=row,
        share=share,
        simulated=simulated,
        tolerance=_tolerance(row, share) if fitted else None,
        z=None if spread is None else (simulated.mean - row.published.number) / spread,
    )


def _tolerance(row: PublishedRow, share: float) -> float | None:
    if row.measure in ("response", "remission") and row.visit != "week-18":
        return None  # published, but no tolerance was set before looking
    if row.measure == "sd" and share > 0:
        return SD_TOLERANCE_WITH_BELIEF
    return TOLERANCE.get(row.measure)


def in_distance(each: Compared) -> bool:
    """Whether an outcome counts in the distance: the means, the changes, and the last visit's percentages."""
    if each.row.measure in ("mean", "change", "change-ls"):
        return each.z is not None
    last = each.row.visit == "week-18" and each.row.measure != "guess-right"
    return last and each.row.published.unit == "%" and each.z is not None


def distance(compared: tuple[Compared, ...], *, trial: str, share: float) -> float:
    """Root mean square of z over six means, two changes and eight percentages of one trial."""
    z = [each.z for each in compared if each.row.trial == trial and each.share == share and in_distance(each)]
    return float(np.sqrt(np.mean(np.square([one for one in z if one is not None]))))
