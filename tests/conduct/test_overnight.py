from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from conduct_world import PERSON, World, codes, cssrs, fact_of, kinds, protocol
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.compiler import compile_text


@cache
def without_night():
    return compile_text(protocol().text.replace("overnight: true", "overnight: false"), name="study.yaml")


FOUND = ("no-overnight-attendant", "capsule-unaccounted")


def left(world: World) -> list[tuple[str, str, str]]:
    """What the discharge finds of the night and the capsules: code, severity, sentence."""
    records = world.discharge()
    assert kinds(records)[:2] == ["discharged", "session-milestone"]
    beside = [each.fact for each in records if each.kind == "deviation" and each.fact.code in FOUND]
    return [(each.code, each.severity, each.what) for each in beside]


def come(world: World, person: str, *, present: bool) -> list:
    tell = act.NotePresence(participant=PERSON, visit="dosing-1", person=person, present=present)
    return world.told("ana", tell)


def over(world: World | None = None) -> World:
    """A session that has ended, with nobody handed over to and the supplemental kit given back."""
    world = (world or World()).dosed().later(minutes=480)
    world.vitals(480)
    world.suds(1)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    world.give_back()
    return world


def morning(world: World) -> World:
    """Everything that a discharge asks for, the morning after."""
    world.later(hours=14).vitals()
    world.suds(1)
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    return world


def test_whoever_takes_over_is_named_with_their_role_and_is_in_the_room():
    world = over()
    records = world.hand_over("uma")
    assert kinds(records) == ["handed-over", "monitor-presence"]
    assert (records[0].fact.from_, records[0].fact.to, records[0].fact.role) == ("ana", "uma", "attendant")
    assert records[1].because == records[0].id
    assert world.session().in_room == ("ana", "ben", "uma")


def test_a_hand_over_to_somebody_without_a_role_is_recorded_with_the_break():
    world = over()
    records = world.hand_over("kim")
    assert codes(records) == ["handover-not-appointed"]
    assert fact_of(records, "deviation").what == (
        "kim took over without being attendant, therapist or physician at S01."
    )


def test_an_attendant_does_not_take_over_while_the_session_runs():
    assert codes(World().dosed().hand_over("uma")) == ["handover-before-end"]
    assert codes(World().dosed().hand_over("ben")) == []


@pytest.mark.parametrize(
    ("changes", "field"), [({"to": ""}, "to"), ({"to": "ana"}, "to"), ({"told": " "}, "told")]
)
def test_a_hand_over_says_from_whom_to_whom_and_what(changes, field):
    tell = act.HandOver(participant=PERSON, visit="dosing-1", from_="ana", to="uma", told="All well.")
    with pytest.raises(ImpossibleValue) as sent_back:
        over().told("ana", replace(tell, **changes))
    assert sent_back.value.field == field


def test_an_attendant_alone_is_enough_after_the_end_and_the_morning_tells_nobody_was_alone():
    world = over()
    world.hand_over("uma")
    assert codes(come(world, "ana", present=False)) == []
    assert codes(come(world, "ben", present=False)) == []
    world.later(hours=13)
    assert codes(world.hand_over("ana", from_="uma", who="uma")) == []


def test_a_participant_left_without_anybody_at_night_alarms_at_once():
    world = over()
    world.hand_over("uma")
    come(world, "ana", present=False)
    come(world, "ben", present=False)
    records = come(world.later(hours=3), "uma", present=False)
    assert kinds(records) == ["monitor-presence", "deviation", "alarm-raised"]
    assert records[1].fact.what == (
        "The participant was left without anybody after the session, before the discharge."
    )
    assert (records[2].fact.code, records[2].fact.priority) == ("participant-unattended", "high")


def test_what_is_seen_in_the_night_is_noted():
    world = over()
    world.hand_over("uma")
    seen = act.NoteNight(participant=PERSON, visit="dosing-1", state="asleep", text="Breathing calmly.")
    assert kinds(world.later(hours=4).told("uma", seen)) == ["night-noted"]
    with pytest.raises(ImpossibleValue, match="Expected one of asleep"):
        world.told("uma", replace(seen, state="dreaming"))


def test_a_discharge_after_a_night_with_an_attendant_leaves_nothing_beside_it():
    world = over()
    world.hand_over("uma")
    assert left(morning(world)) == []


def test_a_night_without_an_attendant_is_a_deviation_beside_the_discharge():
    asks = "The protocol asks for a night at the site with an attendant"
    assert left(morning(over())) == [("no-overnight-attendant", "major", f"{asks}; no attendant took over.")]


def test_leaving_on_the_day_of_the_dose_is_a_deviation_though_an_attendant_took_over():
    # Denver at 09:00 and eight hours later: still the same local day.
    world = over()
    world.hand_over("uma")
    world.later(minutes=30).vitals()
    world.fill("ana", "dosing-1", "C-SSRS", cssrs(), reason="again")
    ((code, _, what),) = left(world)
    assert code == "no-overnight-attendant"
    assert what.endswith("; the participant left on the day of the dose.")


def test_a_study_that_asks_for_no_night_is_content_without_one():
    assert left(morning(over(World(without_night())))) == []


def test_a_kit_neither_used_nor_given_back_is_told_at_the_discharge_and_does_not_keep_anybody():
    world = World().dosed().later(minutes=480)
    world.vitals(480)
    world.suds(1)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    world.hand_over("uma")
    what = "Kit K2, set aside for s1-supplemental, was neither used nor given back at the discharge."
    assert left(morning(world)) == [("capsule-unaccounted", "major", what)]


def test_a_kit_given_back_is_noted_in_the_session_and_only_in_the_one_it_was_set_aside_for():
    world = World().dosed()
    records = world.give_back("K2")
    assert [(each.stream, each.kind) for each in records] == [
        ("kit/K2", "kit-returned"),
        (f"session/{PERSON}/dosing-1", "kit-put-back"),
    ]
    assert world.session().put_back == frozenset({"K2"})
    wrong = act.ReturnKit(kit="K2", capsules=1, witness="ben", participant=PERSON, visit="dosing-2")
    with pytest.raises(UnknownName, match="not set aside"):
        world.told("ana", wrong)


def test_a_kit_given_back_without_a_witness_says_so():
    world = World().dosed()
    tell = act.ReturnKit(kit="K2", capsules=1, witness="", participant=PERSON, visit="dosing-1")
    assert codes(world.told("ana", tell)) == ["not-witnessed"]
