"""Rescue medicine as it was given: always recorded, on the medication list too, the break beside it.

Nothing here knows an amount: what was given stands as it was written down.
"""

from __future__ import annotations

from holdfast.conduct.actions import GiveRescue
from holdfast.conduct.case import Case, Pen, needed
from holdfast.conduct.session import opened, outside_session
from holdfast.conduct.streams import participant_stream, session_stream
from holdfast.protocol.roles import Role
from holdfast.records.assessment import MedicationRecorded
from holdfast.records.session import RescueGiven

CLASS = "rescue"
"""The class under which a rescue medicine enters the medication list."""
ASKED = {
    "medicine": "Name the medicine.",
    "amount": "Write down what was given, as it stands on the package or the order.",
    "route": "Say how it was given.",
    "given_by": "Say who gave it.",
    "why": "Say what it was given for.",
}


def give_rescue(case: Case, tell: GiveRescue, pen: Pen) -> None:
    """A rescue medicine was given."""
    session = opened(case, tell.participant, tell.visit)
    for field, ask in ASKED.items():
        needed(getattr(tell, field), field=field, ask=ask)
    here = session_stream(tell.participant, tell.visit)
    fact = RescueGiven(
        medicine=tell.medicine,
        amount=tell.amount,
        route=tell.route,
        ordered_by=tell.ordered_by,
        given_by=tell.given_by,
        why=tell.why,
        effect=tell.effect,
    )
    main = pen.write(here, fact)
    taken = MedicationRecorded(medicine=tell.medicine, class_=CLASS, started=case.today, stopped=case.today)
    pen.write(participant_stream(tell.participant), taken, because=main.id)
    outside_session(case, session, main, pen)
    if not ordered_by_physician(case, tell):
        who = tell.ordered_by or "nobody"
        what = f"{tell.medicine} was given; ordered by {who}, who is not a physician of this site."
        pen.deviate(here, "rescue-without-physician", what, severity="major", because=main.id)


def ordered_by_physician(case: Case, tell: GiveRescue) -> bool:
    """Whether the person who ordered it holds the role of physician here."""
    return bool(tell.ordered_by) and case.staff(tell.ordered_by).holds(Role.PHYSICIAN, site=case.stamp.site)
