"""Standing of one member of staff: roles held at sites, and credentials with their last day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.conduct.standing.history import Change, Folded, Handlers
from holdfast.records.envelope import Record
from holdfast.records.study import CredentialRecorded, StaffAppointed, StaffEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffStanding(Folded):
    """Who somebody is: ``held`` are (role, site) pairs; ``credentials`` last days (ISO) by name."""

    name: str = ""
    held: frozenset[tuple[str, str]] = frozenset()
    credentials: Mapping[str, str] = field(default_factory=dict)

    def holds(self, role: str, *, site: str) -> bool:
        """Whether the person holds the role at the site now."""
        return (role, site) in self.held

    def in_date(self, credential: str, *, day: str) -> bool:
        """Whether a credential is there and its last day is not before ``day`` (ISO date)."""
        return self.credentials.get(credential, "") >= day


def _appointed(standing: StaffStanding, record: Record, fact: StaffAppointed) -> Change:
    return {"name": fact.name, "held": standing.held | {(fact.appointed_role, fact.at_site)}}


def _ended(standing: StaffStanding, record: Record, fact: StaffEnded) -> Change:
    return {"held": standing.held - {(fact.ended_role, fact.at_site)}}


def _credential(standing: StaffStanding, record: Record, fact: CredentialRecorded) -> Change:
    return {"credentials": {**standing.credentials, fact.credential: fact.valid_until}}


STAFF: Handlers[StaffStanding] = {
    StaffAppointed: _appointed,
    StaffEnded: _ended,
    CredentialRecorded: _credential,
}
