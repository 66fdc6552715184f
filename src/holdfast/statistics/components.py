"""Which variance components of therapist pairs are in the model: those whose estimate is above zero.

The maximum over components of zero or more is where no component in the model is
negative and none left out would raise the likelihood. It is climbed from the model
without pairs, taking in the component that the likelihood rises with most steeply.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from holdfast.statistics.arrays import Floats
from holdfast.statistics.newton import Likelihood, Optimum, highest, maximise
from holdfast.statistics.pairs import Block, PairLikelihood
from holdfast.statistics.reml import PatternLikelihood

#: The components, in the order of ``pairs.blocks_of``.
COMPONENTS = ("variance of pair", "variance of pair by arm")
#: What a component taken in starts from, as a share of the residuals' variance.
START = 0.05
#: A slope at zero, in its own standard errors, below which it is rounding.
FLAT = 1e-6


def choose_components(blocks: Sequence[Block]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Which of the two components can be told apart, and sentences on the others."""
    if not blocks:
        return (), ()
    if all(block.same.all() for block in blocks):
        return (), (
            "Every pair has one subject: an effect of the pair cannot be told from the subject's own.",
        )
    if all(block.components[1].all() for block in blocks):
        return (0,), (
            "Every pair is in one arm: the pair and the pair by arm are one effect, called pair here.",
        )
    if not any(((block.components[1] > 0) & ~block.same).any() for block in blocks):
        return (0,), ("No pair has two subjects in one arm: the pair by arm is left out of the model.",)
    return (0, 1), ()


def climb(
    plain: PatternLikelihood, start: Floats, *, blocks: tuple[Block, ...], candidates: tuple[int, ...]
) -> tuple[Likelihood, Optimum, tuple[int, ...]]:
    """The maximum with those of the ``candidates`` that are above zero, and which they are."""
    own = len(start)
    likelihood: Likelihood = plain
    without = optimum = highest(plain, plain.covariance.starts(start))
    kept: tuple[int, ...] = ()
    components: dict[int, float] = {}
    left = set(candidates)
    while optimum.converged and left:
        wanted = _steepest(plain, optimum.theta[:own], components, blocks=blocks, left=left)
        if wanted is None:
            break
        left.discard(wanted)
        components[wanted] = START
        while components:
            kept = tuple(sorted(components))
            likelihood = PairLikelihood(
                blocks=blocks, covariance=plain.covariance, kept=kept, reml=plain.reml
            )
            optimum = maximise(
                likelihood, np.concatenate([optimum.theta[:own], [components[k] for k in kept]])
            )
            components = dict(zip(kept, optimum.theta[own:].tolist(), strict=True))
            least = min(kept, key=components.__getitem__)
            if components[least] >= 0:
                break
            del components[least]
    if not components:
        return plain, without, ()
    return likelihood, optimum, kept


def _steepest(
    plain: PatternLikelihood,
    theta: Floats,
    components: dict[int, float],
    *,
    blocks: tuple[Block, ...],
    left: set[int],
) -> int | None:
    """The component left out whose growth from zero raises the likelihood most; None where none does."""
    kept = tuple(sorted({*components, *left}))
    whole = PairLikelihood(blocks=blocks, covariance=plain.covariance, kept=kept, reml=plain.reml)
    point = whole.at(np.concatenate([theta, [components.get(k, 0.0) for k in kept]]))
    if point is None:
        return None
    place = {k: len(theta) + i for i, k in enumerate(kept)}
    slopes = {
        k: float(point.gradient[place[k]] / np.sqrt(max(point.expected[place[k], place[k]], 1e-300)))
        for k in left
    }
    wanted = min(slopes, key=lambda k: slopes[k])
    return wanted if slopes[wanted] < -FLAT else None
