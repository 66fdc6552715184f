"""What a participant's standing keeps of consent, eligibility, randomisation, treatment and leaving."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from holdfast.conduct.standing.history import Change, Handlers
from holdfast.conduct.standing.participant import ParticipantStanding
from holdfast.conduct.standing.parts import Consented, Countersignature, Judged, Prescription, SessionProgress
from holdfast.records.enrolment import (
    Completed,
    ConsentGiven,
    ConsentWithdrawn,
    CountersignatureDue,
    CountersignatureGiven,
    EligibilityAssessed,
    IntercurrentEventRecorded,
    Prescreened,
    Randomised,
    ScreenFailed,
    SessionMilestone,
    TreatmentEntered,
    TreatmentStopped,
    Withdrew,
)
from holdfast.records.envelope import Record
from holdfast.records.programme import NoticeGiven, Prescribed

P = ParticipantStanding


def _prescreened(standing: P, record: Record, fact: Prescreened) -> Change:
    # A second log of the same code, by whichever site, does not move the person.
    if standing.site:
        return {"prescreened": fact.outcome}
    return {"site": record.site, "zone": record.happened_at.zone, "prescreened": fact.outcome}


def _consent(standing: P, record: Record, fact: ConsentGiven) -> Change:
    at = record.happened_at
    given = Consented(fact.version, fact.language, at)
    kept = {item: held for item, held in standing.consents.items() if item not in fact.declined}
    # What was withdrawn later in the world stays withdrawn, whichever was entered first.
    since = {item for item, gone in standing.consents_withdrawn.items() if gone.at > at.at}
    new = dict.fromkeys((item for item in fact.items if item not in since), given)
    return {"consents": {**kept, **new}, "consent_version": fact.version}


def _consent_withdrawn(standing: P, record: Record, fact: ConsentWithdrawn) -> Change:
    at = record.happened_at
    kept = {
        item: held for item, held in standing.consents.items() if item not in fact.items or held.at.at > at.at
    }
    withdrawn = {**standing.consents_withdrawn, **dict.fromkeys(fact.items, at)}
    return {"consents": kept, "consents_withdrawn": withdrawn}


def _judged(standing: P, record: Record, fact: EligibilityAssessed) -> Change:
    judged = Judged(fact.eligible, fact.answers, record.happened_at)
    return {"eligibility": {**standing.eligibility, fact.at: judged}}


def _screen_failed(standing: P, record: Record, fact: ScreenFailed) -> Change:
    return {"screen_failed": fact.criteria}


def _randomised(standing: P, record: Record, fact: Randomised) -> Change:
    return {"slot": fact.slot, "stratum": fact.stratum, "randomised": record.happened_at}


def _entered(standing: P, record: Record, fact: TreatmentEntered) -> Change:
    return {"entered_at": record.happened_at}


def _prescribed(standing: P, record: Record, fact: Prescribed) -> Change:
    held = Prescription(record.author, fact.approval, record.happened_at)
    return {"prescriptions": {**standing.prescriptions, fact.visit: held}}


def _notice(standing: P, record: Record, fact: NoticeGiven) -> Change:
    return {"notices": {**standing.notices, (fact.notice, fact.visit): fact.given_on}}


def _stopped(standing: P, record: Record, fact: TreatmentStopped) -> Change:
    return {"treatment_stopped": fact.why}


def _withdrew(standing: P, record: Record, fact: Withdrew) -> Change:
    at, until = record.happened_at, standing.data_use_until
    if "data-use" in fact.from_ and (until is None or at.at < until.at):
        until = at
    return {
        "withdrawn": tuple(sorted({*standing.withdrawn, *fact.from_})),
        "data_use_until": until,
        "collection_ended": standing.collection_ended or "collection" in fact.ends,
    }


def _completed(standing: P, record: Record, fact: Completed) -> Change:
    return {"completed": True}


def _intercurrent(standing: P, record: Record, fact: IntercurrentEventRecorded) -> Change:
    return {"intercurrent": (*standing.intercurrent, (fact.event, fact.visit))}


def _countersign(standing: P, record: Record, fact: CountersignatureDue) -> Change:
    override, due = UUID(fact.override), datetime.fromisoformat(fact.due)
    asked = Countersignature(override, fact.visit, fact.item, fact.physician, due)
    return {"countersignatures": {**standing.countersignatures, override: asked}}


def _countersigned(standing: P, record: Record, fact: CountersignatureGiven) -> Change:
    asked = standing.countersignatures.get(UUID(fact.override))
    if asked is None:
        return {}
    given = replace(asked, agreed=fact.agrees)
    return {"countersignatures": {**standing.countersignatures, asked.override: given}}


def _milestone(standing: P, record: Record, fact: SessionMilestone) -> Change:
    before = standing.sessions.get(fact.visit, SessionProgress())
    people = tuple(sorted({*before.people, *fact.people}))
    at = record.happened_at
    if fact.milestone == "started":
        after = replace(before, started=at, people=people)
    elif fact.milestone == "dosed":
        after = replace(before, doses={**before.doses, fact.step: before.doses.get(fact.step, at)})
    elif fact.milestone == "ended":
        after = replace(before, ended=at)
    else:
        after = replace(before, discharged=at)
    return {"sessions": {**standing.sessions, fact.visit: after}}


ENROLMENT: Handlers[ParticipantStanding] = {
    Prescreened: _prescreened,
    ConsentGiven: _consent,
    ConsentWithdrawn: _consent_withdrawn,
    EligibilityAssessed: _judged,
    ScreenFailed: _screen_failed,
    Randomised: _randomised,
    TreatmentEntered: _entered,
    Prescribed: _prescribed,
    NoticeGiven: _notice,
    TreatmentStopped: _stopped,
    Withdrew: _withdrew,
    Completed: _completed,
    IntercurrentEventRecorded: _intercurrent,
    CountersignatureDue: _countersign,
    CountersignatureGiven: _countersigned,
    SessionMilestone: _milestone,
}
