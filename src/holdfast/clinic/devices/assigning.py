"""A kept reading that a person assigns to a session: whose it is, because they say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from holdfast.clinic.devices import placing, received, taking
from holdfast.clinic.devices.models import Device
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.errors import Conflict


@dataclass(frozen=True, slots=True)
class Assigned:
    """To which session, by whom in which role, with the id of the entry and the reason."""

    participant: str
    visit: str
    by: str
    role: str
    entry: UUID
    reason: str


def assign(device: Device, row_id: int, to: Assigned, *, now: datetime) -> write.Outcome:
    """Record a kept reading as one of a session. Raises Conflict where it is recorded, or no reading."""
    row = received.row(device, row_id)
    reading = received.opened(row)
    if reading is None:
        raise Conflict(_("What came is no reading: enter it by hand on the page of the session."))
    zone = read.site_standing(device.study, device.site).zone
    happened, skew = placing.when(reading, row.received_at, zone=zone)
    stamp = act.Stamp(
        id=to.entry,
        study=device.study,
        site=device.site,
        author=to.by,
        role=to.role,
        device=device.words,
        happened_at=happened,
        reason=to.reason or _("Kept from the monitor, assigned to this session."),
        skew_s=skew,
    )
    with transaction.atomic():
        taking.one_at_a_time(device)
        before = received.taken(device, reading.client_id)
        if before is not None and before.record != to.entry:
            raise Conflict(_("This reading is recorded already."))
        told = placing.tell(to.participant, to.visit, reading, due=None)
        outcome = write.perform(act.Action(stamp=stamp, what=told), now=now)
        if before is None:
            session = read.session_standing(device.study, to.participant, to.visit)
            taking.note(device, reading, row.says, outcome.records[0], session, now, by=to.by)
    return outcome
