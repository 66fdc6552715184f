"""Distress at leaving is held against distress before the dose."""

from __future__ import annotations

import pytest

from conduct_world import PERSON, World, codes, cssrs
from holdfast.conduct import actions as act

LEAVE = "discharge"


def morning(before: float | None, now: float | None) -> World:
    world = World().kitted()
    world.told("ana", world.start_ask())
    world.fill("ana", "dosing-1", "C-SSRS", cssrs())
    world.record("started")
    if before is not None:
        world.suds(before)
    world.vitals(-5)
    world.ask_dose()
    world.later(minutes=5).give()
    world.later(minutes=480).vitals(480)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    world.give_back()
    world.hand_over()
    world.later(hours=14).vitals()
    world.fill("ana", "morning-1", "C-SSRS", cssrs())
    if now is not None:
        world.suds(now)
    return world


def about(decision: object) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in getattr(decision, "reasons", ())]


@pytest.mark.parametrize(("before", "now"), [(2, 2), (2, 0), (4, 4)])
def test_back_at_the_baseline_the_participant_may_leave(before, now):
    assert about(morning(before, now).discharge()) == []


def test_above_the_baseline_a_physician_judges():
    world = morning(1, 3)
    assert about(world.discharge()) == [("gate-fails", "distress-settled")]
    override = act.OverrideGate(participant=PERSON, visit="dosing-1", step=LEAVE, item="distress-settled")
    assert codes(world.told("dr-okafor", override, reason="Grief, not distress; we spoke.")) == [
        "gate-overridden"
    ]
    assert about(world.discharge()) == []


def test_a_high_baseline_does_not_let_somebody_leave_above_the_limit():
    assert about(morning(8, 7).discharge()) == [
        ("gate-fails", "distress-settled"),
        ("limit-passed", "distress-at-discharge"),
    ]


def test_where_nobody_asked_before_the_dose_the_baseline_is_unknown():
    assert about(morning(None, 1).discharge()) == [("gate-unknown", "distress-settled")]


def test_an_old_rating_does_not_pass_for_the_one_at_leaving():
    assert about(morning(2, None).discharge()) == [("gate-unknown", "distress-settled")]


def test_the_last_rating_before_the_dose_is_the_baseline_in_whatever_order_they_come():
    world = World().started()
    world.suds(4)
    world.later(minutes=3).suds(3)
    world.vitals(-5)
    world.ask_dose()
    world.later(minutes=5).give()
    world.later(minutes=30).suds(7)
    assert world.session().suds_baseline.value == 3
