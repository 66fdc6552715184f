"""What the server makes of entries that lay on a tablet: once, whoever sends them, with their time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from clinic.bedside import READING, Tablet, begun, scene
from clinic.day import SESSION
from clinic.scene import Scene
from holdfast.clinic.dosing import away, views
from holdfast.clinic.dosing.shown import iso
from holdfast.clinic.ledger import read
from holdfast.records.envelope import Record
from holdfast.records.safety import Deviation
from holdfast.records.session import AlarmAcknowledged, AlarmRaised, DoseGiven, SessionEvent, VitalsRead

__all__ = ["scene"]
pytestmark = pytest.mark.postgres
STUDY, STREAM = "inactive-placebo", "session/P-001/dosing-1"
STREAM_ZONE = ZoneInfo("America/Denver")
ANA, BEN = "s01-therapist-1", "s01-therapist-2"


def told(kind: type) -> list[Record]:
    return [each for each in read.records(STUDY, stream=STREAM) if isinstance(each.fact, kind)]


def beside(record: Record) -> set[str]:
    return {each.fact.code for each in told(Deviation) if each.because == record.id}  # type: ignore[attr-defined]


@pytest.fixture
def ana(scene: Scene) -> Tablet:
    one = Tablet(ANA, scene.clock)
    begun(one)
    return one


@pytest.fixture
def ben(scene: Scene, ana: Tablet) -> Tablet:
    return Tablet(BEN, scene.clock)


def entry(tablet: Tablet, by: str, **fields: str) -> dict[str, str]:
    return {
        "id": str(uuid4()),
        "noted_at": iso(tablet.clock()),
        "noted_by": by,
        "device": "tablet-7",
        **fields,
    }


def test_what_one_noted_and_another_sends_is_the_senders_and_says_who_noted_it(
    ana: Tablet, ben: Tablet
) -> None:
    noted = entry(ana, ANA, event="note", detail="cries softly")
    ana.clock.pass_(25)
    assert ben.send("event", **noted).status_code == 200
    (record,) = told(SessionEvent)
    assert (record.author, record.happened_at.at) == (BEN, ana.clock() - timedelta(minutes=25))
    assert "sent-by-another" in beside(record)
    sentence = next(d.fact.what for d in told(Deviation) if d.fact.code == "sent-by-another")  # type: ignore[attr-defined]
    assert sentence == f"Noted on the tablet by {ANA}, sent while {BEN} was signed in."


def test_what_one_sends_oneself_has_no_such_deviation(ana: Tablet) -> None:
    assert ana.send("event", **entry(ana, ANA, event="note", detail="calm")).status_code == 200
    assert "sent-by-another" not in beside(told(SessionEvent)[0])


def test_an_entry_whose_answer_was_lost_is_once_when_another_sends_it_again(ana: Tablet, ben: Tablet) -> None:
    noted = entry(ana, ANA, event="fluids", amount="200", unit="mL")
    assert ana.send("event", **noted).json()["replay"] is False
    again = ben.send("event", **noted)
    assert (again.status_code, again.json()["replay"]) == (200, True)
    (record,) = told(SessionEvent)
    assert record.author == ANA


@pytest.mark.parametrize(
    "changed", [{"amount": "300"}, {"noted_by": BEN}, {"noted_at": "2026-03-09T10:00:00Z"}]
)
def test_another_content_under_the_same_id_is_refused(ana: Tablet, changed: dict[str, str]) -> None:
    noted = entry(ana, ANA, event="fluids", amount="200", unit="mL")
    assert ana.send("event", **noted).status_code == 200
    assert ana.send("event", **{**noted, **changed}).status_code == 409
    assert len(told(SessionEvent)) == 1


def test_how_it_was_sent_is_not_what_it_says(ana: Tablet) -> None:
    noted = entry(ana, ANA, event="fluids", amount="200", unit="mL")
    for sent_at in ("", iso(ana.clock()), iso(ana.clock() - timedelta(hours=1))):
        assert ana.send("event", **noted, sent_at=sent_at).status_code == 200
    assert len(told(SessionEvent)) == 1


def test_a_reading_that_would_be_asked_about_now_is_the_first_one_again(ana: Tablet) -> None:
    """Sent again it says what the last reading said: no second reading, and no question."""
    noted = entry(ana, ANA, **READING)
    assert ana.send("reading", **noted).status_code == 200
    again = ana.send("reading", **noted)
    assert (again.status_code, again.json()["replay"]) == (200, True)
    assert len(told(VitalsRead)) == 1


def test_the_skew_of_the_tablets_clock_is_measured_when_it_sends(ana: Tablet) -> None:
    noted = entry(ana, ANA, event="note", detail="late clock")
    sent = iso(ana.clock() - timedelta(seconds=90))
    assert ana.send("event", **noted, sent_at=sent).status_code == 200
    (record,) = told(SessionEvent)
    assert record.skew_s == 90
    assert "clock-skew" in beside(record)


def test_a_time_by_the_tablets_own_clock_says_so(ana: Tablet) -> None:
    noted = entry(ana, ANA, event="note", detail="after a reload")
    assert ana.send("event", **noted, own_clock="1").status_code == 200
    assert "tablet-clock" in beside(told(SessionEvent)[0])


def test_the_clock_typed_offline_is_meant_from_when_it_was_noted(ana: Tablet) -> None:
    noted_at = ana.clock()
    local = (noted_at - timedelta(minutes=4)).astimezone(STREAM_ZONE).strftime("%H:%M")
    noted = entry(ana, ANA, event="note", detail="x", clock=local, reason="hands full")
    ana.clock.pass_(60 * 24)
    assert ana.send("event", **noted).status_code == 200
    happened = told(SessionEvent)[0].happened_at.at
    assert happened == (noted_at - timedelta(minutes=4)).replace(second=0, microsecond=0)


def test_a_dose_that_the_witness_sends_has_two_people(ana: Tablet, ben: Tablet) -> None:
    """Ana noted it with Ben as witness; Ben's sign-in sends it."""
    noted = entry(ana, ANA, step="s1-first", kit="K104207", witness=BEN)
    assert ben.send("dose", **noted).status_code == 200
    (record,) = told(DoseGiven)
    assert "dose-unwitnessed" not in beside(record)


def test_an_alarm_is_taken_on_by_the_reading_that_rang_it(ana: Tablet) -> None:
    reading = entry(ana, ANA, **{**READING, "systolic": "190"})
    assert ana.send("reading", **reading).status_code == 200
    ack = entry(ana, ANA, reading=reading["id"], code="systolic-stop", plan="Physician called", after="5")
    assert ana.send("alarm", **ack).status_code == 200
    (rung,) = [each for each in told(AlarmRaised) if each.fact.code == "systolic-stop"]  # type: ignore[attr-defined]
    (taken,) = told(AlarmAcknowledged)
    assert taken.fact.alarm == str(rung.id)  # type: ignore[attr-defined]


def test_an_alarm_taken_on_by_one_and_sent_by_another_names_the_one(ana: Tablet, ben: Tablet) -> None:
    reading = entry(ana, ANA, **{**READING, "systolic": "190"})
    assert ana.send("reading", **reading).status_code == 200
    ack = entry(ana, ANA, reading=reading["id"], code="systolic-stop", plan="Physician called", after="5")
    assert ben.send("alarm", **ack).status_code == 200
    (taken,) = told(AlarmAcknowledged)
    assert taken.fact.by == ANA  # type: ignore[attr-defined]
    assert taken.author == BEN
    assert "sent-by-another" in beside(taken)


def test_a_reading_that_rings_nothing_here_needs_nobody(ana: Tablet) -> None:
    ack = entry(ana, ANA, reading=str(uuid4()), code="systolic-stop", plan="x", after="5")
    answer = ana.send("alarm", **ack)
    assert answer.status_code == 404
    assert answer.json()["sentence"]
    assert told(AlarmAcknowledged) == []


def test_what_comes_after_the_end_is_recorded_and_called_late(ana: Tablet) -> None:
    noted = entry(ana, ANA, event="nausea")
    ana.clock.pass_(30)
    assert ana.send("end").status_code == 200
    ana.clock.pass_(30)
    assert ana.send("event", **noted).status_code == 200
    (record,) = told(SessionEvent)
    assert "arrived-late" in beside(record)


# --- signing in, and the page away -----------------------------------------------------------


def test_without_a_sign_in_the_tablet_is_told_to_wait(ana: Tablet) -> None:
    ana.client.logout()
    answer = ana.send("event", event="nausea")
    assert (answer.status_code, answer.json()["why"]) == (403, "sign-in")
    assert told(SessionEvent) == []


def test_a_role_that_may_not_is_told_apart(scene: Scene, ana: Tablet) -> None:
    rater = Tablet("rater-1", scene.clock)
    answer = rater.send("event", event="nausea")
    assert (answer.status_code, answer.json()["why"]) == (403, "role")


def test_a_stale_token_is_told_apart_and_hello_brings_a_new_one(ana: Tablet) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    strict.cookies = ana.client.cookies
    accept = {"accept": "application/json"}
    stale = strict.post(f"{SESSION}event", {"event": "nausea", "id": str(uuid4())}, headers=accept)
    assert (stale.status_code, stale.json()["why"]) == (403, "token")
    hello = strict.get(f"{SESSION}hello", headers=accept)
    assert hello.json() == {"now": iso(ana.clock()), "person": ANA}
    token = strict.cookies["csrftoken"].value
    fresh = {**accept, "X-CSRFToken": token}
    fields = {"event": "nausea", "id": str(uuid4())}
    assert strict.post(f"{SESSION}event", fields, headers=fresh).status_code == 200


def test_requests_need_the_network_and_reports_do_not() -> None:
    asked = set(views.requests())
    assert {"start", "gate", "end", "leave", "override"} <= asked
    assert asked.isdisjoint({"reading", "event", "dose", "alarm", "deferral", "missed", "presence", "touch"})


def test_the_worker_is_for_one_session_and_names_files_that_are_there(ana: Tablet) -> None:
    answer: Any = ana.client.get(f"{SESSION}worker.js")
    assert answer["Content-Type"] == "text/javascript"
    text = answer.content.decode()
    assert f'"here": "{SESSION}"' in text
    assert "Service-Worker-Allowed" not in answer
    assert "default-src 'self'" in text
    for name in away.files():
        assert name.rpartition("/")[2].partition(".")[0] in text
    assert "holdfast/session/sync.js" in away.files()


def test_nobody_else_gets_a_worker(scene: Scene, ana: Tablet) -> None:
    rater = Tablet("rater-1", scene.clock)
    assert rater.client.get(f"{SESSION}worker.js").status_code == 403
