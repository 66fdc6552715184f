"""Entries copied from a paper sheet after a downtime: when it was written, by whom, and that it was paper.

The one who copies is the author of the record. The time is the one on the sheet, the device
is ``paper``, and the reason says whose writing it was, so that nothing looks as if it had been
entered at the bedside.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from holdfast.clinic.dosing.diary import ON_PAPER
from holdfast.clinic.dosing.entries import AT, SecondLook, Suggestion, Typed
from holdfast.clinic.dosing.people import team
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import Answered
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant, in_words, moments_of

MODE, CLOCK, DAY, BY = "paper", "paper_clock", "paper_day", "paper_by"


def wanted(request: HttpRequest) -> bool:
    """Whether the page is used to copy from paper."""
    return "1" in (request.GET.get(MODE), request.POST.get(MODE))


def shown(room: Room, answered: Answered) -> dict[str, Any]:
    """What the fields of every form are filled with: the day of the session, and what was typed."""
    day = (room.session.started or room.at).day.isoformat()
    typed = answered.typed
    return {
        "day": typed.get(DAY, day),
        "clock": typed.get(CLOCK, ""),
        "by": typed.get(BY, room.author),
        "wrong": answered.where,
    }


def read(typed: Typed, room: Room) -> Typed:
    """The entry with its paper's time, device and reason; as it came where it is not from paper.

    Raises:
        ImpossibleValue: no time that was, or nobody of the team who wrote it.
        SecondLook: where two moments fit the time, for the clocks were put back.
    """
    if typed.text(MODE) != "1":
        return typed
    at = _written_at(typed, room)
    by = typed.text(BY)
    if by not in team(room):
        raise ImpossibleValue(_("Say who wrote it on the sheet."), field=BY)
    copied = _("copied from the paper sheet, written by %(who)s") % {"who": room.name(by)}
    reason = "; ".join(part for part in (typed.text("reason"), copied) if part)
    return Typed({**typed.fields, "noted_at": at.at.isoformat(), "device": ON_PAPER, "reason": reason})


def _written_at(typed: Typed, room: Room) -> Instant:
    moments = [at for at in moments_of(_local(typed), room.at.zone) if at <= room.at.at]
    if not moments:
        raise ImpossibleValue(_("That time has not been, or the clocks passed over it."), field=CLOCK)
    chosen = [at for at in moments if f"{AT}{at.isoformat()}" in typed.used()]
    if len(moments) > 1 and not chosen:
        raise SecondLook(
            {CLOCK: _("Two moments fit that time. Which one is meant?")},
            suggestions=tuple(
                Suggestion(f"{AT}{at.isoformat()}", in_words(Instant(at, room.at.zone))) for at in moments
            ),
            keep=False,
        )
    return Instant((chosen or moments)[0], room.at.zone)


def _local(typed: Typed) -> datetime:
    try:
        clock: time = datetime.strptime(typed.text(CLOCK), "%H:%M").time()
    except ValueError:
        raise ImpossibleValue(_("Write the time on the sheet as 14:05."), field=CLOCK) from None
    try:
        return datetime.combine(date.fromisoformat(typed.text(DAY)), clock)
    except ValueError:
        raise ImpossibleValue(_("Say on which day it was written."), field=DAY) from None
