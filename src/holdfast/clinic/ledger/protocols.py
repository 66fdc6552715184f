"""The protocol in force: compiled from the text in the ledger, once for each text."""

from __future__ import annotations

from functools import lru_cache

from django.db import connection

from holdfast.clinic.ledger.models import ProtocolRow
from holdfast.errors import BrokenRecord, UnknownName
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol


@lru_cache(maxsize=32)
def compiled(text: str) -> Protocol:
    """The compiled protocol of a text."""
    return compile_text(text, name="study.yaml")


def in_force(study: str) -> Protocol:
    """The protocol a study works by now: the last one adopted. UnknownName for no such study."""
    with (
        connection.cursor() as cursor
    ):  # asked by every page; to make the statement costs as much as to run it
        cursor.execute("SELECT protocol_hash FROM ledger_studyrow WHERE study = %s", [study])
        row = cursor.fetchone()
    if not row or not row[0]:
        raise UnknownName(f"There is no study {study!r} in this clinic.")
    return _adopted(str(row[0]))


@lru_cache(maxsize=32)
def _adopted(hash_: str) -> Protocol:
    # A hash names one text for ever, so what was read once need not be read again.
    found = compiled(ProtocolRow.objects.get(hash=hash_).text)
    if found.hash != hash_:
        raise BrokenRecord(
            f"The text kept for the protocol {hash_[:12]} is another one. "
            "Nothing is decided by it; `holdfast clinic rebuild` takes it from the records again."
        )
    return found
