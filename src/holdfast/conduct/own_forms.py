"""Which forms a participant may fill by themself now, where no staff stand by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from holdfast.conduct import data_use, outlook
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.standing import ParticipantStanding
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.protocol.roles import Role

NOW = (VisitOutlook.DUE, VisitOutlook.OVERDUE, VisitOutlook.DONE)


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A form that waits for the participant; ``next`` is the one of its visit that comes first."""

    visit: Visit
    form: str
    until: date | None
    next: bool


def to_fill(protocol: Protocol, person: ParticipantStanding, now: datetime) -> tuple[OwnForm, ...]:
    """The forms a participant may fill alone now, in the order of the visits and their lists.

    None of a dosing visit: there somebody sits with them. None after leaving, after withdrawal from the use
    of data, or before consent.
    """
    gone = person.left or data_use.withdrawn(person) or person.completed or person.screen_failed is not None
    if gone or not person.consents:
        return ()
    return tuple(
        OwnForm(row.visit, code, row.last, place == 0)
        for row in outlook.schedule(protocol, person, now)
        for place, code in enumerate(_open(row, person))
    )


def _open(row: Scheduled, person: ParticipantStanding) -> Iterator[str]:
    if row.state not in NOW or row.visit.kind is VisitKind.DOSING:
        return
    for each in row.visit.forms:
        if each.by is not Role.PARTICIPANT:
            continue
        if row.state is VisitOutlook.DONE and each.form not in row.forms_open:
            continue
        done = person.forms.get(each.form, ())
        if not any(one.fact.visit == row.visit.code and one.role == Role.PARTICIPANT for one in done):
            yield each.form
