"""What the tablet must know to go on without a network: words, limits, what is due, last values, alarms.

Nothing of it is worded for one person: it is the same for all who follow a session.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import iso, phase
from holdfast.conduct import alarms
from holdfast.conduct.bedside import DueNow, WindowNow
from holdfast.conduct.case import Case
from holdfast.conduct.rounds import rounds_now
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.standing.session import MEASURES, Alarm
from holdfast.conduct.values import limit_value
from holdfast.conduct.vitals import late_after, measure_of
from holdfast.instruments.vitals import POSSIBLE, USUAL
from holdfast.protocol.model import Protocol

LATELY = 12
"""So many of the last entries are named to tablets that may not have had their answer."""


def frame(requests: tuple[str, ...], *, may_work: bool) -> dict[str, Any]:
    """What does not change while a page is open: its words, and which forms ask for leave."""
    return {"words": words(), "requests": requests, "may_work": may_work}


def rules(room: Room, case: Case) -> dict[str, Any]:
    """What hardly changes: limits and how they ring, what can be measured, what is usual."""
    return {
        **ringing(case),
        "names": {name: wording.measure(name) for name in (*MEASURES, "suds")},
        "units": {**{name: wording.unit(name) for name in MEASURES}, "suds": _("of 10")},
        "marks": {each: " ".join(wording.priority(each)) for each in alarms.RANK},
        "possible": {name: list(figure.numbers) for name, figure in POSSIBLE.items()},
        "usual": {name: list(figure.numbers) for name, figure in USUAL.items()},
        "late_after": late_after(room.protocol, study=room.whole_study, site=room.site) or 0,
        "again_after": f"{room.protocol.vitals.repeat_after_minutes.number:g}",
    }


def ringing(case: Case) -> dict[str, Any]:
    """The limits that have a number here, and the rule by which a reading beyond one rings."""
    limits = [
        {
            "code": each.code,
            "measure": measure_of(each),
            "op": each.op,
            "number": number,
            "priority": each.priority,
            "band": alarms.band(case.protocol, each, study=case.study, site=case.site),
            "action": each.action["en"],
        }
        for each in case.protocol.limits
        if (number := limit_value(each, study=case.study, site=case.site)) is not None
    ]
    rule = {
        "repeat": alarms.REPEAT,
        "sure": alarms.SURE_BANDS,
        "grace": alarms.GRACE.number,
        "readAgain": alarms.READ_AGAIN,
    }
    return {"limits": limits, "rule": rule}


def known(room: Room, due: DueNow, window: WindowNow | None) -> dict[str, Any]:
    """The session as it stands: last values, what is due and to come, alarms, the last entries."""
    session = room.session
    return {
        "phase": phase(room),
        "t0": iso(session.t0.at if session.t0 else None),
        "kits": {step: here.kit for step, here in sorted(session.kits.items())},
        "fluids": dict(sorted(session.fluids.items())),
        "due": [
            [each.minute, iso(each.at), each.state]
            for each in due.rows
            if each.state not in ("read", "missed")
        ],
        "coming": _coming(room, window),
        "recorded": _lately(session),
        **standing(room.protocol, session),
    }


def standing(protocol: Protocol, session: SessionStanding) -> dict[str, Any]:
    """The last values, and the alarms of readings as they are latched."""
    latched = {code: session.alarms[root] for code, root in session.latched.items()}
    start = session.t0 or session.started
    return {
        "start": iso(start.at if start else None),
        "last": {
            name: {"value": each.value, "at": iso(each.at.at)}
            for name, each in sorted(session.last.items())
            if name in MEASURES
        },
        "latched": {
            code: _latched(session, alarm)
            for code, alarm in sorted(latched.items())
            if alarms.limit_of(protocol, alarm) is not None
        },
    }


def _latched(session: SessionStanding, alarm: Alarm) -> dict[str, Any]:
    again = alarms.recheck_at(session, alarm)
    return {
        "id": str(alarm.root),
        "priority": alarm.priority,
        "measure": alarm.measure,
        "worst": alarm.worst,
        "limit": alarm.limit,
        "raised": iso(alarm.raised_at.at),
        "taken": iso(alarm.taken_at.at if alarm.taken_at else None),
        "recheck": iso(again.at if again else None),
    }


def _coming(room: Room, window: WindowNow | None) -> list[list[str]]:
    """What comes besides readings, in order: when, and what."""
    found: list[tuple[datetime, str]] = []
    if room.session.ended is not None:
        return []
    if window and window.opens and window.closes and room.session.supplement is None:
        found.append((window.opens, _("Supplemental window opens")))
        found.append((window.closes, _("Supplemental window closes")))
    found += [
        (each.at, _("Effects, hour %(hour)s") % {"hour": f"{each.hour:g}"})
        for each in rounds_now(room.protocol, room.session, room.at.at)
        if each.at is not None and each.state == "upcoming"
    ]
    return [[iso(at), what] for at, what in sorted(found)]


def _lately(session: SessionStanding) -> list[str]:
    told = [each for each in session.history if each.device not in ("holdfast", "browser")]
    return [str(each.id) for each in told[-LATELY:]]


def words() -> dict[str, str]:
    """Sentences of the page's script; % stands for what it fills in."""
    return {
        "offline": _("Offline"),
        "signedOut": _("Signed out"),
        "sending": _("Saving"),
        "waiting": _("% waiting"),
        "waits": _("waiting"),
        "ago": _("ago"),
        "soFar": _("so far"),
        "since": _("since %"),
        "reading": _("Reading %"),
        "forT": _("for %"),
        "limit": _("limit"),
        "plan": _("Plan"),
        "againIn": _("Again in, min"),
        "takeOn": _("I take it on"),
        "fromThisTablet": _("From this tablet; the server does not have it yet."),
        "missing": _("The reading of % is not there"),
        "readNow": _("Read now, or say why not."),
        "lookAt": _("% to look at"),
        "again": _("Try again"),
        "giveUp": _("Not needed any more"),
        "copy": _("Copy as text"),
        "signIn": _("Sign in in another tab"),
        "reload": _("Open the page anew"),
        "asOf": _("No network. Shown as of %; what you enter is kept on this tablet and sent later."),
        "storeFull": _(
            "This tablet's store is full or closed: what waits is only in this page. "
            "Keep the page open until everything is saved, or copy it."
        ),
        "signInAgain": _("You are signed out. Nothing is lost: what you enter waits on this tablet."),
        "another": _("% is signed in now; this page was opened by somebody else."),
        "needsNetwork": _(
            "This needs the network: it is decided on the server. What is typed stays here; try again."
        ),
        "impossible": _("% cannot be. Nothing was recorded; read it again."),
        "noValue": _("A reading has at least one value."),
        "swapped": _("The systolic pressure must be above the diastolic. Were the two swapped?"),
        "unusual": _("Unusual. Look again: recheck it, or keep it as it is."),
        "otherKit": _("That is not the kit set aside (%). Recheck, or keep it."),
    }
