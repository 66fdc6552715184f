"""``TrialArrays``: one trial as arrays, whatever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialArrays:
    """One trial: n persons, V post-baseline visits.

    ``outcome`` (n, V), NaN where not observed; ``observed`` (n, V); ``arm`` (n,) index
    into ``arms`` (the first is the reference); ``baseline`` (n,); ``covariates`` and
    ``factors`` by name, each (n,), factors as integer codes; ``intercurrent`` by event
    code, (n, V), true from the first visit the event bears on; ``guess`` (n,) the final
    guess as an arm index, -1 where there is none.
    """

    outcome: Floats
    observed: Bools
    arm: Ints
    arms: tuple[str, ...]
    visits: tuple[str, ...]
    baseline: Floats
    covariates: Mapping[str, Floats] = field(default_factory=dict)
    factors: Mapping[str, Ints] = field(default_factory=dict)
    intercurrent: Mapping[str, Bools] = field(default_factory=dict)
    guess: Ints | None = None
