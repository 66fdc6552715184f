"""Everything a device sent, kept as it came, encrypted, before anybody looks whether it can be right."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from holdfast.clinic.devices.models import Device, Received, Taken
from holdfast.clinic.devices.wire import SENT, Reading, reading_of
from holdfast.clinic.keys import master
from holdfast.errors import UnknownName

LARGEST = 64 * 1024
"""Bytes of one reading; an Observation with everything FHIR allows beside it has some thousand."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reading that no session has; ``reading`` None where what came could not be read as one."""

    row: Received
    reading: Reading | None


def keep(device: Device, body: bytes, *, reading: Reading | None, now: datetime, problem: str = "") -> str:
    """Keep what came; the digest of what it says. The same again is kept once."""
    says = _says(device, body, reading)
    client_id = reading.client_id if reading is not None else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO devices_received (study, device, client_id, says, received_at, sealed, problem) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                device.study,
                device.code,
                client_id,
                says,
                now,
                master.wrap(body, belongs_to=place_of(device.study, device.code, says)),
                _printable(problem),
            ],
        )
    return says


def _printable(sentence: str) -> str:
    # A sentence may quote what was sent, which may hold what no text of the database can.
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in sentence)


def _says(device: Device, body: bytes, reading: Reading | None) -> str:
    # Keyed: the few values of a reading could else be found by trying them. The time of sending
    # is no part of what a reading says: it differs when the same one is sent again.
    meant = body if reading is None else _meant(reading)
    key = hashlib.sha256(b"what a device says\0" + master.master_key()).digest()
    whole = f"{device.study}/{device.code}".encode() + b"\0" + meant
    return hashlib.blake2b(whole, key=key, digest_size=32).hexdigest()


def _meant(reading: Reading) -> bytes:
    said = [reading.client_id, reading.at.isoformat(), dict(reading.values), reading.position, reading.typed]
    return json.dumps(said, sort_keys=True).encode()


def place_of(study: str, device: str, says: str) -> str:
    """What an encrypted body belongs to."""
    return f"device/{study}/{device}/{says}"


def waiting(study: str, devices: list[Device], *, most: int) -> list[Waiting]:
    """What came from some devices and is no record, the latest first."""
    codes = [each.code for each in devices]
    rows = Received.objects.filter(study=study, device__in=codes).extra(
        where=[
            "NOT EXISTS (SELECT 1 FROM devices_taken t WHERE t.study = devices_received.study "
            "AND t.device = devices_received.device AND t.client_id = devices_received.client_id "
            "AND t.says = devices_received.says)"
        ]
    )
    return [Waiting(row, opened(row)) for row in rows.order_by("-received_at", "-id")[:most]]


def opened(row: Received) -> Reading | None:
    """The reading of a kept row; None where it is none."""
    if row.problem:
        return None
    body = master.unwrap(bytes(row.sealed), belongs_to=place_of(row.study, row.device, row.says))
    return reading_of(SENT.validate_python(json.loads(body)))


def counted(device: Device, *, since: datetime, most: int) -> int:
    """How many readings of a device came since a moment, counted as far as ``most``."""
    rows = Received.objects.filter(study=device.study, device=device.code, received_at__gt=since)
    return rows[:most].count()


def taken(device: Device, client_id: str) -> Taken | None:
    """The record a reading became, by the id the client gave it."""
    return Taken.objects.filter(study=device.study, device=device.code, client_id=client_id).first()


def last_taken(device: Device) -> datetime | None:
    """When a reading of a device last became a record."""
    rows = Taken.objects.filter(study=device.study, device=device.code, assigned_by="")
    return rows.order_by("-taken_at").values_list("taken_at", flat=True).first()


def row(device: Device, row_id: int) -> Received:
    """One kept row of a device; UnknownName."""
    found = Received.objects.filter(study=device.study, device=device.code, id=row_id).first()
    if found is None:
        raise UnknownName(_("This device sent no such reading."))
    return found
