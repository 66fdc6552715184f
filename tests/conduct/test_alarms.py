"""Which readings alarm, how loudly, and how long an alarm stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from conduct_world import PERSON, World
from holdfast.conduct import actions as act
from holdfast.conduct import alarms
from holdfast.conduct.bedside import alarms_now
from holdfast.records.envelope import Record
from holdfast.timing import Instant

Rung = list[tuple[str, str, float | None]]


def rung(records: list[Record]) -> Rung:
    return [
        (each.fact.code, each.fact.priority, each.fact.value)
        for each in records
        if each.kind == "alarm-raised"
    ]


def dosed() -> World:
    """An hour after the first dose, with a reading of a moment before it that is within all limits."""
    return World().dosed().later(minutes=60)


def read(world: World, after: float = 5, **values: float) -> Rung:
    """What a reading rings, some minutes after the one before."""
    return rung(world.later(minutes=after).vitals(**values))


def last_alarm(world: World, code: str) -> Record:
    return [each for each in world.book.records if each.kind == "alarm-raised" and each.fact.code == code][-1]


def take(world: World, code: str, *, after: int) -> None:
    """Take the last alarm of a code on, and look again so many minutes from now."""
    session = world.session()
    minute = int((world.now - session.t0.at) / timedelta(minutes=1)) + after
    ask = act.AcknowledgeAlarm(
        participant=PERSON,
        visit="dosing-1",
        alarm=last_alarm(world, code).id,
        plan="Repeat.",
        recheck_minute=minute,
    )
    world.told("ana", ask)


def shown(world: World) -> list[tuple[str, str]]:
    at = Instant(world.now, "America/Denver")
    return [
        (each.alarm.code, each.alarm.taken_by) for each in alarms_now(world.protocol, world.session(), at=at)
    ]


def test_a_high_limit_rings_on_its_first_reading_with_its_action_and_the_value():
    world = dosed()
    records = world.vitals(60, systolic=181, diastolic=99)
    assert rung(records) == [("systolic-stop", "high", 181)]
    fact = records[1].fact
    assert (fact.measure, fact.limit) == ("systolic", 180)
    assert fact.action == "Call the physician now, repeat after five minutes, give no further dose."
    assert records[1].because == records[0].id


def test_a_medium_limit_asks_for_a_repeat_and_rings_when_that_passes_too():
    world = dosed()
    (notice,) = [each for each in world.vitals(systolic=165) if each.kind == "alarm-raised"]
    assert rung([notice]) == [("repeat-systolic-hold", "low", 165)]
    assert notice.fact.action == alarms.READ_AGAIN
    assert shown(world) == [("repeat-systolic-hold", "")]
    assert read(world, systolic=161) == [("systolic-hold", "medium", 161)]
    assert shown(world) == [("systolic-hold", "")]


def test_a_notice_goes_by_itself_when_the_repeat_is_back_within_the_limit():
    world = dosed()
    world.vitals(systolic=165)
    assert read(world, systolic=150) == []
    assert shown(world) == []
    assert read(world, systolic=165) == [("repeat-systolic-hold", "low", 165)]


def test_two_readings_within_a_minute_are_one_occasion_and_the_notice_stands():
    world = dosed()
    world.vitals(systolic=165)
    assert read(world, 0.5, systolic=166) == []
    assert shown(world) == [("repeat-systolic-hold", "")]
    assert read(world, 1, systolic=166) == [("systolic-hold", "medium", 166)]


def test_a_second_reading_of_the_same_occasion_does_not_answer_the_notice():
    world = dosed()
    world.vitals(systolic=165)
    assert read(world, 0.5, systolic=155) == []
    assert shown(world) == [("repeat-systolic-hold", "")]
    assert read(world, 5, systolic=161) == [("systolic-hold", "medium", 161)]


@pytest.mark.parametrize(
    ("values", "code", "sure"),
    [
        ({"systolic": 173}, "systolic-hold", False),
        ({"systolic": 174}, "systolic-hold", True),
        ({"heart_rate": 131}, "heart-rate-hold", False),
        ({"heart_rate": 132}, "heart-rate-hold", True),
        ({"temperature": 38.3}, "temperature-hold", False),
        ({"temperature": 38.4}, "temperature-hold", True),
        ({"systolic": 77, "diastolic": 50}, "systolic-low", False),
        ({"systolic": 76, "diastolic": 50}, "systolic-low", True),
    ],
)
def test_what_is_further_beyond_than_a_reading_scatters_rings_at_once(values, code, sure):
    (found,) = rung(dosed().vitals(**values))
    assert found[:2] == ((code, "medium") if sure else (f"repeat-{code}", "low"))


def test_an_alarm_nobody_took_on_stays_and_rings_again_only_when_worse_than_scatter():
    world = dosed()
    assert rung(world.vitals(systolic=185)) == [("systolic-stop", "high", 185)]
    assert read(world, systolic=191) == []
    assert read(world, systolic=150) == []
    assert shown(world) == [("systolic-stop", "")]
    assert read(world, systolic=192) == [("systolic-stop", "high", 192)]
    assert read(world, systolic=198) == []


def test_a_milder_limit_is_quiet_while_a_severer_alarm_of_the_measure_stands():
    world = dosed()
    world.vitals(systolic=185)
    assert read(world, systolic=170) == []
    take(world, "systolic-stop", after=10)
    assert read(world, 5, systolic=170) == []
    assert read(world, 5, systolic=165) == [("systolic-hold", "medium", 165)]


def test_a_severer_limit_rings_while_a_milder_alarm_is_watched():
    world = dosed()
    world.vitals(systolic=175)
    take(world, "systolic-hold", after=10)
    assert read(world, 1, systolic=180) == [("systolic-stop", "high", 180)]


def test_an_alarm_taken_on_is_quiet_until_its_time_unless_it_gets_worse():
    world = dosed()
    world.vitals(systolic=165)
    assert read(world, systolic=164) == [("systolic-hold", "medium", 164)]
    take(world, "systolic-hold", after=10)
    assert read(world, 5, systolic=165) == []
    assert read(world, 1, systolic=171) == [("systolic-hold", "medium", 171)]
    take(world, "systolic-hold", after=10)
    assert read(world, 7, systolic=165) == []
    # Two minutes before the time to look again is the look.
    assert read(world, 1, systolic=165) == [("systolic-hold", "medium", 165)]


def test_an_alarm_taken_on_goes_when_the_measure_is_back_and_comes_into_sight_again_if_not():
    world = dosed()
    world.vitals(systolic=184)
    take(world, "systolic-stop", after=10)
    assert shown(world) == [("systolic-stop", "ana")]
    assert read(world, 3, systolic=150) == []
    assert shown(world) == []
    assert read(world, 3, systolic=183) == []
    assert shown(world) == [("systolic-stop", "ana")]


def test_the_time_to_look_again_was_counted_from_the_start_where_no_dose_had_been_taken():
    world = World().started()
    world.later(minutes=1).vitals(systolic=185)
    alarm = last_alarm(world, "systolic-stop")
    start = world.session().started
    minute = int((world.now - start.at) / timedelta(minutes=1)) + 10
    world.told(
        "ana",
        act.AcknowledgeAlarm(
            participant=PERSON, visit="dosing-1", alarm=alarm.id, plan="Wait.", recheck_minute=minute
        ),
    )
    due = alarms.recheck_at(world.session(), world.session().alarms[alarm.id])
    assert due.at == start.at + timedelta(minutes=minute)
    later = replace(world.session(), t0=Instant(world.now + timedelta(hours=1), start.zone))
    assert alarms.recheck_at(later, later.alarms[alarm.id]) == due


def test_taking_on_the_worse_takes_on_the_milder_of_its_code_before_it():
    world = dosed()
    world.vitals(systolic=181)
    assert read(world, systolic=190) == [("systolic-stop", "high", 190)]
    assert len(world.session().open_alarms()) == 2
    take(world, "systolic-stop", after=10)
    assert world.session().open_alarms() == ()


def test_what_happened_once_is_shown_until_its_time_to_look_again():
    world = World().started()
    world.vitals(-5)
    give = act.GiveDose(participant=PERSON, visit="dosing-1", step="s1-first", kit="K1", witness="ben")
    assert rung(world.told("ana", give)) == [("dose-without-gate", "high", None)]
    take(world, "dose-without-gate", after=10)
    assert shown(world) == [("dose-without-gate", "ana")]
    world.later(minutes=11)
    assert shown(world) == []


def test_a_missed_reading_rings_again_only_after_another_was_taken():
    world = World().dosed().later(minutes=40)

    def miss(minute: int) -> Rung:
        tell = act.MissVitals(participant=PERSON, visit="dosing-1", due_minute=minute, why="Asleep.")
        return rung(world.told("ben", tell))

    assert miss(15) == [("vitals-missed", "low", None)]
    assert miss(30) == []
    assert shown(world) == [("vitals-missed", "")]
    world.later(minutes=5).vitals(45)
    assert shown(world) == []
    assert miss(60) == [("vitals-missed", "low", None)]
