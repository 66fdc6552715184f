from __future__ import annotations

import pytest

from conduct_world import PERSON, World, codes, cssrs, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.followup import StoppedAlone, goes_on, stopped_alone
from holdfast.conduct.reach import ALONE
from holdfast.conduct.standing import Stage
from holdfast.errors import ImpossibleValue, UnknownName

COMPLETE = act.Complete(participant=PERSON)


def test_withdrawal_is_never_refused_and_parts_add_up():
    world = World().randomised()
    assert kinds(world.told(PERSON, act.Withdraw(participant=PERSON, from_=("treatment",), why=""))) == [
        "withdrew"
    ]
    assert world.person.stage is Stage.TREATMENT_STOPPED
    world.told("lee", act.Withdraw(participant=PERSON, from_=("follow-up", "data-use"), why=""))
    assert world.person.withdrawn == ("data-use", "follow-up", "treatment")
    assert world.person.stage is Stage.WITHDRAWN


@pytest.mark.parametrize("parts", [(), ("everything",)])
def test_one_withdraws_from_named_parts(parts):
    with pytest.raises(ImpossibleValue):
        World().consented().do("lee", act.Withdraw(participant=PERSON, from_=parts, why=""))


def test_after_withdrawal_from_follow_up_nothing_is_asked_and_what_is_done_stands_out():
    world = World().randomised()
    world.told(PERSON, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    for ask in (
        act.ScheduleVisit(participant=PERSON, visit="week-4", on="2026-05-10"),
        act.AssignRater(participant=PERSON, visit="week-4", raters=("rae",), draw=0.0),
        COMPLETE,
    ):
        assert "withdrawn" in codes(world.do("lee", ask))
    assert codes(world.fill("dr-okafor", "week-4", "C-SSRS", cssrs())) == ["after-withdrawal"]
    contact = act.AttemptContact(participant=PERSON, channel="telephone", outcome="spoke", for_visit="")
    assert codes(world.told("lee", contact)) == ["contact-after-withdrawal"]
    # A visit that somebody who left does not come to is no deviation.
    assert codes(world.told("lee", act.MissVisit(participant=PERSON, visit="week-4", why="declined"))) == []


def test_stopping_treatment_needs_a_reason_and_stops_doses_only():
    world = World().kitted()
    with pytest.raises(ImpossibleValue):
        world.do("dr-okafor", act.StopTreatment(participant=PERSON, why=""))
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    assert codes(world.do("ana", world.start_ask())) == ["treatment-stopped"]
    rating = act.ScheduleVisit(participant=PERSON, visit="week-4", on="2026-05-10")
    assert kinds(world.do("lee", rating)) == ["visit-scheduled"]


def test_completion_is_refused_with_every_reason():
    world = World().randomised()
    world.fill("dr-okafor", "week-4", "C-SSRS", cssrs(q1=True))
    event = act.ReportAdverseEvent(
        participant=PERSON,
        term="Fracture",
        onset="2026-04-12",
        end="",
        severity="severe",
        serious=True,
        criteria=("hospitalisation",),
        related="not-related",
        special_interest="",
        visit="",
    )
    world.told("lee", event)
    refused = world.do("lee", COMPLETE)
    assert codes(refused) == ["visits-open", "serious-unreported", "risk-open"]
    assert "week-18" in refused.reasons[0].sentence
    assert "screening" not in refused.reasons[0].sentence


def test_who_never_entered_does_not_complete():
    assert codes(World().screened().do("lee", COMPLETE))[0] == "not-randomised"


def test_completion_after_a_stopped_treatment_needs_the_ratings_only():
    world = World().randomised()
    world.told("dr-okafor", act.StopTreatment(participant=PERSON, why="QTc"))
    for visit in ("week-4", "week-8", "week-18", "follow-up-6-months", "follow-up-12-months"):
        world.told("lee", act.MissVisit(participant=PERSON, visit=visit, why="declined"))
    records = world.told("lee", COMPLETE)
    assert (kinds(records), records[0].fact.last_visit) == (["completed"], "baseline")
    assert world.person.stage is Stage.COMPLETED
    assert codes(world.do("lee", COMPLETE)) == ["completed"]


def test_an_intercurrent_event_is_one_the_protocol_names():
    world = World().randomised()
    tell = act.ReportIntercurrentEvent(participant=PERSON, event="ssri-restart", visit="week-4", detail="")
    assert kinds(world.told("lee", tell)) == ["intercurrent-event"]
    assert world.person.intercurrent == (("ssri-restart", "week-4"),)
    wrong = act.ReportIntercurrentEvent(participant=PERSON, event="holiday", visit="week-4", detail="")
    with pytest.raises(UnknownName):
        world.do("lee", wrong)


def test_a_course_is_not_closed_while_a_session_is_open():
    world = World().dosed()
    refused = world.do("lee", act.Complete(participant=PERSON))
    assert "previous-session-open" in codes(refused)


STOP_TREATMENT = act.Withdraw(participant=PERSON, from_=("treatment",), why="")
CALL = act.AttemptContact(participant=PERSON, channel="telephone", outcome="no-answer", for_visit="")


def alone(world, what):
    """The participant says it on their own pages."""
    return world.told(PERSON, what, device=f"{ALONE}, link made by lee")


def test_who_stops_alone_is_to_be_called_until_somebody_tries():
    world = World().randomised()
    world.told("lee", CALL)
    assert stopped_alone(world.person) is None
    world.later(hours=1)
    alone(world, STOP_TREATMENT)
    assert stopped_alone(world.person) == StoppedAlone(("treatment",), world.now.date())
    world.later(hours=1)
    world.told("lee", CALL)
    assert stopped_alone(world.person) is None
    world.later(hours=1)
    alone(world, act.Withdraw(participant=PERSON, from_=("data-use",), why=""))
    assert stopped_alone(world.person) == StoppedAlone(("data-use",), world.now.date())


def test_the_one_call_after_a_stop_that_nobody_heard_is_no_deviation_and_the_next_is():
    world = World().randomised()
    alone(world, act.Withdraw(participant=PERSON, from_=("follow-up",), why=""))
    world.later(hours=1)
    assert codes(world.told("lee", CALL)) == []
    world.later(hours=1)
    assert codes(world.told("lee", CALL)) == ["contact-after-withdrawal"]


def test_what_staff_wrote_down_of_a_withdrawal_asks_for_no_call():
    world = World().randomised()
    world.told("lee", STOP_TREATMENT)
    assert stopped_alone(world.person) is None


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        (("treatment",), ("follow-up", "data-use")),
        (("follow-up",), ("data-use",)),
        (("data-use",), ()),
    ],
)
def test_what_goes_on_after_a_part_is_stopped(parts, left):
    world = World().randomised()
    assert goes_on(world.protocol, world.person, parts) == left
