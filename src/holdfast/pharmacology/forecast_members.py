"""Members reweighted by how well they explain the readings: a particle filter of what stays in a day.

A member is a shape of the prior and the logs of its factors; its resting values are
integrated exactly (normal prior, normal scatter). Since factors and resting values enter
linearly, what all readings so far say is held in a few sums per shape, and the likelihood
of any member costs the same after one reading and after a hundred. When the weights
degenerate, members are resampled systematically (Kitagawa 1996,
doi:10.1080/10618600.1996.10474692) and moved by steps that leave the posterior as it is
(Gilks and Berzuini 2001, doi:10.1111/1467-9868.00280): factors walk, and fresh shapes of the
same prior are offered. So no jitter is added, and the members cannot collapse into copies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from holdfast import dice
from holdfast.pharmacology.forecast_prior import FACTORS, SEED, Prior, shapes_at
from holdfast.pharmacology.forecast_readings import NOISE
from holdfast.pharmacology.system import Floats

ENOUGH = 0.5
"""Members are resampled when their effective number falls below this share."""
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Sums:
    """What readings say, with v the value minus the mean resting value and u a shape.

    Numbers of readings, sums of v and of v squared, each (4,); sums of u, uv and u squared, each (4, N).
    """

    count: Floats
    v: Floats
    vv: Floats
    u: Floats
    uv: Floats
    uu: Floats


@dataclass(frozen=True, slots=True)
class Members:
    """N weighted members: shape (N,), logs of factors (N, 3), logs of weights (N,) that sum to one.

    ``log_evidence`` is the log of the probability density of all readings under the prior.
    """

    shape: np.ndarray
    log_factors: Floats
    log_weight: Floats
    log_evidence: float

    @property
    def weight(self) -> Floats:
        """The weights (N,)."""
        return np.exp(self.log_weight)

    @property
    def effective(self) -> float:
        """The effective number of members: 1 / sum of squared weights (Kish 1965)."""
        return float(1 / np.exp(2 * self.log_weight).sum())

    @property
    def distinct(self) -> int:
        """How many different shapes are left."""
        return int(np.unique(self.shape).size)


def fresh(prior: Prior) -> Members:
    """The members before any reading: all alike in weight."""
    n = len(prior)
    return Members(np.arange(n), prior.log_factors, np.full(n, -np.log(n)), 0.0)


def nothing(prior: Prior) -> Sums:
    """The sums of no reading."""
    each = np.zeros(4)
    return Sums(each, each, each, *(np.zeros((4, len(prior))) for _ in range(3)))


def added(sums: Sums, prior: Prior, at_h: float, values: Floats) -> Sums:
    """The sums with one more reading (4,), NaN where a sign was not taken."""
    taken = np.isfinite(values)
    v = np.where(taken, values - prior.rest, 0.0)
    u = shapes_at(prior.shapes.tamed, at_h) * taken[:, None]
    return Sums(
        sums.count + taken,
        sums.v + v,
        sums.vv + v * v,
        sums.u + u,
        sums.uv + u * v[:, None],
        sums.uu + u * u,
    )


def rest_given(sums: Sums, prior: Prior) -> Floats:
    """The covariance (4, 4) of resting values given the readings: the same for every member."""
    precision = np.linalg.inv(prior.rest_covariance) + np.diag(sums.count / NOISE**2)
    return np.asarray(np.linalg.inv(precision))


def residuals(sums: Sums, shape: np.ndarray, log_factors: Floats) -> tuple[Floats, Floats]:
    """Sums of what is left of the readings, and of its squares, over the noise's variance: (4, N), (4, N)."""
    factor = np.exp(log_factors).T[FACTORS]
    variance = (NOISE**2)[:, None]
    left = (sums.v[:, None] - factor * sums.u[:, shape]) / variance
    squares = sums.vv[:, None] - factor * (2 * sums.uv[:, shape] - factor * sums.uu[:, shape])
    return left, squares / variance


def log_likelihood(sums: Sums, prior: Prior, shape: np.ndarray, log_factors: Floats) -> Floats:
    """The log density (N,) of all readings for each member, its resting values integrated."""
    left, squares = residuals(sums, shape, log_factors)
    covariance = rest_given(sums, prior)
    shrunk = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(prior.rest_covariance)[1]
    constant = 0.5 * shrunk - (sums.count * np.log(NOISE * np.sqrt(2 * np.pi))).sum()
    explained = ((covariance @ left) * left).sum(axis=0)
    return np.asarray(constant + 0.5 * (explained - squares.sum(axis=0)))


def reweighted(members: Members, prior: Prior, before: Sums, after: Sums, *, told: int) -> Members:
    """Members after the sums changed; resampled and moved where too few would carry the weight.

    ``told`` counts the readings: it names the dice, so that the same readings give the same answer.
    """
    held = members.shape, members.log_factors
    change = log_likelihood(after, prior, *held) - log_likelihood(before, prior, *held)
    raw = members.log_weight + change
    top = raw.max()
    total = top + np.log(np.exp(raw - top).sum())
    weighted = replace(members, log_weight=raw - total, log_evidence=members.log_evidence + float(total))
    if weighted.effective >= ENOUGH * len(prior):
        return weighted
    return _moved(_resampled(weighted, told), prior, after, told)


def _resampled(members: Members, told: int) -> Members:
    n = members.shape.size
    points = (np.arange(n) + dice.uniform(SEED, told, 0, "forecast-resample")) / n
    kept = np.minimum(np.searchsorted(np.cumsum(members.weight), points), n - 1)
    return replace(
        members,
        shape=members.shape[kept],
        log_factors=members.log_factors[kept],
        log_weight=np.full(n, -np.log(n)),
    )


def _moved(members: Members, prior: Prior, sums: Sums, told: int) -> Members:
    """Metropolis steps: a walk of the factors, then a fresh shape at equal height, in turn."""
    precision = np.linalg.inv(prior.factor_covariance)
    heights = np.log(np.maximum(prior.shapes.tamed[[0, 2, 3]].max(axis=1).T, 1e-9)).astype(np.float64)
    spread = np.cov(members.log_factors.T) + 1e-9 * np.eye(3)
    step = np.linalg.cholesky(spread) * (2.38 / np.sqrt(3))
    n, person = members.shape.size, np.arange(members.shape.size)

    def density(shape: np.ndarray, log_factors: Floats) -> Floats:
        law = -0.5 * ((log_factors @ precision) * log_factors).sum(axis=1)
        return np.asarray(law + log_likelihood(sums, prior, shape, log_factors))

    shape, factors = members.shape, members.log_factors
    now = density(shape, factors)
    for turn in range(2 * ROUNDS):
        if turn % 2 == 0:
            z = dice.normal(SEED, told, person[:, None], f"forecast-walk-{turn}", np.arange(3))
            offered, walked = shape, factors + z @ step.T
        else:
            u = dice.uniform(SEED, told, person, f"forecast-shape-{turn}")
            offered = (u * n).astype(np.intp)
            # The height in mmHg stays, so that the offer is about the course's form, not its size.
            walked = factors + heights[shape] - heights[offered]
        there = density(offered, walked)
        taken = np.log(dice.uniform(SEED, told, person, f"forecast-accept-{turn}")) < there - now
        shape = np.where(taken, offered, shape)
        factors = np.where(taken[:, None], walked, factors)
        now = np.where(taken, there, now)
    return replace(members, shape=shape, log_factors=factors)
