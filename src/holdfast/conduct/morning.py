"""The morning after a session: what is asked first.

A guess asked after the ratings is driven by how one fares, so the guesses come before
anything else, the effects asked for by name among it.
"""

from __future__ import annotations

from holdfast.conduct.outlook import completion
from holdfast.conduct.standing import ParticipantStanding
from holdfast.protocol.model import Protocol, ScheduledForm, Visit


def guesses_first(protocol: Protocol, person: ParticipantStanding, visit: Visit) -> tuple[ScheduledForm, ...]:
    """The guesses that open a visit and are not given yet, in the protocol's order."""
    asked = {each.form for each in protocol.blinding.guesses}
    first = []
    for each in visit.forms:
        if each.form not in asked:
            break
        first.append(each)
    return tuple(each for each in first if completion(person, visit, each) is None)


def morning_after(protocol: Protocol, session: str) -> Visit | None:
    """The visit after a session that opens with guesses; None where the study has none."""
    asked = {each.form for each in protocol.blinding.guesses}
    return next(
        (
            each
            for each in protocol.visits
            if each.after == session and each.forms and each.forms[0].form in asked
        ),
        None,
    )
