"""A typed reading: likely slips and unusual values are asked about, never put right silently."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.clinic.dosing.entries import SecondLook, Suggestion, Typed, happened
from holdfast.clinic.dosing.room import Room
from holdfast.conduct import actions as act
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.vitals import same_again
from holdfast.instruments import catalogue
from holdfast.instruments.answers import unlikely, validate
from holdfast.instruments.slips import Slip, slips


def reading(typed: Typed, room: Room) -> act.ReadVitals:
    """A reading; a likely slip or an unusual value asks for a second look."""
    given = {name: found for name in MEASURES if (found := typed.number(name)) is not None}
    measured, words = _put_right(given, typed)
    validate(catalogue.get("VITALS"), measured)
    tell = act.ReadVitals(
        participant=room.participant,
        visit=room.visit,
        due_minute=typed.whole("due_minute"),
        position=typed.text("position") or "sitting",
        repeat=typed.ticked("repeat"),
        typed=words,
        **measured,
    )
    if not typed.ticked("keep"):
        _look_again(tell, measured, typed, room)
    return tell


def _put_right(given: dict[str, float], typed: Typed) -> tuple[dict[str, float], str]:
    """The values as the person said they are meant, and what was typed in their place."""
    measured, words = given, list[str]()
    while found := slips(measured):
        taken = next((slip for slip in found if slip.code in typed.used()), None)
        if taken is None:
            raise _asked(found, typed)
        measured = dict(taken.instead)
        words.append(taken.typed)
    return measured, "; ".join(words)


def _asked(found: tuple[Slip, ...], typed: Typed) -> SecondLook:
    # Of several slips of one reading the first is asked about; its answer brings the next.
    field = found[0].field
    choices = [slip for slip in found if slip.field == field or {slip.code, found[0].code} == _EITHER]
    return SecondLook(
        {slip.field: slip.question for slip in reversed(choices)},
        suggestions=tuple(
            Suggestion(" ".join([*typed.used(), slip.code]), _("It is %(values)s") % {"values": slip.button})
            for slip in choices
        ),
        keep=False,
    )


_EITHER = {"swapped", "rate-as-pressure"}
"""Two explanations of the same three numbers: both are offered."""


def _look_again(tell: act.ReadVitals, measured: dict[str, float], typed: Typed, room: Room) -> None:
    """Ask about values that are unusual, and about a reading that says what the last one said."""
    questions = unlikely(catalogue.get("VITALS"), measured)
    at = happened(typed, room)
    twice = not tell.repeat and same_again(room.session, measured, at=at)
    # An entry that is sent again because its answer was lost is no second reading.
    if twice and not _recorded(room, typed.id()):
        questions["systolic"] = _("The same values were recorded less than a minute ago. Twice?")
    if questions:
        raise SecondLook(questions)


def _recorded(room: Room, entry: UUID) -> bool:
    return any(record.id == entry for record in room.session.history)
