"""Facts of a dosing session. Stream: ``session/<participant>/<visit>``."""

from __future__ import annotations

from holdfast.records.fact import Fact, Json, kind


@kind("session-started")
class SessionStarted(Fact):
    """The session is open: who is there, and the gate items as they stood."""

    participant: str
    visit: str
    monitors: tuple[str, ...]
    physician: str


@kind("gate-checked")
class GateChecked(Fact):
    """Every item of a gate ("holds", "fails", "unknown", "overridden") for a dose step."""

    step: str
    answers: dict[str, Json]
    facts: dict[str, Json]  # what the people at the gate confirmed
    open_: bool


@kind("gate-overridden", version=2)
class GateOverridden(Fact):
    """A physician lets an item pass that a physician may let pass."""

    step: str
    item: str
    physician: str
    how: str = "present"  # "present", or "tablet": by their password on somebody else's


@kind("override-reported")
class OverrideReported(Fact):
    """Somebody saw or heard a physician let an item pass; ``counts`` says whether it opened the item."""

    step: str
    item: str
    physician: str
    how: str  # "tablet" or "read-back"
    why: str
    witness: str
    read_back: bool
    counts: bool


@kind("override-countersigned")
class OverrideCountersigned(Fact):
    """The physician named in a reported override says whether it was theirs."""

    override: str
    agrees: bool
    note: str


@kind("readiness-noted")
class ReadinessNoted(Fact):
    """How an item of a session stands before its day, as its owner noted; no confirmation."""

    item: str
    note: str


@kind("dose-given")
class DoseGiven(Fact):
    """A capsule of a kit was swallowed. Which drug and how much is nobody's business here."""

    participant: str
    visit: str
    step: str
    kit: str
    witness: str


@kind("supplement-decided")
class SupplementDecided(Fact):
    """Whether the supplemental dose is given, by whom and why."""

    give: bool
    decided_by: str
    why: str


@kind("vitals-read", version=2)
class VitalsRead(Fact):
    """One reading. Units: mmHg, mmHg, 1/min, degrees Celsius; None where not measured."""

    due_minute: int | None  # the scheduled minute it answers; None for an extra reading
    systolic: float | None
    diastolic: float | None
    heart_rate: float | None
    temperature: float | None
    position: str
    repeat: bool
    typed: str = ""  # what was given, where something else is recorded: another unit, pressures swapped


@kind("device-placed")
class DevicePlaced(Fact):
    """A monitor that sends readings stands at this session, or was taken away."""

    device: str
    name: str
    here: bool


@kind("vitals-deferred")
class VitalsDeferred(Fact):
    """A due reading is put off until a time, with the reason."""

    due_minute: int
    until_minute: int
    why: str


@kind("vitals-missed")
class VitalsMissed(Fact):
    """A due reading was not taken; being missed is itself data."""

    due_minute: int
    why: str


@kind("alarm-raised")
class AlarmRaised(Fact):
    """A limit was passed, or something due did not come."""

    code: str
    priority: str
    measure: str
    value: float | None
    limit: float | None
    action: str


@kind("alarm-acknowledged")
class AlarmAcknowledged(Fact):
    """A named person takes an alarm on, with a plan and a time to look again."""

    alarm: str
    by: str
    plan: str
    recheck_minute: int


@kind("session-event")
class SessionEvent(Fact):
    """A one-tap event: anxiety, nausea, eyeshades, music, bathroom, therapist out or in, fluids."""

    event: str
    detail: str
    amount: float | None
    unit: str


@kind("monitor-presence")
class MonitorPresence(Fact):
    """A monitor comes into the room or leaves it."""

    person: str
    present: bool


@kind("prompts-rated")
class PromptsRated(Fact):
    """What was asked for by name and what was there: severity 0 to 3 by prompt code."""

    at_hour: float
    rated_by: str  # "observer" or "participant"
    ratings: dict[str, Json]


@kind("prompts-missed")
class PromptsMissed(Fact):
    """A round of prompts without ratings: asked for and not answered, or never asked for."""

    at_hour: float
    rated_by: str  # whose round it was: "observer" or "participant"
    asked: bool
    why: str


@kind("touch-recorded")
class TouchRecorded(Fact):
    """A touch that was offered, asked for or given, and the permission then in force."""

    act: str  # "offered", "asked", "declined", "given", "stopped"
    kind_: str
    by: str
    permitted: bool


@kind("session-ended")
class SessionEnded(Fact):
    """The working part of the session is over; discharge is another act."""

    facts: dict[str, Json]


@kind("discharged")
class Discharged(Fact):
    """The participant leaves, with whom, and the next contact."""

    facts: dict[str, Json]
    escort: str
    next_contact: str


@kind("recording-noted")
class RecordingNoted(Fact):
    """The session's recording started, stopped, resumed or ended; the recording is kept elsewhere."""

    act: str  # "started", "stopped", "resumed", "ended"
    why: str


@kind("recording-kept")
class RecordingKept(Fact):
    """Who keeps a recording, and its digest: never the recording, never where it lies."""

    sha256: str
    custodian: str


@kind("rescue-given")
class RescueGiven(Fact):
    """A medicine given because of what happened in the session, as it was written down."""

    medicine: str
    amount: str  # as written; nothing here proposes an amount
    route: str
    ordered_by: str
    given_by: str
    why: str
    effect: str = ""  # told later, as a correction


@kind("handed-over")
class HandedOver(Fact):
    """Care of the participant passes from one person to another, with what was told."""

    from_: str
    to: str
    role: str  # the receiver's role here, worked out when it was recorded; empty where they hold none
    told: str


@kind("night-noted")
class NightNoted(Fact):
    """What whoever was with the participant saw in the night."""

    state: str  # "asleep", "awake", "restless", "distressed", "out-of-bed"
    text: str


@kind("setting-noted")
class SettingNoted(Fact):
    """The setting of a session, item by item."""

    questions: str  # which list of questions, and its edition
    items: dict[str, Json]


@kind("note-signed")
class NoteSigned(Fact):
    """The session's note is signed: the digest of its very text, and the edition of its wording."""

    sha256: str
    text_version: int
    meaning: str
