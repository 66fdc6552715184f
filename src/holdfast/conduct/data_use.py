"""Withdrawal from the use of data: what ends with it, and what is no longer recorded for research.

In a trial everything is recorded for research, so nothing more is. In a programme treatment goes on, and
with it what treatment needs; questionnaires, ratings and the visits for them do not. Harm that is told is
recorded in either: nobody may be kept from telling it.
"""

from __future__ import annotations

from uuid import UUID

from holdfast.conduct.case import Case, Pen
from holdfast.conduct.decision import Reason
from holdfast.conduct.standing import ParticipantStanding
from holdfast.conduct.streams import participant_stream
from holdfast.instruments import vitals
from holdfast.instruments.catalogue import ASK_OF_SUICIDE
from holdfast.protocol.data_use import on_withdrawal
from holdfast.protocol.model import Protocol, ScheduledForm, Visit, VisitKind
from holdfast.protocol.roles import Role
from holdfast.records.enrolment import ConsentWithdrawn

PART = "data-use"
COLLECTION = "collection"
RESEARCH = frozenset({VisitKind.ASSESSMENT, VisitKind.FOLLOW_UP})
"""Visits that treatment does not need."""
RESEARCHERS = frozenset({Role.PARTICIPANT, Role.RATER})
"""Who fills what is asked for research: questionnaires and ratings. Staff who treat fill records of care."""
SAFETY_FORMS = frozenset({*ASK_OF_SUICIDE, vitals.INSTRUMENT.code})
"""What safety asks waits for nothing: no deviation after a withdrawal (nobody asks), nor before a guess."""


def ends(protocol: Protocol, from_: tuple[str, ...]) -> tuple[str, ...]:
    """What else ends with a withdrawal, by the study file in force."""
    over = PART in from_ and on_withdrawal(protocol).collection == "ends"
    return (COLLECTION,) if over else ()


def end_consents(case: Case, person: ParticipantStanding, *, because: UUID, pen: Pen) -> None:
    """The optional consents to uses of data end with the withdrawal; those never given do not."""
    over = tuple(code for code in on_withdrawal(case.protocol).consents if code in person.consents)
    if over:
        stream = participant_stream(person.participant)
        pen.follow(stream, ConsentWithdrawn(items=over), because=because)


def withdrawn(person: ParticipantStanding) -> bool:
    """Whether the person withdrew the use of their data."""
    return person.data_use_until is not None


def expected(person: ParticipantStanding, visit: Visit) -> bool:
    """Whether a visit is still expected, as far as the use of data goes."""
    return not withdrawn(person) or visit.kind not in RESEARCH


def asked(person: ParticipantStanding, form: ScheduledForm) -> bool:
    """Whether a scheduled form is still asked for, as far as the use of data goes."""
    return not withdrawn(person) or (not person.collection_ended and form.by not in RESEARCHERS)


def research_open(person: ParticipantStanding, what: str) -> list[Reason]:
    """Something is asked for research: not of whom withdrew the use of their data."""
    if not withdrawn(person):
        return []
    sentence = f"{person.participant} has withdrawn the use of their data: {what} is not asked of them."
    return [Reason("data-use-withdrawn", sentence)]


def form_after_withdrawal(
    case: Case, person: ParticipantStanding, visit: Visit, *, form: str
) -> list[tuple[str, str, str]]:
    """A form filled for research after the use of data was withdrawn; what tells of safety is none."""
    care = not person.left and visit.kind not in RESEARCH and case.stamp.role not in RESEARCHERS
    if not _after(case, person) or form in SAFETY_FORMS or care:
        return []
    what = f"{person.participant} had withdrawn the use of their data: {form} was filled nevertheless."
    return [("after-data-use-withdrawal", what, "major")]


def visit_after_withdrawal(
    case: Case, person: ParticipantStanding, visit: Visit
) -> list[tuple[str, str, str]]:
    """A visit held for research after the use of data was withdrawn."""
    if not _after(case, person) or not (person.left or visit.kind in RESEARCH):
        return []
    what = f"{person.participant} had withdrawn the use of their data: {visit.code} was held nevertheless."
    return [("after-data-use-withdrawal", what, "major")]


def _after(case: Case, person: ParticipantStanding) -> bool:
    # What was filled before and comes in later, from paper or a tablet without a network, was right to fill.
    return person.data_use_until is not None and case.at.at > person.data_use_until.at
