from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, codes, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName


def test_a_visit_in_its_window_has_its_study_day_and_no_deviation():
    world = World().randomised()
    world.later(days=28)
    records = world.hold("week-4")
    assert fact_of(records, "visit-held").study_day == 29
    assert codes(records) == []


@pytest.mark.parametrize(("days", "found"), [(22, True), (23, False), (30, False), (31, True)])
def test_a_visit_outside_its_window_is_recorded_with_the_deviation(days, found):
    # week-4: day 29, five days early to two days late.
    world = World().randomised()
    world.later(days=days)
    assert codes(world.hold("week-4")) == (["visit-out-of-window"] if found else [])


def test_before_randomisation_a_visit_has_no_study_day():
    world = World().consented()
    assert fact_of(world.hold("screening"), "visit-held").study_day is None


def test_a_visit_entered_two_days_late_is_a_late_entry():
    world = World().consented()
    world.later(days=2)
    records = world.hold("screening", ago=timedelta(hours=25))
    assert codes(records) == ["late-entry"]
    assert codes(world.hold("prep-1", ago=timedelta(hours=23))) == ["visit-out-of-window"]


def test_a_second_planned_visit_is_a_deviation_a_repeated_one_is_not():
    world = World().consented()
    world.hold("screening")
    assert codes(world.hold("screening")) == ["visit-held-twice"]
    again = act.HoldVisit(participant=PERSON, visit="screening", occurrence="repeated")
    assert codes(world.told("lee", again)) == []


def test_what_is_yet_to_come_is_sent_back():
    world = World().consented()
    with pytest.raises(ImpossibleValue, match="yet to come") as sent_back:
        world.hold("screening", ago=timedelta(minutes=-3))
    assert sent_back.value.field == "happened_at"
    world.hold("screening", ago=timedelta(minutes=-1))


def test_a_missed_visit_has_a_coded_reason():
    world = World().randomised()
    with pytest.raises(ImpossibleValue, match="no-answer"):
        world.do("lee", act.MissVisit(participant=PERSON, visit="week-4", why="forgot"))
    miss = act.MissVisit(participant=PERSON, visit="week-4", why="too-unwell")
    assert codes(world.told("lee", miss)) == ["visit-missed"]
    assert world.person.visits["week-4"].missed == "too-unwell"


def test_a_follow_up_visit_is_not_given_up_before_five_attempts():
    world = World().randomised()
    contact = act.AttemptContact(
        participant=PERSON, channel="telephone", outcome="no answer", for_visit="follow-up-6-months"
    )
    miss = act.MissVisit(participant=PERSON, visit="follow-up-6-months", why="no-answer")
    for _ in range(4):
        world.told("lee", contact)
    assert codes(world.told("lee", miss)) == ["visit-missed", "too-few-attempts"]
    world.told("lee", contact)
    assert codes(world.told("lee", miss)) == ["visit-missed"]


def test_a_visit_held_late_after_being_recorded_as_missed_counts_as_held():
    world = World().randomised()
    world.told("lee", act.MissVisit(participant=PERSON, visit="week-4", why="no-answer"))
    world.later(days=28)
    world.hold("week-4")
    assert world.person.visits["week-4"].missed == ""


def test_scheduling_is_refused_with_every_reason():
    world = World().randomised()
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    world.told(PERSON, act.WithdrawConsent(participant=PERSON, items=("study",)))
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    ask = act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-04-14")
    assert codes(world.do("rae", ask)) == [
        "role-may-not",
        "consent-missing",
        "withdrawn",
        "treatment-stopped",
    ]


def test_a_held_visit_is_not_scheduled_again_but_a_repeated_one_may_be():
    world = World().screened()
    ask = act.ScheduleVisit(participant=PERSON, visit="screening", on="2026-03-10")
    assert codes(world.do("lee", ask)) == ["visit-held"]
    repeat = act.ScheduleVisit(participant=PERSON, visit="screening", on="2026-03-10", occurrence="repeated")
    assert kinds(world.do("lee", repeat)) == ["visit-scheduled"]


def test_a_visit_of_somebody_who_left_is_recorded_with_a_deviation():
    world = World().randomised()
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    world.later(days=28)
    assert codes(world.hold("week-4")) == ["after-withdrawal"]


def test_unknown_visits_and_words_are_sent_back():
    world = World().consented()
    with pytest.raises(UnknownName, match="no visit 'week-99'"):
        world.hold("week-99")
    with pytest.raises(ImpossibleValue):
        world.do("lee", act.HoldVisit(participant=PERSON, visit="screening", mode="pigeon"))
    with pytest.raises(ImpossibleValue):
        world.do("lee", act.ScheduleVisit(participant=PERSON, visit="screening", on="soon"))


def test_a_visit_other_than_screening_without_consent_is_a_major_deviation():
    world = World().opened()
    prescreen = act.Prescreen(participant=PERSON, referred_by="", prior_mdma="never", outcome="invited")
    world.told("lee", prescreen)
    assert codes(world.hold("screening")) == []
    records = world.hold("prep-1")
    found = [(each.fact.code, each.fact.severity) for each in records if each.kind == "deviation"]
    assert ("visit-without-consent", "major") in found
