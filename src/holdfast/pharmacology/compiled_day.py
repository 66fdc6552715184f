"""The compiled loop over people: integrate each one's states, then turn them into what is measured."""

from __future__ import annotations

import numpy as np

from holdfast.compiling import compiled
from holdfast.pharmacology.solver import ROOM, integrate
from holdfast.pharmacology.system import (
    BASE,
    BODY,
    DIASTOLIC_BASE,
    DIASTOLIC_RISE,
    EACH,
    EC50,
    EFFECT,
    ELIMINATED,
    FELT,
    GAMMA,
    HEART_RATE,
    OXYTOCIN,
    PER_KT,
    PER_VOLUME,
    RISE,
    SITE,
    STATES,
    SYSTOLIC,
    TEMPERATURE,
    TO_MDA,
    TOLERANCE,
    Floats,
    saturation,
)

QUANTITIES = 8
"""Concentration, felt effect, systolic, diastolic, heart rate, temperature, oxytocin, MDA formed."""


@compiled
def share_of(y: Floats, p: Floats, effect: int) -> float:
    """The share of an effect's greatest rise at a state (11,): 0 to 1."""
    first = EFFECT + effect * EACH
    return saturation(y[SITE], y[TOLERANCE + effect], p[first + PER_KT], p[first + EC50], p[first + GAMMA])


@compiled
def follow(
    rows: Floats, weights: Floats, mg: Floats, at: Floats, times: Floats, tolerance: float, out: Floats
) -> Floats:
    """Fill ``out`` (8, n, T) for rows (n, COLUMNS); the steps of each person (n,), -1 where it failed.

    ``weights`` (n, 5): what a co-medication leaves of felt effect, systolic, diastolic, rate, temperature.
    """
    n, T = rows.shape[0], times.size
    room, states, steps = np.empty(ROOM), np.empty((T, STATES)), np.empty(n)
    for i in range(n):
        p = rows[i]
        steps[i] = integrate(p, mg, at, times, tolerance, room, states)
        systolic, rate, warmth = (
            EFFECT + SYSTOLIC * EACH,
            EFFECT + HEART_RATE * EACH,
            EFFECT + TEMPERATURE * EACH,
        )
        felt_rise = weights[i, 0] * p[EFFECT + FELT * EACH + RISE]
        systolic_rise = weights[i, 1] * p[systolic + RISE]
        diastolic_rise = weights[i, 2] * p[DIASTOLIC_RISE] * p[systolic + RISE]
        for t in range(T):
            y = states[t]
            pressing = share_of(y, p, SYSTOLIC)
            out[0, i, t] = 1000.0 * y[BODY] * p[PER_VOLUME]
            out[1, i, t] = felt_rise * share_of(y, p, FELT)
            out[2, i, t] = p[systolic + BASE] + systolic_rise * pressing
            out[3, i, t] = p[DIASTOLIC_BASE] + diastolic_rise * pressing
            out[4, i, t] = p[rate + BASE] + weights[i, 3] * p[rate + RISE] * share_of(y, p, HEART_RATE)
            out[5, i, t] = p[warmth + BASE] + weights[i, 4] * p[warmth + RISE] * share_of(y, p, TEMPERATURE)
            out[6, i, t] = y[OXYTOCIN]
            out[7, i, t] = p[TO_MDA] * y[ELIMINATED]
    return steps
