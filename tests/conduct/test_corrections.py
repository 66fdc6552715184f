from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from conduct_world import PERSON, World, caps, codes, cssrs, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.records.correction import flagged
from holdfast.records.study import StudyOpened

STREAM = f"participant/{PERSON}"
SESSION = f"session/{PERSON}/dosing-1"


def amend(world: World, who: str, record, fact, *, reason: str = "Slip of the finger.", **how):
    tell = act.Amend(stream=record.stream, record=record.id, fact=fact)
    return world.told(who, tell, reason=reason, **how)


def last(world: World, kind: str):
    return [each for each in world.book.records if each.kind == kind][-1]


def test_a_corrected_form_is_scored_anew_and_the_old_stays_in_the_stream():
    world = World().baseline()
    form = next(each for each in world.book.records if getattr(each.fact, "form", "") == "CAPS-5")
    records = amend(world, "rae", form, replace(form.fact, answers=caps(3), scores={}))
    assert kinds(records) == ["form-completed"]
    assert (records[0].corrects, records[0].reason) == (form.id, "Slip of the finger.")
    assert records[0].fact.scores["total"] == 60
    assert world.person.form_at("baseline", "CAPS-5").fact.scores["total"] == 60
    assert form in world.book.records


def test_a_correction_takes_the_signature_away():
    world = World().baseline()
    form = world.person.form_at("baseline", "CAPS-5")
    world.told("rae", act.SignForm(participant=PERSON, form_record=form.root, meaning="authorship"))
    record = next(each for each in world.book.records if each.id == form.root)
    amend(world, "rae", record, replace(record.fact, answers=caps(3)))
    assert not world.person.form_at("baseline", "CAPS-5").signed


def test_a_correction_that_shows_a_risk_raises_it():
    world = World().consented()
    form = world.fill("dr-okafor", "screening", "C-SSRS", cssrs())[0]
    given = cssrs(q1=True, q2=True, q3=False, q4=False, q5=True)
    records = amend(world, "dr-okafor", form, replace(form.fact, answers=given))
    assert kinds(records) == ["form-completed", "risk-raised", "adverse-event"]


def test_what_followed_from_a_corrected_record_stays_and_is_flagged():
    world = World().dosed().later(minutes=60)
    reading, alarm = world.vitals(60, systolic=190)
    amend(world, "ben", reading, replace(reading.fact, systolic=119))
    assert alarm.id in flagged(world.book.records)
    assert world.session().latch("systolic-stop").root == alarm.id
    assert world.session().last["systolic"].value == 119


def test_a_corrected_reading_is_looked_at_anew():
    world = World().dosed().later(minutes=60)
    reading = world.vitals(60, systolic=119)[0]
    records = amend(world, "ben", reading, replace(reading.fact, systolic=191))
    assert [each.fact.code for each in records if each.kind == "alarm-raised"] == ["systolic-stop"]


def test_answers_corrected_by_somebody_else_are_a_deviation():
    world = World().baseline()
    form = next(each for each in world.book.records if getattr(each.fact, "form", "") == "CAPS-5")
    assert codes(amend(world, "lee", form, replace(form.fact, answers=caps(1)))) == ["corrected-by-another"]


def test_a_corrected_event_keeps_its_id_for_those_who_refer_to_it():
    world = World().dosed()
    rate = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=1, rated_by="observer", ratings={"nausea": 1}
    )
    event = world.told("ana", rate)[1]
    amend(world, "ana", event, replace(event.fact, related="probable"))
    close = act.CloseAdverseEvent(participant=PERSON, event=event.id, outcome="recovered", end="2026-04-14")
    world.told("dr-okafor", close)
    (state,) = world.person.events.values()
    assert (state.root, state.fact.related, state.outcome) == (event.id, "probable", "recovered")


@pytest.mark.parametrize(
    "change",
    [
        {"severity": "awful"},
        {"serious": True},
        {"source": "spontaneous"},
        {"prompt": "headache"},
        {"criteria": ("bad",)},
    ],
)
def test_a_corrected_event_keeps_to_its_words_and_its_origin(change):
    world = World().dosed()
    rate = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=1, rated_by="observer", ratings={"nausea": 1}
    )
    event = world.told("ana", rate)[1]
    with pytest.raises(ImpossibleValue):
        amend(world, "ana", event, replace(event.fact, **change))


def test_a_correction_needs_a_reason_the_kind_and_the_record():
    world = World().dosed()
    reading = last(world, "vitals-read")
    with pytest.raises(ImpossibleValue) as sent_back:
        amend(world, "ben", reading, reading.fact, reason=" ")
    assert sent_back.value.field == "reason"
    with pytest.raises(ImpossibleValue, match="A vitals-read is corrected by a vitals-read"):
        amend(world, "ben", reading, last(world, "gate-checked").fact)
    with pytest.raises(UnknownName):
        amend(world, "ben", replace(reading, id=UUID(int=5)), reading.fact)
    with pytest.raises(ImpossibleValue):
        amend(world, "ben", reading, replace(reading.fact, heart_rate=900))


@pytest.mark.parametrize("kind", ["study-opened", "randomised", "slot-taken", "session-milestone"])
def test_what_fixes_the_study_or_the_allocation_is_not_corrected(kind):
    world = World().dosed()
    record = last(world, kind)
    fact = replace(record.fact, life="live") if isinstance(record.fact, StudyOpened) else record.fact
    with pytest.raises(ImpossibleValue, match="stays as it is"):
        amend(world, "sponsor", record, fact)


def test_a_site_does_not_correct_anothers_record():
    world = World().dosed()
    reading = last(world, "vitals-read")
    with pytest.raises(ImpossibleValue, match="of site S01"):
        amend(world, "ben", reading, reading.fact, site="S02")
