"""Reminders: ``conduct.reminders`` says which are due; here they go into the outbox, and are recorded."""

from __future__ import annotations

import logging
from datetime import datetime

from holdfast.clinic.clocks.practice_time import is_one
from holdfast.clinic.jobs import outbox, texts
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.ledger import read, write
from holdfast.conduct import reminders
from holdfast.conduct.actions import Action, NoteReminder, Stamp
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.reminders import Reminder
from holdfast.conduct.standing import ParticipantStanding
from holdfast.errors import HoldfastError
from holdfast.protocol.roles import Role
from holdfast.records.reminding import RemindersChosen
from holdfast.timing import Instant

LOG = logging.getLogger("holdfast.clinic")


def look(*, now: datetime) -> int:
    """Put what is due anywhere into the outbox; how many reminders that made. Practices have none."""
    studies = [each for each in read.studies() if not is_one(each) and each.locked_at is None]
    return sum(_study(each.study, now=now) for each in studies)


def _study(study: str, *, now: datetime) -> int:
    streams = read.streams_with(study, kind=RemindersChosen.KIND)
    tried = outbox.waiting_for(study, matter=outbox.REMINDER)
    made = 0
    for stream in streams:
        try:
            person = read.standing(study, stream)
            if isinstance(person, ParticipantStanding) and person.participant not in tried:
                made += _one(study, person, now=now)
        except HoldfastError as error:
            # One participant whose records cannot be read must not hide the others.
            LOG.error("Whom to remind in %s cannot be told: %s", study, error)
    return made


def _one(study: str, person: ParticipantStanding, *, now: datetime) -> int:
    here, site = read.study_standing(study), read.site_standing(study, person.site)
    found = reminders.due(read.protocol(study), person, now, study=here, site=site)
    if found is None:
        return 0
    letter = outbox.Letter(
        study=study,
        site=person.site,
        participant=person.participant,
        matter=outbox.REMINDER,
        # One a day: whatever two workers find due, it is the same row.
        once=Instant(now, person.zone).day.isoformat(),
        about="/".join((found.matter, found.visit, found.form)),
        text=texts.APPOINTMENT if found.matter == reminders.VISIT_NEAR else texts.WAITS,
        language=spoken(person),
    )
    row = outbox.put(letter, now=now)
    if row is None:
        return 0
    if row.why == outbox.REHEARSAL:
        record(row, outcome=reminders.REHEARSED, now=now)
    return 1


SENT_ALREADY = "sent-already"
"""A worker died after it had recorded that the reminder was sent, and before it ended the row."""


def still(row: Outgoing, *, now: datetime) -> str:
    """Why a reminder is not to be sent now, in a word; empty where it is."""
    person = read.participant_standing(row.study, row.participant)
    if any(each.root == row.id and each.outcome == reminders.SENT for each in person.reminded):
        return SENT_ALREADY
    return reminders.still(
        read.protocol(row.study),
        person,
        reminder_of(row),
        now,
        study=read.study_standing(row.study),
        site=read.site_standing(row.study, person.site),
    )


def reminder_of(row: Outgoing) -> Reminder:
    """What a row reminds of."""
    matter, visit, form = row.about.split("/")
    return Reminder(matter, visit, form)


def record(row: Outgoing, *, outcome: str, now: datetime, why: str = "") -> None:
    """Record what became of a reminder: once, however often it is told."""
    what, site = reminder_of(row), read.site_standing(row.study, row.site)
    stamp = Stamp(
        id=row.id,
        study=row.study,
        site=row.site,
        author=SOFTWARE,
        role=Role.SYSTEM.value,
        device=SOFTWARE,
        happened_at=Instant(now, site.zone or "UTC"),
    )
    tell = NoteReminder(
        participant=row.participant,
        matter=what.matter,
        visit=what.visit,
        form=what.form,
        channel=reminders.EMAIL,
        outcome=outcome,
        why=why,
    )
    try:
        write.perform(Action(stamp=stamp, what=tell), now=now)
    except HoldfastError as error:
        # Told before with another outcome (a worker died between recording and noting), or of a visit
        # that the study has no more: the row must end all the same.
        LOG.error("What became of a reminder of %s cannot be recorded: %s", row.study, error)
