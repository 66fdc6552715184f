"""The protocol in force: compiled from the text in the ledger, once for each text."""

from __future__ import annotations

from functools import lru_cache

from holdfast.clinic.ledger.models import ProtocolRow, StudyRow
from holdfast.errors import UnknownName
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol


@lru_cache(maxsize=32)
def compiled(text: str, name: str = "study.yaml") -> Protocol:
    """The compiled protocol of a text."""
    return compile_text(text, name=name)


def in_force(study: str) -> Protocol:
    """The protocol a study works by now: the last one adopted. UnknownName for no such study."""
    row = StudyRow.objects.filter(study=study).first()
    text = ProtocolRow.objects.filter(hash=row.protocol_hash).first() if row else None
    if text is None:
        raise UnknownName(f"There is no study {study!r} in this clinic.")
    return compiled(text.text)
