"""The envelope: what every record says beside its fact.

``happened_at`` is when it happened in the world; ``recorded_at`` is the server's
time of recording. ``corrects`` names the record this one replaces (same kind);
``because`` names the record it follows from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from holdfast.records.fact import Fact
from holdfast.timing import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fact, by whom, when, why. ``stream`` is "participant/<code>" and the like."""

    id: UUID
    study: str
    site: str
    stream: str
    fact: Fact
    protocol_hash: str
    happened_at: Instant
    recorded_at: datetime
    author: str
    role: str
    device: str
    reason: str = ""
    corrects: UUID | None = None
    because: UUID | None = None
    skew_s: float | None = None

    @property
    def kind(self) -> str:
        """The kind of its fact; "redacted" where the body is gone."""
        return self.fact.KIND


@dataclass(frozen=True, slots=True)
class Written:
    """A body as an earlier release wrote it: its version and canonical bytes."""

    version: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record at its place in its stream's chain.

    ``body_digest`` is sha256(salt ‖ canonical body); ``hash`` covers the canonical
    envelope, which holds ``body_digest``, ``sequence`` (from 1) and ``previous``.
    All digests are lower-case hex.

    ``written`` is None where the fact is as it was written. Where the fact was upgraded
    on reading it keeps what was written, for that is what the chain covers. A redacted
    record has a ``Redacted`` fact and an empty salt; its digest stays.
    """

    record: Record
    sequence: int
    salt: bytes
    body_digest: str
    previous: str
    hash: str
    written: Written | None = None
