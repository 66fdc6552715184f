"""The mode of a posterior: normal deviations of a person, few observations, any model.

A general engine, held against a published vector. It fits parameters to concentrations; the
forecast of vital signs does not use it, and no deviation of a clearance is ever taken from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from holdfast.errors import ImpossibleValue, TableError
from holdfast.pharmacology.system import Floats


@dataclass(frozen=True, slots=True)
class Mode:
    """Deviations (p,) at the mode, their covariance (p, p) by Laplace, -2 log of the density, convergence."""

    deviations: Floats
    covariance: Floats
    objective: float
    converged: bool
    message: str


def posterior_mode(
    predict: Callable[[Floats], Floats],
    observed: Floats,
    *,
    omega: Floats,
    variance: Callable[[Floats], Floats],
) -> Mode:
    """The most probable deviations (p,), normal with covariance ``omega`` (p, p), given observations (T,).

    ``predict`` gives what is expected (T,) of deviations; ``variance`` the variance (T,) of an observation
    of what is expected. The usual maximum a posteriori estimate of the field (Sheiner and Beal 1982,
    doi:10.1002/jps.2600711209).

    Raises:
        TableError: observations that are no numbers, or not as many as predicted.
        ImpossibleValue: ``omega`` is no covariance.
    """
    from scipy.optimize import minimize  # weight: scipy.optimize costs 0.3 s to import

    data = np.asarray(observed, dtype=np.float64)
    precision = _precision(np.asarray(omega, dtype=np.float64))
    start = np.zeros(precision.shape[0])
    if not np.isfinite(data).all() or predict(start).shape != data.shape:
        raise TableError("Observations are numbers, one for each prediction; leave missing ones out of both.")

    def objective(deviations: Floats) -> float:
        expected = predict(deviations)
        scatter = variance(expected)
        return float(
            ((data - expected) ** 2 / scatter + np.log(scatter)).sum() + deviations @ precision @ deviations
        )

    found = minimize(objective, start, method="BFGS", options={"gtol": 1e-6})
    best = np.asarray(found.x, dtype=np.float64)
    slope = float(np.abs(found.jac).max())
    return Mode(
        deviations=best,
        covariance=np.asarray(2 * np.linalg.inv(_curvature(objective, best)), dtype=np.float64),
        objective=float(found.fun),
        # BFGS may stop for lost digits at the mode itself; the slope tells which it was.
        converged=bool(found.success or slope < 1e-4),
        message=str(found.message),
    )


def _precision(omega: Floats) -> Floats:
    if omega.ndim != 2 or not np.allclose(omega, omega.T) or not (np.linalg.eigvalsh(omega) > 0).all():
        raise ImpossibleValue(
            "The covariance of deviations is a symmetric positive table (p, p).", field="omega"
        )
    return np.asarray(np.linalg.inv(omega))


def _curvature(function: Callable[[Floats], float], at: Floats, step: float = 1e-3) -> Floats:
    """Second derivatives (p, p) by central differences."""
    p = at.size
    moves = step * np.eye(p)
    found = np.empty((p, p))
    for i in range(p):
        for j in range(p):
            a, b = moves[i], moves[j]
            found[i, j] = (
                function(at + a + b) - function(at + a - b) - function(at - a + b) + function(at - a - b)
            ) / (4 * step * step)
    return found


def one_compartment(
    hours: Floats, *, mg: float, duration_h: float, clearance: float, volume: float, absorption: float
) -> Floats:
    """Concentrations (mg/L) of a zero-order release into a depot, absorbed by first order, one compartment.

    The closed form: a step of release that starts, less one that starts when it ends. Clearance in L/h,
    volume in L, absorption in 1/h and unlike clearance / volume.
    """
    rate, out = mg / duration_h, clearance / volume

    def step(since: Floats) -> Floats:
        after = np.maximum(since, 0.0)
        leaving, entering = np.exp(-out * after), np.exp(-absorption * after)
        return np.asarray(rate / volume * ((1 - leaving) / out - (leaving - entering) / (absorption - out)))

    at = np.asarray(hours, dtype=np.float64)
    return np.asarray(step(at) - step(at - duration_h))
