"""What the session page shows: head, alarms, values, entry, gates, events, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.dosing import care, entries_override, wording
from holdfast.clinic.dosing.chart import chart, limits_by_measure
from holdfast.clinic.dosing.diary import diary, rows
from holdfast.clinic.dosing.effects import guesses, prompts_by_category, rounds
from holdfast.clinic.dosing.entries import confirmed
from holdfast.clinic.dosing.entries_devices import devices_context
from holdfast.clinic.dosing.forecasting import forecast
from holdfast.clinic.dosing.gates import dose_ask, ending, first_gate, supplement
from holdfast.clinic.dosing.head import head
from holdfast.clinic.dosing.offline import known, rules
from holdfast.clinic.dosing.overdue import overdue
from holdfast.clinic.dosing.people import monitors, starting, team
from holdfast.clinic.dosing.pieces import Pieces
from holdfast.clinic.dosing.readings import due_context, entry_fields
from holdfast.clinic.dosing.room import Room, seen_by
from holdfast.clinic.dosing.shown import Answered, iso, phase
from holdfast.clinic.dosing.strips import strips
from holdfast.clinic.dosing.tiles import distress, tiles, unsigned_words
from holdfast.clinic.dosing.touching import touching
from holdfast.clinic.participants.wording import visit_name
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import (
    ValueNow,
    due_now,
    supplement_now,
    values_now,
)
from holdfast.conduct.case import Case
from holdfast.protocol.roles import Role

LINE, LATEST = "dosing/line.html", 12
"""What draws a line of what was recorded, and so many are shown at once."""


def context(room: Room, answered: Answered, *, looked_at: Mapping[str, str]) -> dict[str, Any]:
    """Everything the template uses."""
    return {**shared(room), **own(room, answered, looked_at=looked_at)}


def shared(room: Room) -> dict[str, Any]:
    """What everybody sees alike: it never asks who looks, and is made once for all who follow a session."""
    session, protocol = room.session, room.protocol
    case = _case(room)
    due = due_now(protocol, session, room.at.at, study=room.whole_study, site=room.site)
    values = _values(room)
    window = supplement_now(case, session, room.at.at)
    limits = limits_by_measure(case)
    return {
        "session": session,
        "phase": phase(room),
        "visit_name": visit_name(protocol, room.visit),
        "now_iso": iso(room.at.at),
        "known": known(room, due, window),
        "rules": rules(room, case),
        "head": head(room, due, window),
        "strips": (shown := strips(room)),
        "worst": next((each for each in shown if not each.taken_by), None),
        "overdue": overdue(room, case, due),
        "tiles": [*tiles(room, values), *distress(room)],
        "due": due_context(room, due),
        "forecast": (expected := forecast(room, case, limits)),
        "chart": chart(room, limits, None if expected is None else expected.band),
        "rows": Pieces("dosing/row.html", tuple(rows(room))),
        "diary": _recorded(room),
        "rounds": rounds(room),
        "prompts": prompts_by_category(protocol),
        "one_tap": [(code, wording.event(code)) for code in wording.ONE_TAP],
        "fluids": [f"{total:g} {unit}" for unit, total in sorted(session.fluids.items())],
        "guesses": guesses(room),
        "touching": touching(room),
        "team": [(each, room.name(each)) for each in team(room)],
        "monitors": monitors(room),
        "recording": care.recording(room),
        "keepers": care.keepers(room),
        "rescues": care.rescues(room),
        "capsules": care.capsules(room, window),
        "asks_distress": care.asks_distress(room),
        "disturbances": care.disturbances(),
        "physicians": [(each, room.name(each)) for each in room.team[Role.PHYSICIAN]],
        "night": care.night(room),
        "emergency": care.emergency(room),
        "devices": devices_context(room),
        "positions": [(code, wording.position(code)) for code in ("sitting", "lying", "standing")],
        "unsigned": unsigned_words(values),
    }


def own(room: Room, answered: Answered, *, looked_at: Mapping[str, str]) -> dict[str, Any]:
    """What differs by who looks: their rights, what stands against them, what they typed."""
    case = _case(room)
    window = supplement_now(case, room.session, room.at.at)
    given = confirmed(looked_at) if looked_at else confirmed(answered.typed)
    return {
        "room": room,
        "may_work": room.may(Act.WORK_SESSION, act.ReadVitals),
        "may_dose": room.may(Act.GIVE_DOSE, act.AskDose),
        "may_override": room.may(Act.OVERRIDE_GATE, act.OverrideGate),
        "fresh": edge.new_id,
        "answered": answered,
        "fields": entry_fields(_values(room), answered),
        "gate": first_gate(room, case, given),
        "supplement": supplement(room, case, window, given),
        "ending": ending(room, case, given),
        "starting": starting(room),
        "others": [(each, room.name(each)) for each in team(room) if each != room.author],
        "physicians": entries_override.physicians(room),
        "reported": entries_override.shown(room),
    }


def _recorded(room: Room) -> dict[str, Pieces]:
    lines = tuple(diary(room))
    return {"latest": Pieces(LINE, lines[:LATEST]), "before": Pieces(LINE, lines[LATEST:])}


def _case(room: Room) -> Case:
    """The matter as nobody in particular has it: what is read off it is the same for all who look."""
    ask = dose_ask(room, room.plan.first.step, {})
    return room.snapshot.once("case", lambda: seen_by(room, "", ()).case(Act.GIVE_DOSE, ask))


def _values(room: Room) -> tuple[ValueNow, ...]:
    return room.snapshot.once("values", lambda: values_now(_case(room), room.session))
