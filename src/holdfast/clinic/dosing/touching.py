"""How each kind of touch stands, and whether the participant said stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock
from holdfast.clinic.participants.wording import said
from holdfast.conduct.touch import TouchNow, asked_to_stop, touches_now


@dataclass(frozen=True, slots=True)
class TouchLine:
    """One kind of touch in words; ``may`` now, ``agreed`` where it can be withdrawn."""

    kind: str
    label: str
    words: str
    may: bool
    agreed: bool
    to_decline: bool


def touching(room: Room) -> dict[str, Any]:
    """What the page shows of touch."""
    stop = asked_to_stop(room.session, room.at.at)
    found = touches_now(room.protocol, room.person, room.session, room.at.at)
    return {
        "lines": [_line(room, each) for each in found],
        "stop": "" if stop is None else clock(room, stop.at),
        "acts": [(code, wording.touch(code)) for code in ("asked", "declined", "given", "stopped")],
    }


def _line(room: Room, each: TouchNow) -> TouchLine:
    return TouchLine(each.kind, said(each.label), _words(room, each), each.may, each.agreed, each.to_decline)


def _words(room: Room, each: TouchNow) -> str:
    if each.withdrawn is not None:
        return _("withdrawn at %(at)s") % {"at": clock(room, each.withdrawn.at)}
    if not each.agreed:
        return _("not agreed to")
    if each.stopped is not None:
        return _("agreed to; stopped at %(at)s, until they ask for it themselves") % {
            "at": clock(room, each.stopped.at)
        }
    return _("agreed to")
