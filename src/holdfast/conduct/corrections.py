"""Corrections: an earlier record of a stream is replaced by another fact of its kind, with a reason.

Only reports are corrected, and only into what could have been reported. What was granted
on request (a consent, a gate, a signature, an appointment) is asked for anew, and what the
software found stays, but for the events it made, which people judge.

What followed from the old fact stays and is flagged. A corrected form is scored and a
corrected reading looked at anew, so that a risk or a limit does not slip by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any
from uuid import UUID

from holdfast.conduct import data_use, queries
from holdfast.conduct.actions import Amend, Ask, FillForm, Tell
from holdfast.conduct.assessment import completed, risks, study_form
from holdfast.conduct.authority import CORRECTED_AS
from holdfast.conduct.case import SOFTWARE, Case, Pen
from holdfast.conduct.prompts import rated_anew, stays_an_event
from holdfast.conduct.standing import SessionStanding, empty
from holdfast.conduct.standing.session import MEASURES
from holdfast.conduct.touch import without_permission
from holdfast.conduct.vitals import raise_alarms
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.assessment import FormCompleted, VisitHeld
from holdfast.records.enrolment import Prescreened, Withdrew
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.programme import AuthorityEnded, NoticeGiven, ReportSent
from holdfast.records.safety import AdverseEvent, AdverseEventClosed, Deviation, SeriousReport
from holdfast.records.session import (
    DoseGiven,
    HandedOver,
    PromptsRated,
    SettingNoted,
    TouchRecorded,
    VitalsRead,
)
from holdfast.records.sharing import RecipientTold
from holdfast.records.study import CredentialRecorded
from holdfast.records.supply import KitCounted, KitDestroyed, KitReceived, KitReturned, KitUsed

KEPT: Mapping[type[Fact], tuple[str, ...]] = {
    Prescreened: ("participant",),
    VisitHeld: ("study_day",),
    AdverseEvent: ("source", "prompt", "visit", "peak", "rated"),
    AdverseEventClosed: ("event",),
    SeriousReport: ("event", "due"),
    Deviation: ("detected_by",),
    AuthorityEnded: ("approval",),
    NoticeGiven: ("notice", "visit"),
    ReportSent: ("first", "last"),
    RecipientTold: ("to", "item"),
    DoseGiven: ("participant", "visit"),
    TouchRecorded: ("permitted",),
    PromptsRated: ("rated_by",),
    HandedOver: ("from_", "to", "role"),
    SettingNoted: ("questions",),
    CredentialRecorded: ("person",),
    KitReceived: ("kit",),
    KitUsed: ("kit",),
    KitReturned: ("kit",),
    KitCounted: ("kit", "expected"),
    KitDestroyed: ("kit",),
}
"""Fields that no correction changes: whose the record is, and what was worked out when it was made."""


def amend(case: Case, tell: Amend, pen: Pen) -> None:
    """Replace an earlier record's fact."""
    record = found(case, tell)
    check_amendment(case, tell, record)
    fact = recomputed(case, tell.fact)
    main = pen.write(tell.stream, fact, corrects=record.id, because=record.because)
    if isinstance(fact, FormCompleted):
        risks(case, tell.stream, fact, because=main.id, pen=pen)
        queries.look_at(case, main, fact, pen)
    if isinstance(fact, Withdrew) and data_use.PART in fact.from_:
        person = case.participant(tell.stream.partition("/")[2])
        data_use.end_consents(case, person, because=main.id, pen=pen)
    if isinstance(fact, VitalsRead):
        _look_again(case, tell.stream, fact, because=main.id, pen=pen)
    if isinstance(fact, PromptsRated):
        rated_anew(case, tell.stream, main, pen)
    if isinstance(fact, TouchRecorded) and fact != record.fact:
        without_permission(case, main, fact, pen)
    if isinstance(fact, FormCompleted | PromptsRated) and case.stamp.author != record.author:
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
    if not correctable(record):
        raise ImpossibleValue(
            f"A {record.kind} stays as it is; record what is true now beside it.", field="fact"
        )
    if record.site != case.stamp.site:
        raise ImpossibleValue(f"This record is of site {record.site}.", field="site")
    for name in KEPT.get(type(record.fact), ()):
        if getattr(tell.fact, name) != getattr(record.fact, name):
            raise ImpossibleValue(f"The {name} of a {record.kind} stays as it is.", field=name)
    if isinstance(tell.fact, AdverseEvent) and isinstance(record.fact, AdverseEvent):
        stays_an_event(tell.fact, record.fact)


def correctable(record: Record) -> bool:
    """Whether the record is a report of people, or an event the software made for them to judge."""
    by_software = record.author == SOFTWARE and not isinstance(record.fact, AdverseEvent)
    return type(record.fact) in CORRECTED_AS and not by_software


def as_told(tell: Amend) -> Ask | Tell:
    """The report that would have given the corrected fact: what it refuses, no correction makes true."""
    kind: Any = CORRECTED_AS[type(tell.fact)]
    _, of, visit = (*tell.stream.split("/"), "")[:3]
    given: dict[str, object] = {"participant": of, "visit": visit}
    given |= {each.name: getattr(tell.fact, each.name) for each in fields(tell.fact)}
    if "event" in given and isinstance(tell.fact, AdverseEventClosed | SeriousReport):
        given["event"] = UUID(str(given["event"]))
    wanted = {
        each.name: given.get(each.name, "")
        for each in fields(kind)
        if each.name in given or each.default is MISSING
    }
    what: Ask | Tell = kind(**wanted)
    return what


def recomputed(case: Case, fact: Fact) -> Fact:
    """The fact with what follows from it computed anew: a form's scores, what a withdrawal ends."""
    if isinstance(fact, Withdrew):
        return replace(fact, ends=data_use.ends(case.protocol, fact.from_))
    if not isinstance(fact, FormCompleted):
        return fact
    tell = FillForm(
        participant="", visit=case.visit(fact.visit).code, form=fact.form, answers=dict(fact.answers),
        occurrence=fact.occurrence, language=fact.language, wording=fact.wording,
    )  # fmt: skip
    return completed(case.protocol, study_form(case.protocol, fact.form), tell)


def measured(fact: VitalsRead) -> dict[str, float]:
    """The values of a reading by measure."""
    given = {measure: getattr(fact, measure) for measure in MEASURES}
    return {measure: number for measure, number in given.items() if number is not None}


def _look_again(case: Case, stream: str, fact: VitalsRead, *, because: UUID, pen: Pen) -> None:
    session = case.standings.get(stream)
    if isinstance(session, SessionStanding):
        raise_alarms(case, session, stream, measured(fact), because=because, pen=pen)
