"""Touch: what was offered, asked for, given; permission is what was agreed to before the dose.

Under drug effect a permission can only shrink: it is withdrawn, or a "stop" that the
participant says holds until they ask for that touch themself, within what is still agreed
to. A touch without permission is recorded, is a deviation, and alarms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from holdfast.conduct.actions import RecordTouch
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.streams import session_stream
from holdfast.errors import ImpossibleValue
from holdfast.protocol.model import Protocol, Text
from holdfast.protocol.roles import Role
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.session import TouchRecorded
from holdfast.timing import Instant

ACTS = ("offered", "asked", "declined", "given", "stopped")
ALL = "all"
"""The kind of a "stop" that is said of every touch: the safe word."""
OF_TOUCH = "touch-"
"""Consent items of this prefix permit a kind of touch."""


def record_touch(case: Case, tell: RecordTouch, pen: Pen) -> None:
    """A touch and the permission then in force."""
    session, person = opened(case, tell.participant, tell.visit), case.participant(tell.participant)
    if tell.act not in ACTS:
        raise ImpossibleValue(f"Expected one of {', '.join(ACTS)}; found {tell.act!r}.", field="act")
    if not tell.kind_ or not tell.by:
        raise ImpossibleValue("Say what kind of touch it was and whose.", field="kind_")
    if tell.kind_ == ALL and tell.act != "stopped":
        raise ImpossibleValue("Only a stop is of every kind: name the kind of touch.", field="kind_")
    allowed = permitted(person, tell.kind_) and stopped_at(session, tell.kind_, by=case.at.at) is None
    here = session_stream(tell.participant, tell.visit)
    fact = TouchRecorded(act=tell.act, kind_=tell.kind_, by=tell.by, permitted=allowed)
    main = pen.write(here, fact)
    outside_session(case, session, main, pen)
    without_permission(case, main, fact, pen)


def without_permission(case: Case, main: Record, fact: TouchRecorded, pen: Pen) -> None:
    """What a touch without permission brings: a deviation and, where it was given, an alarm."""
    if fact.permitted:
        return
    here, by, kind = main.stream, fact.by, fact.kind_
    if fact.act == "given":
        what = f"{by} touched the participant ({kind}) without permission."
        deviation = pen.deviate(here, "touch-without-permission", what, severity="major", because=main.id)
        action = "Stop the touch now. Tell the physician and the site's independent person."
        pen.alarm(here, "touch-without-permission", action, because=deviation.id)
    elif fact.act == "offered" and case.stamp.role != Role.PARTICIPANT and by not in here.split("/"):
        what = f"{by} offered a touch ({kind}) that was not agreed to beforehand."
        pen.deviate(here, "touch-offered-without-permission", what, severity="minor", because=main.id)


def permitted(person: ParticipantStanding, kind: str) -> bool:
    """Whether this kind of touch is among the consent items in force (``touch-<kind>``)."""
    return f"{OF_TOUCH}{kind}" in person.consents


def stopped_at(session: SessionStanding, kind: str, *, by: datetime) -> Instant | None:
    """When the participant said stop to a kind of touch, or to all, and has not asked for it since."""
    said = None
    for record, fact in _told(session, by=by):
        own = fact.by == session.participant
        if own and fact.act == "stopped" and fact.kind_ in (kind, ALL):
            said = record.happened_at
        elif own and fact.act == "asked" and fact.kind_ == kind:
            said = None
    return said


def unanswered(session: SessionStanding, kind: str, *, by: datetime) -> bool:
    """Whether the participant asked for a touch that was not permitted, and nobody has answered yet."""
    own = [fact for _record, fact in _told(session, by=by) if fact.kind_ in (kind, ALL)]
    return bool(own) and own[-1].act == "asked" and not own[-1].permitted


def _told(session: SessionStanding, *, by: datetime) -> Iterable[tuple[Record, TouchRecorded]]:
    """What was told of touch up to a moment, in the order of happening, corrections applied."""
    found = [
        (each, each.fact)
        for each in resolve(session.history)
        if isinstance(each.fact, TouchRecorded) and each.happened_at.at <= by
    ]
    return sorted(found, key=lambda pair: pair[0].happened_at.at)


@dataclass(frozen=True, slots=True)
class TouchNow:
    """One kind of touch: whether it is agreed to, since when a stop or a withdrawal stands against it.

    ``to_decline``: the participant asked for it and it was not agreed to beforehand.
    """

    kind: str
    label: Text
    agreed: bool
    stopped: Instant | None
    withdrawn: Instant | None
    to_decline: bool

    @property
    def may(self) -> bool:
        """Whether it is permitted now."""
        return self.agreed and self.stopped is None


def touches_now(
    protocol: Protocol, person: ParticipantStanding, session: SessionStanding, now: datetime
) -> tuple[TouchNow, ...]:
    """Each kind of touch that the consent form names, as it stands."""
    found = []
    for item in protocol.consent:
        if not item.code.startswith(OF_TOUCH):
            continue
        kind, agreed = item.code.removeprefix(OF_TOUCH), item.code in person.consents
        found.append(
            TouchNow(
                kind=kind,
                label=item.label,
                agreed=agreed,
                stopped=stopped_at(session, kind, by=now),
                withdrawn=None if agreed else person.consents_withdrawn.get(item.code),
                to_decline=unanswered(session, kind, by=now),
            )
        )
    return tuple(found)


def asked_to_stop(session: SessionStanding, now: datetime) -> Instant | None:
    """When the participant last said stop to all touch."""
    return next(
        (
            record.happened_at
            for record, fact in reversed(list(_told(session, by=now)))
            if fact.act == "stopped" and fact.kind_ == ALL and fact.by == session.participant
        ),
        None,
    )
