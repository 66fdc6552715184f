"""The dice of a set of persons: the seed and the trial and person counters, streams by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from holdfast.dice import normal, uniform

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counters:
    """``trial`` and ``person`` broadcast against each other; draws have their common shape."""

    seed: int
    trial: Ints
    person: Ints

    def normal(self, stream: str, k: int = 0) -> Floats:
        """Standard normal numbers of a stream."""
        return normal(self.seed, self.trial, self.person, stream, k)

    def uniform(self, stream: str, k: int = 0) -> Floats:
        """Uniform numbers of a stream, strictly between 0 and 1."""
        return uniform(self.seed, self.trial, self.person, stream, k)
