"""The chain of a stream: each record's hash covers its envelope, its body's digest and the hash before.

The first record of every stream of a study chains from the study's ``genesis``, which
holds its life: no stream of a rehearsal can pass for one of a live study. A body's
digest is salted, so that a redacted body cannot be guessed from what is left.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from holdfast.errors import BrokenRecord, Refusal
from holdfast.records.canonical import canonical, encoded
from holdfast.records.envelope import Record, Sealed, Written
from holdfast.records.fact import Json, Redacted, to_body
from holdfast.records.study import RecordRedacted, StudyOpened

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a stream: kept apart, it shows that records were cut off."""

    study: str
    stream: str
    sequence: int
    hash: str


def genesis(study: str, life: str) -> str:
    """What the first record of every stream of a study chains from; ``life`` is "rehearsal" or "live"."""
    if life not in ("rehearsal", "live"):
        raise ValueError(f"a study is a rehearsal or live, not {life!r}")
    return hashlib.sha256(canonical({"holdfast": 1, "life": life, "study": study})).hexdigest()


def salt_of(secret: bytes, record: UUID) -> bytes:
    """A salt that only who knows the secret can foretell: HMAC-SHA256 of the record's id."""
    return hmac.digest(secret, record.bytes, "sha256")[:SALT_BYTES]


def body_of(sealed: Sealed) -> bytes:
    """The canonical body as it was written; BrokenRecord where it was redacted."""
    if isinstance(sealed.record.fact, Redacted):
        raise _broken(sealed, sealed.sequence, "has no body: it was redacted")
    return sealed.written.body if sealed.written else canonical(to_body(sealed.record.fact))


def body_digest(body: bytes, *, salt: bytes) -> str:
    """sha256(salt ‖ canonical body), in hex."""
    return hashlib.sha256(salt + body).hexdigest()


def instant_text(at: datetime) -> str:
    """A moment as records write it: UTC to the microsecond, "2026-03-02T09:15:00.000000Z"."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def envelope(
    record: Record, *, sequence: int, previous: str, body_digest: str, written: Written | None = None
) -> dict[str, Json]:
    """The JSON-native envelope that the hash covers: all but the body and its salt."""
    fact = record.fact
    kind, version = (fact.KIND, fact.VERSION)
    if isinstance(fact, Redacted):
        kind, version = fact.of_kind, fact.of_version
    elif written is not None:
        version = written.version
    return {
        "author": record.author,
        "because": str(record.because) if record.because else None,
        "body_digest": body_digest,
        "corrects": str(record.corrects) if record.corrects else None,
        "device": record.device,
        "happened_at": {
            "at": instant_text(record.happened_at.at),
            "precision": record.happened_at.precision.value,
            "zone": record.happened_at.zone,
        },
        "id": str(record.id),
        "kind": kind,
        "previous": previous,
        "protocol_hash": record.protocol_hash,
        "reason": record.reason,
        "recorded_at": instant_text(record.recorded_at),
        "role": record.role,
        "sequence": sequence,
        "site": record.site,
        "skew_s": record.skew_s,
        "stream": record.stream,
        "study": record.study,
        "version": version,
    }


def envelope_of(sealed: Sealed) -> dict[str, Json]:
    """The envelope of a sealed record."""
    return envelope(
        sealed.record,
        sequence=sealed.sequence,
        previous=sealed.previous,
        body_digest=sealed.body_digest,
        written=sealed.written,
    )


def seal(record: Record, *, sequence: int, previous: str, salt: bytes) -> Sealed:
    """Put a record at its place: ``sequence`` from 1, ``previous`` the hash before it or the genesis.

    Raises ValueError for a naive time or a short salt, ImpossibleValue for what cannot be written.
    """
    if record.recorded_at.tzinfo is None:
        raise ValueError("recorded_at needs a time zone; give it tzinfo=UTC")
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt has at least {SALT_BYTES} bytes, not {len(salt)}")
    digest = body_digest(canonical(to_body(record.fact)), salt=salt)
    covered = envelope(record, sequence=sequence, previous=previous, body_digest=digest)
    return Sealed(record, sequence, salt, digest, previous, hashlib.sha256(encoded(covered)).hexdigest())


def head_of(sealed: Sealed) -> Head:
    """The head of a stream whose last record this is."""
    return Head(sealed.record.study, sealed.record.stream, sealed.sequence, sealed.hash)


def verify_stream(
    sealed: Sequence[Sealed], *, start: str | None = None, head: Head | None = None
) -> Head | None:
    """Verify one stream from its first record on; return its head, None for an empty one.

    ``start`` is the genesis it must chain from, ``head`` a head kept earlier, which must
    still be in it. BrokenRecord names the first record that does not verify.
    """
    tombstones = _tombstones(sealed)
    previous, ids = start, set[UUID]()
    for position, each in enumerate(sealed, start=1):
        _verify_place(each, first=sealed[0], position=position, previous=previous)
        _verify_content(each, position=position, tombstones=tombstones)
        if each.record.id in ids:
            raise _broken(each, position, f"repeats the id {each.record.id}")
        ids.add(each.record.id)
        previous = each.hash
    if head is not None:
        _verify_kept(sealed, head)
    return head_of(sealed[-1]) if sealed else None


def verify_ledger(sealed: Iterable[Sealed], *, heads: Iterable[Head] = ()) -> dict[tuple[str, str], Head]:
    """Verify every stream of every study here; return the heads by (study, stream).

    Each study must have its ``StudyOpened`` record, whose life is the genesis of all its
    streams. ``heads`` are kept ones: a stream or its end that is gone is found by them.
    """
    streams: dict[tuple[str, str], list[Sealed]] = defaultdict(list)
    for each in sealed:
        streams[each.record.study, each.record.stream].append(each)
    starts = {study: _genesis_of(study, streams) for study in {study for study, _ in streams}}
    found: dict[tuple[str, str], Head] = {}
    for place, records in streams.items():
        head = verify_stream(records, start=starts[place[0]])
        if head is not None:
            found[place] = head
    for kept in heads:
        _verify_kept(streams.get((kept.study, kept.stream), []), kept)
    _verify_ids(streams)
    return found


def redact(sealed: Sealed, *, tombstone: Record) -> Sealed:
    """Take a record's body and salt away; the chain still verifies while the tombstone stands.

    The tombstone is a record of the same stream that names this one, two different
    people and a reason. Raises Refusal where it does not.
    """
    stone = tombstone.fact
    if not isinstance(stone, RecordRedacted) or stone.record != str(sealed.record.id):
        raise Refusal("A redaction needs a tombstone record that names the redacted record.")
    if (tombstone.study, tombstone.stream) != (sealed.record.study, sealed.record.stream):
        raise Refusal("The tombstone of a redaction stands in the stream of the redacted record.")
    if stone.body_digest != sealed.body_digest:
        raise Refusal("The tombstone of a redaction keeps the digest of the body that it removes.")
    if not (stone.asked_by and stone.approved_by and stone.why) or stone.asked_by == stone.approved_by:
        raise Refusal("A redaction needs two different people and a reason.")
    if isinstance(sealed.record.fact, (Redacted, RecordRedacted, StudyOpened)):
        raise Refusal("A tombstone, a study's first record or a body already gone cannot be redacted.")
    covered = envelope_of(sealed)
    gone = Redacted(of_kind=str(covered["kind"]), of_version=int(str(covered["version"])))
    return replace(sealed, record=replace(sealed.record, fact=gone), salt=b"", written=None)


def _broken(sealed: Sealed, position: int, what: str) -> BrokenRecord:
    stream = sealed.record.stream
    return BrokenRecord(f"Record {position} of {stream} {what}.", stream=stream, sequence=position)


def _verify_place(sealed: Sealed, *, first: Sealed, position: int, previous: str | None) -> None:
    record = sealed.record
    if (record.study, record.stream) != (first.record.study, first.record.stream):
        raise _broken(first, position, f"belongs to {record.stream} of study {record.study}")
    if sealed.sequence != position:
        raise _broken(
            first, position, f"says that it is number {sealed.sequence}: one is missing, doubled or moved"
        )
    if previous is not None and sealed.previous != previous:
        link = "the record before it" if position > 1 else "the beginning of its study"
        raise _broken(sealed, position, f"does not chain from {link}")


def _verify_content(sealed: Sealed, *, position: int, tombstones: Mapping[str, str]) -> None:
    if isinstance(sealed.record.fact, Redacted):
        if tombstones.get(str(sealed.record.id)) != sealed.body_digest:
            raise _broken(sealed, position, "has no body, and no tombstone says why")
    elif body_digest(body_of(sealed), salt=sealed.salt) != sealed.body_digest:
        raise _broken(sealed, position, "has a body or salt that was changed")
    if hashlib.sha256(encoded(envelope_of(sealed))).hexdigest() != sealed.hash:
        raise _broken(sealed, position, "has an envelope that was changed")


def _tombstones(sealed: Sequence[Sealed]) -> dict[str, str]:
    """Digest by id of what tombstones in these records say was redacted."""
    stones = (each.record.fact for each in sealed)
    return {stone.record: stone.body_digest for stone in stones if isinstance(stone, RecordRedacted)}


def _verify_kept(sealed: Sequence[Sealed], head: Head) -> None:
    if len(sealed) < head.sequence:
        raise BrokenRecord(
            f"{head.stream} ends at record {len(sealed)}; a kept head says that it had {head.sequence}. "
            "Records were cut off.",
            stream=head.stream,
            sequence=len(sealed) + 1,
        )
    if sealed[head.sequence - 1].hash != head.hash:
        raise _broken(sealed[head.sequence - 1], head.sequence, "is not the one that the kept head names")


def _genesis_of(study: str, streams: Mapping[tuple[str, str], Sequence[Sealed]]) -> str:
    """The genesis of a study, from the life that its first record declares."""
    opened = streams.get((study, f"study/{study}"), ())
    fact = opened[0].record.fact if opened else None
    if not isinstance(fact, StudyOpened):
        raise BrokenRecord(
            f"The records of study {study} lack their first, which says whether it is a rehearsal or live.",
            stream=f"study/{study}",
            sequence=1,
        )
    return genesis(study, fact.life)


def _verify_ids(streams: Mapping[tuple[str, str], Sequence[Sealed]]) -> None:
    seen: dict[UUID, str] = {}
    for (_, stream), records in streams.items():
        for position, each in enumerate(records, start=1):
            if each.record.id in seen:
                raise _broken(each, position, f"has the id of a record of {seen[each.record.id]}")
            seen[each.record.id] = stream
