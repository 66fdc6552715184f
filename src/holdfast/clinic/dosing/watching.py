"""What is overdue in open sessions is recorded, whether or not anybody looks at a page.

A process of its own (``holdfast clinic watch``, which ``holdfast clinic run`` keeps). Two of
them do no harm: a lock in the database lets one look at a time, and the id of what is
recorded is worked out of the session's state, so that the second is answered as the first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import Error, connection

from holdfast.clinic import edge
from holdfast.clinic.ledger import read, write
from holdfast.clinic.reaching import asking, passing
from holdfast.conduct import watch
from holdfast.conduct.actions import Action, NoteOverdue, Stamp
from holdfast.conduct.case import SOFTWARE, Case
from holdfast.conduct.standing import SessionStanding, SiteStanding
from holdfast.conduct.streams import session_stream, site_stream, streams_of
from holdfast.errors import HoldfastError, ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

LOG = logging.getLogger("holdfast.clinic")
EVERY_SECONDS = 15.0
WATCHED = timedelta(hours=48)
"""A session that nobody closed for so long is forgotten paper, not a person in a room."""
LOCK = 0x686F6C64
"""The number of the lock in the database; any, and no other of ours."""
SPACE = UUID("6a3a1b0e-8f5b-4b8e-9a86-0c3f6b7f2d11")


def keep_looking(*, say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep) -> None:
    """Look, wait, look again; a database that is away is waited for."""
    say("Watching open sessions.")
    while True:
        try:
            look()
            passing.look()
            asking.look()
        except Error as error:
            LOG.warning("What is overdue cannot be watched just now: %s", error)
            connection.close()
        sleep(EVERY_SECONDS)


def look() -> int:
    """Record what is overdue in every open session; how many alarms that made. None where another looks."""
    with _alone() as alone:
        if not alone:
            return 0
        return sum(_session(study, site, stream) for study, site, stream in read.open_sessions())


@contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = cursor.fetchone()
    held = bool(row and row[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _session(study: str, site: str, stream: str) -> int:
    try:
        return overdue(study, site, stream, now=edge.now_in(study))
    except HoldfastError as error:
        # One session that cannot be read must not hide the others.
        LOG.error("The session %s of %s cannot be watched: %s", stream, study, error)
        return 0


def overdue(study: str, site: str, stream: str, *, now: datetime) -> int:
    """Record what is overdue in one session now; how many alarms that made."""
    _kind, participant, visit = stream.split("/")
    made = 0
    for code in _codes(study, site, participant, visit, now=now):
        told = NoteOverdue(participant=participant, visit=visit, code=code)
        try:
            outcome = write.perform(_action(study, site, told, now=now), now=now)
        except ImpossibleValue:
            continue  # done in the moment between looking and recording
        made += not outcome.replay
    return made


def _codes(study: str, site: str, participant: str, visit: str, *, now: datetime) -> list[str]:
    action = _action(study, site, NoteOverdue(participant=participant, visit=visit, code=""), now=now)
    case = Case(read.protocol(study), read.standings_of(study, streams_of(action)), action, now)
    session = case.session(participant, visit)
    if session.started is None or now - session.started.at > WATCHED or case.study.locked:
        return []
    return [each.code for each in watch.due(case, session) if each.priority != watch.NOTICE]


def _action(study: str, site: str, told: NoteOverdue, *, now: datetime) -> Action:
    standings = read.standings_of(study, [site_stream(site), session_stream(told.participant, told.visit)])
    here, session = standings.values()
    zone = here.zone if isinstance(here, SiteStanding) and here.zone else "UTC"
    rung = len(session.alarms) if isinstance(session, SessionStanding) else 0
    stamp = Stamp(
        id=uuid5(SPACE, f"{study}/{told.participant}/{told.visit}/{told.code}/{rung}"),
        study=study,
        site=site,
        author=SOFTWARE,
        role=Role.SYSTEM.value,
        device=SOFTWARE,
        happened_at=Instant(now, zone),
    )
    return Action(stamp=stamp, what=told)
