"""From the forms of prompted effects to what is told: a round rated, a round not rated."""

from __future__ import annotations

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.entries import Typed
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.conduct.rounds import OBSERVER, PARTICIPANT
from holdfast.errors import ImpossibleValue
from holdfast.instruments.scale import AbsenceReason
from holdfast.protocol.model import Protocol
from holdfast.records.fact import Json

RATHER_NOT = "no"
"""What the participant's form sends for "I would rather not say"."""


def prompts(typed: Typed, room: Room) -> act.RatePrompts:
    """A round of prompted effects by an observer; ``rest`` says that all others were not there."""
    ratings: dict[str, Json] = {}
    for prompt in room.protocol.adverse_events.prompts:
        rated = typed.whole(f"rate-{prompt.code}")
        if rated is not None:
            ratings[prompt.code] = rated
        elif typed.ticked("rest"):
            ratings[prompt.code] = 0
    if not ratings:
        raise ImpossibleValue(_("Nothing is rated yet."), field="rest")
    return act.RatePrompts(
        participant=room.participant,
        visit=room.visit,
        at_hour=_hour(typed),
        rated_by=OBSERVER,
        ratings=ratings,
    )


def prompts_missed(typed: Typed, room: Room) -> act.MissPrompts:
    """A round that was not rated: asked for and not answered, or not asked for."""
    asked = typed.text("asked")
    if asked not in ("yes", "no"):
        raise ImpossibleValue(_("Say whether it was asked for."), field="asked")
    hour, _dash, by = typed.text("round").partition("/")
    return act.MissPrompts(
        participant=room.participant,
        visit=room.visit,
        at_hour=_hour(Typed({"at_hour": hour})),
        rated_by=by,
        asked=asked == "yes",
        why=typed.text("why") or typed.text("why_else"),
    )


def _hour(typed: Typed) -> float:
    hour = typed.number("at_hour")
    if hour is None:
        raise ImpossibleValue(_("Say which round this is."), field="at_hour")
    return hour


def own_ratings(typed: Typed, protocol: Protocol) -> dict[str, Json]:
    """What the participant answered; with ``rest`` they would rather not say what is left open."""
    refused: dict[str, Json] = {"absent": AbsenceReason.REFUSED.value}
    found: dict[str, Json] = {}
    for prompt in protocol.adverse_events.prompts:
        said = typed.text(f"rate-{prompt.code}")
        if said == RATHER_NOT or (not said and typed.ticked("rest")):
            found[prompt.code] = dict(refused)
        elif said:
            found[prompt.code] = typed.whole(f"rate-{prompt.code}")
    return found


def open_questions(ratings: dict[str, Json], protocol: Protocol) -> list[str]:
    """The effects that nothing is said about yet."""
    return [each.code for each in protocol.adverse_events.prompts if each.code not in ratings]


def by_participant(ratings: dict[str, Json], room_of: tuple[str, str], *, hour: float) -> act.RatePrompts:
    """A round rated by the participant of a session, ``room_of`` their code and the visit."""
    return act.RatePrompts(
        participant=room_of[0], visit=room_of[1], at_hour=hour, rated_by=PARTICIPANT, ratings=ratings
    )
