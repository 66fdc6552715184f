"""Which streams an action touches: those it may write to and those it only reads.

The one writer locks ``streams_of(action)`` in sorted order; it may take the streams that
are only read in shared mode. ``decide`` never returns a record of a stream outside
``written_by(action)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdfast.conduct import actions as act
from holdfast.errors import UnknownName
from holdfast.protocol.roles import Role


def study_stream(study: str) -> str:
    """The stream of a study."""
    return f"study/{study}"


def site_stream(site: str) -> str:
    """The stream of a site."""
    return f"site/{site}"


def staff_stream(person: str) -> str:
    """The stream of a member of staff."""
    return f"staff/{person}"


def participant_stream(participant: str) -> str:
    """The stream of a participant."""
    return f"participant/{participant}"


def session_stream(participant: str, visit: str) -> str:
    """The stream of a dosing session."""
    return f"session/{participant}/{visit}"


def kit_stream(kit: str) -> str:
    """The stream of a kit."""
    return f"kit/{kit}"


def list_stream(stratum: str) -> str:
    """The stream of a stratum's list of slots."""
    return f"list/{stratum}"


def stratum_of(action: act.Action) -> str:
    """The stratum a Randomise names, or that of the site where it names none."""
    asked = action.what
    named = asked.stratum if isinstance(asked, act.Randomise) else ""
    return named or f"site={action.stamp.site}"


_STUDY = frozenset({act.OpenStudy, act.AdoptProtocol, act.BringWording, act.LockStudy, act.UnblindStudy})
_SITE = frozenset(
    {
        act.OpenSite,
        act.SignLimit,
        act.CheckEmergencyKit,
        act.RecordAuthority,
        act.EndAuthority,
        act.SendReport,
    }
)
_STAFF = frozenset({act.Appoint, act.EndAppointment, act.RecordCredential})
_KIT = frozenset(
    {
        act.ReceiveKit,
        act.ReleaseKit,
        act.AssignKit,
        act.ReturnKit,
        act.CountKit,
        act.DestroyKit,
        act.GiveDose,
    }
)
OF_SESSION = frozenset(
    {
        act.StartSession,
        act.AskDose,
        act.OverrideGate,
        act.ReportOverride,
        act.Countersign,
        act.NoteReadiness,
        act.GiveDose,
        act.DecideSupplement,
        act.ReadVitals,
        act.PlaceDevice,
        act.ReportFlood,
        act.DeferVitals,
        act.MissVitals,
        act.AcknowledgeAlarm,
        act.NoteSessionEvent,
        act.NotePresence,
        act.NoteOverdue,
        act.RatePrompts,
        act.MissPrompts,
        act.RecordTouch,
        act.NoteRecording,
        act.KeepRecording,
        act.GiveRescue,
        act.HandOver,
        act.NoteNight,
        act.NoteSetting,
        act.SignNote,
        act.EndSession,
        act.Discharge,
        act.AssignKit,
    }
)
"""What is done in, or noted for, one session."""
_PEOPLE: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    act.StartSession: lambda what: (*what.monitors, what.physician),
    act.AssignRater: lambda what: what.raters,
    act.RecordAuthority: lambda what: (what.prescriber,),
    act.GiveConsent: lambda what: (what.explained_by,),
    act.DecideSupplement: lambda what: (what.decided_by,),
    act.NotePresence: lambda what: (what.person,),
    act.ReportOverride: lambda what: tuple(each for each in (what.physician, what.witness) if each),
    act.GiveRescue: lambda what: (what.ordered_by,) if what.ordered_by else (),
    act.HandOver: lambda what: (what.to,),
    act.PassRiskOn: lambda what: what.to,
}


def written_by(action: act.Action) -> tuple[str, ...]:
    """The streams the action's records may go to, sorted."""
    return tuple(sorted(_written(action)))


def _written(action: act.Action) -> set[str]:
    what: Any = action.what
    kind, written = type(what), set[str]()
    if kind in _STUDY:
        written.add(study_stream(action.stamp.study))
    if kind in _SITE:
        written.add(site_stream(action.stamp.site))
    if kind in _STAFF:
        written.add(staff_stream(what.person))
    if kind in _KIT:
        written.add(kit_stream(what.kit))
    if kind in OF_SESSION:
        written.add(session_stream(what.participant, what.visit))
    if isinstance(what, act.ReturnKit) and what.participant and what.visit:
        written.add(session_stream(what.participant, what.visit))
    if isinstance(what, act.SealList):
        written.add(list_stream(what.stratum))
    if isinstance(what, act.Randomise):
        written.add(list_stream(stratum_of(action)))
    participant = getattr(what, "participant", "")
    if participant:
        written.add(participant_stream(participant))
    if isinstance(what, act.RecordExport):
        written |= {study_stream(action.stamp.study), *map(participant_stream, what.pseudonyms)}
    if isinstance(what, act.Amend):
        written |= _amended(what.stream)
    return written


def _amended(stream: str) -> set[str]:
    kind, _, rest = stream.partition("/")
    if not rest or kind not in {"study", "site", "staff", "participant", "session", "kit", "list"}:
        raise UnknownName(f"There is no stream called {stream!r}.")
    owner = {participant_stream(rest.partition("/")[0])} if kind == "session" else set()
    return {stream, *owner}


def streams_of(action: act.Action) -> tuple[str, ...]:
    """Every stream the action touches, sorted."""
    return tuple(sorted(_looked_at(action) | _written(action)))


def _looked_at(action: act.Action) -> set[str]:
    stamp = action.stamp
    looked_at = {study_stream(stamp.study), site_stream(stamp.site)}
    if stamp.role != Role.PARTICIPANT:
        looked_at.add(staff_stream(stamp.author))
    people = _PEOPLE.get(type(action.what))
    if people is not None:
        looked_at.update(staff_stream(person) for person in people(action.what))
    return looked_at
