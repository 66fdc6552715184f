"""Monitors that send by themselves: token, formats, whose a reading is, sent twice, a flood."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings

from clinic import two_sites
from clinic.bedside import PLAIN, READING, STREAM, STUDY, Tablet, begun, facts, scene
from clinic.scene import SITE, Scene
from holdfast.clinic import edge
from holdfast.clinic.devices import tokens
from holdfast.clinic.devices.models import Device, Received, Taken
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.rebuild import rebuild
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmRaised, DevicePlaced, VitalsRead

pytestmark = pytest.mark.postgres
WAY_IN = "/api/devices/readings"
__all__ = ["scene"]  # a fixture


class Monitor:
    """A device with its token; sends what it is given."""

    def __init__(self, code: str = "monitor-1") -> None:
        self.device, self.token = tokens.make(
            STUDY,
            SITE,
            code=code,
            name="Monitor",
            serial="SN 77",
            days=90,
            by="s01-coordinator",
            now=edge.now(),
        )
        self.client = Client(SERVER_NAME="127.0.0.1")

    def post(self, body: Any, **headers: str) -> Any:
        sent = body if isinstance(body, (str, bytes)) else json.dumps(body)
        given = {"authorization": f"Bearer {self.token}", **headers}
        return self.client.post(WAY_IN, sent, content_type="application/json", headers=given)

    def read(self, ident: str = "", *, ago: float = 0, **values: object) -> Any:
        at = (edge.now() - timedelta(seconds=ago)).isoformat()
        return self.post({"id": ident or str(uuid4()), "at": at, **values})


def observation(ident: str, components: dict[str, tuple[float, str]], **more: object) -> dict[str, Any]:
    """A FHIR R4 Observation as the standard's example of a blood pressure."""

    def quantity(value: float, unit: str) -> dict[str, Any]:
        return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}

    def concept(code: str) -> dict[str, Any]:
        return {"coding": [{"system": "http://loinc.org", "code": code, "display": "as LOINC has it"}]}

    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": ident}],
        "status": "final",
        "category": [{"coding": [{"code": "vital-signs"}]}],
        "subject": {"reference": "Patient/unknown"},
        "effectiveDateTime": edge.now().isoformat(),
        "code": concept("85354-9"),
        "component": [
            {"code": concept(code), "valueQuantity": quantity(*found)} for code, found in components.items()
        ],
        **more,
    }


@pytest.fixture
def therapist(scene: Scene) -> Tablet:
    tablet = Tablet("s01-therapist-1", scene.clock)
    begun(tablet)
    return tablet


@pytest.fixture
def monitor(therapist: Tablet) -> Monitor:
    """A monitor that stands at the session."""
    one = Monitor()
    assert therapist.send("device", here="monitor-1").status_code == 200
    therapist.clock.pass_(1)
    return one


def told(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    assert found["sentence"].endswith((".", "?"))
    return found


# --- who may send ----------------------------------------------------------------------


def test_a_token_is_shown_once_kept_hashed_and_ended(scene: Scene) -> None:
    coordinator = Tablet("s01-coordinator", scene.clock).client
    made = {"site": SITE, "code": "cuff-2", "name": "Cuff", "serial": "9", "days": "30"}
    page = coordinator.post(f"/s/{STUDY}/devices/add", made).content.decode()
    token = page.split("<code>")[1].split("</code>")[0]
    device = Device.objects.get(code="cuff-2")
    assert len(token) >= 43
    assert device.token_digest == tokens.digest(token)
    assert token not in coordinator.get(f"/s/{STUDY}/devices/").content.decode()
    assert tokens.device_of(token, now=edge.now()) == device
    assert tokens.device_of(token, now=edge.now() + timedelta(days=30)) is None
    assert coordinator.post(f"/s/{STUDY}/devices/cuff-2/end").status_code == 302
    assert tokens.device_of(token, now=edge.now()) is None
    assert (Device.objects.get(code="cuff-2").ended_by, Device.objects.count()) == ("s01-coordinator", 1)


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ({"code": "Cuff 2"}, "small letters"),
        ({"days": "900"}, "366"),
        ({"days": "x"}, "number"),
        ({"name": " "}, "name"),
    ],
)
def test_a_device_that_cannot_be_made_is_explained_and_what_was_typed_stays(
    scene: Scene, typed: dict[str, str], word: str
) -> None:
    coordinator = Tablet("s01-coordinator", scene.clock).client
    made = {"site": SITE, "code": "cuff-2", "name": "Cuff", "serial": "9", "days": "30", **typed}
    answer = coordinator.post(f"/s/{STUDY}/devices/add", made)
    assert answer.status_code == 400
    assert word in answer.content.decode()
    assert 'value="9"' in answer.content.decode()
    assert not Device.objects.exists()


@pytest.mark.parametrize("person", ["s01-therapist-1", "s01-pharmacist", "rater-1", "demo-sponsor"])
def test_who_does_not_keep_devices_makes_and_ends_none(scene: Scene, person: str) -> None:
    Monitor()
    client = Tablet(person, scene.clock).client
    made = {"site": SITE, "code": "x", "name": "X", "days": "1"}
    assert client.post(f"/s/{STUDY}/devices/add", made).status_code == 403
    assert client.post(f"/s/{STUDY}/devices/monitor-1/end").status_code == 403
    assert Device.objects.get().ended_at is None


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer nonsense", "Basic Zm9vOmJhcg=="])
def test_without_a_good_token_nothing_is_kept(monitor: Monitor, header: str) -> None:
    answer = monitor.post({"id": "a", "at": edge.now().isoformat(), "heart_rate": 70}, authorization=header)
    told(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert not Received.objects.exists()


def test_the_description_is_for_staff_and_devices(scene: Scene, monitor: Monitor) -> None:
    stranger = Client(SERVER_NAME="127.0.0.1")
    assert stranger.get("/api/openapi.json", headers={"accept": "application/json"}).status_code == 403
    by_token = stranger.get("/api/openapi.json", headers={"authorization": f"Bearer {monitor.token}"})
    staff = Tablet("s01-coordinator", scene.clock).client.get("/api/openapi.json")
    assert by_token.json() == staff.json()
    assert list(staff.json()["paths"]) == [WAY_IN]
    assert stranger.get("/api/docs").status_code == 404


# --- what may be sent --------------------------------------------------------------------


def test_a_small_reading_is_recorded_by_the_device_as_the_system(monitor: Monitor) -> None:
    answer = told(monitor.read("r-1", systolic=124, diastolic=78, heart_rate=72, temperature=36.8), 200)
    record = read.records(STUDY, stream=STREAM, kinds=("vitals-read",))[-1]
    assert answer["record"] == str(record.id)
    assert (record.author, record.role, record.device) == ("device:monitor-1", "system", "Monitor (SN 77)")
    fact = record.fact
    assert isinstance(fact, VitalsRead)
    assert (fact.systolic, fact.diastolic, fact.heart_rate, fact.temperature) == (124, 78, 72, 36.8)
    assert (fact.due_minute, fact.typed) == (-60, "")  # it answers the reading that is due
    assert facts(Deviation) == []


@pytest.mark.parametrize(
    ("components", "recorded", "typed"),
    [
        ({"8480-6": (124, "mm[Hg]"), "8462-4": (78, "mm[Hg]")}, {"systolic": 124, "diastolic": 78}, ""),
        (
            {"8480-6": (16.0, "kPa"), "8462-4": (10.7, "kPa")},
            {"systolic": 120, "diastolic": 80},
            "systolic 16 kPa; diastolic 10.7 kPa",
        ),
        ({"8310-5": (98.6, "[degF]")}, {"temperature": 37.0}, "temperature 98.6 [degF]"),
        ({"8310-5": (37.2, "Cel"), "8867-4": (71, "/min")}, {"temperature": 37.2, "heart_rate": 71}, ""),
        ({"8867-4": (71.6, "/min")}, {"heart_rate": 72}, "heart rate 71.6 /min"),
    ],
)
def test_an_observation_is_recorded_in_our_units_and_says_what_was_sent(
    monitor: Monitor, components: dict[str, tuple[float, str]], recorded: dict[str, float], typed: str
) -> None:
    told(monitor.post(observation("urn:uuid:1", components)), 200)
    fact = facts(VitalsRead)[-1]
    assert {name: getattr(fact, name) for name in recorded} == recorded
    assert fact.typed == typed


def test_a_single_observation_of_a_rate_needs_no_component(monitor: Monitor) -> None:
    sent = observation("urn:uuid:2", {})
    sent["code"] = {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}
    sent["valueQuantity"] = {"value": 66, "code": "/min"}
    told(monitor.post(sent), 200)
    assert facts(VitalsRead)[-1].heart_rate == 66


BAD = [
    ("not json", "no JSON"),
    (b"\xff\xfe{", "no JSON"),
    ("[]", "no reading"),
    ({"id": "a", "at": "2026-03-09T10:00:00"}, "timezone"),
    ({"id": "a b", "at": "2026-03-09T10:00:00Z", "heart_rate": 70}, "pattern"),
    ({"id": "a\u0000", "at": "2026-03-09T10:00:00Z", "heart_rate": 70}, "pattern"),
    ({"id": "a", "at": "0001-01-01T00:00:00Z", "heart_rate": 70}, "no such time"),
    ({"id": "a", "at": "2026-03-09T10:00:00Z"}, "Nothing in it"),
    ('{"id": "a", "at": "2026-03-09T10:00:00Z", "heart_rate": NaN}', "finite"),
    ({"id": "a", "at": "2026-03-09T10:00:00Z", "heart_rate": "fast"}, "number"),
    ({"id": "a", "at": "2026-03-09T10:00:00Z", "pulse": 70}, "pulse"),
    ({"resourceType": "Patient"}, "no reading"),
]


@pytest.mark.parametrize(("sent", "word"), BAD)
def test_what_cannot_be_read_is_explained_and_kept(monitor: Monitor, sent: Any, word: str) -> None:
    answer = told(monitor.post(sent), 400)
    assert word in answer["sentence"]
    assert "What came is kept." in answer["sentence"]
    assert [bool(each.problem) for each in Received.objects.all()] == [True]
    assert facts(VitalsRead) == []


def bad_observation(**more: object) -> dict[str, Any]:
    return observation("u1", {"8480-6": (124, "mm[Hg]"), "8462-4": (78, "mm[Hg]")}, **more)


@pytest.mark.parametrize(
    ("sent", "word"),
    [
        (lambda: bad_observation(status="entered-in-error"), "corrected by a person"),
        (lambda: bad_observation(identifier=[]), "identifier"),
        (lambda: observation("u1", {"8480-6": (124, "furlong")}), "expected mm[Hg], kPa"),
        (lambda: observation("u1", {"2708-6": (97, "%")}), "Nothing in it"),
        (lambda: bad_observation(effectiveDateTime="2026-03-09"), "effectiveDateTime"),
    ],
)
def test_an_observation_that_is_no_reading_is_explained_and_kept(
    monitor: Monitor, sent: Any, word: str
) -> None:
    answer = told(monitor.post(sent()), 400)
    assert word in answer["sentence"]
    assert Received.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"systolic": 84, "diastolic": 142}, "Swapped? 84/142 -> 142/84 mmHg."),
        ({"temperature": 98.6}, "98.6 looks like °F: 37.0 °C?"),
        ({"systolic": 16.0, "diastolic": 11.0}, "16/11 looks like kPa"),
        ({"heart_rate": 900}, "expected a whole number from 20 to 300"),
    ],
)
def test_what_cannot_be_true_is_sent_back_with_its_question_and_kept(
    monitor: Monitor, values: dict[str, float], word: str
) -> None:
    assert word in told(monitor.read(**values), 400)["sentence"]
    assert Received.objects.count() == 1
    assert facts(VitalsRead) == []


def test_a_reading_from_the_future_is_sent_back_and_kept(monitor: Monitor) -> None:
    answer = told(monitor.read(ago=-300, heart_rate=70), 400)
    assert "yet to come" in answer["sentence"]
    assert Received.objects.count() == 1


def test_a_device_whose_clock_is_wrong_says_when_it_sends_and_is_put_right(monitor: Monitor) -> None:
    wrong = edge.now() + timedelta(hours=5)  # its clock is five hours ahead
    sent = {"id": "r", "at": (wrong - timedelta(seconds=20)).isoformat(), "sent_at": wrong.isoformat()}
    told(monitor.post({**sent, "heart_rate": 70}), 200)
    record = read.records(STUDY, stream=STREAM, kinds=("vitals-read",))[-1]
    assert record.happened_at.at == edge.now() - timedelta(seconds=20)
    assert record.skew_s == -5 * 3600


def test_what_is_too_large_is_not_kept(monitor: Monitor) -> None:
    for size in (70_000, 1_100_000):
        told(monitor.post({"id": "x" * size, "at": edge.now().isoformat()}), 413)
    assert not Received.objects.exists()


# --- the same again ----------------------------------------------------------------------


def test_sent_again_it_is_recorded_once_and_other_values_of_that_id_are_a_conflict_and_kept(
    monitor: Monitor, therapist: Tablet
) -> None:
    at = edge.now().isoformat()
    entry = {"id": "r-1", "at": at, "systolic": 124, "diastolic": 78}
    first = told(monitor.post(entry), 200)
    therapist.clock.pass_(5)
    again = told(monitor.post(entry), 200)
    assert (first["replay"], again["replay"]) == (False, True)
    assert first["record"] == again["record"]
    told(monitor.post({**entry, "systolic": 125}), 409)
    assert [each.systolic for each in facts(VitalsRead)] == [124]
    assert Received.objects.count() == 2


def test_the_same_pressures_under_another_id_within_a_minute_are_recorded_and_said(
    monitor: Monitor, therapist: Tablet
) -> None:
    told(monitor.read(systolic=124, diastolic=78), 200)
    therapist.clock.pass_(0.5)
    answer = told(monitor.read(systolic=124, diastolic=78), 200)
    assert answer["beside"] == [
        "The same pressures were read less than a minute before; both readings stand."
    ]


# --- whose it is ---------------------------------------------------------------------------


def test_a_device_at_no_session_is_kept_and_a_person_assigns_its_reading(
    scene: Scene, therapist: Tablet
) -> None:
    monitor = Monitor()
    therapist.clock.pass_(2)
    at = edge.now()
    told(monitor.read("early", systolic=131, diastolic=82), 202)
    assert facts(VitalsRead) == []
    page = therapist.client.get(f"/s/{STUDY}/devices/").content.decode()
    assert "systolic 131 mmHg, diastolic 82 mmHg" in page
    row = Received.objects.get()
    therapist.clock.pass_(3)
    entry = {"id": str(uuid4()), "row": str(row.pk), "session": "P-001/dosing-1", "reason": "it was hers"}
    for _again in range(2):
        assert therapist.client.post(f"/s/{STUDY}/devices/monitor-1/assign", entry).status_code == 302
    record = read.records(STUDY, stream=STREAM, kinds=("vitals-read",))[-1]
    assert (record.author, record.device, record.happened_at.at) == ("s01-therapist-1", "Monitor (SN 77)", at)
    assert record.reason == "it was hers"
    assert [each.systolic for each in facts(VitalsRead)] == [131]
    assert Taken.objects.get().assigned_by == "s01-therapist-1"
    other = {**entry, "id": str(uuid4())}
    assert therapist.client.post(f"/s/{STUDY}/devices/monitor-1/assign", other).status_code == 409
    assert "systolic 131" not in therapist.client.get(f"/s/{STUDY}/devices/").content.decode()


def test_where_a_monitor_stands_is_in_the_diary_and_ends_when_it_is_taken_away(
    monitor: Monitor, therapist: Tablet
) -> None:
    assert [each.here for each in facts(DevicePlaced)] == [True]
    page = therapist.page()
    assert "Monitor (SN 77) is at this session" in page
    assert "Monitor (SN 77) sends the readings of this session" in page
    told(monitor.read(heart_rate=70), 200)
    assert "Monitor (SN 77)" in therapist.page().split('id="diary"')[1]
    assert therapist.send("device", gone="monitor-1").status_code == 200
    therapist.clock.pass_(1)
    told(monitor.read(heart_rate=71), 202)
    # What was measured while it stood there is the participant's, whenever it arrives.
    told(monitor.read(ago=90, heart_rate=72), 202)
    assert len(facts(VitalsRead)) == 1


def test_a_monitor_of_no_such_code_or_ended_is_not_placed(therapist: Tablet) -> None:
    assert therapist.send("device", here="monitor-9").status_code == 404
    assert therapist.send("device").status_code == 400


def test_where_monitors_stand_is_made_again_from_the_records(monitor: Monitor) -> None:
    before = read.device_place(STUDY, "monitor-1")
    assert before is not None
    assert (before.participant, before.visit, before.gone_at) == ("P-001", "dosing-1", None)
    assert rebuild().differed == 0
    after = read.device_place(STUDY, "monitor-1")
    assert after is not None
    assert after.said_at == before.said_at


# --- a device gone mad -----------------------------------------------------------------------


def test_a_second_reading_within_ten_seconds_is_kept_and_recorded_when_sent_again_later(
    monitor: Monitor, therapist: Tablet
) -> None:
    told(monitor.read("r-1", heart_rate=70), 200)
    therapist.clock.pass_(0.05)
    at = edge.now().isoformat()
    held = monitor.post({"id": "r-2", "at": at, "heart_rate": 74})
    told(held, 429)
    assert held["Retry-After"] == "7"
    therapist.clock.pass_(0.2)
    told(monitor.post({"id": "r-2", "at": at, "heart_rate": 74}), 200)
    assert [each.heart_rate for each in facts(VitalsRead)] == [70, 74]
    assert Received.objects.count() == 2


def test_a_high_reading_waits_behind_no_other(monitor: Monitor, therapist: Tablet) -> None:
    told(monitor.read(systolic=124, diastolic=78), 200)
    therapist.clock.pass_(0.02)
    told(monitor.read(systolic=126, diastolic=78), 429)
    answer = told(monitor.read(systolic=192, diastolic=84), 200)
    assert answer["alarm"] is True
    assert [each.systolic for each in facts(VitalsRead)] == [124, 192]


def test_a_thousand_readings_in_a_second_are_kept_and_leave_few_records_and_one_alarm(
    monitor: Monitor, therapist: Tablet, capsys: pytest.CaptureFixture[str]
) -> None:
    begin, step = edge.now(), timedelta(milliseconds=1)
    statuses: dict[int, int] = {}
    started, worked = time.perf_counter(), time.process_time()
    for number in range(1000):
        therapist.clock.at = begin + number * step
        answer = monitor.read(f"r-{number}", systolic=120 + number % 9, diastolic=78, heart_rate=70)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    took, worked = time.perf_counter() - started, time.process_time() - worked
    with capsys.disabled():
        print(
            f"\n1,000 readings of one device in one second of its clock: {took:.1f} s, "
            f"{worked:.1f} s of them this process's own work; {statuses}"
        )
    assert Received.objects.count() == 1000
    assert statuses == {200: 1, 429: 999}
    assert len(facts(VitalsRead)) == 1
    assert [each.code for each in facts(Deviation)] == ["device-flood"]
    assert [(each.code, each.priority) for each in facts(AlarmRaised)] == [("device-flood", "medium")]
    assert "more readings than it can measure" in monitor.read(heart_rate=70).json()["sentence"]
    # A high value in the midst of it is recorded at once.
    assert told(monitor.read(systolic=195, diastolic=90), 200)["alarm"] is True
    assert Taken.objects.count() == 2


def test_a_flood_of_a_device_at_no_session_is_kept_and_slowed_down(therapist: Tablet) -> None:
    monitor = Monitor()
    found = [monitor.read(f"r-{number}", heart_rate=60 + number).status_code for number in range(62)]
    assert found == [202] * 60 + [429] * 2
    assert Received.objects.count() == 62
    assert facts(AlarmRaised) == []


@pytest.mark.parametrize("table", ["devices_received", "devices_taken"])
@pytest.mark.parametrize("do", ["UPDATE {} SET study = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_came_is_neither_changed_nor_deleted(monitor: Monitor, table: str, do: str) -> None:
    told(monitor.read(heart_rate=70), 200)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(do.format(table))
    assert (Received.objects.count(), Taken.objects.count()) == (1, 1)


def test_what_came_lies_encrypted(monitor: Monitor) -> None:
    told(monitor.post(observation("secret-id", {"8867-4": (71, "/min")}, note=[{"text": "Ms Example"}])), 200)
    row = Received.objects.get()
    assert b"Ms Example" not in bytes(row.sealed)
    assert "71" not in row.says or len(row.says) == 64
    assert READING  # the page's readings go another way


def test_nobody_of_another_site_sees_ends_or_assigns_its_devices(database: str) -> None:
    two_sites.make()
    with override_settings(STORAGES=PLAIN):
        other = two_sites.browser("s02-coordinator")
        page = other.get(f"/s/{STUDY}/devices/").content.decode()
        assert "monitor-q-001" in page
        assert "monitor-p-001" not in page
        entry = {"id": str(uuid4()), "row": "1", "session": "Q-001/dosing-1"}
        assert other.post(f"/s/{STUDY}/devices/monitor-p-001/end").status_code == 403
        assert other.post(f"/s/{STUDY}/devices/monitor-p-001/assign", entry).status_code == 403
        made = {"site": "S01", "code": "x", "name": "X", "days": "1"}
        assert other.post(f"/s/{STUDY}/devices/add", made).status_code == 403
        placed = f"/s/{STUDY}/sessions/Q-001/dosing-1/device"
        answer = two_sites.browser("s02-therapist-1").post(
            placed, {"id": str(uuid4()), "here": "monitor-p-001"}, headers={"accept": "application/json"}
        )
        assert (answer.status_code, answer.json()["field"]) == (400, "here")
    assert all(each.ended_at is None for each in Device.objects.all())
