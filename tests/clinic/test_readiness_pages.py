"""The readiness board, a session moved, a physician who signs on another's tablet and countersigns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clinic.bedside import STREAM, STUDY, Tablet, begun, facts, served
from clinic.day import SESSION, morning
from clinic.scene import Scene, protocol
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.ledger import read
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.session import GateOverridden, OverrideCountersigned, OverrideReported, ReadinessNoted

pytestmark = pytest.mark.postgres
BOARD = f"/s/{STUDY}/sessions/readiness"
PASSWORD = "a long and quiet password"


def signed_in(person: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    account = Person.objects.get(person=person)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def planned(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A randomised participant whose session is on the calendar for two days ahead."""
    made = Scene(protocol()).open().ready("P-001").randomised("P-001")
    on = (made.now + timedelta(days=2)).date().isoformat()
    made.do(act.ScheduleVisit(participant="P-001", visit="dosing-1", on=on), Role.COORDINATOR)
    with served(made, monkeypatch):
        yield made


@pytest.fixture
def room(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tablet]:
    """A session that has begun, as the leading therapist has it before them."""
    with served(morning(), monkeypatch) as made:
        physician = Person.objects.get(person="s01-physician")
        physician.set_password(PASSWORD)
        physician.save()
        tablet = Tablet("s01-therapist-1", made.clock)
        begun(tablet)
        yield tablet


# --- the board --------------------------------------------------------------------------


def test_the_board_names_item_owner_last_day_and_what_to_do(planned: Scene) -> None:
    page = signed_in("s01-coordinator").get(BOARD).content.decode()
    assert "ALT is missing. Take it between" in page
    assert "No kit is set aside for s1-first" in page
    assert "/participants/P-001/do/laboratory" in page
    assert "in 2 days" in page
    for owner in ("coordinator", "pharmacist", "therapist"):
        assert owner in page.lower()
    assert 'style="' not in page
    assert "<script>" not in page


def test_what_is_late_stands_first_and_mine_are_told_apart(planned: Scene) -> None:
    everything = signed_in("s01-pharmacist").get(BOARD).content.decode()
    mine = signed_in("s01-pharmacist").get(BOARD, {"show": "mine"}).content.decode()
    assert "Kit of the first dose" in mine
    assert "ALT" not in mine
    assert "ALT" in everything
    assert "/supply/for/P-001" in mine
    assert "/supply/for/P-001" not in signed_in("s01-coordinator").get(BOARD).content.decode()


def test_who_was_shown_a_participant_is_written_down(planned: Scene) -> None:
    signed_in("s01-therapist-1").get(BOARD)
    rows = Opened.objects.filter(path=BOARD, participant="P-001")
    assert [(each.person, each.act) for each in rows] == [("s01-therapist-1", "read-session")]


@pytest.mark.parametrize("person", ["rater-1", "demo-statistician", "demo-sponsor"])
def test_who_meets_no_participant_does_not_open_the_board(planned: Scene, person: str) -> None:
    assert signed_in(person).get(BOARD).status_code == 403


def test_a_note_ahead_is_recorded_and_shown_and_later_stands_beside_the_gate(planned: Scene) -> None:
    client = signed_in("s01-therapist-1")
    sent = {"id": str(uuid4()), "item": "escort-arranged", "note": "The sister comes at nine."}
    answer = client.post(f"{SESSION}ahead", sent)
    assert (answer.status_code, answer["Location"]) == (302, f"{BOARD}#P-001-dosing-1")
    assert [each.note for each in facts(ReadinessNoted)] == ["The sister comes at nine."]
    assert "The sister comes at nine." in client.get(BOARD).content.decode()
    assert client.post(f"{SESSION}ahead", {**sent, "id": str(uuid4()), "note": " "}).status_code == 400


def test_moving_a_session_shows_what_refits_and_then_moves_it(planned: Scene) -> None:
    client = signed_in("s01-coordinator")
    to = (planned.now + timedelta(days=5)).date().isoformat()
    page = client.get(f"{SESSION}move", {"to": to}).content.decode()
    assert "What refits on" in page
    assert "ALT" in page
    assert read.participant_standing(STUDY, "P-001").visits["dosing-1"].scheduled != to
    moved = client.post(f"{SESSION}move", {"id": str(uuid4()), "to": to})
    assert moved.status_code == 302
    assert read.participant_standing(STUDY, "P-001").visits["dosing-1"].scheduled == to
    assert signed_in("s01-pharmacist").get(f"{SESSION}move").status_code == 403
    assert client.post(f"{SESSION}move", {"id": str(uuid4()), "to": "soon"}).status_code == 400


# --- the physician ------------------------------------------------------------------------


def sign(room: Tablet, **changes: str) -> Any:
    given = {
        "step": "s1-first", "item": "fasted", "reason": "Toast at six.", "physician": "s01-physician",
        "password": PASSWORD, **changes,
    }  # fmt: skip
    return room.send("override-here", **given)


def test_a_physician_signs_on_the_therapists_tablet_and_the_therapist_stays_signed_in(room: Tablet) -> None:
    assert "The physician signs on this tablet" in room.page()
    assert sign(room).status_code == 200
    assert [(each.physician, each.how) for each in facts(GateOverridden)] == [("s01-physician", "tablet")]
    (record,) = read.records(STUDY, stream=STREAM, kinds=("gate-overridden",))
    assert (record.author, record.role, record.device) == (
        "s01-physician", "physician", "tablet of s01-therapist-1",
    )  # fmt: skip
    assert PASSWORD not in room.page()
    assert "overridden" in room.page()
    assert room.client.session["_auth_user_id"] == str(Person.objects.get(person="s01-therapist-1").pk)


def test_a_wrong_password_records_nothing_and_is_not_shown_again(room: Tablet) -> None:
    answer = sign(room, password="not that one at all")
    assert (answer.status_code, answer.json()["field"]) == (400, "password")
    shown = room.send(
        "override-here", json=False, step="s1-first", item="fasted", reason="x", physician="s01-physician",
        password="not that one at all",
    )  # fmt: skip
    assert "not that one at all" not in shown.content.decode()
    assert facts(GateOverridden) == []


def test_a_colleagues_own_password_overrides_nothing(room: Tablet) -> None:
    other = Person.objects.get(person="s01-therapist-2")
    other.set_password(PASSWORD)
    other.save()
    answer = sign(room, physician="s01-therapist-2")
    assert (answer.status_code, answer.json()["field"]) == (400, "physician")
    assert facts(GateOverridden) == []


def test_nobody_overrides_what_nobody_may_by_a_password(room: Tablet) -> None:
    answer = sign(room, item="not-pregnant")
    assert [each["code"] for each in answer.json()["reasons"]] == ["nobody-overrides"]


REPORT = {
    "step": "s1-first", "item": "fasted", "physician": "s01-physician", "how": "read-back",
    "why": "Toast at six.", "witness": "s01-therapist-2", "read_back": "yes",
}  # fmt: skip


def test_an_override_by_telephone_waits_for_its_physician_on_their_day(room: Tablet) -> None:
    assert room.send("override-report", **REPORT).status_code == 200
    assert [each.counts for each in facts(OverrideReported)] == [True]
    physician = Tablet("s01-physician", room.clock)
    today = physician.client.get(f"/s/{STUDY}/").content.decode()
    assert "To be countersigned by you" in today
    assert "To be countersigned by you" not in room.client.get(f"/s/{STUDY}/").content.decode()
    room.clock.pass_(25 * 60)
    assert "Overdue since" in physician.client.get(f"/s/{STUDY}/").content.decode()
    assert "It was mine: countersign" in physician.page()
    assert "It was mine: countersign" not in room.page()
    (report,) = read.records(STUDY, stream=STREAM, kinds=("override-reported",))
    signed = physician.send("countersign", override=str(report.id), agrees="yes")
    assert signed.json()["beside"] == [f"s01-physician countersigned fasted after {_due(report)} UTC."]
    assert [each.agrees for each in facts(OverrideCountersigned)] == [True]
    assert "To be countersigned by you" not in physician.client.get(f"/s/{STUDY}/").content.decode()


def _due(report: Any) -> str:
    return f"{report.happened_at.at + timedelta(hours=24):%Y-%m-%d %H:%M}"


def test_a_report_is_not_for_who_may_give_no_dose(room: Tablet) -> None:
    coordinator = Tablet("s01-coordinator", room.clock)
    assert coordinator.send("override-report", **REPORT).status_code == 403
    assert facts(OverrideReported) == []


def test_the_gate_says_what_the_records_lack_and_asks_nobody_about_it(room: Tablet) -> None:
    page = room.page()
    assert 'name="confirm-laboratory_in_window"' not in page
    assert 'name="confirm-washout_done"' not in page
    assert 'name="confirm-escort_arranged"' in page
