"""The panel of a practice beside its session page: the monitor, the room, the time, what may go wrong."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock
from holdfast.clinic.practice import happening
from holdfast.clinic.practice.making import assumed
from holdfast.clinic.practice.models import Practice
from holdfast.clinic.practice.network import away_until
from holdfast.conduct.case import minutes_between
from holdfast.simulation.assumptions import Assumptions
from holdfast.simulation.practice_day import monitor
from holdfast.timing import Instant

STEPS = (5, 15, 60)
"""By how many minutes the time can be moved at once."""


@lru_cache(maxsize=4)
def _assumed(design: str) -> Assumptions:
    return assumed(design)


def panel(practice: Practice, room: Room) -> dict[str, Any]:
    """What the panel shows now. ``room.at`` is the practice's time."""
    read = monitor(
        room.protocol,
        _assumed(practice.design),
        seed=practice.seed,
        session=room.plan,
        swallowed=_swallowed(room),
        minute=happening.minute_now(room),
    )
    return {
        "read": happening.with_pressure(practice, room, read),
        "clock": clock(room, room.at.at),
        "scenes": happening.recent(happening.scenes(practice, room), room.at.at),
        "steps": STEPS,
        "choices": happening.choices(),
    }


def network(study: str, *, now: Any, zone: str) -> str:
    """Until when the network is away, on the clock of the wall; "" while it is there."""
    until = away_until(study, now)
    return "" if until is None else Instant(until, zone).local.strftime("%H:%M:%S")


def _swallowed(room: Room) -> dict[str, float]:
    t0 = room.session.t0
    if t0 is None:
        return {}
    return {step: minutes_between(t0, taken.at) for step, taken in room.session.doses.items()}
