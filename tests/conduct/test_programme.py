"""A programme outside trials: who may prescribe, what comes first, what a dose needs, who is told."""

from __future__ import annotations

from datetime import date

import pytest

from conduct_world import PERSON, SITE, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.programme import in_force, notices_due
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.compiler import compile_text
from programme_world import Programme, protocol


def test_a_person_enters_treatment_without_a_list_and_that_day_is_day_1():
    world = Programme().baseline()
    records = world.told("lee", act.EnterTreatment(participant=PERSON))
    assert kinds(records) == ["treatment-entered"]
    assert world.person.stage == "entered"
    assert (world.person.slot, world.person.randomised) == ("", None)
    assert world.person.day_one == records[0].happened_at.day
    held = world.later(days=2).hold("integration-1-1", "ana")
    assert held[0].fact.study_day == 3


def test_entering_asks_what_randomising_asks_but_for_the_list():
    world = Programme().screened()
    assert codes(world.do("lee", act.EnterTreatment(participant=PERSON)))[0] == "eligibility-not-assessed"
    assert "baseline-form-missing" in codes(world.do("lee", act.EnterTreatment(participant=PERSON)))
    assert codes(Programme().randomised().do("lee", act.EnterTreatment(participant=PERSON))) == [
        "already-entered"
    ]


def test_each_design_has_its_own_way_in():
    trial, programme = World().baseline(), Programme().baseline()
    assert codes(trial.do("lee", act.EnterTreatment(participant=PERSON))) == ["randomised-design"]
    assert "not-randomised-design" in codes(programme.do("lee", act.Randomise(participant=PERSON)))


def test_nobody_is_dosed_before_entering_treatment():
    world = Programme().baseline().kit("K1", "s1-first")
    ask = act.AssignKit(kit="K1", participant=PERSON, visit="dosing-1", step="s1-first")
    assert codes(world.do("kim", ask)) == ["not-entered"]
    assert "not-entered" in codes(world.do("ana", world.start_ask()))


def test_a_whole_session_goes_through_without_arms_and_without_a_deviation():
    world = Programme().supplemented()
    assert world.session().doses.keys() == {"s1-first", "s1-supplemental"}
    assert world.person.deviations == ()


def test_an_approval_names_its_site_a_known_state_and_a_physician_of_the_site():
    world = Programme().opened()
    with pytest.raises(ImpossibleValue, match="does not name the site S01"):
        world.do("lee", world.authority(sites=("S02",)))
    with pytest.raises(ImpossibleValue, match="The state is one of VIC, SA, ACT"):
        world.do("lee", world.authority(state="XX"))
    with pytest.raises(ImpossibleValue, match="ends before it begins"):
        world.do("lee", world.authority(valid_until="2025-01-01"))
    with pytest.raises(ImpossibleValue, match="no date such as"):
        world.do("lee", world.authority(ethics_until="next year"))
    with pytest.raises(ImpossibleValue, match="Say the committee"):
        world.do("lee", world.authority(committee=" "))
    assert codes(world.do("lee", world.authority(prescriber="ana"))) == ["prescriber-not-appointed"]
    assert codes(world.do("ana", world.authority())) == ["role-may-not"]


CONDITIONS = ("specialist", "own-product", "standard-pathway", "ethics-first", "ptsd-only")


@pytest.mark.parametrize("left_out", CONDITIONS)
def test_no_approval_is_recorded_while_a_condition_of_the_country_is_not_confirmed(left_out: str):
    world = Programme().opened()
    confirmed = tuple(each for each in CONDITIONS if each != left_out)
    refused = world.do("lee", world.authority(confirmed=confirmed))
    assert [(each.code, each.about) for each in refused.reasons] == [("condition-not-confirmed", left_out)]
    assert world.standing(f"site/{SITE}").authorities == {}


def test_what_was_confirmed_stands_in_the_record():
    world = Programme().opened()
    (record,) = world.told("lee", world.authority())
    assert record.fact.confirmed == CONDITIONS


@pytest.mark.parametrize("state", ["ACT", "NSW", "QLD", "WA", "TAS", "NT"])
def test_where_a_state_must_be_asked_it_was_asked_before_an_approval_counts(state: str):
    world = Programme(state=state).opened()
    refused = world.do("lee", world.authority(confirmed=CONDITIONS))
    assert [each.about for each in refused.reasons] == [f"{state.lower()}-asked"]
    world.told("lee", world.authority())
    assert in_force(world.standing(f"site/{SITE}"), "AP-1", day=date(2026, 3, 2))


def test_an_approval_is_recorded_once_while_in_force_and_again_after_its_end():
    world = Programme().opened()
    world.told("lee", world.authority())
    assert codes(world.do("lee", world.authority())) == ["authority-recorded-already"]
    world.told("lee", act.EndAuthority(approval="AP-1", why="Suspended."))
    world.told("lee", world.authority())
    assert in_force(world.standing(f"site/{SITE}"), "AP-1", day=date(2026, 3, 2))


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ],
)
def test_an_approval_is_in_force_from_its_first_to_its_last_day_and_no_longer_than_its_ethics(
    day: date, holds: bool
):
    world = Programme().opened()
    world.told("lee", world.authority(ethics_until="2026-06-30"))
    assert in_force(world.standing(f"site/{SITE}"), "AP-1", day=day) is holds


def test_victoria_is_told_before_anything_is_prescribed():
    world = Programme().randomised()
    refused = world.prescribe()
    assert codes(refused) == ["notice-missing"]
    assert "Form 7" in refused.reasons[0].sentence
    world.told("lee", world.notice("vic-form-7"))
    assert kinds(world.told("dr-okafor", world.prescription())) == ["prescribed"]
    assert codes(world.prescribe()) == ["already-prescribed"]


def test_only_who_holds_the_approval_prescribes_and_only_while_it_is_in_force():
    world = Programme(state="NSW").randomised()
    world.told("sponsor", act.Appoint(person="dr-voss", role="physician", name="Dr Voss"))
    world.told("lee", act.RecordCredential(person="dr-voss", credential="licence", valid_until="2027-12-31"))
    assert codes(world.do("dr-voss", world.prescription(), role="physician")) == ["not-the-prescriber"]
    assert codes(world.do("ana", world.prescription()))[0] == "role-may-not"
    assert codes(world.prescribe(approval="AP-9")) == ["authority-not-in-force"]
    world.told("lee", act.EndAuthority(approval="AP-1", why="Withdrawn."))
    assert codes(world.prescribe()) == ["authority-not-in-force"]


def test_a_dose_gate_stays_shut_without_a_prescription_or_with_an_approval_that_ended():
    world = Programme().started()
    world.vitals(-5)
    world.told("lee", act.EndAuthority(approval="AP-1", why="Suspended by the regulator."))
    assert codes(world.ask_dose()) == ["authority-not-in-force"]
    records = world.later(minutes=5).give()
    assert "dose-without-authority" in codes(records)
    assert "dose-without-authority" in [r.fact.code for r in records if r.kind == "alarm-raised"]


def test_a_session_nobody_prescribed_is_not_dosed():
    world = Programme()
    world.prescription = lambda visit="dosing-2", approval="AP-1": act.Prescribe(
        participant=PERSON, visit="dosing-2", approval="AP-1"
    )
    world.started().vitals(-5)
    assert codes(world.ask_dose()) == ["not-prescribed"]


@pytest.mark.parametrize(
    ("prescribed_on", "due"),
    [
        (date(2026, 4, 16), date(2026, 4, 17)),  # Thursday
        (date(2026, 4, 17), date(2026, 4, 20)),  # Friday: the Monday after
        (date(2026, 4, 18), date(2026, 4, 20)),  # Saturday
    ],
)
def test_south_australia_is_told_within_one_business_day_of_prescribing(prescribed_on: date, due: date):
    world = Programme(state="SA").randomised()
    world.later(days=(prescribed_on - world.now.date()).days)
    world.told("dr-okafor", world.prescription())
    (owed,) = notices_due(world.protocol, world.person, world.standing(f"site/{SITE}"))
    assert (owed.notice.code, owed.visit, owed.due, owed.given) == (
        "sa-chief-psychiatrist",
        "dosing-1",
        due,
        "",
    )
    assert not owed.late(due)
    assert owed.late(date.fromordinal(due.toordinal() + 1))


def test_a_public_holiday_of_the_study_file_moves_the_last_day():
    text = protocol().text.replace(
        '      name: {en: "South Australia"}\n',
        '      name: {en: "South Australia"}\n      public_holidays: ["2026-04-17"]\n',
    )
    world = Programme(state="SA", protocol=compile_text(text, name="study.yaml")).randomised()
    world.later(days=(date(2026, 4, 16) - world.now.date()).days)
    world.told("dr-okafor", world.prescription())
    (owed,) = notices_due(world.protocol, world.person, world.standing(f"site/{SITE}"))
    assert owed.due == date(2026, 4, 20)  # Thursday; Friday is a holiday, and then comes a weekend


@pytest.mark.parametrize(("days", "said"), [(1, []), (6, ["notice-late"])])
def test_a_notice_given_after_its_last_day_is_a_deviation(days: int, said: list[str]):
    world = Programme(state="SA").randomised()
    world.told("dr-okafor", world.prescription())
    world.later(days=days)
    assert codes(world.told("lee", world.notice("sa-chief-psychiatrist", visit="dosing-1"))) == said


def test_a_notice_that_cannot_be_is_sent_back():
    world = Programme().randomised()
    with pytest.raises(UnknownName, match="no notice 'form-8'"):
        world.do("lee", world.notice("form-8"))
    with pytest.raises(ImpossibleValue, match="name no visit"):
        world.do("lee", world.notice("vic-form-7", visit="dosing-1"))
    with pytest.raises(ImpossibleValue, match="a visit that is prescribed"):
        world.do("lee", world.notice("sa-chief-psychiatrist", visit="dosing-1"))
    with pytest.raises(ImpossibleValue, match="yet to come"):
        world.do("lee", world.notice("vic-form-7", on="2030-01-01"))


def test_a_trial_knows_no_approvals():
    with pytest.raises(UnknownName, match="no treatment programme"):
        World().opened().do("dr-okafor", Programme().authority())
