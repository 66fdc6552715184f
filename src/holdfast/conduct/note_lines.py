"""The sentences of a session's note, a function per section."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.standing.session import MEASURES
from holdfast.protocol.model import Protocol
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.fact import Fact
from holdfast.records.safety import Deviation
from holdfast.records.session import (
    AlarmAcknowledged,
    AlarmRaised,
    Discharged,
    DoseGiven,
    GateChecked,
    GateOverridden,
    HandedOver,
    MonitorPresence,
    NightNoted,
    PromptsRated,
    RecordingKept,
    RecordingNoted,
    RescueGiven,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    SettingNoted,
    SupplementDecided,
    TouchRecorded,
    VitalsDeferred,
    VitalsMissed,
    VitalsRead,
)
from holdfast.timing import Instant

F = TypeVar("F", bound=Fact)
NAMES = {
    "systolic": ("Systolic pressure", "mmHg"),
    "diastolic": ("Diastolic pressure", "mmHg"),
    "heart_rate": ("Heart rate", "/min"),
    "temperature": ("Temperature", "°C"),
}
TOTALLED = frozenset({"suds", "fluids"})
"""Events that another line of the note sums up."""


def told(session: SessionStanding, kind: type[F]) -> list[tuple[Record, F]]:
    """The session's records of a kind in the order of happening, corrections applied."""
    found = [(each, each.fact) for each in resolve(session.history) if isinstance(each.fact, kind)]
    return sorted(found, key=lambda pair: pair[0].happened_at.at)


def moment(session: SessionStanding, at: Instant) -> str:
    """A time on the site's clock and, after the first dose, in session time."""
    shown = f"{at.local:%H:%M}"
    if session.t0 is None:
        return shown
    minutes = int((at.at - session.t0.at).total_seconds() // 60)
    if minutes < 0:
        return shown
    return f"{shown} (T+{minutes // 60}:{minutes % 60:02d})"


def _with_day(session: SessionStanding, at: Instant) -> str:
    return f"{at.local:%d %b %Y} {moment(session, at)}"


def times(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Start, doses, end, discharge."""
    found = [
        f"Started {_with_day(session, record.happened_at)}." for record, _ in told(session, SessionStarted)
    ]
    found += [
        f"Dose {fact.step} taken {_with_day(session, record.happened_at)}."
        for record, fact in told(session, DoseGiven)
    ]
    found += [f"Ended {_with_day(session, record.happened_at)}." for record, _ in told(session, SessionEnded)]
    found += [
        f"Left {_with_day(session, record.happened_at)} with {fact.escort or 'nobody named'}; "
        f"next contact {fact.next_contact or 'not named'}."
        for record, fact in told(session, Discharged)
    ]
    return found


def people(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Who opened the session, and everybody who came and went."""
    found = [
        f"Monitors {', '.join(fact.monitors)}; physician who can be reached {fact.physician}."
        for _, fact in told(session, SessionStarted)
    ]
    return found + [
        f"{moment(session, record.happened_at)} {fact.person} {'came in' if fact.present else 'went out'}."
        for record, fact in told(session, MonitorPresence)
    ]


def gates(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Gates found open, and what a physician let pass."""
    found = [
        f"{moment(session, record.happened_at)} Gate of {fact.step} found open by {record.author}."
        for record, fact in told(session, GateChecked)
    ]
    return found + [
        f"{moment(session, record.happened_at)} {fact.physician} let {fact.item} pass for {fact.step}"
        f"{_reason(record)}."
        for record, fact in told(session, GateOverridden)
    ]


def _reason(record: Record) -> str:
    return f": {record.reason.rstrip('.')}" if record.reason else ""


def doses(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Doses by step and kit, the decision on the supplemental one, and capsules that went back."""
    found = [
        f"{moment(session, record.happened_at)} {fact.step}, kit {fact.kit}, given by {record.author}, "
        f"seen by {fact.witness or 'nobody'}."
        for record, fact in told(session, DoseGiven)
    ]
    found += [
        f"{moment(session, record.happened_at)} Supplemental dose decided by {fact.decided_by}: "
        f"{'give it' if fact.give else 'do not give it'}. Why: {fact.why.rstrip('.')}."
        for record, fact in told(session, SupplementDecided)
    ]
    used = {taken.kit for taken in session.doses.values()}
    for step, kit in sorted(session.kits.items()):
        if kit.kit not in used:
            went = "went back unused" if kit.kit in session.put_back else "was set aside and not used"
            found.append(f"Kit {kit.kit} for {step} {went}.")
    return found


def readings(protocol: Protocol, session: SessionStanding) -> list[str]:
    """How many, the lowest and highest of each measure, what was put off or not taken."""
    taken = told(session, VitalsRead)
    if not taken:
        return ["No reading was taken."]
    found = [f"{len(taken)} readings."]
    found += [line for measure in MEASURES if (line := _extremes(session, measure, taken))]
    found += [
        f"{moment(session, record.happened_at)} The reading of minute {fact.due_minute} was put off "
        f"to minute {fact.until_minute}: {fact.why}."
        for record, fact in told(session, VitalsDeferred)
    ]
    return found + [
        f"The reading of minute {fact.due_minute} was not taken: {fact.why}."
        for _, fact in told(session, VitalsMissed)
    ]


def _extremes(session: SessionStanding, measure: str, taken: Iterable[tuple[Record, VitalsRead]]) -> str:
    values = [(getattr(fact, measure), record.happened_at) for record, fact in taken]
    known = [(value, at) for value, at in values if value is not None]
    if not known:
        return ""
    name, unit = NAMES[measure]
    low, high = min(known, key=lambda pair: pair[0]), max(known, key=lambda pair: pair[0])
    return (
        f"{name}: lowest {low[0]:g} {unit} at {moment(session, low[1])}, "
        f"highest {high[0]:g} {unit} at {moment(session, high[1])}."
    )


def distress(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Distress before the dose, at its highest and last."""
    if not session.suds:
        return ["Distress was not asked for."]
    baseline = session.suds_baseline
    highest = max(session.suds, key=lambda each: each.value)
    last = session.suds[-1]
    return [
        "Before the first dose: " + (f"{baseline.value:g}." if baseline else "not asked."),
        f"Highest {highest.value:g} at {moment(session, highest.at)}.",
        f"Last {last.value:g} at {moment(session, last.at)}.",
    ]


def alarms(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Every alarm, and the plan of whoever took it on."""
    plans = {fact.alarm: (record, fact) for record, fact in told(session, AlarmAcknowledged)}
    found = []
    for record, fact in told(session, AlarmRaised):
        value = "" if fact.value is None else f" at {fact.value:g}"
        line = f"{moment(session, record.happened_at)} {fact.priority} alarm {fact.code}{value}"
        taken = plans.get(str(record.id))
        if taken is None:
            found.append(f"{line}; nobody took it on by itself.")
        else:
            found.append(f"{line}; {taken[1].by} took it on: {taken[1].plan.rstrip('.')}.")
    return found


def events(protocol: Protocol, session: SessionStanding) -> list[str]:
    """One-tap events and notes in their order, fluids in total."""
    found = [
        f"{moment(session, record.happened_at)} {fact.event}"
        f"{'' if fact.amount is None else f' {fact.amount:g} {fact.unit}'.rstrip()}"
        f"{f': {fact.detail}' if fact.detail else ''}."
        for record, fact in told(session, SessionEvent)
        if fact.event not in TOTALLED
    ]
    return found + [f"Fluids in all {total:g} {unit}." for unit, total in sorted(session.fluids.items())]


def rounds(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Which rounds were asked, and by whom they were rated; never what was found."""
    return [
        f"{moment(session, record.happened_at)} Round of hour {fact.at_hour:g}, rated by the {fact.rated_by}."
        for record, fact in told(session, PromptsRated)
    ]


def touches(protocol: Protocol, session: SessionStanding) -> list[str]:
    """The touch ledger."""
    return [
        f"{moment(session, record.happened_at)} {fact.kind_}: {fact.act}, {fact.by}"
        f"{'' if fact.permitted else ', not agreed to'}."
        for record, fact in told(session, TouchRecorded)
    ]


def rescues(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Rescue medicine as it was written down."""
    return [
        f"{moment(session, record.happened_at)} {fact.medicine}, {fact.amount}, {fact.route}; "
        f"ordered by {fact.ordered_by or 'nobody named'}, given by {fact.given_by}; "
        f"why: {fact.why.rstrip('.')}; effect: {fact.effect.rstrip('.') or 'not told yet'}."
        for record, fact in told(session, RescueGiven)
    ]


def recording(protocol: Protocol, session: SessionStanding) -> list[str]:
    """When it ran, its digest and who keeps it."""
    found = [
        f"{moment(session, record.happened_at)} {fact.act}{f': {fact.why}' if fact.why else ''}."
        for record, fact in told(session, RecordingNoted)
    ]
    kept = told(session, RecordingKept)
    found += [f"Kept by {fact.custodian}; SHA-256 {fact.sha256}." for _, fact in kept]
    if found and not kept:
        found.append("Its digest and custodian are not recorded yet.")
    return found or ["No recording."]


def setting(protocol: Protocol, session: SessionStanding) -> list[str]:
    """The setting as it was noted last."""
    noted = told(session, SettingNoted)
    if not noted:
        return ["The setting was not noted."]
    return [f"{code}: {said}." for code, said in noted[-1][1].items.items()]


def night(protocol: Protocol, session: SessionStanding) -> list[str]:
    """Hand-overs and what was seen in the night."""
    found = [
        (record.happened_at, f"{fact.from_} handed over to {fact.to} ({fact.role or 'no role'}): {fact.told}")
        for record, fact in told(session, HandedOver)
    ]
    found += [
        (record.happened_at, f"{fact.state}{f': {fact.text}' if fact.text else ''} ({record.author})")
        for record, fact in told(session, NightNoted)
    ]
    return [
        f"{moment(session, at)} {words.rstrip('.')}." for at, words in sorted(found, key=lambda p: p[0].at)
    ]


def deviations(protocol: Protocol, session: SessionStanding) -> list[str]:
    """What was done otherwise than planned."""
    return [
        f"{moment(session, record.happened_at)} {fact.severity}, {fact.code}: {fact.what}"
        for record, fact in told(session, Deviation)
    ]
