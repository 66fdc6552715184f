"""Standings of streams, kept in memory by their head: only what is new is read and stepped."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from holdfast.clinic.ledger.stored import Where, fetch
from holdfast.conduct.standing import Standing, empty, step
from holdfast.errors import BrokenRecord

CAPACITY = 4096


@dataclass(frozen=True, slots=True)
class At:
    """The last sequence and hash of a stream; 0 and "" before its first record."""

    sequence: int
    hash: str


class _Kept:
    """Least recently used standings by (database, study, stream), safe among threads."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str, str], tuple[At, Standing]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, study: str, stream: str) -> tuple[At, Standing] | None:
        name = (_database(), study, stream)
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
            return self._held.get(name)

    def put(self, study: str, stream: str, at: At, standing: Standing) -> None:
        name = (_database(), study, stream)
        with self._lock:
            held = self._held.get(name)
            if held is None or held[0].sequence <= at.sequence:
                self._held[name] = (at, standing)
                self._held.move_to_end(name)
            while len(self._held) > CAPACITY:
                self._held.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()


kept = _Kept()


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def heads(study: str, streams: Iterable[str]) -> dict[str, At]:
    """Where streams end now; one without records is at 0."""
    names = list(streams)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT stream, sequence, hash FROM ledger_head WHERE study = %s AND stream = ANY(%s)",
            [study, names],
        )
        found = {stream: At(sequence, digest) for stream, sequence, digest in cursor.fetchall()}
    return {name: found.get(name, At(0, "")) for name in names}


def standings_at(study: str, ends: Mapping[str, At]) -> dict[str, Standing]:
    """The standing of each stream at its end."""
    return {stream: _standing_at(study, stream, at) for stream, at in ends.items()}


def standing(study: str, stream: str) -> Standing:
    """The standing of one stream now."""
    return standings_at(study, heads(study, [stream]))[stream]


def _standing_at(study: str, stream: str, at: At) -> Standing:
    held = kept.get(study, stream)
    if held is not None and held[0] == at:
        return held[1]
    known, now = held if held is not None and held[0].sequence < at.sequence else (At(0, ""), empty(stream))
    tail = [each for each in fetch(Where(study, stream, known.sequence)) if each.sequence <= at.sequence]
    if known.sequence and tail and tail[0].previous != known.hash:
        raise BrokenRecord(f"{stream} does not continue from what was read before.", stream=stream)
    for each in tail:
        now = step(now, each.record)
    if (tail[-1].hash if tail else known.hash) != at.hash:
        raise BrokenRecord(
            f"The head of {stream} names record {at.sequence}, which is not there or another.",
            stream=stream,
            sequence=at.sequence,
        )
    kept.put(study, stream, at, now)
    return now
