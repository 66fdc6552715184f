"""One person's dosing day: what its scenes share, and how a reading is taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from holdfast.conduct.actions import ReadVitals
from holdfast.protocol.model import DosingSession, Visit
from holdfast.simulation.stage import Actor
from holdfast.simulation.story import Player

Scene = tuple[float, Callable[[], None]]
"""A minute after the first dose, and what is done then."""


class Day:
    """One person's dosing day. ``t0`` is when the first dose was swallowed."""

    def __init__(self, player: Player, visit: Visit, number: int) -> None:
        self.player = player
        self.visit = visit
        self.number = number
        self.plan: DosingSession = player.story.protocol.session(visit.code)
        self.t0 = player.stage.now
        self.supplemented = False
        self.courses: dict[str, list[int]] = {}

    @property
    def ids(self) -> tuple[str, str]:
        """Participant and visit, as every action of the day names them."""
        return self.player.code, self.visit.code

    def kit(self, step: str) -> str:
        """The kit set aside for a step."""
        return self.player.session(self.visit.code).kits[step].kit

    def read(
        self,
        minute: int,
        *,
        due: int | None,
        repeat: bool = False,
        by: Actor | None = None,
        happened: datetime | None = None,
        skew_s: float | None = None,
    ) -> None:
        """Take a reading; ``minute`` says which of the person's drawn readings it is."""
        code, visit = self.ids
        values = self.player.story.life.reading(self.player.index, self.number, minute)
        what = ReadVitals(
            participant=code,
            visit=visit,
            due_minute=due,
            systolic=values[0],
            diastolic=values[1],
            heart_rate=values[2],
            temperature=values[3],
            repeat=repeat,
        )
        self.player.stage.do(what, by or self.player.second, happened=happened, skew_s=skew_s)
