"""What is overdue in a session raises itself, once, and goes when it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conduct.test_alarms import Rung, rung, shown, take
from conduct_world import PERSON, World, codes
from holdfast.conduct import actions as act
from holdfast.conduct import alarms, watch
from holdfast.conduct.case import Case
from holdfast.conduct.streams import streams_of
from holdfast.errors import ImpossibleValue


def case(world: World) -> Case:
    look = act.NoteOverdue(participant=PERSON, visit="dosing-1", code="")
    action = world.action("holdfast", look, role="system")
    standings = {name: world.book.standing(name) for name in streams_of(action)}
    return Case(world.protocol, standings, action, world.now)


def due(world: World) -> list[tuple[str, str, float | None]]:
    return [(each.code, each.priority, each.value) for each in watch.due(case(world), world.session())]


def look(world: World) -> Rung:
    """What the software records by itself now."""
    found: Rung = []
    for code, priority, _ in due(world):
        if priority != watch.NOTICE:
            tell = act.NoteOverdue(participant=PERSON, visit="dosing-1", code=code)
            found += rung(world.told("holdfast", tell, role="system"))
    return found


def read_until(world: World, minute: int) -> World:
    """Every scheduled reading up to a minute, in time."""
    t0 = world.session().t0.at
    for each in (int(m) for m in world.protocol.vitals.at_minutes.numbers if 0 < m <= minute):
        if each not in world.session().due:
            world.now = t0 + timedelta(minutes=each)
            world.vitals(each)
    return world


def filming(world: World) -> World:
    world.told("ana", act.NoteRecording(participant=PERSON, visit="dosing-1", act="started"))
    return world


def test_nothing_is_due_before_a_session_and_after_it():
    assert due(World().kitted()) == []
    assert due(filming(World().dosed())) == []


def test_a_late_reading_rings_low_once_and_goes_when_anything_is_read():
    world = filming(World().dosed()).later(minutes=20)
    assert look(world) == []
    world.later(minutes=1)
    assert look(world) == [("vitals-overdue", "low", 15)]
    assert look(world) == []
    assert shown(world) == [("vitals-overdue", "")]
    world.later(minutes=1).vitals(systolic=120)
    assert shown(world) == []
    assert look(world) == []


def test_two_late_readings_in_a_row_ring_medium_and_stay_until_taken_on():
    world = filming(World().dosed()).later(minutes=21)
    look(world)
    world.later(minutes=15)
    assert look(world) == [("vitals-overdue", "medium", 30)]
    world.vitals(30)
    assert shown(world) == [("vitals-overdue", "")]
    take(world, "vitals-overdue", after=5)
    world.later(minutes=2).vitals(systolic=120)
    assert shown(world) == []


def test_a_reading_that_stays_away_after_its_alarm_was_taken_on_is_due_once_and_louder():
    world = filming(World().dosed()).later(minutes=21)
    look(world)
    take(world, "vitals-overdue", after=5)
    assert look(world.later(minutes=7)) == [("vitals-overdue", "low", 15)]
    take(world, "vitals-overdue", after=5)
    assert due(world.later(minutes=8)) == [("vitals-overdue", "medium", 30)]


def test_a_reading_put_off_is_not_late_until_its_new_time_is():
    world = filming(World().dosed())
    put_off = act.DeferVitals(
        participant=PERSON, visit="dosing-1", due_minute=15, until_minute=28, why="Crying."
    )
    world.told("ben", put_off)
    assert look(world.later(minutes=33)) == []
    assert look(world.later(minutes=1)) == [("vitals-overdue", "low", 15)]


def test_a_notice_that_nobody_answered_is_believed():
    world = read_until(filming(World().dosed()), 45)
    assert rung(world.vitals(systolic=165)) == [("repeat-systolic-hold", "low", 165)]
    assert look(world.later(minutes=9)) == []
    assert look(world.later(minutes=1)) == [("systolic-hold", "medium", 165)]
    assert look(world) == []


def test_an_alarm_nobody_looked_at_again_rings_again_with_its_own_priority():
    world = read_until(filming(World().dosed()), 45)
    world.vitals(systolic=185)
    take(world, "systolic-stop", after=6)
    assert look(world.later(minutes=7)) == []
    assert look(world.later(minutes=1)) == [("systolic-stop", "high", 185)]
    alarm = [each for each in world.book.records if each.kind == "alarm-raised"][-1]
    assert alarm.fact.action.startswith("The time to look again has passed. Call the physician now")
    assert (alarm.author, alarm.role) == ("holdfast", "system")
    assert look(world.later(minutes=1)) == []


@pytest.mark.parametrize(("systolic", "after", "rings"), [(150, 3, []), (183, 5, ["systolic-stop"])])
def test_who_read_again_has_looked(systolic, after, rings):
    world = read_until(filming(World().dosed()), 45)
    world.vitals(systolic=185)
    take(world, "systolic-stop", after=6)
    found = rung(world.later(minutes=after).vitals(systolic=systolic))
    assert [code for code, _, _ in found] == rings
    assert look(world.later(minutes=9 - after)) == []


def test_a_monitor_alone_rings_while_it_lasts_and_the_deviation_follows_when_it_is_over():
    world = read_until(filming(World().dosed()), 60)
    world.told("ana", act.NotePresence(participant=PERSON, visit="dosing-1", person="ben", present=False))
    read_until(world, 75)
    assert look(world) == []
    world.later(minutes=1)
    assert look(world) == [("monitor-alone", "medium", None)]
    assert look(world) == []
    back = act.NotePresence(participant=PERSON, visit="dosing-1", person="ben", present=True)
    assert codes(world.told("ana", back)) == ["monitor-alone"]
    assert shown(world) == [("monitor-alone", "")]
    take(world, "monitor-alone", after=5)
    assert shown(world) == []


def test_a_participant_found_without_a_monitor_is_an_alarm_with_its_deviation():
    world = read_until(filming(World().dosed()), 60)
    for person in ("ben", "ana"):
        world.told(
            "ana", act.NotePresence(participant=PERSON, visit="dosing-1", person=person, present=False)
        )
    assert shown(world)[0] == ("participant-unattended", "")
    assert look(world.later(minutes=1)) == []
    take(world, "participant-unattended", after=2)
    assert look(world.later(minutes=3)) == []
    assert look(world.later(minutes=1)) == [("participant-unattended", "high", None)]


def test_a_round_of_prompts_that_is_not_rated_rings_low_and_goes_when_it_is():
    world = read_until(filming(World().dosed()), 90)
    world.later(minutes=1)
    assert look(world) == [("prompts-overdue", "low", 1)]
    assert look(world) == []
    every = {each.code: 0 for each in world.protocol.adverse_events.prompts}
    world.told(
        "ana",
        act.RatePrompts(
            participant=PERSON, visit="dosing-1", at_hour=1.0, rated_by="observer", ratings=every
        ),
    )
    assert shown(world) == []


def test_the_window_that_closes_undecided_is_a_notice_and_no_record():
    world = read_until(filming(World().dosed()), 105)
    t0 = world.session().t0.at
    world.now = t0 + timedelta(minutes=109)
    assert ("supplement-closing", watch.NOTICE, None) not in due(world)
    world.now = t0 + timedelta(minutes=111)
    assert ("supplement-closing", watch.NOTICE, None) in due(world)
    decided = act.DecideSupplement(
        participant=PERSON, visit="dosing-1", give=False, decided_by="ana", why="As agreed."
    )
    world.told("ana", decided)
    assert ("supplement-closing", watch.NOTICE, None) not in due(world)


def test_a_recording_that_does_not_run_rings_low_and_goes_when_it_does():
    world = filming(World().dosed())
    world.told("ana", act.NoteRecording(participant=PERSON, visit="dosing-1", act="stopped", why="Card full"))
    assert look(world.later(minutes=5)) == []
    assert look(world.later(minutes=1)) == [("recording-stopped", "low", None)]
    assert look(world) == []
    world.told("ana", act.NoteRecording(participant=PERSON, visit="dosing-1", act="resumed"))
    assert shown(world) == []


def test_what_is_not_overdue_is_sent_back():
    world = filming(World().dosed())
    tell = act.NoteOverdue(participant=PERSON, visit="dosing-1", code="vitals-overdue")
    with pytest.raises(ImpossibleValue) as sent_back:
        world.do("holdfast", tell, role="system")
    assert sent_back.value.field == "code"


def test_every_cause_that_raises_itself_says_what_to_do():
    assert set(watch.ACTIONS) == set(alarms.LASTING)
