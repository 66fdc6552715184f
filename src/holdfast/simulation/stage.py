"""The stage of a rehearsal: one clock, one queue of scripts, one book that decides.

A script is a generator that yields the moments (UTC) at which it goes on; the stage
resumes whichever comes first, so that the records of all participants are made in the
order in which a real study would make them. Nothing here makes a record: what people do
goes through ``conduct.book.Book.perform`` and comes back decided.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from holdfast.conduct.actions import Action, Ask, Stamp, Tell
from holdfast.conduct.book import Book
from holdfast.conduct.decision import Decision, Refused
from holdfast.errors import HoldfastError
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.simulation.cast import Person, Site
from holdfast.timing import Instant, Precision

Script = Iterator[datetime]
_TICK = timedelta(milliseconds=7)


class Stumble(HoldfastError):
    """A rehearsal was refused what its script needs: conduct, study file and script do not fit."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a code and a role, at a site with its zone, on a device."""

    code: str
    role: Role
    site: str
    zone: str
    device: str

    @classmethod
    def of(cls, person: Person, site: Site, device: str = "") -> Actor:
        """A member of staff at a site."""
        return cls(person.code, person.role, site.code, site.zone, device or f"{site.code}-desk")


Consequence = Callable[[Record], "Script | None"]


class Stage:
    """Runs scripts in the order of time until there are none, or until a given moment."""

    def __init__(self, protocol: Protocol, *, seed: int, until: datetime | None = None) -> None:
        self.protocol = protocol
        self.seed = seed
        self.until = until
        self.book = Book(protocol, salt_seed=seed)
        self.now = datetime.min.replace(tzinfo=UTC)
        self.refused: list[tuple[str, tuple[str, ...]]] = []
        self.consequences: list[Consequence] = []
        self._recorded = self.now
        # The turn tells equal moments apart, so that scripts themselves are never compared.
        self._queue: list[tuple[datetime, int, Script]] = []
        self._turn = 0
        self._acts = 0

    def enter(self, script: Script) -> None:
        """Let a script run up to the first moment it waits for."""
        for moment in script:
            # A script may wait for what is past already: it then goes on at once, never back in time.
            self._turn += 1
            heapq.heappush(self._queue, (max(moment, self.now), self._turn, script))
            return

    def run(self, progress: Callable[[datetime], None] | None = None) -> None:
        """Play until the queue is empty or ``until`` has come."""
        while self._queue:
            at, _, script = heapq.heappop(self._queue)
            if self.until is not None and at > self.until:
                return
            self.now = at
            if progress is not None and self._turn % 64 == 0:
                progress(self.now)
            self.enter(script)

    def do(
        self,
        what: Ask | Tell,
        by: Actor,
        *,
        happened: datetime | None = None,
        reason: str = "",
        skew_s: float | None = None,
    ) -> Decision:
        """Perform an action now; ``happened`` is earlier for what is entered late or was noted offline."""
        self._acts += 1
        action = self.action(what, by, happened=happened, reason=reason, skew_s=skew_s)
        # The server records one thing after the other: no two at the same instant.
        self._recorded = max(self.now, self._recorded + _TICK)
        decision = self.book.perform(action, self._recorded)
        if isinstance(decision, Refused):
            codes = tuple(each.code for each in decision.reasons)
            self.refused.append((type(what).__name__, codes))
        else:
            self._follow(decision)
        return decision

    def action(
        self,
        what: Ask | Tell,
        by: Actor,
        *,
        happened: datetime | None = None,
        reason: str = "",
        skew_s: float | None = None,
    ) -> Action:
        """What somebody does now, or did earlier; nothing is performed."""
        at = happened or self.now
        stamp = Stamp(
            id=self._id(),
            study=self.protocol.study.code,
            site=by.site,
            author=by.code,
            role=by.role.value,
            device=by.device,
            happened_at=Instant(at.replace(microsecond=0), by.zone, Precision.SECOND),
            reason=reason,
            skew_s=skew_s,
        )
        return Action(stamp=stamp, what=what)

    def must(
        self, what: Ask | Tell, by: Actor, *, happened: datetime | None = None, reason: str = ""
    ) -> list[Record]:
        """Perform an action that the story cannot go on without; Stumble where it is refused."""
        decision = self.do(what, by, happened=happened, reason=reason)
        if isinstance(decision, Refused):
            said = " ".join(each.sentence for each in decision.reasons)
            when, asked = f"{self.now:%Y-%m-%d %H:%M} UTC", type(what).__name__
            raise Stumble(f"The rehearsal stumbled at {when}: {asked} was refused. {said}")
        return decision

    def _follow(self, records: list[Record]) -> None:
        for record in records:
            for consequence in self.consequences:
                script = consequence(record)
                if script is not None:
                    self.enter(script)

    def _id(self) -> UUID:
        named = f"holdfast-rehearsal/{self.seed}/{self._acts}".encode()
        return UUID(bytes=hashlib.blake2b(named, digest_size=16).digest(), version=4)


def moment(day: date, hour: float, zone: str) -> datetime:
    """The UTC moment of a local time of day, given in hours; past 24 it is the next day."""
    local = datetime.combine(day, time(), tzinfo=ZoneInfo(zone)) + timedelta(hours=hour)
    return local.astimezone(UTC).replace(microsecond=0)
