"""Corrections, resolved in one place.

A correcting record names in ``corrects`` the record it replaces: its whole fact counts
from then on. Who first recorded it, when it happened, its id and its place stay those of
the first record, for others refer to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from holdfast.errors import BrokenRecord
from holdfast.records.envelope import Record
from holdfast.records.fact import Redacted


def resolve(records: Sequence[Record]) -> list[Record]:
    """The records with corrections applied in place, in the order given.

    A correction may itself be corrected. Where two correct the same record the one
    recorded later counts (recorded at the same moment: the one that comes later here).
    So the order of the input decides the order of the output and, but for such ties,
    nothing else. A redacted correction leaves a redacted fact: what it replaced does not
    come back. Raises BrokenRecord for a correction of another kind or stream, of a record
    that is not here, or of itself by way of others.
    """
    if all(record.corrects is None for record in records):  # asked many times for each page
        return list(records)
    origins = origins_of(records)
    last: dict[UUID, Record] = {}
    for record in records:
        origin = origins.get(record.id)
        if origin is None:
            continue
        if origin not in last or record.recorded_at >= last[origin].recorded_at:
            last[origin] = record
    first = [record for record in records if record.corrects is None]
    return [replace(each, fact=last[each.id].fact) if each.id in last else each for each in first]


def origins_of(records: Iterable[Record]) -> dict[UUID, UUID]:
    """For each correction the id of the first record that it corrects, through any number of steps."""
    records = list(records)
    by_id = {record.id: record for record in records}
    origins: dict[UUID, UUID] = {}
    for record in records:
        if record.corrects is not None:
            origins[record.id] = _origin(record, by_id, origins)
    return origins


def flagged(records: Iterable[Record]) -> frozenset[UUID]:
    """Ids of records that follow, at any remove, from a record that was corrected.

    They stay as they are; a person judges whether they still hold. What follows from the
    correction itself is not flagged, unless that is corrected too.
    """
    records = list(records)
    causes = {record.id: record.because for record in records}
    shaken = {record.corrects for record in records if record.corrects is not None}
    settled: dict[UUID, bool] = {}
    for record in records:
        path, at = [record.id], record.because
        while at is not None and at not in shaken and at not in settled and at not in path:
            path.append(at)
            at = causes.get(at)
        follows = at is not None and (at in shaken or settled.get(at, False))
        settled.update(dict.fromkeys(path, follows))
    return frozenset(each for each, follows in settled.items() if follows)


def _origin(record: Record, by_id: dict[UUID, Record], known: dict[UUID, UUID]) -> UUID:
    at, passed = record, {record.id}
    while at.corrects is not None:
        if at.id in known:
            return known[at.id]
        corrected = by_id.get(at.corrects)
        if corrected is None:
            raise BrokenRecord(f"Record {at.id} corrects {at.corrects}, which is not here.", stream=at.stream)
        _check_pair(at, corrected)
        if corrected.id in passed:
            raise BrokenRecord(f"Record {record.id} corrects itself by way of {at.id}.", stream=record.stream)
        passed.add(corrected.id)
        at = corrected
    return at.id


def _check_pair(correction: Record, corrected: Record) -> None:
    if correction.stream != corrected.stream or correction.study != corrected.study:
        raise BrokenRecord(
            f"Record {correction.id} of {correction.stream} corrects one of {corrected.stream}.",
            stream=correction.stream,
        )
    if _kind(correction) != _kind(corrected):
        raise BrokenRecord(
            f"Record {correction.id} is a {_kind(correction)!r} and corrects a {_kind(corrected)!r}; "
            "a correction is of the kind of what it corrects.",
            stream=correction.stream,
        )


def _kind(record: Record) -> str:
    return record.fact.of_kind if isinstance(record.fact, Redacted) else record.kind
