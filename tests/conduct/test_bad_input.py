"""Every bad input has one answer in conduct: sent back in a sentence, or recorded with what is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue
from holdfast.records.session import VitalsRead


def read(world: World, *, ago: float = 0, minute: int | None = None, who: str = "ben", **values: object):
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=minute, **values)
    return world.do(who, tell, ago=timedelta(minutes=ago))


def alarms(records) -> list[str]:
    return [each.fact.code for each in records if each.kind == "alarm-raised"]


@pytest.mark.parametrize(
    ("values", "field", "sentence"),
    [
        ({"systolic": 84, "diastolic": 142}, "diastolic", "Swapped? 84/142 -> 142/84 mmHg."),
        ({"temperature": 98.6}, "temperature", "98.6 looks like °F: 37.0 °C?"),
        ({"systolic": 16.0, "diastolic": 10.7}, "systolic", "16/10.7 looks like kPa: 120/80 mmHg?"),
        ({"systolic": 90, "diastolic": 90}, "diastolic", "must be above the diastolic"),
        ({"systolic": 900}, "systolic", "expected a whole number from 40 to 300 mmHg; found 900"),
        ({"systolic": 120, "position": "upside down"}, "position", "sitting, lying, standing"),
    ],
)
def test_what_cannot_be_is_sent_back_with_its_question_and_leaves_nothing(values, field, sentence):
    world = World().dosed().later(minutes=20)
    before = len(world.book.records)
    with pytest.raises(ImpossibleValue) as sent_back:
        read(world, **values)
    assert sent_back.value.field == field
    assert sentence in str(sent_back.value)
    assert len(world.book.records) == before


def test_what_was_typed_stands_in_the_record_of_what_was_meant():
    world = World().dosed().later(minutes=20)
    fact = read(world, temperature=37.0, typed="98.6 °F")[0].fact
    assert isinstance(fact, VitalsRead)
    assert (fact.temperature, fact.typed) == (37.0, "98.6 °F")


def test_a_reading_from_the_future_is_sent_back():
    world = World().dosed()
    with pytest.raises(ImpossibleValue, match="yet to come") as sent_back:
        read(world, ago=-3, systolic=120, diastolic=80)
    assert sent_back.value.field == "happened_at"
    assert kinds(read(world, ago=-1, systolic=121, diastolic=80)) == [
        "vitals-read"
    ]  # clocks differ that much


def test_a_reading_of_a_minute_after_a_dose_not_taken_is_recorded_and_said():
    assert codes(read(World().started(), minute=15, systolic=120, diastolic=80)) == ["reading-before-dose"]


def test_a_reading_from_before_the_session_is_recorded_and_said():
    world = World().started().later(minutes=10)
    assert codes(read(world, ago=30, systolic=120, diastolic=80)) == ["before-session"]


def test_a_reading_for_a_session_never_started_is_recorded_and_said():
    assert codes(read(World().kitted(), systolic=120, diastolic=80)) == ["session-not-started"]


def test_a_reading_after_the_discharge_is_recorded_and_said():
    world = World().ended()
    world.discharge()
    assert codes(read(world.later(minutes=5), systolic=120, diastolic=80)) == ["after-discharge"]


def test_the_same_pressures_within_a_minute_are_recorded_and_said():
    world = World().dosed().later(minutes=20)
    assert codes(read(world, systolic=131, diastolic=82, heart_rate=70)) == []
    again = read(world.later(minutes=0.9), systolic=131, diastolic=82, heart_rate=70)
    assert (kinds(again), codes(again)) == (["vitals-read", "deviation"], ["reading-twice"])
    assert codes(read(world.later(minutes=1), systolic=131, diastolic=82, heart_rate=70)) == []
    assert codes(read(world, systolic=131, diastolic=82, heart_rate=70, repeat=True)) == []


def test_a_rate_alone_may_be_the_same_again():
    world = World().dosed().later(minutes=20)
    assert codes(read(world, heart_rate=70)) == []
    assert codes(read(world.later(minutes=0.2), heart_rate=70)) == []


def test_two_tablets_with_different_values_for_one_minute_both_stand_and_the_worse_alarms():
    world = World().dosed().later(minutes=15)
    assert codes(read(world, minute=15, systolic=128, diastolic=80)) == []
    other = read(world, minute=15, who="ana", systolic=186, diastolic=84)
    said = [each.fact.what for each in other if each.kind == "deviation"]
    assert said == [
        "Minute 15 was read before with other values (128 and 186, 80 and 84); both readings stand."
    ]
    assert "systolic-stop" in alarms(other)
    session = world.session()
    stand = [each.fact.systolic for each in session.history if isinstance(each.fact, VitalsRead)]
    assert stand[-2:] == [128, 186]


def test_a_dose_without_a_session_a_dose_twice_and_one_outside_its_window_are_recorded_and_alarm():
    world = World().kitted()
    assert "dose-without-session" in codes(world.give())
    world = World().dosed().later(minutes=5)
    assert "dose-twice" in codes(world.give())
    world = World().dosed().later(minutes=300)
    late = world.give("s1-supplemental", "K2")
    assert "dose-out-of-window" in codes(late)
    assert "dose-out-of-window" in alarms(late)
