"""What is overdue and not yet an alarm of the records: shown at once, recorded by the next look."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso
from holdfast.conduct import alarms, watch
from holdfast.conduct.bedside import DueNow
from holdfast.conduct.case import Case


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that nobody has done in time; ``reads`` where a reading is what is asked for."""

    code: str
    priority: str
    mark: str
    word: str
    cause: str
    at: str
    clock: str
    since: str
    action: str
    reads: bool


@dataclass(frozen=True, slots=True)
class OverdueNow:
    """What the alarm strip shows beside the recorded alarms.

    ``unrecorded`` names scheduled readings of which nothing is known though others came after them.
    """

    rows: tuple[Row, ...]
    notices: tuple[Row, ...]
    unrecorded: str


def overdue(room: Room, case: Case, due: DueNow) -> OverdueNow:
    """What is overdue now; a cause whose alarm stands in the records is not shown a second time."""
    found = [_row(room, each) for each in watch.due(case, room.session)]
    return OverdueNow(
        rows=tuple(each for each in found if each.priority != watch.NOTICE),
        notices=tuple(each for each in found if each.priority == watch.NOTICE),
        unrecorded=_unrecorded(room, due),
    )


def _row(room: Room, each: watch.Overdue) -> Row:
    notice = each.priority == watch.NOTICE
    mark, word = ("", "") if notice else wording.priority(each.priority)
    measured = f"{wording.measure(each.measure)}: " if each.measure else ""
    value = f"{each.value:g} {wording.unit(each.measure)}".strip() if each.value is not None else ""
    return Row(
        code=each.code,
        priority=each.priority,
        mark=mark,
        word=word,
        cause=f"{measured}{value}" if measured else wording.overdue(each.code, each.value),
        at=iso(each.since),
        clock=clock(room, each.since),
        since=wording.span(abs(room.at.at - each.since)),
        action="" if notice else each.action,
        reads=bool(each.measure) or each.code in alarms.ANY_READING,
    )


def _unrecorded(room: Room, due: DueNow) -> str:
    session = room.session
    last = max((each.at.at for code, each in session.last.items() if code != "suds"), default=None)
    if session.t0 is None or session.discharged is not None or last is None:
        return ""
    passed = [each for each in due.late if each.at is not None and each.at < last]
    return ", ".join(wording.t_plus(each.minute) for each in passed)
