"""*draw*: a Course as ``TrialArrays``, the same shape that tables make of records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from holdfast.protocol.model import Protocol
from holdfast.simulation.course import Course
from holdfast.statistics.arrays import Ints, TrialArrays


def arrays(
    course: Course,
    protocol: Protocol,
    *,
    trial: int = 0,
    stratum: Ints | None = None,
    change: bool = True,
) -> TrialArrays:
    """One trial of a course (its row ``trial``) as arrays.

    The outcome is the change from baseline, or the score itself where ``change`` is
    False. Arms are the protocol's, found by level; visits those of its primary
    analysis; persons in the course's order. ``stratum`` (n,) are integer codes of the
    strata, where the course is that of a played trial.
    """
    arms = tuple(arm.code for arm in protocol.arms)
    of_level: dict[int, int] = {arm.level: index for index, arm in enumerate(protocol.arms)}
    arm = np.array([of_level[int(level)] for level in course.level[trial]], dtype=np.int64)
    observed = course.assessed[trial]
    score = course.score[trial] - (course.baseline[trial][:, None] if change else 0)
    outcome = np.where(observed, score.astype(np.float64), np.nan)
    experimental = next(i for i, each in enumerate(protocol.arms) if each.role == "experimental")
    comparator = next(i for i, each in enumerate(protocol.arms) if each.role == "comparator")
    guess = np.where(course.guess[trial], experimental, comparator)
    reached = np.arange(course.visits)
    return TrialArrays(
        outcome=outcome,
        observed=observed,
        arm=arm,
        arms=arms,
        visits=rated_visits(protocol),
        baseline=course.baseline[trial].astype(np.float64),
        factors={} if stratum is None else {"stratum": stratum.astype(np.int64)},
        intercurrent={code: first[trial][:, None] <= reached for code, first in course.events.items()},
        guess=np.where(course.completed[trial], guess, -1).astype(np.int64),
    )


def rated_visits(protocol: Protocol) -> tuple[str, ...]:
    """The visits of the protocol's primary analysis: what a course's visits stand for."""
    return next(each for each in protocol.analyses if each.role == "primary").visits


def batches(course: Course, protocol: Protocol) -> Iterator[TrialArrays]:
    """Every trial of a course as arrays, one after the other."""
    for row in range(len(course.trials)):
        yield arrays(course, protocol, trial=row)
