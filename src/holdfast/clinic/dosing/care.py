"""What the page shows of recording, rescue medicine, capsules, the night, distress before the dose."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso, phase
from holdfast.clinic.dosing.words_care import night_state, recording_act
from holdfast.clinic.participants.wording import said
from holdfast.conduct import values
from holdfast.conduct.bedside import WindowNow, told
from holdfast.conduct.leaving import unused
from holdfast.conduct.overnight import STATES
from holdfast.conduct.recording_gaps import agreed, asked, last_mark, off_since
from holdfast.conduct.setting import DISTURBANCES
from holdfast.protocol.model import Limit
from holdfast.protocol.roles import Role
from holdfast.records.session import RecordingKept, RescueGiven
from holdfast.timing import time_in_words


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether it runs, since when, and what may be told next.

    ``off`` since when under drug effect nothing is recorded, ``to_start`` before the dose,
    ``must_stop`` where it runs without consent, ``to_end`` where the session is over.
    """

    runs: bool
    words: str
    off: str
    off_clock: str
    agreed: bool
    must_stop: bool
    to_start: bool
    to_end: bool
    acts: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    wants_digest: bool


@dataclass(frozen=True, slots=True)
class Rescue:
    """A medicine that was given, and what came of it."""

    id: str
    words: str
    effect: str


@dataclass(frozen=True, slots=True)
class Unused:
    """A kit that will not be used any more."""

    kit: str
    step: str


@dataclass(frozen=True, slots=True)
class LimitCard:
    """A limit in words, and what to do when it is passed."""

    words: str
    mark: str
    action: str


@dataclass(frozen=True, slots=True)
class Card:
    """Whom to call, what is at hand, what to do."""

    phone: str
    physician: str
    kit_until: str
    limits: tuple[LimitCard, ...]


def recording(room: Room) -> Recording | None:
    """The recording of the session; None where the study asks for none, or before the start."""
    session, person = room.session, room.person
    if session.started is None or not (asked(room.protocol) or session.recording):
        return None
    mark = last_mark(session, room.at)
    runs, permitted = mark is not None and mark.runs, agreed(person, room.at)
    off = off_since(session, room.at) if permitted and session.ended is None else None
    kept = tuple((fact.custodian, fact.sha256) for _record, fact in told(session, RecordingKept))
    return Recording(
        runs=runs,
        words=recording_act(mark.act, time_in_words(mark.at)) if mark else _("Not started"),
        off=iso(off.at if off else None),
        off_clock=clock(room, off.at if off else None),
        agreed=permitted,
        must_stop=runs and not permitted,
        to_start=permitted and not runs and phase(room) == "gate",
        to_end=runs and session.ended is not None,
        acts=_acts(runs=runs, begun=mark is not None, permitted=permitted),
        kept=kept,
        wants_digest=bool(session.recording) and not runs and not kept,
    )


def _acts(*, runs: bool, begun: bool, permitted: bool) -> tuple[tuple[str, str], ...]:
    if runs:
        return (("stopped", _("It stopped")), ("ended", _("It is ended")))
    if not permitted:
        return ()
    return (("resumed", _("It runs again")),) if begun else (("started", _("It runs")),)


def rescues(room: Room) -> list[Rescue]:
    """Medicines given in the session."""
    return [
        Rescue(
            id=str(record.id),
            words=_("%(medicine)s, %(amount)s, %(route)s, at %(at)s")
            % {
                "medicine": fact.medicine,
                "amount": fact.amount,
                "route": fact.route,
                "at": time_in_words(record.happened_at),
            },
            effect=fact.effect,
        )
        for record, fact in told(room.session, RescueGiven)
    ]


def capsules(room: Room, window: WindowNow | None) -> list[Unused]:
    """Kits set aside that will not be used any more and have not gone back."""
    over = room.session.ended is not None
    later = room.plan.supplemental
    no_more = room.session.supplement is False or (window is not None and window.state == "over")
    return [
        Unused(kit, wording.step(supplemental=later is not None and step == later.step))
        for step, kit in unused(room.session)
        if over or (later is not None and step == later.step and no_more)
    ]


def keepers(room: Room) -> list[tuple[str, str]]:
    """Who may keep a recording: everybody appointed at the site, by name."""
    here = {each.person: each.name for each in room.snapshot.appointments if each.site == room.site_code}
    return sorted(here.items(), key=lambda pair: pair[1])


def asks_distress(room: Room) -> bool:
    """Whether distress is still to be asked before the dose."""
    return phase(room) == "gate" and not room.session.suds


def disturbances() -> list[tuple[str, str]]:
    """What disturbs a session, by one tap."""
    return [(code, wording.event(code)) for code in DISTURBANCES]


def night(room: Room) -> dict[str, object] | None:
    """Who has taken over, who may, and what is noted of the night; None before the end."""
    if phase(room) not in ("ended", "left"):
        return None
    last = room.session.handed[-1] if room.session.handed else None
    return {
        "asked": room.plan.overnight,
        "with": "" if last is None else room.name(last.to),
        "since": "" if last is None else time_in_words(last.at),
        "attendants": [(each, room.name(each)) for each in room.team[Role.ATTENDANT]],
        "states": [(code, night_state(code)) for code in STATES],
        "open": phase(room) == "ended",
        "signed": [(room.name(each.by), time_in_words(each.at)) for each in room.session.signed],
    }


def emergency(room: Room) -> Card:
    """The emergency card: whom to call, what is at hand, what the study file says to do."""
    session = room.session
    return Card(
        phone=room.site.phone,
        physician=room.name(session.physician) if session.physician else "",
        kit_until=room.site.emergency_kit_until,
        limits=tuple(_limit(room, each) for each in room.protocol.limits if each.priority != "low"),
    )


def _limit(room: Room, limit: Limit) -> LimitCard:
    number = values.limit_value(limit, study=room.whole_study, site=room.site)
    measure = wording.measure(limit.measure.replace("-", "_"))
    unit = wording.unit(limit.measure.replace("-", "_"))
    if number is None:
        words = _("%(measure)s: no signed limit") % {"measure": measure}
    elif limit.op == ">=":
        words = _("%(measure)s %(number)s %(unit)s or more")
    else:
        words = _("%(measure)s %(number)s %(unit)s or less")
    if number is not None:
        words = words % {"measure": measure, "number": f"{number:g}", "unit": unit}
    mark, _word = wording.priority(limit.priority)
    return LimitCard(words, mark, said(limit.action))
