"""Who may do what: roles by act, appointments at the site, credentials in date.

One table. Roles of the study rather than of a site (sponsor, data board, auditor,
statistician, safety monitor) and the system are not appointed in the records; the clinic's
accounts say who holds them. A participant acts only for themself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.conduct import actions as act
from holdfast.conduct.case import Case
from holdfast.conduct.decision import Reason
from holdfast.protocol.roles import Role
from holdfast.records import assessment, enrolment, programme, safety, session, sharing, study, supply
from holdfast.records.fact import Fact

_SITE = frozenset(
    {Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN, Role.PHARMACIST, Role.RATER, Role.ATTENDANT}
)
_STUDY = frozenset(
    {
        Role.SPONSOR,
        Role.SYSTEM,
        Role.DATA_BOARD,
        Role.AUDITOR,
        Role.STATISTICIAN,
        Role.SAFETY_MONITOR,
        Role.PARTICIPANT,
    }
)
_EVERYONE = _SITE | _STUDY
_SPONSOR = frozenset({Role.SPONSOR, Role.SYSTEM})
_DOCTOR = frozenset({Role.PHYSICIAN})
_OFFICE = frozenset({Role.COORDINATOR, Role.PHYSICIAN})
_CARE = frozenset({Role.COORDINATOR, Role.PHYSICIAN, Role.THERAPIST})
_CLINICAL = _CARE | {Role.ATTENDANT}
_ROOM = frozenset({Role.THERAPIST, Role.PHYSICIAN})
_BEDSIDE = _ROOM | {Role.ATTENDANT}
_PHARMACY = frozenset({Role.PHARMACIST})

MAY: Mapping[type[Any], frozenset[Role]] = {
    act.OpenStudy: _SPONSOR,
    act.AdoptProtocol: _SPONSOR,
    act.OpenSite: _SPONSOR,
    act.SignLimit: _DOCTOR,
    act.CheckEmergencyKit: _CLINICAL,
    act.Appoint: _SPONSOR | _DOCTOR,
    act.EndAppointment: _SPONSOR | _DOCTOR,
    act.RecordCredential: _SPONSOR | _SITE,
    act.BringWording: _SPONSOR,
    act.LockStudy: _SPONSOR | {Role.STATISTICIAN},
    act.UnblindStudy: _SPONSOR | {Role.STATISTICIAN},
    act.Prescreen: _CARE | {Role.SYSTEM},
    act.GiveConsent: _CARE | {Role.PARTICIPANT},
    act.WithdrawConsent: _CLINICAL | {Role.PARTICIPANT},
    act.AssessEligibility: _DOCTOR,
    act.FailScreening: _OFFICE,
    act.Randomise: _OFFICE,
    act.EnterTreatment: _OFFICE,
    act.RecordAuthority: _OFFICE | _SPONSOR,
    act.EndAuthority: _OFFICE | _SPONSOR,
    act.Prescribe: _DOCTOR,
    act.GiveNotice: _OFFICE,
    act.SendReport: _OFFICE | _SPONSOR,
    # Who reads every form that goes: nobody at the site may read ratings and own answers together.
    act.RecordExport: frozenset({Role.STATISTICIAN}),
    act.TellRecipient: _OFFICE,
    act.StopTreatment: _CARE,
    act.Withdraw: _CLINICAL | {Role.PARTICIPANT},
    act.Complete: _OFFICE,
    act.ReportIntercurrentEvent: _CARE,
    act.ScheduleVisit: _CARE,
    act.HoldVisit: _CLINICAL | {Role.RATER},
    act.MissVisit: _CLINICAL | {Role.RATER},
    act.FillForm: _CLINICAL | {Role.RATER, Role.PARTICIPANT},
    act.SignForm: _CLINICAL | {Role.RATER, Role.PARTICIPANT},
    act.AssignRater: _OFFICE | {Role.SYSTEM},
    act.ReportUnblinding: _EVERYONE,
    act.RecordMedication: _CLINICAL,
    act.RecordLaboratory: _CLINICAL,
    act.AttemptContact: _CLINICAL,
    act.ChooseReminders: _CARE | {Role.PARTICIPANT},
    act.NoteReminder: frozenset({Role.SYSTEM}),
    act.StartSession: _ROOM,
    act.AskDose: _ROOM,
    act.OverrideGate: _DOCTOR,
    act.ReportOverride: _ROOM,
    act.Countersign: _DOCTOR,
    act.JudgeWashout: _DOCTOR,
    act.NoteReadiness: _CLINICAL,
    act.GiveDose: _ROOM,
    act.DecideSupplement: _ROOM,
    act.ReadVitals: _BEDSIDE | {Role.SYSTEM},
    act.PlaceDevice: _BEDSIDE,
    act.ReportFlood: frozenset({Role.SYSTEM}),
    act.DeferVitals: _BEDSIDE,
    act.MissVitals: _BEDSIDE | {Role.SYSTEM},
    act.AcknowledgeAlarm: _BEDSIDE,
    act.NoteSessionEvent: _BEDSIDE,
    act.NotePresence: _BEDSIDE,
    act.NoteOverdue: frozenset({Role.SYSTEM}),
    act.PassRiskOn: frozenset({Role.SYSTEM}),
    act.RaiseQuery: frozenset({Role.SYSTEM}),
    act.RatePrompts: _BEDSIDE | {Role.PARTICIPANT},
    act.MissPrompts: _BEDSIDE | {Role.PARTICIPANT},
    act.RecordTouch: _BEDSIDE | {Role.PARTICIPANT},
    act.NoteRecording: _BEDSIDE,
    act.KeepRecording: _CLINICAL,
    act.GiveRescue: _BEDSIDE,
    act.HandOver: _BEDSIDE,
    act.NoteNight: _BEDSIDE,
    act.NoteSetting: _BEDSIDE,
    act.SignNote: _ROOM,
    act.EndSession: _ROOM,
    act.Discharge: _BEDSIDE,
    act.ReportAdverseEvent: _CLINICAL | {Role.RATER, Role.SAFETY_MONITOR, Role.PARTICIPANT},
    act.CloseAdverseEvent: _OFFICE | {Role.SAFETY_MONITOR},
    act.ReportSerious: _OFFICE,
    act.AcknowledgeRisk: _ROOM,
    act.AnswerQuery: _DOCTOR,
    act.ReportDeviation: _EVERYONE,
    act.Unblind: _DOCTOR,
    act.SealList: _PHARMACY | {Role.SYSTEM},
    act.ReceiveKit: _PHARMACY,
    act.ReleaseKit: _PHARMACY,
    act.AssignKit: _PHARMACY,
    act.ReturnKit: _PHARMACY | _ROOM,
    act.CountKit: _PHARMACY,
    act.DestroyKit: _PHARMACY,
    act.Amend: _SITE | _SPONSOR | {Role.PARTICIPANT},
}
"""The roles that may do each act."""

CORRECTED_AS: Mapping[type[Fact], type[act.Ask | act.Tell]] = {
    enrolment.Prescreened: act.Prescreen,
    enrolment.ScreenFailed: act.FailScreening,
    enrolment.TreatmentStopped: act.StopTreatment,
    programme.AuthorityEnded: act.EndAuthority,
    programme.NoticeGiven: act.GiveNotice,
    programme.ReportSent: act.SendReport,
    enrolment.Withdrew: act.Withdraw,
    enrolment.IntercurrentEventRecorded: act.ReportIntercurrentEvent,
    assessment.VisitScheduled: act.ScheduleVisit,
    assessment.VisitHeld: act.HoldVisit,
    assessment.VisitMissed: act.MissVisit,
    assessment.FormCompleted: act.FillForm,
    assessment.UnblindingIncident: act.ReportUnblinding,
    assessment.MedicationRecorded: act.RecordMedication,
    assessment.LaboratoryResult: act.RecordLaboratory,
    assessment.ContactAttempted: act.AttemptContact,
    session.DoseGiven: act.GiveDose,
    session.ReadinessNoted: act.NoteReadiness,
    session.SupplementDecided: act.DecideSupplement,
    session.VitalsRead: act.ReadVitals,
    session.DevicePlaced: act.PlaceDevice,
    session.VitalsDeferred: act.DeferVitals,
    session.VitalsMissed: act.MissVitals,
    session.SessionEvent: act.NoteSessionEvent,
    session.MonitorPresence: act.NotePresence,
    session.PromptsRated: act.RatePrompts,
    session.PromptsMissed: act.MissPrompts,
    session.TouchRecorded: act.RecordTouch,
    session.RecordingNoted: act.NoteRecording,
    session.RecordingKept: act.KeepRecording,
    session.RescueGiven: act.GiveRescue,
    session.HandedOver: act.HandOver,
    session.NightNoted: act.NoteNight,
    session.SettingNoted: act.NoteSetting,
    safety.AdverseEvent: act.ReportAdverseEvent,
    safety.AdverseEventClosed: act.CloseAdverseEvent,
    safety.SeriousReport: act.ReportSerious,
    safety.Deviation: act.ReportDeviation,
    sharing.RecipientTold: act.TellRecipient,
    study.SiteOpened: act.OpenSite,
    study.CredentialRecorded: act.RecordCredential,
    supply.KitReceived: act.ReceiveKit,
    supply.KitUsed: act.ReturnKit,  # nobody tells of a use by itself; whoever may return capsules corrects it
    supply.KitReturned: act.ReturnKit,
    supply.KitCounted: act.CountKit,
    supply.KitDestroyed: act.DestroyKit,
}
"""The kinds that may be corrected, each by who may do this act; every other kind stays as it is."""

LICENSED = frozenset(
    {
        act.SignLimit,
        act.AssessEligibility,
        act.OverrideGate,
        act.Countersign,
        act.Prescribe,
        act.JudgeWashout,
        act.Unblind,
        act.AcknowledgeRisk,
        act.AnswerQuery,
    }
)
"""Acts that need a licence in date."""


def authority(case: Case) -> list[Reason]:
    """Why the author may not do this here; empty where they may."""
    return [*role_may(case), *appointed(case), *licensed(case), *for_oneself(case)]


def role_may(case: Case) -> list[Reason]:
    """The author's role is one that does this act."""
    what = case.action.what
    acts = CORRECTED_AS.get(type(what.fact), act.Amend) if isinstance(what, act.Amend) else type(what)
    roles = MAY[acts]
    if case.stamp.role in roles:
        return []
    words = ", ".join(sorted(role.value for role in roles))
    return [
        Reason("role-may-not", f"This is done by: {words}. You act as {case.stamp.role}.", case.stamp.role)
    ]


def appointed(case: Case) -> list[Reason]:
    """The author holds the role at the site."""
    stamp = case.stamp
    if stamp.role in _STUDY or case.staff(stamp.author).holds(stamp.role, site=stamp.site):
        return []
    return [
        Reason(
            "not-appointed",
            f"{stamp.author} is not appointed as {stamp.role} at {stamp.site}: record the appointment first.",
            stamp.author,
        )
    ]


def licensed(case: Case) -> list[Reason]:
    """The author's licence is in date where the act needs one."""
    if type(case.action.what) not in LICENSED:
        return []
    if case.staff(case.stamp.author).in_date("licence", day=case.today):
        return []
    return [
        Reason(
            "credential-expired",
            f"{case.stamp.author} has no licence in date on {case.today}: record a current one.",
            case.stamp.author,
        )
    ]


def for_oneself(case: Case) -> list[Reason]:
    """A participant acts for themself only."""
    what = case.action.what
    of = getattr(what, "participant", case.stamp.author)
    if isinstance(what, act.Amend):
        of = what.stream.split("/")[1]
    if case.stamp.role != Role.PARTICIPANT or of == case.stamp.author:
        return []
    return [Reason("not-oneself", "A participant can act for themself only.", case.stamp.author)]
