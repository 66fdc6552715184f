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


def adverse(world: World):
    tell = act.ReportAdverseEvent(
        participant=PERSON, term="Syncope", onset="2026-03-02", end="", severity="severe", serious=False,
        criteria=(), related="possible", special_interest="", visit="",
    )  # fmt: skip
    return world.told("lee", tell)[0]


@pytest.mark.parametrize(
    "change", [{"term": " "}, {"onset": ""}, {"onset": "2031"}, {"end": "2020"}, {"visit": "dosing-9"}]
)
def test_an_event_is_not_corrected_into_nothing(change):
    world = World().consented()
    event = adverse(world)
    with pytest.raises((ImpossibleValue, UnknownName)):
        amend(world, "lee", event, replace(event.fact, **change))


def test_a_reading_is_not_corrected_into_nothing_nor_to_a_minute_of_no_schedule():
    world = World().dosed()
    reading = last(world, "vitals-read")
    empty = dict.fromkeys(("systolic", "diastolic", "heart_rate", "temperature"))
    for change in (empty, {"due_minute": 7}):
        with pytest.raises(ImpossibleValue):
            amend(world, "ben", reading, replace(reading.fact, **change))


@pytest.mark.parametrize(
    ("who", "kind", "change"),
    [
        ("lee", "eligibility-assessed", {"eligible": True}),
        ("lee", "gate-checked", {"open_": True}),
        ("lee", "consent-given", {"items": ("touch-hand",)}),
        ("lee", "rater-assigned", {"rater": "ray"}),
        ("lee", "kit-assigned", {"participant": "P-002"}),
        ("lee", "emergency-kit-checked", {"valid_until": "2030-01-01"}),
        ("sponsor", "staff-appointed", {"appointed_role": "physician"}),
    ],
)
def test_what_was_granted_is_asked_for_again_and_not_corrected(who, kind, change):
    world = World().dosed()
    record = last(world, kind)
    with pytest.raises(ImpossibleValue, match="stays as it is"):
        amend(world, who, record, replace(record.fact, **change))


def test_a_signed_limit_is_signed_again_and_not_corrected():
    world = World().opened()
    record = world.told("dr-okafor", act.SignLimit(path="limits.systolic-stop.value", value=175))[0]
    with pytest.raises(ImpossibleValue, match="stays as it is"):
        amend(world, "lee", record, replace(record.fact, value=300))


def test_what_the_software_found_stays_but_an_event_it_made_is_judged():
    world = World().consented()
    given = cssrs(q1=True, q2=True, q3=False, q4=False, q5=True)
    records = world.fill("dr-okafor", "screening", "C-SSRS", given)
    event = next(each for each in records if each.kind == "adverse-event")
    assert codes(amend(world, "dr-okafor", event, replace(event.fact, related="not-related"))) == []
    found = world.later(days=2).hold("prep-1", "zoe", role="therapist")[1]
    assert found.fact.severity == "major"
    with pytest.raises(ImpossibleValue, match="stays as it is"):
        amend(world, "lee", found, replace(found.fact, severity="minor"))


def test_whose_a_record_is_and_what_was_worked_out_stays():
    world = World().dosed()
    dose = last(world, "dose-given")
    with pytest.raises(ImpossibleValue) as sent_back:
        amend(world, "ana", dose, replace(dose.fact, participant="P-002"))
    assert sent_back.value.field == "participant"
    tell = act.RecordTouch(participant=PERSON, visit="dosing-1", act="given", kind_="hand", by="ana")
    touch = world.told("ana", tell)[0]
    with pytest.raises(ImpossibleValue) as sent_back:
        amend(world, "ana", touch, replace(touch.fact, permitted=True))
    assert sent_back.value.field == "permitted"


def test_a_touch_corrected_to_one_that_was_given_without_permission_alarms():
    world = World().dosed()
    tell = act.RecordTouch(participant=PERSON, visit="dosing-1", act="asked", kind_="hand", by="ana")
    touch = world.told("ana", tell)[0]
    records = amend(world, "ana", touch, replace(touch.fact, act="given"))
    assert kinds(records) == ["touch-recorded", "deviation", "alarm-raised"]
    assert codes(records) == ["touch-without-permission"]


def test_who_may_not_do_an_act_may_not_correct_it_without_a_deviation():
    world = World().dosed()
    reading = last(world, "vitals-read")
    assert codes(amend(world, "rae", reading, replace(reading.fact, systolic=120))) == ["not-delegated"]
    form = next(each for each in world.book.records if getattr(each.fact, "form", "") == "PCL-5")
    other = amend(world, "P-002", form, form.fact, role="participant")
    assert codes(other) == ["corrected-by-another", "not-delegated"]
    assert codes(amend(world, PERSON, form, form.fact)) == []


def test_a_corrected_form_names_a_visit_of_the_protocol_and_its_own_instrument():
    world = World().baseline()
    form = next(each for each in world.book.records if getattr(each.fact, "form", "") == "CAPS-5")
    with pytest.raises(UnknownName):
        amend(world, "rae", form, replace(form.fact, visit="week-99"))
    records = amend(world, "rae", form, replace(form.fact, instrument="PCL-5", instrument_version="0"))
    assert (records[0].fact.instrument, records[0].fact.instrument_version) == (
        "CAPS-5",
        form.fact.instrument_version,
    )
