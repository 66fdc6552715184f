"""What time has made a contradiction becomes a query: which is a rule of ``conduct.contradictions``.

Asked every quarter of a minute by ``holdfast clinic watch``. What is recorded has an id of what it is
about, so that two that look at once record it once.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from holdfast.clinic import edge
from holdfast.clinic.clocks.practice_time import is_one
from holdfast.clinic.ledger import read, write
from holdfast.conduct import contradictions
from holdfast.conduct.actions import Action, RaiseQuery, Stamp
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.standing import ParticipantStanding
from holdfast.errors import Conflict, HoldfastError, ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.records.assessment import FormCompleted
from holdfast.timing import Instant

LOG = logging.getLogger("holdfast.clinic")
SPACE = UUID("0b1d8c54-5a0a-4c1b-9b7e-2f6f5d3c8e19")
LOOKED_BACK = timedelta(days=7)
"""Nobody's forms of a week ago become a contradiction now: a week is enough for a clinic that was away."""


def look() -> int:
    """Raise what is due anywhere; how many queries that made. Practices have none."""
    open_ = [each.study for each in read.studies() if each.locked_at is None and not is_one(each)]
    return sum(_study(study) for study in open_)


def _study(study: str) -> int:
    now = edge.now_in(study)
    streams = read.streams_with(study, kind=FormCompleted.KIND, since=now - LOOKED_BACK)
    return sum(_one(study, stream, now=now) for stream in streams)


def _one(study: str, stream: str, *, now: datetime) -> int:
    try:
        person = read.standing(study, stream)
        return raise_due(study, person, now=now) if isinstance(person, ParticipantStanding) else 0
    except HoldfastError as error:
        # One participant whose records cannot be read must not hide the others.
        LOG.error("What contradicts in %s cannot be looked for: %s", study, error)
        return 0


def raise_due(study: str, person: ParticipantStanding, *, now: datetime) -> int:
    """Raise a participant's queries that are due now; how many that made."""
    site, made = read.site_standing(study, person.site), 0
    found = contradictions.due(read.protocol(study), person, now, study=read.study_standing(study), site=site)
    for one in found:
        what = RaiseQuery(participant=person.participant, rule=one.rule, record=one.records[0])
        stamp = Stamp(
            id=uuid5(SPACE, f"{study}/{one.rule}/{one.records[0]}"),
            study=study,
            site=person.site,
            author=SOFTWARE,
            role=Role.SYSTEM.value,
            device=SOFTWARE,
            happened_at=Instant(now, person.zone),
        )
        try:
            made += not write.perform(Action(stamp=stamp, what=what), now=now).replay
        except (ImpossibleValue, Conflict):
            continue  # an event was recorded, or another asked, in the moment between
    return made
