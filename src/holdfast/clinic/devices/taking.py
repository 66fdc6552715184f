"""From what a device sent to a record: whose it is, whether it is its turn, a flood, the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils.translation import gettext as _

from holdfast.clinic.devices import received
from holdfast.clinic.devices.models import Device, Taken
from holdfast.clinic.devices.wire import Reading
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.conduct import devices as rules
from holdfast.conduct.bedside import due_now
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.decide import decide
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.streams import session_stream, streams_of
from holdfast.errors import Conflict
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised
from holdfast.timing import Instant

SPACE = UUID("4b6c5a0e-7f43-4d0e-9a39-0a8a5b1c9e57")
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


@dataclass(frozen=True, slots=True)
class At:
    """The session a device stands at, and when a reading of it happened by the server's clock."""

    device: Device
    session: SessionStanding
    happened: Instant
    skew_s: float | None
    now: datetime


def take(device: Device, reading: Reading, body: bytes, *, now: datetime) -> Answer:
    """Keep a reading and record it where that is due. Raises ImpossibleValue, Conflict and Unavailable."""
    says, _new = received.keep(device, body, reading=reading, now=now)
    with transaction.atomic():
        one_at_a_time(device)
        before = received.taken(device, reading.client_id)
        if before is not None:
            return _again(before, says)
        at = _placed(device, reading, now)
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


def _placed(device: Device, reading: Reading, now: datetime) -> At | None:
    row = read.device_place(device.study, device.code)
    if row is None or not row.here:
        return None
    session = read.session_standing(device.study, row.participant, row.visit)
    happened, skew = when(device, reading, now)
    if not rules.is_of(session, device.code, happened):
        return None
    return At(device, session, happened, skew, now)


def when(device: Device, reading: Reading, received_at: datetime) -> tuple[Instant, float | None]:
    """When it was measured by the server's clock, and how far the device's was off where it says so."""
    skew = None if reading.sent_at is None else (received_at - reading.sent_at).total_seconds()
    zone = read.site_standing(device.study, device.site).zone
    return Instant(reading.at + timedelta(seconds=skew or 0.0), zone), skew


def _in_turn(at: At, reading: Reading, says: str) -> Answer:
    action = _action(at, reading)
    wait = _waits(at)
    if wait and not _alarming(action, at.now):
        flood = _flood(at)
        sentence = _("Kept. One reading in so many seconds becomes a record; this one may be sent again.")
        return Answer(429, flood or sentence, wait=math.ceil(wait))
    outcome = write.perform(action, now=at.now)
    note(at.device, reading, says, outcome.records[0], at.session, at.now)
    _flood(at)
    return answered(outcome.records, replay=outcome.replay)


def _waits(at: At) -> float:
    return rules.waits_seconds(
        read.protocol(at.device.study),
        received.last_taken(at.device),
        at.now,
        study=read.study_standing(at.device.study),
        site=read.site_standing(at.device.study, at.device.site),
    )


def _alarming(action: act.Action, now: datetime) -> bool:
    """Whether recording it would raise an alarm: such a reading waits behind no other."""
    study = action.stamp.study
    standings = read.standings_of(study, streams_of(action))
    return rules.raises_alarm(decide(read.protocol(study), standings, action, now))


def _action(at: At, reading: Reading) -> act.Action:
    device, session = at.device, at.session
    stamp = act.Stamp(
        id=uuid5(SPACE, f"{device.study}/{device.code}/{reading.client_id}"),
        study=device.study,
        site=device.site,
        author=f"device:{device.code}",
        role=Role.SYSTEM.value,
        device=device.words,
        happened_at=at.happened,
        skew_s=at.skew_s,
    )
    return act.Action(
        stamp=stamp, what=tell(session.participant, session.visit, reading, due=_due(at, reading))
    )


def tell(participant: str, visit: str, reading: Reading, *, due: int | None) -> act.ReadVitals:
    """What a reading of a device says."""
    return act.ReadVitals(
        participant=participant,
        visit=visit,
        due_minute=due,
        position=reading.position,
        typed=reading.typed,
        systolic=reading.values.get("systolic"),
        diastolic=reading.values.get("diastolic"),
        heart_rate=reading.values.get("heart_rate"),
        temperature=reading.values.get("temperature"),
    )


def _due(at: At, reading: Reading) -> int | None:
    """The scheduled minute it answers: only blood pressure answers one."""
    if "systolic" not in reading.values:
        return None
    due = due_now(
        read.protocol(at.device.study),
        at.session,
        at.happened.at,
        study=read.study_standing(at.device.study),
        site=read.site_standing(at.device.study, at.device.site),
    )
    return None if due.answers is None else due.answers.minute


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


def _flood(at: At) -> str:
    """The sentence about a flood, and its alarm the first time; empty where there is none."""
    device, sent = at.device, _sent_too_often(at.device, at.now)
    if not sent:
        return ""
    session = read.session_standing(device.study, at.session.participant, at.session.visit)
    if rules.FLOOD not in session.noticed:
        _report(at, sent)
    return _too_often()


def _sent_too_often(device: Device, now: datetime) -> int:
    """How many readings came in the last minute where that is a flood; else 0."""
    most = rules.most_a_minute(
        read.protocol(device.study),
        study=read.study_standing(device.study),
        site=read.site_standing(device.study, device.site),
    )
    sent = received.counted(device, since=now - MINUTE, most=most + 1)
    return sent if sent > most else 0


def _too_often() -> str:
    return _(
        "Kept. The device sends more readings than it can measure: check it. Few of them become records."
    )


def _report(at: At, sent: int) -> None:
    device, session = at.device, at.session
    stamp = act.Stamp(
        id=uuid5(SPACE, f"flood {device.study}/{session_stream(session.participant, session.visit)}"),
        study=device.study,
        site=device.site,
        author=SOFTWARE,
        role=Role.SYSTEM.value,
        device=device.words,
        happened_at=Instant(at.now, at.happened.zone),
    )
    what = act.ReportFlood(
        participant=session.participant,
        visit=session.visit,
        device=device.code,
        name=device.words,
        received=sent,
        seconds=MINUTE.total_seconds(),
    )
    write.perform(act.Action(stamp=stamp, what=what), now=at.now)


def _flooded_nowhere(device: Device, now: datetime) -> Answer | None:
    """A flood of a device that stands at no session: kept, slowed down, nobody to alarm."""
    if not _sent_too_often(device, now):
        return None
    return Answer(429, _too_often(), wait=10)
