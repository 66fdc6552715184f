"""Recording, rescue medicine, capsules, the night, the setting and the note, through the page's forms."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from clinic.bedside import (
    READING,
    STUDY,
    Tablet,
    begun,
    dosed,
    facts,
    first_dose,
    physician,
    scene,
    therapist,
)
from clinic.day import SESSION
from clinic.scene import Scene
from holdfast.clinic.ledger import read
from holdfast.records.assessment import MedicationRecorded
from holdfast.records.safety import Deviation
from holdfast.records.session import (
    HandedOver,
    NightNoted,
    NoteSigned,
    RecordingKept,
    RecordingNoted,
    RescueGiven,
    SessionEvent,
    SettingNoted,
)
from holdfast.records.supply import KitPutBack, KitReturned

__all__ = ["physician", "scene", "therapist"]
pytestmark = pytest.mark.postgres
DIGEST = "0f" * 32
MEDICINE = {
    "medicine": "a beta blocker",
    "amount": "one tablet, as ordered",
    "route": "by mouth",
    "why": "pressure",
    "ordered_by": "s01-physician",
    "given_by": "s01-therapist-1",
}


def ended(tablet: Tablet) -> None:
    """The session from its start to its end, recorded, with one dose."""
    begun(tablet)
    assert tablet.send("recording", act="started").status_code == 200
    assert tablet.send("event", event="suds", amount="2").status_code == 200
    first_dose(tablet)
    tablet.clock.pass_(480)
    assert tablet.send("reading", **READING).status_code == 200
    answer = tablet.send("end", **{"confirm-oriented": "yes"})
    assert answer.status_code == 200, answer.json()


def discharged(tablet: Tablet) -> None:
    """The participant leaves a session that has ended."""
    tablet.send("event", event="suds", amount="2")
    said = {f"confirm-{name}": "yes" for name in ("oriented", "gait_steady", "escort_arranged")}
    morning = (tablet.clock.at + timedelta(hours=14)).strftime("%Y-%m-%dT%H:%M")
    left = tablet.send("leave", escort="a sister", next_contact=morning, **said)
    assert left.status_code == 200, left.json()


def page(tablet: Tablet, name: str) -> str:
    answer = tablet.client.get(f"{SESSION}{name}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def test_a_recording_is_started_stopped_and_its_gap_told(therapist: Tablet) -> None:
    begun(therapist)
    assert "Let it run before the dose." in therapist.page()
    first_dose(therapist)
    therapist.clock.pass_(1)
    assert "Nothing is recorded since" in therapist.page()
    therapist.clock.pass_(3)
    beside = therapist.send("recording", act="started").json()["beside"]
    assert len(beside) == 1
    assert beside[0].startswith("Nothing was recorded for 4 minutes")
    shown = therapist.page()
    assert "Runs since" in shown
    assert "Nothing is recorded since" not in shown
    assert [each.act for each in facts(RecordingNoted)] == ["started"]


def test_a_digest_that_is_none_is_sent_back_with_what_was_typed(therapist: Tablet) -> None:
    ended(therapist)
    assert "The session has ended: end the recording." in therapist.page()
    therapist.send("recording", act="ended")
    assert "The session has ended: end the recording." not in therapist.page()
    short = {"sha256": "0f0f", "custodian": "s01-coordinator"}
    answer = therapist.send("recording-kept", **short)
    assert (answer.status_code, answer.json()["field"]) == (400, "sha256")
    assert 'value="0f0f"' in therapist.send("recording-kept", json=False, **short).content.decode()
    kept = therapist.send("recording-kept", sha256=DIGEST, custodian="s01-coordinator")
    assert kept.status_code == 200
    assert [(each.sha256, each.custodian) for each in facts(RecordingKept)] == [(DIGEST, "s01-coordinator")]


def test_rescue_medicine_is_recorded_as_written_and_its_effect_later(therapist: Tablet) -> None:
    dosed(therapist)
    told = therapist.send("rescue", **MEDICINE)
    assert told.json()["beside"] == []
    listed = [
        each.fact
        for each in read.records(STUDY, stream="participant/P-001")
        if isinstance(each.fact, MedicationRecorded) and each.fact.class_ == "rescue"
    ]
    assert [each.medicine for each in listed] == ["a beta blocker"]
    effect = {"rescue": told.json()["id"], "effect": "124/80 after 20 min", "reason": "Effect, seen later"}
    assert therapist.send("rescue-effect", **effect).status_code == 200
    assert [each.effect for each in facts(RescueGiven)] == ["", "124/80 after 20 min"]
    assert "124/80 after 20 min" in unescape(therapist.page())


def test_rescue_medicine_without_a_physician_is_recorded_with_the_break(therapist: Tablet) -> None:
    dosed(therapist)
    beside = therapist.send("rescue", **{**MEDICINE, "ordered_by": ""}).json()["beside"]
    assert beside == ["a beta blocker was given; ordered by nobody, who is not a physician of this site."]
    assert therapist.send("rescue", **{**MEDICINE, "amount": " "}).json()["field"] == "amount"


def test_an_unused_kit_is_offered_for_return_and_goes_back_before_a_witness(therapist: Tablet) -> None:
    dosed(therapist)
    assert 'data-entry="capsules"' not in therapist.page()
    no = {"give": "no", "decided_by": "s01-therapist-1", "why": "The participant does not wish it."}
    assert therapist.send("supplement", **no).status_code == 200
    assert 'name="kit" value="K588310"' in therapist.page()
    back = {"kit": "K588310", "capsules": "1", "witness": "s01-therapist-2"}
    assert therapist.send("capsules", **back).json()["beside"] == []
    assert [each.kit for each in facts(KitPutBack)] == ["K588310"]
    returned = [each.fact for each in read.records(STUDY, stream="kit/K588310")][-1]
    assert isinstance(returned, KitReturned)
    assert (returned.capsules, returned.witness) == (1, "s01-therapist-2")
    assert 'data-entry="capsules"' not in therapist.page()


def test_a_session_is_handed_over_and_the_night_noted(therapist: Tablet, physician: Tablet) -> None:
    ended(therapist)
    assert "Nobody has taken over yet" in therapist.page()
    nothing = {"from": "s01-therapist-1", "to": "s01-physician", "told": ""}
    assert therapist.send("handover", **nothing).json()["field"] == "told"
    told = {**nothing, "told": "Calm; offer water."}
    assert therapist.send("handover", **told).json()["beside"] == []
    assert [(each.to, each.role) for each in facts(HandedOver)] == [("s01-physician", "physician")]
    physician.clock.pass_(180)
    assert physician.send("night", state="asleep", text="Breathing calmly.").status_code == 200
    assert [each.state for each in facts(NightNoted)] == ["asleep"]
    sheet = page(physician, "overnight-sheet")
    for words in ("In danger to life", "Distress (SUDS) 2 of 10", "systolic at or above 180 mmHg"):
        assert words in sheet


def test_a_disturbance_is_one_tap_with_a_detail(therapist: Tablet) -> None:
    dosed(therapist)
    assert therapist.send("event", event="noise", detail="a drill next door").status_code == 200
    (noise,) = [each for each in facts(SessionEvent) if each.event == "noise"]
    assert noise.detail == "a drill next door"
    assert "Noise: a drill next door" in unescape(therapist.page())


def test_the_setting_is_sent_back_with_what_was_typed_and_filled_in_the_next_time(therapist: Tablet) -> None:
    begun(therapist)
    assert 'name="light"' in page(therapist, "setting")
    long = therapist.send("setting-noted", json=False, music="x" * 501, light="dim")
    assert long.status_code == 400
    assert '<option value="dim" selected>' in long.content.decode()
    assert therapist.send("setting-noted", json=False, music="A fixed list", light="dim").status_code == 302
    assert [each.items for each in facts(SettingNoted)] == [{"light": "dim", "music": "A fixed list"}]
    assert 'value="A fixed list"' in page(therapist, "setting")


def _digest(shown: str) -> str:
    return shown.partition('name="sha256" value="')[2].partition('"')[0]


def test_the_note_is_signed_as_it_was_read_and_only_so(therapist: Tablet) -> None:
    ended(therapist)
    read_by = page(therapist, "note")
    assert "Not signed yet" in read_by
    therapist.clock.pass_(1)
    therapist.send("event", event="note", detail="one more thing")
    mine = {"sha256": _digest(read_by), "meaning": "I was there."}
    refused = therapist.send("sign", json=False, **mine)
    assert refused.status_code == 422
    assert "The note says something else by now" in unescape(refused.content.decode())
    assert facts(NoteSigned) == []
    again = {**mine, "sha256": _digest(page(therapist, "note"))}
    assert therapist.send("sign", json=False, **again).status_code == 302
    assert [each.sha256 for each in facts(NoteSigned)] == [again["sha256"]]
    therapist.clock.pass_(1)
    therapist.send("event", event="note", detail="and another")
    assert "of an earlier text" in page(therapist, "note")


def test_the_note_waits_for_the_end(therapist: Tablet) -> None:
    begun(therapist)
    shown = page(therapist, "note")
    assert "It is signed when the session has ended." in shown
    refused = therapist.send("sign", json=False, sha256="00" * 32, meaning="so")
    assert refused.status_code == 422
    assert "End the session before" in unescape(refused.content.decode())


def test_distress_is_asked_before_the_dose(therapist: Tablet) -> None:
    begun(therapist)
    assert "Distress before the dose" in therapist.page()
    therapist.send("event", event="suds", amount="3")
    assert "Distress before the dose" not in therapist.page()


def test_the_emergency_card_says_whom_to_call_and_no_amount(therapist: Tablet) -> None:
    begun(therapist)
    shown = page(therapist, "emergency")
    for words in (
        "call the emergency number now",
        "+1 303 555 0102",
        "S01-Physician",
        "2030-01-01",
        "not the patient alarm and not a medical device",
        "Call the physician now, repeat after five minutes, give no further dose.",
    ):
        assert words in shown
    assert " mg" not in shown


@pytest.mark.parametrize("name", ["note", "overnight-sheet", "emergency", "setting"])
@pytest.mark.parametrize("person", ["s01-pharmacist", "rater-1", "demo-statistician", "demo-sponsor"])
def test_who_does_not_open_the_session_opens_none_of_its_pages(scene: Scene, person: str, name: str) -> None:
    tablet: Any = Tablet(person, scene.clock)
    assert tablet.client.get(f"{SESSION}{name}").status_code == 403


def test_what_the_end_finds_is_shown_beside_it(therapist: Tablet) -> None:
    dosed(therapist)
    therapist.clock.pass_(480)
    therapist.send("reading", **READING)
    beside = therapist.send("end", **{"confirm-oriented": "yes"}).json()["beside"]
    assert "No recording of the session was started." in beside
    assert "recording-missing" in {each.code for each in facts(Deviation)}


def test_a_session_that_was_discharged_is_a_closed_record(therapist: Tablet) -> None:
    ended(therapist)
    assert "data-age=" in therapist.page()
    discharged(therapist)
    therapist.clock.pass_(60 * 290)
    shown = unescape(therapist.page())
    head = shown[shown.index('id="head"') : shown.index('id="pill"')]
    assert re.search(r"Discharged \d+ \w+ \d{4}, \d\d:\d\d", head)
    assert "8 h 00 min after the first dose" in head
    values = shown[shown.index('id="values"') : shown.index("</section>", shown.index('id="values"'))]
    assert re.search(r"122/78.*Last \d+ \w+ \d{4}, \d\d:\d\d", values, re.DOTALL)
    for counts in ('class="t" data-t0', "data-until=", "data-age=", "tile stale", "290 h"):
        assert counts not in shown
    assert set(re.findall(r'data-stale="([^"]*)"', values)) == {""}
    assert 'class="now"' not in shown


def test_the_list_does_not_deny_the_session_of_today(therapist: Tablet) -> None:
    address = f"/s/{STUDY}/sessions/"
    ended(therapist)
    under_way = therapist.client.get(address).content.decode()
    assert "No other session is planned for today." in under_way
    assert "No session is planned for today." not in under_way
    discharged(therapist)
    closed = therapist.client.get(address).content.decode()
    assert "No session is under way." in closed
    assert "No other session is planned for today." in closed


def test_after_the_session_the_list_and_the_page_say_integration(therapist: Tablet) -> None:
    pages = (f"/s/{STUDY}/participants/", f"/s/{STUDY}/participants/P-001/")
    ended(therapist)
    for address in pages:
        assert "Dosing session 1" in therapist.client.get(address).content.decode()
    discharged(therapist)
    for address in pages:
        shown = therapist.client.get(address).content.decode()
        assert "Integration after session 1" in shown
        assert "In treatment" not in shown
