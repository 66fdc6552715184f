"""Follow-up inside the protocol: called for, tried as often as planned, held, and asked what came since."""

from __future__ import annotations

from datetime import timedelta

from holdfast.protocol.model import Visit
from holdfast.simulation.play_events import ask_since, months_between
from holdfast.simulation.play_holding import (
    Entry,
    assign_rater,
    attempt,
    hold,
    miss,
    present,
    rated,
    schedule,
)
from holdfast.simulation.stage import Script
from holdfast.simulation.story import Player


def follow_up(player: Player, visit: Visit) -> list[Entry]:
    """One follow-up visit of somebody who stayed, reached or not; a rater is drawn where one rates."""
    story, index = player.story, player.index
    if not _stayed(player, visit):
        return []
    when = player.at(player.visits[visit.code], player.hour("rating", 9.5, 15.5))
    entries: list[Entry] = [(when - timedelta(days=14), lambda: schedule(player, [visit.code]))]
    if not story.life.reached[index, story.life.moments.index(visit.code)]:
        return [*entries, (when, lambda: _lost(player, visit))]
    if rated(visit):
        entries.append((when - timedelta(days=2), lambda: assign_rater(player, visit.code)))
    return [*entries, (when, lambda: _held(player, visit))]


def _stayed(player: Player, visit: Visit) -> bool:
    """Whether somebody is still in the study: after the last rating those who completed it."""
    rated = player.story.rated
    order = [each.code for each in player.story.protocol.visits]
    before = sum(order.index(each) < order.index(visit.code) for each in rated)
    if before < len(rated):
        return present(player, before)
    return bool(player.story.course.completed[0, player.index])


def _held(player: Player, visit: Visit) -> Script:
    ask_since(player, visit, months=months_between(player, visit.code))
    yield from hold(player, visit)


def _lost(player: Player, visit: Visit) -> Script:
    """Nobody answers, as often as the protocol wants it tried; once in a while given up too early."""
    wanted = int(player.story.protocol.follow_up.attempts.number)
    tries = wanted - 2 if player.habit("gives_up_early") else wanted
    for _ in range(tries):
        attempt(player, visit, "no-answer", player.coordinator)
        yield player.stage.now + timedelta(days=2, hours=player.luck.whole("try-again", 1, 6))
        if player.left:
            return
    miss(player, visit, "no-answer")
