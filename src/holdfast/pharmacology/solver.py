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


# One flat room, because compiled code then knows that no two parts of it overlap: the state, the state
# tried, the seven stages, the four coefficients of the interpolant, 11 numbers each.
_Y, _NEW, _K1, _K2, _K3, _K4, _K5, _K6, _K7, _D1, _D2, _D3, _D4 = (STATES * part for part in range(13))
ROOM = 13 * STATES


@compiled
def _attempt(r: Floats, p: Floats, rate: float, h: float, tolerance: float) -> float:
    """One step of length h from the state of room r; the greatest scaled error."""
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (1 / 5) * r[_K1 + j]
    slope(r, _NEW, p, rate, _K2)
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (3 / 40 * r[_K1 + j] + 9 / 40 * r[_K2 + j])
    slope(r, _NEW, p, rate, _K3)
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (44 / 45 * r[_K1 + j] - 56 / 15 * r[_K2 + j] + 32 / 9 * r[_K3 + j])
    slope(r, _NEW, p, rate, _K4)
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (
            19372 / 6561 * r[_K1 + j]
            - 25360 / 2187 * r[_K2 + j]
            + 64448 / 6561 * r[_K3 + j]
            - 212 / 729 * r[_K4 + j]
        )
    slope(r, _NEW, p, rate, _K5)
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (
            9017 / 3168 * r[_K1 + j]
            - 355 / 33 * r[_K2 + j]
            + 46732 / 5247 * r[_K3 + j]
            + 49 / 176 * r[_K4 + j]
            - 5103 / 18656 * r[_K5 + j]
        )
    slope(r, _NEW, p, rate, _K6)
    for j in range(STATES):
        r[_NEW + j] = r[_Y + j] + h * (
            35 / 384 * r[_K1 + j]
            + 500 / 1113 * r[_K3 + j]
            + 125 / 192 * r[_K4 + j]
            - 2187 / 6784 * r[_K5 + j]
            + 11 / 84 * r[_K6 + j]
        )
    slope(r, _NEW, p, rate, _K7)
    worst = total = 0.0
    for j in range(STATES):
        error = h * (
            71 / 57600 * r[_K1 + j]
            - 71 / 16695 * r[_K3 + j]
            + 71 / 1920 * r[_K4 + j]
            - 17253 / 339200 * r[_K5 + j]
            + 22 / 525 * r[_K6 + j]
            - 1 / 40 * r[_K7 + j]
        )
        worst = max(worst, abs(error) / (tolerance * (1.0 + max(abs(r[_Y + j]), abs(r[_NEW + j])))))
        total += error
    # A maximum passes over NaN; a sum does not.
    return worst if np.isfinite(total) else np.inf


@compiled
def _prepare(r: Floats, h: float) -> None:
    """The coefficients of the fourth-order interpolant over an accepted step."""
    for j in range(STATES):
        rise = r[_NEW + j] - r[_Y + j]
        bend = h * r[_K1 + j] - rise
        r[_D1 + j] = rise
        r[_D2 + j] = bend
        r[_D3 + j] = rise - h * r[_K7 + j] - bend
        r[_D4 + j] = h * (
            -12715105075 / 11282082432 * r[_K1 + j]
            + 87487479700 / 32700410799 * r[_K3 + j]
            - 10690763975 / 1880347072 * r[_K4 + j]
            + 701980252875 / 199316789632 * r[_K5 + j]
            - 1453857185 / 822651844 * r[_K6 + j]
            + 69997945 / 29380423 * r[_K7 + j]
        )


@compiled
def _read(r: Floats, theta: float, out: Floats) -> None:
    """The state (11,) at the share ``theta`` of the step."""
    rest = 1.0 - theta
    for j in range(STATES):
        out[j] = r[_Y + j] + theta * (
            r[_D1 + j] + rest * (r[_D2 + j] + theta * (r[_D3 + j] + rest * r[_D4 + j]))
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
    p: Floats, mg: Floats, at: Floats, times: Floats, tolerance: float, r: Floats, out: Floats
) -> int:
    """Fill ``out`` (T, 11) with a person's states at ascending ``times`` (T,) >= 0; the steps tried, or -1.

    ``r`` (ROOM,) is working space. Error per step: tolerance x (1 + |state|), every state.
    """
    r[:] = 0.0
    r[ENZYME] = 1.0
    r[OXYTOCIN] = p[EFFECT + HORMONE * EACH + BASE]
    ends = breaks_of(p, at, times[-1])
    t, asked, steps, h = 0.0, 0, 0, _FIRST_STEP_H
    for b in range(ends.size):
        if b == 0 and ends.size > 1:
            # Nothing has been absorbed yet: the person is at rest.
            while asked < times.size and times[asked] <= ends[0]:
                out[asked] = r[:STATES]
                asked += 1
            t = ends[0]
            continue
        end = min(ends[b], times[-1])
        if end <= t:
            continue
        rate = rate_between(p, mg, at, t, ends[b])
        slope(r, _Y, p, rate, _K1)
        h = min(h, _FIRST_STEP_H)
        while t < end:
            last = t + 1.01 * h >= end
            step = end - t if last else h
            worst = _attempt(r, p, rate, step, tolerance)
            steps += 1
            if not worst < 1e300 or steps > MOST_STEPS:
                return -1
            factor = min(_GROW, max(_SHRINK, _SAFETY * max(worst, 1e-8) ** -0.2))
            if worst > 1.0:
                h = step * factor
                continue
            reached = end if last else t + step
            if asked < times.size and times[asked] <= reached:
                _prepare(r, step)
                while asked < times.size and times[asked] <= reached:
                    _read(r, (times[asked] - t) / step, out[asked])
                    asked += 1
            for j in range(STATES):
                r[_Y + j] = r[_NEW + j]
                r[_K1 + j] = r[_K7 + j]
            t = reached
            h = step * factor
    return steps
