"""Numbers read off a course: greatest value, its time, area, terminal half-life, how long it is felt."""

from __future__ import annotations

import numpy as np

from holdfast.pharmacology.system import Floats

FELT_SHARE = 0.1
"""An effect counts as felt from when it passes 10 % of its own greatest until it falls below it."""
TAIL_H = (8.0, 24.0)


def greatest(course: Floats) -> Floats:
    """The greatest value of each row of (n, T)."""
    return np.asarray(course.max(axis=1))


def time_of_greatest(course: Floats, hours: Floats) -> Floats:
    """The time (h) of each row's greatest value."""
    return np.asarray(hours[course.argmax(axis=1)])


def area(course: Floats, hours: Floats, start: float = 0.0, end: float = 24.0) -> Floats:
    """The area under each row of (n, T) from ``start`` to ``end`` (h), by trapezoids."""
    within = (hours >= start) & (hours <= end)
    return np.asarray(np.trapezoid(course[:, within], hours[within], axis=1))


def half_life(course: Floats, hours: Floats) -> Floats:
    """The half-life (h) of each row by log-linear regression from 8 to 24 h."""
    tail = (hours >= TAIL_H[0]) & (hours <= TAIL_H[1])
    x = hours[tail] - hours[tail].mean()
    logs = np.log(course[:, tail])
    slopes = (logs * x).sum(axis=1) / (x * x).sum()
    return np.asarray(np.log(2) / -slopes)


def felt_for(course: Floats, hours: Floats) -> Floats:
    """Hours for which each row is at or above a tenth of its own greatest."""
    above = course >= FELT_SHARE * course.max(axis=1, keepdims=True)
    first = above.argmax(axis=1)
    last = above.shape[1] - 1 - above[:, ::-1].argmax(axis=1)
    return np.asarray(hours[last] - hours[first])
