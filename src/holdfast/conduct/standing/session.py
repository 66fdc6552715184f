"""Standing of a dosing session: people, kits, gates, doses, readings, alarms, prompts, touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from holdfast.conduct.standing.care import CARE, Handed, Mark, Signed, device_of
from holdfast.conduct.standing.history import Change, Folded, Handlers
from holdfast.records.envelope import Record
from holdfast.records.fact import Json
from holdfast.records.safety import Deviation
from holdfast.records.session import (
    AlarmAcknowledged,
    AlarmRaised,
    DevicePlaced,
    Discharged,
    DoseGiven,
    GateChecked,
    GateOverridden,
    MonitorPresence,
    OverrideCountersigned,
    OverrideReported,
    ReadinessNoted,
    SessionEnded,
    SessionEvent,
    SessionStarted,
    SupplementDecided,
    VitalsDeferred,
    VitalsMissed,
    VitalsRead,
)
from holdfast.records.supply import KitSetAside
from holdfast.timing import Instant

MEASURES = ("systolic", "diastolic", "heart_rate", "temperature")
MONITORS = 2
"""Fewer monitors than this in the room is alone (FDA draft guidance, June 2023: two throughout)."""


@dataclass(frozen=True, slots=True)
class KitHere:
    """The kit set aside for a dose step, and its last day (ISO date)."""

    kit: str
    expires: str


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate that was asked for and found open."""

    at: Instant
    answers: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reported:
    """An override that somebody reported of a physician; ``agreed`` None until they have countersigned."""

    root: UUID
    step: str
    item: str
    physician: str
    how: str
    at: Instant
    counts: bool
    agreed: bool | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody noted ahead of an item."""

    text: str
    by: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Taken:
    """A dose that was taken."""

    root: UUID
    at: Instant
    kit: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value and when."""

    value: float
    at: Instant


@dataclass(frozen=True, slots=True)
class Due:
    """What came of a scheduled reading: "read", "deferred" (until a minute) or "missed"."""

    state: str
    until_minute: int | None = None
    first_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm, latched until it is taken on; ``worst`` is the most extreme value so far."""

    root: UUID
    code: str
    priority: str
    measure: str
    worst: float | None
    raised_at: Instant
    limit: float | None = None
    taken_by: str = ""
    taken_at: Instant | None = None
    recheck_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Whether a monitor stands at the session, since when, and what it is called."""

    here: bool
    since: Instant
    name: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a monitor is in the room, and since when."""

    present: bool
    since: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStanding(Folded):
    """Everything known of one dosing session. ``t0`` is the time of the first dose."""

    started: Instant | None = None
    monitors: tuple[str, ...] = ()
    physician: str = ""
    kits: Mapping[str, KitHere] = field(default_factory=dict)  # by dose step
    gates: Mapping[str, Gate] = field(default_factory=dict)  # by dose step
    overrides: frozenset[tuple[str, str]] = frozenset()  # (step, item)
    reported: Mapping[UUID, Reported] = field(default_factory=dict)  # overrides somebody reported
    notes: Mapping[str, Note] = field(default_factory=dict)  # by item, noted before the day
    doses: Mapping[str, Taken] = field(default_factory=dict)  # by dose step
    t0: Instant | None = None
    supplement: bool | None = None
    supplement_by: str = ""
    last: Mapping[str, Reading] = field(default_factory=dict)  # by measure, and "suds"
    readings: int = 0
    due: Mapping[int, Due] = field(default_factory=dict)  # by scheduled minute
    alarms: Mapping[UUID, Alarm] = field(default_factory=dict)
    latched: Mapping[str, UUID] = field(default_factory=dict)  # alarm by its code
    presence: Mapping[str, Presence] = field(default_factory=dict)
    few_since: Instant | None = None  # since when fewer than two monitors are in the room
    fluids: Mapping[str, float] = field(default_factory=dict)  # total by unit
    noticed: frozenset[str] = frozenset()  # codes of deviations in this session
    skewed: frozenset[str] = frozenset()  # devices whose clock was found to be off
    suds: tuple[Reading, ...] = ()  # every rating of distress, in the order of happening
    recording: tuple[Mark, ...] = ()  # in the order of happening
    custodian: str = ""  # who keeps the recording, once its digest is there
    rescues: int = 0
    handed: tuple[Handed, ...] = ()  # in the order of happening
    put_back: frozenset[str] = frozenset()  # kits whose unused capsules went back
    setting: Mapping[str, Json] = field(default_factory=dict)
    signed: tuple[Signed, ...] = ()  # signatures under the note
    devices: Mapping[str, Placed] = field(default_factory=dict)  # monitors that send readings
    ended: Instant | None = None
    discharged: Instant | None = None

    @property
    def participant(self) -> str:
        """The participant's code."""
        return self.stream.split("/")[1]

    @property
    def visit(self) -> str:
        """The dosing visit."""
        return self.stream.split("/")[2]

    @property
    def under_effect(self) -> bool:
        """A dose was taken and the participant has not been discharged."""
        return self.t0 is not None and self.discharged is None

    @property
    def suds_baseline(self) -> Reading | None:
        """The last rating of distress before the first dose; None where nobody asked."""
        before = [each for each in self.suds if self.t0 is None or each.at.at <= self.t0.at]
        return before[-1] if before else None

    @property
    def in_room(self) -> tuple[str, ...]:
        """The monitors in the room."""
        return tuple(sorted(person for person, state in self.presence.items() if state.present))

    def minute(self, minute: int) -> Instant | None:
        """The moment of a session minute (0 at the first dose); None before the first dose."""
        return None if self.t0 is None else replace(self.t0, at=self.t0.at + timedelta(minutes=minute))

    def latch(self, code: str) -> Alarm | None:
        """The latest alarm of a code; None where there was none."""
        root = self.latched.get(code)
        return None if root is None else self.alarms[root]

    def open_alarms(self) -> tuple[Alarm, ...]:
        """Alarms nobody has taken on."""
        return tuple(each for each in self.alarms.values() if not each.taken_by)


S = SessionStanding


def _started(standing: S, record: Record, fact: SessionStarted) -> Change:
    here = Presence(True, record.happened_at)
    presence = {**standing.presence, **dict.fromkeys(fact.monitors, here)}
    return {
        "started": record.happened_at,
        "monitors": fact.monitors,
        "physician": fact.physician,
        **_in_the_room(standing, record, presence),
    }


def _in_the_room(standing: S, record: Record, presence: Mapping[str, Presence]) -> Change:
    few = sum(state.present for state in presence.values()) < MONITORS
    return {
        "presence": presence,
        "few_since": (standing.few_since or record.happened_at) if few else None,
    }


def _kit(standing: S, record: Record, fact: KitSetAside) -> Change:
    return {"kits": {**standing.kits, fact.step: KitHere(fact.kit, fact.expires)}}


def _gate(standing: S, record: Record, fact: GateChecked) -> Change:
    if not fact.open_:
        return {}
    return {"gates": {**standing.gates, fact.step: Gate(record.happened_at, fact.answers)}}


def _overridden(standing: S, record: Record, fact: GateOverridden) -> Change:
    return {"overrides": standing.overrides | {(fact.step, fact.item)}}


def _reported(standing: S, record: Record, fact: OverrideReported) -> Change:
    report = Reported(
        record.id, fact.step, fact.item, fact.physician, fact.how, record.happened_at, fact.counts
    )
    change: Change = {"reported": {**standing.reported, record.id: report}}
    if fact.counts:
        change["overrides"] = standing.overrides | {(fact.step, fact.item)}
    return change


def _countersigned(standing: S, record: Record, fact: OverrideCountersigned) -> Change:
    report = standing.reported.get(UUID(fact.override))
    if report is None:
        return {}
    change: Change = {"reported": {**standing.reported, report.root: replace(report, agreed=fact.agrees)}}
    if not fact.agrees:
        change["overrides"] = standing.overrides - {(report.step, report.item)}
    return change


def _readiness(standing: S, record: Record, fact: ReadinessNoted) -> Change:
    note = Note(fact.note, record.author, record.happened_at)
    return {"notes": {**standing.notes, fact.item: note}}


def _dose(standing: S, record: Record, fact: DoseGiven) -> Change:
    taken = standing.doses.get(fact.step, Taken(record.id, record.happened_at, fact.kit))
    # The first dose may be entered after the supplemental one: the time it was taken counts.
    first = min(standing.t0 or record.happened_at, record.happened_at, key=lambda each: each.at)
    return {"doses": {**standing.doses, fact.step: taken}, "t0": first}


def _supplement(standing: S, record: Record, fact: SupplementDecided) -> Change:
    return {"supplement": fact.give, "supplement_by": fact.decided_by}


def _read(standing: S, record: Record, fact: VitalsRead) -> Change:
    measured = {measure: getattr(fact, measure) for measure in MEASURES}
    change: Change = {**_latest(standing, record, measured), "readings": standing.readings + 1}
    if fact.due_minute is not None:
        before = standing.due.get(fact.due_minute)
        first = before.first_at if before and before.state == "read" else record.happened_at
        change["due"] = {**standing.due, fact.due_minute: Due("read", first_at=first)}
    return change


def _latest(standing: S, record: Record, measured: Mapping[str, float | None]) -> Change:
    # What was noted offline and comes late must not pass for the present value.
    at = record.happened_at
    new = {
        measure: Reading(value, at)
        for measure, value in measured.items()
        if value is not None and not (measure in standing.last and standing.last[measure].at.at > at.at)
    }
    return {"last": {**standing.last, **new}}


def _placed(standing: S, record: Record, fact: DevicePlaced) -> Change:
    before = standing.devices.get(fact.device)
    if before is not None and before.since.at > record.happened_at.at:
        return {}
    placed = Placed(fact.here, record.happened_at, fact.name)
    return {"devices": {**standing.devices, fact.device: placed}}


def _deferred(standing: S, record: Record, fact: VitalsDeferred) -> Change:
    return {"due": {**standing.due, fact.due_minute: Due("deferred", until_minute=fact.until_minute)}}


def _missed(standing: S, record: Record, fact: VitalsMissed) -> Change:
    return {"due": {**standing.due, fact.due_minute: Due("missed")}}


def _alarm(standing: S, record: Record, fact: AlarmRaised) -> Change:
    at = record.happened_at
    alarm = Alarm(record.id, fact.code, fact.priority, fact.measure, fact.value, at, fact.limit)
    return {
        "alarms": {**standing.alarms, record.id: alarm},
        "latched": {**standing.latched, fact.code: record.id},
    }


def _acknowledged(standing: S, record: Record, fact: AlarmAcknowledged) -> Change:
    alarm = standing.alarms.get(UUID(fact.alarm))
    if alarm is None:
        return {}
    # Who takes the worse one on takes on the milder ones of the same cause before it.
    taken = {
        each.root: replace(
            each, taken_by=fact.by, taken_at=record.happened_at, recheck_minute=fact.recheck_minute
        )
        for each in standing.alarms.values()
        if each.root == alarm.root or (each.code == alarm.code and not each.taken_by)
    }
    return {"alarms": {**standing.alarms, **taken}}


def _presence(standing: S, record: Record, fact: MonitorPresence) -> Change:
    before = standing.presence.get(fact.person)
    if before is not None and before.since.at > record.happened_at.at:
        return {}
    state = Presence(fact.present, record.happened_at)
    return _in_the_room(standing, record, {**standing.presence, fact.person: state})


def _noted(standing: S, record: Record, fact: SessionEvent) -> Change:
    if fact.amount is None:
        return {}
    if fact.event == "suds":
        rated = (*standing.suds, Reading(fact.amount, record.happened_at))
        suds = tuple(sorted(rated, key=lambda each: each.at.at))
        return {**_latest(standing, record, {"suds": fact.amount}), "suds": suds}
    if fact.event == "fluids":
        total = standing.fluids.get(fact.unit, 0.0) + fact.amount
        return {"fluids": {**standing.fluids, fact.unit: total}}
    return {}


def _deviation(standing: S, record: Record, fact: Deviation) -> Change:
    noticed: Change = {"noticed": standing.noticed | {fact.code}}
    if fact.code == "clock-skew":
        noticed["skewed"] = standing.skewed | {device_of(standing.history, record)}
    return noticed


def _ended(standing: S, record: Record, fact: SessionEnded) -> Change:
    return {"ended": record.happened_at}


def _discharged(standing: S, record: Record, fact: Discharged) -> Change:
    return {"discharged": record.happened_at}


SESSION: Handlers[SessionStanding] = {
    SessionStarted: _started,
    KitSetAside: _kit,
    GateChecked: _gate,
    GateOverridden: _overridden,
    OverrideReported: _reported,
    OverrideCountersigned: _countersigned,
    ReadinessNoted: _readiness,
    DoseGiven: _dose,
    SupplementDecided: _supplement,
    VitalsRead: _read,
    DevicePlaced: _placed,
    VitalsDeferred: _deferred,
    VitalsMissed: _missed,
    AlarmRaised: _alarm,
    AlarmAcknowledged: _acknowledged,
    MonitorPresence: _presence,
    SessionEvent: _noted,
    Deviation: _deviation,
    SessionEnded: _ended,
    Discharged: _discharged,
    **CARE,
}
