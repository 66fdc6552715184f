"""A payer's packet: what is recorded stands in it, what is not is a blank; nothing is made up."""

from __future__ import annotations

import json

import pytest

from conduct_world import PERSON, SITE, World
from holdfast.conduct import actions as act
from holdfast.errors import UnknownName
from holdfast.exchange.funding import Line, Packet, packet
from programme_world import Programme


def made(world: World) -> Packet:
    return packet(list(world.book.records), world.protocol, payer="dva", participant=PERSON, site=SITE)


def part(found: Packet, title: str) -> dict[str, str | None]:
    (one,) = [each for each in found.parts if each.title == title]
    return {line.label: line.value for line in one.lines}


def test_what_is_recorded_is_filled_in():
    world = Programme().kitted()
    world.told(
        "lee",
        act.RecordMedication(
            participant=PERSON, medicine="sertraline", class_="ssri", started="2024", stopped="2026-02"
        ),
    )
    found = made(world)
    before = part(found, "Illness and treatment before")
    assert before["Treatments of PTSD tried before, of whatever kind"] == "3"
    assert before["Age, years"] == "41"
    assert before["A medicine"] == "sertraline, from 2024 to 2026-02"
    prescriber = part(found, "The prescriber")
    assert prescriber["Prescriber"] == "Dr-Okafor"
    assert prescriber["Approval"] == "AP-1, MDMA capsules, 2026-01-01 to 2027-03-31"
    assert prescriber["Ethics approval"] == "Ethics committee, HREC-1, until 2027-12-31"
    team = part(found, "The team")
    assert team["Ana, therapist"] == "licence until 2027-12-31; session-monitor-lead until 2027-12-31"
    assert team["Lee, coordinator"] is None
    told = part(found, "Told before")
    assert all(value.startswith("given on 2026-") for value in told.values())
    assert len(told) == 1


def test_what_is_not_recorded_is_a_blank_and_never_a_guess():
    found = made(Programme().randomised())
    blanks = {line.label for each in found.parts for line in each.lines if line.value is None}
    for label in (
        "Name",
        "Date of birth",
        "Number of the card, and what entitles to it",
        "Severity by interview, with its day",
        "Recommended treatments completed without success: which, when, how long, with what result",
        "Clinical reasons for this treatment",
        "A second psychiatrist, where there is one",
        "Planned dates",
        "Name, date, signature of the prescriber",
    ):
        assert label in blanks, label
    fees = part(found, "Fees")
    assert set(fees.values()) == {None}
    assert any(label.startswith("Dosing sessions: 3 of 480 minutes") for label in fees)


def test_the_plan_is_the_study_file_s_and_what_was_held_is_counted():
    assert (
        part(made(Programme().randomised()), "The treatment that is planned")["Dosing sessions held so far"]
        == "0"
    )
    planned = part(made(Programme().dosed()), "The treatment that is planned")
    assert (planned["Dosing sessions"], planned["Dosing sessions held so far"]) == ("3", "1")
    assert planned["Dosing session 1"] == "80 mg, and 40 mg where the supplemental dose is given"


def test_an_answer_that_was_not_given_is_a_blank():
    world = Programme().consented()
    assert part(made(world), "Illness and treatment before")["Age, years"] is None
    assert part(made(world), "The prescriber")["Approval to prescribe"] is None


def test_a_corrected_approval_ended_role_and_another_site_are_not_in_it():
    world = Programme().randomised()
    world.told("sponsor", act.EndAppointment(person="uma", role="attendant"))
    assert "Uma, attendant" not in part(made(world), "The team")
    elsewhere = packet(list(world.book.records), world.protocol, payer="dva", participant=PERSON, site="S02")
    assert part(elsewhere, "The team") == {}


def test_it_says_what_the_payer_asks_from_where_and_that_it_is_a_rehearsal():
    found = made(Programme().randomised())
    assert found.rehearsal
    assert any("at least two" in each for each in found.wants)
    assert found.source
    assert "Department of Veterans' Affairs" in found.to


def test_as_json_it_is_the_same_with_null_for_a_blank():
    found = made(Programme().randomised())
    back = json.loads(json.dumps(found.as_json()))
    assert back["parts"][0]["lines"][1] == {"label": "Name", "value": None, "recorded": ""}
    assert [each["title"] for each in back["parts"]] == [each.title for each in found.parts]
    assert Line("x", None).recorded == ""


def test_a_trial_and_an_unknown_payer_have_none():
    with pytest.raises(UnknownName):
        made(World().randomised())
    world = Programme().randomised()
    with pytest.raises(UnknownName):
        packet([], world.protocol, payer="nobody", participant=PERSON, site=SITE)
