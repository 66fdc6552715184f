"""What a participant's standing keeps of adverse events, risks, queries, deviations and unblinding."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from holdfast.conduct.standing.history import Change, Handlers
from holdfast.conduct.standing.participant import ParticipantStanding
from holdfast.conduct.standing.parts import EventState, PassedOn, QueryState, RiskState
from holdfast.records.envelope import Record
from holdfast.records.queries import QueryAnswered, QueryRaised
from holdfast.records.safety import (
    AdverseEvent,
    AdverseEventClosed,
    Deviation,
    RiskAcknowledged,
    RiskPassedOn,
    RiskRaised,
    SeriousReport,
    Unblinded,
)
from holdfast.timing import Instant

P = ParticipantStanding


def _event(standing: P, record: Record, fact: AdverseEvent) -> Change:
    before = standing.events.get(record.id)
    state = replace(before, fact=fact) if before else EventState(record.id, fact, record.happened_at)
    change: Change = {"events": {**standing.events, record.id: state}}
    if fact.source == "prompted":
        change["prompted"] = {**standing.prompted, (fact.visit, fact.prompt): record.id}
    return change


def _event_closed(standing: P, record: Record, fact: AdverseEventClosed) -> Change:
    event = standing.events.get(UUID(fact.event))
    if event is None:
        return {}
    return {"events": {**standing.events, event.root: replace(event, outcome=fact.outcome)}}


def _serious(standing: P, record: Record, fact: SeriousReport) -> Change:
    event = standing.events.get(UUID(fact.event))
    if event is None or event.reported_at is not None:
        return {}
    return {"events": {**standing.events, event.root: replace(event, reported_at=record.happened_at)}}


def _risk(standing: P, record: Record, fact: RiskRaised) -> Change:
    return {"risks": {**standing.risks, record.id: RiskState(record.id, fact.finding, record.happened_at)}}


def _risk_taken(standing: P, record: Record, fact: RiskAcknowledged) -> Change:
    risk = standing.risks.get(UUID(fact.risk))
    if risk is None:
        return {}
    return {"risks": {**standing.risks, risk.root: replace(risk, taken_by=fact.by, plan=fact.plan)}}


def _risk_passed_on(standing: P, record: Record, fact: RiskPassedOn) -> Change:
    risk = standing.risks.get(UUID(fact.risk))
    if risk is None:
        return {}
    told = (*risk.passed_on, PassedOn(record.happened_at.at, tuple(fact.to)))
    return {"risks": {**standing.risks, risk.root: replace(risk, passed_on=told)}}


def _query(standing: P, record: Record, fact: QueryRaised) -> Change:
    records = tuple(UUID(each) for each in fact.records)
    raised = Instant(record.recorded_at, record.happened_at.zone)
    due = datetime.fromisoformat(fact.due)
    asked = QueryState(record.id, fact.rule, records, fact.visit, raised, due)
    return {"queries": {**standing.queries, record.id: asked}}


def _answered(standing: P, record: Record, fact: QueryAnswered) -> Change:
    asked = standing.queries.get(UUID(fact.query))
    if asked is None:
        return {}
    after = replace(asked, outcome=fact.outcome, words=fact.words, answered_by=record.author)
    return {"queries": {**standing.queries, asked.root: after}}


def _deviation(standing: P, record: Record, fact: Deviation) -> Change:
    return {"deviations": (*standing.deviations, fact.code)}


def _unblinded(standing: P, record: Record, fact: Unblinded) -> Change:
    return {"unblinded_to": (*standing.unblinded_to, fact.to)}


SAFETY: Handlers[ParticipantStanding] = {
    AdverseEvent: _event,
    AdverseEventClosed: _event_closed,
    SeriousReport: _serious,
    RiskRaised: _risk,
    RiskAcknowledged: _risk_taken,
    RiskPassedOn: _risk_passed_on,
    QueryRaised: _query,
    QueryAnswered: _answered,
    Deviation: _deviation,
    Unblinded: _unblinded,
}
