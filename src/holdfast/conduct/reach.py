"""Who is told of a risk that a participant answered alone, and who else when nobody takes it on in time.

First a clinician outside the therapy pair: whoever treats somebody may be what the answer is
about. After ``risk-escalate-minutes`` everybody at the site who may take it on, and the
coordinator; after as long again once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from holdfast.conduct import values
from holdfast.conduct.actions import PassRiskOn
from holdfast.conduct.case import Case, Pen
from holdfast.conduct.standing import ParticipantStanding, SiteStanding, StaffStanding, StudyStanding
from holdfast.conduct.standing.parts import RiskState
from holdfast.conduct.streams import participant_stream
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.records.safety import RiskPassedOn, RiskRaised

ALONE = "own pages"
"""How the device of a record begins that a participant made where no staff stood by."""
WAIT = "risk-escalate-minutes"
LAST = 3
People = Mapping[str, StaffStanding]


def answered_alone(person: ParticipantStanding, risk: RiskState) -> bool:
    """Whether the answer behind a risk was given where no staff stood by."""
    raised = next((each for each in person.history if each.id == risk.root), None)
    if raised is None or not isinstance(raised.fact, RiskRaised):
        return False
    form = raised.fact.form_record
    return any(str(each.id) == form and each.device.startswith(ALONE) for each in person.history)


def due(
    protocol: Protocol,
    person: ParticipantStanding,
    now: datetime,
    *,
    study: StudyStanding,
    site: SiteStanding,
) -> tuple[tuple[UUID, int], ...]:
    """Every risk of which somebody must be told now, with the step: 1 first, then for want of an answer."""
    wait = timedelta(minutes=values.constant(protocol, WAIT, study=study, site=site))
    found = []
    for risk in person.open_risks():
        if not answered_alone(person, risk):
            continue
        step = len(risk.passed_on) + 1
        if step == 1 or (step <= LAST and now - risk.passed_on[-1].at >= wait):
            found.append((risk.root, step))
    return tuple(found)


def whom(people: People, person: ParticipantStanding, *, site: str, day: str, step: int) -> tuple[str, ...]:
    """The people to tell, sorted. ``people`` are those of the site; ``day`` an ISO date."""
    able = {code for code, each in people.items() if may_take(each, site=site, day=day)}
    if step == 1:
        outside = {code for code in able if not of_pair(people[code], code, person, site=site)}
        return tuple(sorted(outside or able))
    office = {code for code, each in people.items() if each.holds(Role.COORDINATOR, site=site)}
    return tuple(sorted(able | office))


def may_take(staff: StaffStanding, *, site: str, day: str) -> bool:
    """Whether somebody may take a risk on: physician or therapist of the site, licence in date."""
    holds = any(staff.holds(role, site=site) for role in (Role.PHYSICIAN, Role.THERAPIST))
    return holds and staff.in_date("licence", day=day)


def of_pair(staff: StaffStanding, code: str, person: ParticipantStanding, *, site: str) -> bool:
    """Whether somebody treats: a therapist of the site, or one who sat in a session of the person."""
    sat = any(code in each.people for each in person.sessions.values())
    return sat or staff.holds(Role.THERAPIST, site=site)


def pass_on(case: Case, tell: PassRiskOn, pen: Pen) -> None:
    """Who was told of a risk; sent back where nobody need be told now."""
    person = case.participant(tell.participant)
    if tell.risk not in person.risks:
        raise UnknownName(f"{tell.participant} has no raised risk with the record {tell.risk}.")
    waiting = dict(due(case.protocol, person, case.at.at, study=case.study, site=case.site))
    if tell.risk not in waiting:
        raise ImpossibleValue("Nobody need be told of that risk now.", field="risk")
    people, site, step = {code: case.staff(code) for code in tell.to}, case.stamp.site, waiting[tell.risk]
    if set(tell.to) != set(whom(people, person, site=site, day=case.today, step=step)):
        raise ImpossibleValue("Name those who may take the risk on, and nobody else.", field="to")
    stream = participant_stream(tell.participant)
    fact = RiskPassedOn(risk=str(tell.risk), step=step, to=tell.to)
    main = pen.write(stream, fact, because=tell.risk)
    if step == 1 and any(of_pair(people[code], code, person, site=site) for code in tell.to):
        what = "No clinician outside the therapy pair could be told of a risk."
        pen.deviate(stream, "risk-within-pair", what, severity="major", because=main.id)
    if step == 1 and not tell.to:
        what = "Nobody at the site may take a risk on: nobody could be told of it."
        pen.deviate(stream, "risk-to-nobody", what, severity="major", because=main.id)
    if step == LAST - 1:
        what = "A risk that was answered alone was taken on by nobody in time."
        pen.deviate(stream, "risk-unanswered", what, severity="major", because=main.id)
