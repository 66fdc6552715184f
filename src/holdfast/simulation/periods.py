"""The words of what happens between ratings, and the first time that something happens.

Period k runs from rating k - 1 (or randomisation) to rating k, with dosing session k near
its beginning. The first session is never missed: those analysed in the published trials
had a first dose. Somebody whose dosing is stopped stays in follow-up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MISSED, NO_SUPPLEMENT, STOPPED = "missed-session", "no-supplemental-dose", "treatment-stopped"


def first_of(happens: Bools) -> Ints:
    """The first index at which something happens along the last axis; its length for never."""
    found: Ints = np.where(happens.any(axis=-1), happens.argmax(axis=-1), happens.shape[-1])
    return found
