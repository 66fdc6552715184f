"""What is to be done in a programme outside trials: approvals that end, whom that stops, who is to be told.

Pure views for lists and pages; nothing here decides, ``programme`` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from holdfast.conduct import outlook, values
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.programme import BEFORE, in_force, notices_due, notices_of, programme_of, why_not
from holdfast.conduct.readiness import AHEAD
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.protocol.model import Notice, Protocol, VisitKind
from holdfast.protocol.periods import Period, due, periods
from holdfast.records.programme import AuthorityRecorded

SOON = "authority-ends-soon-days"
WAITS = (VisitOutlook.OVERDUE, VisitOutlook.DUE, VisitOutlook.UPCOMING, VisitOutlook.OPEN)


@dataclass(frozen=True, slots=True)
class ApprovalNow:
    """An approval at a site today.

    ``last`` is its last day, that of its ethics approval counted in; ``left`` days until then, negative
    once past. ``soon``: it ends within the warning time and nothing recorded takes its place.
    """

    approval: str
    held: AuthorityRecorded
    why_not: str
    last: date
    left: int
    soon: bool

    @property
    def in_force(self) -> bool:
        """Whether something may be prescribed under it today."""
        return not self.why_not


def approvals(
    protocol: Protocol, site: SiteStanding, *, study: StudyStanding, day: date
) -> tuple[ApprovalNow, ...]:
    """Every approval recorded at a site; those in force first, the first to end before the others."""
    programme_of(protocol)
    warn = values.constant(protocol, SOON, study=study, site=site)
    found = [_approval(site, code, day=day, warn=warn) for code in site.authorities]
    return tuple(sorted(found, key=lambda each: (not each.in_force, each.last, each.approval)))


def _approval(site: SiteStanding, code: str, *, day: date, warn: float) -> ApprovalNow:
    held, why = site.authorities[code], why_not(site, code, day=day)
    last = _last(held)
    soon = not why and (last - day).days <= warn and not _renewed(site, held, last)
    return ApprovalNow(code, held, why, last, (last - day).days, soon)


def _last(held: AuthorityRecorded) -> date:
    return date.fromisoformat(min(held.valid_until, held.ethics_until))


def _renewed(site: SiteStanding, held: AuthorityRecorded, last: date) -> bool:
    """Whether the same prescriber holds one for the same product on the day after its last."""
    after = last + timedelta(days=1)
    return any(
        (each.prescriber, each.product) == (held.prescriber, held.product) and in_force(site, code, day=after)
        for code, each in site.authorities.items()
    )


class Step(IntEnum):
    """What is to be done, the most urgent first."""

    NO_FURTHER_DOSE = 0  # a session is open, and what it was prescribed under is not in force any more
    PRESCRIBE_AGAIN = 1  # prescribed under an approval that is not in force any more
    NO_APPROVAL = 2  # a session is to come, and nobody at the site may prescribe it
    TELL = 3  # a notice that follows a prescription
    TELL_FIRST = 4  # a notice without which nothing may be prescribed
    PRESCRIBE = 5


@dataclass(frozen=True, slots=True)
class ToDoInProgramme:
    """One thing to do for a participant; ``due`` is a local day, or None where none is known yet."""

    participant: str
    step: Step
    visit: str
    notice: Notice | None = None
    due: date | None = None
    late: bool = False
    why: str = ""


def to_do(
    protocol: Protocol, people: Iterable[ParticipantStanding], site: SiteStanding, now: datetime
) -> tuple[ToDoInProgramme, ...]:
    """What is to be done for the people of a site, the most urgent first."""
    found = [
        each
        for person in people
        for each in (*_session(protocol, person, site, now), *_notices(protocol, person, site, now))
    ]
    return tuple(sorted(found, key=lambda each: (each.step, each.due or date.max, each.participant)))


def _session(
    protocol: Protocol, person: ParticipantStanding, site: SiteStanding, now: datetime
) -> tuple[ToDoInProgramme, ...]:
    """What its next dosing session, or the one that is open, asks for."""
    day = outlook.today(person, now)
    for visit, progress in person.sessions.items():
        held = person.prescriptions.get(visit)
        if progress.started is not None and progress.ended is None and held is not None:
            why = why_not(site, held.approval, day=day)
            stop = ToDoInProgramme(person.participant, Step.NO_FURTHER_DOSE, visit, due=day, why=why)
            return (stop,) if why else ()
    row = None if person.entered is None else _next_session(protocol, person, now)
    return () if row is None else _prescribing(protocol, person, site, row, day=day)


def _next_session(protocol: Protocol, person: ParticipantStanding, now: datetime) -> Scheduled | None:
    return next(
        (
            row
            for row in outlook.schedule(protocol, person, now)
            if row.visit.kind is VisitKind.DOSING and row.state in WAITS
        ),
        None,
    )


def _prescribing(
    protocol: Protocol, person: ParticipantStanding, site: SiteStanding, row: Scheduled, *, day: date
) -> tuple[ToDoInProgramme, ...]:
    code, on = row.visit.code, row.on or row.target
    held = person.prescriptions.get(code)
    why = why_not(site, held.approval, day=day) if held is not None else ""
    if held is not None and not why:
        return ()
    open_ = [each for each in site.authorities if in_force(site, each, day=day)]
    if not open_:
        ended = why or _why_last(person, site, day=day)
        return (ToDoInProgramme(person.participant, Step.NO_APPROVAL, code, due=on, why=ended),)
    if held is not None:
        return (ToDoInProgramme(person.participant, Step.PRESCRIBE_AGAIN, code, due=on, why=why),)
    if on is None or on - AHEAD > day:
        return ()
    first = tuple(
        ToDoInProgramme(person.participant, Step.TELL_FIRST, code, each, on)
        for each in notices_of(protocol, site, open_[0])
        if each.when == BEFORE and (each.code, "") not in person.notices
    )
    return (*first, ToDoInProgramme(person.participant, Step.PRESCRIBE, code, due=on, late=day > on))


def _why_last(person: ParticipantStanding, site: SiteStanding, *, day: date) -> str:
    """Why what the person was last prescribed under is not in force; empty where nothing was."""
    held = max(person.prescriptions.values(), key=lambda each: each.at.at, default=None)
    return why_not(site, held.approval, day=day) if held is not None else ""


def _notices(
    protocol: Protocol, person: ParticipantStanding, site: SiteStanding, now: datetime
) -> tuple[ToDoInProgramme, ...]:
    day = outlook.today(person, now)
    return tuple(
        ToDoInProgramme(person.participant, Step.TELL, each.visit, each.notice, each.due, each.late(day))
        for each in notices_due(protocol, person, site)
        if not each.given
    )


@dataclass(frozen=True, slots=True)
class ReportDue:
    """The report of a period that is over and was not recorded as sent, and its last day."""

    period: Period
    due: date
    late: bool


def reports_due(protocol: Protocol, site: SiteStanding, *, day: date) -> tuple[ReportDue, ...]:
    """Reports that a site owes, the oldest first: of every period in which an approval of it was in force."""
    programme = programme_of(protocol)
    held = site.authorities.values()
    begun = min((date.fromisoformat(each.valid_from) for each in held), default=day)
    return tuple(
        ReportDue(period, due(programme, period), day > due(programme, period))
        for period in reversed(periods(programme, first=begun, last=day))
        if period.last < day
        and period.first.isoformat() not in site.reports
        and any(
            each.valid_from <= period.last.isoformat() and each.valid_until >= period.first.isoformat()
            for each in held
        )
    )


def stopped_by(
    approval: str, people: Iterable[ParticipantStanding], todo: Iterable[ToDoInProgramme]
) -> tuple[ToDoInProgramme, ...]:
    """Those whose treatment an approval's end holds up: what they were last prescribed was under it."""
    last = {
        person.participant: max(person.prescriptions.values(), key=lambda each: each.at.at).approval
        for person in people
        if person.prescriptions
    }
    held_up = (Step.NO_FURTHER_DOSE, Step.PRESCRIBE_AGAIN, Step.NO_APPROVAL)
    return tuple(each for each in todo if each.step in held_up and last.get(each.participant) == approval)


def dosed_since(
    approval: str, people: Iterable[ParticipantStanding], site: SiteStanding
) -> tuple[tuple[str, str], ...]:
    """Participant and session of each dose taken under an approval on the day it ended or later.

    An end is often heard of days after it: those doses were found in order when they were recorded.
    """
    ended = site.authorities_ended.get(approval)
    if ended is None:
        return ()
    return tuple(
        (person.participant, visit)
        for person in people
        for visit, held in person.prescriptions.items()
        if held.approval == approval
        and visit in person.sessions
        and any(dose.day >= ended.on for dose in person.sessions[visit].doses.values())
    )
