"""Retention is counted over everybody who entered; what nobody settled is not known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World
from holdfast.conduct import actions as act
from holdfast.conduct.retention import Wanted, retention, wanted
from programme_world import Programme

SIX = "follow-up-6-months"


def came() -> World:
    world = World().randomised()
    world.hold(SIX)
    return world


def missed(why: str = "moved-away") -> World:
    world = World().randomised()
    world.told("lee", act.MissVisit(participant=PERSON, visit=SIX, why=why))
    return world


def left() -> World:
    world = World().randomised()
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    return world


def test_held_of_settled_with_its_interval_and_the_same_carried_forward():
    worlds = [came(), came(), came(), missed(), left(), World().randomised(), World().screened()]
    now = worlds[0].now
    first, last = retention(worlds[0].protocol, [each.person for each in worlds], now)
    assert (first.visit, first.settled, first.held, first.waiting) == (SIX, 5, 3, 1)
    assert first.missing == {"left": 1, "moved-away": 1}
    # Wilson's interval of 3 of 5, by hand: centre (3 + 1.9207) / 8.8415, half width 0.3258.
    assert first.share == pytest.approx((0.6, 0.2307, 0.8824), abs=1e-4)
    assert first.expected == pytest.approx((3.6, 3.2307, 3.8824), abs=1e-4)
    assert (last.settled, last.held, last.missing) == (1, 0, {"left": 1})


def test_below_five_settled_visits_only_the_counts_are_told():
    worlds = [came(), came(), missed(), left(), World().randomised()]
    first = retention(worlds[0].protocol, [each.person for each in worlds], worlds[0].now)[0]
    assert (first.settled, first.held, first.waiting) == (4, 2, 1)
    assert (first.share, first.expected) == (None, None)


def test_where_nobody_is_settled_nothing_is_known():
    world = World().randomised()
    for each in retention(world.protocol, [world.person], world.now):
        assert (each.settled, each.share, each.expected, each.waiting) == (0, None, None, 1)


def test_who_did_not_enter_counts_nowhere():
    world = World().screened()
    assert all(each.waiting == 0 for each in retention(world.protocol, [world.person], world.now))
    assert wanted(world.protocol, [world.person], world.now) == ()


def test_whose_visit_is_due_is_wanted_with_the_attempts_made():
    world = World().randomised()
    assert wanted(world.protocol, [world.person], world.now) == ()
    tried = act.AttemptContact(participant=PERSON, channel="telephone", outcome="no-answer", for_visit=SIX)
    world.told("lee", tried)
    world.told("lee", tried)
    later = world.now + timedelta(days=600)
    found = wanted(world.protocol, [world.person], later)
    assert [(each.visit, each.tried, each.attempts, each.overdue) for each in found] == [
        (SIX, 2, 5, True),
        ("follow-up-12-months", 0, 5, True),
    ]
    assert wanted(world.protocol, [left().person], later) == ()


FIRST = "follow-up-1-month"


def wanted_now(world: Programme) -> Wanted:
    return next(each for each in wanted(world.protocol, [world.person], world.now) if each.visit == FIRST)


def due_in_a_programme(items: tuple[str, ...] = ()) -> Programme:
    world = Programme(state="NSW").randomised(items)
    while not any(each.visit == FIRST for each in wanted(world.protocol, [world.person], world.now)):
        world.later(days=1)
    return world


def test_the_ladder_is_climbed_one_attempt_after_another_and_each_waits_for_its_day():
    world = due_in_a_programme()
    opened = world.now.date()
    channels, days = [], []
    for _ in range(5):
        step = wanted_now(world).next
        channels.append(step.rung.channel)
        days.append((step.on - opened).days)
        assert not step.due(step.on - timedelta(days=1))
        world.later(days=(step.on - world.now.date()).days)
        tell = act.AttemptContact(
            participant=PERSON, channel=step.rung.channel, outcome="no-answer", for_visit=FIRST
        )
        world.told("lee", tell)
    assert channels == ["telephone", "telephone", "message", "mail", "contact-person"]
    assert days == [0, 2, 5, 10, 20]
    over = wanted_now(world)
    assert (over.next, over.last, over.tried) == (None, "no-answer", 5)


def test_an_attempt_that_needs_a_consent_says_whether_it_was_given():
    for items, agreed in (((), True), (("contact-person",), False)):
        world = due_in_a_programme()
        if items:
            world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=items))
        for _ in range(4):
            tell = act.AttemptContact(
                participant=PERSON, channel="telephone", outcome="no-answer", for_visit=FIRST
            )
            world.told("lee", tell)
        assert wanted_now(world).next.agreed is agreed


def test_a_study_file_without_a_ladder_has_no_next_attempt():
    world = World().randomised()
    world.later(days=400)
    assert all(each.next is None for each in wanted(world.protocol, [world.person], world.now))
