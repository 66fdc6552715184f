"""Between sealed records and rows: how a record is kept, and how it is read back the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from holdfast.clinic.keys import cipher
from holdfast.clinic.keys.data_keys import data_keys, key_id
from holdfast.errors import BrokenRecord
from holdfast.records.canonical import canonical
from holdfast.records.chain import body_of
from holdfast.records.envelope import Record, Sealed, Written
from holdfast.records.fact import Fact, Redacted, to_body
from holdfast.records.upgrade import fact_from
from holdfast.timing import Instant, Precision

ENVELOPE = (
    "id", "study", "site", "stream", "sequence", "kind", "version", "protocol_hash",
    "happened_at", "happened_zone", "happened_precision", "recorded_at",
    "author", "role", "device", "reason", "corrects", "because", "skew_s",
    "body_digest", "previous", "hash",
)  # fmt: skip
BODY = ("id", "salt", "key", "content")
Row = tuple[Any, ...]


def envelope_row(sealed: Sealed) -> Row:
    """The values of ``ENVELOPE``."""
    record, fact = sealed.record, sealed.record.fact
    kind, version = (
        (fact.of_kind, fact.of_version) if isinstance(fact, Redacted) else (fact.KIND, fact.VERSION)
    )
    happened = record.happened_at
    return (
        record.id, record.study, record.site, record.stream, sealed.sequence, kind,
        sealed.written.version if sealed.written else version, record.protocol_hash,
        happened.at, happened.zone, happened.precision.value, record.recorded_at,
        record.author, record.role, record.device, record.reason, record.corrects, record.because,
        None if record.skew_s is None else json.dumps(record.skew_s),
        sealed.body_digest, sealed.previous, sealed.hash,
    )  # fmt: skip


def body_rows(sealed: Sequence[Sealed]) -> Iterator[Row]:
    """The values of ``BODY``, encrypted; a redacted record has none."""
    kept = [each for each in sealed if not isinstance(each.record.fact, Redacted)]
    names = {(each.record.study, each.record.stream) for each in kept}
    keys = data_keys({key_id(*name) for name in names}, make=True)
    for each in kept:
        record = each.record
        name = key_id(record.study, record.stream)
        content = cipher.encrypt(body_of(each), key=keys[name], belongs_to=str(record.id))
        yield record.id, each.salt, name, content


_SELECT = (
    f"SELECT {', '.join('e.' + name for name in ENVELOPE)}, b.salt, b.key, b.content "
    "FROM ledger_envelope e LEFT JOIN ledger_body b ON b.id = e.id"
)


@dataclass(frozen=True, slots=True)
class Where:
    """Which records: all of a study, of a stream after a sequence, of some kinds, one id."""

    study: str | None = None
    stream: str | None = None
    after: int = 0
    kinds: tuple[str, ...] = ()
    prefix: str | None = None
    id: UUID | None = None

    def clause(self) -> tuple[str, list[Any]]:
        """The SQL condition and its values."""
        parts, values = [], []
        for sql, value in (
            ("e.study = %s", self.study),
            ("e.stream = %s", self.stream),
            ("e.sequence > %s", self.after or None),
            ("e.kind = ANY(%s)", list(self.kinds) or None),
            ("starts_with(e.stream, %s)", self.prefix),
            ("e.id = %s", self.id),
        ):
            if value is not None:
                parts.append(sql)
                values.append(value)
        return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def fetch(where: Where) -> list[Sealed]:
    """Sealed records in the order of writing (of a stream: its own order)."""
    clause, values = where.clause()
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT}{clause} ORDER BY e.place", values)
        rows = cursor.fetchall()
    return list(opened(rows))


def opened(rows: Iterable[Row]) -> Iterator[Sealed]:
    """Sealed records of rows as ``fetch`` selects them, bodies decrypted."""
    rows = list(rows)
    keys = data_keys({row[-2] for row in rows if row[-2] is not None})
    for row in rows:
        yield _sealed(dict(zip((*ENVELOPE, "salt", "key", "content"), row, strict=True)), keys)


def _sealed(row: dict[str, Any], keys: dict[str, bytes]) -> Sealed:
    fact, written = _fact(row, keys)
    happened: datetime = row["happened_at"]
    record = Record(
        id=row["id"],
        study=row["study"],
        site=row["site"],
        stream=row["stream"],
        fact=fact,
        protocol_hash=row["protocol_hash"],
        happened_at=Instant(happened, row["happened_zone"], Precision(row["happened_precision"])),
        recorded_at=row["recorded_at"],
        author=row["author"],
        role=row["role"],
        device=row["device"],
        reason=row["reason"],
        corrects=row["corrects"],
        because=row["because"],
        skew_s=None if row["skew_s"] is None else json.loads(row["skew_s"]),
    )
    salt = b"" if row["salt"] is None else bytes(row["salt"])
    return Sealed(record, row["sequence"], salt, row["body_digest"], row["previous"], row["hash"], written)


def _fact(row: dict[str, Any], keys: dict[str, bytes]) -> tuple[Fact, Written | None]:
    kind, version = row["kind"], row["version"]
    if row["content"] is None:
        return Redacted(of_kind=kind, of_version=version), None
    if row["key"] not in keys:
        raise BrokenRecord(f"The key of {row['key']} was destroyed; its content can no longer be read.")
    plain = cipher.decrypt(bytes(row["content"]), key=keys[row["key"]], belongs_to=str(row["id"]))
    try:
        body = json.loads(plain)
    except ValueError:
        raise BrokenRecord(f"The body of record {row['id']} is not JSON.", stream=row["stream"]) from None
    fact = fact_from(kind, version, body)
    same = version == fact.VERSION and plain == canonical(to_body(fact))
    return fact, None if same else Written(version, plain)
