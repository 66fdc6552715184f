"""Which monitor that sends by itself stands at this session."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.devices import tokens
from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue


def device(typed: Typed, room: Room) -> act.PlaceDevice:
    """A monitor stands here from now on, or no longer."""
    code = typed.text("here") or typed.text("gone")
    if not code:
        raise ImpossibleValue(_("Choose the monitor."), field="here")
    found = tokens.found(room.study, code)
    if found.site != room.site_code:
        raise ImpossibleValue(_("This monitor is of another site."), field="here")
    return act.PlaceDevice(
        participant=room.participant,
        visit=room.visit,
        device=code,
        name=found.words,
        here=not typed.text("gone"),
    )


def devices_context(room: Room) -> dict[str, Any]:
    """The monitors of the site that may send, and those that stand at this session."""
    if room.session.started is None or room.session.discharged is not None:
        return {"here": [], "others": []}
    here = [(code, each.name) for code, each in sorted(room.session.devices.items()) if each.here]
    able = room.snapshot.a_while(
        "devices", lambda: tokens.of_site(room.study, {room.site_code}, now=room.at.at)
    )
    placed = {code for code, _name in here}
    return {"here": here, "others": [(each.code, each.words) for each in able if each.code not in placed]}
