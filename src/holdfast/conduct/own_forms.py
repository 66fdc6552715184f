"""Which forms a participant may fill by themself now, where no staff stand by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import filterfalse

from holdfast.conduct import data_use, outlook, wordings
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.conduct.standing import ParticipantStanding, StudyStanding
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.protocol.roles import Role

NOW = (VisitOutlook.DUE, VisitOutlook.OVERDUE, VisitOutlook.DONE)


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A form that waits for the participant; ``next`` is the one of its visit that comes first.

    ``place`` of ``total``: which of the visit's own forms it is, those that are filled counted, from 1.
    """

    visit: Visit
    form: str
    until: date | None
    next: bool
    place: int
    total: int


def to_fill(
    protocol: Protocol, person: ParticipantStanding, now: datetime, *, study: StudyStanding
) -> tuple[OwnForm, ...]:
    """The forms a participant may fill alone now, in the order of the visits and their lists.

    None of a dosing visit: there somebody sits with them. None after leaving, after withdrawal from the use
    of data, or before consent. None whose words are neither part of the software nor brought by the site:
    nobody answers "Statement 3".
    """
    return _waiting(protocol, person, now, but=partial(in_person, protocol, person, study))


def to_be_asked(
    protocol: Protocol, person: ParticipantStanding, now: datetime, *, study: StudyStanding
) -> tuple[OwnForm, ...]:
    """The forms that wait as those of ``to_fill`` do, and somebody of the site has to ask in person."""
    return tuple(
        each
        for each in _waiting(protocol, person, now, but=lambda code: False)
        if in_person(protocol, person, study, each.form)
    )


def spoken(person: ParticipantStanding) -> str:
    """The language in which the latest consent was explained to somebody; English before any."""
    held = max(person.consents.values(), key=lambda each: each.at.at, default=None)
    return wordings.ENGLISH if held is None else held.language


def in_person(protocol: Protocol, person: ParticipantStanding, study: StudyStanding, code: str) -> bool:
    """Whether somebody has to ask a form of the participant's in person, for want of its words."""
    form = next(each for each in protocol.forms if each.form == code)
    return not wordings.readable_alone(study, form, spoken(person))


def _waiting(
    protocol: Protocol, person: ParticipantStanding, now: datetime, *, but: Callable[[str], bool]
) -> tuple[OwnForm, ...]:
    gone = person.left or data_use.withdrawn(person) or person.completed or person.screen_failed is not None
    if gone or not person.consents:
        return ()
    return tuple(
        each for row in outlook.schedule(protocol, person, now) for each in _of_visit(row, person, but=but)
    )


def _of_visit(row: Scheduled, person: ParticipantStanding, *, but: Callable[[str], bool]) -> list[OwnForm]:
    open_ = list(filterfalse(but, _open(row, person)))
    every = [code for code in filterfalse(but, _own(row)) if code in open_ or _filled(row, person, code)]
    return [
        OwnForm(row.visit, code, row.last, at == 0, every.index(code) + 1, len(every))
        for at, code in enumerate(open_)
    ]


def _own(row: Scheduled) -> list[str]:
    return [each.form for each in row.visit.forms if each.by is Role.PARTICIPANT]


def _filled(row: Scheduled, person: ParticipantStanding, code: str) -> bool:
    done = person.forms.get(code, ())
    return any(one.fact.visit == row.visit.code and one.role == Role.PARTICIPANT for one in done)


def _open(row: Scheduled, person: ParticipantStanding) -> Iterator[str]:
    if row.state not in NOW or row.visit.kind is VisitKind.DOSING:
        return
    for code in _own(row):
        if row.state is VisitOutlook.DONE and code not in row.forms_open:
            continue
        if not _filled(row, person, code):
            yield code
