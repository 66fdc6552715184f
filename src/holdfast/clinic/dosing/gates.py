"""The gates of the doses, of the end and of leaving, as shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso, phase
from holdfast.clinic.participants.wording import said
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import (
    WindowNow,
    gate_now,
)
from holdfast.conduct.case import Case
from holdfast.conduct.decision import Reason
from holdfast.conduct.gate import END, LEAVE
from holdfast.protocol.roles import Role
from holdfast.timing import time_in_words

NO_IS_GOOD = frozenset({"mao_inhibitor_or_lithium", "contraindication"})
"""Confirmed facts whose name is the danger: their question is always shown."""


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
    because: tuple[str, ...] = ()
    note: str = ""

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


def dose_ask(room: Room, step: str, given: Mapping[str, Any]) -> act.AskDose:
    """The request whether the dose of a step may be given."""
    return act.AskDose(participant=room.participant, visit=room.visit, step=step, confirmed=dict(given))


def _items(room: Room, case: Case, step: str, given: Mapping[str, Any]) -> tuple[Item, ...]:
    name = ("items", step, get_language(), *sorted(given.items()))
    return room.snapshot.once(name, lambda: _judged(room, case, step, given))


def _judged(room: Room, case: Case, step: str, given: Mapping[str, Any]) -> tuple[Item, ...]:
    from_role = _role_words()
    return tuple(
        Item(
            code=each.item.code,
            label=said(each.item.label),
            truth=each.truth,
            words=wording.truth(each.truth),
            owner=from_role[each.item.owner],
            missing=", ".join(
                _missing(room, name) for name in each.missing if name not in each.asks and not each.because
            ),
            overridable=each.item.override == "physician" and each.truth in ("fails", "unknown"),
            asks=tuple((name, wording.fact(name), _said_word(given, name)) for name in each.asks),
            form=_form_of(room, each.item.rule),
            because=each.because,
            note="" if each.note is None else each.note.text,
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
    return dose_ask(room, step, given)


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
