"""Readiness before a session: each item, its state, owner and last day; notes ahead; another day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from conduct_world import CAST, PERSON, SITE, STUDY, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.decision import Refused
from holdfast.conduct.readiness import Item, State, readiness, refits
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.roles import Role

ON = date(2026, 4, 15)
"""The day the session is put on the calendar for, three days after randomisation."""


def board(world: World, *, on: date | None = None) -> dict[str, Item]:
    names = [f"study/{STUDY}", f"site/{SITE}", f"participant/{PERSON}", f"session/{PERSON}/dosing-1"]
    names += [f"staff/{person}" for person in CAST]
    standings = {name: world.standing(name) for name in names}
    found = readiness(
        world.protocol, standings, names=(STUDY, SITE, PERSON, "dosing-1"), now=world.now, on=on
    )
    return {each.code: each for each in found}


def planned(on: date = ON) -> World:
    world = World().randomised()
    move(world, on)
    return world


def move(world: World, on: date) -> None:
    world.told("lee", act.ScheduleVisit(participant=PERSON, visit="dosing-1", on=on.isoformat()))


def note(world: World, item: str, words: str = "Arranged.", who: str = "lee"):
    tell = act.NoteReadiness(participant=PERSON, visit="dosing-1", item=item, note=words)
    return world.do(who, tell)


def test_everything_a_session_needs_has_an_owner_and_a_last_day():
    items = board(planned())
    states = {code: each.state.value for code, each in items.items()}
    assert states == {
        "date": "ready", "treatment": "ready", "kit-first": "open", "kit-supplemental": "open",
        "monitors": "ready", "physician": "ready", "emergency-kit": "ready", "room": "open",
        "consent-in-force": "ready", "identity-and-kit": "on-the-day",
        "no-mao-inhibitor-or-lithium": "on-the-day", "not-pregnant": "ready",
        "two-monitors": "on-the-day", "physician-and-emergency-kit": "on-the-day",
        "pressure-below-stop": "on-the-day", "no-acute-suicidality": "on-the-day",
        "wash-outs-done": "ready", "laboratory-in-window:ALT": "open", "laboratory-in-window:sodium": "open",
        "laboratory-in-window:potassium": "open", "laboratory-in-window:QTc": "open",
        "fasted": "on-the-day", "escort-arranged": "open", "eligibility-rechecked": "open",
        "touch-agreement-read": "on-the-day", "pressure-below-hold": "on-the-day",
        "heart-rate-below-hold": "on-the-day", "temperature-below-hold": "on-the-day",
    }  # fmt: skip
    assert items["kit-first"].owner is Role.PHARMACIST
    assert items["kit-first"].due == ON - timedelta(days=1)
    assert items["laboratory-in-window:ALT"].owner is Role.COORDINATOR
    assert items["fasted"].due == ON


def test_a_laboratory_value_is_due_two_days_before_and_young_enough_on_the_day():
    world = planned()
    item = board(world)["laboratory-in-window:ALT"]
    assert item.due == ON - timedelta(days=2)
    assert item.sentence == "ALT is missing. Take it between 2026-03-18 and 2026-04-13."
    world.test("ALT")
    assert board(world)["laboratory-in-window:ALT"].state is State.READY


def test_a_value_that_is_young_enough_today_but_too_old_on_the_day_is_open():
    world = planned()
    world.test("ALT", taken_on="2026-03-17")
    item = board(world)["laboratory-in-window:ALT"]
    assert item.state is State.OPEN
    assert "too old" in item.sentence
    world.test("ALT", taken_on="2026-03-18")
    assert board(world)["laboratory-in-window:ALT"].state is State.READY


def test_an_item_whose_last_day_has_passed_is_at_risk():
    world = planned()
    world.later(days=(date(2026, 4, 14) - world.now.date()).days)
    items = board(world)
    assert items["laboratory-in-window:ALT"].state is State.AT_RISK
    assert items["kit-first"].state is State.OPEN


def test_kits_set_aside_are_ready_until_their_last_day():
    world = planned()
    for number, step, expires in (("K1", "s1-first", "2027-05-31"), ("K2", "s1-supplemental", "2026-04-14")):
        world.kit(number, step, expires=expires)
        ask = act.AssignKit(kit=number, participant=PERSON, visit="dosing-1", step=step)
        world.told("kim", ask)
    items = board(world)
    assert items["kit-first"].state is State.READY
    assert items["kit-supplemental"].state is State.AT_RISK
    assert "K2 runs out on 2026-04-14" in items["kit-supplemental"].sentence


def test_a_licence_or_qualification_that_ends_before_the_day_is_found_ahead():
    world = planned()
    for person, credential in (("dr-okafor", "licence"), ("ana", "session-monitor-lead")):
        until = act.RecordCredential(person=person, credential=credential, valid_until="2026-04-14")
        world.told("lee", until)
    world.told("lee", act.CheckEmergencyKit(valid_until="2026-04-14"))
    items = board(world)
    assert [items[code].state for code in ("physician", "monitors", "emergency-kit")] == [State.OPEN] * 3
    assert items["emergency-kit"].sentence.startswith("The emergency kit runs out on 2026-04-14")


def test_each_medicine_is_an_item_with_the_day_on_which_it_is_over():
    world = planned()
    for medicine, class_, stopped in (
        ("sertraline", "ssri", "2026-04-10"),
        ("trazodone", "other-antidepressant", "2026-03-01"),
        ("paroxetine", "ssri", "2026-01-10"),
    ):
        tell = act.RecordMedication(
            participant=PERSON, medicine=medicine, class_=class_, started="2019", stopped=stopped
        )
        world.told("lee", tell)
    items = board(world)
    assert items["wash-outs-done:1"].state is State.AT_RISK
    assert "ends on 2026-04-23" in items["wash-outs-done:1"].sentence
    assert items["wash-outs-done:1"].where == "move"
    assert items["wash-outs-done:2"].state is State.OPEN
    assert items["wash-outs-done:2"].where == "washout"
    assert items["wash-outs-done:3"].state is State.READY
    later = board(world, on=date(2026, 4, 23))
    assert later["wash-outs-done:1"].state is State.READY


def test_a_forbidden_medicine_puts_the_session_at_risk():
    world = planned()
    tell = act.RecordMedication(
        participant=PERSON, medicine="Lithium", class_="lithium", started="2019", stopped=""
    )
    world.told("lee", tell)
    assert board(world)["no-mao-inhibitor-or-lithium"].state is State.AT_RISK


def test_consent_that_was_withdrawn_is_open():
    world = planned()
    item = next(each.code for each in world.protocol.consent if each.required)
    world.told("lee", act.WithdrawConsent(participant=PERSON, items=(item,)))
    assert board(world)["consent-in-force"].state is State.OPEN


def test_a_session_without_a_date_is_planned_for_its_target_and_says_so():
    items = board(World().randomised())
    assert items["date"].state is State.OPEN
    assert "No date is agreed" in items["date"].sentence


def test_a_date_outside_the_window_is_at_risk():
    assert board(planned(date(2026, 5, 30)))["date"].state is State.AT_RISK


def test_before_randomisation_there_is_no_day_and_after_the_start_nothing_to_prepare():
    assert board(World().baseline()) == {}
    assert board(World().started()) == {}


def test_stopped_treatment_is_at_risk():
    world = planned()
    world.told("lee", act.StopTreatment(participant=PERSON, why="Wishes no more."))
    assert board(world)["treatment"].state is State.AT_RISK


# --- notes ---------------------------------------------------------------------------


def test_what_is_noted_ahead_is_shown_and_confirms_nothing():
    world = World().started()
    world.vitals(-5)
    assert kinds(note(world, "escort-arranged", "The sister comes at nine.")) == ["readiness-noted"]
    assert world.session().notes["escort-arranged"].text == "The sister comes at nine."
    decision = world.ask_dose(escort_arranged=False)
    assert isinstance(decision, Refused)
    assert ("gate-fails", "escort-arranged") in [(each.code, each.about) for each in decision.reasons]


def test_a_note_moves_an_item_on_and_is_replaced_by_the_next():
    world = planned()
    note(world, "escort-arranged", "The sister.")
    note(world, "escort-arranged", "A friend.", who="ana")
    item = board(world)["escort-arranged"]
    assert item.state is State.ON_THE_DAY
    assert (item.note.text, item.note.by) == ("A friend.", "ana")
    note(world, "room", "Room 3.")
    assert board(world)["room"].state is State.READY


def test_a_note_does_not_make_ready_what_the_records_say_is_not():
    world = planned()
    note(world, "laboratory-in-window:ALT", "The courier is on the way.")
    item = board(world)["laboratory-in-window:ALT"]
    assert item.state is State.OPEN
    assert item.note.text == "The courier is on the way."


def test_a_note_before_the_session_is_no_deviation():
    assert codes(note(planned(), "room")) == []


def test_a_note_of_nothing_or_without_words_is_sent_back():
    world = planned()
    with pytest.raises(UnknownName):
        note(world, "weather")
    with pytest.raises(ImpossibleValue):
        note(world, "room", "  ")


def test_a_pharmacist_notes_nothing_on_behalf_of_the_room():
    assert "not-delegated" in codes(note(planned(), "room", who="kim"))


# --- another day -------------------------------------------------------------------------


def test_another_day_shows_every_item_that_refits():
    world = planned()
    world.test("ALT", taken_on="2026-03-18")
    world.test("sodium", taken_on="2026-04-10")
    before, after = board(world), board(world, on=date(2026, 4, 17))
    changed = {each.before.code: each for each in refits(tuple(before.values()), tuple(after.values()))}
    assert changed["laboratory-in-window:ALT"].before.state is State.READY
    assert changed["laboratory-in-window:ALT"].after.state is State.OPEN
    assert changed["room"].after.due == date(2026, 4, 16)
    assert "laboratory-in-window:sodium" not in changed
    assert "monitors" not in changed
    move(world, date(2026, 4, 17))
    assert board(world)["laboratory-in-window:ALT"] == changed["laboratory-in-window:ALT"].after
