from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conduct_world import PERSON, World, codes, cssrs, fact_of
from holdfast.conduct import actions as act

SUDS = act.NoteSessionEvent(participant=PERSON, visit="dosing-1", event="suds", amount=3)


def skewed(world: World, seconds: float, *, device: str = "tablet-1") -> list[str]:
    action = world.action("ben", SUDS)
    stamp = replace(action.stamp, skew_s=seconds, device=device)
    return codes(world.book.perform(replace(action, stamp=stamp), world.now))


def test_what_happened_before_the_end_and_arrives_after_it_says_by_how_much():
    world = World().ended().later(minutes=96)
    records = world.told("ben", SUDS, ago=timedelta(minutes=126))
    happened = world.now - timedelta(minutes=126)
    local = records[0].happened_at.local
    assert records[0].happened_at.at == happened
    assert codes(records) == ["arrived-late"]
    assert fact_of(records, "deviation").what == (
        f"Of {local:%H:%M}; it arrived 126 minutes later, when the session had ended."
    )


def test_what_arrives_within_the_tolerance_of_clocks_is_not_late():
    world = World().ended().later(minutes=1)
    assert codes(world.told("ben", SUDS, ago=timedelta(minutes=2))) == []
    assert codes(world.told("ben", SUDS, ago=timedelta(minutes=3))) == ["arrived-late"]


def test_what_happens_between_the_end_and_the_discharge_is_late_only_after_the_discharge():
    world = World().ended().later(hours=13)
    assert codes(world.told("ben", SUDS, ago=timedelta(minutes=10))) == []
    world.vitals()
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    world.suds(1)
    world.discharge()
    records = world.later(minutes=40).told("ben", SUDS, ago=timedelta(minutes=60))
    assert fact_of(records, "deviation").what.endswith(
        "it arrived 60 minutes later, when the participant had left."
    )


def test_what_is_entered_late_while_the_session_runs_is_not_this():
    assert codes(World().dosed().later(minutes=90).told("ben", SUDS, ago=timedelta(minutes=60))) == []


def test_a_clock_that_is_off_is_told_once_for_each_device():
    world = World().dosed()
    assert skewed(world, 60) == []
    assert skewed(world, -61) == ["clock-skew"]
    assert skewed(world, 400) == []
    assert skewed(world, 61, device="tablet-2") == ["clock-skew"]
    assert world.session().skewed == frozenset({"tablet-1", "tablet-2"})


def test_the_sentence_says_which_way():
    world = World().dosed()
    skewed(world, 75)
    found = [each.fact for each in world.session().history if each.kind == "deviation"][-1]
    assert found.what == ("The clock of tablet-1 was 75 seconds behind the server's; times may be off.")
