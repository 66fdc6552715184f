"""Inference after a trial that could stop early: p value, median-unbiased estimate, interval.

Outcomes are ordered by stage: an earlier crossing of the upper boundary is more extreme
than any later one. Futility boundaries are left out, so that the inference holds whether
or not they were obeyed. Tsiatis, Rosner, Mehta 1984, doi:10.2307/2530924 · repeated
intervals: Jennison, Turnbull 1989 (Journal of the Royal Statistical Society B 51:305).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.errors import ImpossibleValue
from holdfast.statistics.boundaries import regions
from holdfast.statistics.crossing import START, above, below, proceed, root
from holdfast.statistics.sequential import Design

Floats = npt.NDArray[np.float64]

_WIDEST = 15.0  # drifts searched on either side of the estimate that ignores the looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """Inference in the units of the effect; ``p`` has as many sides as the design."""

    p: float
    estimate: float
    interval: tuple[float, float]
    repeated: tuple[float, float]
    naive: float


def adjusted(design: Design, look: int, z: float, *, standard_error: float) -> Adjusted:
    """What a trial that ended at ``look`` (from 1) with ``z`` says of the effect.

    ``standard_error`` is that of the estimate at this look; the estimate that ignores the
    looks is z times it. The interval covers 1 − alpha (1 − 2·alpha with one side).
    """
    _check(design, look, z, standard_error)
    unit = standard_error * math.sqrt(design.looks[look - 1])  # the standard error at full information
    tail = design.alpha / design.sides

    def drift(chance: float) -> float:
        middle = z / math.sqrt(design.looks[look - 1])
        wide = _WIDEST / math.sqrt(design.looks[0])
        return root(lambda d: chance - as_extreme(design, look, z, d), middle - wide, middle + wide)

    one_sided = as_extreme(design, look, z, 0.0)
    half = float(design.upper[look - 1]) * standard_error
    return Adjusted(
        p=one_sided if design.sides == 1 else min(1.0, 2.0 * min(one_sided, 1.0 - one_sided)),
        estimate=drift(0.5) * unit,
        interval=(drift(tail) * unit, drift(1.0 - tail) * unit),
        repeated=(z * standard_error - half, z * standard_error + half),
        naive=z * standard_error,
    )


def as_extreme(design: Design, look: int, z: float, drift: float) -> float:
    """The chance, at ``drift``, of an outcome at least as far up in the stagewise order."""
    going, before, under = START, 0.0, 0.0
    for k in range(look - 1):
        t, upper = float(design.looks[k]), float(design.upper[k])
        before += above(going, t, drift, upper)
        under += below(going, t, drift, -upper) if design.sides == 2 else 0.0
        bound = regions(upper, -math.inf, design.sides)
        going = proceed(going, t, drift, bound, float(design.looks[k + 1]))
    t = float(design.looks[look - 1])
    # Each tail is summed from its own side, so that a small one keeps its digits.
    if z >= 0.0 or design.sides == 1:
        return before + above(going, t, drift, z)
    return 1.0 - under - below(going, t, drift, z)


def _check(design: Design, look: int, z: float, standard_error: float) -> None:
    if not 1 <= look <= len(design.looks):
        raise ImpossibleValue(f"The design has looks 1 to {len(design.looks)}, not {look}.", field="look")
    if not math.isfinite(z):
        raise ImpossibleValue(f"A z statistic must be a finite number, not {z}.", field="z")
    if not (math.isfinite(standard_error) and standard_error > 0.0):
        raise ImpossibleValue(
            f"A standard error must be positive, not {standard_error}.", field="standard_error"
        )
