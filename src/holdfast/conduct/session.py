"""A dosing session: started, who is in the room, what happens in it, ended, discharged.

Order: kit set aside → start → gate → first dose (T0) → readings, prompts, events →
supplemental gate and dose → end → discharge. End and discharge are two acts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from holdfast.conduct import consent, values
from holdfast.conduct.actions import (
    AcknowledgeAlarm,
    Discharge,
    EndSession,
    NotePresence,
    NoteSessionEvent,
    StartSession,
)
from holdfast.conduct.case import Case, Pen, hours_between, minutes_between, needed
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import entered, treatment_open
from holdfast.conduct.facts import session_facts
from holdfast.conduct.gate import END, LEAVE, gate_reasons, limits_passed, setting_signed
from holdfast.conduct.leaving import capsules_unaccounted, night_kept
from holdfast.conduct.recording_gaps import told_at_end
from holdfast.conduct.rounds import never_asked
from holdfast.conduct.standing import ParticipantStanding, SessionStanding
from holdfast.conduct.standing.session import MONITORS
from holdfast.conduct.streams import participant_stream, session_stream
from holdfast.conduct.visits import Break, held_fact, still_in_study, visit_deviations
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import DosingSession, Protocol
from holdfast.protocol.roles import Role
from holdfast.records.enrolment import SessionMilestone
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.session import (
    AlarmAcknowledged,
    Discharged,
    MonitorPresence,
    SessionEnded,
    SessionEvent,
    SessionStarted,
)

LEAD, ASSISTANT = "session-monitor-lead", "session-monitor-assistant"
ALONE = (
    "The participant was left without a monitor under drug effect.",
    "Send a monitor into the room now.",
)
ALONE_AT_NIGHT = (
    "The participant was left without anybody after the session, before the discharge.",
    "Somebody of the staff goes to the participant now.",
)
"""What it says, and what to do, where nobody is left with a participant."""


def session_of(protocol: Protocol, visit: str) -> DosingSession:
    """The dosing session of a visit; UnknownName where there is none."""
    try:
        return protocol.session(visit)
    except KeyError:
        raise UnknownName(f"The protocol has no dosing session at {visit!r}.") from None


def start_session(case: Case, ask: StartSession, pen: Pen) -> list[Reason]:
    """Open the session: the right person, the right people, kit and rescue at hand."""
    plan, person = session_of(case.protocol, ask.visit), case.participant(ask.participant)
    session = case.session(ask.participant, ask.visit)
    reasons = [
        *consent.in_force(case.protocol, person),
        *still_in_study(person),
        *treatment_open(person),
        *entered(case.protocol, person),
        *not_started(session),
        *previous_discharged(case.protocol, person, ask.visit),
        *enough_monitors(plan, ask),
        *monitors_qualified(case, ask),
        *lead_present(case, ask),
        *physician_qualified(case, ask),
        *kit_ready(case, plan, session),
        *emergency_kit(case),
    ]
    if reasons:
        return reasons
    here, whole = session_stream(ask.participant, ask.visit), participant_stream(ask.participant)
    fact = SessionStarted(
        participant=ask.participant, visit=ask.visit, monitors=ask.monitors, physician=ask.physician
    )
    main = pen.write(here, fact)
    visit = case.visit(ask.visit)
    pen.write(whole, held_fact(case, person, ask.visit, "planned", "on-site"), because=main.id)
    milestone(pen, main, ask.participant, ask.visit, "started", people=ask.monitors)
    visit_deviations(case, person, visit, "planned", because=main.id, pen=pen)
    return []


def milestone(
    pen: Pen,
    main: Record,
    participant: str,
    visit: str,
    reached: str,
    *,
    step: str = "",
    people: tuple[str, ...] = (),
) -> None:
    """Note in the participant's stream how far the session is."""
    fact = SessionMilestone(visit=visit, milestone=reached, step=step, people=people)
    pen.write(participant_stream(participant), fact, because=main.id)


def not_started(session: SessionStanding) -> list[Reason]:
    """The session is not open yet."""
    if session.started is None:
        return []
    return [Reason("session-already-started", f"The session of {session.visit} was started already.")]


def previous_discharged(protocol: Protocol, person: ParticipantStanding, visit: str) -> list[Reason]:
    """Every other session that was started has ended in a discharge."""
    order = [each.visit for each in protocol.sessions]
    return [
        Reason("previous-session-open", f"The session of {code} was not closed by a discharge.", code)
        for code in order
        if code != visit
        and (progress := person.sessions.get(code)) is not None
        and progress.started is not None
        and progress.discharged is None
    ]


def enough_monitors(plan: DosingSession, ask: StartSession) -> list[Reason]:
    """As many distinct monitors as the protocol asks for (FDA draft guidance, June 2023: two)."""
    wanted, there = int(plan.monitors.number), len(set(ask.monitors))
    if there >= wanted:
        return []
    return [Reason("too-few-monitors", f"{wanted} different monitors are needed; {there} named.")]


def monitors_qualified(case: Case, ask: StartSession) -> list[Reason]:
    """Each monitor is a therapist of the site with licence and monitor's qualification in date."""
    reasons = []
    for name in sorted(set(ask.monitors)):
        person, missing = case.staff(name), []
        if not person.holds(Role.THERAPIST, site=case.stamp.site):
            missing.append("no appointment as therapist here")
        if not person.in_date("licence", day=case.today):
            missing.append("no licence in date")
        if not any(person.in_date(each, day=case.today) for each in (LEAD, ASSISTANT)):
            missing.append("no monitor's qualification in date")
        if missing:
            words = ", ".join(missing)
            reasons.append(Reason("monitor-not-qualified", f"{name} cannot monitor: {words}.", name))
    return reasons


def lead_present(case: Case, ask: StartSession) -> list[Reason]:
    """One of the monitors is qualified to lead."""
    if any(case.staff(name).in_date(LEAD, day=case.today) for name in ask.monitors):
        return []
    return [Reason("no-lead-monitor", "None of the monitors holds a lead monitor's qualification in date.")]


def physician_qualified(case: Case, ask: StartSession) -> list[Reason]:
    """The physician on call is appointed here and licensed."""
    person = case.staff(ask.physician)
    if person.holds(Role.PHYSICIAN, site=case.stamp.site) and person.in_date("licence", day=case.today):
        return []
    name = ask.physician or "Nobody"
    return [
        Reason(
            "physician-not-qualified",
            f"{name} cannot be the physician on call: appointment and licence in date are needed.",
            ask.physician,
        )
    ]


def kit_ready(case: Case, plan: DosingSession, session: SessionStanding) -> list[Reason]:
    """A kit in date is set aside for the first dose."""
    kit = session.kits.get(plan.first.step)
    if kit is None:
        return [Reason("no-kit", f"No kit is set aside for {plan.first.step}: ask the pharmacist.")]
    if kit.expires < case.today:
        return [Reason("kit-expired", f"Kit {kit.kit} ran out on {kit.expires}.", kit.kit)]
    return []


def emergency_kit(case: Case) -> list[Reason]:
    """The site's emergency kit is in date."""
    until = case.site.emergency_kit_until
    if until >= case.today:
        return []
    state = f"ran out on {until}" if until else "was never checked"
    return [Reason("emergency-kit-expired", f"The site's emergency kit {state}.")]


def note_presence(case: Case, tell: NotePresence, pen: Pen) -> None:
    """A monitor comes in or leaves; nobody is alone beyond the limit without a record."""
    session = opened(case, tell.participant, tell.visit)
    needed(tell.person, field="person", ask="Say who came in or left.")
    here = session_stream(tell.participant, tell.visit)
    main = pen.write(here, MonitorPresence(person=tell.person, present=tell.present))
    before = set(session.in_room)
    after = before | {tell.person} if tell.present else before - {tell.person}
    if session.under_effect and not after and before:
        night = session.ended is not None and case.at.at >= session.ended.at
        what, action = ALONE_AT_NIGHT if night else ALONE
        pen.deviate(here, "participant-unattended", what, severity="major", because=main.id)
        pen.alarm(here, "participant-unattended", action, because=main.id)
    if len(after) >= MONITORS:
        for code, what, severity in monitor_alone(case, session):
            pen.deviate(here, code, what, severity=severity, because=main.id)


def monitor_alone(case: Case, session: SessionStanding) -> list[Break]:
    """Too few monitors under drug effect for longer than the limit, told when that is over.

    After the end one person is enough; the end itself has told what was open.
    """
    if not session.under_effect or session.t0 is None or session.few_since is None:
        return []
    if session.ended is not None:
        return []
    alone = minutes_between(max(session.few_since, session.t0, key=lambda each: each.at), case.at)
    limit = values.setting(case.protocol, "alone-limit", study=case.study, site=case.site)
    if limit is None:
        path = values.setting_path("alone-limit")
        return [("no-signed-limit", f"No signed limit: {path}; {alone:.0f} minutes with one.", "minor")]
    if alone <= limit:
        return []
    what = f"One monitor was alone for {alone:.0f} minutes; the limit is {limit:g}."
    return [("monitor-alone", what, "minor")]


def note_event(case: Case, tell: NoteSessionEvent, pen: Pen) -> None:
    """A one-tap event."""
    session = case.session(tell.participant, tell.visit)
    session_of(case.protocol, tell.visit)
    case.participant(tell.participant)
    if not tell.event:
        raise ImpossibleValue("Say what happened.", field="event")
    if tell.amount is not None and not (math.isfinite(tell.amount) and tell.amount >= 0):
        raise ImpossibleValue(f"An amount is a number from 0 up; found {tell.amount!r}.", field="amount")
    if tell.event == "suds" and (tell.amount is None or tell.amount > 10):
        raise ImpossibleValue(f"SUDS is a number from 0 to 10; found {tell.amount!r}.", field="amount")
    here = session_stream(tell.participant, tell.visit)
    fact = SessionEvent(event=tell.event, detail=tell.detail, amount=tell.amount, unit=tell.unit)
    main = pen.write(here, fact)
    outside_session(case, session, main, pen)


def opened(case: Case, participant: str, visit: str) -> SessionStanding:
    """A session's standing, of a known participant and a dosing visit."""
    session_of(case.protocol, visit)
    case.participant(participant)
    return case.session(participant, visit)


def outside_session(case: Case, session: SessionStanding, main: Record, pen: Pen) -> None:
    """Something told of a session that was never started, of before its start or after its discharge."""
    if session.started is None:
        what = "This was recorded for a session that was never started."
        pen.deviate(main.stream, "session-not-started", what, severity="major", because=main.id)
    elif case.at.at < session.started.at:
        what = "This happened before the session was started."
        pen.deviate(main.stream, "before-session", what, severity="minor", because=main.id)
    elif session.discharged is not None and case.at.at > session.discharged.at:
        what = "This happened after the participant was discharged."
        pen.deviate(main.stream, "after-discharge", what, severity="minor", because=main.id)


def acknowledge_alarm(case: Case, ask: AcknowledgeAlarm, pen: Pen) -> list[Reason]:
    """A named person takes an alarm on, with a plan and a time to look again."""
    session = opened(case, ask.participant, ask.visit)
    alarm = session.alarms.get(ask.alarm)
    if alarm is None:
        raise UnknownName(f"The session has no alarm with the record {ask.alarm}.")
    reasons = [*alarm_open(session, ask), *alarm_plan(ask), *recheck_ahead(case, session, ask)]
    if reasons:
        return reasons
    fact = AlarmAcknowledged(
        alarm=str(alarm.root), by=case.stamp.noter, plan=ask.plan, recheck_minute=ask.recheck_minute
    )
    pen.write(session_stream(ask.participant, ask.visit), fact, because=alarm.root)
    return []


def alarm_open(session: SessionStanding, ask: AcknowledgeAlarm) -> list[Reason]:
    """Nobody took it on before."""
    by = session.alarms[ask.alarm].taken_by
    return [Reason("alarm-already-taken", f"{by} has taken this alarm on already.", by)] if by else []


def alarm_plan(ask: AcknowledgeAlarm) -> list[Reason]:
    """Taking an alarm on means having a plan."""
    return [] if ask.plan.strip() else [Reason("no-plan", "Say what will be done.")]


def recheck_ahead(case: Case, session: SessionStanding, ask: AcknowledgeAlarm) -> list[Reason]:
    """The time to look again (minutes after the first dose, or after the start) lies ahead."""
    start = session.t0 or session.started
    if start is None or start.at + timedelta(minutes=ask.recheck_minute) > case.at.at:
        return []
    return [Reason("recheck-not-ahead", "Name a time to look again that is still to come.")]


def end_session(case: Case, ask: EndSession, pen: Pen) -> list[Reason]:
    """The working part of the session is over."""
    session = opened(case, ask.participant, ask.visit)
    reasons = [*started(session), *not_ended(session)]
    if session.t0 is not None:
        reasons += [
            *minimum_hours(case, session),
            *alarms_taken(session),
            *leaving_gate(case, session, ask.confirmed, gate=END),
        ]
    if reasons:
        return reasons
    main = pen.write(session_stream(ask.participant, ask.visit), SessionEnded(facts=dict(ask.confirmed)))
    milestone(pen, main, ask.participant, ask.visit, "ended")
    for code, what, severity in (*monitor_alone(case, session), *told_at_end(case, session)):
        pen.deviate(main.stream, code, what, severity=severity, because=main.id)
    return []


def started(session: SessionStanding) -> list[Reason]:
    """The session was started."""
    if session.started is not None:
        return []
    return [Reason("session-not-started", f"The session of {session.visit} was not started.")]


def not_ended(session: SessionStanding) -> list[Reason]:
    """The session was not ended yet."""
    if session.ended is None:
        return []
    return [Reason("session-already-ended", f"The session of {session.visit} was ended already.")]


def minimum_hours(case: Case, session: SessionStanding) -> list[Reason]:
    """As long as the protocol says has passed since the first dose."""
    plan = session_of(case.protocol, session.visit)
    path = f"sessions.{session.visit}.minimum_hours"
    wanted = values.value(plan.minimum_hours, path, study=case.study, site=case.site)
    if wanted is None:
        return [Reason("no-signed-limit", "The length of the session awaits a physician's signature.", path)]
    passed = 0.0 if session.t0 is None else hours_between(session.t0, case.at)
    if passed >= wanted:
        return []
    return [
        Reason(
            "minimum-hours", f"{passed:.1f} hours have passed since the first dose; {wanted:g} are needed."
        )
    ]


def alarms_taken(session: SessionStanding) -> list[Reason]:
    """Somebody took on every high alarm."""
    return [
        Reason("alarm-open", f"The alarm {alarm.code} was taken on by nobody.", str(alarm.root))
        for alarm in session.open_alarms()
        if alarm.priority == "high"
    ]


def leaving_gate(
    case: Case, session: SessionStanding, confirmed: Mapping[str, Json], *, gate: str
) -> list[Reason]:
    """The protocol's gate items for the end of the session or for leaving, each one that is unmet."""
    plan = session_of(case.protocol, session.visit)
    person = case.participant(session.participant)
    facts = session_facts(
        case,
        session,
        step=plan.first.step,
        confirmed=confirmed,
        consent_in_force=not consent.in_force(case.protocol, person),
        max_age="vitals-age-at-leaving",
    )
    items = plan.end_gate if gate == END else plan.discharge_gate
    return [
        *setting_signed(case, "vitals-age-at-leaving"),
        *gate_reasons(case, session, gate, items, facts),
    ]


def discharge(case: Case, ask: Discharge, pen: Pen) -> list[Reason]:
    """The participant leaves, with whom, and when somebody asks after them."""
    session = opened(case, ask.participant, ask.visit)
    reasons = [*ended(session), *not_discharged(session)]
    if session.t0 is not None:
        reasons += [
            *alarms_taken(session),
            *leaving_gate(case, session, ask.confirmed, gate=LEAVE),
            *limits_passed(case, session, blocks="discharge", gate=LEAVE),
            *escorted(ask),
            *next_contact(case, ask),
        ]
    if reasons:
        return reasons
    fact = Discharged(facts=dict(ask.confirmed), escort=ask.escort, next_contact=ask.next_contact)
    main = pen.write(session_stream(ask.participant, ask.visit), fact)
    milestone(pen, main, ask.participant, ask.visit, "discharged")
    plan = session_of(case.protocol, ask.visit)
    for code, what, severity in (*night_kept(case, plan, session), *capsules_unaccounted(session)):
        pen.deviate(main.stream, code, what, severity=severity, because=main.id)
    never_asked(case, session, main, pen)
    return []


def ended(session: SessionStanding) -> list[Reason]:
    """The session was ended before."""
    if session.ended is not None:
        return []
    return [Reason("session-not-ended", "End the session before the discharge: they are two acts.")]


def not_discharged(session: SessionStanding) -> list[Reason]:
    """The participant has not left yet."""
    if session.discharged is None:
        return []
    return [Reason("already-discharged", "The participant was discharged already.")]


def escorted(ask: Discharge) -> list[Reason]:
    """Somebody takes the participant home."""
    return [] if ask.escort.strip() else [Reason("no-escort", "Name who takes the participant home.")]


def next_contact(case: Case, ask: Discharge) -> list[Reason]:
    """Somebody asks after the participant in time."""
    if not ask.next_contact:
        return [Reason("no-next-contact", "Say when somebody will ask after the participant.")]
    try:
        when = datetime.fromisoformat(ask.next_contact)
    except ValueError:
        raise ImpossibleValue(
            f"Expected a time such as 2026-11-23T09:00; found {ask.next_contact!r}.", field="next_contact"
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZoneInfo(case.at.zone))
    hours = values.setting(case.protocol, "next-contact-hours", study=case.study, site=case.site)
    if hours is None:
        return setting_signed(case, "next-contact-hours")
    ahead = (when - case.at.at) / timedelta(hours=1)
    if 0 < ahead <= hours:
        return []
    return [Reason("next-contact-late", f"The next contact is within {hours:g} hours of leaving.")]
