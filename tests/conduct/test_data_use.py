"""Withdrawal from the use of data: what ends in a trial, what goes on in a programme, what is a deviation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conduct_world import PERSON, World, answers, caps, codes, cssrs, fact_of, kinds
from holdfast.conduct import actions as act
from holdfast.conduct import outlook, own_forms
from holdfast.conduct.outlook import VisitOutlook
from holdfast.conduct.standing import Stage, StudyStanding
from holdfast.records.enrolment import ConsentWithdrawn
from programme_world import Programme

GONE = act.Withdraw(participant=PERSON, from_=("data-use",), why="")
USES = ("registry", "data-sharing", "recording-teaching")
TOUCH = ("touch-hand",)


def withdrawn(world: World) -> World:
    world.told(PERSON, GONE)
    return world


def states(world: World) -> dict[str, VisitOutlook]:
    rows = outlook.schedule(world.protocol, world.person, world.now)
    return {row.visit.code: row.state for row in rows}


# --- in a trial: nothing more is recorded for research ------------------------------------------


def test_the_record_says_what_ended_and_the_optional_uses_end_with_it():
    world = World().randomised((*USES, *TOUCH))
    records = world.told(PERSON, GONE)
    assert kinds(records) == ["withdrew", "consent-withdrawn"]
    assert records[0].fact.ends == ("collection",)
    ended = records[1]
    assert ended.fact == ConsentWithdrawn(items=("recording-teaching", "data-sharing", "registry"))
    assert (ended.because, ended.author) == (records[0].id, "holdfast")
    assert "touch-hand" in world.person.consents
    assert not set(USES) & set(world.person.consents)


def test_withdrawal_from_anything_else_ends_no_consent_and_no_recording():
    world = World().randomised(USES)
    records = world.told(PERSON, act.Withdraw(participant=PERSON, from_=("treatment",), why=""))
    assert kinds(records) == ["withdrew"]
    assert records[0].fact.ends == ()
    assert world.person.stage is Stage.TREATMENT_STOPPED
    assert "registry" in world.person.consents


def test_nothing_is_asked_any_more():
    world = World().randomised()
    assert VisitOutlook.DROPPED not in states(world).values()
    withdrawn(world)
    assert (world.person.stage, world.person.stopped, world.person.left) == (Stage.WITHDRAWN, True, True)
    waiting = {code: state for code, state in states(world).items() if state is not VisitOutlook.DONE}
    assert set(waiting.values()) == {VisitOutlook.DROPPED}
    assert (
        own_forms.to_fill(world.protocol, world.person, world.now, study=StudyStanding(stream="study/s"))
        == ()
    )
    assert outlook.next_action(world.protocol, world.person, world.now) is None
    for ask in (
        act.ScheduleVisit(participant=PERSON, visit="week-4", on="2026-05-10"),
        act.AssignRater(participant=PERSON, visit="week-4", raters=("rae",), draw=0.0),
        act.Complete(participant=PERSON),
    ):
        assert "withdrawn" in codes(world.do("lee", ask))
    assert "data-use-withdrawn" in codes(
        world.do("lee", act.AssignRater(participant=PERSON, visit="week-4", raters=("rae",), draw=0.0))
    )


def test_what_is_recorded_for_research_nevertheless_stands_out():
    world = withdrawn(World().randomised()).later(days=28)
    own = world.fill(PERSON, "week-4", "PCL-5", answers("PCL-5"))
    assert "after-data-use-withdrawal" in codes(own)
    assert "after-withdrawal" not in codes(own)
    rating = world.fill("rae", "week-4", "CAPS-5", caps())
    assert "after-data-use-withdrawal" in codes(rating)
    assert "after-data-use-withdrawal" in codes(world.hold("week-4"))
    # A visit that somebody who withdrew does not come to is no deviation.
    assert codes(world.told("lee", act.MissVisit(participant=PERSON, visit="week-8", why="declined"))) == []


def test_harm_is_told_and_suicidality_is_asked_as_before():
    world = withdrawn(World().dosed()).later(days=1)
    assert "after-data-use-withdrawal" not in codes(world.fill("dr-okafor", "dosing-1", "C-SSRS", cssrs()))
    event = act.ReportAdverseEvent(
        participant=PERSON,
        term="Fall",
        onset="2026-04-14",
        end="",
        severity="mild",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest="",
        visit="",
    )
    assert codes(world.told(PERSON, event)) == []


def test_a_session_under_way_is_seen_through():
    world = World().dosed()
    withdrawn(world.later(minutes=20))
    assert codes(world.vitals(15)) == []
    # No more drug is given: treatment in a trial is research.
    assert "treatment-stopped" in codes(world.do("ana", act.AskDose(
        participant=PERSON, visit="dosing-1", step="s1-supplemental", confirmed={}
    )))  # fmt: skip


def test_a_reading_before_it_that_is_entered_after_it_is_no_deviation():
    world = World().randomised().later(days=28)
    withdrawn(world)
    late = world.fill("rae", "week-4", "CAPS-5", caps(), ago=timedelta(hours=2))
    assert "after-data-use-withdrawal" not in codes(late)


def test_a_withdrawal_that_was_a_slip_is_corrected_and_what_it_ended_is_open_again():
    world = World().randomised(USES)
    record = world.told(PERSON, GONE)[0]
    right = type(record.fact)(from_=("treatment",), why="", ends=("collection",))
    slip = act.Amend(stream=record.stream, record=record.id, fact=right)
    made = world.told("lee", slip, reason="ticked the wrong box")
    assert made[0].fact.ends == ()
    assert world.person.stage is Stage.TREATMENT_STOPPED
    # A consent is asked for anew: no correction grants one.
    assert "registry" not in world.person.consents


def test_a_withdrawal_corrected_to_take_in_the_use_of_data_ends_what_that_ends():
    world = World().randomised(USES)
    record = world.told("lee", act.Withdraw(participant=PERSON, from_=("treatment",), why=""))[0]
    right = type(record.fact)(from_=("treatment", "data-use"), why="")
    slip = act.Amend(stream=record.stream, record=record.id, fact=right)
    made = world.told("lee", slip, reason="said both")
    assert kinds(made) == ["withdrew", "consent-withdrawn"]
    assert made[0].fact.ends == ("collection",)
    assert world.person.collection_ended
    assert "registry" not in world.person.consents


# --- in a programme: treatment goes on ------------------------------------------------------------


def test_in_a_programme_treatment_and_its_visits_go_on():
    world = withdrawn(Programme().kitted(USES))
    person = world.person
    assert (person.left, person.stopped, person.collection_ended) == (False, False, False)
    assert "registry" not in person.consents
    assert "data-use-withdrawn" not in codes(world.do("ana", world.start_ask()))
    found = states(world)
    assert found["dosing-2"] is not VisitOutlook.DROPPED
    assert found["integration-1-2"] is not VisitOutlook.DROPPED
    kinds_of = {visit.code: visit.kind.value for visit in world.protocol.visits}
    research = {code for code, kind in kinds_of.items() if kind in ("assessment", "follow-up")}
    assert research
    assert {found[code] for code in research} == {VisitOutlook.DROPPED}


def test_in_a_programme_questionnaires_and_ratings_end_and_records_of_care_do_not():
    world = withdrawn(Programme().randomised()).later(minutes=1)
    assert (
        own_forms.to_fill(world.protocol, world.person, world.now, study=StudyStanding(stream="study/s"))
        == ()
    )
    fill = act.FillForm(
        participant=PERSON, visit="baseline", form="PCL-5", answers=answers("PCL-5"), occurrence="repeated"
    )
    assert codes(world.told(PERSON, fill)) == ["after-data-use-withdrawal"]
    assert "after-data-use-withdrawal" not in codes(world.later(minutes=1).hold("dosing-1"))
    research = next(v.code for v in world.protocol.visits if v.kind.value == "follow-up")
    ask = act.ScheduleVisit(participant=PERSON, visit=research, on="2026-12-10")
    assert codes(world.do("lee", ask)) == ["data-use-withdrawn"]


@pytest.mark.parametrize("make", [World, Programme])
def test_it_is_never_refused_and_twice_is_once(make):
    world = make().consented(USES)
    assert kinds(world.told(PERSON, GONE)) == ["withdrew", "consent-withdrawn"]
    assert kinds(world.told("lee", GONE)) == ["withdrew"]
    assert fact_of(world.told("lee", GONE), "withdrew").from_ == ("data-use",)
