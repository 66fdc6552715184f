"""Words of recording, the night and the setting; and their lines in the diary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.room import Room
from holdfast.records import session as facts
from holdfast.records.fact import Fact
from holdfast.records.supply import KitPutBack


def recording_act(code: str, at: str) -> str:
    """What the recording did last, and when."""
    words = {
        "started": _("Runs since %(at)s"),
        "resumed": _("Runs again since %(at)s"),
        "stopped": _("Stopped at %(at)s"),
        "ended": _("Ended at %(at)s"),
    }
    return words.get(code, code) % {"at": at}


def night_state(code: str) -> str:
    """How somebody was in the night."""
    return {
        "asleep": _("Asleep"),
        "awake": _("Awake, calm"),
        "restless": _("Restless"),
        "distressed": _("Distressed"),
        "out-of-bed": _("Out of bed"),
    }.get(code, code)


def question(code: str) -> str:
    """A question about the setting."""
    return {
        "place": _("Where is the room: indoors or outdoors, town or country?"),
        "feel": _("What was done so that the room feels welcoming?"),
        "nature": _("What of nature can be seen or reached?"),
        "objects": _("Which objects and pictures are in the room, and whose?"),
        "light": _("How is the light?"),
        "light-control": _("Who can change the light?"),
        "shut-out": _("What shuts senses out?"),
        "bathroom": _("Which bathroom is there?"),
        "people": _("Who is present, by role?"),
        "positions": _("Where does everybody sit or lie, and on what?"),
        "focus": _("Where does attention go?"),
        "music": _("What music or sound is there?"),
        "music-chosen": _("Who chose it?"),
        "words": _("How do the therapists step in?"),
        "agency": _("How much does the participant decide?"),
        "around": _("What comes before the dose and after the session?"),
        "privacy": _("Can others see or hear in?"),
    }.get(code, code)


def option(question_: str, code: str) -> str:
    """An answer to a question about the setting."""
    own = {
        ("shut-out", "both"): _("eyeshades and headphones"),
        ("privacy", "both"): _("see and hear"),
        ("privacy", "no"): _("neither"),
        ("bathroom", "own"): _("its own"),
    }
    words = {
        "dark": _("dark"),
        "dim": _("dim"),
        "daylight": _("daylight"),
        "bright": _("bright"),
        "changing": _("changing"),
        "participant": _("the participant"),
        "team": _("the team"),
        "both": _("both"),
        "nobody": _("nobody"),
        "eyeshades": _("eyeshades"),
        "headphones": _("headphones"),
        "neither": _("neither"),
        "shared": _("shared"),
        "not-near": _("not near"),
        "inward": _("inward"),
        "outward": _("outward"),
        "in-turns": _("in turns"),
        "fixed-list": _("a fixed list"),
        "no-music": _("no music"),
        "when-asked": _("when asked"),
        "by-offering": _("by offering"),
        "by-leading": _("by leading"),
        "freely": _("freely"),
        "within-limits": _("within limits"),
        "little": _("little"),
        "hear": _("hear"),
        "see": _("see"),
    }
    return own.get((question_, code)) or words.get(code, code)


# --- the diary ---------------------------------------------------------------------------


def _recording(room: Room, fact: facts.RecordingNoted) -> str:
    words = {
        "started": _("Recording started"),
        "resumed": _("Recording runs again"),
        "stopped": _("Recording stopped"),
        "ended": _("Recording ended"),
    }[fact.act]
    return f"{words}: {fact.why}" if fact.why else words


def _kept(room: Room, fact: facts.RecordingKept) -> str:
    return _("Recording kept by %(who)s, SHA-256 %(start)s…") % {
        "who": room.name(fact.custodian),
        "start": fact.sha256[:12],
    }


def _rescue(room: Room, fact: facts.RescueGiven) -> str:
    words = _("%(medicine)s given, %(amount)s, %(route)s; ordered by %(who)s; for: %(why)s") % {
        "medicine": fact.medicine,
        "amount": fact.amount,
        "route": fact.route,
        "who": room.name(fact.ordered_by) or _("nobody named"),
        "why": fact.why,
    }
    return words + (_("; effect: %(effect)s") % {"effect": fact.effect} if fact.effect else "")


def _handed(room: Room, fact: facts.HandedOver) -> str:
    return _("%(a)s handed over to %(b)s: %(told)s") % {
        "a": room.name(fact.from_),
        "b": room.name(fact.to),
        "told": fact.told,
    }


def _night(room: Room, fact: facts.NightNoted) -> str:
    return f"{night_state(fact.state)}: {fact.text}" if fact.text else night_state(fact.state)


def _setting(room: Room, fact: facts.SettingNoted) -> str:
    return _("Setting noted: %(count)s answers") % {"count": len(fact.items)}


def _signed(room: Room, fact: facts.NoteSigned) -> str:
    return _("Note signed: %(meaning)s") % {"meaning": fact.meaning}


def _put_back(room: Room, fact: KitPutBack) -> str:
    return _("Kit %(kit)s given back unused") % {"kit": fact.kit}


DIARY: dict[type[Fact], Callable[[Room, Any], str]] = {
    facts.RecordingNoted: _recording,
    facts.RecordingKept: _kept,
    facts.RescueGiven: _rescue,
    facts.HandedOver: _handed,
    facts.NightNoted: _night,
    facts.SettingNoted: _setting,
    facts.NoteSigned: _signed,
    KitPutBack: _put_back,
}
