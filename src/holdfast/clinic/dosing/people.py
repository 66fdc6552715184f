"""Who is in the room, who may open the session."""

from __future__ import annotations

from typing import Any

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, phase
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role


def team(room: Room) -> tuple[str, ...]:
    """Everybody who may work at a session of this site."""
    found = [*room.team[Role.THERAPIST], *room.team[Role.PHYSICIAN], *room.team[Role.ATTENDANT]]
    return tuple(dict.fromkeys(found))


def starting(room: Room) -> dict[str, Any] | None:
    """Who may open the session with whom, and everything that stands against it."""
    if phase(room) != "waiting":
        return None
    wanted = int(room.plan.monitors.number)
    # Whoever has the page before them is most likely one of the two.
    therapists = tuple(sorted(room.team[Role.THERAPIST], key=lambda each: each != room.author))
    physicians = room.team[Role.PHYSICIAN]
    ask = act.StartSession(
        participant=room.participant,
        visit=room.visit,
        monitors=therapists[:wanted],
        physician=physicians[0] if physicians else "",
    )
    return {
        "wanted": wanted,
        "therapists": [(each, room.name(each), each in ask.monitors) for each in therapists],
        "physicians": [(each, room.name(each)) for each in physicians],
        "reasons": room.against(Act.GIVE_DOSE, ask) if room.may(Act.GIVE_DOSE, act.StartSession) else (),
    }


def monitors(room: Room) -> list[dict[str, Any]]:
    """Each monitor: in the room or not, and since when."""
    return [
        {
            "person": person,
            "name": room.name(person),
            "present": state.present,
            "since": clock(room, state.since.at),
        }
        for person, state in sorted(room.session.presence.items())
    ]
