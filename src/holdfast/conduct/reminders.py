"""Which reminders are due: an appointment that is near, a follow-up visit that is open, a form that waits.

A reminder says only that something waits, and leaves all else to the person's own pages. Sent is
not read: it is no attempt to reach somebody and counts towards none (``followup``). At most one a
day, and ``reminders-per-visit`` for one visit, whether it went out or not: what does not arrive
is for people to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from holdfast.conduct import outlook, own_forms, values
from holdfast.conduct.actions import ChooseReminders, NoteReminder
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.own_forms import OwnForm
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StudyStanding
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.assessment import ContactAttempted
from holdfast.records.reminding import RemindersChosen, ReminderSent

EMAIL = "email"
CHANNELS = (EMAIL,)
VISIT_NEAR, CLOSING, OPEN, FORM_WAITING = "visit-near", "follow-up-closing", "follow-up-open", "form-waiting"
MATTERS = (VISIT_NEAR, CLOSING, OPEN, FORM_WAITING)
"""What one may be reminded of, the most pressing first."""
SENT, FAILED, REHEARSED = "sent", "failed", "rehearsal"
OUTCOMES = (SENT, FAILED, REHEARSED)
FAILURES = ("refused", "no-answer", "no-address")
NEVER_COMES = "died"
"""The protocol's reason for a missed visit after which nobody writes to that address."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something to remind of: one of ``MATTERS``, its visit, and the form that waits."""

    matter: str
    visit: str
    form: str = ""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of the rule at a site: days, reminders for one visit, hours of the local day."""

    before: int
    waits: int
    apart: int
    closing: int
    most: int
    opens: float
    closes: float

    @classmethod
    def of(cls, protocol: Protocol, *, study: StudyStanding, site: SiteStanding) -> Self:
        """The study's settings, conduct's own where it has none."""

        def number(code: str) -> float:
            return values.constant(protocol, code, study=study, site=site)

        return cls(
            before=round(number("reminder-days-before")),
            waits=round(number("reminder-form-days")),
            apart=round(number("reminder-days-apart")),
            closing=round(number("reminder-closing-days")),
            most=round(number("reminders-per-visit")),
            opens=number("reminder-from-hour"),
            closes=number("reminder-until-hour"),
        )


# --- what may be sent --------------------------------------------------------------------


def due(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> Reminder | None:
    """The one reminder to send somebody now; None where none is due, or none may be sent."""
    if held_back(protocol, person, now, study=study, site=site):
        return None
    return next(iter(waiting(protocol, person, now, study=study, site=site)), None)


def held_back(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> str:
    """Why nobody may be reminded now, in a word; empty where they may."""
    numbers, day = Numbers.of(protocol, study=study, site=site), outlook.today(person, now)
    for held, why in (
        (study.locked, "study-locked"),
        (gone(person), "gone"),
        (person.reminders is None, "not-asked"),
        (person.reminders == "", "said-no"),
        (in_session(protocol, person, day), "session"),
        (any(each.on == day for each in person.reminded), "today"),
        (at_night(person, now, numbers), "night"),
    ):
        if held:
            return why
    return ""


def still(
    protocol: Protocol,
    person: ParticipantStanding,
    reminder: Reminder,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> str:
    """Why a reminder that was due is not to be sent now, in a word; empty where it is."""
    why = held_back(protocol, person, now, study=study, site=site)
    if why or reminder in waiting(protocol, person, now, study=study, site=site):
        return why
    return "settled"


PASSES = ("session", "night")
"""Reasons that pass by themselves: what is held back for one of them is sent later."""


def gone(person: ParticipantStanding) -> bool:
    """Whether nothing is expected of somebody: not in the study, no longer in it, or dead."""
    dead = any(each.outcome == "fatal" for each in person.events.values())
    dead = dead or any(each.missed == NEVER_COMES for each in person.visits.values())
    out = person.left or person.completed or person.screen_failed is not None
    return out or dead or not person.consents


def in_session(protocol: Protocol, person: ParticipantStanding, day: date) -> bool:
    """Whether somebody is dosed that day: from its morning to the end of the day of the discharge."""
    for each in person.sessions.values():
        over = each.discharged or (None if each.doses else each.ended)
        if each.started is not None and (over is None or each.started.day <= day <= over.day):
            return True
    return any(
        (state := person.visits.get(visit.code)) is not None and state.scheduled == day.isoformat()
        for visit in protocol.visits
        if visit.kind is VisitKind.DOSING
    )


def at_night(person: ParticipantStanding, now: datetime, numbers: Numbers) -> bool:
    """Whether it is another time at the site than that at which one writes to people."""
    local = now.astimezone(ZoneInfo(person.zone))
    return not numbers.opens <= local.hour + local.minute / 60 < numbers.closes


# --- what there is to be reminded of --------------------------------------------------------


def waiting(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> tuple[Reminder, ...]:
    """What somebody could be reminded of today, the most pressing first; whether one may is another question.

    Windows that await a signature count as none.
    """
    numbers, day = Numbers.of(protocol, study=study, site=site), outlook.today(person, now)
    rows = outlook.schedule(protocol, person, now, study=study, site=site)
    found = [*_near(person, rows, day, numbers), *_follow_up(protocol, person, rows, day, numbers)]
    alone = own_forms.to_fill(protocol, person, now, study=study)
    found += _forms(person, alone, day, rows, numbers)
    found.sort(key=lambda each: MATTERS.index(each.matter))
    return tuple(each for each in found if _count(person, each.visit) < numbers.most)


def _count(person: ParticipantStanding, visit: str) -> int:
    return sum(each.visit == visit for each in person.reminded)


def _told(person: ParticipantStanding, matter: str, visit: str, *, since: date = date.min) -> bool:
    return any((each.matter, each.visit) == (matter, visit) and each.on >= since for each in person.reminded)


def _near(
    person: ParticipantStanding, rows: tuple[Scheduled, ...], day: date, numbers: Numbers
) -> Iterator[Reminder]:
    """Appointments on the calendar within days. Moved to another day, it is another appointment."""
    settled = (VisitOutlook.DONE, VisitOutlook.MISSED, VisitOutlook.DROPPED)
    for row in rows:
        if row.on is None or row.state in settled or not 0 < (row.on - day).days <= numbers.before:
            continue
        opened = row.on - timedelta(days=numbers.before)
        if not _told(person, VISIT_NEAR, row.visit.code, since=opened):
            yield Reminder(VISIT_NEAR, row.visit.code)


def _follow_up(
    protocol: Protocol, person: ParticipantStanding, rows: tuple[Scheduled, ...], day: date, numbers: Numbers
) -> Iterator[Reminder]:
    """Follow-up visits in their window without an appointment: once when it opens, once before it closes."""
    for row in rows:
        if row.visit.code not in protocol.follow_up.visits or row.state is not VisitOutlook.DUE:
            continue
        if row.last is None or (row.on is not None and row.on >= day):
            continue
        matter = CLOSING if (row.last - day).days <= numbers.closing else OPEN
        if not _told(person, matter, row.visit.code):
            yield Reminder(matter, row.visit.code)


def _forms(
    person: ParticipantStanding,
    alone: tuple[OwnForm, ...],
    day: date,
    rows: tuple[Scheduled, ...],
    numbers: Numbers,
) -> Iterator[Reminder]:
    """Forms that have waited on the own pages, the first of each visit.

    One message tells of all of them: after any reminder there is peace for some days. A form is news
    for as long as its reminders would take, and no longer.
    """
    since = {row.visit.code: _waits_since(row) for row in rows}
    if any((day - each.on).days < numbers.apart for each in person.reminded):
        return
    news = range(numbers.waits, numbers.waits + numbers.most * numbers.apart + 1)
    for each in alone:
        began = since.get(each.visit.code)
        if not each.next or began is None or (day - began).days not in news:
            continue
        state = person.visits.get(each.visit.code)
        # Before the visit is held one reminder is kept for the appointment itself.
        most = numbers.most if state is not None and state.held else numbers.most - 1
        if _count(person, each.visit.code) < most:
            yield Reminder(FORM_WAITING, each.visit.code, each.form)


def _waits_since(row: Scheduled) -> date | None:
    """The day on which a visit's forms began to wait; None where people see to it (an overdue visit)."""
    if row.state is VisitOutlook.DONE:
        return row.on
    return row.first if row.state is VisitOutlook.DUE else None


# --- where nothing is sent ------------------------------------------------------------------


def to_call(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> Reminder | None:
    """What somebody is to be called about today at a site that sends nothing.

    Also somebody who was never asked about e-mail; nobody who said no. Whoever was tried for that
    visit within ``reminder-days-apart`` is left in peace.
    """
    day = outlook.today(person, now)
    if study.locked or gone(person) or person.reminders == "" or in_session(protocol, person, day):
        return None
    apart = timedelta(days=Numbers.of(protocol, study=study, site=site).apart)
    found = waiting(protocol, person, now, study=study, site=site)
    return next((each for each in found if not _tried(person, each.visit, since=day - apart)), None)


def _tried(person: ParticipantStanding, visit: str, *, since: date) -> bool:
    return any(
        isinstance(each.fact, ContactAttempted)
        and each.fact.for_visit in ("", visit)
        and each.happened_at.day > since
        for each in person.history
    )


# --- what is recorded -----------------------------------------------------------------------


def choose(case: Case, tell: ChooseReminders, pen: Pen) -> None:
    """Somebody says whether they want to be reminded."""
    case.participant(tell.participant)
    _one_of(tell.channel, CHANNELS, field="channel")
    pen.write(participant_stream(tell.participant), RemindersChosen(wanted=tell.wanted, channel=tell.channel))


def note(case: Case, tell: NoteReminder, pen: Pen) -> None:
    """What became of a reminder; sent to somebody who wants none, it is a deviation."""
    person = case.participant(tell.participant)
    case.visit(tell.visit)
    _one_of(tell.matter, MATTERS, field="matter")
    _one_of(tell.channel, CHANNELS, field="channel")
    _one_of(tell.outcome, OUTCOMES, field="outcome")
    _one_of(tell.why, FAILURES if tell.outcome == FAILED else ("",), field="why")
    stream = participant_stream(tell.participant)
    fact = ReminderSent(
        matter=tell.matter,
        visit=tell.visit,
        form=tell.form,
        channel=tell.channel,
        outcome=tell.outcome,
        why=tell.why,
    )
    main = pen.write(stream, fact)
    if tell.outcome == SENT and (not person.reminders or gone(person)):
        what = "A reminder was sent to somebody who wants none, or of whom nothing is expected any more."
        pen.deviate(stream, "reminder-unwanted", what, severity="minor", because=main.id)


def _one_of(said: str, known: tuple[str, ...], *, field: str) -> None:
    if said not in known:
        raise ImpossibleValue(f"Expected one of {', '.join(known)}; found {said!r}.", field=field)
