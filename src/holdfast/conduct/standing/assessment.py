"""What a participant's standing keeps of visits, forms, ratings, medicines, laboratory and contacts."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from holdfast.conduct.standing.history import Change, Handlers
from holdfast.conduct.standing.participant import ParticipantStanding
from holdfast.conduct.standing.parts import FormDone, Laboratory, Medicine, Task, VisitState, content_digest
from holdfast.records.assessment import (
    ContactAttempted,
    FormCompleted,
    FormSigned,
    LaboratoryResult,
    MedicationRecorded,
    RaterAssigned,
    UnblindingIncident,
    VisitHeld,
    VisitMissed,
    VisitScheduled,
    WashoutJudged,
)
from holdfast.records.envelope import Record

P = ParticipantStanding


def _visit(standing: P, code: str, **change: object) -> Change:
    state: VisitState = replace(standing.visits.get(code, VisitState()), **change)  # type: ignore[arg-type]
    return {"visits": {**standing.visits, code: state}}


def _scheduled(standing: P, record: Record, fact: VisitScheduled) -> Change:
    return _visit(standing, fact.visit, scheduled=fact.on)


def _held(standing: P, record: Record, fact: VisitHeld) -> Change:
    before = standing.visits.get(fact.visit)
    if before is not None and before.held is not None and fact.occurrence != "planned":
        return {}  # an extra occurrence leaves the planned one where it is
    return _visit(standing, fact.visit, held=record.happened_at, occurrence=fact.occurrence, missed="")


def _missed(standing: P, record: Record, fact: VisitMissed) -> Change:
    return _visit(standing, fact.visit, missed=fact.why)


def _form(standing: P, record: Record, fact: FormCompleted) -> Change:
    done = FormDone(record.id, fact, record.happened_at, record.author, record.role)
    return {"forms": {**standing.forms, fact.form: (*standing.forms.get(fact.form, ()), done)}}


def _signed(standing: P, record: Record, fact: FormSigned) -> Change:
    form = standing.form_of(UUID(fact.form_record))
    if form is None or fact.digest != content_digest(form.fact):
        return {}
    done = tuple(
        replace(each, signed=True) if each.root == form.root else each
        for each in standing.forms[form.fact.form]
    )
    return {"forms": {**standing.forms, form.fact.form: done}}


def _assigned(standing: P, record: Record, fact: RaterAssigned) -> Change:
    return {"tasks": {**standing.tasks, fact.task: Task(fact.rater, fact.visit)}}


def _incident(standing: P, record: Record, fact: UnblindingIncident) -> Change:
    return {"told": (*standing.told, fact.who)}


def _medicine(standing: P, record: Record, fact: MedicationRecorded) -> Change:
    taken = Medicine(fact.medicine, fact.class_, fact.started, fact.stopped)
    return {"medicines": {**standing.medicines, record.id: taken}}


def _washout(standing: P, record: Record, fact: WashoutJudged) -> Change:
    return {"washouts": {**standing.washouts, UUID(fact.medicine): fact.over_on}}


def _laboratory(standing: P, record: Record, fact: LaboratoryResult) -> Change:
    before = standing.laboratory.get(fact.test)
    if before is not None and before.taken_on > fact.taken_on:
        return {}
    value = Laboratory(fact.value, fact.unit, fact.low, fact.high, fact.taken_on)
    return {"laboratory": {**standing.laboratory, fact.test: value}}


def _contact(standing: P, record: Record, fact: ContactAttempted) -> Change:
    return {"contacts": (*standing.contacts, (fact.for_visit, fact.outcome))}


ASSESSMENT: Handlers[ParticipantStanding] = {
    VisitScheduled: _scheduled,
    VisitHeld: _held,
    VisitMissed: _missed,
    FormCompleted: _form,
    FormSigned: _signed,
    RaterAssigned: _assigned,
    UnblindingIncident: _incident,
    MedicationRecorded: _medicine,
    WashoutJudged: _washout,
    LaboratoryResult: _laboratory,
    ContactAttempted: _contact,
}
