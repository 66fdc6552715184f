"""The readings of a dosing day: in time, late, put off, missed, or noted offline and sent later."""

from __future__ import annotations

from datetime import timedelta

from holdfast.conduct.actions import DeferVitals, MissVitals
from holdfast.simulation.day import Day, Scene
from holdfast.simulation.play_watch import AFTER, look
from holdfast.simulation.stage import Actor

UNDISTURBED = range(60, 110)
"""The minutes around the supplemental gate, whose readings decide and are taken in time."""
OFFLINE = range(150, 250)
WHY_MISSED = ("asleep, not to be woken", "in the bathroom", "cuff failed", "in the middle of a memory")


def reading_scenes(day: Day) -> list[Scene]:
    """Every scheduled reading after the first dose, each at the minute it happens."""
    plan = [int(minute) for minute in day.player.story.protocol.vitals.at_minutes.numbers if minute > 0]
    offline = OFFLINE if day.player.habit("offline") else range(0)
    found: list[Scene] = []
    held: list[tuple[int, float]] = []
    for minute in plan:
        if minute in offline:
            held.append((minute, minute + 3 * day.player.luck.draw("offline-minute")))
            found.append((_overdue(day, minute), lambda: look(day)))
        else:
            found += _scenes_of(day, minute)
    if held:
        found.append((OFFLINE.stop + 4, lambda: _send(day, held)))
    return found


def _scenes_of(day: Day, minute: int) -> list[Scene]:
    player = day.player
    if minute in UNDISTURBED:
        return [(minute + (0.5 if minute in (90, 105) else 0), lambda: day.read(minute, due=minute))]
    if player.habit("vitals_missed"):
        return [(_overdue(day, minute), lambda: look(day)), (minute + 13, lambda: _miss(day, minute))]
    if player.habit("vitals_deferred"):
        later = minute + player.luck.whole("deferral", 6, 17)
        return [
            (minute, lambda: _defer(day, minute, later)),
            (later + 1, lambda: day.read(later, due=minute, by=_reader(day))),
        ]
    if player.habit("vitals_late"):
        late = minute + player.luck.whole("lateness", 7, 16)
        reading = (late, lambda: day.read(minute, due=minute, by=_reader(day)))
        return [(_overdue(day, minute), lambda: look(day)), reading]
    soon = minute + 3 * player.luck.draw("jitter")
    return [(soon, lambda: day.read(minute, due=minute, by=_reader(day)))]


def _overdue(day: Day, minute: int) -> float:
    """When a reading of that minute has become overdue and is looked for."""
    return minute + day.player.story.protocol.vitals.late_after_minutes.number + AFTER


def _reader(day: Day) -> Actor:
    return day.player.lead if day.player.luck.strikes("reader", 0.3) else day.player.second


def _miss(day: Day, minute: int) -> None:
    code, visit = day.ids
    why = day.player.luck.pick("why-missed", WHY_MISSED)
    what = MissVitals(participant=code, visit=visit, due_minute=minute, why=why)
    day.player.stage.do(what, day.player.second)


def _defer(day: Day, minute: int, until: int) -> None:
    code, visit = day.ids
    what = DeferVitals(
        participant=code, visit=visit, due_minute=minute, until_minute=until, why="not to be disturbed now"
    )
    day.player.stage.do(what, day.player.second)


def _send(day: Day, held: list[tuple[int, float]]) -> None:
    """What the tablet noted while it was offline arrives together, with its clock's skew."""
    skew = round(4 * day.player.luck.draw("skew") - 2, 2)
    offline = Actor(
        day.player.second.code,
        day.player.second.role,
        day.player.site.code,
        day.player.site.zone,
        f"{day.player.site.code}-tablet-2 (offline)",
    )
    for minute, happened in held:
        day.read(minute, due=minute, by=offline, happened=day.t0 + timedelta(minutes=happened), skew_s=skew)
