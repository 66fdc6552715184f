"""Touch: what was offered, asked for, given; permission is what was agreed to before the dose.

Under drug effect a permission can only be withdrawn. A touch without permission is recorded,
is a deviation, and alarms.
"""

from __future__ import annotations

from holdfast.conduct.actions import RecordTouch
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import session_stream
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.records.envelope import Record
from holdfast.records.session import TouchRecorded

ACTS = ("offered", "asked", "declined", "given", "stopped")


def record_touch(case: Case, tell: RecordTouch, pen: Pen) -> None:
    """A touch and the permission then in force."""
    session, person = opened(case, tell.participant, tell.visit), case.participant(tell.participant)
    if tell.act not in ACTS:
        raise ImpossibleValue(f"Expected one of {', '.join(ACTS)}; found {tell.act!r}.", field="act")
    if not tell.kind_ or not tell.by:
        raise ImpossibleValue("Say what kind of touch it was and whose.", field="kind_")
    allowed = permitted(person, tell.kind_)
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
        action = "Stop the touch; tell the physician; the independent person is informed."
        pen.alarm(here, "touch-without-permission", action, because=deviation.id)
    elif fact.act == "offered" and case.stamp.role != Role.PARTICIPANT and by not in here.split("/"):
        what = f"{by} offered a touch ({kind}) that was not agreed to beforehand."
        pen.deviate(here, "touch-offered-without-permission", what, severity="minor", because=main.id)


def permitted(person: ParticipantStanding, kind: str) -> bool:
    """Whether this kind of touch is among the consent items in force (``touch-<kind>``)."""
    return f"touch-{kind}" in person.consents
