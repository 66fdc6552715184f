"""Checks of blinding and consent: who may read what, and who must not."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.protocol.checks.fault import Fault, stranger
from holdfast.protocol.model import Protocol, Visit, VisitKind
from holdfast.protocol.reader import Place
from holdfast.protocol.roles import Role

MEETS_PARTICIPANTS = frozenset(
    {Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN, Role.RATER, Role.ATTENDANT, Role.PARTICIPANT}
)
"""Roles that meet participants or rate them: blind in any blinded study."""

_OF_A_DOSING_DAY = (VisitKind.DOSING, VisitKind.CONTACT, VisitKind.INTEGRATION)
GUESS = "GUESS"


def faults(protocol: Protocol) -> Iterator[Fault]:
    """Everything of this kind."""
    yield from _consent(protocol)
    if protocol.study.design == "single-arm":
        return
    for index, role in enumerate(protocol.blinding.unblinded):
        if role in MEETS_PARTICIPANTS:
            place: Place = ("blinding", "unblinded", index)
            found = f"{role}, who meets participants or rates them"
            yield Fault(
                place,
                found,
                "roles that do neither",
                "Remove the role: it would carry the arm into the room.",
            )
    yield from _readers(protocol)
    yield from _guesses(protocol)


def _consent(protocol: Protocol) -> Iterator[Fault]:
    if not any(item.required for item in protocol.consent):
        remedy = "Say what one must consent to in order to take part."
        yield Fault(("consent",), "no required item", "at least one required consent item", remedy)


def _readers(protocol: Protocol) -> Iterator[Fault]:
    told = _told_by_dosing_days(protocol)
    open_to = set(protocol.blinding.unblinded)
    for index, form in enumerate(protocol.forms):
        for number, role in enumerate(form.read):
            place: Place = ("forms", index, "read", number)
            if form.holds_allocation and role not in open_to:
                found = f"{role}, who is blinded, on a form that tells the arm"
                yield Fault(place, found, "unblinded roles only", "Remove the role.")
            elif role is Role.RATER and form.form in told:
                found = f"a rater on a form that is filled around dosing days ({told[form.form]})"
                remedy = "Remove the role: raters must not learn what happened there."
                yield Fault(place, found, "no rater", remedy)
            elif form.instrument == GUESS and role in MEETS_PARTICIPANTS:
                found = f"{role} on the form of allocation guesses"
                remedy = "Remove the role: a guess that is told spreads."
                yield Fault(place, found, "roles that meet no participant", remedy)


def _told_by_dosing_days(protocol: Protocol) -> dict[str, str]:
    return {
        scheduled.form: visit.code
        for visit in protocol.visits
        if visit.kind in _OF_A_DOSING_DAY
        for scheduled in visit.forms
        if scheduled.by is not Role.RATER
    }


def _guesses(protocol: Protocol) -> Iterator[Fault]:
    forms = {form.form: form for form in protocol.forms}
    asked = {(one.form, one.by) for visit in protocol.visits for one in visit.forms}
    for index, guess in enumerate(protocol.blinding.guesses):
        place: Place = ("blinding", "guesses", index)
        if guess.form not in forms:
            yield stranger((*place, "form"), guess.form, forms, what="form")
        elif (guess.form, guess.by) not in asked:
            found = f"a guess by {guess.by} that no visit asks for"
            yield Fault(place, found, "a visit with it", "Schedule it at a visit, or remove it.")
    if not protocol.blinding.guesses:
        remedy = "Ask for guesses: whether the blind held is otherwise unknown."
        yield Fault(
            ("blinding", "guesses"), "no allocation guess", "a guess by at least the participant", remedy
        )
    guessing = {form.form for form in protocol.forms if form.instrument == GUESS}
    for index, visit in enumerate(protocol.visits):
        yield from _guess_order(index, visit, guessing)


def _guess_order(index: int, visit: Visit, guessing: set[str]) -> Iterator[Fault]:
    ratings = [n for n, one in enumerate(visit.forms) if one.by is Role.RATER and one.form not in guessing]
    if not ratings:
        return
    for number, one in enumerate(visit.forms):
        if one.form not in guessing:
            continue
        place: Place = ("visits", index, "forms", number)
        if one.by is Role.RATER and number < ratings[-1]:
            found = "the rater's guess before the rating"
            yield Fault(place, found, "the rater's guess after it", "Move it below the ratings.")
        if one.by is not Role.RATER and number > ratings[0]:
            found = f"a guess by {one.by} after a rating"
            yield Fault(place, found, "guesses before any rating", "Move it above the ratings.")
