"""A tablet rings what conduct will ring: the same readings through both, from any point of a session."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.sync_engine import Engine, engine
from conduct_world import PERSON, ZONE, World
from holdfast.clinic.dosing.offline import ringing, standing
from holdfast.conduct import actions as act
from holdfast.conduct.bedside import due_now, recheck_minute
from holdfast.conduct.case import Case
from holdfast.conduct.streams import streams_of
from holdfast.conduct.vitals import late_after
from holdfast.records.envelope import Record
from holdfast.timing import Instant
from scale import scaled

LOW = {"systolic": 96, "diastolic": 60, "heart_rate": 52, "temperature": 36.0}
HIGH = {"systolic": 192, "diastolic": 118, "heart_rate": 158, "temperature": 39.2}
Rung = list[tuple[str, str, str, float, float]]


@pytest.fixture
def running() -> Iterator[Engine]:
    with engine() as one:
        yield one


def told(records: list[Record]) -> Rung:
    rung = [each.fact for each in records if each.kind == "alarm-raised"]
    return sorted((f.code, f.priority, f.measure, f.value, f.limit) for f in rung)  # type: ignore[attr-defined]


def values(dice: random.Random, before: dict[str, float]) -> dict[str, float]:
    """A reading near the one before, or far from it, of some of the measures."""
    given = {}
    for name in LOW:
        if dice.random() < 0.8:
            near = before.get(name, LOW[name]) + dice.uniform(-0.08, 0.1) * (HIGH[name] - LOW[name])
            value = near if dice.random() < 0.7 else dice.uniform(LOW[name], HIGH[name])
            given[name] = round(value, 1 if name == "temperature" else 0)
    if "diastolic" in given and given.get("systolic", before.get("systolic", 300)) <= given["diastolic"]:
        del given["diastolic"]
    before.update(given)
    return given or {"heart_rate": 80}


def read(world: World, given: dict[str, float]) -> list[Record]:
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, **given)
    return world.told("ben", tell)


def branch(world: World) -> World:
    """The same world, to go on from."""
    other = copy.copy(world)
    other.book = world.book.branch()
    return other


def case_of(world: World) -> Case:
    tell = act.ReadVitals(participant=PERSON, visit="dosing-1", due_minute=None, heart_rate=80)
    action = world.action("ben", tell)
    return Case(
        world.protocol, {name: world.book.standing(name) for name in streams_of(action)}, action, world.now
    )


def state_of(world: World) -> dict[str, Any]:
    return {**ringing(case_of(world)), **standing(world.protocol, world.session())}


def take(world: World, code: str, after: int) -> None:
    session, at = world.session(), Instant(world.now, ZONE)
    ask = act.AcknowledgeAlarm(
        participant=PERSON,
        visit="dosing-1",
        alarm=session.latched[code],
        plan="Repeat.",
        recheck_minute=recheck_minute(session, at, after=after),
    )
    world.told("ana", ask)


def open_alarms(world: World) -> list[str]:
    session = world.session()
    return [code for code, root in session.latched.items() if not session.alarms[root].taken_by]


def test_readings_ring_on_the_tablet_what_they_ring_in_conduct(running: Engine) -> None:
    count, begun = scaled(2_000), World().dosed()
    rung = 0
    for seed in range(count):
        dice, world, before = random.Random(seed), branch(begun), dict[str, float]()
        for _ in range(dice.randrange(5)):
            world.later(minutes=dice.choice([0.5, 2, 5, 15]))
            read(world, values(dice, before))
            if open_alarms(world) and dice.random() < 0.3:
                take(world, dice.choice(open_alarms(world)), dice.choice([5, 10]))
        state = state_of(world)
        for step in range(6):
            world.later(minutes=dice.choice([0.5, 2, 5, 15]))
            given = values(dice, before)
            reading = {"id": str(step), "at": world.now.isoformat(), "measured": given}
            answer = running.ask("judge", state=state, reading=reading)
            state = answer["state"]
            here = sorted(
                (r["code"], r["priority"], r["measure"], r["value"], r["limit"]) for r in answer["rings"]
            )
            there = told(read(world, given))
            assert here == there, f"seed {seed}, step {step}: {given}"
            rung += len(there)
            if open_alarms(world) and dice.random() < 0.4:
                code, after = dice.choice(open_alarms(world)), dice.choice([5, 10])
                take(world, code, after)
                ack = {"at": world.now.isoformat(), "after": after}
                state = running.ask("taken", state=state, code=code, ack=ack)["state"]
    print(f"\n{count} sessions, {rung} alarms, the same in both")
    assert rung > count


def test_what_is_due_on_the_tablet_is_what_is_due_in_conduct(running: Engine) -> None:
    dice, world = random.Random(7), World().dosed()
    begun = world.session().t0
    assert begun is not None
    late = late_after(world.protocol, study=None, site=None)
    answered: list[int] = []
    compared = 0
    for minute in range(0, 420, 4):
        world.now = begun.at + timedelta(minutes=minute, seconds=30)
        session = world.session()
        there = due_now(world.protocol, session, world.now)
        rows = [
            {
                "minute": each.minute,
                "at": None if each.at is None else each.at.isoformat(),
                "state": "upcoming",
            }
            for each in there.rows
        ]
        at = world.now.timestamp() * 1000
        here = running.ask("due", rows=rows, answered=answered, at=at, late=late)
        assert minute_of(here["answers"]) == minute_of(there.answers)
        assert minute_of(here["next"]) == minute_of(there.upcoming)
        assert [each["minute"] for each in here["late"]] == [each.minute for each in there.late]
        compared += 1
        if there.answers is not None and dice.random() < 0.7:
            answered.append(there.answers.minute)
            world.vitals(there.answers.minute)
    assert len(answered) > 5
    assert compared == 105


def minute_of(row: Any) -> int | None:
    if row is None:
        return None
    return int(row["minute"] if isinstance(row, dict) else row.minute)


@pytest.mark.parametrize(
    ("what", "mono", "wall", "at", "clock"),
    [
        ("an hour goes by", 3_600_000, 3_600_000, 3_600_000, "server"),
        ("the wall clock is set ahead by two hours", 60_000, 7_260_000, 7_260_000, "own"),
        ("the tablet slept for half an hour", 60_000, 1_860_000, 1_860_000, "own"),
        ("the wall clock is put back by an hour", 60_000, -3_540_000, 60_000, "server"),
        ("the clocks drift apart by a second", 3_600_000, 3_601_000, 3_600_000, "server"),
    ],
)
def test_the_time_goes_on_from_the_last_contact(
    running: Engine, what: str, mono: int, wall: int, at: int, clock: str
) -> None:
    anchor = running.ask("moor", server=0, mono=0, wall=0)
    assert running.ask("time", anchor=anchor, mono=mono, wall=wall) == {"at": at, "clock": clock}, what


def test_a_page_without_contact_goes_by_the_wall_clock_and_what_it_was_off_by(running: Engine) -> None:
    anchor = {"server": None, "mono": 0, "wall": 0, "offset": 90_000}
    assert running.ask("time", anchor=anchor, mono=500, wall=1_000) == {"at": 91_000, "clock": "own"}


@pytest.mark.parametrize(("slept", "noted"), [(0, 940_000), (600_000, None)])
def test_what_was_noted_before_the_contact_gets_its_time_from_it(
    running: Engine, slept: int, noted: int | None
) -> None:
    anchor = running.ask("moor", server=1_000_000, mono=100_000, wall=100_000 + slept)
    entry = {"life": "a", "ticks": 40_000, "wall": 40_000}
    assert running.ask("noted", anchor=anchor, entry=entry, life="a")["at"] == noted
    assert running.ask("noted", anchor=anchor, entry=entry, life="another page")["at"] is None
