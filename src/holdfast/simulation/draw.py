"""*draw*: a Course as ``TrialArrays``, the same shape that tables make of records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from holdfast.protocol.model import Protocol
from holdfast.simulation.course import Course
from holdfast.statistics.arrays import TrialArrays


def arrays(
    course: Course, protocol: Protocol, *, trial: int = 0, site: np.ndarray | None = None
) -> TrialArrays:
    """One trial of a course (its row ``trial``) as arrays.

    The arms are the protocol's, in its order of level for the course's levels; visits
    are those of its primary analysis. ``site`` (n,) are integer codes of the strata
    factor, where the course is that of a played trial.
    """
    arms = tuple(arm.code for arm in protocol.arms)
    of_level = {arm.level: index for index, arm in enumerate(protocol.arms)}
    arm = np.array([of_level[int(level)] for level in course.level[trial]], dtype=np.int64)
    observed = course.assessed[trial]
    outcome = np.where(observed, course.score[trial].astype(np.float64), np.nan)
    experimental = next(i for i, each in enumerate(protocol.arms) if each.role == "experimental")
    comparator = next(i for i, each in enumerate(protocol.arms) if each.role == "comparator")
    guess = np.where(course.guess[trial], experimental, comparator)
    reached = np.arange(course.visits)
    return TrialArrays(
        outcome=outcome,
        observed=observed,
        arm=arm,
        arms=arms,
        visits=protocol.analyses[0].visits,
        baseline=course.baseline[trial].astype(np.float64),
        factors={} if site is None else {"site": site.astype(np.int64)},
        intercurrent={code: first[trial][:, None] <= reached for code, first in course.events.items()},
        guess=np.where(course.completed[trial], guess, -1).astype(np.int64),
    )


def batches(course: Course, protocol: Protocol) -> Iterator[TrialArrays]:
    """Every trial of a course as arrays, one after the other."""
    for row in range(len(course.trials)):
        yield arrays(course, protocol, trial=row)
