"""Around a dosing day: the recording, the setting, the night with the attendant, the note signed."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from holdfast.conduct.actions import (
    HandOver,
    KeepRecording,
    NoteNight,
    NotePresence,
    NoteRecording,
    NoteSetting,
    SignNote,
)
from holdfast.conduct.note import session_note
from holdfast.protocol.roles import Role
from holdfast.simulation.day import Day, Scene
from holdfast.simulation.stage import Actor, Script

SETTING = {
    "place": "Indoors, a quiet street in town.",
    "light": "dim",
    "light-control": "both",
    "shut-out": "both",
    "bathroom": "own",
    "people": "The participant and two therapists.",
    "positions": "The participant lies on a sofa; the therapists sit on both sides.",
    "focus": "in-turns",
    "music": "The study's list, mostly without words.",
    "music-chosen": "both",
    "words": "when-asked",
    "agency": "within-limits",
    "privacy": "no",
}
"""The room of a rehearsal."""
TOLD_EVENING = "How the day went, the last values, what to watch, whom to call."
TOLD_MORNING = "How the night went and what was seen."
MEANS = "I was there, I have read this, and it is so."


def begin(day: Day) -> None:
    """The recording runs before the dose, and the room is described."""
    _recording(day, "started")
    code, visit = day.ids
    day.player.stage.do(NoteSetting(participant=code, visit=visit, items=dict(SETTING)), day.player.second)


def gap_scenes(day: Day) -> list[Scene]:
    """Once in a while the recording stops and somebody notices."""
    if not day.player.habit("recording_gap"):
        return []
    off = day.player.luck.whole("recording-off", 60, 380)
    on = off + day.player.luck.whole("recording-gap", 3, 14)
    return [(off, lambda: _recording(day, "stopped")), (on, lambda: _recording(day, "resumed"))]


def _recording(day: Day, act: str) -> None:
    code, visit = day.ids
    day.player.stage.do(NoteRecording(participant=code, visit=visit, act=act), day.player.second)


def night(day: Day) -> Script:
    """The recording ends, the attendant takes over, the therapists go; what is seen until the morning."""
    player, (code, visit) = day.player, day.ids
    attendant = player.staff(Role.ATTENDANT)
    _recording(day, "ended")
    _hand_over(day, player.lead, attendant, TOLD_EVENING)
    for each in player.pair:
        gone = NotePresence(participant=code, visit=visit, person=each.code, present=False)
        player.stage.do(gone, player.lead)
    for hours, states in ((4, ("awake", "asleep")), (4, ("asleep", "restless"))):
        yield player.stage.now + timedelta(hours=hours)
        state = player.luck.pick("night", states)
        player.stage.do(NoteNight(participant=code, visit=visit, state=state), attendant)


def morning(day: Day) -> None:
    """The attendant hands back."""
    _hand_over(day, day.player.staff(Role.ATTENDANT), day.player.lead, TOLD_MORNING)


def _hand_over(day: Day, one: Actor, other: Actor, told: str) -> None:
    code, visit = day.ids
    what = HandOver(participant=code, visit=visit, from_=one.code, to=other.code, told=told)
    day.player.stage.do(what, one)


def sign(day: Day) -> None:
    """The lead signs the note, and the recording goes to its custodian."""
    player, (code, visit) = day.player, day.ids
    digest = session_note(player.story.protocol, player.session(visit)).sha256
    player.stage.do(SignNote(participant=code, visit=visit, sha256=digest, meaning=MEANS), player.lead)
    made_up = hashlib.sha256(f"a rehearsal's recording of {code} at {visit}".encode()).hexdigest()
    office = player.staff(Role.COORDINATOR)
    kept = KeepRecording(participant=code, visit=visit, sha256=made_up, custodian=office.code)
    player.stage.do(kept, office)
