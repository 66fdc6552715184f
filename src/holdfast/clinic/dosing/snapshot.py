"""What the pages of one session rest on, read once: standings of streams, appointments of the study."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import AppointmentRow
from holdfast.conduct.standing import Standing

T = TypeVar("T")


class Snapshot:
    """Standings of a study as they stood when they were first asked for; ``expected`` are read together."""

    def __init__(self, study: str, expected: Sequence[str]) -> None:
        self.study = study
        self._expected = tuple(expected)
        self._known: dict[str, Standing] = {}
        self._made: dict[Hashable, Any] = {}

    def standings(self, streams: Sequence[str]) -> dict[str, Standing]:
        """Where streams stand, by name."""
        # One question for all: each costs more than the standings, which are kept in memory.
        if missing := [each for each in streams if each not in self._known]:
            asked = dict.fromkeys([*missing, *(each for each in self._expected if each not in self._known)])
            self._known |= read.standings_of(self.study, list(asked))
        return {each: self._known[each] for each in streams}

    def of(self, kind: type[T], stream: str) -> T:
        """Where one stream stands."""
        found = self.standings([stream])[stream]
        if not isinstance(found, kind):
            raise TypeError(f"{stream} is a {type(found).__name__}")
        return found

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """What is worked out of all this, once for everybody who looks at this moment."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    @cached_property
    def people(self) -> dict[str, str]:
        """Names of everybody appointed in the study, by id."""
        return {each.person: each.name for each in self.appointments}

    @cached_property
    def appointments(self) -> list[AppointmentRow]:
        """Roles held in the study, by everybody."""
        return read.appointments(study=self.study)
