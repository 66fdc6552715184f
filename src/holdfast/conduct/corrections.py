"""Corrections: an earlier record of a stream is replaced by another fact of its kind, with a reason.

What followed from the old one stays and is flagged. A corrected form is scored and a
corrected reading looked at anew, so that a risk or a limit does not slip by.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from holdfast.conduct.actions import Amend, FillForm
from holdfast.conduct.assessment import completed, risks, study_form
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.safety import CRITERIA, INTERESTS, RELATED, SEVERITIES
from holdfast.conduct.standing import SessionStanding, empty
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.vitals import raise_alarms
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.answers import validate
from holdfast.records.assessment import FormCompleted, FormSigned
from holdfast.records.enrolment import Randomised, SessionMilestone
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import AdverseEvent, Unblinded
from holdfast.records.session import VitalsRead
from holdfast.records.study import ProtocolAdopted, StudyLocked, StudyOpened, StudyUnblinded
from holdfast.records.supply import KitSetAside, ListSealed, SlotTaken

FIXED: frozenset[type[Fact]] = frozenset(
    {
        StudyOpened,
        ProtocolAdopted,
        StudyLocked,
        StudyUnblinded,
        ListSealed,
        SlotTaken,
        Randomised,
        KitSetAside,
        SessionMilestone,
        FormSigned,
        Unblinded,
    }
)
"""Kinds that no correction may change: they fix the study, the allocation, a signature."""


def amend(case: Case, tell: Amend, pen: Pen) -> None:
    """Replace an earlier record's fact."""
    record = found(case, tell)
    check_amendment(case, tell, record)
    fact = recomputed(case, tell.fact)
    main = pen.write(tell.stream, fact, corrects=record.id, because=record.because)
    if isinstance(fact, FormCompleted):
        risks(case, tell.stream, fact, because=main.id, pen=pen)
    if isinstance(fact, VitalsRead):
        _look_again(case, tell.stream, fact, because=main.id, pen=pen)
    if isinstance(fact, FormCompleted) and case.stamp.author != record.author:
        what = f"{case.stamp.author} corrected answers given or rated by {record.author}."
        pen.deviate(tell.stream, "corrected-by-another", what, severity="minor", because=main.id)


def found(case: Case, tell: Amend) -> Record:
    """The record that is corrected; UnknownName where the stream has none of that id."""
    standing = case.standings.get(tell.stream) or empty(tell.stream)
    for record in standing.history:
        if record.id == tell.record:
            return record
    raise UnknownName(f"{tell.stream} has no record {tell.record}.")


def check_amendment(case: Case, tell: Amend, record: Record) -> None:
    """ImpossibleValue for a correction without a reason, of another kind, or of what stays fixed."""
    if not case.stamp.reason.strip():
        raise ImpossibleValue("A correction needs its reason.", field="reason")
    if type(tell.fact) is not type(record.fact):
        raise ImpossibleValue(
            f"A {record.kind} is corrected by a {record.kind}, not by a {tell.fact.KIND}.", field="fact"
        )
    if type(record.fact) in FIXED:
        raise ImpossibleValue(
            f"A {record.kind} stays as it is; record what is true now beside it.", field="fact"
        )
    if record.site != case.stamp.site:
        raise ImpossibleValue(f"This record is of site {record.site}.", field="site")
    if isinstance(tell.fact, AdverseEvent):
        check_event(tell.fact, record.fact)
    if isinstance(tell.fact, VitalsRead):
        validate(catalogue.get("VITALS"), measured(tell.fact))


def check_event(new: AdverseEvent, old: Fact) -> None:
    """A corrected event keeps to the words of events and stays what was asked for."""
    words = ((new.severity, SEVERITIES), (new.related, RELATED), (new.special_interest, INTERESTS))
    if any(given not in known for given, known in words) or set(new.criteria) - set(CRITERIA):
        raise ImpossibleValue("Severity, relation, interest and criteria keep to their words.", field="fact")
    if new.serious != bool(new.criteria):
        raise ImpossibleValue(
            "A serious event names why it is serious, and only a serious one.", field="criteria"
        )
    if isinstance(old, AdverseEvent) and (new.source, new.prompt, new.visit) != (
        old.source,
        old.prompt,
        old.visit,
    ):
        raise ImpossibleValue("Where an event came from stays as it is.", field="fact")


def recomputed(case: Case, fact: Fact) -> Fact:
    """The fact with what follows from it computed anew: a form's scores."""
    if not isinstance(fact, FormCompleted):
        return fact
    tell = FillForm(
        participant="", visit=fact.visit, form=fact.form, answers=dict(fact.answers),
        occurrence=fact.occurrence, language=fact.language,
    )  # fmt: skip
    return replace(fact, scores=completed(case.protocol, study_form(case.protocol, fact.form), tell).scores)


def measured(fact: VitalsRead) -> dict[str, float]:
    """The values of a reading by measure."""
    given = {measure: getattr(fact, measure) for measure in MEASURES}
    return {measure: number for measure, number in given.items() if number is not None}


def _look_again(case: Case, stream: str, fact: VitalsRead, *, because: UUID, pen: Pen) -> None:
    session = case.standings.get(stream)
    if isinstance(session, SessionStanding):
        raise_alarms(case, session, stream, measured(fact), because=because, pen=pen)
