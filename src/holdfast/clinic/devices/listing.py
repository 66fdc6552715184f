"""What the page of devices shows: monitors and where they stand, readings that no session has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.devices import received, tokens
from holdfast.clinic.devices.models import Device
from holdfast.clinic.devices.placing import when
from holdfast.clinic.devices.received import Waiting
from holdfast.clinic.ledger import read
from holdfast.instruments.vitals import UNITS
from holdfast.records.session import SessionStarted
from holdfast.timing import Instant, in_words

SHOWN = 50
"""So many readings without a session are listed, and so many sessions to assign one to."""


@dataclass(frozen=True, slots=True)
class Line:
    """One device."""

    device: Device
    state: str
    place: str
    until: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept reading: what it says, when it was read and came, why it is no record."""

    id: int
    device: str
    site: str
    values: str
    read_at: str
    came_at: str
    problem: str
    assignable: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A session a reading can be assigned to; ``value`` is what the form sends."""

    value: str
    words: str


def context(study: str, reach: frozenset[str], now: datetime) -> dict[str, Any]:
    """The page for somebody who reaches these sites."""
    found = tokens.of_site(study, reach)
    zones = {each.site: each.zone for each in read.sites(study)}
    waiting = received.waiting(study, found, most=SHOWN)
    by_code = {each.code: each for each in found}
    return {
        "devices": [_line(each, study, zones[each.site], now) for each in found],
        "kept": [_kept(each, by_code[each.row.device], zones) for each in waiting],
        "targets": _targets(study, reach),
        "sites": [each for each in read.sites(study) if each.site in reach],
    }


def _line(device: Device, study: str, zone: str, now: datetime) -> Line:
    if device.ended_at is not None:
        state = _("ended by %(who)s") % {"who": device.ended_by}
    else:
        state = _("may send") if device.expires_at > now else _("its token is too old")
    row = read.device_place(study, device.code)
    place = f"{row.participant}, {row.visit}" if row is not None and row.gone_at is None else ""
    return Line(device, state, place, in_words(Instant(device.expires_at, zone)))


def _kept(each: Waiting, device: Device, zones: dict[str, str]) -> Kept:
    zone, row, reading = zones[device.site], each.row, each.reading
    return Kept(
        id=row.pk,
        device=device.code,
        site=device.site,
        values="" if reading is None else values_in_words(reading.values),
        read_at="" if reading is None else in_words(when(reading, row.received_at, zone=zone)[0]),
        came_at=in_words(Instant(row.received_at, zone)),
        problem=row.problem,
        assignable=reading is not None,
    )


def values_in_words(values: Any) -> str:
    """Systolic 142 mmHg, heart rate 72 /min."""
    return ", ".join(
        f"{name.replace('_', ' ')} {number:g} {UNITS[name].replace('degC', '°C')}"
        for name, number in values.items()
    )


def _targets(study: str, reach: frozenset[str]) -> Sequence[Target]:
    started = [
        (each.happened_at, each.fact)
        for each in read.records(study, kinds=("session-started",))
        if isinstance(each.fact, SessionStarted) and each.site in reach
    ]
    latest = sorted(started, key=lambda pair: pair[0].at, reverse=True)[:SHOWN]
    return [
        Target(f"{fact.participant}/{fact.visit}", f"{fact.participant}, {fact.visit}, {in_words(at)}")
        for at, fact in latest
    ]
