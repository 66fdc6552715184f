"""The rounds of effects asked for by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import clock, iso
from holdfast.clinic.participants.wording import form_name, said
from holdfast.conduct.morning import guesses_first, morning_after
from holdfast.conduct.rounds import PARTICIPANT, RoundNow, is_morning, rounds_now
from holdfast.protocol.model import Protocol

OPEN = ("due", "overdue", "upcoming")


@dataclass(frozen=True, slots=True)
class Round:
    """A round of prompted effects: ``own`` where the participant rates it, ``open`` while it is not rated.

    ``lends``: it is time to hand the tablet over for it.
    """

    hour: str
    by: str
    own: bool
    t: str
    at: str
    clock: str
    state: str
    words: str
    who: str
    open: bool
    lends: bool


def rounds(room: Room) -> list[Round]:
    """The rounds of prompted effects."""
    return [_round(room, each) for each in rounds_now(room.protocol, room.session, room.at.at)]


def _round(room: Room, each: RoundNow) -> Round:
    own, over = each.by == PARTICIPANT, room.session.ended is not None
    return Round(
        hour=f"{each.hour:g}",
        by=each.by,
        own=own,
        t=wording.t_plus(each.hour * 60),
        at=iso(each.at),
        clock=clock(room, each.at),
        state=each.state,
        words=state_words(each.state),
        who=_("the participant") if own else _("the observer"),
        open=each.state in OPEN,
        lends=own and each.state in OPEN and (each.state != "upcoming" or (is_morning(each.hour) and over)),
    )


def state_words(state: str) -> str:
    """How a round stands, in a word or two."""
    return {
        "rated": _("rated"),
        "unanswered": _("asked, not answered"),
        "not-asked": _("not asked"),
        "overdue": _("overdue"),
        "due": _("due"),
    }.get(state, _("later"))


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


def guesses(room: Room) -> list[dict[str, Any]]:
    """The guesses of the morning after that are not given yet: they come before any other question."""
    morning = morning_after(room.protocol, room.visit)
    if morning is None:
        return []
    return [
        {
            "visit": morning.code,
            "form": each.form,
            "by": each.by.value,
            "by_words": role_names()[each.by],
            "name": form_name(room.protocol, each.form),
        }
        for each in guesses_first(room.protocol, room.person, morning)
    ]
