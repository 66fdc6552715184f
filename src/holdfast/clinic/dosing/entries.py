"""From what a form of the session page sent to what is asked or told.

Each function reads one form. A field that cannot be read is an ``ImpossibleValue`` with its
name; values that are possible but unusual raise ``SecondLook`` once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import tablet
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import recheck_minute
from holdfast.conduct.clock import meant
from holdfast.conduct.facts import CONFIRMABLE
from holdfast.conduct.gate import END, LEAVE
from holdfast.conduct.standing import SessionStanding
from holdfast.errors import HoldfastError, ImpossibleValue, UnknownName
from holdfast.records.fact import Json
from holdfast.records.session import AlarmRaised
from holdfast.timing import Instant, in_words, time_in_words


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be meant instead, taken by one tap: ``use`` is sent back, ``words`` stand on the button."""

    use: str
    words: str


class SecondLook(HoldfastError):
    """What came is asked about: looked at again, kept where it may be right, or put right by a tap."""

    def __init__(
        self, questions: Mapping[str, str], *, suggestions: tuple[Suggestion, ...] = (), keep: bool = True
    ) -> None:
        self.questions = dict(questions)
        self.suggestions = suggestions
        self.keep = keep
        super().__init__(" ".join(questions.values()))


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a form as they were typed."""

    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """A text, without the blanks around it."""
        return self.fields.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked or a button pressed."""
        return bool(self.text(name))

    def used(self) -> tuple[str, ...]:
        """The suggestions that were taken, in order."""
        return tuple(self.text("use").split())

    def number(self, name: str) -> float | None:
        """A number; a comma is read as a decimal point."""
        typed = self.text(name)
        try:
            found = float(typed.replace(",", ".")) if typed else None
        except ValueError:
            found = math.nan
        if found is None or math.isfinite(found):
            return found
        raise ImpossibleValue(_("A number is expected; found “%(typed)s”.") % {"typed": typed}, field=name)

    def whole(self, name: str) -> int | None:
        """A whole number."""
        found = self.number(name)
        if found is None or found.is_integer():
            return None if found is None else int(found)
        raise ImpossibleValue(_("A whole number is expected."), field=name)

    def needed(self, name: str) -> int:
        """A whole number that must be there."""
        found = self.whole(name)
        if found is None:
            raise ImpossibleValue(_("This is needed."), field=name)
        return found

    def id(self, name: str = "id") -> UUID:
        """An id made by the tablet, or by the server when it drew the form."""
        try:
            return UUID(self.text(name))
        except ValueError:
            raise ImpossibleValue(
                _("The entry came without a proper id; open the page again."), field=name
            ) from None


def asked(look: SecondLook, typed: Typed) -> dict[str, object]:
    """The questions as the page's script reads them."""
    return {
        "questions": look.questions,
        "suggestions": [{"use": each.use, "words": each.words} for each in look.suggestions],
        "keep": look.keep,
        "used": " ".join(typed.used()),
    }


# --- when ------------------------------------------------------------------------------


NOW, AT = "now", "at="
"""Suggestions about a time: now after all; the one of two moments that is meant."""


def happened(typed: Typed, room: Room) -> Instant:
    """When it happened: what the person said, else what the tablet noted, else now."""
    noted = tablet.noted_at(typed.fields, room.at)
    if typed.text("clock") and NOW not in typed.used():
        return _said(typed, room, min(noted, room.at, key=lambda each: each.at))
    return noted


def _said(typed: Typed, room: Room, now: Instant) -> Instant:
    if not typed.text("reason"):
        raise ImpossibleValue(_("Another time than now needs its reason."), field="reason")
    try:
        clock = datetime.strptime(typed.text("clock"), "%H:%M").time()
    except ValueError:
        raise ImpossibleValue(_("Write the time as 14:05."), field="clock") from None
    try:
        moments = meant(clock, now, session=room.session)
    except ImpossibleValue as wrong:
        at_once = Suggestion(_with(typed, NOW), _("Now, %(time)s") % {"time": time_in_words(now)})
        raise SecondLook({"clock": str(wrong)}, suggestions=(at_once,), keep=False) from None
    chosen = [at for at in moments if f"{AT}{at.at.isoformat()}" in typed.used()]
    if len(moments) > 1 and not chosen:
        raise SecondLook(
            {"clock": _("Two moments fit that time. Which one is meant?")},
            suggestions=tuple(
                Suggestion(_with(typed, f"{AT}{at.at.isoformat()}"), in_words(at)) for at in moments
            ),
            keep=False,
        )
    return (chosen or moments)[0]


def _with(typed: Typed, use: str) -> str:
    """A suggestion beside those that were taken before."""
    return " ".join([*typed.used(), use])


# --- readings put off or not taken -------------------------------------------------------


def deferral(typed: Typed, room: Room) -> act.DeferVitals:
    """A due reading is put off by some minutes."""
    due = typed.needed("due_minute")
    return act.DeferVitals(
        participant=room.participant,
        visit=room.visit,
        due_minute=due,
        until_minute=due + typed.needed("by_minutes"),
        why=typed.text("why") or typed.text("why_else"),
    )


def missed(typed: Typed, room: Room) -> act.MissVitals:
    """A due reading was not taken."""
    return act.MissVitals(
        participant=room.participant,
        visit=room.visit,
        due_minute=typed.needed("due_minute"),
        why=typed.text("why") or typed.text("why_else"),
    )


# --- the course of the session -----------------------------------------------------------


def confirmed(fields: Mapping[str, str]) -> dict[str, Json]:
    """What was confirmed by yes or no; what was not touched is left out."""
    said = {name: fields.get(f"confirm-{name}", "") for name in CONFIRMABLE}
    return {name: word == "yes" for name, word in sorted(said.items()) if word in ("yes", "no")}


def start(typed: Typed, room: Room) -> act.StartSession:
    """Open the session."""
    monitors = [person for person in room.people if typed.ticked(f"monitor-{person}")]
    return act.StartSession(
        participant=room.participant,
        visit=room.visit,
        monitors=tuple(sorted(monitors)),
        physician=typed.text("physician"),
    )


def gate(typed: Typed, room: Room) -> act.AskDose:
    """May this dose be given now?"""
    return act.AskDose(
        participant=room.participant,
        visit=room.visit,
        step=typed.text("step"),
        confirmed=confirmed(typed.fields),
    )


def override(typed: Typed, room: Room) -> act.OverrideGate:
    """A physician lets an item pass; the reason goes with the stamp."""
    return act.OverrideGate(
        participant=room.participant, visit=room.visit, step=typed.text("step"), item=typed.text("item")
    )


def dose(typed: Typed, room: Room) -> act.GiveDose:
    """A dose was swallowed. Another kit than the one set aside asks for a second look."""
    step, kit = typed.text("step"), typed.text("kit")
    if not kit:
        raise ImpossibleValue(_("Type or scan the number of the kit."), field="kit")
    meant = room.session.kits.get(step)
    if not typed.ticked("keep") and (meant is None or meant.kit != kit):
        words = _("Kit %(kit)s is not the one set aside (%(meant)s).") % {
            "kit": kit,
            "meant": meant.kit if meant else _("none"),
        }
        raise SecondLook({"kit": words})
    return act.GiveDose(
        participant=room.participant, visit=room.visit, step=step, kit=kit, witness=typed.text("witness")
    )


def supplement(typed: Typed, room: Room) -> act.DecideSupplement:
    """Whether the supplemental dose is given, by whom and why."""
    give = typed.text("give")
    if give not in ("yes", "no"):
        raise ImpossibleValue(_("Say whether it is given."), field="give")
    return act.DecideSupplement(
        participant=room.participant,
        visit=room.visit,
        give=give == "yes",
        decided_by=typed.text("decided_by") or room.author,
        why=typed.text("why") or typed.text("why_else"),
    )


def end(typed: Typed, room: Room) -> act.EndSession:
    """The working part is over."""
    return act.EndSession(participant=room.participant, visit=room.visit, confirmed=confirmed(typed.fields))


def leaving(typed: Typed, room: Room) -> act.Discharge:
    """The participant leaves."""
    return act.Discharge(
        participant=room.participant,
        visit=room.visit,
        confirmed=confirmed(typed.fields),
        escort=typed.text("escort"),
        next_contact=typed.text("next_contact"),
    )


GATES = {"end": END, "leave": LEAVE}


# --- alarms, events, people ----------------------------------------------------------


def alarm_meant(typed: Typed, session: SessionStanding) -> UUID:
    """The alarm that is taken on: by its record, or by the reading that rang it on a tablet and its code.

    Where another tablet's reading had rung it before, the alarm of that code is meant.
    """
    if typed.text("alarm"):
        return typed.id("alarm")
    reading, code = typed.id("reading"), typed.text("code")
    rung = [
        each.id
        for each in session.history
        if isinstance(each.fact, AlarmRaised) and each.because == reading and each.fact.code == code
    ]
    latched = session.latch(code)
    if not rung and latched is None:
        raise UnknownName(_("That reading rings no alarm on the server; nothing need be taken on."))
    return rung[0] if rung else latched.root  # type: ignore[union-attr]


def acknowledgement(typed: Typed, room: Room) -> act.AcknowledgeAlarm:
    """Somebody takes an alarm on."""
    after = typed.needed("after")
    return act.AcknowledgeAlarm(
        participant=room.participant,
        visit=room.visit,
        alarm=alarm_meant(typed, room.session),
        plan=typed.text("plan"),
        recheck_minute=recheck_minute(room.session, happened(typed, room), after=after),
    )


def event(typed: Typed, room: Room) -> act.NoteSessionEvent:
    """A one-tap event, a number, or a note."""
    return act.NoteSessionEvent(
        participant=room.participant,
        visit=room.visit,
        event=typed.text("event"),
        detail=typed.text("detail"),
        amount=typed.number("amount"),
        unit=typed.text("unit"),
    )


def presence(typed: Typed, room: Room) -> act.NotePresence:
    """A monitor comes in or leaves."""
    return act.NotePresence(
        participant=room.participant,
        visit=room.visit,
        person=typed.text("person"),
        present=typed.text("present") == "yes",
    )
