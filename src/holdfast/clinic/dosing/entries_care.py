"""From the forms of recording, rescue medicine, capsules and the night to what is told."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import told
from holdfast.conduct.streams import session_stream
from holdfast.errors import ImpossibleValue
from holdfast.records.session import RescueGiven


def recording(typed: Typed, room: Room) -> act.NoteRecording:
    """The recording started, stopped, resumed or ended."""
    return act.NoteRecording(
        participant=room.participant,
        visit=room.visit,
        act=typed.text("act"),
        why=typed.text("why"),
    )


def recording_kept(typed: Typed, room: Room) -> act.KeepRecording:
    """The recording's digest and who keeps it."""
    return act.KeepRecording(
        participant=room.participant,
        visit=room.visit,
        sha256=typed.text("sha256"),
        custodian=typed.text("custodian"),
    )


def rescue(typed: Typed, room: Room) -> act.GiveRescue:
    """A rescue medicine, as it was given."""
    return act.GiveRescue(
        participant=room.participant,
        visit=room.visit,
        medicine=typed.text("medicine"),
        amount=typed.text("amount"),
        route=typed.text("route"),
        ordered_by=typed.text("ordered_by"),
        given_by=typed.text("given_by") or room.author,
        why=typed.text("why"),
    )


def rescue_effect(typed: Typed, room: Room) -> act.Amend:
    """What came of a rescue medicine: a correction of its record."""
    root, effect = typed.id("rescue"), typed.text("effect")
    if not effect:
        raise ImpossibleValue(_("Say what came of it."), field="effect")
    for record, fact in told(room.session, RescueGiven):
        if record.id == root:
            stream = session_stream(room.participant, room.visit)
            return act.Amend(stream=stream, record=root, fact=replace(fact, effect=effect))
    raise ImpossibleValue(_("This medicine is not recorded in the session."), field="rescue")


def capsules(typed: Typed, room: Room) -> act.ReturnKit:
    """Unused capsules of a kit go back, before a witness."""
    return act.ReturnKit(
        kit=typed.text("kit"),
        capsules=typed.needed("capsules"),
        witness=typed.text("witness"),
        participant=room.participant,
        visit=room.visit,
    )


def handover(typed: Typed, room: Room) -> act.HandOver:
    """Care passes from one person to another."""
    return act.HandOver(
        participant=room.participant,
        visit=room.visit,
        from_=typed.text("from") or room.author,
        to=typed.text("to"),
        told=typed.text("told"),
    )


def night(typed: Typed, room: Room) -> act.NoteNight:
    """What was seen in the night."""
    return act.NoteNight(
        participant=room.participant,
        visit=room.visit,
        state=typed.text("state"),
        text=typed.text("text"),
    )
