"""What raises itself on a played day: looked for where something can be overdue."""

from __future__ import annotations

from datetime import datetime

from holdfast.conduct import watch
from holdfast.conduct.actions import Action, NoteOverdue
from holdfast.conduct.book import Book
from holdfast.conduct.case import SOFTWARE, Case
from holdfast.conduct.streams import streams_of
from holdfast.protocol.roles import Role
from holdfast.simulation.day import Day
from holdfast.simulation.stage import Actor

AFTER = 1.0
"""So many minutes after a limit of time is passed it is looked for."""


def overdue(book: Book, looking: Action, now: datetime) -> list[str]:
    """The codes of everything overdue in the session of a ``NoteOverdue``; notices are no alarms."""
    what = looking.what
    if not isinstance(what, NoteOverdue):
        raise TypeError(f"looking is telling what is overdue, not {type(what).__name__}")
    standings = {name: book.standing(name) for name in streams_of(looking)}
    case = Case(book.protocol, standings, looking, now)
    session = case.session(what.participant, what.visit)
    return [each.code for each in watch.due(case, session) if each.priority != watch.NOTICE]


def look(day: Day) -> None:
    """Record what is overdue now."""
    stage, (code, visit) = day.player.stage, day.ids
    site = day.player.site
    software = Actor(SOFTWARE, Role.SYSTEM, site.code, site.zone, SOFTWARE)
    looking = stage.action(NoteOverdue(participant=code, visit=visit, code=""), software)
    for found in overdue(stage.book, looking, stage.now):
        stage.do(NoteOverdue(participant=code, visit=visit, code=found), software)
