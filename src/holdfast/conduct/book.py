"""The in-memory ledger: performs actions, keeps standings by step, seals what was decided.

*Play* and the tests use it; the clinic has its own on PostgreSQL. It locks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from holdfast.conduct.actions import Action
from holdfast.conduct.decide import decide
from holdfast.conduct.decision import Decision, Refused
from holdfast.conduct.standing import Standing, StudyStanding, empty, step
from holdfast.conduct.streams import streams_of, study_stream
from holdfast.errors import Conflict
from holdfast.protocol.model import Protocol
from holdfast.records.chain import genesis, salt_of, seal
from holdfast.records.envelope import Record, Sealed


class Book:
    """A ledger of one study. Salts come from ``salt_seed``, so that equal plays give equal bytes.

    >>> book = Book(protocol)  # doctest: +SKIP
    >>> book.perform(action, now)  # doctest: +SKIP
    """

    def __init__(self, protocol: Protocol, *, salt_seed: int | str = 0) -> None:
        self.protocol = protocol
        self.sealed: list[Sealed] = []
        self._secret = f"holdfast salt {salt_seed}".encode()
        self._standings: dict[str, Standing] = {}
        self._heads: dict[str, Sealed] = {}
        self._done: dict[UUID, tuple[Action, list[Record]]] = {}

    @classmethod
    def of(cls, protocol: Protocol, sealed: Iterable[Sealed], *, salt_seed: int | str = 0) -> Book:
        """The ledger of records that were made before, to go on with; nothing is verified."""
        book = cls(protocol, salt_seed=salt_seed)
        for each in sealed:
            stream = each.record.stream
            book._standings[stream] = step(book.standing(stream), each.record)
            book._heads[stream] = each
            book.sealed.append(each)
        return book

    def branch(self) -> Book:
        """A ledger that goes on from here by itself; this one stays as it is."""
        other = Book(self.protocol)
        other._secret = self._secret
        other.sealed = list(self.sealed)
        other._standings = dict(self._standings)
        other._heads = dict(self._heads)
        other._done = dict(self._done)
        return other

    @property
    def records(self) -> list[Record]:
        """Every record, in the order of recording."""
        return [each.record for each in self.sealed]

    def standing(self, stream: str) -> Standing:
        """The standing of a stream now."""
        known = self._standings.get(stream)
        return empty(stream) if known is None else known

    def perform(self, action: Action, now: datetime) -> Decision:
        """Decide and, where granted, append. The same action again gives the first answer.

        Raises Conflict for the same id with other content, and what ``decide`` raises.
        """
        before = self._done.get(action.stamp.id)
        if before is not None:
            if before[0] != action:
                raise Conflict(f"The id {action.stamp.id} was used for another entry: give this one its own.")
            return list(before[1])
        known = self._standings
        standings = {stream: known[stream] for stream in streams_of(action) if stream in known}
        decision = decide(self.protocol, standings, action, now)
        if isinstance(decision, Refused):
            return decision
        self._append(decision)
        self._done[action.stamp.id] = (action, decision)
        return list(decision)

    def _append(self, records: Iterable[Record]) -> None:
        # Nothing is kept before all of it is sealed: what cannot be written leaves no half behind.
        standings: dict[str, Standing] = {}
        heads: dict[str, Sealed] = {}
        sealed: list[Sealed] = []
        for record in records:
            stream = record.stream
            standings[stream] = step(standings.get(stream) or self.standing(stream), record)
            head = heads.get(stream) or self._heads.get(stream)
            heads[stream] = seal(
                record,
                sequence=1 if head is None else head.sequence + 1,
                previous=self._genesis(standings) if head is None else head.hash,
                salt=salt_of(self._secret, record.id),
            )
            sealed.append(heads[stream])
        self._standings |= standings
        self._heads |= heads
        self.sealed += sealed

    def _genesis(self, standings: Mapping[str, Standing]) -> str:
        stream = study_stream(self.protocol.study.code)
        study = standings.get(stream) or self.standing(stream)
        if not isinstance(study, StudyStanding):
            raise TypeError(f"a study's standing is not a {type(study).__name__}")
        return genesis(self.protocol.study.code, study.life)
