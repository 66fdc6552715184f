"""Several hypotheses, one error: closed tests, Holm, Hochberg, and graphs of weights.

Every adjusted p value may be compared with alpha itself. Marcus, Peritz, Gabriel 1976,
doi:10.1093/biomet/63.3.655 (closed tests) · Holm 1979 (Scandinavian Journal of Statistics
6:65) · Hochberg 1988, doi:10.1093/biomet/75.4.800 · Bretz, Maurer, Brannath, Posch 2009,
doi:10.1002/sim.3495 (graphs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from holdfast.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]

_MOST = 15  # hypotheses: 32,767 intersections


def closed_test(
    local: Callable[[tuple[int, ...]], float] | Mapping[tuple[int, ...], float], hypotheses: int
) -> Floats:
    """Adjusted p values from the local p value of every intersection of ``hypotheses``.

    ``local`` gives the p value of a rising tuple of hypothesis numbers (from 0): a function,
    or a mapping with all of them. Raises ImpossibleValue where one is missing or no p value.
    """
    if not 1 <= hypotheses <= _MOST:
        raise ImpossibleValue(
            f"A closed test is for 1 to {_MOST} hypotheses, not {hypotheses}.", field="hypotheses"
        )
    adjusted = np.zeros(hypotheses)
    for size in range(1, hypotheses + 1):
        for members in combinations(range(hypotheses), size):
            p = _local(local, members)
            adjusted[list(members)] = np.maximum(adjusted[list(members)], p)
    return adjusted


def _local(
    local: Callable[[tuple[int, ...]], float] | Mapping[tuple[int, ...], float], members: tuple[int, ...]
) -> float:
    if callable(local):
        p = float(local(members))
    elif members in local:
        p = float(local[members])
    else:
        raise ImpossibleValue(
            f"The local p value of the hypotheses {members} together is missing.", field="local"
        )
    if not 0.0 <= p <= 1.0:
        raise ImpossibleValue(
            f"The local p value of the hypotheses {members} is {p}, not from 0 to 1.", field="local"
        )
    return p


def holm(p: Sequence[float] | Floats) -> Floats:
    """Holm's adjusted p values; valid however the tests depend on each other."""
    given = _checked_p(p)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    return _back(np.minimum(stepped, 1.0), order)


def hochberg(p: Sequence[float] | Floats) -> Floats:
    """Hochberg's adjusted p values; valid for independent or positively dependent tests."""
    given = _checked_p(p)
    order = np.argsort(-given, kind="stable")
    stepped = np.minimum.accumulate(given[order] * np.arange(1, len(given) + 1))
    return _back(np.minimum(stepped, 1.0), order)


def graphical(p: Sequence[float] | Floats, *, weights: Sequence[float] | Floats, transfers: Floats) -> Floats:
    """Adjusted p values of a graph: each hypothesis holds a weight and passes it on when rejected.

    ``weights`` (at least 0, at most 1 together); ``transfers`` (hypotheses by hypotheses):
    the share of a rejected row's weight that goes to a column, nothing to itself.
    """
    given = _checked_p(p)
    weight, passing = _checked_graph(len(given), weights, transfers)
    adjusted, left, so_far = np.zeros(len(given)), list(range(len(given))), 0.0
    while left:
        ratio = [given[i] / weight[i] if weight[i] > 0.0 else np.inf for i in left]
        chosen = left[int(np.argmin(ratio))]
        so_far = max(so_far, min(1.0, min(ratio)))
        adjusted[chosen] = so_far
        left.remove(chosen)
        weight, passing = _without(chosen, left, weight, passing)
    return adjusted


def _without(gone: int, left: list[int], weight: Floats, passing: Floats) -> tuple[Floats, Floats]:
    """The graph after ``gone`` was rejected: its weight and its paths go to those left."""
    new_weight, new = np.zeros_like(weight), np.zeros_like(passing)
    for i in left:
        new_weight[i] = weight[i] + weight[gone] * passing[gone, i]
        around = passing[i, gone] * passing[gone, i]
        for j in left:
            if i != j and around < 1.0:
                new[i, j] = (passing[i, j] + passing[i, gone] * passing[gone, j]) / (1.0 - around)
    return new_weight, new


def _checked_p(p: Sequence[float] | Floats) -> Floats:
    given = np.asarray(p, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or not np.all((given >= 0.0) & (given <= 1.0)):
        raise ImpossibleValue(f"p values are a list of numbers from 0 to 1, not {p}.", field="p")
    return given


def _checked_graph(size: int, weights: Sequence[float] | Floats, transfers: Floats) -> tuple[Floats, Floats]:
    weight, passing = np.asarray(weights, dtype=np.float64), np.asarray(transfers, dtype=np.float64)
    if weight.shape != (size,) or np.any(~(weight >= 0.0)) or weight.sum() > 1.0 + 1e-12:
        raise ImpossibleValue(f"Give {size} weights of at least 0 that sum to at most 1.", field="weights")
    if (
        passing.shape != (size, size)
        or np.any(~(passing >= 0.0))
        or np.any(passing.sum(axis=1) > 1.0 + 1e-12)
    ):
        raise ImpossibleValue(
            f"Give {size} by {size} transfers of at least 0, each row summing to at most 1.",
            field="transfers",
        )
    if np.any(np.diag(passing) != 0.0):
        raise ImpossibleValue(
            "A hypothesis passes nothing to itself: the diagonal must be 0.", field="transfers"
        )
    return weight, passing


def _back(sorted_values: Floats, order: npt.NDArray[np.intp]) -> Floats:
    values = np.empty_like(sorted_values)
    values[order] = sorted_values
    return values
