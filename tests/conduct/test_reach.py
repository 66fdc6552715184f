"""Who is told of a risk that was answered alone: outside the pair first, everybody for want of an answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from conduct_world import PERSON, World, answers, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import reach
from holdfast.conduct.standing import StaffStanding
from holdfast.conduct.streams import staff_stream
from holdfast.errors import ImpossibleValue, UnknownName

STAFF = ("ana", "ben", "dr-okafor", "lee")
SITE = "S01"


def alone(world: World, *, device: str = "own pages, link made by lee") -> object:
    """PHQ-9 with thoughts of death, filled by the participant; the risk's id."""
    tell = act.FillForm(participant=PERSON, visit="baseline", form="PHQ-9", answers=answers("PHQ-9", q9=2))
    action = world.action(PERSON, tell)
    action = replace(action, stamp=replace(action.stamp, device=device))
    world.book.perform(action, world.now)
    return world.person.open_risks()[0].root


def people(world: World) -> dict[str, StaffStanding]:
    return {each: world.standing(staff_stream(each)) for each in STAFF}  # type: ignore[misc]


def due(world: World) -> list[int]:
    found = reach.due(
        world.protocol,
        world.person,
        world.now,
        study=world.standing("study/inactive-placebo"),  # type: ignore[arg-type]
        site=world.standing("site/S01"),  # type: ignore[arg-type]
    )
    return [step for _risk, step in found]


def pass_on(world: World, risk: object, to: tuple[str, ...]) -> list[object]:
    tell = act.PassRiskOn(participant=PERSON, risk=risk, to=to)  # type: ignore[arg-type]
    return list(world.told("holdfast", tell, role="system"))


def test_a_physician_who_does_not_treat_is_told_first():
    world = World().consented()
    risk = alone(world)
    assert due(world) == [1]
    day = world.now.date().isoformat()
    assert reach.whom(people(world), world.person, site=SITE, day=day, step=1) == ("dr-okafor",)
    assert reach.whom(people(world), world.person, site=SITE, day=day, step=2) == STAFF
    assert kinds(pass_on(world, risk, ("dr-okafor",))) == ["risk-passed-on"]
    assert due(world) == []


def test_steps_come_after_the_wait_until_it_is_taken_on():
    world = World().consented()
    risk = alone(world)
    pass_on(world, risk, ("dr-okafor",))
    world.later(minutes=28)
    assert due(world) == []
    world.later(minutes=2)
    assert due(world) == [2]
    assert codes(pass_on(world, risk, STAFF)) == ["risk-unanswered"]
    world.later(minutes=31)
    assert due(world) == [3]
    assert codes(pass_on(world, risk, STAFF)) == []
    world.later(hours=5)
    assert due(world) == []


def test_a_risk_taken_on_is_passed_on_no_more():
    world = World().consented()
    risk = alone(world)
    pass_on(world, risk, ("dr-okafor",))
    world.told("dr-okafor", act.AcknowledgeRisk(participant=PERSON, risk=risk, plan="Called."))  # type: ignore[arg-type]
    world.later(hours=1)
    assert due(world) == []
    with pytest.raises(ImpossibleValue, match="Nobody need be told"):
        pass_on(world, risk, STAFF)


def test_nobody_outside_the_pair_tells_the_pair_and_says_so():
    world = World().consented()
    risk = alone(world)
    pair = {each: standing for each, standing in people(world).items() if each != "dr-okafor"}
    day = world.now.date().isoformat()
    assert reach.whom(pair, world.person, site=SITE, day=day, step=1) == ("ana", "ben")
    assert codes(pass_on(world, risk, ("ana", "ben"))) == ["risk-within-pair"]


def test_nobody_at_all_is_a_deviation():
    world = World().consented()
    assert codes(pass_on(world, alone(world), ())) == ["risk-to-nobody"]


def test_a_licence_that_ended_and_a_pharmacist_are_passed_over():
    world = World().consented()
    risk = alone(world)
    assert reach.whom(people(world), world.person, site=SITE, day="2099-01-01", step=1) == ()
    for wrong in (("kim",), ("rae", "dr-okafor"), ("dr-okafor", "lee")):
        with pytest.raises(ImpossibleValue, match="Name those who may"):
            pass_on(world, risk, wrong)


def test_what_staff_sat_beside_is_not_passed_on():
    world = World().consented()
    alone(world, device="web, handed over by lee")
    assert due(world) == []


def test_an_unknown_risk_is_sent_back_and_people_may_not_pass_on():
    world = World().consented()
    risk = alone(world)
    with pytest.raises(UnknownName, match="no raised risk"):
        pass_on(world, uuid4(), ("dr-okafor",))
    tell = act.PassRiskOn(participant=PERSON, risk=risk, to=("dr-okafor",))  # type: ignore[arg-type]
    assert "not-delegated" in codes(world.told("dr-okafor", tell))
