"""Standings of the study and of a site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from holdfast.conduct.standing.history import Change, Folded, Handlers
from holdfast.records.envelope import Record
from holdfast.records.programme import AuthorityEnded, AuthorityRecorded, ReportSent
from holdfast.records.study import (
    EmergencyKitChecked,
    LimitSigned,
    ProtocolAdopted,
    SiteOpened,
    StudyLocked,
    StudyOpened,
    StudyUnblinded,
    WordingBrought,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStanding(Folded):
    """Rehearsal or live, the protocols adopted so far, locked, unblinded."""

    life: str = ""
    adopted: Mapping[str, str] = field(default_factory=dict)  # hash to version
    wordings: tuple[WordingBrought, ...] = ()  # in the order of bringing
    locked_at: datetime | None = None
    unblinded_at: datetime | None = None

    @property
    def opened(self) -> bool:
        """Whether the study's first record is there."""
        return bool(self.life)

    @property
    def live(self) -> bool:
        """Whether real people are in it: then unsigned figures have no value."""
        return self.life == "live"

    @property
    def locked(self) -> bool:
        """Whether data entry is closed."""
        return self.locked_at is not None


@dataclass(frozen=True, slots=True)
class AuthorityEnd:
    """An approval ended before its time: from which local day on, and why."""

    on: date
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStanding(Folded):
    """An open site, its zone, the values its physicians signed, its emergency kit."""

    name: str = ""
    country: str = ""
    zone: str = ""
    phone: str = ""
    signed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # numbers by figure path
    emergency_kit_until: str = ""
    authorities: Mapping[str, AuthorityRecorded] = field(default_factory=dict)  # by approval number
    authorities_ended: Mapping[str, AuthorityEnd] = field(default_factory=dict)  # by approval number
    reports: Mapping[str, ReportSent] = field(default_factory=dict)  # by the period's first day (ISO)

    @property
    def opened(self) -> bool:
        """Whether the site may work."""
        return bool(self.zone)


def _opened(standing: StudyStanding, record: Record, fact: StudyOpened) -> Change:
    return {"life": fact.life}


def _adopted(standing: StudyStanding, record: Record, fact: ProtocolAdopted) -> Change:
    return {"adopted": {**standing.adopted, fact.protocol_hash: fact.version}}


def _locked(standing: StudyStanding, record: Record, fact: StudyLocked) -> Change:
    return {"locked_at": record.recorded_at}


def _brought(standing: StudyStanding, record: Record, fact: WordingBrought) -> Change:
    return {"wordings": (*standing.wordings, fact)}


def _unblinded(standing: StudyStanding, record: Record, fact: StudyUnblinded) -> Change:
    return {"unblinded_at": record.recorded_at}


def _site(standing: SiteStanding, record: Record, fact: SiteOpened) -> Change:
    return {"name": fact.name, "country": fact.country, "zone": fact.zone, "phone": fact.phone}


def _signed(standing: SiteStanding, record: Record, fact: LimitSigned) -> Change:
    return {"signed": {**standing.signed, fact.path: fact.values or (fact.value,)}}


def _kit(standing: SiteStanding, record: Record, fact: EmergencyKitChecked) -> Change:
    return {"emergency_kit_until": fact.valid_until}


def _authority(standing: SiteStanding, record: Record, fact: AuthorityRecorded) -> Change:
    # An approval that is given again is in force again.
    ended = {code: end for code, end in standing.authorities_ended.items() if code != fact.approval}
    return {"authorities": {**standing.authorities, fact.approval: fact}, "authorities_ended": ended}


def _authority_ended(standing: SiteStanding, record: Record, fact: AuthorityEnded) -> Change:
    end = AuthorityEnd(record.happened_at.day, fact.why)
    return {"authorities_ended": {**standing.authorities_ended, fact.approval: end}}


def _report(standing: SiteStanding, record: Record, fact: ReportSent) -> Change:
    return {"reports": {**standing.reports, fact.first: fact}}


STUDY: Handlers[StudyStanding] = {
    StudyOpened: _opened,
    ProtocolAdopted: _adopted,
    StudyLocked: _locked,
    StudyUnblinded: _unblinded,
    WordingBrought: _brought,
}
SITE: Handlers[SiteStanding] = {
    SiteOpened: _site,
    LimitSigned: _signed,
    EmergencyKitChecked: _kit,
    AuthorityRecorded: _authority,
    AuthorityEnded: _authority_ended,
    ReportSent: _report,
}
