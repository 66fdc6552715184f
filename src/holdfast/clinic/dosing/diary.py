"""What was recorded in a session, in words, the latest first; and the table of its readings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording, words_care
from holdfast.clinic.dosing.chart import in_words
from holdfast.clinic.dosing.room import Room
from holdfast.conduct.alarms import REPEAT
from holdfast.conduct.bedside import minute_of, told
from holdfast.conduct.case import SOFTWARE
from holdfast.conduct.rounds import PARTICIPANT
from holdfast.conduct.touch import ALL
from holdfast.records import session as facts
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import Deviation
from holdfast.records.supply import KitSetAside
from holdfast.timing import time_in_words

ON_PAPER = "paper"
"""The device of what was copied from a paper sheet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, in session time and on the clock, what, by whom; ``kind`` marks what must be seen."""

    t: str
    clock: str
    words: str
    by: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One reading of the table."""

    t: str
    clock: str
    pressure: str
    heart_rate: str
    temperature: str
    note: str
    by: str


def diary(room: Room) -> list[Entry]:
    """Every record of the session, the latest first."""
    found = sorted(
        enumerate(resolve(room.session.history)), key=lambda pair: (pair[1].happened_at.at, pair[0])
    )
    return [
        _entry(room, record, words)
        for _place, record in reversed(found)
        if (words := _words(room, record.fact))
    ]


def _entry(room: Room, record: Record, words: str) -> Entry:
    minute = minute_of(room.session, record.happened_at)
    kind = {Deviation: "deviation", facts.AlarmRaised: "rang"}.get(type(record.fact), "")
    who = "" if record.author == SOFTWARE else by(room, record)
    if record.device == ON_PAPER:
        who = _("%(who)s, from paper") % {"who": who}
    if record.reason:
        words = f"{words} ({record.reason})"
    return Entry(
        t="" if minute is None else wording.t_plus(minute),
        clock=time_in_words(record.happened_at).rpartition(" ")[0],
        words=words,
        by=who,
        kind=kind,
    )


def _words(room: Room, fact: Fact) -> str:
    writer = WORDS.get(type(fact))
    return writer(room, fact) if writer else ""


def _step(room: Room, code: str) -> str:
    supplemental = room.plan.supplemental
    return wording.step(supplemental=supplemental is not None and code == supplemental.step)


def _started(room: Room, fact: facts.SessionStarted) -> str:
    names = ", ".join(room.name(each) for each in fact.monitors)
    return _("Session started with %(names)s") % {"names": names}


def _gate(room: Room, fact: facts.GateChecked) -> str:
    return _("Gate of the %(step)s open") % {"step": _step(room, fact.step)}


def _overridden(room: Room, fact: facts.GateOverridden) -> str:
    return _("Overridden: %(item)s") % {"item": item_name(room, fact.item)}


def item_name(room: Room, code: str) -> str:
    """A gate item in words."""
    return next((each.label["en"] for each in room.protocol.gates if each.code == code), code)


def _dose(room: Room, fact: facts.DoseGiven) -> str:
    return _("%(step)s, kit %(kit)s, seen by %(witness)s") % {
        "step": _step(room, fact.step).capitalize(),
        "kit": fact.kit,
        "witness": room.name(fact.witness) or _("nobody"),
    }


def _supplement(room: Room, fact: facts.SupplementDecided) -> str:
    said = _("Supplemental dose: yes") if fact.give else _("Supplemental dose: no")
    return f"{said}, {room.name(fact.decided_by)}: {fact.why}"


def _read(room: Room, fact: facts.VitalsRead) -> str:
    repeat = _(", repeated") if fact.repeat else ""
    return in_words(fact) + repeat + _typed(fact)


def _typed(fact: facts.VitalsRead) -> str:
    return _(" (typed: %(typed)s)") % {"typed": fact.typed} if fact.typed else ""


def _placed(room: Room, fact: facts.DevicePlaced) -> str:
    said = _("%(device)s sends the readings of this session") if fact.here else _("%(device)s was taken away")
    return said % {"device": fact.name}


def by(room: Room, record: Record) -> str:
    """Who recorded something: a name, or the monitor that sent it."""
    return record.device if record.author.startswith("device:") else room.name(record.author)


def _deferred(room: Room, fact: facts.VitalsDeferred) -> str:
    return _("Reading of %(due)s put off to %(until)s: %(why)s") % {
        "due": wording.t_plus(fact.due_minute),
        "until": wording.t_plus(fact.until_minute),
        "why": fact.why,
    }


def _missed(room: Room, fact: facts.VitalsMissed) -> str:
    return _("Reading of %(due)s not taken: %(why)s") % {
        "due": wording.t_plus(fact.due_minute),
        "why": fact.why,
    }


def _alarm(room: Room, fact: facts.AlarmRaised) -> str:
    mark, word = wording.priority(fact.priority)
    return f"{mark} {word}: {alarm_cause(fact)}"


def alarm_cause(fact: facts.AlarmRaised) -> str:
    """Why an alarm was raised, in words."""
    if not fact.measure or fact.value is None:
        return wording.overdue(fact.code, fact.value)
    unit = wording.unit(fact.measure)
    limit = "" if fact.limit is None else _(", limit %(limit)s") % {"limit": f"{fact.limit:g}"}
    words = f"{wording.measure(fact.measure)} {fact.value:g} {unit}".rstrip() + limit
    return _("%(value)s: once, not yet confirmed") % {"value": words} if _once(fact.code) else words


def _once(code: str) -> bool:
    return code.startswith(REPEAT)


def _taken(room: Room, fact: facts.AlarmAcknowledged) -> str:
    return _("Alarm taken on by %(by)s: %(plan)s") % {"by": room.name(fact.by), "plan": fact.plan}


def _event(room: Room, fact: facts.SessionEvent) -> str:
    amount = "" if fact.amount is None else f" {fact.amount:g} {fact.unit}".rstrip()
    detail = f": {fact.detail}" if fact.detail else ""
    return f"{wording.event(fact.event)}{amount}{detail}"


def _presence(room: Room, fact: facts.MonitorPresence) -> str:
    name = room.name(fact.person)
    return _("%(name)s came in") % {"name": name} if fact.present else _("%(name)s went out") % {"name": name}


def _prompts(room: Room, fact: facts.PromptsRated) -> str:
    names = {each.code: each.label["en"] for each in room.protocol.adverse_events.prompts}
    there = [
        f"{names.get(code, code)} {rating}"
        for code, rating in fact.ratings.items()
        if isinstance(rating, int) and rating > 0
    ]
    unsaid = sum(isinstance(rating, dict) for rating in fact.ratings.values())
    if unsaid:
        there.append(_("%(count)s not answered") % {"count": unsaid})
    who = _(" (participant)") if fact.rated_by == PARTICIPANT else ""
    return _("Effects at hour %(hour)s%(who)s: %(found)s") % {
        "hour": f"{fact.at_hour:g}",
        "who": who,
        "found": ", ".join(there) or _("none"),
    }


def _prompts_missed(room: Room, fact: facts.PromptsMissed) -> str:
    how = _("asked for, not answered") if fact.asked else _("not asked for")
    return _("Effects at hour %(hour)s %(how)s: %(why)s") % {
        "hour": f"{fact.at_hour:g}",
        "how": how,
        "why": fact.why,
    }


def _touch(room: Room, fact: facts.TouchRecorded) -> str:
    if fact.kind_ == ALL:
        return _("Stop said by %(by)s: no touch") % {"by": room.name(fact.by)}
    against = not fact.permitted and fact.act in ("offered", "asked", "given")
    agreed = _(", not agreed to") if against else ""
    return _("Touch (%(kind)s) %(act)s, %(by)s%(agreed)s") % {
        "kind": fact.kind_,
        "act": wording.touch(fact.act),
        "by": room.name(fact.by),
        "agreed": agreed,
    }


def _ended(room: Room, fact: facts.SessionEnded) -> str:
    return _("Session ended")


def _discharged(room: Room, fact: facts.Discharged) -> str:
    return _("Left with %(escort)s") % {"escort": fact.escort}


def _deviation(room: Room, fact: Deviation) -> str:
    return _("Deviation: %(what)s") % {"what": fact.what}


def _kit(room: Room, fact: KitSetAside) -> str:
    return _("Kit %(kit)s set aside for the %(step)s") % {"kit": fact.kit, "step": _step(room, fact.step)}


WORDS: dict[type[Fact], Callable[[Room, Any], str]] = {
    facts.SessionStarted: _started,
    facts.GateChecked: _gate,
    facts.GateOverridden: _overridden,
    facts.DoseGiven: _dose,
    facts.SupplementDecided: _supplement,
    facts.VitalsRead: _read,
    facts.DevicePlaced: _placed,
    facts.VitalsDeferred: _deferred,
    facts.VitalsMissed: _missed,
    facts.AlarmRaised: _alarm,
    facts.AlarmAcknowledged: _taken,
    facts.SessionEvent: _event,
    facts.MonitorPresence: _presence,
    facts.PromptsRated: _prompts,
    facts.PromptsMissed: _prompts_missed,
    facts.TouchRecorded: _touch,
    facts.SessionEnded: _ended,
    facts.Discharged: _discharged,
    Deviation: _deviation,
    KitSetAside: _kit,
    **words_care.DIARY,
}


def _note(record: Record, fact: facts.VitalsRead) -> str:
    typed = _("typed: %(typed)s") % {"typed": fact.typed} if fact.typed else ""
    notes = (_("repeat") if fact.repeat else "", typed, _("from paper") if record.device == ON_PAPER else "")
    return ", ".join(each for each in notes if each)


def rows(room: Room) -> list[Row]:
    """The readings as a table, in their order."""
    found = []
    for record, fact in told(room.session, facts.VitalsRead):
        minute = minute_of(room.session, record.happened_at)
        pair = (fact.systolic, fact.diastolic)
        shown = any(each is not None for each in pair)
        found.append(
            Row(
                t="" if minute is None else wording.t_plus(minute),
                clock=time_in_words(record.happened_at).rpartition(" ")[0],
                pressure="/".join("–" if each is None else f"{each:g}" for each in pair) if shown else "–",
                heart_rate="–" if fact.heart_rate is None else f"{fact.heart_rate:g}",
                temperature="–" if fact.temperature is None else f"{fact.temperature:.1f}",
                note=_note(record, fact),
                by=by(room, record),
            )
        )
    return found
