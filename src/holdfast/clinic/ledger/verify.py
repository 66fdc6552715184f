"""Verification of everything kept: bodies, envelopes, chains, heads, and what was answered.

What it cannot find: records cut off together with their heads by somebody who may
write both. That takes heads kept elsewhere; compare ``digest`` with one noted earlier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from holdfast.clinic.ledger.stored import Where, fetch
from holdfast.errors import BrokenRecord
from holdfast.records.canonical import canonical
from holdfast.records.chain import Head, verify_ledger


@dataclass(frozen=True, slots=True)
class Verified:
    """What verified. ``digest`` is SHA-256 over every stream's head: alike in clinics alike."""

    studies: int
    streams: int
    records: int
    digest: str

    def in_words(self) -> str:
        """One paragraph for the person who asked."""
        return (
            f"Everything verifies: {self.records:,} records in {self.streams:,} streams of "
            f"{self.studies} {'study' if self.studies == 1 else 'studies'}; bodies, envelopes, chains and "
            f"heads agree.\nDigest of all heads: {self.digest}"
        )


def verify() -> Verified:
    """Verify the whole ledger as it stands at one moment; BrokenRecord names the first fault."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        kept = _kept_heads()
        sealed = fetch(Where())
        _every_act_left_its_records()
    found = verify_ledger(sealed, heads=kept)
    _no_head_is_behind(found.values(), kept)
    return Verified(len({study for study, _ in found}), len(found), len(sealed), digest_of(found.values()))


def digest_of(heads: Iterable[Head]) -> str:
    """One digest of all heads."""
    lines = sorted((head.study, head.stream, head.sequence, head.hash) for head in heads)
    return hashlib.sha256(canonical(lines)).hexdigest()


def _kept_heads() -> list[Head]:
    with connection.cursor() as cursor:
        # At 0: a stream that was locked and got nothing.
        cursor.execute("SELECT study, stream, sequence, hash FROM ledger_head WHERE sequence > 0")
        return [Head(*row) for row in cursor.fetchall()]


def _no_head_is_behind(found: Iterable[Head], kept: Iterable[Head]) -> None:
    ends = {(head.study, head.stream): head for head in kept}
    for head in found:
        if ends.get((head.study, head.stream)) != head:
            raise BrokenRecord(
                f"The kept head of {head.stream} is not its last record (number {head.sequence}): "
                "something was added past the writer.",
                stream=head.stream,
                sequence=head.sequence,
            )


def _every_act_left_its_records() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id FROM ledger_act a, jsonb_array_elements_text(a.records) AS named "
            "LEFT JOIN ledger_envelope e ON e.id = named::uuid WHERE e.id IS NULL LIMIT 1"
        )
        row = cursor.fetchone()
    if row:
        raise BrokenRecord(f"The answered action {row[0]} names a record that is not there.")
