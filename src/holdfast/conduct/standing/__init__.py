"""Standings: what a stream's records amount to now.

``empty(stream)`` is the standing before the first record, ``step(standing, record)`` the
one after the next, ``fold(stream, records)`` the one after all of them. A step of a
correcting record gives what folding the resolved history gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from holdfast.conduct.standing.assessment import ASSESSMENT
from holdfast.conduct.standing.enrolment import ENROLMENT
from holdfast.conduct.standing.history import Handlers, applied, corrected, refolded
from holdfast.conduct.standing.participant import ParticipantStanding, Stage
from holdfast.conduct.standing.reminding import REMINDING
from holdfast.conduct.standing.safety import SAFETY
from holdfast.conduct.standing.session import SESSION, SessionStanding
from holdfast.conduct.standing.sharing import SHARING
from holdfast.conduct.standing.staff import STAFF, StaffStanding
from holdfast.conduct.standing.study import SITE, STUDY, SiteStanding, StudyStanding
from holdfast.conduct.standing.supply import KIT, LIST, KitStanding, ListStanding
from holdfast.errors import UnknownName
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import AdverseEvent

Standing = (
    StudyStanding
    | SiteStanding
    | StaffStanding
    | ParticipantStanding
    | SessionStanding
    | KitStanding
    | ListStanding
)

CLASSES: dict[str, type[Any]] = {
    "study": StudyStanding,
    "site": SiteStanding,
    "staff": StaffStanding,
    "participant": ParticipantStanding,
    "session": SessionStanding,
    "kit": KitStanding,
    "list": ListStanding,
}
HANDLERS: dict[type[Any], Handlers[Any]] = {
    StudyStanding: STUDY,
    SiteStanding: SITE,
    StaffStanding: STAFF,
    ParticipantStanding: {**ENROLMENT, **ASSESSMENT, **SAFETY, **REMINDING, **SHARING},
    SessionStanding: SESSION,
    KitStanding: KIT,
    ListStanding: LIST,
}
IN_PLACE: frozenset[type[Fact]] = frozenset({AdverseEvent})


def empty(stream: str) -> Standing:
    """The standing of a stream without records; UnknownName for a stream of no known kind."""
    kind = stream.partition("/")[0]
    if kind not in CLASSES:
        raise UnknownName(f"There is no kind of stream called {kind!r} (in {stream!r}).")
    standing: Standing = CLASSES[kind](stream=stream)
    return standing


def step(standing: Standing, record: Record) -> Standing:
    """The standing after the next record of its stream."""
    handlers = HANDLERS[type(standing)]
    if record.corrects is None:
        after: Standing = applied(standing, record, handlers=handlers)
    else:
        start = empty(standing.stream)
        after = corrected(standing, record, empty=start, handlers=handlers, in_place=IN_PLACE)
    return after


def fold(stream: str, records: Iterable[Record]) -> Standing:
    """The standing of a stream after all of its records, in order."""
    standing = empty(stream)
    for record in records:
        standing = step(standing, record)
    return standing


def fold_resolved(stream: str, records: Iterable[Record]) -> Standing:
    """The standing folded from zero out of the resolved history (the test of ``step``)."""
    start = empty(stream)
    after: Standing = refolded(start, tuple(records), handlers=HANDLERS[type(start)])
    return after


__all__ = [
    "KitStanding",
    "ListStanding",
    "ParticipantStanding",
    "SessionStanding",
    "SiteStanding",
    "StaffStanding",
    "Stage",
    "Standing",
    "StudyStanding",
    "empty",
    "fold",
    "fold_resolved",
    "step",
]
