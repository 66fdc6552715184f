from __future__ import annotations

from dataclasses import replace

import pytest

from conduct_world import PERSON, World, codes, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue

GIVEN = {
    "medicine": "a beta blocker",
    "amount": "one tablet, as ordered",
    "route": "by mouth",
    "ordered_by": "dr-okafor",
    "given_by": "ben",
    "why": "Systolic above the stop limit twice.",
}


def rescue(**changes: str) -> act.GiveRescue:
    return act.GiveRescue(participant=PERSON, visit="dosing-1", **{**GIVEN, **changes})


def test_it_is_recorded_as_written_and_enters_the_medication_list():
    world = World().dosed().later(minutes=60)
    records = world.told("ben", rescue())
    assert kinds(records) == ["rescue-given", "medication-recorded"]
    assert records[0].fact.amount == "one tablet, as ordered"
    assert records[1].because == records[0].id
    (medicine,) = [each for each in world.person.medicines.values() if each.class_ == "rescue"]
    assert (medicine.medicine, medicine.started) == ("a beta blocker", medicine.stopped)


@pytest.mark.parametrize("who", ["", "ana", "somebody"])
def test_without_a_physician_who_ordered_it_the_break_stands_beside_it(who):
    world = World().dosed().later(minutes=60)
    records = world.told("ben", rescue(ordered_by=who))
    assert kinds(records) == ["rescue-given", "medication-recorded", "deviation"]
    assert codes(records) == ["rescue-without-physician"]
    assert fact_of(records, "deviation").severity == "major"


def test_its_effect_is_told_later_as_a_correction_of_the_same_record():
    world = World().dosed().later(minutes=60)
    first = world.told("ben", rescue())[0]
    assert first.fact.effect == ""
    later = act.Amend(
        stream=first.stream, record=first.id, fact=replace(first.fact, effect="148/92 after 20 min")
    )
    records = world.later(minutes=20).told("ben", later, reason="Effect, seen later.")
    assert (kinds(records), records[0].corrects) == (["rescue-given"], first.id)
    assert world.session().rescues == 1


@pytest.mark.parametrize("field", ["medicine", "amount", "route", "given_by", "why"])
def test_what_is_missing_is_asked_for(field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().dosed().told("ben", rescue(**{field: " "}))
    assert sent_back.value.field == field


def test_one_before_any_session_is_recorded_and_says_so():
    assert codes(World().kitted().told("ben", rescue())) == ["session-not-started"]
