"""Touch in a session: offered or asked for, given within what was agreed, stopped."""

from __future__ import annotations

from collections.abc import Callable

from holdfast.conduct.actions import RecordTouch
from holdfast.simulation.day import Day, Scene


def touch_scenes(day: Day) -> list[Scene]:
    """A hand held, if it was agreed to; once in a long while something that was not."""
    player = day.player
    if player.habit("touch_not_agreed"):
        return [(140, _touch(day, "offered", "embrace" if player.touch else "hand"))]
    if not player.touch or not player.habit("touch"):
        return []
    kind = player.luck.pick("touch-kind", ("hand", "shoulder"))
    begins = player.luck.whole("touch-at", 70, 240)
    if player.habit("touch_declined"):
        return [(begins, _touch(day, "offered", kind)), (begins + 1, _touch(day, "declined", kind))]
    lasts = player.luck.whole("touch-lasts", 3, 18)
    first = "asked" if player.luck.strikes("touch-asked", 0.5) else "offered"
    return [
        (begins, _touch(day, first, kind)),
        (begins + 1, _touch(day, "given", kind)),
        (begins + 1 + lasts, _touch(day, "stopped", kind)),
    ]


def _touch(day: Day, act: str, kind: str) -> Callable[[], None]:
    code, visit = day.ids
    by = code if act in ("asked", "declined") else day.player.pair[0].code
    what = RecordTouch(participant=code, visit=visit, act=act, kind_=kind, by=by)
    return lambda: _tell(day, what)


def _tell(day: Day, what: RecordTouch) -> None:
    day.player.stage.do(what, day.player.second)
