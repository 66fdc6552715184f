"""Intercurrent events: told when they come to be known, and asked for at visits a long time apart."""

from __future__ import annotations

from holdfast.conduct.actions import (
    RecordMedication,
    ReportDeviation,
    ReportIntercurrentEvent,
    ReportUnblinding,
    StopTreatment,
)
from holdfast.protocol.model import Visit
from holdfast.simulation.itinerary import DAYS_PER_MONTH
from holdfast.simulation.periods import STOPPED
from holdfast.simulation.play_forms import form_of, since
from holdfast.simulation.play_holding import assign_rater, local_day
from holdfast.simulation.story import Player


def tell_event(player: Player, code: str, visit: str) -> None:
    """An event comes to be known before a visit, with what goes along with it."""
    who, stage, name = player.lead, player.stage, player.code
    if code == STOPPED:
        why = "The participant wishes no further dosing session."
        stage.do(StopTreatment(participant=name, why=why), who)
        player.stopped = True
    elif code == "ssri-restart":
        today = local_day(player).isoformat()
        taken = RecordMedication(
            participant=name, medicine="sertraline", class_="ssri", started=today, stopped=""
        )
        stage.do(taken, who)
    elif code == "unblinding":
        _unblinding(player, visit)
    elif code == "therapist-change":
        first, second = player.site.pairs
        player.pair = second if player.pair == first else first
    elif code == "therapist-complaint":
        what = "The participant complained about a therapist; the independent person was informed."
        told = ReportDeviation(participant=name, code="complaint", what=what, severity="major")
        stage.do(told, player.coordinator)
    stage.do(ReportIntercurrentEvent(participant=name, event=code, visit=visit, detail=""), who)
    player.since.setdefault(visit, set()).add(code)


def _unblinding(player: Player, visit: str) -> None:
    """A rater learns what a relative thinks was given; another is drawn where the next rating was theirs."""
    drawn = visit in player.rater
    who = player.rater[visit] if drawn else list(player.rater.values())[-1]
    how = "A relative who had watched the session day told the rater what they thought was given."
    told = ReportUnblinding(participant=player.code, who=who, how=how)
    player.stage.do(told, player.coordinator)
    if drawn:
        assign_rater(player, visit)


def ask_since(player: Player, visit: Visit, *, months: float) -> None:
    """What came since the last visit, where a form of this one asks for it: told, then answered."""
    protocol = player.story.protocol
    asked = {event for form in visit.forms for event in since(form_of(protocol, form.form)).values()}
    for event in sorted(asked):
        figure = player.story.assumptions.events.get(event)
        rate = 0.0 if figure is None else figure.number
        if player.luck.strikes(f"since/{event}", 1 - (1 - rate) ** months):
            tell_event(player, event, visit.code)


def months_between(player: Player, visit: str) -> float:
    """Months from the last rating or follow-up before a follow-up to that visit.

    None before the last rating: what comes between ratings, the course has drawn.
    """
    story = player.story
    asked = {*story.rated, *story.followed}
    order = [each.code for each in story.protocol.visits if each.code in asked]
    place = order.index(visit)
    if place < order.index(story.rated[-1]):
        return 0.0
    return max(0, (player.visits[visit] - player.visits[order[place - 1]]).days) / DAYS_PER_MONTH
