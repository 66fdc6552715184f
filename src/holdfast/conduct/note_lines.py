"""The sentences of a session's note, a function per section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.standing.session import MEASURES
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
    OverrideCountersigned,
    OverrideReported,
    PromptsMissed,
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


@dataclass(frozen=True, slots=True)
class Story:
    """A session and what was told in it by kind, in the order of happening, corrections applied."""

    session: SessionStanding
    by_kind: Mapping[type[Fact], list[Record]]

    def told(self, kind: type[F]) -> list[tuple[Record, F]]:
        """The records of a kind, each with its fact."""
        return [(each, each.fact) for each in self.by_kind.get(kind, ()) if isinstance(each.fact, kind)]

    def at(self, at: Instant) -> str:
        """A time on the site's clock and, after the first dose, in session time."""
        t0, shown = self.session.t0, f"{at.local:%H:%M}"
        minutes = -1 if t0 is None else int((at.at - t0.at).total_seconds() // 60)
        return shown if minutes < 0 else f"{shown} (T+{minutes // 60}:{minutes % 60:02d})"

    def on(self, at: Instant) -> str:
        """The same with its day."""
        return f"{at.local:%d %b %Y} {self.at(at)}"


def story_of(session: SessionStanding) -> Story:
    """A session's records, resolved once and put in order."""
    found: dict[type[Fact], list[Record]] = {}
    for record in sorted(resolve(session.history), key=lambda each: each.happened_at.at):
        found.setdefault(type(record.fact), []).append(record)
    return Story(session, found)


def times(story: Story) -> list[str]:
    """Start, doses, end, discharge."""
    found = [f"Started {story.on(record.happened_at)}." for record, _ in story.told(SessionStarted)]
    found += [
        f"Dose {fact.step} taken {story.on(record.happened_at)}." for record, fact in story.told(DoseGiven)
    ]
    found += [f"Ended {story.on(record.happened_at)}." for record, _ in story.told(SessionEnded)]
    found += [
        f"Left {story.on(record.happened_at)} with {fact.escort or 'nobody named'}; "
        f"next contact {fact.next_contact or 'not named'}."
        for record, fact in story.told(Discharged)
    ]
    return found


def people(story: Story) -> list[str]:
    """Who opened the session, and everybody who came and went."""
    found = [
        f"Monitors {', '.join(fact.monitors)}; physician who can be reached {fact.physician}."
        for _, fact in story.told(SessionStarted)
    ]
    return found + [
        f"{story.at(record.happened_at)} {fact.person} {'came in' if fact.present else 'went out'}."
        for record, fact in story.told(MonitorPresence)
    ]


def gates(story: Story) -> list[str]:
    """Gates found open, and what a physician let pass."""
    found = [
        f"{story.at(record.happened_at)} Gate of {fact.step} found open by {record.author}."
        for record, fact in story.told(GateChecked)
    ]
    found += [
        f"{story.at(record.happened_at)} {fact.physician} let {fact.item} pass for {fact.step}"
        f"{_reason(record)}."
        for record, fact in story.told(GateOverridden)
    ]
    signed = {fact.override: (record, fact) for record, fact in story.told(OverrideCountersigned)}
    return found + [
        f"{story.at(record.happened_at)} {fact.physician} let {fact.item} pass for {fact.step} ({fact.how}), "
        f"told by {record.author}, heard by {fact.witness or 'nobody else'}: {fact.why.rstrip('.')}; "
        f"{_countersigned(story, signed.get(str(record.id)))}."
        for record, fact in story.told(OverrideReported)
    ]


def _countersigned(story: Story, by: tuple[Record, OverrideCountersigned] | None) -> str:
    if by is None:
        return "not countersigned yet"
    record, fact = by
    return (
        f"{'countersigned' if fact.agrees else 'contested'} by {record.author} {story.on(record.happened_at)}"
    )


def _reason(record: Record) -> str:
    return f": {record.reason.rstrip('.')}" if record.reason else ""


def doses(story: Story) -> list[str]:
    """Doses by step and kit, the decision on the supplemental one, and capsules that went back."""
    found = [
        f"{story.at(record.happened_at)} {fact.step}, kit {fact.kit}, given by {record.author}, "
        f"seen by {fact.witness or 'nobody'}."
        for record, fact in story.told(DoseGiven)
    ]
    found += [
        f"{story.at(record.happened_at)} Supplemental dose decided by {fact.decided_by}: "
        f"{'give it' if fact.give else 'do not give it'}. Why: {fact.why.rstrip('.')}."
        for record, fact in story.told(SupplementDecided)
    ]
    used = {taken.kit for taken in story.session.doses.values()}
    for step, kit in sorted(story.session.kits.items()):
        if kit.kit not in used:
            went = "went back unused" if kit.kit in story.session.put_back else "was set aside and not used"
            found.append(f"Kit {kit.kit} for {step} {went}.")
    return found


def readings(story: Story) -> list[str]:
    """How many, the lowest and highest of each measure, what was put off or not taken."""
    taken = story.told(VitalsRead)
    if not taken:
        return ["No reading was taken."]
    found = [f"{len(taken)} readings."]
    found += [line for measure in MEASURES if (line := _extremes(story, measure, taken))]
    found += [
        f"{story.at(record.happened_at)} The reading of minute {fact.due_minute} was put off "
        f"to minute {fact.until_minute}: {fact.why}."
        for record, fact in story.told(VitalsDeferred)
    ]
    return found + [
        f"The reading of minute {fact.due_minute} was not taken: {fact.why}."
        for _, fact in story.told(VitalsMissed)
    ]


def _extremes(story: Story, measure: str, taken: Iterable[tuple[Record, VitalsRead]]) -> str:
    values = [(getattr(fact, measure), record.happened_at) for record, fact in taken]
    known = [(value, at) for value, at in values if value is not None]
    if not known:
        return ""
    name, unit = NAMES[measure]
    low, high = min(known, key=lambda pair: pair[0]), max(known, key=lambda pair: pair[0])
    return (
        f"{name}: lowest {low[0]:g} {unit} at {story.at(low[1])}, "
        f"highest {high[0]:g} {unit} at {story.at(high[1])}."
    )


def distress(story: Story) -> list[str]:
    """Distress before the dose, at its highest and last."""
    if not story.session.suds:
        return ["Distress was not asked for."]
    baseline = story.session.suds_baseline
    highest = max(story.session.suds, key=lambda each: each.value)
    last = story.session.suds[-1]
    return [
        "Before the first dose: " + (f"{baseline.value:g}." if baseline else "not asked."),
        f"Highest {highest.value:g} at {story.at(highest.at)}.",
        f"Last {last.value:g} at {story.at(last.at)}.",
    ]


def alarms(story: Story) -> list[str]:
    """Every alarm, and the plan of whoever took it on."""
    plans = {fact.alarm: (record, fact) for record, fact in story.told(AlarmAcknowledged)}
    found = []
    for record, fact in story.told(AlarmRaised):
        value = "" if fact.value is None else f" at {fact.value:g}"
        line = f"{story.at(record.happened_at)} {fact.priority} alarm {fact.code}{value}"
        taken = plans.get(str(record.id))
        if taken is None:
            found.append(f"{line}; nobody took it on by itself.")
        else:
            found.append(f"{line}; {taken[1].by} took it on: {taken[1].plan.rstrip('.')}.")
    return found


def events(story: Story) -> list[str]:
    """One-tap events and notes in their order, fluids in total."""
    found = [
        f"{story.at(record.happened_at)} {fact.event}"
        f"{'' if fact.amount is None else f' {fact.amount:g} {fact.unit}'.rstrip()}"
        f"{f': {fact.detail}' if fact.detail else ''}."
        for record, fact in story.told(SessionEvent)
        if fact.event not in TOTALLED
    ]
    return found + [
        f"Fluids in all {total:g} {unit}." for unit, total in sorted(story.session.fluids.items())
    ]


def rounds(story: Story) -> list[str]:
    """Which rounds were asked, and by whom they were rated; never what was found, nor why it was not."""
    found = [
        f"{story.at(record.happened_at)} Round of hour {fact.at_hour:g}, rated by the {fact.rated_by}."
        for record, fact in story.told(PromptsRated)
    ]
    return found + [
        f"Round of hour {fact.at_hour:g} of the {fact.rated_by}: "
        f"{'asked, not answered' if fact.asked else 'not asked'}."
        for _, fact in story.told(PromptsMissed)
    ]


def touches(story: Story) -> list[str]:
    """The touch ledger."""
    return [
        f"{story.at(record.happened_at)} {fact.kind_}: {fact.act}, {fact.by}"
        f"{'' if fact.permitted else ', not agreed to'}."
        for record, fact in story.told(TouchRecorded)
    ]


def rescues(story: Story) -> list[str]:
    """Rescue medicine as it was written down."""
    return [
        f"{story.at(record.happened_at)} {fact.medicine}, {fact.amount}, {fact.route}; "
        f"ordered by {fact.ordered_by or 'nobody named'}, given by {fact.given_by}; "
        f"why: {fact.why.rstrip('.')}; effect: {fact.effect.rstrip('.') or 'not told yet'}."
        for record, fact in story.told(RescueGiven)
    ]


def recording(story: Story) -> list[str]:
    """When it ran, its digest and who keeps it."""
    found = [
        f"{story.at(record.happened_at)} {fact.act}{f': {fact.why}' if fact.why else ''}."
        for record, fact in story.told(RecordingNoted)
    ]
    kept = story.told(RecordingKept)
    found += [f"Kept by {fact.custodian}; SHA-256 {fact.sha256}." for _, fact in kept]
    if found and not kept:
        found.append("Its digest and custodian are not recorded yet.")
    return found or ["No recording."]


def setting(story: Story) -> list[str]:
    """The setting as it was noted last."""
    noted = story.told(SettingNoted)
    if not noted:
        return ["The setting was not noted."]
    return [f"{code}: {said}." for code, said in noted[-1][1].items.items()]


def night(story: Story) -> list[str]:
    """Hand-overs and what was seen in the night."""
    found = [
        (record.happened_at, f"{fact.from_} handed over to {fact.to} ({fact.role or 'no role'}): {fact.told}")
        for record, fact in story.told(HandedOver)
    ]
    found += [
        (record.happened_at, f"{fact.state}{f': {fact.text}' if fact.text else ''} ({record.author})")
        for record, fact in story.told(NightNoted)
    ]
    return [f"{story.at(at)} {words.rstrip('.')}." for at, words in sorted(found, key=lambda p: p[0].at)]


def deviations(story: Story) -> list[str]:
    """What was done otherwise than planned."""
    return [
        f"{story.at(record.happened_at)} {fact.severity}, {fact.code}: {fact.what}"
        for record, fact in story.told(Deviation)
    ]
