"""The visits after randomisation: agenda, ratings, sessions, calls, follow-up, leaving, completion."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from holdfast.conduct.actions import (
    Complete,
    MissVisit,
    ReportIntercurrentEvent,
    Withdraw,
)
from holdfast.protocol.model import Visit, VisitKind
from holdfast.simulation.periods import MISSED, NO_SUPPLEMENT, STOPPED
from holdfast.simulation.play_events import tell_event
from holdfast.simulation.play_follow_up import follow_up
from holdfast.simulation.play_holding import (
    Entry,
    assign_rater,
    attempt,
    hold,
    miss,
    present,
    schedule,
)
from holdfast.simulation.play_readiness import prepare
from holdfast.simulation.play_session import session, set_kits_aside
from holdfast.simulation.stage import Script
from holdfast.simulation.story import Player, minutes

BELIEVES = "believes to have had placebo"
WHY_LEFT = (
    "does not wish to go on",
    BELIEVES,
    "moved away",
    "too far to travel",
    "family matters",
)


def after_randomisation(player: Player) -> Script:
    """Everything from randomisation to completion or leaving, in the order of time."""
    for when, scene in sorted(agenda(player), key=lambda entry: entry[0]):
        yield when
        if player.quiet:
            if player.left:
                return
            continue
        script = scene()
        if script is not None:
            player.stage.enter(script)


def agenda(player: Player) -> list[Entry]:
    """What is to happen when. Sessions and visits may overlap: each goes its own way."""
    story = player.story
    entries: list[Entry] = []
    for k, code in enumerate(story.dosing):
        entries += _session(player, story.protocol.visit(code), k)
    for k, code in enumerate(story.rated):
        entries += _rating(player, story.protocol.visit(code), k)
    for code in story.followed:
        entries += follow_up(player, story.protocol.visit(code))
    return [*entries, *_events(player), *_leaving(player), *_end(player)]


def _session(player: Player, visit: Visit, k: int) -> list[Entry]:
    course, index = player.story.course, player.index
    if not present(player, k) or int(course.events[STOPPED][0, index]) < k:
        return []
    visits = player.story.protocol.visits
    around = [each for each in visits if each.after == visit.code and each.kind in _AROUND]
    day = player.visits[visit.code]
    if not course.held[0, index, k]:
        return [(player.at(day, 10.0), lambda: _missed_session(player, visit, around))]
    begins = player.session_start.get(visit.code) or player.at(day, 9.5)
    entries: list[Entry] = [
        (player.at(day - timedelta(days=2), 9.0 + 0.02 * index), lambda: prepare(player, visit.code)),
        (begins - timedelta(hours=17), lambda: set_kits_aside(player, visit.code)),
        (begins - timedelta(hours=2, minutes=20), lambda: session(player, visit, k)),
        (begins - timedelta(hours=2), lambda: schedule(player, [each.code for each in around])),
    ]
    return entries + [entry for each in around for entry in _beside(player, each)]


_AROUND = frozenset({VisitKind.CONTACT, VisitKind.INTEGRATION})


def _missed_session(player: Player, visit: Visit, around: list[Visit]) -> None:
    story = player.story
    why = player.luck.pick("why-missed-session", ("too-unwell", "declined"))
    if why not in story.protocol.follow_up.reasons_missing:
        why = story.protocol.follow_up.reasons_missing[0]
    for each in (visit, *around):
        player.stage.do(MissVisit(participant=player.code, visit=each.code, why=why), player.lead)
    noted = ReportIntercurrentEvent(participant=player.code, event=MISSED, visit=visit.code, detail=why)
    player.stage.do(noted, player.lead)


def _beside(player: Player, visit: Visit) -> list[Entry]:
    """A contact or an integration session after a dosing day."""
    day = player.visits[visit.code]
    if visit.code.startswith("morning"):
        return [(player.at(day, 8.3), lambda: hold(player, visit))]
    if visit.kind is VisitKind.INTEGRATION:
        same_day = visit.days is not None and visit.days.number == 1
        hour = 9.1 if same_day else player.hour("integration", 9.5, 16.0)
        if not same_day and player.habit("visit_missed"):
            return [(player.at(day, hour), lambda: miss(player, visit))]
        return [(player.at(day, hour), lambda: hold(player, visit))]
    return [(player.at(day, player.hour("call", 9.5, 18.5)), lambda: _call(player, visit))]


def _call(player: Player, visit: Visit) -> Script:
    """A call: sometimes nobody answers at first, sometimes nobody answers at all."""
    tries = 0
    while player.habit("contact_fails"):
        tries += 1
        attempt(player, visit, "no-answer", player.lead)
        if tries == 3:
            miss(player, visit, "no-answer")
            return
        yield player.stage.now + minutes(player, "call-again", 40, 130)
        if player.quiet:
            return
    if tries:
        attempt(player, visit, "reached", player.lead)
    yield from hold(player, visit)


def _rating(player: Player, visit: Visit, k: int) -> list[Entry]:
    course, index = player.story.course, player.index
    if int(course.left[0, index]) <= k:
        return []
    when = player.at(player.visits[visit.code], player.hour("rating", 9.5, 15.5))
    if course.skipped[0, index, k]:
        return [(when, lambda: miss(player, visit, "not-said"))]
    return [
        (when - timedelta(days=2), lambda: assign_rater(player, visit.code)),
        (when, lambda: hold(player, visit)),
    ]


def _within(player: Player, k: int, stream: str) -> datetime:
    """A moment of period k: from two days after its session to the day before its rating."""
    story = player.story
    first = player.visits[story.dosing[k]] + timedelta(days=2)
    last = player.visits[story.rated[k]] - timedelta(days=1)
    days = max(0, (last - first).days)
    day = first + timedelta(days=int(player.luck.draw(stream) * (days + 1)))
    return player.at(min(day, last), player.hour(stream, 11.5, 17.0))


def _events(player: Player) -> list[Entry]:
    """Intercurrent events of the course, told when they come to be known."""
    course, index = player.story.course, player.index
    # Assumptions taken over from another study may have events that this one does not name.
    named = {each.code for each in player.story.protocol.intercurrent_events} - {MISSED, NO_SUPPLEMENT}
    entries: list[Entry] = []
    for code, first in course.events.items():
        k = int(first[0, index])
        if k < course.visits and code in named:
            when = _within(player, k, f"event/{code}")
            entries.append((when, partial(tell_event, player, code, _asked_next(player, k, when))))
    return entries


def _asked_next(player: Player, k: int, when: datetime) -> str:
    """The visit that asks for what came in period k: its rating, or a follow-up held before that."""
    story, life = player.story, player.story.life
    rating = story.rated[k]
    until = player.visits[rating]
    between = [
        code
        for code in story.followed
        if when.date() < player.visits[code] < until and life.reached[player.index, life.moments.index(code)]
    ]
    return min(between, key=player.visits.__getitem__, default=rating)


def _leaving(player: Player) -> list[Entry]:
    course, index = player.story.course, player.index
    k = int(course.left[0, index])
    if k == course.visits:
        return []
    if course.early[0, index]:
        day = player.visits[player.story.rated[k - 1]] + timedelta(days=1)
        return [(player.at(day, 12.0), lambda: _withdraw(player))]
    return [(_within(player, k, "leaving-day"), lambda: _withdraw(player))]


def _withdraw(player: Player) -> None:
    why = player.luck.pick("why-left", WHY_LEFT)
    if why == BELIEVES and all(arm.level for arm in player.story.protocol.arms):
        why = "believes to have had the lower dose"
    by = player.oneself if player.luck.strikes("left-oneself", 0.4) else player.coordinator
    player.stage.do(Withdraw(participant=player.code, from_=("treatment", "follow-up"), why=why), by)
    player.left = True


def _end(player: Player) -> list[Entry]:
    """The end of the planned course, two weeks after the last visit."""
    if not player.story.course.completed[0, player.index]:
        return []
    last = max(player.visits.values()) + timedelta(days=21)
    entries: list[Entry] = [(player.at(last, 11.0), lambda: _complete(player))]
    if player.habit("early_complete"):
        # The file is closed after the last rating, with the follow-up still to come.
        rated = player.visits[player.story.rated[-1]]
        entries.append((player.at(rated, 17.0), lambda: _ask_complete(player)))
    return entries


def _ask_complete(player: Player) -> None:
    player.stage.do(Complete(participant=player.code), player.coordinator)


def _complete(player: Player) -> Iterator[datetime]:
    for _ in range(3):
        if isinstance(player.stage.do(Complete(participant=player.code), player.coordinator), list):
            return
        yield player.stage.now + timedelta(days=7)
