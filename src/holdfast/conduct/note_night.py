"""The sentences of the hand-over sheet: what the night needs, a function per section."""

from __future__ import annotations

from holdfast.conduct import values
from holdfast.conduct.case import Case
from holdfast.conduct.note_lines import NAMES, Story, doses, rescues
from holdfast.conduct.standing.session import MEASURES, Alarm, Reading
from holdfast.protocol.model import Limit
from holdfast.records.session import AlarmAcknowledged
from holdfast.timing import PartialDate


def contacts(case: Case, story: Story) -> list[str]:
    """Whom to call."""
    phone = case.site.phone or "not recorded"
    return [
        "In danger to life: the emergency number.",
        f"Telephone of the site: {phone}.",
        f"Physician who can be reached: {story.session.physician or 'nobody named'}.",
    ]


def state(case: Case, story: Story) -> list[str]:
    """How far the session is and what was decided."""
    found = []
    for words, at in (("First dose", story.session.t0), ("Session ended", story.session.ended)):
        found.append(f"{words} {story.at(at)}." if at else f"{words}: not yet.")
    found += doses(story)
    return found + [
        f"Fluids so far {total:g} {unit}." for unit, total in sorted(story.session.fluids.items())
    ]


def last_values(case: Case, story: Story) -> list[str]:
    """The last value of each measure, with its time, and distress beside its baseline."""
    found = [_value(story, *NAMES[name], story.session.last.get(name)) for name in MEASURES]
    last, baseline = story.session.last.get("suds"), story.session.suds_baseline
    before = f"; before the dose {baseline.value:g}" if baseline else "; not asked before the dose"
    return [*found, _value(story, "Distress (SUDS)", "of 10", last).rstrip(".") + f"{before}."]


def _value(story: Story, name: str, unit: str, reading: Reading | None) -> str:
    if reading is None:
        return f"{name}: none."
    return f"{name} {reading.value:g} {unit} at {story.at(reading.at)}."


def watched(case: Case, story: Story) -> list[str]:
    """Alarms that nobody took on, and those taken on, with their plans."""
    plans = {fact.alarm: fact.plan for _, fact in story.told(AlarmAcknowledged)}
    latest = [story.session.alarms[root] for root in story.session.latched.values()]
    return [_alarm(story, each, plans) for each in sorted(latest, key=lambda alarm: alarm.raised_at.at)]


def _alarm(story: Story, alarm: Alarm, plans: dict[str, str]) -> str:
    line = f"{story.at(alarm.raised_at)} {alarm.priority} alarm {alarm.code}"
    if not alarm.taken_by:
        return f"{line}: nobody has taken it on."
    return f"{line}: {alarm.taken_by}, {plans.get(str(alarm.root), 'with a worse one').rstrip('.')}."


def given(case: Case, story: Story) -> list[str]:
    """Rescue medicine, and what came of it."""
    return rescues(story) or ["No rescue medicine."]


def medicines(case: Case, story: Story) -> list[str]:
    """Medicines that are not surely stopped."""
    person = case.participant(story.session.participant)
    now = [
        f"{each.medicine} ({each.class_ or 'no class'}), since {each.started or 'not known'}."
        for each in person.medicines.values()
        if not (each.stopped and PartialDate.parse(each.stopped).before(case.at.day))
    ]
    return now or ["None that is still taken."]


def limits(case: Case, story: Story) -> list[str]:
    """Every limit with its number here and the action the study file names."""
    return [_limit(case, each) for each in case.protocol.limits]


def _limit(case: Case, limit: Limit) -> str:
    number = values.limit_value(limit, study=case.study, site=case.site)
    if number is None:
        return f"{limit.measure}: no signed limit ({limit.code})."
    words = {">=": "at or above", "<=": "at or below"}[limit.op]
    unit = "" if limit.value.unit == "1" else f" {limit.value.unit}"
    return f"{limit.measure} {words} {number:g}{unit}: {limit.action['en']}"


def touch(case: Case, story: Story) -> list[str]:
    """Kinds of touch that are agreed to; no other."""
    person = case.participant(story.session.participant)
    kinds = sorted(item.partition("-")[2] for item in person.consents if item.startswith("touch-"))
    return [", ".join(kinds) + "; no other."] if kinds else ["None."]
