"""Records as lines of text: one canonical JSON object for each, nothing lost.

A line is the envelope with its ``body``, ``salt`` and ``hash``. A redacted record has
``null`` for body and salt. The reader is strict: a line that is not byte for byte what
``to_line`` would write is refused.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from holdfast.errors import BrokenRecord, HoldfastError, ImpossibleValue, UnknownName
from holdfast.records.canonical import canonical, encoded
from holdfast.records.chain import envelope_of
from holdfast.records.envelope import Record, Sealed, Written
from holdfast.records.fact import Fact, Json, Redacted, to_body
from holdfast.records.upgrade import fact_from
from holdfast.timing import Instant, Precision


def to_line(sealed: Sealed) -> bytes:
    """The line of a sealed record, without its line end."""
    fact = sealed.record.fact
    gone = isinstance(fact, Redacted)
    body: Json = None if gone else to_body(fact)
    if sealed.written is not None:
        body = json.loads(sealed.written.body)
    salt = None if gone else sealed.salt.hex()
    # Sealing looked at the keys of the body already.
    return encoded({**envelope_of(sealed), "body": body, "salt": salt, "hash": sealed.hash})


def from_line(line: bytes) -> Sealed:
    """The sealed record of a line; its hashes are as written (``chain.verify_stream`` checks them).

    Raises BrokenRecord where the line is not a record as ``to_line`` writes it, and
    UnknownName where it is of a kind or version of a later release.
    """
    line = line.removesuffix(b"\n")
    held = _object(line)
    try:
        sealed = _sealed(held)
    except (KeyError, ValueError, TypeError, AttributeError, ImpossibleValue) as wrong:
        raise BrokenRecord(f"It is not a record: {_why(wrong)}.") from None
    if to_line(sealed) != line:
        raise BrokenRecord("It is not in canonical form, or has fields that no record has.")
    return sealed


def read(lines: Iterable[bytes]) -> Iterator[Sealed]:
    """The records of the lines of a file, in order; messages name the line, from 1."""
    for number, line in enumerate(lines, start=1):
        try:
            if not line.endswith(b"\n"):
                raise BrokenRecord("It does not end: the file was cut off.")
            yield from_line(line)
        except UnknownName as unknown:
            raise UnknownName(f"Line {number}: {unknown}") from None
        except HoldfastError as broken:
            raise BrokenRecord(f"Line {number}: {broken}") from None


def read_file(path: Path) -> list[Sealed]:
    """All records of a file."""
    with path.open("rb") as lines:
        return list(read(lines))


def write_file(path: Path, sealed: Iterable[Sealed]) -> None:
    """Write records to a file, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(to_line(each) + b"\n" for each in sealed)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)  # mkstemp makes it 0600, which the owner's umask did not ask for
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _object(line: bytes) -> dict[str, Any]:
    try:
        held = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BrokenRecord("It is not valid JSON in UTF-8.") from None
    if not isinstance(held, dict):
        raise BrokenRecord("It is not a JSON object.")
    return held


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _sealed(held: dict[str, Any]) -> Sealed:
    fact, written = _fact(held)
    happened = held["happened_at"]
    record = Record(
        id=UUID(held["id"]),
        study=_text(held, "study"),
        site=_text(held, "site"),
        stream=_text(held, "stream"),
        fact=fact,
        protocol_hash=_text(held, "protocol_hash"),
        happened_at=Instant(
            datetime.fromisoformat(happened["at"]), _text(happened, "zone"), Precision(happened["precision"])
        ),
        recorded_at=datetime.fromisoformat(held["recorded_at"]),
        author=_text(held, "author"),
        role=_text(held, "role"),
        device=_text(held, "device"),
        reason=_text(held, "reason"),
        corrects=UUID(held["corrects"]) if held["corrects"] is not None else None,
        because=UUID(held["because"]) if held["because"] is not None else None,
        skew_s=_seconds(held),
    )
    salt = b"" if held["salt"] is None else bytes.fromhex(held["salt"])
    return Sealed(
        record,
        _count(held, "sequence"),
        salt,
        _text(held, "body_digest"),
        _text(held, "previous"),
        _text(held, "hash"),
        written,
    )


def _fact(held: dict[str, Any]) -> tuple[Fact, Written | None]:
    kind, version, body = _text(held, "kind"), _count(held, "version"), held["body"]
    if body is None and held["salt"] is None:
        return Redacted(of_kind=kind, of_version=version), None
    if not isinstance(body, dict):
        raise BrokenRecord("Its body is not a JSON object.")
    fact = fact_from(kind, version, body)
    bytes_written = canonical(body)
    as_it_was = version == fact.VERSION and bytes_written == canonical(to_body(fact))
    return fact, None if as_it_was else Written(version, bytes_written)


def _text(held: dict[str, Any], name: str) -> str:
    if not isinstance(held[name], str):
        raise TypeError(f"{name} is not text")
    return str(held[name])


def _count(held: dict[str, Any], name: str) -> int:
    if type(held[name]) is not int or held[name] < 1:
        raise TypeError(f"{name} is not a number from 1")
    return int(held[name])


def _seconds(held: dict[str, Any]) -> float | None:
    skew = held["skew_s"]
    if skew is not None and type(skew) not in (int, float):
        raise TypeError("skew_s is not a number")
    return skew if skew is None or isinstance(skew, int) else float(skew)


def _why(wrong: Exception) -> str:
    return f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)
