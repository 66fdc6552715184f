from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue


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


def test_the_same_minute_from_two_tablets_stands_twice_with_a_deviation():
    world = World().dosed().later(minutes=15)
    world.vitals(15, systolic=120)
    assert codes(world.vitals(15, systolic=132)) == ["reading-twice"]
    assert codes(world.vitals(15, systolic=126, repeat=True)) == []
    assert world.session().readings == 4


def test_a_minute_after_a_dose_not_yet_taken_is_told():
    world = World().started()
    assert codes(world.vitals(15)) == ["reading-before-dose"]
    assert codes(world.later(minutes=1).vitals(-30)) == []


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
