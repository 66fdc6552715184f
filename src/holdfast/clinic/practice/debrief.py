"""Looking back at a practice: what was due, what rang and for how long, what was noted, what broke the rules.

Everything is read from the practice's own records; nothing is judged here that conduct did not judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.diary import alarm_cause
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.practice import happening
from holdfast.clinic.practice.happening import Scene, scenes
from holdfast.clinic.practice.models import Practice
from holdfast.clinic.practice.network import AWAY, BACK
from holdfast.conduct.bedside import due_now, minute_of, told
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import Deviation
from holdfast.records.session import (
    AlarmAcknowledged,
    AlarmRaised,
    MonitorPresence,
    SessionEvent,
    TouchRecorded,
    VitalsRead,
)
from holdfast.timing import Instant

NOTED_WITHIN = timedelta(minutes=15)
"""A scene counts as noted by a fitting entry of this time after it."""
EVENT_OF = {"thirst": "fluids"}
"""Scenes whose record has another word than the scene."""
LATE = "late-vitals"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when in session time, what, how it went; ``good`` is its mark."""

    t: str
    what: str
    how: str
    good: bool


@dataclass(frozen=True, slots=True)
class Debrief:
    """The parts of a debrief; ``sentence`` sums the readings up."""

    sentence: str
    readings: tuple[Line, ...]
    alarms: tuple[Line, ...]
    room: tuple[Line, ...]
    deviations: tuple[Line, ...]


def debrief(practice: Practice, room: Room) -> Debrief:
    """Everything so far."""
    readings = _readings(room)
    good = sum(each.good for each in readings)
    sentence = ngettext(
        "%(good)s of %(all)s reading that was due came in time.",
        "%(good)s of %(all)s readings that were due came in time.",
        len(readings),
    ) % {"good": good, "all": len(readings)}
    return Debrief(
        sentence=sentence if readings else _("No reading was due yet."),
        readings=tuple(readings),
        alarms=tuple(_alarms(room)),
        room=tuple(_scene(room, each) for each in scenes(practice, room)),
        deviations=tuple(_deviations(room)),
    )


# --- readings ------------------------------------------------------------------------------


def _readings(room: Room) -> list[Line]:
    session = room.session
    if session.t0 is None:
        return []
    late = {record.because for record, fact in told(session, Deviation) if fact.code == LATE}
    read = {fact.due_minute: record for record, fact in told(session, VitalsRead) if not fact.repeat}
    due = due_now(room.protocol, session, room.at.at, study=room.whole_study, site=room.site)
    return [
        Line(
            wording.t_plus(each.minute), _("Reading"), *_how(each.state, each.at, read.get(each.minute), late)
        )
        for each in due.rows
        if each.minute >= 0 and each.state not in ("upcoming", "due")
    ]


def _how(state: str, due: datetime | None, record: Record | None, late: set[UUID | None]) -> tuple[str, bool]:
    if state == "missed":
        return _("not taken, with its reason"), False
    if record is None or due is None:
        return _("did not come"), False
    after = record.happened_at.at - due
    if record.id in late:
        return _("late: %(time)s after it was due") % {"time": wording.span(after)}, False
    return _("in time"), True


# --- alarms, deviations ------------------------------------------------------------------------


def _alarms(room: Room) -> list[Line]:
    taken = {fact.alarm: (record, fact) for record, fact in reversed(told(room.session, AlarmAcknowledged))}
    found = []
    for record, fact in told(room.session, AlarmRaised):
        mark, word = wording.priority(fact.priority)
        answer = taken.get(str(record.id))
        if answer is None:
            how = _("nobody took it on")
        else:
            after = wording.span(answer[0].happened_at.at - record.happened_at.at)
            how = _("taken on after %(time)s by %(who)s: %(plan)s") % {
                "time": after,
                "who": room.name(answer[1].by),
                "plan": answer[1].plan,
            }
        what = f"{mark} {word}: {alarm_cause(fact)}"
        found.append(Line(_t(room, record.happened_at), what, how, answer is not None))
    return found


def _deviations(room: Room) -> list[Line]:
    severity = {"minor": _("minor"), "major": _("major")}
    return [
        Line(_t(room, record.happened_at), fact.what, severity.get(fact.severity, fact.severity), False)
        for record, fact in told(room.session, Deviation)
    ]


# --- what happened in the room ------------------------------------------------------------------


def _scene(room: Room, scene: Scene) -> Line:
    at = Instant(scene.at, room.at.zone)
    if scene.code in (AWAY, BACK):
        return Line(_t(room, at), scene.words, _("what was entered meanwhile is in the records"), True)
    found = _answer(room, scene)
    if found is None:
        return Line(_t(room, at), scene.words, _("no entry about it"), False)
    after = wording.span(found.happened_at.at - scene.at)
    return Line(_t(room, at), scene.words, _("noted after %(time)s") % {"time": after}, True)


def _answer(room: Room, scene: Scene) -> Record | None:
    """The first entry that answers a scene."""
    for record, fact in told(room.session, Fact):
        soon = timedelta(0) <= record.happened_at.at - scene.at <= NOTED_WITHIN
        if soon and _fits(room, scene.code, fact):
            return record
    return None


def _fits(room: Room, code: str, fact: Fact) -> bool:
    if code == happening.PRESSURE:
        pressure = fact.systolic if isinstance(fact, VitalsRead) else None
        return pressure is not None and happening.is_beyond_stop(room.protocol, pressure)
    if code == happening.LEAVES:
        return isinstance(fact, MonitorPresence) and not fact.present
    if code in (happening.TOUCH, "asks-to-be-held"):
        return isinstance(fact, TouchRecorded)
    return isinstance(fact, SessionEvent) and fact.event in (EVENT_OF.get(code, code), "note")


def _t(room: Room, at: Instant) -> str:
    minute = minute_of(room.session, at)
    return "" if minute is None else wording.t_plus(minute)
