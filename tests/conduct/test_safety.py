from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, UnknownName

NOBODY = UUID(int=1)


def event(**changes) -> act.ReportAdverseEvent:
    given = {
        "participant": PERSON,
        "term": "Syncope",
        "onset": "2026-03-02",
        "end": "",
        "severity": "severe",
        "serious": False,
        "criteria": (),
        "related": "possible",
        "special_interest": "cardiovascular",
        "visit": "",
        **changes,
    }
    return act.ReportAdverseEvent(**given)


SERIOUS = event(serious=True, criteria=("hospitalisation",))


def test_an_event_is_recorded_as_told():
    world = World().consented()
    records = world.told("lee", event(term="Felt wonderful", severity="mild", special_interest=""))
    assert kinds(records) == ["adverse-event"]
    assert (records[0].fact.term, records[0].fact.source) == ("Felt wonderful", "spontaneous")
    assert len(world.person.open_events()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"term": " "}, "term"),
        ({"severity": "awful"}, "severity"),
        ({"related": "surely"}, "related"),
        ({"special_interest": "love"}, "special_interest"),
        ({"serious": True}, "criteria"),
        ({"criteria": ("death",)}, "criteria"),
        ({"serious": True, "criteria": ("very",)}, "criteria"),
        ({"onset": ""}, "onset"),
        ({"onset": "2026-03-03"}, "onset"),
        ({"onset": "2026-03-02T23:00:00+00:00"}, "onset"),
        ({"onset": "noon"}, "onset"),
        ({"end": "2026-13-01"}, "end"),
    ],
)
def test_an_event_that_cannot_be_is_sent_back_with_its_field(changes, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().consented().do("lee", event(**changes))
    assert sent_back.value.field == field


@pytest.mark.parametrize(("hours", "found"), [(23.9, []), (24.1, ["late-serious-report"])])
def test_a_serious_event_is_due_a_day_after_the_site_knew(hours, found):
    world = World().consented()
    known = world.told("lee", SERIOUS)[0]
    world.later(hours=hours)
    report = act.ReportSerious(participant=PERSON, event=known.id, to="sponsor")
    records = world.told("lee", report)
    assert codes(records) == found
    assert records[0].fact.due == "2026-03-03T15:00:00+00:00"


def test_the_clock_runs_from_when_the_site_knew_not_from_when_it_was_entered():
    world = World().consented().later(hours=30)
    known = world.told("lee", SERIOUS, ago=timedelta(hours=30))
    assert codes(known) == ["late-entry"]
    report = act.ReportSerious(participant=PERSON, event=known[0].id, to="sponsor")
    assert codes(world.told("lee", report)) == ["late-serious-report"]


def test_a_leap_day_and_a_change_of_clocks_do_not_move_the_due_time():
    from datetime import UTC, datetime

    # 28 Feb 2028, 23:50 in Denver; and the night the clocks go forward, 7 March 2026.
    for begin, due in (
        (datetime(2028, 2, 29, 6, 50, tzinfo=UTC), "2028-03-01T06:50:00+00:00"),
        (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), "2026-03-09T06:30:00+00:00"),
    ):
        world = World().consented()
        world.now = begin
        known = world.told("lee", event(serious=True, criteria=("hospitalisation",)))[0]
        report = act.ReportSerious(participant=PERSON, event=known.id, to="sponsor")
        assert world.told("lee", report)[0].fact.due == due


def test_what_is_not_serious_is_not_reported_as_serious():
    world = World().consented()
    known = world.told("lee", event())[0]
    with pytest.raises(ImpossibleValue, match="not recorded as serious"):
        world.do("lee", act.ReportSerious(participant=PERSON, event=known.id, to="sponsor"))


def test_a_fatal_outcome_of_an_event_not_serious_is_told():
    world = World().consented()
    known = world.told("lee", event())[0]
    close = act.CloseAdverseEvent(participant=PERSON, event=known.id, outcome="fatal", end="2026-03-02")
    assert codes(world.told("dr-okafor", close)) == ["fatal-not-serious"]
    assert world.person.open_events() == ()


def test_there_is_no_closing_reporting_or_taking_on_of_what_is_not_there():
    world = World().consented()
    for tell in (
        act.CloseAdverseEvent(participant=PERSON, event=NOBODY, outcome="recovered", end=""),
        act.ReportSerious(participant=PERSON, event=NOBODY, to="sponsor"),
        act.AcknowledgeRisk(participant=PERSON, risk=NOBODY, plan="x"),
    ):
        with pytest.raises(UnknownName):
            world.do("dr-okafor", tell)


def test_one_physician_learns_one_allocation_and_no_record_says_which():
    world = World().baseline()
    ask = act.Unblind(participant=PERSON, why="")
    assert codes(world.do("lee", ask)) == [
        "role-may-not",
        "credential-expired",
        "no-reason",
        "not-randomised",
    ]
    world.told("lee", act.Randomise(participant=PERSON))
    records = world.told("dr-okafor", act.Unblind(participant=PERSON, why="Serotonin syndrome?"))
    assert kinds(records) == ["unblinded"]
    assert (records[0].fact.to, records[0].fact.why) == ("dr-okafor", "Serotonin syndrome?")
    assert world.person.unblinded_to == ("dr-okafor",)


def test_a_deviation_told_by_a_person_names_them():
    world = World().consented()
    tell = act.ReportDeviation(participant=PERSON, code="recording-gap", what="12 min", severity="minor")
    assert world.told("ana", tell)[0].fact.detected_by == "ana"
    with pytest.raises(ImpossibleValue):
        world.do("ana", act.ReportDeviation(participant=PERSON, code="x", what="y", severity="huge"))


def test_a_report_by_somebody_not_appointed_is_recorded_with_the_deviation():
    world = World().consented()
    records = world.told("zoe", event(), role="therapist")
    assert kinds(records) == ["adverse-event", "deviation"]
    assert codes(records) == ["not-delegated"]


@pytest.mark.parametrize(
    ("onset", "end"),
    [("unknown", "unknown"), ("Feb 2026", ""), ("2026", "2 Mar 2026"), ("2026-02", "2026-02-20")],
)
def test_an_event_whose_dates_are_known_in_part_is_recorded(onset, end):
    world = World().consented()
    assert kinds(world.told("lee", event(onset=onset, end=end))) == ["adverse-event"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"onset": "3 Mar 2030"}, "onset"),
        ({"onset": "2026-03-02T23:00"}, "onset"),
        ({"onset": "2026-03-02", "end": "2026-03-01"}, "end"),
        ({"onset": "2026-03", "end": "2025"}, "end"),
        ({"onset": "2026-03-02T08:00:00-07:00", "end": "2026-03-02T07:59:00-07:00"}, "end"),
    ],
)
def test_an_event_does_not_end_before_it_begins_nor_begin_in_the_future(changes, field):
    with pytest.raises(ImpossibleValue) as sent_back:
        World().consented().do("lee", event(**changes))
    assert sent_back.value.field == field


def test_an_event_entered_late_may_have_begun_since():
    world = World().consented().later(days=3)
    records = world.told("lee", event(onset="2026-03-04"), ago=timedelta(days=3))
    assert codes(records) == ["late-entry"]


def test_the_end_of_an_event_is_not_before_its_onset():
    world = World().consented()
    known = world.told("lee", event())[0]
    close = act.CloseAdverseEvent(participant=PERSON, event=known.id, outcome="recovered", end="2026-02-27")
    with pytest.raises(ImpossibleValue) as sent_back:
        world.do("dr-okafor", close)
    assert sent_back.value.field == "end"
