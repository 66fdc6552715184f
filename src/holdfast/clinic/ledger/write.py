"""The only writer: lock, decide, seal, append, show, tell; one transaction.

``perform`` answers one action. The same action sent again is answered as the first
time; the same id with other content is a ``Conflict``. A refused request leaves
nothing. ``take_in`` brings sealed records in whole (import, demonstration).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

import psycopg
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction

from holdfast.clinic.ledger import rows, standings
from holdfast.clinic.ledger.protocols import compiled, in_force
from holdfast.clinic.ledger.standings import At
from holdfast.clinic.ledger.stored import BODY, ENVELOPE, Row, Where, body_rows, envelope_row, fetch
from holdfast.conduct.actions import Action
from holdfast.conduct.decide import decide
from holdfast.conduct.decision import Refused
from holdfast.conduct.standing import Standing, StudyStanding, fold, step
from holdfast.conduct.streams import streams_of, study_stream, written_by
from holdfast.errors import BrokenRecord, Conflict, ImpossibleValue, Unavailable
from holdfast.protocol.model import Protocol
from holdfast.records.chain import SALT_BYTES, genesis, seal, verify_ledger
from holdfast.records.envelope import Record, Sealed
from holdfast.records.fact import Fact, to_body
from holdfast.records.study import ProtocolAdopted, StudyOpened

CHANNEL = "holdfast"
"""What waiting pages listen on; the payload is "<study> <stream>"."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to an action: its records, or why not. ``replay``: it had been answered before."""

    records: tuple[Record, ...] = ()
    refused: Refused | None = None
    replay: bool = False


def perform(
    action: Action, *, now: datetime, protocol: Protocol | None = None, said: Mapping[str, str] | None = None
) -> Outcome:
    """Answer one action at the server's time ``now``.

    ``protocol`` is given only where the action brings one (opening a study, adopting a
    version); otherwise the one in force decides. ``said`` is what a form sent: by it the same
    entry is known again, also where the action read from it depends on the moment. Raises Conflict,
    ImpossibleValue and UnknownName for what came, Unavailable for a database that cannot be
    reached or written.
    """
    with _unavailable_when_lost():
        try:
            return _perform(action, now, protocol, said)
        except IntegrityError as error:
            # The same id arrived on other streams at the same moment; there is one winner.
            raise _other_content(action.stamp.id) from error


def replayed(entry: UUID, *, study: str, said: Mapping[str, str]) -> Outcome | None:
    """The first answer to an entry that was recorded before; None where it was not.

    For a form that can no longer be read as it was then. Raises Conflict where the id says something else.
    """
    with _unavailable_when_lost():
        return _answered(entry, study, {_digest_of(study, said)})


def _perform(
    action: Action, now: datetime, protocol: Protocol | None, said: Mapping[str, str] | None
) -> Outcome:
    study, digest = action.stamp.study, _digest(action, now)
    alike = {digest}
    if said is not None:
        digest = _digest_of(study, said)
        alike.add(digest)
    with transaction.atomic():
        ends = _lock(action)
        answered = _answered(action.stamp.id, study, alike)
        if answered is not None:
            return answered
        before = standings.standings_at(study, ends)
        in_hand = protocol or in_force(study)
        decision = decide(in_hand, before, action, now)
        if isinstance(decision, Refused):
            transaction.set_rollback(True)
            return Outcome(refused=decision)
        after = _append(study, decision, ends, before, in_hand)
        _remember(action, digest, decision, now)
    for stream, (end, standing) in after.items():
        standings.kept.put(study, stream, end, standing)
    return Outcome(records=tuple(decision))


# --- locking ---------------------------------------------------------------------


def _lock(action: Action) -> dict[str, At]:
    """Lock the streams in sorted order, those only read in shared mode; return their ends."""
    study, written = action.stamp.study, set(written_by(action))
    names = streams_of(action)
    found = dict.fromkeys(names, At(0, ""))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_head (study, stream, sequence, hash) "
            "SELECT %s, stream, 0, '' FROM unnest(%s::text[]) AS stream ON CONFLICT DO NOTHING",
            [study, [name for name in names if name in written]],
        )
        for mine, group in groupby(names, key=written.__contains__):
            cursor.execute(
                "SELECT stream, sequence, hash FROM ledger_head WHERE study = %s AND stream = ANY(%s) "
                f'ORDER BY stream COLLATE "C" FOR {"UPDATE" if mine else "SHARE"}',
                [study, list(group)],
            )
            found.update({stream: At(sequence, digest) for stream, sequence, digest in cursor.fetchall()})
    return found


# --- the same action again -----------------------------------------------------------


def _digest(action: Action, now: datetime) -> str:
    """What the action says, and whose words it is.

    A time the server itself stamped is not part of it: it differs on resending. Nor is who sends
    it: where the first answer was lost, another person's sign-in may send it again.
    """
    stamp, what = action.stamp, action.what
    said = {name: value for name, value in asdict(what).items() if not isinstance(value, Fact)}
    fact = getattr(what, "fact", None)
    content = {
        "study": stamp.study,
        "site": stamp.site,
        "author": stamp.noter,
        "reason": stamp.reason,
        "happened_at": None if stamp.happened_at.at == now else stamp.happened_at.at.isoformat(),
        "what": type(what).__name__,
        "said": {**said, "fact": to_body(fact)} if isinstance(fact, Fact) else said,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _digest_of(study: str, said: Mapping[str, str]) -> str:
    """What a form said, whatever was made of it."""
    content = json.dumps({"study": study, "form": dict(said)}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _answered(entry: UUID, study: str, alike: Collection[str]) -> Outcome | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, records FROM ledger_act WHERE id = %s", [entry])
        row = cursor.fetchone()
        if row is None:
            cursor.execute("SELECT 1 FROM ledger_envelope WHERE id = %s", [entry])
            if cursor.fetchone():
                raise _other_content(entry)
            return None
    if row[0] not in alike:
        raise _other_content(entry)
    ids = json.loads(row[1]) if isinstance(row[1], str) else row[1]
    found = [fetch(Where(study=study, id=UUID(each)))[0].record for each in ids]
    return Outcome(records=tuple(found), replay=True)


def _other_content(entry: UUID) -> Conflict:
    return Conflict(
        f"An entry with the id {entry} is already recorded, and it says something else. "
        "Nothing was changed; open the page again to see what is recorded."
    )


def _remember(action: Action, digest: str, records: Sequence[Record], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_act (id, study, digest, recorded_at, records) VALUES (%s, %s, %s, %s, %s)",
            [
                action.stamp.id,
                action.stamp.study,
                digest,
                now,
                json.dumps([str(each.id) for each in records]),
            ],
        )


# --- appending -----------------------------------------------------------------------


def _append(
    study: str,
    records: Sequence[Record],
    ends: Mapping[str, At],
    before: Mapping[str, Standing],
    protocol: Protocol,
) -> dict[str, tuple[At, Standing]]:
    life = _life(study, records, before)
    after: dict[str, tuple[At, Standing]] = {}
    sealed: list[Sealed] = []
    for record in records:
        stream = record.stream
        if stream not in ends:
            raise BrokenRecord(f"A record of {stream} was decided, which was not locked.", stream=stream)
        _check_text(record)
        end, standing = after.get(stream, (ends[stream], before[stream]))
        each = seal(
            record,
            sequence=end.sequence + 1,
            previous=end.hash or genesis(study, life),
            salt=os.urandom(SALT_BYTES),
        )
        sealed.append(each)
        after[stream] = (At(each.sequence, each.hash), step(standing, record))
    _insert(sealed)
    _move_heads(study, {stream: end for stream, (end, _) in after.items()})
    for _, standing in after.values():
        rows.show(study, standing, protocol=protocol)
    _tell(study, after)
    return after


def _life(study: str, records: Sequence[Record], before: Mapping[str, Standing]) -> str:
    opening = next((each.fact for each in records if isinstance(each.fact, StudyOpened)), None)
    if opening is not None:
        return opening.life
    standing = before.get(study_stream(study))
    if not isinstance(standing, StudyStanding) or not standing.life:
        raise BrokenRecord(f"Study {study} has records before it was opened.")
    return standing.life


def _check_text(record: Record) -> None:
    # PostgreSQL text cannot hold NUL; an id or a reason with one is never meant.
    for name in ("study", "site", "stream", "author", "role", "device", "reason"):
        if "\x00" in getattr(record, name):
            raise ImpossibleValue(f"The {name} holds a NUL character, which cannot be kept.", field=name)


def _insert(sealed: Sequence[Sealed]) -> None:
    with connection.cursor() as cursor:
        for table, columns, values in (
            ("ledger_envelope", ENVELOPE, [envelope_row(each) for each in sealed]),
            ("ledger_body", BODY, list(body_rows(sealed))),
        ):
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values)


def _move_heads(study: str, ends: Mapping[str, At]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE ledger_head SET sequence = %s, hash = %s WHERE study = %s AND stream = %s",
            [(end.sequence, end.hash, study, stream) for stream, end in ends.items()],
        )


def _tell(study: str, streams: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for stream in streams:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{study} {stream}"])


# --- taking in -----------------------------------------------------------------------


def take_in(sealed: Iterable[Sealed]) -> int:
    """Bring whole studies in, verified first; return how many records.

    Every study must be new to this clinic (Conflict). BrokenRecord where they do not
    verify. Order is kept.
    """
    records = list(sealed)
    heads = verify_ledger(records)
    with _unavailable_when_lost(), transaction.atomic():
        _lock_new({study for study, _ in heads})
        _copy("ledger_envelope", ENVELOPE, (envelope_row(each) for each in records))
        _copy("ledger_body", BODY, body_rows(records))
        _copy(
            "ledger_head",
            ("study", "stream", "sequence", "hash"),
            ((head.study, head.stream, head.sequence, head.hash) for head in heads.values()),
        )
        show_all(records)
    return len(records)


def show_all(records: Sequence[Sealed]) -> None:
    """Write the read models of whole studies."""
    streams: dict[tuple[str, str], list[Record]] = {}
    for each in records:
        streams.setdefault((each.record.study, each.record.stream), []).append(each.record)
    for study in sorted({study for study, _ in streams}):
        adopted = [
            each.fact
            for each in streams[study, study_stream(study)]
            if isinstance(each.fact, ProtocolAdopted)
        ]
        protocol = compiled(adopted[-1].text)
        for (owner, stream), held in streams.items():
            if owner == study:
                rows.show(study, fold(stream, held), protocol=protocol)


def _lock_new(studies: set[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE ledger_head IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("SELECT DISTINCT study FROM ledger_head WHERE study = ANY(%s)", [sorted(studies)])
        present = [row[0] for row in cursor.fetchall()]
    if present:
        raise Conflict(
            f"This clinic already holds records of {', '.join(present)}; whole studies are only taken "
            "into a clinic that has none of them."
        )


def _copy(table: str, columns: Sequence[str], values: Iterable[Row]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    # Made before the COPY begins: making them asks for keys, on this very connection.
    values = list(values)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in values:
            copy.write_row(row)


# --- what is not the user's doing --------------------------------------------------------


@contextmanager
def _unavailable_when_lost() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise _unavailable(error) from error
    except DatabaseError as error:
        if isinstance(error.__cause__, (psycopg.errors.ReadOnlySqlTransaction, psycopg.OperationalError)):
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> Unavailable:
    cause = error.__cause__
    what = "cannot be reached"
    if isinstance(cause, psycopg.errors.DiskFull):
        what = "has no room left on its disk"
    elif isinstance(cause, psycopg.errors.ReadOnlySqlTransaction):
        what = "can only be read"
    return Unavailable(
        f"The clinic's database {what} just now. What you typed is kept in this browser; "
        "send it again in a moment. Sending twice does no harm."
    )
