"""The Newton iteration to the maximum of a (restricted) likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from holdfast.statistics.arrays import Floats
from holdfast.statistics.reml import Point

#: Squared Newton decrement (a squared distance in standard errors) from which the likelihood ranks no more.
CLOSE = 1e-8
#: Squared decrement that no digit of a result can show.
ROUNDING = 1e-20
MAX_ITERATIONS = 200
#: Below this smallest eigenvalue of the correlation the likelihood is climbing to a singular covariance.
SINGULAR = 1e-9
#: Below this a search that is stuck is called stuck at a singular covariance.
NEAR_SINGULAR = 1e-4


class Likelihood(Protocol):
    """What can be maximised: the likelihood at a point, and how near that is to a singular covariance."""

    def at(self, theta: Floats) -> Point | None:
        """The likelihood and its derivatives at ``theta`` (m,); None outside the range."""

    def edge(self, theta: Floats) -> float:
        """The smallest eigenvalue of the correlation at ``theta``: 0 means singular."""

    def curvature(self, theta: Floats, point: Point, weights: Floats) -> Floats:
        """(q, q) Σ wₖₗ X'V⁻¹VₖV⁻¹VₗV⁻¹X for ``weights`` (m, m)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """Where the iteration ended; ``reason`` says why it did not converge, and is empty when it did."""

    theta: Floats
    point: Point
    iterations: int
    converged: bool
    reason: str


def maximise(likelihood: Likelihood, start: Floats) -> Optimum:
    """Newton steps with the observed Hessian, or the expected one where that is not convex.

    Steps are halved until the covariance is positive definite and the likelihood does
    not fall. Within rounding of the top the likelihood cannot rank two points, so the
    last steps, from a squared decrement below ``CLOSE``, are ranked by the decrement.
    """
    theta, point = start, likelihood.at(start)
    if point is None:
        raise ArithmeticError("the starting covariance is not positive definite")
    for iteration in range(1, MAX_ITERATIONS + 1):
        step, decrement = _step(point)
        if decrement < CLOSE:
            theta, point = _polished(theta, point, likelihood)
            return Optimum(theta=theta, point=point, iterations=iteration, converged=True, reason="")
        found = _halved(theta, point, step, likelihood)
        if found is None:
            edge = likelihood.edge(theta) < NEAR_SINGULAR
            reason = "the covariance becomes singular" if edge else "no step raises the likelihood further"
            return _stopped(theta, point, iteration, reason)
        theta, point = found
        if likelihood.edge(theta) < SINGULAR:
            return _stopped(theta, point, iteration, "the covariance becomes singular")
    return _stopped(theta, point, MAX_ITERATIONS, f"{MAX_ITERATIONS} steps were not enough")


def highest(likelihood: Likelihood, starts: Sequence[Floats]) -> Optimum:
    """The best of the maxima climbed from several starts: a converged one before others."""
    found = [maximise(likelihood, start) for start in starts]
    return min(found, key=lambda optimum: (not optimum.converged, optimum.point.value))


def _polished(theta: Floats, point: Point, likelihood: Likelihood) -> tuple[Floats, Point]:
    """Newton squares the error: two steps leave it at rounding, and none may make it worse."""
    step, decrement = _step(point)
    for _ in range(3):
        tried = likelihood.at(theta + step)
        if tried is None:
            break
        following, smaller = _step(tried)
        if not smaller < decrement:
            break
        theta, point, step, decrement = theta + step, tried, following, smaller
        if decrement < ROUNDING:
            break
    return theta, point


def _step(point: Point) -> tuple[Floats, float]:
    """The step and its squared decrement g'H⁻¹g, infinite when the Hessian had to be replaced."""
    try:
        root = np.linalg.inv(np.linalg.cholesky(point.hessian))
        reduced = root @ point.gradient
        return -(root.T @ reduced), float(reduced @ reduced)
    except np.linalg.LinAlgError:
        # lstsq, because with few subjects even the expected Hessian may be singular.
        step = np.linalg.lstsq(point.expected, -point.gradient, rcond=1e-12)[0]
        return np.asarray(step, dtype=np.float64), np.inf


def _halved(theta: Floats, point: Point, step: Floats, likelihood: Likelihood) -> tuple[Floats, Point] | None:
    """The first of the step, its half, its quarter … that does not lower the likelihood."""
    slack = 1e-12 * (1.0 + abs(point.value))
    for halvings in range(40):
        tried = theta + step * 0.5**halvings
        found = likelihood.at(tried)
        if found is not None and found.value <= point.value + slack:
            return tried, found
    return None


def _stopped(theta: Floats, point: Point, iterations: int, reason: str) -> Optimum:
    return Optimum(theta=theta, point=point, iterations=iterations, converged=False, reason=reason)
