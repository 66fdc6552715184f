"""A compiled adaptive Dormand-Prince 5(4) pair with dense output, for one person at a time.

Each end of an absorption window is a break: the solver stops there, because across a jump
of the input no error estimate holds. Each person has steps of their own, so that a member
computed alone gives the same bits as in a crowd.

Dormand, Prince 1980, doi:10.1016/0771-050X(80)90013-3; the interpolant and the
step-size control are those of Hairer, Nørsett, Wanner 1993, Solving Ordinary Differential
Equations I, sections II.4 to II.6, doi:10.1007/978-3-540-78862-1.
"""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.pharmacology.system import (
    BASE,
    DURATION,
    EACH,
    EFFECT,
    ENZYME,
    HORMONE,
    LAG,
    OXYTOCIN,
    STATES,
    Floats,
    slope,
)

TOLERANCE = 1e-6
MOST_STEPS = 100_000
_FIRST_STEP_H = 0.03
_SAFETY, _SHRINK, _GROW = 0.95, 0.2, 8.0


@compiled
def _attempt(y: Floats, p: Floats, rate: float, h: float, k: Floats, new: Floats, tolerance: float) -> float:
    """One step of length h from y: ``new`` (11,), stages k (7, 11), and the greatest scaled error."""
    for j in range(STATES):
        new[j] = y[j] + h * (1 / 5) * k[0, j]
    slope(new, p, rate, k[1])
    for j in range(STATES):
        new[j] = y[j] + h * (3 / 40 * k[0, j] + 9 / 40 * k[1, j])
    slope(new, p, rate, k[2])
    for j in range(STATES):
        new[j] = y[j] + h * (44 / 45 * k[0, j] - 56 / 15 * k[1, j] + 32 / 9 * k[2, j])
    slope(new, p, rate, k[3])
    for j in range(STATES):
        new[j] = y[j] + h * (
            19372 / 6561 * k[0, j] - 25360 / 2187 * k[1, j] + 64448 / 6561 * k[2, j] - 212 / 729 * k[3, j]
        )
    slope(new, p, rate, k[4])
    for j in range(STATES):
        new[j] = y[j] + h * (
            9017 / 3168 * k[0, j]
            - 355 / 33 * k[1, j]
            + 46732 / 5247 * k[2, j]
            + 49 / 176 * k[3, j]
            - 5103 / 18656 * k[4, j]
        )
    slope(new, p, rate, k[5])
    for j in range(STATES):
        new[j] = y[j] + h * (
            35 / 384 * k[0, j]
            + 500 / 1113 * k[2, j]
            + 125 / 192 * k[3, j]
            - 2187 / 6784 * k[4, j]
            + 11 / 84 * k[5, j]
        )
    slope(new, p, rate, k[6])
    worst = total = 0.0
    for j in range(STATES):
        error = h * (
            71 / 57600 * k[0, j]
            - 71 / 16695 * k[2, j]
            + 71 / 1920 * k[3, j]
            - 17253 / 339200 * k[4, j]
            + 22 / 525 * k[5, j]
            - 1 / 40 * k[6, j]
        )
        worst = max(worst, abs(error) / (tolerance * (1.0 + max(abs(y[j]), abs(new[j])))))
        total += error
    # A maximum passes over NaN; a sum does not.
    return worst if np.isfinite(total) else np.inf


@compiled
def _prepare(y: Floats, new: Floats, h: float, k: Floats, dense: Floats) -> None:
    """The coefficients (4, 11) of the fourth-order interpolant over an accepted step."""
    for j in range(STATES):
        rise = new[j] - y[j]
        bend = h * k[0, j] - rise
        dense[0, j] = rise
        dense[1, j] = bend
        dense[2, j] = rise - h * k[6, j] - bend
        dense[3, j] = h * (
            -12715105075 / 11282082432 * k[0, j]
            + 87487479700 / 32700410799 * k[2, j]
            - 10690763975 / 1880347072 * k[3, j]
            + 701980252875 / 199316789632 * k[4, j]
            - 1453857185 / 822651844 * k[5, j]
            + 69997945 / 29380423 * k[6, j]
        )


@compiled
def _read(y: Floats, dense: Floats, theta: float, out: Floats) -> None:
    """The state (11,) at the share ``theta`` of the step."""
    rest = 1.0 - theta
    for j in range(STATES):
        out[j] = y[j] + theta * (
            dense[0, j] + rest * (dense[1, j] + theta * (dense[2, j] + rest * dense[3, j]))
        )


@compiled
def breaks_of(p: Floats, at: Floats, last: float) -> Floats:
    """The times (2 x doses + 1,), sorted, at which the input of a person jumps, and the last time."""
    found = np.empty(2 * at.size + 1)
    for d in range(at.size):
        found[2 * d] = at[d] + p[LAG]
        found[2 * d + 1] = at[d] + p[LAG] + p[DURATION]
    found[-1] = last
    return np.sort(found)


@compiled
def rate_between(p: Floats, mg: Floats, at: Floats, start: float, end: float) -> float:
    """The input (mg/h) between two neighbouring breaks."""
    middle, rate = 0.5 * (start + end), 0.0
    for d in range(at.size):
        begun = at[d] + p[LAG]
        if begun <= middle < begun + p[DURATION]:
            rate += mg[d] / p[DURATION]
    return rate


@compiled
def integrate(
    p: Floats, mg: Floats, at: Floats, times: Floats, tolerance: float, room: Floats, out: Floats
) -> int:
    """Fill ``out`` (T, 11) with a person's states at ascending ``times`` (T,) >= 0; the steps tried, or -1.

    ``room`` (13, 11) is working space. Error per step: tolerance x (1 + |state|), every state.
    """
    y, new, k, dense = room[0], room[1], room[2:9], room[9:13]
    y[:] = 0.0
    y[ENZYME] = 1.0
    y[OXYTOCIN] = p[EFFECT + HORMONE * EACH + BASE]
    ends = breaks_of(p, at, times[-1])
    t, asked, steps, h = 0.0, 0, 0, _FIRST_STEP_H
    for b in range(ends.size):
        if b == 0 and ends.size > 1:
            # Nothing has been absorbed yet: the person is at rest.
            while asked < times.size and times[asked] <= ends[0]:
                out[asked] = y
                asked += 1
            t = ends[0]
            continue
        end = min(ends[b], times[-1])
        if end <= t:
            continue
        rate = rate_between(p, mg, at, t, ends[b])
        slope(y, p, rate, k[0])
        h = min(h, _FIRST_STEP_H)
        while t < end:
            last = t + 1.01 * h >= end
            step = end - t if last else h
            worst = _attempt(y, p, rate, step, k, new, tolerance)
            steps += 1
            if not worst < 1e300 or steps > MOST_STEPS:
                return -1
            factor = min(_GROW, max(_SHRINK, _SAFETY * max(worst, 1e-8) ** -0.2))
            if worst > 1.0:
                h = step * factor
                continue
            reached = end if last else t + step
            if asked < times.size and times[asked] <= reached:
                _prepare(y, new, step, k, dense)
                while asked < times.size and times[asked] <= reached:
                    _read(y, dense, (times[asked] - t) / step, out[asked])
                    asked += 1
            y[:] = new
            k[0] = k[6]
            t = reached
            h = step * factor
    return steps
