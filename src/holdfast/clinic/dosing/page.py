"""What the session page shows: head, alarms, values, entry, gates, events, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.chart import chart, limits_by_measure
from holdfast.clinic.dosing.diary import alarm_cause, diary, rows
from holdfast.clinic.dosing.entries import confirmed
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import (
    DueNow,
    ValueNow,
    WindowNow,
    alarms_now,
    due_now,
    gate_now,
    minute_of,
    prompts_now,
    supplement_now,
    told,
    touches,
    values_now,
)
from holdfast.conduct.case import Case
from holdfast.conduct.decision import Reason
from holdfast.conduct.gate import END, LEAVE
from holdfast.conduct.outlook import ReadingDue
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmAcknowledged, AlarmRaised
from holdfast.timing import Instant, time_in_words

NO_IS_GOOD = frozenset({"mao_inhibitor_or_lithium", "contraindication"})
"""Confirmed facts whose name is the danger: their question is always shown."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A current value: the number, how old, when stale, how it moved, its limits, which it passes."""

    code: str
    name: str
    text: str
    unit: str
    at: str
    clock: str
    age: str
    stale_at: str
    stale: bool
    trend: str
    limits: str
    passed: str
    passed_words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One line of the alarm strip."""

    id: str
    code: str
    priority: str
    mark: str
    word: str
    cause: str
    since: str
    action: str
    taken_by: str
    plan: str
    recheck: str
    recheck_at: str
    again: str


@dataclass(frozen=True, slots=True)
class Item:
    """One condition of a gate as shown: its mark, whose it is, and what people confirm."""

    code: str
    label: str
    truth: str
    words: str
    owner: str
    missing: str
    overridable: bool
    asks: tuple[tuple[str, str, str], ...]
    form: tuple[str, str] | None

    @property
    def plain(self) -> bool:
        """Whether the condition's own words are the question, and yes is the answer that lets it hold."""
        return len(self.asks) == 1 and self.asks[0][0] not in NO_IS_GOOD


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: which step, its conditions, and what else stands in the way."""

    step: str
    name: str
    items: tuple[Item, ...]
    reasons: tuple[Reason, ...]
    open_until: str
    kit: str


@dataclass(frozen=True, slots=True)
class Round:
    """A round of prompted effects."""

    hour: str
    t: str
    at: str
    state: str


@dataclass(slots=True)
class Answered:
    """How the last form of this page was answered, where it was sent without JavaScript."""

    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""
    where: str = ""
    reasons: tuple[Reason, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)


def context(room: Room, answered: Answered, *, looked_at: Mapping[str, str]) -> dict[str, Any]:
    """Everything the template uses."""
    session, protocol = room.session, room.protocol
    case = room.case(Act.GIVE_DOSE, _dose_ask(room, room.plan.first.step, {}))
    due = due_now(protocol, session, room.at.at, study=room.whole_study, site=room.site)
    values = values_now(case, session)
    window = supplement_now(case, session, room.at.at)
    given = confirmed(looked_at) if looked_at else confirmed(answered.typed)
    return {
        "room": room,
        "session": session,
        "phase": phase(room),
        "visit_name": visit_name(protocol, room.visit),
        "may_work": room.may(Act.WORK_SESSION, act.ReadVitals),
        "may_dose": room.may(Act.GIVE_DOSE, act.AskDose),
        "may_override": room.may(Act.OVERRIDE_GATE, act.OverrideGate),
        "fresh": edge.new_id,
        "now_iso": iso(room.at.at),
        "answered": answered,
        "head": head(room, due, window),
        "strips": (shown := strips(room)),
        "worst": next((each for each in shown if not each.taken_by), None),
        "late": [_slot(each, room) for each in due.late],
        "tiles": [*tiles(room, values), *distress(room)],
        "due": _due_context(room, due),
        "fields": entry_fields(values, answered),
        "chart": chart(room, limits_by_measure(case)),
        "rows": rows(room),
        "diary": diary(room),
        "gate": first_gate(room, case, given),
        "supplement": supplement(room, case, window, given),
        "ending": ending(room, case, given),
        "starting": starting(room),
        "rounds": rounds(room),
        "prompts": prompts_by_category(protocol),
        "one_tap": [(code, wording.event(code)) for code in wording.ONE_TAP],
        "fluids": [f"{total:g} {unit}" for unit, total in sorted(session.fluids.items())],
        "touches": [(kind, said(label), agreed) for kind, label, agreed in touches(case, room.participant)],
        "touch_acts": [(code, wording.touch(code)) for code in ("asked", "declined", "given", "stopped")],
        "team": [(each, room.name(each)) for each in _team(room)],
        "others": [(each, room.name(each)) for each in _team(room) if each != room.author],
        "monitors": monitors(room),
        "positions": [(code, wording.position(code)) for code in ("sitting", "lying", "standing")],
        "unsigned": unsigned_words(values),
    }


def phase(room: Room) -> str:
    """How far the session is: "waiting", "gate", "dosed", "ended" or "left"."""
    session = room.session
    if session.discharged is not None:
        return "left"
    if session.ended is not None:
        return "ended"
    if session.t0 is not None:
        return "dosed"
    return "gate" if session.started is not None else "waiting"


def iso(at: datetime | None) -> str:
    """A time as the browser reads it."""
    return "" if at is None else at.isoformat().replace("+00:00", "Z")


def clock(room: Room, at: datetime | None) -> str:
    """A time on the site's clock."""
    return "" if at is None else Instant(at, room.at.zone).local.strftime("%H:%M")


def _dose_ask(room: Room, step: str, given: Mapping[str, Any]) -> act.AskDose:
    return act.AskDose(participant=room.participant, visit=room.visit, step=step, confirmed=dict(given))


# --- head ------------------------------------------------------------------------------


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
        "zone": time_in_words(room.at).rpartition(" ")[2],
        "next": _next(room, due, window),
        "saved": "" if last is None else Instant(last, room.at.zone).local.strftime("%H:%M:%S"),
        "staff": [room.name(each) for each in session.in_room],
        "phone": room.site.phone,
        "physician": room.name(session.physician) if session.physician else "",
    }


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
        for each in prompts_now(room.protocol, room.session, room.at.at)
        if each.at is not None and each.state == "upcoming"
    ]
    if not coming or room.session.ended is not None:
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


# --- alarms ------------------------------------------------------------------------------


def strips(room: Room) -> list[Strip]:
    """The alarm strip, the severest first."""
    raised = {record.id: (record, fact) for record, fact in told(room.session, AlarmRaised)}
    plans = {fact.alarm: fact.plan for _record, fact in told(room.session, AlarmAcknowledged)}
    breaks = {record.id: fact.what for record, fact in told(room.session, Deviation)}
    found = []
    for each in alarms_now(room.protocol, room.session):
        alarm = each.alarm
        if room.session.discharged is not None and alarm.taken_by:
            continue
        record, fact = raised[alarm.root]
        mark, word = wording.priority(alarm.priority)
        told_why = breaks.get(record.because) if record.because else None
        found.append(
            Strip(
                id=str(alarm.root),
                code=alarm.code,
                priority=alarm.priority,
                mark=mark,
                word=word,
                cause=told_why or alarm_cause(fact),
                since=clock(room, alarm.raised_at.at),
                action=each.action,
                taken_by=room.name(alarm.taken_by) if alarm.taken_by else "",
                plan=plans.get(str(alarm.root), ""),
                recheck=clock(room, each.recheck_at),
                recheck_at=iso(each.recheck_at),
                again=f"{each.again.value:g} {wording.unit(alarm.measure)}, {clock(room, each.again.at.at)}"
                if each.again
                else "",
            )
        )
    return found


# --- values and readings ---------------------------------------------------------------------


def tiles(room: Room, values: tuple[ValueNow, ...]) -> list[Tile]:
    """Blood pressure as one tile, then the single measures."""
    by_code = {each.measure: each for each in values}
    systolic, diastolic = by_code["systolic"], by_code["diastolic"]
    text = "/".join("–" if each.last is None else f"{each.last.value:g}" for each in (systolic, diastolic))
    pressure = _tile(
        room,
        "pressure",
        _("Blood pressure"),
        text if systolic.last or diastolic.last else "",
        systolic if systolic.last else diastolic,
        limits=_pair_limits(systolic, diastolic),
        also=diastolic,
    )
    rest = [
        _tile(
            room,
            code,
            wording.measure(code),
            ""
            if value.last is None
            else f"{value.last.value:.1f}"
            if code == "temperature"
            else f"{value.last.value:g}",
            value,
            limits=_limits(value),
        )
        for code, value in by_code.items()
        if code in ("heart_rate", "temperature")
    ]
    return [pressure, *rest]


def _tile(
    room: Room,
    code: str,
    name: str,
    text: str,
    value: ValueNow,
    *,
    limits: str,
    also: ValueNow | None = None,
) -> Tile:
    last, stale_at = value.last, value.stale_at
    passed = [*value.passed, *(also.passed if also else ())]
    worst = min(passed, key=lambda each: ("high", "medium", "low").index(each.limit.priority), default=None)
    mark = wording.priority(worst.limit.priority)[0] if worst else ""
    return Tile(
        code=code,
        name=name,
        text=text,
        unit=wording.unit(value.measure),
        at=iso(last.at.at if last else None),
        clock="" if last is None else clock(room, last.at.at),
        age="" if last is None else wording.span(room.at.at - last.at.at),
        stale_at=iso(stale_at),
        stale=stale_at is not None and room.at.at > stale_at,
        trend=_trend(value),
        limits=limits,
        passed=worst.limit.priority if worst else "",
        passed_words=f"{mark} {_passed_words(worst.limit.op, worst.number)}" if worst else "",
    )


def _passed_words(op: str, number: float | None) -> str:
    shown = "" if number is None else f"{number:g}"
    if op == ">=":
        return _("at or above %(limit)s") % {"limit": shown}
    return _("at or below %(limit)s") % {"limit": shown}


def _trend(value: ValueNow) -> str:
    if value.last is None or value.before is None:
        return ""
    change = value.last.value - value.before
    if not change:
        return _("unchanged")
    size = f"{abs(change):.1f}".rstrip("0").rstrip(".")
    return f"▲ {size}" if change > 0 else f"▼ {size}"


def _limits(value: ValueNow) -> str:
    return ", ".join(
        f"{'≥' if each.limit.op == '>=' else '≤'} {each.number:g}"
        for each in reversed(value.limits)
        if each.number is not None
    )


def _pair_limits(systolic: ValueNow, diastolic: ValueNow) -> str:
    parts = []
    for name, value in ((_("sys"), systolic), (_("dia"), diastolic)):
        words = _limits(value)
        if words:
            parts.append(f"{name} {words}")
    return "; ".join(parts)


def distress(room: Room) -> list[Tile]:
    """The last answer about distress, where there is one."""
    last = room.session.last.get("suds")
    if last is None:
        return []
    return [
        Tile(
            code="suds",
            name=wording.measure("suds"),
            text=f"{last.value:g}",
            unit=_("of 10"),
            at=iso(last.at.at),
            clock=clock(room, last.at.at),
            age=wording.span(room.at.at - last.at.at),
            stale_at="",
            stale=False,
            trend="",
            limits="",
            passed="",
            passed_words="",
        )
    ]


def unsigned_words(values: tuple[ValueNow, ...]) -> str:
    """Which limits nobody has signed: nothing alarms on them."""
    codes = [each.limit.code for value in values for each in value.limits if each.number is None]
    return ", ".join(codes)


def _slot(due: ReadingDue, room: Room) -> dict[str, Any]:
    return {
        "minute": due.minute,
        "t": wording.t_plus(due.minute),
        "at": iso(due.at),
        "clock": clock(room, due.at),
        "late_by": "" if due.at is None else wording.span(room.at.at - due.at),
        "deferred": due.deferred,
    }


def _due_context(room: Room, due: DueNow) -> dict[str, Any]:
    open_ = [each for each in due.rows if each.state not in ("read", "missed")]
    plan = room.protocol.vitals
    return {
        "options": [_slot(each, room) for each in open_],
        "chosen": "" if due.answers is None else due.answers.minute,
        "chosen_t": "" if due.answers is None else wording.t_plus(due.answers.minute),
        "defer_by": f"{plan.deferral_ceiling_minutes.number:g}",
        "again_after": f"{plan.repeat_after_minutes.number:g}",
        "whys": [
            _("in the middle of something that should not be interrupted"),
            _("asleep"),
            _("declined by the participant"),
            _("device fault"),
        ],
    }


def entry_fields(values: tuple[ValueNow, ...], answered: Answered) -> list[dict[str, str]]:
    """The inputs of a reading, with the last value as a hint and what was typed kept."""
    typed = answered.typed if answered.form == "reading" else {}
    return [
        {
            "code": each.measure,
            "name": wording.measure(each.measure),
            "unit": wording.unit(each.measure),
            "hint": "" if each.last is None else f"{each.last.value:g}",
            "mode": "decimal" if each.measure == "temperature" else "numeric",
            "typed": typed.get(each.measure, ""),
            "wrong": answered.sentence if answered.where == each.measure else "",
        }
        for each in values
    ]


# --- gates ------------------------------------------------------------------------------


def _items(room: Room, case: Case, step: str, given: Mapping[str, Any]) -> tuple[Item, ...]:
    from_role = _role_words()
    return tuple(
        Item(
            code=each.item.code,
            label=said(each.item.label),
            truth=each.truth,
            words=wording.truth(each.truth),
            owner=from_role[each.item.owner],
            missing=", ".join(_missing(room, name) for name in each.missing if name not in each.asks),
            overridable=each.item.override == "physician" and each.truth in ("fails", "unknown"),
            asks=tuple((name, wording.fact(name), _said_word(given, name)) for name in each.asks),
            form=_form_of(room, each.item.rule),
        )
        for each in gate_now(case, room.participant, room.visit, step, given)
    )


def _form_of(room: Room, rule: str) -> tuple[str, str] | None:
    """The form at this visit that a rule waits for, and who fills it."""
    if "cssrs_" not in rule:
        return None
    forms = room.protocol.visit(room.visit).forms
    return next(((each.form, each.by.value) for each in forms if each.form == "C-SSRS"), None)


def _role_words() -> dict[str, str]:
    return {
        Role.COORDINATOR: _("coordinator"),
        Role.THERAPIST: _("therapist"),
        Role.PHYSICIAN: _("physician"),
        Role.PHARMACIST: _("pharmacist"),
        Role.ATTENDANT: _("attendant"),
    }


def _said_word(given: Mapping[str, Any], name: str) -> str:
    return {True: "yes", False: "no"}.get(given.get(name), "")  # type: ignore[arg-type]


def _missing(room: Room, name: str) -> str:
    if name in ("cssrs_ideation", "cssrs_behaviour"):
        return _("a C-SSRS of today")
    if name.startswith("limit_"):
        return _("a signed limit")
    if name in ("systolic", "diastolic", "heart_rate", "temperature"):
        return _("a fresh reading: %(measure)s") % {"measure": wording.measure(name).lower()}
    if name == "suds":
        return _("distress (SUDS)")
    return name.replace("_", " ")


def _gate(room: Room, case: Case, step: str, name: str, given: Mapping[str, Any]) -> Gate:
    items = _items(room, case, step, given)
    codes = {each.code for each in items}
    reasons: tuple[Reason, ...] = ()
    if room.may(Act.GIVE_DOSE, act.AskDose):
        ask = _gate_ask(room, step, given)
        # The item's own line says it already.
        reasons = tuple(each for each in room.against(Act.GIVE_DOSE, ask) if each.about not in codes)
    opened = room.session.gates.get(step)
    kit = room.session.kits.get(step)
    return Gate(
        step=step,
        name=name,
        items=items,
        reasons=reasons,
        open_until="" if opened is None else time_in_words(opened.at),
        kit=kit.kit if kit else "",
    )


def _gate_ask(room: Room, step: str, given: Mapping[str, Any]) -> act.Ask:
    confirmed_now = dict(given)
    if step == END:
        return act.EndSession(participant=room.participant, visit=room.visit, confirmed=confirmed_now)
    if step == LEAVE:
        return act.Discharge(
            participant=room.participant,
            visit=room.visit,
            confirmed=confirmed_now,
            escort="?",
            next_contact=(room.at.at + timedelta(minutes=1)).isoformat(),
        )
    return _dose_ask(room, step, given)


def first_gate(room: Room, case: Case, given: Mapping[str, Any]) -> Gate | None:
    """The gate of the first dose while it has not been taken."""
    if phase(room) != "gate":
        return None
    return _gate(room, case, room.plan.first.step, wording.step(supplemental=False), given)


def supplement(
    room: Room, case: Case, window: WindowNow | None, given: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The supplemental dose: its window, the decision, its gate."""
    if window is None or phase(room) != "dosed":
        return None
    taken = room.session.doses.get(window.step)
    wanted = room.session.supplement
    return {
        "step": window.step,
        "state": window.state,
        "opens": iso(window.opens),
        "closes": iso(window.closes),
        "opens_clock": clock(room, window.opens),
        "closes_clock": clock(room, window.closes),
        "taken": "" if taken is None else time_in_words(taken.at),
        "decided": wanted,
        "decided_by": room.name(room.session.supplement_by) if room.session.supplement_by else "",
        "gate": _gate(room, case, window.step, wording.step(supplemental=True), given)
        if wanted is True and taken is None
        else None,
        "near": window.state == "open" and taken is None and wanted is not False,
    }


def ending(room: Room, case: Case, given: Mapping[str, Any]) -> Gate | None:
    """The gate of the end, or of leaving."""
    if phase(room) == "dosed":
        return _gate(room, case, END, _("End of the session"), given)
    if phase(room) == "ended":
        return _gate(room, case, LEAVE, _("Discharge"), given)
    if phase(room) == "gate":
        return None
    return None


# --- people, start, effects ---------------------------------------------------------------------


def _team(room: Room) -> tuple[str, ...]:
    found = [*room.team[Role.THERAPIST], *room.team[Role.PHYSICIAN], *room.team[Role.ATTENDANT]]
    return tuple(dict.fromkeys(found))


def starting(room: Room) -> dict[str, Any] | None:
    """Who may open the session with whom, and everything that stands against it."""
    if phase(room) != "waiting":
        return None
    wanted = int(room.plan.monitors.number)
    therapists = room.team[Role.THERAPIST]
    physicians = room.team[Role.PHYSICIAN]
    ask = act.StartSession(
        participant=room.participant,
        visit=room.visit,
        monitors=therapists[:wanted],
        physician=physicians[0] if physicians else "",
    )
    return {
        "wanted": wanted,
        "therapists": [(each, room.name(each), each in ask.monitors) for each in therapists],
        "physicians": [(each, room.name(each)) for each in physicians],
        "reasons": room.against(Act.GIVE_DOSE, ask) if room.may(Act.GIVE_DOSE, act.StartSession) else (),
    }


def monitors(room: Room) -> list[dict[str, Any]]:
    """Each monitor: in the room or not, and since when."""
    return [
        {
            "person": person,
            "name": room.name(person),
            "present": state.present,
            "since": clock(room, state.since.at),
        }
        for person, state in sorted(room.session.presence.items())
    ]


def rounds(room: Room) -> list[Round]:
    """The rounds of prompted effects."""
    return [
        Round(
            hour=f"{each.hour:g}",
            t=wording.t_plus(each.hour * 60),
            at=iso(each.at),
            state=each.state,
        )
        for each in prompts_now(room.protocol, room.session, room.at.at)
    ]


def prompts_by_category(protocol: Protocol) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is asked for by name, grouped."""
    names = {
        "abuse-potential": _("Pleasant and strange"),
        "impairment": _("Impairment"),
        "physical": _("Body"),
        "psychological": _("Mind"),
    }
    return [
        (
            words,
            [
                (each.code, said(each.label))
                for each in protocol.adverse_events.prompts
                if each.category == code
            ],
        )
        for code, words in names.items()
    ]
