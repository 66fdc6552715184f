"""How somebody wants to be reached, as a form: the same for the staff's page and their own."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms.fields import Field, Kind, yes_no
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.conduct.standing import ParticipantStanding
from holdfast.errors import ImpossibleValue
from holdfast.records.fact import Json

WANTED = "wanted"


def fields(*, email: str, telephone: str, wanted: str, hint: str) -> tuple[Field, ...]:
    """Address, number, and whether reminders are wanted, under these labels."""
    return (
        Field(code=reachable.EMAIL, label=email, kind=Kind.TEXT, required=False),
        Field(code=reachable.TELEPHONE, label=telephone, kind=Kind.TEXT, required=False),
        Field(code=WANTED, label=wanted, kind=Kind.CHOICE, choices=yes_no(), required=False, hint=hint),
    )


def as_kept(asked: tuple[Field, ...], kept: Reached, person: ParticipantStanding) -> reading.Given:
    """What is kept and was chosen, as somebody would have typed it."""
    said: dict[str, Json] = {reachable.EMAIL: kept.email, reachable.TELEPHONE: kept.telephone}
    if person.reminders is not None:
        said[WANTED] = bool(person.reminders)
    return reading.as_typed(asked, said)


def read(asked: tuple[Field, ...], came: QueryDict) -> tuple[reading.Given, Reached]:
    """What was typed, with a sentence for each field in error, and what is to be kept where there is none."""
    given = reading.read(asked, came)
    email = _judged(given, reachable.EMAIL)
    reached = Reached(email, _judged(given, reachable.TELEPHONE))
    if given.answers.get(WANTED) is True and not email and reachable.EMAIL not in given.errors:
        given.errors[reachable.EMAIL] = _("Without an address there are no reminders: write one, or say no.")
    return given, reached


def _judged(given: reading.Given, code: str) -> str:
    check = {reachable.EMAIL: reachable.email, reachable.TELEPHONE: reachable.telephone}[code]
    try:
        return check(str(given.answers.get(code) or ""))
    except ImpossibleValue as wrong:
        given.errors[code] = str(wrong)
        return ""


def chosen(given: reading.Given, person: ParticipantStanding) -> bool | None:
    """What they say now of reminders, None where they said it before or do not say."""
    said = given.answers.get(WANTED)
    before = None if person.reminders is None else bool(person.reminders)
    return said if isinstance(said, bool) and said is not before else None
