"""What happens in a practice: the script's scenes and what was made to go wrong, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock
from holdfast.clinic.participants.wording import said
from holdfast.clinic.practice.models import Chosen, Practice
from holdfast.clinic.practice.network import AWAY, BACK
from holdfast.conduct import values
from holdfast.conduct.bedside import minute_of
from holdfast.protocol.model import Limit, Protocol
from holdfast.simulation.practice_day import Happening, Shown, script

PRESSURE, LEAVES, TOUCH = "pressure", "monitor-leaves", "touch"
LASTS = timedelta(minutes=10)
"""So long a pressure above the stop limit lasts: long enough for a repeat to confirm it."""
ABOVE = 4
"""By how much the pressure is above the limit, mmHg."""
OF_TOUCH = "touch-"
RECENT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happened in the room, in practice time; ``code`` finds the entry that answers it."""

    at: datetime
    clock: str
    code: str
    words: str
    chosen: bool


def choices() -> list[tuple[str, str]]:
    """What can be made to go wrong."""
    return [
        (PRESSURE, _("Pressure above the stop limit")),
        (LEAVES, _("A monitor must leave")),
        (AWAY, _("The network goes")),
        (TOUCH, _("Asks for a touch not agreed to")),
    ]


def scenes(practice: Practice, room: Room) -> list[Scene]:
    """Everything that has happened so far, in order."""
    found = [_chosen(room, row) for row in Chosen.objects.filter(study=practice.study)]
    if room.session.t0 is not None:
        start = room.session.t0.at
        found += [
            _scripted(room, start + timedelta(minutes=each.minute), each) for each in script(practice.seed)
        ]
    return sorted((each for each in found if each.at <= room.at.at), key=lambda each: each.at)


def recent(every: list[Scene], now: datetime) -> list[Scene]:
    """Those of the last minutes, the latest first."""
    return [each for each in reversed(every) if now - each.at <= RECENT]


def _scripted(room: Room, at: datetime, happening: Happening) -> Scene:
    words = {
        "jaw-clenching": _("The jaw is tight."),
        "nausea": _("“I feel sick.”"),
        "anxiety": _("“I am afraid. Something is coming.”"),
        "asks-to-be-held": _("“Would you hold my hand?”"),
        "grief": _("The participant weeps and does not want to speak."),
        "cold": _("“I am cold.”"),
        "bathroom": _("“I need the bathroom.”"),
        "thirst": _("“Could I have water?” They drink 200 mL."),
        "talking": _("The participant wants to talk about what came up."),
    }
    return Scene(at, clock(room, at), happening.code, words[happening.code], False)


def _chosen(room: Room, row: Chosen) -> Scene:
    colleague = next((room.name(each) for each in room.session.in_room if each != room.author), "")
    words = {
        PRESSURE: _("The pressure on the monitor rises."),
        LEAVES: _("%(who)s has to leave the room, now.") % {"who": colleague or _("The other monitor")},
        AWAY: _("The network goes. Go on as you would; nothing entered is lost."),
        BACK: _("The network is back."),
        TOUCH: _("The participant asks for this touch: %(kind)s.") % {"kind": not_agreed(room)},
    }
    return Scene(row.at, clock(room, row.at), row.what, words.get(row.what, row.what), True)


def not_agreed(room: Room) -> str:
    """A kind of touch that this participant did not agree to, in words."""
    refused = [
        said(item.label)
        for item in room.protocol.consent
        if item.code.startswith(OF_TOUCH) and item.code not in room.person.consents
    ]
    return refused[0] if refused else _("one that the consent form does not name")


def stop_limit(protocol: Protocol) -> Limit | None:
    """The highest limit of systolic pressure that the study file puts a high alarm on; None without one."""
    found = [
        each
        for each in protocol.limits
        if each.measure == "systolic" and each.op == ">=" and each.priority == "high"
    ]
    return max(found, key=lambda each: each.value.number, default=None)


def is_beyond_stop(protocol: Protocol, systolic: float) -> bool:
    """Whether a pressure passes that limit, as conduct judges it."""
    limit = stop_limit(protocol)
    return limit is not None and values.passed(limit, systolic, at=limit.value.number)


def with_pressure(practice: Practice, room: Room, shown: Shown) -> Shown:
    """The readings, above the stop limit where that was chosen within the last minutes."""
    since = room.at.at - LASTS
    rows = Chosen.objects.filter(study=practice.study, what=PRESSURE, at__gt=since, at__lte=room.at.at)
    limit = stop_limit(room.protocol)
    if limit is None or not rows.exists():
        return shown
    high = max(shown.systolic, limit.value.number + ABOVE)
    return Shown(high, max(shown.diastolic, round(high * 0.6)), shown.heart_rate, shown.temperature)


def minute_now(room: Room) -> int | None:
    """The session minute now; None before the first dose."""
    found = minute_of(room.session, room.at)
    return None if found is None else int(found)
