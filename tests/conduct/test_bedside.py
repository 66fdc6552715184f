"""What the people in the room are shown: gates, due and stale readings, alarms, windows, prompts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conduct_world import GATE, PERSON, World
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import (
    alarms_now,
    due_now,
    gate_now,
    limits_of,
    recheck_minute,
    stale_at,
    supplement_now,
    told,
    values_now,
)
from holdfast.conduct.case import Case
from holdfast.conduct.rounds import rounds_now
from holdfast.conduct.standing import SessionStanding
from holdfast.conduct.streams import session_stream, streams_of
from holdfast.conduct.touch import touches_now
from holdfast.records.session import VitalsRead
from holdfast.timing import Instant


def session(world: World) -> SessionStanding:
    found = world.book.standing(session_stream(PERSON, "dosing-1"))
    assert isinstance(found, SessionStanding)
    return found


def case(world: World) -> Case:
    ask = act.AskDose(participant=PERSON, visit="dosing-1", step="s1-first", confirmed={})
    action = world.action("ana", ask)
    standings = {name: world.book.standing(name) for name in streams_of(action)}
    return Case(world.protocol, standings, action, world.now)


def truths(world: World, **confirmed: bool) -> dict[str, str]:
    items = gate_now(case(world), PERSON, "dosing-1", "s1-first", confirmed)
    return {each.item.code: each.truth for each in items}


def test_a_gate_says_what_holds_fails_and_would_settle_the_rest():
    world = World().started()
    found = truths(world, fasted=False, identity_confirmed=True)
    assert found["consent-in-force"] == "holds"
    assert found["fasted"] == "fails"
    assert found["identity-and-kit"] == "unknown"
    items = {each.item.code: each for each in gate_now(case(world), PERSON, "dosing-1", "s1-first", {})}
    assert items["identity-and-kit"].asks == ("identity_confirmed", "kit_matches")
    assert items["pressure-below-stop"].missing == ("diastolic", "systolic")
    world.vitals(-5)
    assert set(truths(world, **GATE).values()) == {"holds"}


def test_an_item_that_a_physician_let_pass_says_so():
    world = World().started()
    ask = act.OverrideGate(participant=PERSON, visit="dosing-1", step="s1-first", item="fasted")
    world.told("dr-okafor", ask, reason="ate at six, light")
    assert truths(world)["fasted"] == "overridden"
    assert truths(world, fasted=True)["fasted"] == "holds"


def test_the_gates_of_end_and_leaving_are_shown_too():
    world = World().dosed()
    end = gate_now(case(world), PERSON, "dosing-1", "end", {"oriented": True})
    assert [each.truth for each in end] == ["holds", "holds"]
    leave = gate_now(case(world), PERSON, "dosing-1", "discharge", {})
    assert [each.item.code for each in leave] == list(world.protocol.session("dosing-1").discharge_gate)


def test_an_entry_answers_the_reading_that_is_due_and_extra_ones_answer_none():
    world = World().started()
    assert due_now(world.protocol, session(world), world.now).answers.minute == -60
    world.vitals(-60)
    assert due_now(world.protocol, session(world), world.now).answers.minute == -30
    world = World().dosed()
    t0 = session(world).t0.at

    def at(minute: float) -> tuple[int | None, int | None, list[int]]:
        found = due_now(world.protocol, session(world), t0 + timedelta(minutes=minute))
        answers = None if found.answers is None else found.answers.minute
        upcoming = None if found.upcoming is None else found.upcoming.minute
        return answers, upcoming, [each.minute for each in found.late]

    assert at(9) == (None, 15, [])
    assert at(10) == (15, 15, [])
    assert at(21) == (15, 30, [15])
    assert at(26) == (30, 30, [15])
    world.later(minutes=15).vitals(15)
    assert at(20) == (None, 30, [])


def test_a_value_goes_stale_when_the_next_reading_is_late():
    world = World().dosed()
    t0 = session(world).t0

    def stale(minute: float, due: int | None) -> float:
        at = Instant(t0.at + timedelta(minutes=minute), t0.zone)
        return (stale_at(case(world), session(world), at, due=due) - t0.at) / timedelta(minutes=1)

    assert stale(15, 15) == 20 + 15
    assert stale(14, 15) == 35  # a minute early, but it answers minute 15
    assert stale(22, None) == 35
    assert stale(300, 300) == 335
    assert stale(481, 480) == 481 + 30 + 5
    before = World().started()
    before.vitals(-60)
    value = values_now(case(before), session(before))[0]
    assert value.stale_at - value.last.at.at == timedelta(minutes=30)


def test_values_carry_what_was_before_and_the_limits_they_pass():
    world = World().dosed()
    world.later(minutes=15).vitals(15, systolic=162)
    systolic, _diastolic, rate, _temperature = values_now(case(world), session(world))
    assert (systolic.last.value, systolic.before) == (162, 118)
    assert [each.limit.code for each in systolic.passed] == ["systolic-hold"]
    assert rate.passed == ()
    codes = [each.limit.code for each in limits_of(case(world), "systolic")]
    assert codes == ["systolic-stop", "systolic-hold", "systolic-low"]


def test_a_corrected_reading_is_told_as_corrected():
    world = World().dosed()
    record = world.later(minutes=15).vitals(15, systolic=142)[0]
    fact = replace(record.fact, systolic=124.0)
    amend = act.Amend(stream=session_stream(PERSON, "dosing-1"), record=record.id, fact=fact)
    world.told("ben", amend, reason="typed wrongly")
    assert [each.systolic for _record, each in told(session(world), VitalsRead)] == [118, 124]
    assert values_now(case(world), session(world))[0].last.value == 124


def test_an_alarm_stays_until_taken_on_and_goes_when_the_value_is_back():
    world = World().dosed()
    world.later(minutes=15).vitals(15, systolic=184)
    (alarm,) = alarms_now(world.protocol, session(world))
    assert (alarm.alarm.code, alarm.limit, alarm.recheck_at) == ("systolic-stop", 180, None)
    minute = recheck_minute(session(world), Instant(world.now, "America/Denver"), after=5)
    assert minute == 20
    take = act.AcknowledgeAlarm(
        participant=PERSON, visit="dosing-1", alarm=alarm.alarm.root, plan="call", recheck_minute=minute
    )
    world.told("ana", take)
    (taken,) = alarms_now(world.protocol, session(world))
    assert taken.alarm.taken_by == "ana"
    assert taken.recheck_at == session(world).t0.at + timedelta(minutes=20)
    assert taken.again is None
    world.later(minutes=2).vitals(systolic=181, repeat=True)
    (still,) = alarms_now(world.protocol, session(world))
    assert still.again.value == 181
    world.later(minutes=2).vitals(systolic=150, repeat=True)
    assert alarms_now(world.protocol, session(world)) == ()


def test_the_window_of_the_supplemental_dose_opens_and_closes():
    world = World().started()
    assert supplement_now(case(world), session(world), world.now).state == "before"
    world = World().dosed()
    t0 = session(world).t0.at
    states = [
        supplement_now(case(world), session(world), t0 + timedelta(hours=hours)).state
        for hours in (1.49, 1.5, 2.0, 2.01)
    ]
    assert states == ["before", "open", "open", "over"]
    window = supplement_now(case(world), session(world), t0)
    assert (window.opens - t0, window.closes - t0) == (timedelta(hours=1.5), timedelta(hours=2))


def test_rounds_of_prompts_are_upcoming_due_and_rated():
    world = World().dosed()
    world.later(minutes=61)
    rate = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=1.0, rated_by="observer", ratings={"euphoria": 1}
    )
    assert [each.state for each in rounds_now(world.protocol, session(world), world.now)][:2] == [
        "due",
        "upcoming",
    ]
    world.told("ana", rate)
    assert [each.state for each in rounds_now(world.protocol, session(world), world.now)] == [
        "rated", *["upcoming"] * 5,
    ]  # fmt: skip


def test_touch_is_permitted_as_consented():
    world = World().started(items=("touch-hand",))
    stand = touches_now(world.protocol, world.person, session(world), world.now)
    found = {each.kind: each.may for each in stand}
    assert found == {"hand": True, "shoulder": False, "embrace": False, "bodywork": False}
