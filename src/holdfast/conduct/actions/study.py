"""What is asked and told: the study, its sites and people."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.conduct.actions.stamp import Ask, Tell
from holdfast.instruments.words import Permission, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStudy(Ask):
    """The first act of a study: rehearsal or live, and the protocol it starts with."""

    life: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptProtocol(Ask):
    """Another version comes into force (its text is that of the protocol passed to decide)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSite(Ask):
    """Open a site."""

    name: str
    country: str
    zone: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignLimit(Ask):
    """A physician of the site signs the value of a figure that is not public: a number, or a whole list."""

    path: str
    value: float | tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEmergencyKit(Ask):
    """The site's emergency kit was checked; in date until then."""

    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appoint(Ask):
    """A person takes on a role at a site."""

    person: str
    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAppointment(Ask):
    """A person gives up a role."""

    person: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCredential(Tell):
    """A licence, training or certificate of a person."""

    person: str
    credential: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BringWording(Ask):
    """Bring the words of an instrument that the software does not have."""

    words: Words
    permission: Permission


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStudy(Ask):
    """Close data entry."""

    data_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblindStudy(Ask):
    """Release the key to the analysis; only after locking."""

    commitment: str
