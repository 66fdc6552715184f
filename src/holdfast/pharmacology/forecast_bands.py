"""Bands of the next readings and chances of passing a limit, from weighted members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from holdfast.pharmacology.explain import Band
from holdfast.pharmacology.forecast_members import Members, Sums, residuals, rest_given
from holdfast.pharmacology.forecast_prior import FACTORS, HOURS, Prior, shapes_at
from holdfast.pharmacology.forecast_readings import CODES, NOISE, Limit, limit_of
from holdfast.pharmacology.system import Floats

SHARES = (0.05, 0.25, 0.50, 0.75, 0.95)
_FINE = 8
"""Bins to a standard deviation of the law that is laid on each member."""
_MARGIN = 4 * _FINE
_FAR = 1e-3


def resting(members: Members, prior: Prior, sums: Sums) -> tuple[Floats, Floats]:
    """Resting values given the readings: the mean of each member (4, N), the variance of each sign (4,)."""
    covariance = rest_given(sums, prior)
    left, _ = residuals(sums, members.shape, members.log_factors)
    return prior.rest[:, None] + covariance @ left, np.diag(covariance).copy()


def bands(members: Members, prior: Prior, sums: Sums, times: Sequence[int] | np.ndarray) -> dict[str, Band]:
    """The bands of a reading at the simulated hours of these indices, for each sign."""
    mean, variance = resting(members, prior, sums)
    sd = np.sqrt(variance + NOISE**2)
    found, weight = {}, members.weight
    for sign, code in enumerate(CODES):
        factor = np.exp(members.log_factors[:, FACTORS[sign]])
        low, first, middle, third, high = mixture_quantiles(
            _courses(prior.shapes.tamed[sign], members, times, factor, mean[sign]), weight, sd[sign], SHARES
        )
        bare = mixture_quantiles(
            _courses(prior.shapes.bare[sign], members, times, factor, mean[sign]),
            weight,
            sd[sign],
            (0.5, 0.95),
        )
        found[code] = Band(middle, (first, third), (low, high), (bare[0], bare[1]))
    return found


def _courses(
    shapes: np.ndarray, members: Members, times: Sequence[int] | np.ndarray, factor: Floats, mean: Floats
) -> np.ndarray:
    chosen = shapes[times]
    rises = np.take(chosen, members.shape, axis=1)
    rises *= factor.astype(np.float32)
    rises += mean.astype(np.float32)
    return np.asarray(rises)


def mixture_quantiles(centres: np.ndarray, weight: Floats, sd: float, shares: Sequence[float]) -> Floats:
    """Quantiles (len(shares), T) of normal laws of one SD around weighted centres (T, N).

    Centres are counted in bins of an eighth of the SD, whose own variance is taken off the law
    (Sheppard's correction). What lies below a value found is within 0.002 of the share asked.
    """
    from scipy.special import ndtr  # weight: scipy.special costs 0.2 s to import

    width = sd / _FINE
    start, counts = _counted(centres, weight, width)
    bins = counts.shape[1]
    steps = np.arange(-bins, bins + 1) * width
    kernel = ndtr((steps + width / 2) / np.sqrt(sd**2 - width**2 / 12))
    # Column e: the share of a unit at bin b that lies below the upper edge of bin e.
    below = _product(counts, kernel[bins + np.arange(bins)[None, :] - np.arange(bins)[:, None]])
    edges: Floats = start + width * np.arange(1.0, bins + 1)
    # Binning moves a row's mean by up to half a bin where its centres are all alike, as before a dose.
    moved = np.einsum("tn,n->t", centres, weight) - np.einsum("tb,b->t", counts, edges - width / 2)
    return np.array([_crossing(below, edges, share) + moved for share in shares])


def _product(left: Floats, right: Floats) -> Floats:
    """The matrix product, a few rows at a time."""
    # OpenBLAS wakes a thread per core for more than 2^18 terms, and on a busy server waits for them: 150 ms
    # at the 99th percentile where the product itself takes one.
    rows = max(1, 2**18 // right.size)
    return np.vstack([left[start : start + rows] @ right for start in range(0, left.shape[0], rows)])


def _counted(centres: np.ndarray, weight: Floats, width: float) -> tuple[float, Floats]:
    """The lower edge of the first bin, and the weight in each bin (T, bins) for rows of centres (T, N).

    A few members reach far beyond all others: what is less than a thousandth of every row on
    either side is put into the outermost bin kept; four SD of empty bins follow.
    """
    T = centres.shape[0]
    low = float(centres.min())
    bins = int((float(centres.max()) - low) / width) + 2
    place = ((centres - np.float32(low)) * np.float32(1 / width)).astype(np.intp)
    place += (np.arange(T) * bins)[:, None]
    even = weight.max() - weight.min() < 1e-12
    weights = None if even else np.tile(weight, T)
    counts = np.bincount(place.ravel(), weights, T * bins).reshape(T, bins) * (weight[0] if even else 1.0)
    sums = counts.cumsum(axis=1)
    first = int((sums > _FAR).any(axis=0).argmax())
    last = int((sums > 1 - _FAR).all(axis=0).argmax())
    kept = np.zeros((T, last - first + 1 + 2 * _MARGIN))
    kept[:, _MARGIN : kept.shape[1] - _MARGIN] = counts[:, first : last + 1]
    kept[:, _MARGIN] += counts[:, :first].sum(axis=1)
    kept[:, -_MARGIN - 1] += counts[:, last + 1 :].sum(axis=1)
    return low + width * (first - _MARGIN), kept


def _crossing(below: Floats, edges: Floats, share: float) -> Floats:
    """Where each row of a rising table crosses a share, on the line between neighbours."""
    after = np.clip((below < share).sum(axis=1), 1, edges.size - 1)
    row = np.arange(below.shape[0])
    left, right = below[row, after - 1], below[row, after]
    part = (share - left) / (right - left)
    return np.asarray(edges[after - 1] + part * (edges[after] - edges[after - 1]))


def chance_below(members: Members, prior: Prior, sums: Sums, at_h: float, values: Floats) -> Floats:
    """The chance (4,) that a reading at an hour lies below each value (4,); NaN where the value is."""
    from scipy.special import ndtr

    mean, variance = resting(members, prior, sums)
    factor = np.exp(members.log_factors).T[FACTORS]
    centre = mean + factor * shapes_at(prior.shapes.tamed, at_h)[:, members.shape]
    sd = np.sqrt(variance + NOISE**2)[:, None]
    return np.asarray(ndtr((values[:, None] - centre) / sd) @ members.weight)


def chance_of_passing(
    members: Members,
    prior: Prior,
    sums: Sums,
    limit: Limit,
    *,
    now_h: float,
    next_h: float,
    bare: bool = False,
) -> float:
    """The chance that the course itself, without scatter, is beyond a limit at some time until the next.

    ``bare`` takes the courses without tolerance.
    """
    from scipy.special import ndtr

    sign = limit_of(limit)
    mean, variance = resting(members, prior, sums)
    side = 1.0 if limit.above else -1.0
    shapes = prior.shapes.bare if bare else prior.shapes.tamed
    within = shapes[sign, (now_h < HOURS) & (next_h > HOURS)]
    ends = [shapes_at(shapes, hour)[sign] for hour in (now_h, next_h)]
    furthest = side * np.max([side * each for each in (*ends, *within)], axis=0)
    factor = np.exp(members.log_factors[:, FACTORS[sign]])
    reached = mean[sign] + factor * furthest[members.shape]
    return float(ndtr(side * (reached - limit.value) / np.sqrt(variance[sign])) @ members.weight)


def chance_beyond(members: Members, prior: Prior, sums: Sums, limit: Limit, *, next_h: float) -> float:
    """The chance that the next reading, with its scatter, lies beyond a limit."""
    sign = limit_of(limit)
    values = np.full(len(CODES), np.nan)
    values[sign] = limit.value
    below = float(chance_below(members, prior, sums, next_h, values)[sign])
    return 1 - below if limit.above else below
