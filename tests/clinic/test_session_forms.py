"""What the forms of the session page answer: kept, explained, asked again, recorded once."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from clinic.bedside import READING, STREAM, STUDY, Tablet, begun, dosed, facts, physician, scene, therapist
from clinic.day import CONFIRM, SESSION
from clinic.scene import Scene
from holdfast.clinic import edge
from holdfast.clinic.ledger import read, write
from holdfast.errors import Unavailable
from holdfast.records.session import (
    AlarmAcknowledged,
    DoseGiven,
    GateChecked,
    SessionEnded,
    VitalsDeferred,
    VitalsMissed,
    VitalsRead,
)

pytestmark = pytest.mark.postgres
__all__ = ["physician", "scene", "therapist"]  # fixtures


def test_a_start_without_people_is_refused_with_every_reason(therapist: Tablet) -> None:
    answer = therapist.send("start", **{"monitor-s01-therapist-2": "1", "physician": ""})
    assert answer.status_code == 422
    assert {each["code"] for each in answer.json()["reasons"]} == {
        "too-few-monitors",
        "no-lead-monitor",
        "physician-not-qualified",
    }
    shown = therapist.send("start", json=False, **{"monitor-s01-therapist-2": "1", "physician": ""})
    assert shown.status_code == 422
    assert "None of the monitors holds a lead" in shown.content.decode()
    assert read.session_standing(STUDY, "P-001", "dosing-1").started is None


def test_an_impossible_value_is_sent_back_with_what_was_typed(therapist: Tablet) -> None:
    begun(therapist)
    answer = therapist.send("reading", **{**READING, "heart_rate": "900"})
    assert answer.status_code == 400
    assert answer.json()["field"] == "heart_rate"
    shown = therapist.send("reading", json=False, **{**READING, "heart_rate": "900"})
    text = shown.content.decode()
    assert shown.status_code == 400
    for typed in ("122", "78", "900", "36.7"):
        assert f'value="{typed}"' in text
    assert 'aria-invalid="true"' in text
    assert answer.json()["sentence"] in text.replace("&#x27;", "'")
    assert facts(VitalsRead) == []


def test_swapped_pressures_are_asked_about(therapist: Tablet) -> None:
    begun(therapist)
    answer = therapist.send("reading", **{**READING, "systolic": "78", "diastolic": "122"})
    assert answer.status_code == 422
    assert answer.json()["questions"] == {"diastolic": "Swapped? 78/122 -> 122/78 mmHg."}
    assert facts(VitalsRead) == []


def test_an_unusual_value_asks_once_and_is_kept(therapist: Tablet) -> None:
    begun(therapist)
    unusual = {**READING, "systolic": "231"}
    asked = therapist.send("reading", **unusual)
    assert asked.status_code == 422
    assert list(asked.json()["questions"]) == ["systolic"]
    assert facts(VitalsRead) == []
    assert 'name="keep"' in therapist.send("reading", json=False, **unusual).content.decode()
    assert therapist.send("reading", **unusual, keep="1").status_code == 200
    assert [each.systolic for each in facts(VitalsRead)] == [231.0]


def test_sent_twice_is_one_record_and_other_content_is_a_conflict(therapist: Tablet) -> None:
    begun(therapist)
    entry = {"id": str(uuid4()), "noted_at": (edge.now() - timedelta(milliseconds=40)).isoformat(), **READING}
    first = therapist.send("reading", **entry)
    therapist.clock.pass_(3)  # the answer was lost; the tablet sends what it kept
    second = therapist.send("reading", **entry)
    assert (first.json()["replay"], second.json()["replay"]) == (False, True)
    assert first.json()["id"] == second.json()["id"] == entry["id"]
    assert len(facts(VitalsRead)) == 1
    other = therapist.send("reading", **{**entry, "systolic": "123"})
    assert other.status_code == 409
    assert len(facts(VitalsRead)) == 1


def test_another_time_than_now_needs_its_reason_and_is_recorded(therapist: Tablet) -> None:
    begun(therapist)
    therapist.clock.pass_(30)
    earlier = (edge.now() - timedelta(minutes=20)).replace(second=0, microsecond=0)
    local = earlier.astimezone(ZoneInfo("America/Denver"))
    typed = local.strftime("%H:%M")
    assert therapist.send("reading", **READING, clock=typed).json()["field"] == "reason"
    assert therapist.send("reading", **READING, clock=typed, reason="hands were full").status_code == 200
    record = read.records(STUDY, stream=STREAM, kinds=("vitals-read",))[0]
    assert (record.happened_at.at, record.reason) == (earlier, "hands were full")


def test_the_gate_is_refused_with_every_reason_and_opens_when_all_hold(therapist: Tablet) -> None:
    begun(therapist)
    nothing = therapist.send("gate", step="s1-first")
    unmet = {each["about"] for each in nothing.json()["reasons"]}
    protocol = read.protocol(STUDY)
    always = {"consent-in-force", "two-monitors", "no-acute-suicidality"}
    always |= {"not-pregnant", "wash-outs-done", "laboratory-in-window"}  # the records say so
    assert unmet == set(protocol.session("dosing-1").first.gate) - always
    dosed_reading = therapist.send("reading", **READING)
    assert dosed_reading.status_code == 200
    said = {f"confirm-{name}": word for name, word in CONFIRM.items()}
    assert therapist.send("gate", step="s1-first", **said).status_code == 200
    assert facts(GateChecked)[0].open_ is True


def test_a_physician_lets_one_item_pass_and_nobody_else_may(therapist: Tablet, physician: Tablet) -> None:
    begun(therapist)
    assert therapist.send("override", step="s1-first", item="fasted", reason="ate at six").status_code == 403
    refused = physician.send("override", step="s1-first", item="not-pregnant", reason="sure")
    assert [each["code"] for each in refused.json()["reasons"]] == ["nobody-overrides"]
    assert physician.send("override", step="s1-first", item="fasted", reason="ate at six").status_code == 200
    assert "overridden" in therapist.page()


def test_another_kit_asks_again_and_then_is_recorded_with_the_break(therapist: Tablet) -> None:
    begun(therapist)
    wrong = {"step": "s1-first", "kit": "K588310", "witness": "s01-therapist-2"}
    assert "K104207" in therapist.send("dose", **wrong).json()["questions"]["kit"]
    assert facts(DoseGiven) == []
    told = therapist.send("dose", **wrong, keep="1").json()
    assert any("K104207 was set aside" in each for each in told["beside"])


def test_a_limit_passed_alarms_until_somebody_takes_it_on(therapist: Tablet) -> None:
    dosed(therapist)
    therapist.clock.pass_(15)
    told = therapist.send("reading", **{**READING, "systolic": "184"}, due_minute="15").json()
    assert told["alarm"] is True
    page = therapist.page()
    assert "alarm-high" in page
    assert "!!! High" in page
    alarm = read.session_standing(STUDY, "P-001", "dosing-1").open_alarms()[0]
    assert therapist.send("alarm", alarm=str(alarm.root), plan="", after="5").status_code == 422
    taken = therapist.send("alarm", alarm=str(alarm.root), plan="Physician called", after="5")
    assert taken.status_code == 200
    assert [each.recheck_minute for each in facts(AlarmAcknowledged)] == [20]
    assert "Physician called" in therapist.page()


def test_a_reading_is_put_off_or_not_taken_with_a_reason(therapist: Tablet) -> None:
    dosed(therapist)
    assert therapist.send("deferral", due_minute="15", by_minutes="10", why="").status_code == 400
    assert therapist.send("deferral", due_minute="15", by_minutes="10", why="grief").status_code == 200
    assert therapist.send("missed", due_minute="30", why="asleep").status_code == 200
    assert [(each.due_minute, each.until_minute) for each in facts(VitalsDeferred)] == [(15, 25)]
    assert [each.due_minute for each in facts(VitalsMissed)] == [30]


def test_a_reading_that_does_not_come_is_shown_and_the_old_value_goes_stale(therapist: Tablet) -> None:
    dosed(therapist)
    therapist.clock.pass_(15)
    therapist.send("reading", **READING, due_minute="15")
    assert 'class="tile"' in therapist.page()
    therapist.clock.pass_(21)
    page = therapist.page()
    assert "The reading of T+0:30 is overdue." in page
    assert 'class="tile stale"' in page


def test_the_end_is_refused_with_every_reason(therapist: Tablet) -> None:
    dosed(therapist)
    therapist.clock.pass_(120)
    answer = therapist.send("end")
    codes = [each["code"] for each in answer.json()["reasons"]]
    assert answer.status_code == 422
    assert codes == ["minimum-hours", "gate-unknown", "gate-unknown"]
    assert facts(SessionEnded) == []


def test_a_database_that_is_gone_answers_503(therapist: Tablet, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(therapist)

    def gone(*_args: object, **_more: object) -> None:
        raise Unavailable("The clinic's database cannot be written just now.")

    monkeypatch.setattr(write, "perform", gone)
    answer = therapist.send("reading", **READING)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


@pytest.mark.parametrize("person", ["s01-pharmacist", "rater-1", "demo-statistician", "demo-sponsor"])
def test_who_is_not_of_the_room_does_not_open_a_session(scene: Scene, person: str) -> None:
    tablet = Tablet(person, scene.clock)
    assert tablet.client.get(SESSION).status_code == 403
    assert tablet.client.get(f"{SESSION}now").status_code == 403
    assert tablet.send("reading", **READING).status_code == 403
    assert facts(VitalsRead) == []


def test_a_watcher_reads_and_finds_no_form(scene: Scene, therapist: Tablet) -> None:
    begun(therapist)
    page = Tablet("demo-safety-monitor", scene.clock).page()
    assert "P-001" in page
    assert 'data-entry="reading"' not in page
