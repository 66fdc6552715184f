"""Sheets of paper for a downtime, drawn from the study file: all a session asks for, to be filled by hand.

They hold what the room needs to go on without a screen, and nothing of what was rated or of any
arm. Their entries are copied afterwards (``paper``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.effects import prompts_by_category
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct import values
from holdfast.conduct.facts import CONFIRMABLE, parsed
from holdfast.conduct.gate import item_of
from holdfast.conduct.standing import SiteStanding, StudyStanding
from holdfast.conduct.touch import OF_TOUCH
from holdfast.conduct.vitals import measure_of, schedule
from holdfast.protocol.model import DosingSession, Limit, Protocol
from holdfast.timing import Instant, in_words

SHORT_HASH = 12
BLANK = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What every sheet says of itself."""

    study: str
    title: str
    rehearsal: bool
    participant: str
    visit: str
    printed_at: str
    version: str
    hash_start: str


@dataclass(frozen=True, slots=True)
class GateLine:
    """A condition of a gate, whose it is, whether a physician may let it pass, what is asked for it."""

    label: str
    owner: str
    override: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit in words, and what to do when it is passed."""

    words: str
    mark: str
    action: str


@dataclass(frozen=True, slots=True)
class Due:
    """A row of a table that has its minute, and its time on the clock where the dose was given."""

    t: str
    clock: str


@dataclass(frozen=True, slots=True)
class Card:
    """Whom to call."""

    phone: str
    physician: str
    kit_until: str


@dataclass(frozen=True, slots=True)
class Sheets:
    """Everything that is printed."""

    head: Head
    card: Card
    staff: tuple[str, ...]
    doses: tuple[tuple[str, str], ...]
    first_gate: tuple[GateLine, ...]
    supplement: tuple[str, str] | None
    supplement_gate: tuple[GateLine, ...]
    readings: tuple[Due, ...]
    limits: tuple[LimitLine, ...]
    rounds: tuple[str, ...]
    prompts: tuple[tuple[str, tuple[str, ...]], ...]
    touches: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    end_gate: tuple[GateLine, ...]
    leave_gate: tuple[GateLine, ...]
    minimum_hours: str


def of_session(room: Room, *, title: str, rehearsal: bool) -> Sheets:
    """The sheets of one session: with its participant, its people, its kits and the times that are known."""
    session = room.session
    return _sheets(
        room.protocol,
        room.plan,
        head=_head(room.protocol, room.plan, room.at, title, rehearsal, participant=room.participant),
        card=Card(
            phone=room.site.phone,
            physician=room.name(session.physician) if session.physician else BLANK,
            kit_until=room.site.emergency_kit_until,
        ),
        staff=tuple(room.name(each) for each in session.in_room),
        kits={step: kit.kit for step, kit in session.kits.items()},
        t0=session.t0,
        study=room.whole_study,
        site=room.site,
        agreed=room.person.consents,
    )


def blank(
    protocol: Protocol,
    plan: DosingSession,
    *,
    study: StudyStanding,
    now: Instant,
    title: str,
    rehearsal: bool,
) -> Sheets:
    """The sheets of a study's session for whoever it will be."""
    return _sheets(
        protocol,
        plan,
        head=_head(protocol, plan, now, title, rehearsal, participant=BLANK),
        card=Card(BLANK, BLANK, BLANK),
        staff=(),
        kits={},
        t0=None,
        study=study,
        site=SiteStanding(stream="site/"),
        agreed=None,
    )


def _head(
    protocol: Protocol, plan: DosingSession, now: Instant, title: str, rehearsal: bool, *, participant: str
) -> Head:
    return Head(
        study=protocol.study.code,
        title=title,
        rehearsal=rehearsal,
        participant=participant,
        visit=visit_name(protocol, plan.visit),
        printed_at=in_words(now),
        version=protocol.study.version,
        hash_start=protocol.hash[:SHORT_HASH],
    )


def _sheets(
    protocol: Protocol,
    plan: DosingSession,
    *,
    head: Head,
    card: Card,
    staff: tuple[str, ...],
    kits: Mapping[str, str],
    t0: Instant | None,
    study: StudyStanding,
    site: SiteStanding,
    agreed: Mapping[str, object] | None,
) -> Sheets:
    supplemental = plan.supplemental
    steps = [step for step in (plan.first, supplemental) if step is not None]
    return Sheets(
        head=head,
        card=card,
        staff=staff,
        doses=tuple(
            (wording.step(supplemental=step is supplemental), kits.get(step.step, BLANK)) for step in steps
        ),
        first_gate=_gate(protocol, plan.first.gate),
        supplement=None if supplemental is None else _window(plan, t0=t0, study=study, site=site),
        supplement_gate=() if supplemental is None else _gate(protocol, supplemental.gate),
        readings=_readings(protocol, t0=t0, study=study, site=site),
        limits=tuple(_limit(each, study=study, site=site) for each in protocol.limits),
        rounds=_rounds(protocol),
        prompts=tuple(
            (category, tuple(label for _code, label in items))
            for category, items in prompts_by_category(protocol)
            if items
        ),
        touches=_touches(protocol, agreed),
        events=tuple(wording.event(code) for code in wording.ONE_TAP),
        end_gate=_gate(protocol, plan.end_gate),
        leave_gate=_gate(protocol, plan.discharge_gate),
        minimum_hours=f"{plan.minimum_hours.number:g}",
    )


# --- gates -----------------------------------------------------------------------------------


def _gate(protocol: Protocol, codes: tuple[str, ...]) -> tuple[GateLine, ...]:
    owners = role_names()
    found = []
    for code in codes:
        item = item_of(protocol, code)
        _tree, names = parsed(item.rule)
        found.append(
            GateLine(
                label=said(item.label),
                owner=owners[item.owner],
                override=_("by a physician, with a reason")
                if item.override == "physician"
                else _("by nobody"),
                asks=tuple(wording.fact(name) for name in names if name in CONFIRMABLE),
            )
        )
    return tuple(found)


# --- times -------------------------------------------------------------------------------------


def _window(
    plan: DosingSession, *, t0: Instant | None, study: StudyStanding, site: SiteStanding
) -> tuple[str, str]:
    step = plan.supplemental
    assert step is not None
    hours = [
        None if figure is None else values.value(figure, name, study=study, site=site)
        for figure, name in (
            (step.opens_h, f"sessions.{plan.visit}.supplemental.opens_h"),
            (step.closes_h, f"sessions.{plan.visit}.supplemental.closes_h"),
        )
    ]
    first, last = (_at(None if hour is None else 60 * hour, t0) for hour in hours)
    return first, last


def _at(minute: float | None, t0: Instant | None) -> str:
    if minute is None:
        return _("awaits a physician's signature")
    t = wording.t_plus(minute)
    return t if t0 is None else f"{t} ({Instant(t0.at + timedelta(minutes=minute), t0.zone).local:%H:%M})"


def _readings(
    protocol: Protocol, *, t0: Instant | None, study: StudyStanding, site: SiteStanding
) -> tuple[Due, ...]:
    minutes = schedule(protocol, study=study, site=site) or ()
    return tuple(
        Due(
            t=wording.t_plus(minute),
            clock=BLANK
            if t0 is None
            else Instant(t0.at + timedelta(minutes=minute), t0.zone).local.strftime("%H:%M"),
        )
        for minute in minutes
    )


def _rounds(protocol: Protocol) -> tuple[str, ...]:
    return tuple(wording.t_plus(60 * hour) for hour in protocol.adverse_events.prompt_at_hours.numbers)


# --- limits, touch ---------------------------------------------------------------------------


def _limit(limit: Limit, *, study: StudyStanding, site: SiteStanding) -> LimitLine:
    number = values.limit_value(limit, study=study, site=site)
    measure = wording.measure(measure_of(limit))
    if number is None:
        words = _("%(measure)s: no signed limit") % {"measure": measure}
    else:
        sign = "≥" if limit.op == ">=" else "≤"
        words = f"{measure} {sign} {number:g} {wording.unit(measure_of(limit))}".rstrip()
    mark, word = wording.priority(limit.priority)
    return LimitLine(words, f"{mark} {word}", said(limit.action))


def _touches(protocol: Protocol, agreed: Mapping[str, object] | None) -> tuple[tuple[str, str], ...]:
    found = []
    for item in protocol.consent:
        if item.code.startswith(OF_TOUCH):
            state = BLANK
            if agreed is not None:
                state = _("agreed to") if item.code in agreed else _("not agreed to")
            found.append((said(item.label), state))
    return tuple(found)
