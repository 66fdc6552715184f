"""The sticky head: time since the dose, what comes next, who is there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso
from holdfast.conduct.bedside import (
    DueNow,
    WindowNow,
    minute_of,
)
from holdfast.conduct.rounds import rounds_now
from holdfast.timing import Instant, in_words, time_in_words


def head(room: Room, due: DueNow, window: WindowNow | None) -> dict[str, Any]:
    """The sticky head."""
    session = room.session
    since = minute_of(session, room.at)
    last = max((each.recorded_at for each in session.history), default=None)
    return {
        "t0": iso(session.t0.at if session.t0 else None),
        "t": "" if since is None else wording.t_plus(since),
        "t0_clock": "" if session.t0 is None else time_in_words(session.t0),
        "started": "" if session.started is None else time_in_words(session.started),
        "closed": _closed(room),
        "zone": time_in_words(room.at).rpartition(" ")[2],
        "next": _next(room, due, window),
        "saved": "" if last is None else Instant(last, room.at.zone).local.strftime("%H:%M:%S"),
        "staff": [room.name(each) for each in session.in_room],
        "phone": room.site.phone,
        "physician": room.name(session.physician) if session.physician else "",
    }


def _closed(room: Room) -> dict[str, str]:
    """When the session was discharged and how long it had lasted; empty while it goes on."""
    session = room.session
    begun = session.t0 or session.started
    if session.discharged is None or begun is None:
        return {}
    lasted = wording.span(session.discharged.at - begun.at)
    after = (
        _("%(time)s after the first dose") if session.t0 else _("%(time)s after the start, without a dose")
    )
    return {"at": in_words(session.discharged), "after": after % {"time": lasted}}


def _next(room: Room, due: DueNow, window: WindowNow | None) -> dict[str, str]:
    coming: list[tuple[datetime, str]] = []
    if due.upcoming is not None and due.upcoming.at is not None:
        coming.append((due.upcoming.at, _("Reading %(t)s") % {"t": wording.t_plus(due.upcoming.minute)}))
    if window is not None and room.session.supplement is None and window.opens and window.closes:
        if window.state == "before":
            coming.append((window.opens, _("Supplemental window opens")))
        elif window.state == "open":
            coming.append((window.closes, _("Supplemental window closes")))
    coming += [
        (each.at, _("Effects, hour %(hour)s") % {"hour": f"{each.hour:g}"})
        for each in rounds_now(room.protocol, room.session, room.at.at)
        if each.at is not None and each.state == "upcoming"
    ]
    if not coming or room.session.ended is not None or room.session.discharged is not None:
        return {}
    at, words = min(coming)
    left = at - room.at.at
    inside = wording.span(abs(left))
    return {
        "words": words,
        "at": iso(at),
        "clock": clock(room, at),
        "left": _("in %(time)s") % {"time": inside}
        if left >= timedelta(0)
        else _("%(time)s overdue") % {"time": inside},
    }
