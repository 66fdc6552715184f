"""From the forms of touch to what is told: a touch, a stop, a permission withdrawn."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.conduct.touch import ALL, OF_TOUCH
from holdfast.errors import ImpossibleValue


def touch(typed: Typed, room: Room) -> act.RecordTouch:
    """A touch."""
    return act.RecordTouch(
        participant=room.participant,
        visit=room.visit,
        act=typed.text("act"),
        kind_=typed.text("kind"),
        by=typed.text("by"),
    )


def touch_stop(typed: Typed, room: Room) -> act.RecordTouch:
    """The participant said stop."""
    return act.RecordTouch(
        participant=room.participant,
        visit=room.visit,
        act="stopped",
        kind_=typed.text("kind") or ALL,
        by=room.participant,
    )


def touch_withdrawn(typed: Typed, room: Room) -> act.WithdrawConsent:
    """The participant takes back what they agreed to."""
    kind = typed.text("kind")
    if not kind:
        raise ImpossibleValue(_("Say which kind of touch is withdrawn."), field="kind")
    return act.WithdrawConsent(participant=room.participant, items=(f"{OF_TOUCH}{kind}",))
