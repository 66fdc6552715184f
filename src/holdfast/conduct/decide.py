"""``decide``: from protocol, standings, action and now to records, or to every reason why not.

The order, for every action:

1. what cannot be (a time to come, an unknown subject, an impossible value) is sent back;
2. nothing before the study is opened, nothing asked of a site that is not;
3. a request is refused with every reason: who may, study locked, protocol in force, and
   the rules of its matter;
4. a report is recorded, and every break of the protocol stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from holdfast.conduct import (
    actions as act,
)
from holdfast.conduct import (
    arrival,
    assessment,
    authority,
    consent,
    corrections,
    devices,
    dose,
    enrolment,
    followup,
    overnight,
    override,
    programme,
    prompts,
    queries,
    reach,
    readiness,
    recording,
    reminders,
    rescue,
    safety,
    sent,
    session,
    setting,
    sharing,
    signature,
    staff,
    supply,
    touch,
    values,
    visits,
    vitals,
    washout,
    watch,
    wordings,
)
from holdfast.conduct.case import Case, Pen, hours_between, needed
from holdfast.conduct.decision import Decision, Reason, Refused, Standings
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import Protocol
from holdfast.timing import Instant

Decider = Callable[[Case, Any, Pen], list[Reason]]
Teller = Callable[[Case, Any, Pen], None]

ASKED: Mapping[type[act.Ask], Decider] = {
    act.OpenStudy: staff.open_study,
    act.AdoptProtocol: staff.adopt_protocol,
    act.OpenSite: staff.open_site,
    act.SignLimit: staff.sign_limit,
    act.CheckEmergencyKit: staff.check_emergency_kit,
    act.Appoint: staff.appoint,
    act.EndAppointment: staff.end_appointment,
    act.BringWording: wordings.bring_wording,
    act.LockStudy: staff.lock_study,
    act.UnblindStudy: staff.unblind_study,
    act.GiveConsent: consent.give_consent,
    act.AssessEligibility: enrolment.assess_eligibility,
    act.Randomise: enrolment.randomise,
    act.EnterTreatment: enrolment.enter,
    act.RecordAuthority: programme.record_authority,
    act.Prescribe: programme.prescribe,
    act.Complete: followup.complete,
    act.RecordExport: sharing.record_export,
    act.ScheduleVisit: visits.schedule_visit,
    act.SignForm: assessment.sign_form,
    act.AssignRater: assessment.assign_rater,
    act.StartSession: session.start_session,
    act.AskDose: dose.ask_dose,
    act.OverrideGate: override.override_gate,
    act.Countersign: override.countersign,
    act.JudgeWashout: washout.judge_washout,
    act.AcknowledgeAlarm: session.acknowledge_alarm,
    act.SignNote: signature.sign_note,
    act.EndSession: session.end_session,
    act.Discharge: session.discharge,
    act.AcknowledgeRisk: safety.acknowledge_risk,
    act.AnswerQuery: queries.answer_query,
    act.Unblind: safety.unblind,
    act.SealList: supply.seal_list,
    act.ReleaseKit: supply.release_kit,
    act.AssignKit: supply.assign_kit,
}
"""What is decided by which function, for requests."""

TOLD: Mapping[type[act.Tell], Teller] = {
    act.RecordCredential: staff.record_credential,
    act.EndAuthority: programme.end_authority,
    act.GiveNotice: programme.give_notice,
    act.SendReport: programme.send_report,
    act.Prescreen: enrolment.prescreen,
    act.WithdrawConsent: consent.withdraw_consent,
    act.FailScreening: enrolment.fail_screening,
    act.TellRecipient: sharing.tell_recipient,
    act.StopTreatment: followup.stop_treatment,
    act.Withdraw: followup.withdraw,
    act.ReportIntercurrentEvent: followup.report_intercurrent,
    act.HoldVisit: visits.hold_visit,
    act.MissVisit: visits.miss_visit,
    act.FillForm: assessment.fill_form,
    act.ReportUnblinding: assessment.report_unblinding,
    act.RecordMedication: assessment.record_medication,
    act.RecordLaboratory: assessment.record_laboratory,
    act.AttemptContact: followup.attempt_contact,
    act.ChooseReminders: reminders.choose,
    act.NoteReminder: reminders.note,
    act.NoteReadiness: readiness.note_readiness,
    act.ReportOverride: override.report_override,
    act.GiveDose: dose.give_dose,
    act.DecideSupplement: dose.decide_supplement,
    act.ReadVitals: vitals.read_vitals,
    act.PlaceDevice: devices.place_device,
    act.ReportFlood: devices.report_flood,
    act.DeferVitals: vitals.defer_vitals,
    act.MissVitals: vitals.miss_vitals,
    act.NoteSessionEvent: session.note_event,
    act.NotePresence: session.note_presence,
    act.NoteOverdue: watch.note_overdue,
    act.PassRiskOn: reach.pass_on,
    act.RaiseQuery: queries.raise_query,
    act.RatePrompts: prompts.rate_prompts,
    act.MissPrompts: prompts.miss_prompts,
    act.RecordTouch: touch.record_touch,
    act.NoteRecording: recording.note_recording,
    act.KeepRecording: recording.keep_recording,
    act.GiveRescue: rescue.give_rescue,
    act.HandOver: overnight.hand_over,
    act.NoteNight: overnight.note_night,
    act.NoteSetting: setting.note_setting,
    act.ReportAdverseEvent: safety.report_event,
    act.CloseAdverseEvent: safety.close_event,
    act.ReportSerious: safety.report_serious,
    act.ReportDeviation: safety.report_deviation,
    act.ReceiveKit: supply.receive_kit,
    act.ReturnKit: supply.return_kit,
    act.CountKit: supply.count_kit,
    act.DestroyKit: supply.destroy_kit,
    act.Amend: corrections.amend,
}
"""What is recorded by which function, for reports."""

AFTER_LOCK = (
    *(act.UnblindStudy, act.Unblind, act.AcknowledgeRisk, act.AcknowledgeAlarm, act.EndAppointment),
    act.RecordExport,
    act.AnswerQuery,
)
"""Requests that a locked study still grants: the key's release, help, people leaving, what then leaves."""

NO_DATA_ENTRY = (act.TellRecipient,)
"""Reports that a lock does not concern: they add nothing to the data."""

WITHOUT_SITE = (
    act.OpenStudy,
    act.AdoptProtocol,
    act.OpenSite,
    act.BringWording,
    act.LockStudy,
    act.UnblindStudy,
    act.SealList,
    act.RecordCredential,
    act.Appoint,
    act.EndAppointment,
    act.Amend,
)
"""What may be done before, or without, an open site."""


def decide(protocol: Protocol, standings: Standings, action: act.Action, now: datetime) -> Decision:
    """The records an action leaves, or every reason why it is refused.

    ``standings`` holds what ``streams_of(action)`` names; a stream without records may be
    left out. ``now`` is the server's time (UTC). Raises ImpossibleValue for what cannot be
    true and UnknownName for a subject nobody ever recorded.
    """
    case = at_site_time(Case(protocol, standings, action, now))
    needed(case.stamp.author, field="author", ask="Say who acts.")
    not_to_come(case)
    pen = Pen(case)
    if isinstance(action.what, act.Ask):
        return _asked(case, action.what, pen)
    if not case.study.opened:
        raise UnknownName(f"The study {case.stamp.study} was not opened; nothing can be recorded in it.")
    if not isinstance(action.what, WITHOUT_SITE) and not case.site.opened:
        raise UnknownName(f"There is no open site {case.stamp.site!r} in this study.")
    TOLD[type(action.what)](case, action.what, pen)
    if isinstance(action.what, act.Amend):
        possible_as_told(case, action.what)
    _beside(case, pen)
    return pen.records


def possible_as_told(case: Case, amend: act.Amend) -> None:
    """A correction is sent back where the corrected fact, told as a report, would be."""
    what = corrections.as_told(amend)
    deciders: Mapping[type[Any], Callable[[Case, Any, Pen], object]] = {**ASKED, **TOLD}
    decider = deciders[type(what)]
    decider(case, what, Pen(case))


def at_site_time(case: Case) -> Case:
    """The case with the moment told in the zone of its site, once that is open.

    Study days, windows and days of validity are local dates of the site, wherever the
    device or the participant was and whatever its clock is set to.
    """
    zone, happened = case.site.zone, case.at
    if not zone or zone == happened.zone:
        return case
    stamp = replace(case.stamp, happened_at=replace(happened, zone=zone))
    return replace(case, action=replace(case.action, stamp=stamp))


def _asked(case: Case, ask: act.Ask, pen: Pen) -> Decision:
    if not case.study.opened and not isinstance(ask, act.OpenStudy):
        return Refused((Reason("study-not-opened", f"Open the study {case.stamp.study} first."),))
    reasons = [
        *authority.authority(case),
        *study_open_for(case, ask),
        *protocol_in_force(case, ask),
        *site_open(case, ask),
        *own_site(case),
    ]
    reasons += ASKED[type(ask)](case, ask, pen)
    if reasons:
        return Refused(tuple(dict.fromkeys(reasons)))
    main = pen.records[0]
    for code, what, severity in sent.from_the_tablet(case):
        pen.deviate(main.stream, code, what, severity=severity, because=main.id)
    return pen.records


def not_to_come(case: Case) -> None:
    """What happened did not happen in the future; ImpossibleValue."""
    if case.at.at <= case.now:
        return
    tolerance = values.constant(case.protocol, "future-tolerance-minutes", study=case.study, site=case.site)
    if case.at.at > case.now + timedelta(minutes=tolerance):
        raise ImpossibleValue(
            f"{case.at.local:%Y-%m-%d %H:%M} is yet to come: check the date and time.", field="happened_at"
        )


def study_open_for(case: Case, ask: act.Ask) -> list[Reason]:
    """Data entry is open, or the request is one that a locked study grants."""
    if not case.study.locked or isinstance(ask, AFTER_LOCK):
        return []
    return [Reason("study-locked", "Data entry of this study is closed.")]


def protocol_in_force(case: Case, ask: act.Ask) -> list[Reason]:
    """The protocol decided by was adopted by the study."""
    if isinstance(ask, act.OpenStudy | act.AdoptProtocol) or case.protocol.hash in case.study.adopted:
        return []
    return [Reason("protocol-not-adopted", "This version of the protocol is not in force.")]


def site_open(case: Case, ask: act.Ask) -> list[Reason]:
    """The site is open."""
    if isinstance(ask, WITHOUT_SITE) or case.site.opened:
        return []
    return [Reason("site-not-opened", f"The site {case.stamp.site!r} was not opened.", case.stamp.site)]


def own_site(case: Case) -> list[Reason]:
    """The participant belongs to the site that acts."""
    code = getattr(case.action.what, "participant", "")
    site = case.newcomer(code).site if code else ""
    if not site or site == case.stamp.site:
        return []
    return [Reason("other-site", f"{code} is a participant of {site}.", site)]


def _beside(case: Case, pen: Pen) -> None:
    main = pen.records[0]
    for code, what, severity in (
        *late_entry(case),
        *arrival.arrived_late(case),
        *arrival.clock_skew(case),
        *sent.from_the_tablet(case),
        *after_lock(case),
        *not_delegated(case),
        *elsewhere(case),
        *old_protocol(case),
    ):
        pen.deviate(main.stream, code, what, severity=severity, because=main.id)


def late_entry(case: Case) -> list[visits.Break]:
    """Something entered long after it happened."""
    limit = values.constant(case.protocol, "late-entry-hours", study=case.study, site=case.site)
    hours = hours_between(case.at, Instant(case.now, case.at.zone))
    if hours <= limit:
        return []
    return [("late-entry", f"Entered {hours:.0f} hours after it happened; {limit:g} is the most.", "minor")]


def after_lock(case: Case) -> list[visits.Break]:
    """Something that came after data entry was closed."""
    if not case.study.locked or isinstance(case.action.what, NO_DATA_ENTRY):
        return []
    return [("after-lock", "This came after the study was locked.", "major")]


def not_delegated(case: Case) -> list[visits.Break]:
    """Something recorded by a person without the role, the appointment or the licence for it."""
    reasons = authority.authority(case)
    if not reasons:
        return []
    return [("not-delegated", " ".join(reason.sentence for reason in reasons), "major")]


def elsewhere(case: Case) -> list[visits.Break]:
    """Something recorded of another site's participant."""
    return [("other-site", reason.sentence, "minor") for reason in own_site(case)]


def old_protocol(case: Case) -> list[visits.Break]:
    """Something recorded by a version of the protocol that is not in force."""
    if case.protocol.hash in case.study.adopted:
        return []
    return [("protocol-not-adopted", "Recorded by a version of the protocol not in force.", "minor")]
