from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue


def alarms(records) -> list[tuple[str, str, float]]:
    return [
        (each.fact.code, each.fact.priority, each.fact.value)
        for each in records
        if each.kind == "alarm-raised"
    ]


def take(world: World, alarm, minute: int) -> None:
    ask = act.AcknowledgeAlarm(
        participant=PERSON, visit="dosing-1", alarm=alarm.id, plan="Repeat.", recheck_minute=minute
    )
    world.told("ana", ask)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"heart_rate": 900}, "heart_rate"),
        ({"systolic": 70, "diastolic": 118}, "diastolic"),
        ({"temperature": 98.6}, "temperature"),
        ({"systolic": float("nan")}, "systolic"),
        ({}, ""),
        ({"systolic": 120, "due_minute": 17}, "due_minute"),
    ],
)
def test_an_impossible_reading_is_sent_back_with_its_field(values, field):
    given = {"due_minute": None, **values}
    with pytest.raises(ImpossibleValue) as sent_back:
        World().dosed().do("ben", act.ReadVitals(participant=PERSON, visit="dosing-1", **given))
    assert sent_back.value.field == field


def test_a_reading_in_limits_is_one_record():
    world = World().dosed().later(minutes=15)
    assert kinds(world.vitals(15)) == ["vitals-read"]
    assert world.session().due[15].state == "read"
    assert world.session().last["systolic"].value == 118


@pytest.mark.parametrize(("minutes", "found"), [(20, []), (21, ["late-vitals"])])
def test_a_reading_is_late_after_five_minutes(minutes, found):
    world = World().dosed().later(minutes=minutes)
    assert codes(world.vitals(15)) == found


def test_a_deferred_reading_is_late_from_its_new_time_and_the_ceiling_holds():
    world = World().dosed()
    put_off = act.DeferVitals(
        participant=PERSON, visit="dosing-1", due_minute=15, until_minute=30, why="Crying."
    )
    assert codes(world.told("ben", put_off)) == []
    world.later(minutes=35)
    assert codes(world.vitals(15)) == []
    too_long = act.DeferVitals(
        participant=PERSON, visit="dosing-1", due_minute=45, until_minute=61, why="Crying."
    )
    assert codes(world.told("ben", too_long)) == ["deferral-beyond-ceiling"]


def test_a_missed_reading_is_data_a_deviation_and_a_low_alarm_that_latches():
    world = World().dosed().later(minutes=40)
    first = world.told(
        "ben", act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=15, why="Asleep.")
    )
    assert kinds(first) == ["vitals-missed", "deviation", "alarm-raised"]
    assert first[2].fact.priority == "low"
    second = world.told(
        "ben", act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=30, why="Asleep.")
    )
    assert kinds(second) == ["vitals-missed", "deviation"]


def test_the_severest_limit_alone_alarms_with_its_action_and_the_value():
    world = World().dosed().later(minutes=60)
    records = world.vitals(60, systolic=181, diastolic=101)
    assert alarms(records) == [("systolic-stop", "high", 181), ("diastolic-hold", "medium", 101)]
    first = records[1].fact
    assert (first.measure, first.limit) == ("systolic", 180)
    assert first.action == "Call the physician now, repeat after five minutes, give no further dose."
    assert {each.because for each in records[1:]} == {records[0].id}


def test_a_latched_alarm_is_not_raised_again_unless_worse():
    world = World().dosed().later(minutes=60)
    assert alarms(world.vitals(systolic=165)) == [("systolic-hold", "medium", 165)]
    assert alarms(world.vitals(systolic=165)) == []
    assert alarms(world.vitals(systolic=161)) == []
    assert alarms(world.vitals(systolic=118)) == []
    assert alarms(world.vitals(systolic=166)) == [("systolic-hold", "medium", 166)]
    assert alarms(world.vitals(systolic=180)) == [("systolic-stop", "high", 180)]


def test_an_alarm_taken_on_is_quiet_until_its_time_unless_it_gets_worse():
    world = World().dosed().later(minutes=60)
    alarm = world.vitals(systolic=165)[1]
    take(world, alarm, 70)
    assert alarms(world.later(minutes=5).vitals(systolic=165)) == []
    assert alarms(world.vitals(systolic=167)) == [("systolic-hold", "medium", 167)]
    take(world, [a for a in world.book.records if a.kind == "alarm-raised"][-1], 70)
    assert alarms(world.later(minutes=4).vitals(systolic=162)) == []
    assert alarms(world.later(minutes=1).vitals(systolic=162)) == [("systolic-hold", "medium", 162)]


def test_taking_on_the_worse_takes_on_the_milder_before_it():
    world = World().dosed().later(minutes=60)
    world.vitals(systolic=165)
    worse = world.vitals(systolic=170)[1]
    assert len(world.session().open_alarms()) == 2
    take(world, worse, 70)
    assert world.session().open_alarms() == ()


def test_a_low_limit_alarms_downwards():
    world = World().dosed().later(minutes=60)
    assert alarms(world.vitals(systolic=90, diastolic=60)) == [("systolic-low", "medium", 90)]
    assert alarms(world.vitals(systolic=91, diastolic=60)) == []
    assert alarms(world.vitals(systolic=88, diastolic=60)) == [("systolic-low", "medium", 88)]


def test_the_same_minute_from_two_tablets_stands_twice_with_a_deviation():
    world = World().dosed().later(minutes=15)
    world.vitals(15, systolic=120)
    assert codes(world.vitals(15, systolic=132)) == ["reading-twice"]
    assert codes(world.vitals(15, systolic=126, repeat=True)) == []
    assert world.session().readings == 4


def test_a_minute_after_a_dose_not_yet_taken_is_told():
    world = World().started()
    assert codes(world.vitals(15)) == ["reading-before-dose"]
    assert codes(world.vitals(-30)) == []


@pytest.mark.parametrize(
    "tell",
    [
        act.DeferVitals(participant=PERSON, visit="dosing-1", due_minute=30, until_minute=30, why="x"),
        act.DeferVitals(participant=PERSON, visit="dosing-1", due_minute=30, until_minute=35, why=" "),
        act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=30, why=""),
        act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=31, why="x"),
    ],
)
def test_a_deferral_or_miss_without_sense_is_sent_back(tell):
    with pytest.raises(ImpossibleValue):
        World().dosed().do("ben", tell)


def test_a_reading_noted_offline_does_not_pass_for_the_present_one():
    world = World().dosed().later(minutes=60)
    world.vitals(60, systolic=160)
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=30, systolic=118, diastolic=70)
    world.told("ben", tell, ago=timedelta(minutes=30))
    assert world.session().last["systolic"].value == 160


def test_a_reading_said_to_be_of_before_the_session_is_told():
    world = World().started()
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, systolic=118, diastolic=70)
    assert codes(world.told("ben", tell, ago=timedelta(minutes=40))) == ["before-session"]
