"""Answers to single items, handed out so that they add up to a total already drawn.

A total of Y points falls on a scale's items one point at a time: the next point goes
to item j with chance proportional to weight_j times gain(points j has). A gain that
rises after the first point makes symptoms that are present at full strength more
likely than many faint ones. Weights are a person's own and kept over visits.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from holdfast.dice import uniform
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.course import Course

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CLUSTERS = ((0, 5), (5, 7), (7, 14), (14, 20))
"""Where clusters B, C, D, E of CAPS-5 and PCL-5 begin and end among the twenty items."""
NEEDED = (1, 1, 2, 2)
PRESENT = 2
"""An item of 2 or more is a symptom that is present."""
ATTEMPTS = 60
_STEPS = 128


def allot(points: Ints, *, weights: Floats, gain: Floats, chance: Floats) -> Ints:
    """Hand out ``points`` (N,) on the items of ``weights`` (N, J); the answer is (N, J).

    ``gain`` (m + 1,) by points an item has, zero at its maximum m. ``chance`` (N, at
    least max(points)) are uniforms, one for each point.
    """
    order = np.argsort(-points, kind="stable")
    left, own = points[order], weights[order]
    given = np.zeros(own.shape, dtype=np.int64)
    pull = own * gain[0]
    rows = np.arange(len(left))
    for step in range(int(left[0]) if len(left) else 0):
        active = int(np.searchsorted(-left, -step, side="left"))
        running = np.cumsum(pull[:active], axis=1)
        drawn = chance[order[:active], step] * running[:, -1]
        item = np.minimum((running <= drawn[:, None]).sum(axis=1), own.shape[1] - 1)
        row = rows[:active]
        given[row, item] += 1
        pull[row, item] = own[row, item] * gain[given[row, item]]
    answer = np.empty_like(given)
    answer[order] = given
    return answer


def diagnosis(items: Ints) -> Bools:
    """Whether the symptoms present meet the diagnosis: 1 of B, 1 of C, 2 of D, 2 of E; (…,) of (…, 20)."""
    present = items >= PRESENT
    enough = [
        present[..., start:stop].sum(axis=-1) >= needed
        for (start, stop), needed in zip(CLUSTERS, NEEDED, strict=True)
    ]
    met: Bools = np.logical_and.reduce(enough)
    return met


def caps_items(assumptions: Assumptions, course: Course, *, visits: tuple[int, ...] | None = None) -> Ints:
    """CAPS-5 severities (T, n, 1 + len(visits), 20): baseline first, then the visits asked for.

    The slow part of a course, so only when asked. At baseline the diagnosis is part of
    entry: items (and the weights they came from) are redrawn until it is met, the total
    is kept.
    """
    chosen = tuple(range(course.visits)) if visits is None else visits
    trial, person = (
        each.ravel() for each in np.broadcast_arrays(course.trials[:, None], course.people[None, :])
    )
    baseline, weights = _entry_items(assumptions, course.seed, trial, person, course.baseline.ravel())
    gain = np.array(assumptions.items.gain.numbers)
    columns = [baseline]
    for k in chosen:
        total = course.score[..., k].ravel()
        chance = _chance(course.seed, trial, person, "items", total, (k + 1) * ATTEMPTS)
        columns.append(allot(total, weights=weights, gain=gain, chance=chance))
    return np.stack(columns, axis=1).reshape(*course.baseline.shape, 1 + len(chosen), 20)


def own_weights(
    assumptions: Assumptions,
    seed: int,
    trial: Ints,
    person: Ints,
    *,
    attempt: int = 0,
    stream: str = "item-weights",
) -> Floats:
    """A person's pull of each of twenty items: Gamma(shape)/shape times the cluster's weight, (N, 20)."""
    shape = int(assumptions.items.shape.number)
    cluster = np.repeat(assumptions.items.cluster_weights.numbers, [stop - start for start, stop in CLUSTERS])
    k = attempt * 20 * shape + np.arange(20 * shape)
    drawn = uniform(seed, trial[:, None], person[:, None], stream, k[None, :])
    pull: Floats = -np.log(drawn).reshape(len(trial), 20, shape).sum(axis=2) / shape * cluster
    return pull


def _chance(seed: int, trial: Ints, person: Ints, stream: str, total: Ints, block: int) -> Floats:
    steps = block * _STEPS + np.arange(max(1, int(total.max(initial=0))))
    return uniform(seed, trial[:, None], person[:, None], stream, steps[None, :])


def _entry_items(
    assumptions: Assumptions, seed: int, trial: Ints, person: Ints, total: Ints
) -> tuple[Ints, Floats]:
    gain = np.array(assumptions.items.gain.numbers)
    items = np.zeros((len(total), 20), dtype=np.int64)
    weights = np.ones((len(total), 20))
    todo = np.arange(len(total))
    for attempt in range(ATTEMPTS):
        own = own_weights(assumptions, seed, trial[todo], person[todo], attempt=attempt)
        chance = _chance(seed, trial[todo], person[todo], "items", total[todo], attempt)
        items[todo] = allot(total[todo], weights=own, gain=gain, chance=chance)
        weights[todo] = own
        todo = todo[~diagnosis(items[todo])]
        if not len(todo):
            break
    return items, weights
