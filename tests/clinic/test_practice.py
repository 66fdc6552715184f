"""Practice: a session with a virtual participant, in a ledger of its own, whose time alone can be moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client

from clinic.bedside import STUDY, scene
from clinic.day import CONFIRM, SESSION
from clinic.scene import Scene
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.clocks import practice_time
from holdfast.clinic.clocks.models import Moved
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.verify import verify
from holdfast.clinic.practice.making import renamed
from holdfast.clinic.practice.models import Chosen, Practice
from holdfast.errors import Refusal
from holdfast.records.session import SessionStarted

pytestmark = pytest.mark.postgres
__all__ = ["scene"]  # a fixture
BACKEND = "django.contrib.auth.backends.ModelBackend"


def browser(person: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person=person), backend=BACKEND)
    return client


class Practising:
    """Somebody who made a practice and has its page open."""

    def __init__(self, person: str = "s01-therapist-1") -> None:
        self.client = browser(person)
        answer = self.client.post(f"/s/{STUDY}/sessions/practise")
        assert answer.status_code == 302, answer.content.decode()
        self.address = answer["Location"]
        self.row = Practice.objects.get(study=self.address.split("/")[2])
        self.person = person

    @property
    def standing(self) -> Any:
        return read.session_standing(self.row.study, self.row.participant, self.row.visit)

    def page(self) -> str:
        answer = self.client.get(self.address)
        assert answer.status_code == 200
        return answer.content.decode()

    def send(self, form: str, **fields: str) -> Any:
        fields.setdefault("id", str(uuid4()))
        return self.client.post(f"{self.address}{form}", fields, headers={"accept": "application/json"})

    def move(self, minutes: int) -> None:
        assert self.client.post(f"{self.address}practice/move", {"minutes": str(minutes)}).status_code == 302

    def choose(self, what: str) -> None:
        assert self.client.post(f"{self.address}practice/choose", {"what": what}).status_code == 302

    def monitor(self) -> str:
        return self.client.get(f"{self.address}practice/monitor").content.decode()

    def debrief(self) -> str:
        return self.client.get(f"{self.address}practice/debrief").content.decode()

    def colleague(self) -> str:
        held = read.appointments(study=self.row.study)
        return next(e.person for e in held if e.role == "therapist" and e.person != self.person)

    def begin(self) -> None:
        """Start the session, read, open the gate, give the first dose, as the page's forms do."""
        physician = next(e.person for e in read.appointments(study=self.row.study) if e.role == "physician")
        monitors = {f"monitor-{self.person}": "1", f"monitor-{self.colleague()}": "1"}
        started = self.send("start", physician=physician, **monitors)
        assert started.status_code == 200, started.json()
        for person in (self.person, self.colleague()):
            self.send("presence", person=person, present="yes")
        self.move(5)
        assert self.send("event", event="suds", amount="2").status_code == 200
        reading = {"systolic": "122", "diastolic": "78", "heart_rate": "72", "temperature": "36.7"}
        assert self.send("reading", **reading).status_code == 200
        step = read.protocol(self.row.study).sessions[0].first.step
        said = {f"confirm-{name}": word for name, word in CONFIRM.items()}
        gate = self.send("gate", step=step, **said)
        assert gate.status_code == 200, gate.json()
        kit = self.standing.kits[step].kit
        dose = self.send("dose", step=step, kit=kit, witness=self.colleague())
        assert dose.json()["beside"] == []


def counted() -> dict[str, int]:
    """How many records every study has."""
    return {each.study: len(read.sealed(each.study)) for each in read.studies()}


def test_a_practice_is_a_rehearsal_of_its_own_with_somebody_ready_at_the_first_dose(scene: Scene) -> None:
    before = read.sealed(STUDY)
    made = Practising()
    assert made.row.study == f"practice-{STUDY}-1"
    assert read.study(made.row.study).life == "rehearsal"
    page = made.page()
    assert "Rehearsal: no real person" in page
    assert "The participant is virtual" in page
    assert "The monitor shows" in page
    made.begin()
    assert made.standing.t0 is not None
    assert read.sealed(STUDY) == before
    verify()


def test_its_protocol_is_the_text_of_the_study_but_for_the_code(scene: Scene) -> None:
    own = read.protocol(STUDY).text.splitlines()
    other = renamed(read.protocol(STUDY), STUDY, "practice-x-1").text.splitlines()
    differ = [(a, b) for a, b in zip(own, other, strict=True) if a != b]
    assert differ == [("  code: inactive-placebo", "  code: practice-x-1")]


def test_a_second_practice_by_somebody_else_is_another_ledger(scene: Scene) -> None:
    one, other = Practising(), Practising("s01-therapist-2")
    assert {one.row.study, other.row.study} == {f"practice-{STUDY}-1", f"practice-{STUDY}-2"}
    one.begin()
    listed = other.client.get(f"/s/{STUDY}/sessions/").content.decode()
    assert other.row.study in listed
    assert one.row.study not in listed
    assert other.standing.started is None


def test_time_moves_in_a_practice_and_nowhere_else(scene: Scene) -> None:
    made = Practising()
    made.begin()
    t0 = made.standing.t0.at
    made.move(15)
    assert "T+0:15" in made.page()
    assert read.session_standing(STUDY, "P-001", "dosing-1").started is None
    real = browser("s01-therapist-1")
    assert real.post(f"{SESSION}practice/move", {"minutes": "15"}).status_code == 404
    with pytest.raises(Refusal, match="practice only"):
        practice_time.move(STUDY, by=timedelta(minutes=15), at=edge.now(), person="s01-therapist-1")
    assert edge.now_in(STUDY) == edge.now()
    assert edge.now_in(made.row.study) == t0 + timedelta(minutes=15)
    assert not Moved.objects.exclude(study=made.row.study).exists()


def test_a_live_study_of_such_a_name_keeps_real_time_and_the_database_refuses_any_other(scene: Scene) -> None:
    made = Practising()
    made.move(60)
    ahead = practice_time.ahead(made.row.study)
    row = read.study(made.row.study)
    row.life = "live"
    row.save()
    assert ahead != timedelta(0)
    assert practice_time.ahead(made.row.study) == timedelta(0)
    with pytest.raises(IntegrityError):
        Moved.objects.create(study=STUDY, by_s=60.0, at=edge.now(), person="s01-therapist-1")


def test_a_pressure_above_the_stop_limit_is_shown_and_rings_when_it_is_entered(scene: Scene) -> None:
    made = Practising()
    made.begin()
    made.move(15)
    made.choose("pressure")
    shown = made.monitor()
    limit = max(
        each.value.number
        for each in read.protocol(made.row.study).limits
        if each.measure == "systolic" and each.priority == "high" and each.op == ">="
    )
    assert f"{limit + 4:.0f}/" in shown
    told = made.send(
        "reading", systolic=f"{limit + 4:.0f}", diastolic="95", heart_rate="90", temperature="37.0",
        due_minute="15", keep="1",
    )  # fmt: skip
    assert told.json()["alarm"] is True
    back = made.debrief()
    assert "nobody took it on" in back
    made.move(15)
    assert f"{limit + 4:.0f}/" not in made.monitor()


def test_while_the_network_is_away_nothing_is_answered_and_then_all_is(scene: Scene) -> None:
    made = Practising()
    made.begin()
    made.choose("network")
    entry = {"id": str(uuid4()), "event": "nausea"}
    away = made.send("event", **entry)
    assert away.status_code == 503
    assert made.client.get(f"{made.address}now").status_code == 503
    assert made.client.get(made.address).status_code == 200
    assert browser("s01-therapist-1").get(SESSION).status_code == 200
    made.choose("network-back")
    assert made.send("event", **entry).status_code == 200


def test_the_network_comes_back_by_itself(scene: Scene) -> None:
    made = Practising()
    made.begin()
    made.choose("network")
    scene.clock.at += timedelta(minutes=2)
    assert made.send("event", event="nausea").status_code == 200


def test_looking_back_tells_what_was_due_late_noted_and_broken(scene: Scene) -> None:
    made = Practising()
    made.begin()
    made.choose("touch")
    assert made.send("touch", kind="bodywork", act="given", by=made.person).status_code == 200
    made.choose("monitor-leaves")
    made.move(60)
    told = made.debrief()
    assert "readings that were due came in time" in told
    assert "did not come" in told
    assert "noted after 0 min" in told
    assert "no entry about it" in told  # nobody noted that the monitor left
    assert "a touch that was not agreed to" in told or "without permission" in told or "not agreed" in told


def test_a_practice_is_no_study_of_the_first_page_and_stands_apart_from_sessions(scene: Scene) -> None:
    made = Practising()
    home = made.client.get("/").content.decode()
    assert STUDY in home
    assert made.row.study not in home
    listed = made.client.get(f"/s/{STUDY}/sessions/").content.decode()
    now, _, apart = listed.partition('id="s-practice"')
    assert made.row.study not in now
    assert made.row.study in apart


@pytest.mark.parametrize("person", ["s01-coordinator", "s01-pharmacist", "rater-1", "demo-auditor"])
def test_only_a_therapist_practises(scene: Scene, person: str) -> None:
    assert browser(person).post(f"/s/{STUDY}/sessions/practise").status_code == 403
    assert not Practice.objects.exists()


def test_what_is_opened_in_a_practice_is_written_down_at_the_real_time(scene: Scene) -> None:
    made = Practising()
    made.move(60)
    made.page()
    rows = Opened.objects.filter(study=made.row.study)
    assert {each.at for each in rows} == {edge.now()}


def test_nothing_but_records_of_the_practice_and_its_rows_is_left(scene: Scene) -> None:
    before = counted()
    made = Practising()
    made.begin()
    made.choose("pressure")
    after = counted()
    assert {study: after[study] for study in before} == before
    assert set(after) - set(before) == {made.row.study}
    assert Chosen.objects.values_list("study", flat=True).get() == made.row.study
    sessions = read.records(made.row.study, kinds=(SessionStarted.KIND,))
    assert len(sessions) == 1
