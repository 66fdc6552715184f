"""A programme's lists: approvals that end, whom that stops, and what is to be done for whom, in its order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from conduct_world import PERSON, SITE, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.programme import why_not
from holdfast.conduct.programme_outlook import (
    ApprovalNow,
    Step,
    ToDoInProgramme,
    approvals,
    dosed_since,
    reports_due,
    stopped_by,
    to_do,
)
from holdfast.conduct.readiness import Item, State, readiness
from holdfast.errors import ImpossibleValue
from holdfast.protocol.roles import Role
from programme_world import Programme


def here(world: Programme) -> tuple[ApprovalNow, ...]:
    study, site = world.standing("study/authorised-prescriber"), world.standing(f"site/{SITE}")
    return approvals(world.protocol, site, study=study, day=world.now.date())


def todo(world: Programme) -> tuple[ToDoInProgramme, ...]:
    return to_do(world.protocol, [world.person], world.standing(f"site/{SITE}"), world.now)


def ended(world: Programme) -> Programme:
    world.told("lee", act.EndAuthority(approval="AP-1", why="Suspended by the regulator."))
    return world


@pytest.mark.parametrize(("days", "soon"), [(61, False), (60, True), (0, True)])
def test_an_approval_that_ends_within_sixty_days_is_told_of(days: int, soon: bool):
    world = Programme().opened()
    last = (world.now.date() + timedelta(days=days)).isoformat()
    world.told("lee", world.authority(valid_until=last))
    (found,) = here(world)
    assert (found.in_force, found.left, found.soon) == (True, days, soon)


def test_the_ethics_approval_counts_where_it_ends_first():
    world = Programme().opened()
    world.told("lee", world.authority(ethics_until=(world.now.date() + timedelta(days=30)).isoformat()))
    assert here(world)[0].left == 30
    assert here(world)[0].soon


def test_one_that_is_renewed_is_told_of_no_more():
    world = Programme().opened()
    last = world.now.date() + timedelta(days=20)
    world.told("lee", world.authority(valid_until=last.isoformat()))
    other = {"approval": "AP-2", "valid_from": (last + timedelta(days=1)).isoformat()}
    world.told("lee", world.authority(**other, product="Another product"))
    assert here(world)[0].soon
    world.told("lee", world.authority(**{**other, "approval": "AP-3"}))
    assert not here(world)[0].soon


def test_why_an_approval_is_not_in_force_is_said():
    world = Programme().opened()
    world.told("lee", world.authority(ethics_until="2026-06-30", valid_until="2026-09-30"))
    site = world.standing(f"site/{SITE}")
    said = {
        date(2025, 12, 31): "The approval AP-1 begins on 1 Jan 2026.",
        date(2026, 6, 30): "",
        date(
            2026, 7, 1
        ): "The ethics approval HREC-1, on which the approval AP-1 rests, ran out on 30 Jun 2026.",
        date(2026, 10, 1): "The approval AP-1 ran out on 30 Sep 2026.",
    }
    assert {day: why_not(site, "AP-1", day=day) for day in said} == said
    assert why_not(site, "AP-9", day=date(2026, 3, 3)) == "No approval AP-9 is recorded here."


def test_the_reason_of_an_end_stands_in_every_refusal_that_follows_from_it():
    world = ended(Programme(state="NSW").randomised())
    refused = world.prescribe()
    assert codes(refused) == ["authority-not-in-force"]
    day = world.now.date()
    assert refused.reasons[0].sentence == (
        f"The approval AP-1 ended on {day.day} {day:%b %Y}: Suspended by the regulator. "
        "Nothing is prescribed or dosed under it."
    )
    assert here(world)[0].why_not.endswith("Suspended by the regulator.")


@pytest.mark.parametrize(
    ("who", "said"),
    [("dr-okafor", []), ("lee", []), ("ana", ["not-delegated"]), ("kim", ["not-delegated"])],
)
def test_whoever_tells_of_an_end_it_is_an_end_and_from_whom_it_should_not_come_stands_beside_it(
    who: str, said: list[str]
):
    world = Programme(state="NSW").randomised()
    assert codes(world.do(who, act.EndAuthority(approval="AP-1", why="Given up."))) == said
    assert not here(world)[0].in_force


def test_before_a_session_the_state_is_told_and_then_it_is_prescribed():
    world = Programme().randomised()
    assert [(each.step, each.visit) for each in todo(world)] == [
        (Step.TELL_FIRST, "dosing-1"),
        (Step.PRESCRIBE, "dosing-1"),
    ]
    world.told("lee", world.notice("vic-form-7"))
    (left,) = todo(world)
    assert (left.step, left.late) == (Step.PRESCRIBE, False)
    world.told("dr-okafor", world.prescription())
    assert todo(world) == ()


def test_nothing_is_asked_for_a_session_that_is_weeks_away():
    world = Programme(state="NSW").randomised()
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="dosing-1", on="2026-12-01"))
    assert todo(world) == ()


def test_what_follows_a_prescription_is_due_and_then_late():
    world = Programme(state="SA").randomised()
    world.told("dr-okafor", world.prescription())
    (told,) = todo(world)
    assert (told.step, told.notice.code, told.late) == (Step.TELL, "sa-chief-psychiatrist", False)
    assert todo(world.later(days=6))[0].late
    world.told("lee", world.notice("sa-chief-psychiatrist", visit="dosing-1"))
    assert todo(world) == ()


def test_an_end_holds_up_those_in_treatment_and_says_what_must_be_done():
    world = Programme(state="NSW").randomised()
    world.told("dr-okafor", world.prescription())
    assert todo(world) == ()
    ended(world)
    (stopped,) = todo(world)
    assert (stopped.step, stopped.visit) == (Step.NO_APPROVAL, "dosing-1")
    assert "Suspended by the regulator" in stopped.why
    assert stopped_by("AP-1", [world.person], todo(world)) == (stopped,)
    assert stopped_by("AP-2", [world.person], todo(world)) == ()
    world.told("lee", world.authority(approval="AP-2"))
    assert todo(world)[0].step is Step.PRESCRIBE_AGAIN
    world.told("dr-okafor", world.prescription(approval="AP-2"))
    assert todo(world) == ()


def test_in_an_open_session_there_is_no_further_dose():
    world = Programme(state="NSW").started()
    world.vitals(-5)
    world.give()
    assert todo(world) == ()
    (stop,) = todo(ended(world))
    assert (stop.step, stop.visit, stop.due) == (Step.NO_FURTHER_DOSE, "dosing-1", world.now.date())


def test_between_sessions_a_person_is_held_up_too():
    world = Programme(state="NSW").ended()
    world.later(hours=14)
    world.discharge()
    assert stopped_by("AP-1", [world.person], todo(world)) == ()
    ended(world)
    (stopped,) = stopped_by("AP-1", [world.person], todo(world))
    assert (stopped.step, stopped.visit) == (Step.NO_APPROVAL, "dosing-2")
    assert stopped.why.endswith("Suspended by the regulator.")


def test_nobody_is_prescribed_for_whose_treatment_was_stopped():
    world = Programme(state="NSW").randomised()
    world.told("ana", act.StopTreatment(participant=PERSON, why="Asked for it."))
    assert todo(ended(world)) == ()


def test_doses_taken_since_an_end_that_was_heard_of_late_are_listed():
    world = Programme(state="NSW").dosed()
    site = f"site/{SITE}"
    assert dosed_since("AP-1", [world.person], world.standing(site)) == ()
    world.later(days=3)
    late = act.EndAuthority(approval="AP-1", why="Suspended; the letter came by post.")
    world.told("lee", late, ago=timedelta(days=4), reason="The letter came today.")
    assert dosed_since("AP-1", [world.person], world.standing(site)) == ((PERSON, "dosing-1"),)


def test_doses_before_an_end_are_none_of_them():
    world = Programme(state="NSW").dosed()
    ended(world.later(days=3))
    assert dosed_since("AP-1", [world.person], world.standing(f"site/{SITE}")) == ()


def owed(world: Programme, day: date) -> list[tuple[str, str, bool]]:
    found = reports_due(world.protocol, world.standing(f"site/{SITE}"), day=day)
    return [(each.period.first.isoformat(), each.due.isoformat(), each.late) for each in found]


def test_a_report_is_owed_for_every_period_in_which_an_approval_was_in_force_until_it_is_sent():
    world = Programme(state="NSW").opened()
    assert owed(world, date(2026, 8, 1)) == []
    world.told("lee", world.authority())
    assert owed(world, date(2026, 6, 30)) == []
    assert owed(world, date(2026, 7, 31)) == [("2026-01-01", "2026-07-31", False)]
    assert owed(world, date(2026, 8, 1)) == [("2026-01-01", "2026-07-31", True)]
    assert [first for first, _, _ in owed(world, date(2029, 1, 1))] == [
        "2026-01-01",
        "2026-07-01",
        "2027-01-01",
    ]
    world.later(days=(date(2026, 7, 10) - world.now.date()).days)
    sent = act.SendReport(first="2026-01-01", sent_on="2026-07-10", copied_to="Committee")
    assert kinds(world.told("lee", sent)) == ["report-sent"]
    assert owed(world, date(2026, 8, 1)) == []


def test_a_report_sent_too_late_is_a_deviation_and_one_that_cannot_be_is_sent_back():
    world = Programme(state="NSW").opened()
    world.told("lee", world.authority())
    world.later(days=(date(2026, 8, 10) - world.now.date()).days)
    for wrong, words in (
        ({"first": "2026-02-01"}, "No period of the report begins"),
        ({"sent_on": "2026-06-30"}, "was not over"),
        ({"sent_on": "2026-12-01"}, "yet to come"),
        ({"sent_on": "soon"}, "no date"),
    ):
        with pytest.raises(ImpossibleValue, match=words):
            world.do("lee", act.SendReport(**{"first": "2026-01-01", "sent_on": "2026-08-10", **wrong}))
    late = world.told("lee", act.SendReport(first="2026-01-01", sent_on="2026-08-10"))
    assert codes(late) == ["report-late"]


def treatment(world: Programme, *, on: date | None = None) -> Item:
    study = "authorised-prescriber"
    names = [f"study/{study}", f"site/{SITE}", f"participant/{PERSON}", f"session/{PERSON}/dosing-1"]
    standings = {name: world.standing(name) for name in names}
    found = readiness(
        world.protocol, standings, names=(study, SITE, PERSON, "dosing-1"), now=world.now, on=on
    )
    return next(each for each in found if each.code == "treatment")


def test_the_board_of_a_session_asks_for_a_prescription_that_holds_on_its_day():
    world = Programme(state="NSW").randomised()
    asked = treatment(world)
    assert (asked.state, asked.owner) == (State.OPEN, Role.PHYSICIAN)
    assert "not prescribed" in asked.sentence
    world.told("dr-okafor", world.prescription())
    assert treatment(world).state is State.READY
    after = treatment(world, on=date(2027, 4, 1))
    assert after.state is State.AT_RISK
    assert after.sentence.startswith("The approval AP-1 ran out on 31 Mar 2027.")
    assert "Suspended by the regulator." in treatment(ended(world)).sentence
