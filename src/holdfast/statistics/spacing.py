"""Whether the names of the visits tell of steps of different length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from holdfast.statistics.structures import EQUALLY_SPACED, WORDS

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def spacing_warnings(structure: str, visits: Sequence[str]) -> tuple[str, ...]:
    """A sentence where a structure counts steps between visits whose names tell of unequal ones."""
    if structure not in EQUALLY_SPACED or len(visits) < 3:
        return ()
    numbers = [_NUMBER.findall(visit) for visit in visits]
    if any(len(found) != 1 for found in numbers):
        return ()
    times = [float(found[0]) for found in numbers]
    steps = {round(b - a, 9) for a, b in pairwise(times)}
    if len(steps) == 1:
        return ()
    return (
        f"The visits ({', '.join(visits)}) seem not to be equally spaced; {WORDS[structure]} counts "
        "the steps between them, not the time.",
    )
