"""From what a device sent to a record: whether it is its turn, a flood, the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils.translation import gettext as _

from holdfast.clinic.devices import received
from holdfast.clinic.devices.models import Device, Taken
from holdfast.clinic.devices.placing import SPACE, At, placed
from holdfast.clinic.devices.wire import Reading
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.conduct import devices as rules
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.decide import decide
from holdfast.conduct.standing import SessionStanding, SiteStanding, StudyStanding
from holdfast.conduct.streams import session_stream
from holdfast.errors import Conflict
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised
from holdfast.timing import Instant

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device is told. ``status`` is the one of HTTP; ``wait`` the seconds until it may send again."""

    status: int
    sentence: str
    record: UUID | None = None
    replay: bool = False
    beside: list[str] = field(default_factory=list)
    alarm: bool = False
    wait: int = 0


def take(device: Device, reading: Reading, body: bytes, *, now: datetime) -> Answer:
    """Keep a reading and record it where that is due. Raises ImpossibleValue, Conflict and Unavailable."""
    says = received.keep(device, body, reading=reading, now=now)
    with transaction.atomic():
        one_at_a_time(device)
        before = received.taken(device, reading.client_id)
        if before is not None:
            return _again(before, says)
        at = placed(device, reading, now)
        if at is None:
            return _flooded_nowhere(device, now) or _kept()
        return _in_turn(at, reading, says)


def one_at_a_time(device: Device) -> None:
    """Wait for other readings of the device until this transaction ends."""
    # Two readings of one device at the same moment would both find that it is their turn.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{device.study}/{device.code}"]
        )


def _again(before: Taken, says: str) -> Answer:
    if before.says != says:
        raise Conflict(
            _(
                "A reading with this id is recorded already, and it says something else. What came now is "
                "kept beside it; a wrong reading is corrected by a person on the page of the session."
            )
        )
    return Answer(200, _("Recorded before."), record=before.record, replay=True)


def _kept() -> Answer:
    sentence = _(
        "Kept. The device stands at no session now, or did not when this was read: a person can "
        "assign it on the page Devices."
    )
    return Answer(202, sentence)


def _in_turn(at: At, reading: Reading, says: str) -> Answer:
    case = at.case
    last = received.last_taken(at.device)
    wait = rules.waits_seconds(at.protocol, last, at.now, study=case.study, site=case.site)
    # Whatever would ring is recorded at once: no high value waits behind others.
    if wait and not rules.raises_alarm(decide(at.protocol, at.standings, at.action, at.now)):
        flood = _flood(at, at.session)
        sentence = _("Kept. One reading in so many seconds becomes a record; this one may be sent again.")
        return Answer(429, flood or sentence, wait=math.ceil(wait))
    outcome = write.perform(at.action, now=at.now)
    note(at.device, reading, says, outcome.records[0], at.session, at.now)
    _flood(at, at.session)
    return answered(outcome.records, replay=outcome.replay)


def note(
    device: Device,
    reading: Reading,
    says: str,
    record: Record,
    session: SessionStanding,
    now: datetime,
    *,
    by: str = "",
) -> None:
    """Note that a reading is a record now."""
    Taken.objects.create(
        study=device.study,
        device=device.code,
        client_id=reading.client_id,
        says=says,
        record=record.id,
        participant=session.participant,
        visit=session.visit,
        taken_at=now,
        assigned_by=by,
    )


def answered(records: tuple[Record, ...], *, replay: bool) -> Answer:
    """The answer to a reading that is recorded."""
    return Answer(
        200,
        _("Recorded."),
        record=records[0].id,
        replay=replay,
        beside=[each.fact.what for each in records if isinstance(each.fact, Deviation)],
        alarm=any(isinstance(each.fact, AlarmRaised) for each in records),
    )


# --- a device gone mad -------------------------------------------------------------------


def _flood(at: At, session: SessionStanding) -> str:
    """The sentence about a flood, and its alarm the first time; empty where there is none."""
    sent = _sent_too_often(at.device, at.now, at.protocol, study=at.case.study, site=at.case.site)
    if not sent:
        return ""
    if rules.FLOOD not in session.noticed:
        write.perform(_report(at, session, sent), now=at.now)
    return _too_often()


def _sent_too_often(
    device: Device, now: datetime, protocol: Protocol, *, study: StudyStanding, site: SiteStanding
) -> int:
    """How many readings came in the last minute where that is a flood; else 0."""
    most = rules.most_a_minute(protocol, study=study, site=site)
    sent = received.counted(device, since=now - MINUTE, most=most + 1)
    return sent if sent > most else 0


def _too_often() -> str:
    return _(
        "Kept. The device sends more readings than it can measure: check it. Few of them become records."
    )


def _report(at: At, session: SessionStanding, sent: int) -> act.Action:
    device = at.device
    stamp = act.Stamp(
        id=uuid5(SPACE, f"flood {device.study}/{session_stream(session.participant, session.visit)}"),
        study=device.study,
        site=device.site,
        author=SOFTWARE,
        role=Role.SYSTEM.value,
        device=device.words,
        happened_at=Instant(at.now, at.action.stamp.happened_at.zone),
    )
    what = act.ReportFlood(
        participant=session.participant,
        visit=session.visit,
        device=device.code,
        name=device.words,
        received=sent,
        seconds=MINUTE.total_seconds(),
    )
    return act.Action(stamp=stamp, what=what)


def _flooded_nowhere(device: Device, now: datetime) -> Answer | None:
    """A flood of a device that stands at no session: kept, slowed down, nobody to alarm."""
    protocol = read.protocol(device.study)
    study, site = read.study_standing(device.study), read.site_standing(device.study, device.site)
    if not _sent_too_often(device, now, protocol, study=study, site=site):
        return None
    wait = rules.waits_seconds(protocol, now, now, study=study, site=site)
    return Answer(429, _too_often(), wait=math.ceil(wait))
