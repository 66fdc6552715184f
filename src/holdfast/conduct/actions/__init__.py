"""Actions: what people ask for and what they report.

An action is a ``Stamp`` (who, where, when, on which device, with an id made by the
client) and one ``Ask`` or ``Tell``. An Ask may be refused, with every reason. A Tell
is never refused for breaking the protocol: what happened is recorded, the break
beside it; only malformed or impossible values are sent back.

``Amend`` corrects an earlier record of the same kind, with a reason.
"""

from __future__ import annotations

from holdfast.conduct.actions.assessment import (
    AssignRater,
    AttemptContact,
    FillForm,
    HoldVisit,
    MissVisit,
    RecordLaboratory,
    RecordMedication,
    ReportUnblinding,
    ScheduleVisit,
    SignForm,
)
from holdfast.conduct.actions.care import (
    GiveRescue,
    HandOver,
    KeepRecording,
    NoteNight,
    NoteRecording,
    NoteSetting,
    SignNote,
)
from holdfast.conduct.actions.corrections import (
    Amend,
)
from holdfast.conduct.actions.devices import PlaceDevice, ReportFlood
from holdfast.conduct.actions.enrolment import (
    AssessEligibility,
    Complete,
    FailScreening,
    GiveConsent,
    Prescreen,
    Randomise,
    ReportIntercurrentEvent,
    StopTreatment,
    Withdraw,
    WithdrawConsent,
)
from holdfast.conduct.actions.programme import (
    EndAuthority,
    EnterTreatment,
    GiveNotice,
    Prescribe,
    RecordAuthority,
)
from holdfast.conduct.actions.queries import AnswerQuery, RaiseQuery
from holdfast.conduct.actions.readiness import (
    Countersign,
    JudgeWashout,
    NoteReadiness,
    ReportOverride,
)
from holdfast.conduct.actions.reminding import ChooseReminders, NoteReminder
from holdfast.conduct.actions.safety import (
    AcknowledgeRisk,
    CloseAdverseEvent,
    ReportAdverseEvent,
    ReportDeviation,
    ReportSerious,
    Unblind,
)
from holdfast.conduct.actions.session import (
    AcknowledgeAlarm,
    AskDose,
    DecideSupplement,
    DeferVitals,
    Discharge,
    EndSession,
    GiveDose,
    MissPrompts,
    MissVitals,
    NotePresence,
    NoteSessionEvent,
    OverrideGate,
    RatePrompts,
    ReadVitals,
    RecordTouch,
    StartSession,
)
from holdfast.conduct.actions.sharing import RecordExport, TellRecipient
from holdfast.conduct.actions.stamp import Action, Ask, Stamp, Tell
from holdfast.conduct.actions.study import (
    AdoptProtocol,
    Appoint,
    BringWording,
    CheckEmergencyKit,
    EndAppointment,
    LockStudy,
    OpenSite,
    OpenStudy,
    RecordCredential,
    SignLimit,
    UnblindStudy,
)
from holdfast.conduct.actions.supply import (
    AssignKit,
    CountKit,
    DestroyKit,
    ReceiveKit,
    ReleaseKit,
    ReturnKit,
    SealList,
)
from holdfast.conduct.actions.watching import NoteOverdue, PassRiskOn

__all__ = [
    "AcknowledgeAlarm",
    "AcknowledgeRisk",
    "Action",
    "AdoptProtocol",
    "Amend",
    "AnswerQuery",
    "Appoint",
    "Ask",
    "AskDose",
    "AssessEligibility",
    "AssignKit",
    "AssignRater",
    "AttemptContact",
    "BringWording",
    "CheckEmergencyKit",
    "ChooseReminders",
    "CloseAdverseEvent",
    "Complete",
    "CountKit",
    "Countersign",
    "DecideSupplement",
    "DeferVitals",
    "DestroyKit",
    "Discharge",
    "EndAppointment",
    "EndAuthority",
    "EndSession",
    "EnterTreatment",
    "FailScreening",
    "FillForm",
    "GiveConsent",
    "GiveDose",
    "GiveNotice",
    "GiveRescue",
    "HandOver",
    "HoldVisit",
    "JudgeWashout",
    "KeepRecording",
    "LockStudy",
    "MissPrompts",
    "MissVisit",
    "MissVitals",
    "NoteNight",
    "NoteOverdue",
    "NotePresence",
    "NoteReadiness",
    "NoteRecording",
    "NoteReminder",
    "NoteSessionEvent",
    "NoteSetting",
    "OpenSite",
    "OpenStudy",
    "OverrideGate",
    "PassRiskOn",
    "PlaceDevice",
    "Prescreen",
    "Prescribe",
    "RaiseQuery",
    "Randomise",
    "RatePrompts",
    "ReadVitals",
    "ReceiveKit",
    "RecordAuthority",
    "RecordCredential",
    "RecordExport",
    "RecordLaboratory",
    "RecordMedication",
    "RecordTouch",
    "ReleaseKit",
    "ReportAdverseEvent",
    "ReportDeviation",
    "ReportFlood",
    "ReportIntercurrentEvent",
    "ReportOverride",
    "ReportSerious",
    "ReportUnblinding",
    "ReturnKit",
    "ScheduleVisit",
    "SealList",
    "SignForm",
    "SignLimit",
    "SignNote",
    "Stamp",
    "StartSession",
    "StopTreatment",
    "Tell",
    "TellRecipient",
    "Unblind",
    "UnblindStudy",
    "Withdraw",
    "WithdrawConsent",
]
