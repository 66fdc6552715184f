"""Facts of a treatment programme outside trials: who may prescribe, what was prescribed, who was told.

Streams: ``site/<site>`` for an authority, ``participant/<code>`` for prescriptions and notices.
"""

from __future__ import annotations

from holdfast.records.fact import Fact, kind


@kind("authority-recorded")
class AuthorityRecorded(Fact):
    """A person's approval to prescribe a product at sites, its ethics approval, until when. Stream: site."""

    prescriber: str
    product: str
    approval: str  # the approval's number
    committee: str  # the human research ethics committee
    ethics_approval: str  # its number
    ethics_until: str  # ISO date
    sites: tuple[str, ...]
    state: str  # of the site of this record
    valid_from: str  # ISO date
    valid_until: str  # ISO date, the last day
    confirmed: tuple[str, ...] = ()  # codes of the study file's conditions, confirmed by the author


@kind("authority-ended")
class AuthorityEnded(Fact):
    """An approval ends before its time: withdrawn, suspended or given up. Stream: site."""

    approval: str
    why: str


@kind("prescribed")
class Prescribed(Fact):
    """The prescriber prescribes the doses of one session, under an approval. Stream: participant."""

    visit: str
    approval: str
    product: str


@kind("report-sent")
class ReportSent(Fact):
    """The report of a period on the approvals of a site was sent, and to whom it was copied. Stream: site."""

    first: str  # ISO date, the period's first day
    last: str  # ISO date
    sent_on: str  # ISO date
    reference: str
    copied_to: str  # the ethics committee, say; empty where no copy was sent


@kind("notice-given")
class NoticeGiven(Fact):
    """An authority was told of a treatment; ``visit`` is that of the prescription, empty for a course."""

    notice: str
    visit: str
    given_on: str  # ISO date
    reference: str
