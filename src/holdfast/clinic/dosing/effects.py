"""The rounds of effects asked for by name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.dosing import wording
from holdfast.clinic.dosing.room import Room
from holdfast.clinic.dosing.shown import iso
from holdfast.clinic.participants.wording import said
from holdfast.conduct.bedside import (
    prompts_now,
)
from holdfast.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class Round:
    """A round of prompted effects."""

    hour: str
    t: str
    at: str
    state: str


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
