"""What happens between ratings: which dosing sessions are held, and intercurrent events.

Period k runs from rating k - 1 (or randomisation) to rating k, with dosing session k near
its beginning. The first session is never missed: those analysed in the published trials
had a first dose. Somebody whose dosing is stopped stays in follow-up. None of these
events moves a score; what they would do to one is not known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.counters import Counters

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MISSED, NO_SUPPLEMENT, STOPPED = "missed-session", "no-supplemental-dose", "treatment-stopped"


def periods(
    assumptions: Assumptions, dice: Counters, *, left: Ints, early: Bools, withheld: Bools
) -> tuple[Bools, Bools, dict[str, Ints]]:
    """Sessions held, supplemental doses given, (T, n, V) each, and the first visit each event bears on."""
    visits = assumptions.visits
    k = np.arange(visits)
    here = (left[..., None] > k) | ((left[..., None] == k) & ~early[..., None])
    stopped = first_of(_struck(assumptions, dice, STOPPED) & (left[..., None] > k))
    planned = here & (stopped[..., None] >= k)
    missed = planned & _struck(assumptions, dice, MISSED) & (k > 0)
    held = planned & ~missed
    without = held & (_struck(assumptions, dice, NO_SUPPLEMENT) | withheld)
    events = {
        code: first_of(_struck(assumptions, dice, code) & (left[..., None] > k))
        for code in assumptions.events
    }
    events[STOPPED] = stopped
    events[MISSED] = first_of(missed)
    events[NO_SUPPLEMENT] = first_of(without)
    return held, held & ~without, events


def _struck(assumptions: Assumptions, dice: Counters, code: str) -> Bools:
    figure = assumptions.events.get(code)
    rate = 0.0 if figure is None else figure.number
    drawn = [dice.uniform(f"event/{code}", k) < rate for k in range(assumptions.visits)]
    struck: Bools = np.stack(drawn, axis=-1)
    return struck


def first_of(happens: Bools) -> Ints:
    """The first index at which something happens along the last axis; its length for never."""
    found: Ints = np.where(happens.any(axis=-1), happens.argmax(axis=-1), happens.shape[-1])
    return found
