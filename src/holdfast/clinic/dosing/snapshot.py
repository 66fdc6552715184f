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
    """Standings of a study as they stood when they were first asked for; ``expected`` are read together.

    ``lasting`` is what an earlier snapshot of the same session has read of what changes rarely.
    """

    def __init__(
        self, study: str, expected: Sequence[str], *, lasting: dict[Hashable, Any] | None = None
    ) -> None:
        self.study = study
        self._expected = tuple(expected)
        self._known: dict[str, Standing] = {}
        self._made: dict[Hashable, Any] = {}
        self._lasting: dict[Hashable, Any] = {} if lasting is None else lasting

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

    def a_while(self, name: Hashable, make: Callable[[], T]) -> T:
        """What changes rarely and decides nothing: names, lists to choose from. Open pages keep it."""
        if name not in self._lasting:
            self._lasting[name] = make()
        kept: T = self._lasting[name]
        return kept

    @cached_property
    def people(self) -> dict[str, str]:
        """Names of everybody appointed in the study, by id."""
        return {each.person: each.name for each in self.appointments}

    @property
    def appointments(self) -> list[AppointmentRow]:
        """Roles held in the study, by everybody."""
        return self.a_while("appointments", lambda: read.appointments(study=self.study))
