"""What is due, and the inputs of a reading."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import Answered, clock, iso
from holdfast.conduct.bedside import (
    DueNow,
    ValueNow,
)
from holdfast.conduct.outlook import ReadingDue


def slot(due: ReadingDue, room: Room) -> dict[str, Any]:
    """A scheduled reading as shown."""
    return {
        "minute": due.minute,
        "t": wording.t_plus(due.minute),
        "at": iso(due.at),
        "clock": clock(room, due.at),
        "late_by": "" if due.at is None else wording.span(room.at.at - due.at),
        "deferred": due.deferred,
    }


def due_context(room: Room, due: DueNow) -> dict[str, Any]:
    """What is due, and what a reading, a deferral and an alarm are offered by default."""
    open_ = [each for each in due.rows if each.state not in ("read", "missed")]
    plan = room.protocol.vitals
    return {
        "options": [slot(each, room) for each in open_],
        "chosen": "" if due.answers is None else due.answers.minute,
        "chosen_t": "" if due.answers is None else wording.t_plus(due.answers.minute),
        "defer_by": f"{plan.deferral_ceiling_minutes.number:g}",
        "again_after": f"{plan.repeat_after_minutes.number:g}",
        "whys": [
            _("in the middle of something that should not be interrupted"),
            _("asleep"),
            _("declined by the participant"),
            _("device fault"),
        ],
    }


def entry_fields(values: tuple[ValueNow, ...], answered: Answered) -> list[dict[str, str]]:
    """The inputs of a reading, with the last value as a hint and what was typed kept."""
    typed = answered.typed if answered.form == "reading" else {}
    return [
        {
            "code": each.measure,
            "name": wording.short(each.measure),
            "unit": wording.unit(each.measure),
            "hint": "" if each.last is None else f"{each.last.value:g}",
            "mode": "decimal" if each.measure == "temperature" else "numeric",
            "typed": typed.get(each.measure, ""),
            "wrong": answered.sentence if answered.where == each.measure else "",
            "asked": answered.questions.get(each.measure, ""),
        }
        for each in values
    ]
