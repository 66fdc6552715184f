from __future__ import annotations

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue


def rate(world: World, hour: float, by: str = "observer", **ratings) -> list:
    given = {code.replace("_", "-"): rating for code, rating in ratings.items()}
    tell = act.RatePrompts(participant=PERSON, visit="dosing-1", at_hour=hour, rated_by=by, ratings=given)
    return world.told("ana" if by == "observer" else PERSON, tell)


def touch(world: World, what: str, kind: str = "hand", by: str = "ana", who: str = "ben") -> list:
    return world.told(who, act.RecordTouch(participant=PERSON, visit="dosing-1", act=what, kind_=kind, by=by))


def test_euphoria_is_an_adverse_event_and_no_outcome_says_it_was_none():
    world = World().dosed().later(hours=1)
    records = rate(world, 1, euphoria=2, nausea=0, jaw_tightness=1)
    assert kinds(records) == ["prompts-rated", "adverse-event", "adverse-event"]
    euphoria, jaw = records[1].fact, records[2].fact
    assert (euphoria.prompt, euphoria.severity, euphoria.special_interest) == (
        "euphoria",
        "moderate",
        "abuse-potential",
    )
    assert (jaw.prompt, jaw.severity, jaw.special_interest) == ("jaw-tightness", "mild", "")
    assert {each.fact.source for each in records[1:]} == {"prompted"}
    for outcome in ("not-an-event", "dismissed", ""):
        close = act.CloseAdverseEvent(participant=PERSON, event=records[1].id, outcome=outcome, end="")
        with pytest.raises(ImpossibleValue, match="Expected one of recovered"):
            world.do("dr-okafor", close)


def test_one_event_per_item_and_session_and_a_higher_rating_amends_it():
    world = World().dosed().later(hours=1)
    first = rate(world, 1, euphoria=1)[1]
    assert kinds(rate(world, 2, euphoria=1)) == ["prompts-rated"]
    higher = rate(world.later(hours=1), 2, euphoria=3)
    assert kinds(higher) == ["prompts-rated", "adverse-event"]
    assert (higher[1].corrects, higher[1].fact.severity) == (first.id, "severe")
    assert higher[1].reason == "Rated severe at hour 2."
    assert kinds(rate(world, 4, by="participant", euphoria=2)) == ["prompts-rated"]
    (event,) = world.person.events.values()
    assert (event.root, event.fact.severity, event.fact.onset) == (first.id, "severe", first.fact.onset)


def test_an_unrated_prompt_has_its_reason_and_makes_no_event():
    world = World().dosed()
    assert kinds(rate(world, 1, euphoria={"absent": "not_asked"})) == ["prompts-rated"]


@pytest.mark.parametrize("ratings", [{"euphoria": 4}, {"euphoria": True}, {"bliss": 1}, {"euphoria": 1.5}])
def test_a_rating_that_cannot_be_is_sent_back(ratings):
    with pytest.raises(ImpossibleValue) as sent_back:
        rate(World().dosed(), 1, **ratings)
    assert sent_back.value.field == next(iter(ratings))


def test_a_touch_agreed_to_is_recorded_as_permitted():
    world = World().dosed(("touch-hand",))
    records = touch(world, "given")
    assert kinds(records) == ["touch-recorded"]
    assert records[0].fact.permitted


def test_a_touch_without_permission_is_recorded_and_alarms():
    world = World().dosed(("touch-hand",))
    records = touch(world, "given", "embrace")
    assert kinds(records) == ["touch-recorded", "deviation", "alarm-raised"]
    assert not records[0].fact.permitted
    assert codes(records) == ["touch-without-permission"]
    assert records[2].fact.priority == "high"


def test_a_permission_withdrawn_in_the_session_counts_at_once():
    world = World().dosed(("touch-hand",))
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("touch-hand",)))
    assert codes(touch(world, "given")) == ["touch-without-permission"]


def test_asking_for_touch_after_a_no_touch_agreement_adds_no_permission():
    world = World().dosed()
    assert kinds(touch(world, "asked", by=PERSON)) == ["touch-recorded"]
    assert codes(touch(world, "given")) == ["touch-without-permission"]
    assert codes(touch(world, "offered")) == ["touch-offered-without-permission"]


def test_an_unknown_act_is_sent_back():
    with pytest.raises(ImpossibleValue):
        touch(World().dosed(), "imagined")
