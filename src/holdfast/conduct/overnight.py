"""The night after a session: care handed over, and what was seen.

A hand-over is a report: two people have changed places, and a refusal would leave the
participant with somebody whom no record names.
"""

from __future__ import annotations

from holdfast.conduct.actions import HandOver, NoteNight
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.streams import session_stream
from holdfast.conduct.visits import Break
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role
from holdfast.records.session import HandedOver, MonitorPresence, NightNoted

CARERS = (Role.ATTENDANT, Role.THERAPIST, Role.PHYSICIAN)
"""Roles to whom a participant is handed over; the first that somebody holds is named."""
STATES = ("asleep", "awake", "restless", "distressed", "out-of-bed")


def hand_over(case: Case, tell: HandOver, pen: Pen) -> None:
    """Care passes on, with what was told; who takes over is in the room from then on."""
    session = opened(case, tell.participant, tell.visit)
    needed(tell.from_, field="from_", ask="Say who hands over.")
    needed(tell.to, field="to", ask="Say who takes over.")
    needed(tell.told, field="told", ask="Say what was told at the hand-over.")
    if tell.from_ == tell.to:
        raise ImpossibleValue("A hand-over is between two people.", field="to")
    role = role_here(case, tell.to)
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, HandedOver(from_=tell.from_, to=tell.to, role=role, told=tell.told))
    outside_session(case, session, main, pen)
    if tell.to not in session.in_room:
        pen.write(here, MonitorPresence(person=tell.to, present=True), because=main.id)
    for code, what, severity in (*unappointed(case, tell, role), *too_early(case, session, tell, role)):
        pen.deviate(here, code, what, severity=severity, because=main.id)


def role_here(case: Case, person: str) -> str:
    """The role in which somebody may take a participant over at this site; empty where in none."""
    held = case.staff(person)
    return next((role.value for role in CARERS if held.holds(role, site=case.stamp.site)), "")


def unappointed(case: Case, tell: HandOver, role: str) -> list[Break]:
    """Somebody took over without a role for it."""
    if role:
        return []
    what = f"{tell.to} took over without being attendant, therapist or physician at {case.stamp.site}."
    return [("handover-not-appointed", what, "major")]


def too_early(case: Case, session: SessionStanding, tell: HandOver, role: str) -> list[Break]:
    """An attendant takes over when the session has ended, not before: monitors stay until then."""
    running = session.ended is None or case.at.at < session.ended.at
    if role != Role.ATTENDANT or session.t0 is None or not running:
        return []
    return [("handover-before-end", f"{tell.to} took over before the session had ended.", "minor")]


def note_night(case: Case, tell: NoteNight, pen: Pen) -> None:
    """What was seen in the night."""
    session = opened(case, tell.participant, tell.visit)
    if tell.state not in STATES:
        raise ImpossibleValue(f"Expected one of {', '.join(STATES)}; found {tell.state!r}.", field="state")
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, NightNoted(state=tell.state, text=tell.text))
    outside_session(case, session, main, pen)
