"""Facts about the study, its sites and its people.

Streams: ``study/<code>``, ``site/<site>``, ``staff/<person>``.
"""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("study-opened")
class StudyOpened(Fact):
    """The first record of a study: rehearsal or live, for ever."""

    life: str  # "rehearsal" or "live"
    title: str


@kind("protocol-adopted")
class ProtocolAdopted(Fact):
    """A version of the protocol comes into force, with its whole text."""

    version: str
    protocol_hash: str
    text: str


@kind("limit-signed")
class LimitSigned(Fact):
    """A named physician of a site signs the value of a figure. Stream: site."""

    path: str  # the figure's path, e.g. "limits.systolic-stop.value"
    value: float  # the number; of a list its first
    unit: str
    physician: str
    values: tuple[float, ...] = ()  # the whole list, where the figure is one


@kind("study-locked")
class StudyLocked(Fact):
    """Data entry is closed before unblinding; ``data_hash`` names what was frozen."""

    data_hash: str


@kind("study-unblinded")
class StudyUnblinded(Fact):
    """The allocation key is released to the analysis."""

    commitment: str


@kind("site-opened")
class SiteOpened(Fact):
    """A site may work from now on. Stream: site."""

    name: str
    country: str
    zone: str
    phone: str  # the escalation telephone of the site's dosing days


@kind("emergency-kit-checked")
class EmergencyKitChecked(Fact):
    """A site's emergency kit, and until when it is in date. Stream: site."""

    valid_until: str
    checked_by: str


@kind("staff-appointed")
class StaffAppointed(Fact):
    """A person takes on a role at a site. Stream: staff."""

    person: str
    appointed_role: str
    at_site: str
    name: str


@kind("staff-ended")
class StaffEnded(Fact):
    """A person gives up a role at a site. Stream: staff."""

    person: str
    ended_role: str
    at_site: str


@kind("credential-recorded")
class CredentialRecorded(Fact):
    """A licence, training or certificate, with its last day. Stream: staff."""

    person: str
    credential: str  # "licence", "gcp", "session-monitor-lead", "session-monitor-assistant", …
    valid_until: str  # ISO date


@kind("wording-brought")
class WordingBrought(Fact):
    """The words of an instrument that the software does not have, and who allowed them to be shown.

    ``permission`` is ``{"from": …, "reference": …, "date": …}``, in a rehearsal also
    ``{"rehearsal": true}``: then the words are invented. ``options`` maps an item's code (or
    "every") to words by value. ``digest`` (SHA-256, hex) is of all words as they are shown.
    """

    instrument: str
    version: str
    language: str
    permission: dict[str, Json]
    instructions: str
    items: dict[str, Json]
    options: dict[str, Json]
    digest: str


@kind("record-redacted")
class RecordRedacted(Fact):
    """The tombstone of a redacted body, in the stream of the redacted record.

    Two people answer for it: ``asked_by`` and ``approved_by``. ``why`` never repeats what
    was removed.
    """

    record: str  # the id of the redacted record
    body_digest: str
    asked_by: str
    approved_by: str
    why: str
