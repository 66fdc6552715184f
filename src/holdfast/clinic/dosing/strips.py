"""The alarm strip."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.diary import alarm_cause
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso
from holdfast.conduct import alarms
from holdfast.conduct.bedside import (
    alarms_now,
    told,
)
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmAcknowledged, AlarmRaised


@dataclass(frozen=True, slots=True)
class Strip:
    """One line of the alarm strip."""

    id: str
    code: str
    priority: str
    mark: str
    word: str
    cause: str
    since: str
    action: str
    taken_by: str
    plan: str
    recheck: str
    recheck_at: str
    again: str
    goes: bool
    """Low, and over by itself when something is read: nobody need take it on."""


def strips(room: Room) -> list[Strip]:
    """The alarm strip, the severest first."""
    raised = {record.id: (record, fact) for record, fact in told(room.session, AlarmRaised)}
    plans = {fact.alarm: fact.plan for _record, fact in told(room.session, AlarmAcknowledged)}
    breaks = {record.id: fact.what for record, fact in told(room.session, Deviation)}
    found = []
    for each in alarms_now(room.protocol, room.session, at=room.at):
        alarm = each.alarm
        if room.session.discharged is not None and alarm.taken_by:
            continue
        record, fact = raised[alarm.root]
        mark, word = wording.priority(alarm.priority)
        told_why = breaks.get(record.because) if record.because else None
        found.append(
            Strip(
                id=str(alarm.root),
                code=alarm.code,
                priority=alarm.priority,
                mark=mark,
                word=word,
                cause=told_why or alarm_cause(fact),
                since=clock(room, alarm.raised_at.at),
                action=each.action,
                taken_by=room.name(alarm.taken_by) if alarm.taken_by else "",
                plan=plans.get(str(alarm.root), ""),
                recheck=clock(room, each.recheck_at),
                recheck_at=iso(each.recheck_at),
                again=f"{each.again.value:g} {wording.unit(alarm.measure)}, {clock(room, each.again.at.at)}"
                if each.again
                else "",
                goes=alarm.priority == "low"
                and (alarm.code in alarms.ANY_READING or alarm.code.startswith(alarms.REPEAT)),
            )
        )
    return found
