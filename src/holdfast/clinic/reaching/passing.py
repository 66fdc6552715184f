"""A risk that was answered alone is passed on: who is told is a rule of ``conduct.reach``.

Asked when the answer comes in, and every quarter of a minute by ``holdfast clinic watch``: what
the first did not do, or what nobody answered, the second does.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID, uuid5

from django.conf import settings

from holdfast.clinic import edge
from holdfast.clinic.jobs import outbox, texts
from holdfast.clinic.ledger import read, write
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.conduct import reach
from holdfast.conduct.actions import Action, PassRiskOn, Stamp
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.standing import ParticipantStanding, StaffStanding
from holdfast.conduct.streams import staff_stream
from holdfast.errors import HoldfastError, ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

LOG = logging.getLogger("holdfast.clinic")
SPACE = UUID("9d0c5a0e-2f0b-4f0c-8a53-0c4a1e2b7d55")
ABLE = (Role.PHYSICIAN, Role.THERAPIST, Role.COORDINATOR)


def look() -> int:
    """Pass on what is due anywhere; how many times somebody was told."""
    rows = ParticipantRow.objects.filter(risks_open__gt=0).values_list("study", "participant")
    return sum(_one(study, participant) for study, participant in rows)


def _one(study: str, participant: str) -> int:
    try:
        return pass_on(study, participant, now=edge.now_in(study))
    except HoldfastError as error:
        # One participant whose records cannot be read must not hide the others.
        LOG.error("The risks of a participant of %s cannot be passed on: %s", study, error)
        return 0


def pass_on(study: str, participant: str, *, now: datetime) -> int:
    """Tell those who must be told of a participant's risks now; how many tellings that made."""
    person = read.participant_standing(study, participant)
    if not person.open_risks():
        return 0
    # Before anything else: who recorded a telling may have died before its letters were made.
    _letters(study, person, now=now)
    site = read.site_standing(study, person.site)
    waiting = reach.due(read.protocol(study), person, now, study=read.study_standing(study), site=site)
    if not waiting:
        return 0
    here, at, told = people(study, person.site), Instant(now, person.zone), 0
    for risk, step in waiting:
        day = at.day.isoformat()
        to = reach.whom(here, person, site=person.site, day=day, step=step)
        what = PassRiskOn(participant=participant, risk=risk, to=to)
        told += _tell(what, study=study, site=person.site, step=step, at=at)
    _letters(study, read.participant_standing(study, participant), now=now)
    return told


def people(study: str, site: str) -> dict[str, StaffStanding]:
    """The people of a site who may be told of something grave, by their id."""
    here = {
        each.person
        for each in read.appointments(study=study)
        if each.site == site and Role(each.role) in ABLE
    }
    found = read.standings_of(study, [staff_stream(person) for person in sorted(here)])
    return {
        stream.partition("/")[2]: each for stream, each in found.items() if isinstance(each, StaffStanding)
    }


def _tell(what: PassRiskOn, *, study: str, site: str, step: int, at: Instant) -> int:
    stamp = Stamp(
        id=uuid5(SPACE, f"{study}/{what.risk}/{step}"),
        study=study,
        site=site,
        author=SOFTWARE,
        role=Role.SYSTEM.value,
        device=SOFTWARE,
        happened_at=at,
    )
    try:
        outcome = write.perform(Action(stamp=stamp, what=what), now=at.at)
    except ImpossibleValue:
        return 0  # taken on, or told by another, in the moment between looking and recording
    return int(not outcome.replay)


def _letters(study: str, person: ParticipantStanding, *, now: datetime) -> None:
    """A letter to everybody who was told, as the records say; one that is there already stays the one."""
    for risk in person.open_risks():
        for step, told in enumerate(risk.passed_on, start=1):
            about = f"{person.participant}/{risk.root}/{step}"
            for to in told.to:
                outbox.put(_letter(about, to, study=study, site=person.site), now=now)


def _letter(about: str, person: str, *, study: str, site: str) -> outbox.Letter:
    return outbox.Letter(
        study=study,
        site=site,
        person=person,
        matter=outbox.RISK,
        once=about,
        about=about,
        text=texts.LOOK,
        language=settings.LANGUAGE_CODE,
    )


def told_to(person: str, study: str) -> list[str]:
    """The participants with an open risk that somebody was told of, the first told first."""
    rows = ParticipantRow.objects.filter(study=study, risks_open__gt=0).values_list("participant", flat=True)
    since: dict[str, datetime] = {}
    for participant in rows:
        risks = read.participant_standing(study, participant).open_risks()
        told = [each.at for risk in risks for each in risk.passed_on if person in each.to]
        if told:
            since[participant] = min(told)
    return sorted(since, key=lambda each: (since[each], each))
