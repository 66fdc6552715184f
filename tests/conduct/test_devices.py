"""Monitors that send by themselves: whose a reading is, how often one is a record, a flood."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import devices
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant

ZONE = "America/Denver"


def place(world: World, *, here: bool = True, who: str = "ana"):
    tell = act.PlaceDevice(
        participant=PERSON, visit="dosing-1", device="monitor-1", name="Monitor 1", here=here
    )
    return world.told(who, tell)


def is_of(world: World, *, minutes: float) -> bool:
    return devices.is_of(world.session(), "monitor-1", Instant(world.now + timedelta(minutes=minutes), ZONE))


def test_a_reading_is_the_sessions_from_when_the_monitor_stands_there_until_it_is_taken_away():
    world = World().started().later(minutes=5)
    assert not is_of(world, minutes=1)
    assert kinds(place(world)) == ["device-placed"]
    assert (is_of(world, minutes=-1), is_of(world, minutes=0), is_of(world, minutes=30)) == (
        False,
        True,
        True,
    )
    place(world.later(minutes=60), here=False)
    assert not is_of(world, minutes=1)


def test_what_is_read_after_the_participant_left_is_not_theirs():
    world = World().started()
    place(world)
    world = World().dosed()
    place(world)
    world.later(minutes=480).vitals(480)
    world.suds(1)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    assert not isinstance(world.discharge(), devices.Refused)
    assert (is_of(world, minutes=0), is_of(world, minutes=1)) == (True, False)


def test_a_monitor_is_not_placed_at_a_session_that_was_not_started():
    world = World().kitted()
    with pytest.raises(ImpossibleValue, match="Start the session first") as sent_back:
        place(world)
    assert sent_back.value.field == "device"


@pytest.mark.parametrize(("since", "waits"), [(None, 0.0), (0.0, 10.0), (9.5, 0.5), (10.0, 0.0), (60.0, 0.0)])
def test_one_reading_in_ten_seconds_becomes_a_record(since, waits):
    world = World().opened()
    study, site = (world.standing(f"{each}") for each in ("study/inactive-placebo", "site/S01"))
    last = None if since is None else world.now - timedelta(seconds=since)
    assert devices.waits_seconds(world.protocol, last, world.now, study=study, site=site) == waits
    assert devices.most_a_minute(world.protocol, study=study, site=site) == 60


def test_a_flood_is_a_deviation_and_one_medium_alarm_by_the_software():
    world = World().dosed()
    tell = act.ReportFlood(
        participant=PERSON, visit="dosing-1", device="monitor-1", name="Monitor 1", received=61, seconds=1.0
    )
    records = world.told("holdfast", tell, role="system")
    assert kinds(records) == ["deviation", "alarm-raised"]
    assert codes(records) == ["device-flood"]
    assert (records[1].fact.code, records[1].fact.priority) == ("device-flood", "medium")
    assert "device-flood" in world.session().noticed
    assert codes(world.told("ben", tell, role="therapist")) == ["device-flood", "not-delegated"]
