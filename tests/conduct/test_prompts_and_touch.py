from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.rounds import rounds_now
from holdfast.conduct.safety import OUTCOMES
from holdfast.conduct.touch import asked_to_stop, touches_now
from holdfast.errors import ImpossibleValue
from holdfast.records.correction import flagged
from holdfast.records.safety import AdverseEvent
from holdfast.records.study import CredentialRecorded

PERSONAL, ROOM = f"participant/{PERSON}", f"session/{PERSON}/dosing-1"


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
    assert higher[1].reason == "Effects asked for at hour 2."
    assert kinds(rate(world, 4, euphoria=2)) == ["prompts-rated"]
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


# --- the course of an effect ----------------------------------------------------------------


def the_event(world: World) -> AdverseEvent:
    (event,) = world.person.events.values()
    return event.fact


def moment(world: World, hours: float) -> str:
    return (world.standing(ROOM).t0.at + timedelta(hours=hours)).isoformat()


def at(world: World, hours: float) -> World:
    world.now = world.standing(ROOM).t0.at + timedelta(hours=hours)
    return world


def test_an_effect_begins_peaks_ends_and_is_open_again_when_it_comes_back():
    world = World().dosed()
    rate(at(world, 1), 1, euphoria=0)
    rate(at(world, 2), 2, euphoria=1)
    assert (the_event(world).onset, the_event(world).end) == (moment(world, 2), "")
    rate(at(world, 4), 4, euphoria=3)
    rate(at(world, 6), 6, euphoria=0)
    ended = the_event(world)
    assert (ended.onset, ended.peak, ended.end) == tuple(moment(world, hours) for hours in (2, 4, 6))
    assert (ended.severity, ended.rated) == ("severe", {"observer": 3})
    rate(at(world, 8), 8, by="participant", euphoria=1)
    again = the_event(world)
    assert (again.end, again.peak, again.severity) == ("", moment(world, 4), "severe")
    assert again.rated == {"observer": 3, "participant": 1}
    rate(at(world, 23), 24, by="participant", euphoria=0)
    assert the_event(world).end == moment(world, 23)
    assert [each.root for each in world.person.events.values()] == [
        world.person.prompted["dosing-1", "euphoria"]
    ]


def test_of_an_hour_that_both_rated_the_higher_counts_and_both_are_named():
    world = World().dosed()
    rate(at(world, 8), 8, nausea=1)
    rate(at(world, 8.2), 8, by="participant", nausea=2)
    rate(at(world, 8.3), 8, euphoria=0)
    event = the_event(world)
    assert (event.severity, event.rated) == ("moderate", {"observer": 1, "participant": 2})
    assert (event.onset, event.peak) == (moment(world, 8), moment(world, 8.2))
    kept = [each.fact.rated_by for each in world.standing(ROOM).history if each.kind == "prompts-rated"]
    assert kept == ["observer", "participant", "observer"]


def test_a_zero_by_one_does_not_end_what_the_other_still_sees_in_the_same_hour():
    world = World().dosed()
    rate(at(world, 6), 6, nausea=2)
    rate(at(world, 8), 8, nausea=0)
    assert the_event(world).end == moment(world, 8)
    rate(at(world, 8.1), 8, by="participant", nausea=1)
    assert the_event(world).end == ""


def test_a_round_entered_late_takes_its_place_in_the_course():
    world = World().dosed()
    rate(at(world, 4), 4, nausea=1)
    rate(at(world, 6), 6, nausea=0)
    tell = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=2, rated_by="observer", ratings={"nausea": 2}
    )
    world.told("ana", tell, ago=timedelta(hours=4))
    event = the_event(world)
    assert (event.onset, event.peak, event.end) == (moment(world, 2), moment(world, 2), moment(world, 6))
    assert event.severity == "moderate"


def test_an_effect_not_answered_for_neither_ends_nor_opens_an_event():
    world = World().dosed()
    rate(at(world, 4), 4, nausea=1)
    rate(at(world, 6), 6, nausea={"absent": "refused"}, euphoria={"absent": "refused"})
    assert the_event(world).end == ""
    assert len(world.person.events) == 1


def test_a_closed_event_is_open_again_when_its_effect_is_there_again():
    world = World().dosed()
    root = rate(at(world, 4), 4, nausea=1)[1].id
    close = act.CloseAdverseEvent(participant=PERSON, event=root, outcome="recovered", end="")
    world.later(minutes=5).told("dr-okafor", close)
    assert not world.person.events[root].open
    rate(at(world, 6), 6, nausea=0)
    assert not world.person.events[root].open
    back = rate(at(world, 8), 8, by="participant", nausea=1)
    assert kinds(back) == ["prompts-rated", "adverse-event", "adverse-event-closed"]
    assert (back[2].fact.outcome, back[2].author) == ("", "holdfast")
    assert world.person.events[root].open


# --- nobody makes an event nothing -------------------------------------------------------------


def rated_event(world: World) -> tuple:
    records = rate(at(world, 4), 4, euphoria=2)
    return world, records[0], records[1]


def amended(world: World, record, fact, stream: str = PERSONAL) -> list:
    return world.told(
        "dr-okafor", act.Amend(stream=stream, record=record.id, fact=fact), reason="looked at again"
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"severity": "none"}, "severity"),
        ({"severity": ""}, "severity"),
        ({"severity": "mild"}, "severity"),
        ({"term": "Felt well"}, "term"),
        ({"term": ""}, "term"),
        ({"special_interest": ""}, "special_interest"),
        ({"special_interest": "cardiovascular"}, "special_interest"),
        ({"source": "spontaneous"}, "source"),
        ({"prompt": ""}, "prompt"),
        ({"visit": ""}, "visit"),
        ({"peak": ""}, "peak"),
        ({"rated": {}}, "rated"),
        ({"related": "not-an-event"}, "related"),
        ({"onset": ""}, "onset"),
    ],
)
def test_no_correction_takes_from_a_pleasant_event_what_makes_it_one(changes, field):
    world, _rated, event = rated_event(World().dosed())
    with pytest.raises(ImpossibleValue) as sent_back:
        amended(world, event, replace(event.fact, **changes))
    assert sent_back.value.field == field
    assert the_event(world) == event.fact


def test_a_record_of_another_kind_does_not_replace_it():
    world, _rated, event = rated_event(World().dosed())
    other = CredentialRecorded(person="ana", credential="licence", valid_until="2030-01-01")
    with pytest.raises(ImpossibleValue):
        amended(world, event, other)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("related", ["not-related", "definite"])
def test_whatever_is_judged_of_it_it_stays_an_event(outcome, related):
    world, _rated, event = rated_event(World().dosed())
    amended(world, event, replace(event.fact, related=related))
    close = act.CloseAdverseEvent(participant=PERSON, event=event.id, outcome=outcome, end="")
    world.later(hours=1).told("dr-okafor", close)
    state = world.person.events[event.id]
    assert (state.fact.severity, state.fact.special_interest, state.outcome) == (
        "moderate",
        "abuse-potential",
        outcome,
    )


def test_people_may_judge_it_graver_and_a_later_rating_does_not_undo_that():
    world, _rated, event = rated_event(World().dosed())
    amended(world, event, replace(event.fact, severity="severe", related="probable"))
    rate(at(world, 6), 6, euphoria=1)
    rate(at(world, 8), 8, by="participant", euphoria=0)
    found = the_event(world)
    assert (found.severity, found.related, found.end) == ("severe", "probable", moment(world, 8))


def test_a_corrected_rating_changes_its_event_and_makes_new_ones():
    world, rated, event = rated_event(World().dosed())
    told = amended(world, rated, replace(rated.fact, ratings={"euphoria": 1, "nausea": 3}), stream=ROOM)
    assert kinds(told) == ["prompts-rated", "adverse-event", "adverse-event", "deviation"]
    assert codes(told) == ["corrected-by-another"]
    found = {each.fact.prompt: each.fact for each in world.person.events.values()}
    assert {code: each.severity for code, each in found.items()} == {"euphoria": "mild", "nausea": "severe"}
    assert found["euphoria"].onset == event.fact.onset


def test_a_rating_corrected_to_nothing_leaves_the_event_standing_and_flagged():
    world, rated, event = rated_event(World().dosed())
    amended(world, rated, replace(rated.fact, ratings={"euphoria": 0}), stream=ROOM)
    assert the_event(world) == event.fact
    assert event.id in flagged(world.book.records)


def test_whose_rating_it_was_is_not_corrected():
    world, rated, _event = rated_event(World().dosed())
    with pytest.raises(ImpossibleValue) as sent_back:
        amended(world, rated, replace(rated.fact, rated_by="participant"), stream=ROOM)
    assert sent_back.value.field == "rated_by"


# --- who rates, and what was not rated --------------------------------------------------------------


def states(world: World) -> dict:
    return {
        (each.hour, each.by): each.state
        for each in rounds_now(world.protocol, world.standing(ROOM), world.now)
    }


def test_the_observer_rates_in_the_session_and_the_participant_at_its_end_and_the_next_morning():
    world = World().dosed()
    assert list(states(world)) == [
        *((hour, "observer") for hour in (1, 2, 4, 6)),
        (8, "participant"),
        (24, "participant"),
    ]
    at(world, 2.25)
    assert [states(world)[hour, "observer"] for hour in (1, 2, 4)] == ["overdue", "due", "upcoming"]
    rate(at(world, 8), 8, nausea=0)
    assert states(world)[8, "participant"] == "due"
    rate(world, 8, by="participant", nausea=0)
    assert states(world)[8, "participant"] == "rated"


def test_a_participant_rates_as_themself_and_what_another_enters_for_them_is_a_deviation():
    world = at(World().dosed(), 8)
    tell = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=8, rated_by="participant", ratings={"nausea": 0}
    )
    assert codes(world.told("ana", tell)) == ["prompts-by-another"]
    with pytest.raises(ImpossibleValue) as sent_back:
        world.told(PERSON, replace(tell, rated_by="observer"))
    assert sent_back.value.field == "rated_by"


def missed(world: World, hour: float, by: str = "observer", *, asked: bool, why: str = "asleep") -> list:
    tell = act.MissPrompts(
        participant=PERSON, visit="dosing-1", at_hour=hour, rated_by=by, asked=asked, why=why
    )
    return world.told("ana", tell)


def test_asked_and_not_answered_is_another_thing_than_never_asked():
    world = at(World().dosed(), 8)
    records = missed(world, 4, asked=False)
    assert kinds(records) == ["prompts-missed", "deviation"]
    assert codes(records) == ["prompts-missed"]
    assert records[1].fact.severity == "minor"
    assert codes(missed(world, 8, "participant", asked=True, why="would not")) == ["prompts-missed"]
    assert (states(world)[4, "observer"], states(world)[8, "participant"]) == ("not-asked", "unanswered")
    rate(world, 4, nausea=0)
    assert states(world)[4, "observer"] == "rated"


@pytest.mark.parametrize(("hour", "why", "field"), [(4, "", "why"), (1, "asleep", "at_hour")])
def test_a_missed_round_says_why_and_is_none_that_was_rated(hour, why, field):
    world = at(World().dosed(), 4)
    rate(world, 1, nausea=0)
    with pytest.raises(ImpossibleValue) as sent_back:
        missed(world, hour, asked=False, why=why)
    assert sent_back.value.field == field


def test_rounds_that_nobody_asked_for_are_recorded_when_the_participant_leaves():
    world = World().ended()
    for hour in (1, 2, 4):
        rate(world, hour, euphoria=0)
    records = left(at(world, 22))
    missing = [each.fact for each in records if each.kind == "prompts-missed"]
    assert [(each.at_hour, each.rated_by, each.asked) for each in missing] == [
        (6, "observer", False),
        (8, "participant", False),
        (24, "participant", False),
    ]
    assert codes(records).count("prompts-missed") == 1
    told = next(each.fact.what for each in records if getattr(each.fact, "code", "") == "prompts-missed")
    assert told == (
        "Effects were not asked for by name: hour 6 (observer), hour 8 (participant), hour 24 (participant)."
    )


def test_who_leaves_before_the_morning_is_not_missed_in_it():
    world = World().ended()
    for hour in (1, 2, 4, 6):
        rate(world, hour, euphoria=0)
    rate(world, 8, by="participant", euphoria=0)
    records = left(world)
    assert "discharged" in kinds(records)
    assert "prompts-missed" not in [*kinds(records), *codes(records)]


def left(world: World) -> list:
    world.vitals(None)
    world.suds(1)
    records = world.discharge()
    assert isinstance(records, list), records
    return records


# --- touch only shrinks ---------------------------------------------------------------------------------


def stand(world: World, kind: str = "hand"):
    found = touches_now(world.protocol, world.person, world.standing(ROOM), world.now)
    return next(each for each in found if each.kind == kind)


def test_no_permission_is_added_in_the_session_and_one_withdrawn_is_gone_at_once():
    world = World().dosed(("touch-hand",))
    more = act.GiveConsent(
        participant=PERSON,
        items=(*world.person.consents, "touch-embrace"),
        language="en",
        explained_by="dr-okafor",
    )
    assert codes(world.do("dr-okafor", more)) == ["under-drug-effect"]
    assert stand(world).may
    world.later(minutes=1).told("ana", act.WithdrawConsent(participant=PERSON, items=("touch-hand",)))
    assert (stand(world).may, stand(world).withdrawn.at) == (False, world.now)
    assert codes(world.do("dr-okafor", replace(more, items=("touch-hand",)))) == ["under-drug-effect"]


def test_a_touch_asked_for_after_a_no_touch_agreement_is_to_be_declined():
    world = World().dosed()
    touch(world, "asked", "embrace", by=PERSON)
    assert (stand(world, "embrace").to_decline, stand(world, "hand").to_decline) == (True, False)
    touch(world.later(minutes=1), "declined", "embrace", by="ben")
    assert not stand(world, "embrace").to_decline
    given = touch(world.later(minutes=1), "given", "embrace")
    assert kinds(given) == ["touch-recorded", "deviation", "alarm-raised"]
    assert given[2].fact.action == "Stop the touch now. Tell the physician and the site's independent person."


def test_a_stop_is_said_of_every_touch_and_holds_until_they_ask_themselves():
    world = World().dosed(("touch-hand", "touch-shoulder"))
    stop = touch(world, "stopped", "all", by=PERSON)
    assert kinds(stop) == ["touch-recorded"]
    assert asked_to_stop(world.standing(ROOM), world.now).at == world.now
    assert (stand(world).agreed, stand(world).may) == (True, False)
    assert codes(touch(world.later(minutes=1), "given")) == ["touch-without-permission"]
    assert codes(touch(world.later(minutes=1), "offered")) == ["touch-offered-without-permission"]
    touch(world.later(minutes=1), "asked", by=PERSON)
    assert (stand(world).may, stand(world, "shoulder").may) == (True, False)
    assert codes(touch(world.later(minutes=1), "given")) == []
    assert codes(touch(world, "given", "shoulder")) == ["touch-without-permission"]


def test_asking_again_after_a_stop_gives_no_more_than_was_agreed_to():
    world = World().dosed()
    touch(world, "stopped", "all", by=PERSON)
    touch(world.later(minutes=1), "asked", by=PERSON)
    assert not stand(world).may
    assert codes(touch(world.later(minutes=1), "given")) == ["touch-without-permission"]


def test_a_touch_that_ended_by_itself_is_no_stop():
    world = World().dosed(("touch-hand",))
    touch(world, "stopped", by="ana")
    assert stand(world).may


def test_only_a_stop_is_of_every_kind():
    with pytest.raises(ImpossibleValue) as sent_back:
        touch(World().dosed(), "given", "all")
    assert sent_back.value.field == "kind_"
