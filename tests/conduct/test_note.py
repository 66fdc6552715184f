from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from conduct_world import PERSON, World, codes, kinds
from holdfast.conduct import actions as act
from holdfast.conduct.case import Case
from holdfast.conduct.note import TEXT_VERSION, handover_sheet, session_note
from holdfast.conduct.streams import streams_of

NOTE = Path(__file__).with_name(f"session_note_{TEXT_VERSION}.txt")


def story() -> World:
    """A session in which something of everything happened."""
    world = World().dosed(("touch-hand",)).later(minutes=30)
    world.vitals(30, systolic=184)
    (alarm,) = world.session().open_alarms()
    take = act.AcknowledgeAlarm(
        participant=PERSON, visit="dosing-1", alarm=alarm.root, plan="Rest, repeat.", recheck_minute=36
    )
    world.later(minutes=1).told("ana", take)
    given = act.GiveRescue(
        participant=PERSON, visit="dosing-1", medicine="a beta blocker", amount="one tablet",
        route="by mouth", ordered_by="dr-okafor", given_by="ben", why="Pressure above the stop limit.",
    )  # fmt: skip
    world.told("ben", given)
    rating = {"euphoria": 3, "nausea": 2, "jaw-tightness": 0}
    asked = act.RatePrompts(
        participant=PERSON, visit="dosing-1", at_hour=1, rated_by="observer", ratings=rating
    )
    world.later(minutes=29).told("ana", asked)
    touch = act.RecordTouch(participant=PERSON, visit="dosing-1", act="given", kind_="hand", by="ana")
    world.later(minutes=1).told("ana", touch)
    water = act.NoteSessionEvent(participant=PERSON, visit="dosing-1", event="fluids", amount=200, unit="mL")
    world.told("ben", water)
    noise = act.NoteSessionEvent(
        participant=PERSON, visit="dosing-1", event="noise", detail="a drill next door"
    )
    world.told("ben", noise)
    no = act.DecideSupplement(
        participant=PERSON, visit="dosing-1", give=False, decided_by="dr-okafor", why="Pressure."
    )
    world.later(minutes=40).told("ana", no)
    world.record("stopped")
    world.later(minutes=12).record("resumed")
    light = act.NoteSetting(participant=PERSON, visit="dosing-1", items={"light": "dim"})
    world.told("ben", light)
    world.later(minutes=367).vitals(480)
    world.suds(1)
    world.told("ana", act.EndSession(participant=PERSON, visit="dosing-1", confirmed={"oriented": True}))
    world.record("ended")
    world.give_back()
    world.hand_over()
    return world


def sheet(world: World) -> str:
    what = act.NoteNight(participant=PERSON, visit="dosing-1", state="asleep")
    action = world.action("uma", what)
    standings = {stream: world.standing(stream) for stream in streams_of(action)}
    return handover_sheet(Case(world.protocol, standings, action, world.now), PERSON, "dosing-1").text


def test_the_note_is_the_records_in_plain_sentences():
    # The wording is signed by its digest: change a word here and TEXT_VERSION changes with it.
    world = story()
    assert TEXT_VERSION == 1
    assert session_note(world.protocol, world.session()).text == NOTE.read_text(encoding="utf-8")


def test_the_same_records_give_the_same_digest_and_another_record_another():
    world = story()
    before = session_note(world.protocol, world.session())
    again = session_note(world.protocol, story().session())
    assert before.sha256 == again.sha256
    world.suds(2)
    assert session_note(world.protocol, world.session()).sha256 != before.sha256


def test_neither_note_nor_sheet_says_what_was_found_of_the_effects_asked_for():
    world = story()
    for text in (session_note(world.protocol, world.session()).text, sheet(world)):
        for word in ("euphoria", "nausea", "jaw", "severe"):
            assert word not in text.lower()


def test_what_a_physician_let_pass_from_elsewhere_is_told_with_its_countersignature():
    world = World().started()
    world.vitals(-5)
    told = act.ReportOverride(
        participant=PERSON, visit="dosing-1", step="s1-first", item="fasted", physician="dr-okafor",
        how="read-back", why="A biscuit at six.", witness="ben", read_back=True,
    )  # fmt: skip
    record = world.told("ana", told)[0]
    line = "dr-okafor let fasted pass for s1-first (read-back), told by ana, heard by ben: A biscuit at six; "
    assert f"{line}not countersigned yet." in session_note(world.protocol, world.session()).text
    world.later(hours=1).told(
        "dr-okafor",
        act.Countersign(participant=PERSON, visit="dosing-1", override=record.id, agrees=True, note=""),
    )
    assert f"{line}countersigned by dr-okafor" in session_note(world.protocol, world.session()).text


def test_neither_says_a_dose_in_mg_or_an_arm():
    world = story()
    arms = {arm.code for arm in world.protocol.arms} | {arm.name["en"] for arm in world.protocol.arms}
    for text in (session_note(world.protocol, world.session()).text, sheet(world)):
        assert " mg" not in text
        assert not [arm for arm in arms if arm in text]


def test_the_sheet_tells_the_night_what_it_needs():
    text = sheet(story())
    for line in (
        "- In danger to life: the emergency number.",
        "- Telephone of the site: +1 555 0100.",
        "- Physician who can be reached: dr-okafor.",
        "- Distress (SUDS) 1 of 10",
        "high alarm systolic-stop: ana, Rest, repeat.",
        "a beta blocker, one tablet, by mouth",
        "- systolic at or above 180 mmHg: Call the physician now, repeat after five minutes",
        "- hand; no other.",
        "Kit K2 for s1-supplemental went back unused.",
    ):
        assert line in text, line


def sign(world: World, digest: str | None = None, meaning: str = "I was there and it is so."):
    text = session_note(world.protocol, world.session())
    return act.SignNote(participant=PERSON, visit="dosing-1", sha256=digest or text.sha256, meaning=meaning)


def test_signing_keeps_the_digest_and_the_edition_of_the_wording():
    world = story()
    digest = session_note(world.protocol, world.session()).sha256
    (record,) = world.told("ana", sign(world))
    assert (record.kind, record.fact.sha256, record.fact.text_version) == (
        "note-signed",
        digest,
        TEXT_VERSION,
    )
    assert session_note(world.protocol, world.session()).sha256 == digest
    assert codes(world.do("ana", sign(world))) == ["already-signed"]
    assert kinds(world.do("ben", sign(world))) == ["note-signed"]


def test_a_note_that_says_something_else_by_now_is_not_signed():
    world = story()
    ask = sign(world)
    world.later(minutes=5).told(
        "ben",
        act.NoteSessionEvent(participant=PERSON, visit="dosing-1", event="note", detail="late"),
        ago=timedelta(minutes=1),
    )
    assert codes(world.do("ana", ask)) == ["note-changed"]
    assert kinds(world.do("ana", sign(world))) == ["note-signed"]


def test_every_reason_against_a_signature_is_told():
    world = World().dosed()
    ask = sign(world, digest="00" * 32, meaning=" ")
    assert codes(world.do("ana", ask)) == ["session-not-ended", "note-changed", "no-meaning"]
    assert codes(world.do("uma", replace(sign(story()), sha256="00" * 32)))[0] == "role-may-not"
