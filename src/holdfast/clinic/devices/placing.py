"""The session a device stands at, read once: what it says as an action, and everything that judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from holdfast.clinic.devices.models import Device
from holdfast.clinic.devices.wire import Reading
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import DeviceRow
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import due_now
from holdfast.conduct.case import Case
from holdfast.conduct.devices import is_of
from holdfast.conduct.standing import SessionStanding, Standing
from holdfast.conduct.streams import streams_of
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.timing import Instant

SPACE = UUID("4b6c5a0e-7f43-4d0e-9a39-0a8a5b1c9e57")


@dataclass(frozen=True, slots=True)
class At:
    """A reading at the session of its device: what is told, and what it is judged by."""

    device: Device
    protocol: Protocol
    standings: Mapping[str, Standing]
    action: act.Action
    session: SessionStanding
    now: datetime

    @property
    def case(self) -> Case:
        """The matter as ``decide`` has it before it."""
        return Case(self.protocol, self.standings, self.action, self.now)


def placed(device: Device, reading: Reading, now: datetime) -> At | None:
    """The reading at its session; None where the device stands at none, or did not when it was read."""
    row = read.device_place(device.study, device.code)
    if row is None or row.gone_at is not None:
        return None
    draft = _draft(device, row, reading, now)
    protocol = read.protocol(device.study)
    standings = read.standings_of(device.study, streams_of(draft))
    case = Case(protocol, standings, draft, now)
    session = case.session(row.participant, row.visit)
    happened = replace(draft.stamp.happened_at, zone=case.site.zone)
    if not is_of(session, device.code, happened):
        return None
    what = tell(row.participant, row.visit, reading, due=_due(case, session, reading))
    action = act.Action(stamp=replace(draft.stamp, happened_at=happened), what=what)
    return At(device, protocol, standings, action, session, now)


def when(reading: Reading, received_at: datetime, *, zone: str) -> tuple[Instant, float | None]:
    """When it was measured by the server's clock, and how far the device's was off where it says so."""
    skew = None if reading.sent_at is None else (received_at - reading.sent_at).total_seconds()
    return Instant(reading.at + timedelta(seconds=skew or 0.0), zone), skew


def _draft(device: Device, row: DeviceRow, reading: Reading, now: datetime) -> act.Action:
    happened, skew = when(reading, now, zone="UTC")
    stamp = act.Stamp(
        id=uuid5(SPACE, f"{device.study}/{device.code}/{reading.client_id}"),
        study=device.study,
        site=device.site,
        author=f"device:{device.code}",
        role=Role.SYSTEM.value,
        device=device.words,
        happened_at=happened,
        skew_s=skew,
    )
    return act.Action(stamp=stamp, what=tell(row.participant, row.visit, reading, due=None))


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


def _due(case: Case, session: SessionStanding, reading: Reading) -> int | None:
    """The scheduled minute it answers: only blood pressure answers one."""
    if "systolic" not in reading.values:
        return None
    due = due_now(case.protocol, session, case.at.at, study=case.study, site=case.site)
    return None if due.answers is None else due.answers.minute
