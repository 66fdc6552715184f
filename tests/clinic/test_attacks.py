"""What somebody with an account, or without one, tries at the site's addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client, override_settings

from clinic.bedside import PLAIN
from clinic.cast import hidden, typed
from clinic.scene import PEOPLE, Scene, protocol
from clinic.two_sites import (
    MINE,
    OTHER,
    STUDY,
    THEIRS,
    Elsewhere,
    addresses,
    browser,
    make,
    people_of,
)
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.assessment import RaterAssigned

pytestmark = pytest.mark.postgres
METHODS = ("get", "post", "head", "options", "put", "delete", "patch")


@pytest.fixture
def clinic(database: str) -> None:
    make()


@pytest.fixture(autouse=True)
def _plain() -> object:
    with override_settings(STORAGES=PLAIN):
        yield


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_envelope")
        return int(cursor.fetchone()[0])


# --- other sites, other studies ---------------------------------------------------------------


def test_no_address_of_another_sites_participant_opens(clinic: None) -> None:
    before, tried = count(), 0
    theirs = {name: path for name, path in addresses(STUDY, THEIRS).items() if THEIRS in path}
    assert len(theirs) >= 25
    for person in PEOPLE:
        client = browser(person)
        for name, path in theirs.items():
            for method in METHODS:
                answer = getattr(client, method)(path)
                tried += 1
                # 405 where the act alone is asked of who may do it somewhere: nothing was looked up.
                fine = (403, 404, 405) if name.startswith("kit") else (403, 404)
                assert answer.status_code in fine, (person, method, name, answer.status_code)
    print(f"\n{tried} requests")
    assert count() == before


def test_no_list_shows_another_sites_participant(clinic: None) -> None:
    for person in PEOPLE:
        client = browser(person)
        for name, path in addresses(STUDY, MINE).items():
            if name == "session-live":
                continue
            answer = client.get(path)
            assert THEIRS not in answer.content.decode(), (person, name)


def test_the_first_page_counts_whom_the_list_shows(clinic: None) -> None:
    page = browser("s01-coordinator").get("/").content.decode()
    listed = browser("s01-coordinator").get(f"/s/{STUDY}/participants/").content.decode()
    assert "1 participant at the sites you see, under way." in page
    assert "1 of 1" in listed


def test_nobody_of_another_study_opens_anything(clinic: None) -> None:
    before = count()
    for person in people_of("o01"):
        client = browser(person)
        for name, path in addresses(STUDY, MINE).items():
            for method in ("get", "post"):
                answer = getattr(client, method)(path)
                assert answer.status_code in (403, 404), (person, method, name, answer.status_code)
    for name, path in addresses(OTHER, "O-001").items():
        answer = browser("s01-coordinator").get(path)
        assert answer.status_code in (403, 404), (name, answer.status_code)
    assert count() == before


def test_a_rater_opens_no_task_of_another(clinic: None) -> None:
    tasks = [each.fact for each in read.records(STUDY, kinds=["rater-assigned"])]
    assert len(tasks) == 2
    for fact in tasks:
        assert isinstance(fact, RaterAssigned)
        for rater in ("rater-1", "s02-rater-1"):
            answer = browser(rater).get(f"/s/{STUDY}/tasks/{fact.task}/CAPS-5")
            assert answer.status_code == (200 if rater == fact.rater else 404)


def test_a_code_that_is_taken_does_not_bring_its_participant_over(clinic: None) -> None:
    """Logging a first contact under a code of another site would move that person, and who may read them."""
    client, before = browser("s01-coordinator"), count()
    typed = {
        "action": str(uuid4()), "a.site": "S01", "a.participant": THEIRS, "a.referred_by": "self",
        "a.prior_mdma": "never", "a.invited": "true",
    }  # fmt: skip
    answer = client.post(f"/s/{STUDY}/newcomer", typed)
    assert answer.status_code == 400
    assert "already" in answer.content.decode()
    assert (read.participant(STUDY, THEIRS).site, count()) == ("S02", before)


@pytest.mark.parametrize("code", ["Ann Smith", "P/9", "P-001\x00", "é", "x" * 80, "..", "P-9?"])
def test_a_code_that_no_address_can_name_is_sent_back(clinic: None, code: str) -> None:
    client, before = browser("s01-coordinator"), count()
    typed = {
        "action": str(uuid4()), "a.site": "S01", "a.participant": code, "a.referred_by": "self",
        "a.prior_mdma": "never", "a.invited": "true",
    }  # fmt: skip
    answer = client.post(f"/s/{STUDY}/newcomer", typed)
    assert (answer.status_code, count()) == (400, before)
    assert client.get(f"/s/{STUDY}/participants/").status_code == 200


# --- forms of others, methods, what is read changes nothing ---------------------------------------


def test_every_address_refuses_what_comes_without_the_sites_token(clinic: None) -> None:
    before = count()
    for person in ("s01-coordinator", "s01-therapist-1", "s01-physician", "s01-pharmacist", "rater-1"):
        client = browser(person, enforce_csrf_checks=True)
        for name, path in addresses(STUDY, MINE).items():
            answer = client.post(path, {"id": str(uuid4()), "action": str(uuid4())})
            assert answer.status_code in (403, 404, 405), (person, name, answer.status_code)
    for path in ("/sign-in", "/sign-in/demo", "/sign-out"):
        assert browser("s01-coordinator", enforce_csrf_checks=True).post(path).status_code == 403
    assert count() == before


def test_reading_changes_nothing(clinic: None) -> None:
    before = count()
    for person in ("s01-coordinator", "s01-therapist-1", "s01-physician", "s01-pharmacist", "rater-1"):
        client = browser(person)
        for name, path in addresses(STUDY, MINE).items():
            if name != "session-live":
                assert client.get(path).status_code in (200, 403, 404, 405), (person, name)
                assert client.head(path).status_code in (200, 403, 404, 405), (person, name)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/").status_code == 200
    assert count() == before


def test_a_method_that_an_address_does_not_take_is_told_in_a_sentence(clinic: None) -> None:
    client = browser("s01-coordinator")
    answer = client.delete(f"/s/{STUDY}/participants/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert "first page" in answer.content.decode()
    told = client.delete(f"/s/{STUDY}/participants/", HTTP_ACCEPT="application/json")
    assert told.json()["sentence"]
    assert client.head("/health").status_code == 200


NASTY = {
    "not a number": {"systolic": "nan", "diastolic": "inf", "heart_rate": "1e999"},
    "a number beyond": {"systolic": "1" * 400, "diastolic": "80"},
    "a time before time": {"systolic": "120", "noted_at": "0001-01-01T00:00:00+00:00"},
    "a time after time": {"systolic": "120", "noted_at": "9999-12-31T23:59:59-14:00"},
    "a due that is none": {"systolic": "120", "due_minute": "1e300"},
    "NUL in a reason": {"systolic": "120", "reason": "a\x00b"},
    "NUL in a device": {"systolic": "120", "device": "a\x00b"},
    "an id that is none": {"systolic": "120", "id": "1"},
}


@pytest.mark.parametrize("what", NASTY)
def test_a_reading_that_cannot_be_is_sent_back(clinic: None, what: str) -> None:
    client, before = browser("s01-therapist-1"), count()
    typed = {"id": str(uuid4()), "keep": "1", "diastolic": "80", "heart_rate": "70", **NASTY[what]}
    answer = client.post(
        f"/s/{STUDY}/sessions/{MINE}/dosing-1/reading", typed, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code in (400, 422), (what, answer.status_code, answer.content[:200])
    assert (answer.json()["sentence"] != "", count()) == (True, before)


@pytest.mark.parametrize("sent_at", ["nan", "9999-12-31T23:59:59-14:00", "2026-11-26T10:00:00", "x" * 4000])
def test_a_sending_time_that_is_none_loses_no_reading_and_tells_no_skew(clinic: None, sent_at: str) -> None:
    typed = {"id": str(uuid4()), "keep": "1", "systolic": "121", "diastolic": "80", "sent_at": sent_at}
    address = f"/s/{STUDY}/sessions/{MINE}/dosing-1/reading"
    answer = browser("s01-therapist-1").post(address, typed, HTTP_ACCEPT="application/json")
    assert answer.status_code == 200
    found = [each for each in read.records(STUDY, kinds=("vitals-read",)) if str(each.id) == typed["id"]]
    assert [each.skew_s for each in found] == [None]


@pytest.mark.parametrize("path", [
    "/sign-in?next=%00", f"/s/{STUDY}/supply/kits/%00/", f"/s/{STUDY}/supply/?step=%00",
    f"/s/{STUDY}/participants/?find=%00&site=%00", f"/s/{STUDY}/participants/{MINE}/?saved=%00",
    f"/s/{STUDY}/sessions/{MINE}/dosing-1/now?confirm-x=%00", f"/s/{STUDY}/supply/kits/{'x' * 5000}/",
    f"/s/{STUDY}/participants/{MINE}/do/withdraw?from_=%00",
])  # fmt: skip
def test_an_address_with_rubbish_is_no_failure_of_ours(clinic: None, path: str) -> None:
    for person in ("s01-coordinator", "s01-pharmacist", "demo-auditor"):
        assert browser(person).get(path).status_code < 500


@pytest.mark.parametrize("field", ["person", "password", "next"])
def test_rubbish_at_the_door_is_no_failure_of_ours(clinic: None, field: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    for rubbish in ("\x00", "x" * 100_000, "' OR 1=1 --"):
        typed = {"person": "somebody", "password": "p", field: rubbish}
        assert client.post("/sign-in", typed).status_code in (400, 429)


@pytest.mark.parametrize("of", ["", "none", "11111111-1111-4111-8111-111111111111", "\x00"])
def test_a_correction_of_a_record_that_is_none_is_sent_back(clinic: None, of: str) -> None:
    client, before = browser("s01-physician"), count()
    form = next(each for each in read.records(STUDY, kinds=["form-completed"]) if each.fact.form == "C-SSRS")
    path = f"/s/{STUDY}/participants/{MINE}/records/{form.id}/correct"
    assert client.get(path).status_code == 200
    answers = {f"a.{code}": str(value).lower() for code, value in form.fact.answers.items()}
    answer = client.post(
        path, {"action": str(uuid4()), "of": of, "reason": "a slip", "keep": "yes", **answers}
    )
    assert (answer.status_code, count()) == (400, before)


def test_dates_beyond_the_calendar_are_sent_back(clinic: None) -> None:
    client, before = browser("s01-coordinator"), count()
    for day in ("0001-01-01", "9999-12-31", "2026-02-30", "x"):
        typed = {"action": str(uuid4()), "reason": "late", "when.day": day, "when.time": "12:00",
                 "a.channel": "telephone", "a.outcome": "reached"}  # fmt: skip
        answer = client.post(f"/s/{STUDY}/participants/{MINE}/do/contact", typed)
        assert (answer.status_code, count()) == (400, before), (day, answer.status_code)


# --- what lies about in the browser --------------------------------------------------------------------


def test_pages_of_people_are_kept_by_no_cache_and_go_when_somebody_signs_out(clinic: None) -> None:
    client = browser("s01-coordinator")
    for name in ("today", "participants", "participant", "session", "report"):
        kept = client.get(addresses(STUDY, MINE)[name]).headers.get("Cache-Control", "")
        assert "private" in kept, name
        assert "no-cache" in kept or "no-store" in kept, name
    assert client.post("/sign-out").headers["Clear-Site-Data"] == '"cache"'


def test_a_session_gets_a_new_name_at_the_door_and_ends_for_good(clinic: None) -> None:
    person = Person.objects.get(person="s01-coordinator")
    person.set_password("a long password of a test")
    person.save()
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["sessionid"] = "chosen-by-somebody-else-0123456789"
    client.post("/sign-in", {"person": "s01-coordinator", "password": "a long password of a test"})
    cookie = client.cookies["sessionid"]
    assert cookie.value != "chosen-by-somebody-else-0123456789"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    stolen = Client(SERVER_NAME="127.0.0.1")
    stolen.cookies["sessionid"] = cookie.value
    assert stolen.get(f"/s/{STUDY}/").status_code == 200
    client.post("/sign-out")
    assert stolen.get(f"/s/{STUDY}/").status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old(clinic: None) -> None:
    client = browser("s01-coordinator")
    assert client.get(f"/s/{STUDY}/").status_code == 200
    person = Person.objects.get(person="s01-coordinator")
    person.set_password("another long password")
    person.save()
    assert client.get(f"/s/{STUDY}/").status_code == 302


# --- the demonstration's door ----------------------------------------------------------------------------


def test_one_click_opens_no_account_of_a_live_study_or_with_a_password(database: str) -> None:
    from django.conf import settings

    from clinic.live_site import fill
    from holdfast.clinic.accounts.models import StudyRole

    made = Scene(protocol()).open()
    fill(made)
    live = Scene(protocol("a-live-study"))
    live.do(act.OpenStudy(life="live"), Role.SPONSOR)
    live.do(act.OpenSite(name="Front Range", country="US", zone="UTC", phone="+1"), Role.SPONSOR)
    live.do(act.Appoint(person="s01-physician", role="physician", name="A physician"), Role.SPONSOR)
    write.take_in(live.book.sealed)
    StudyRole.objects.create(
        study="a-live-study", person="demo-auditor", role="auditor", given_at=made.now, given_by="t"
    )
    somebody = Person.objects.get(person="s01-pharmacist")
    somebody.set_password("a long password of a test")
    somebody.save()
    settings.DEMO = True
    try:
        client = Client(SERVER_NAME="127.0.0.1")
        page = client.get("/sign-in").content.decode()
        for person, status in {
            "s01-physician": 404, "demo-auditor": 404, "s01-pharmacist": 404, "s01-coordinator": 302,
        }.items():  # fmt: skip
            assert client.post("/sign-in/demo", {"person": person}).status_code == status, person
            assert (f'value="{person}"' in page) == (status == 302), person
        Person.objects.filter(person="s01-coordinator").delete()
        assert (
            Client(SERVER_NAME="127.0.0.1").post("/sign-in/demo", {"person": "s01-coordinator"}).status_code
            == 404
        )
    finally:
        settings.DEMO = False


# --- raters ------------------------------------------------------------------------------------------------


def test_nothing_a_rater_is_sent_tells_the_visit(clinic: None) -> None:
    """Every page and every answer to a mistake: no visit, no day of the record, no id that carries time."""
    fact = next(
        each.fact for each in read.records(STUDY, kinds=["rater-assigned"]) if each.fact.rater == "rater-1"
    )
    client, base = browser("rater-1"), f"/s/{STUDY}/tasks/"
    scene = Scene(protocol())
    rating = typed(scene.filled(MINE, "week-4", "CAPS-5").answers)
    blank = client.get(f"{base}{fact.task}/CAPS-5")
    action = hidden(blank.content.decode())["action"]
    task = f"{base}{fact.task}/CAPS-5"
    answers = [
        client.get(base),
        blank,
        client.get(f"{base}{fact.task}/PCL-5"),
        client.get(f"{base}{fact.task}/nothing"),
        client.post(task, {"action": action}),
        client.post(task, {"action": "x", **rating}),
        client.post(task, {"action": action, "when.day": "2020-01-01", "reason": "late", **rating}),
        client.post(task, {"action": action, **rating}),
        client.get(task),
        client.get(f"{task}/correct"),
        client.post(f"{task}/correct", {"action": str(uuid4()), **rating}),
        client.post(f"{task}/correct", {"action": str(uuid4()), "of": str(uuid4()), "reason": "x", **rating}),
        client.get(base),
        client.get(f"/s/{STUDY}/participants/{MINE}/"),
        client.get(f"/s/{STUDY}/participants/{MINE}/visits/week-4/CAPS-5/rater"),
        client.get("/"),
    ]
    for answer in answers:
        text = f"{answer.headers}{answer.content.decode()}".lower()
        for word in ("week-4", "week 4", "dosing", "session 1", "mar 2026", "2026-03", "randomised on"):
            assert word not in text, (word, answer.request["PATH_INFO"])
        for each in re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-", text):
            assert each in "45", (each, answer.request["PATH_INFO"])
    assert {answer.status_code for answer in answers} <= {200, 302, 400, 403, 404, 409}
    assert UUID(fact.task).version == 5
    rows = Opened.objects.filter(person="rater-1")
    assert {(each.act, each.participant, each.site) for each in rows} == {("rate", MINE, "S01")}


def test_a_rater_who_left_the_site_has_no_task_there(clinic: None) -> None:
    fact = next(
        each.fact for each in read.records(STUDY, kinds=["rater-assigned"]) if each.fact.rater == "rater-1"
    )
    scene = Scene(protocol(), now=datetime(2026, 4, 1, tzinfo=UTC), count=10_000)
    for what in (act.EndAppointment(person="rater-1", role="rater"),):
        assert write.perform(scene.action(what, Role.SPONSOR), now=scene.now).refused is None
    with Elsewhere("S02", "s02"):
        appointed = act.Appoint(person="rater-1", role="rater", name="Rater 1")
        assert write.perform(scene.action(appointed, Role.SPONSOR), now=scene.now).refused is None
    client = browser("rater-1")
    assert MINE not in client.get(f"/s/{STUDY}/tasks/").content.decode()
    assert client.get(f"/s/{STUDY}/tasks/{fact.task}/CAPS-5").status_code == 404


# --- what is written down, and what is shown of what was typed ---------------------------------------------


def test_a_wrong_password_is_kept_nowhere(clinic: None, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "a password typed into the wrong box"
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/sign-in", {"person": "s01-physician", "password": secret}).status_code == 400
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(a)::text FROM axes_accessattempt a")
        rows = cursor.fetchall()
    assert len(rows) == 1
    assert secret not in str(rows)
    told = capfd.readouterr()
    assert secret not in told.out + told.err


def test_what_was_typed_is_shown_as_text_in_the_report_and_on_the_pages(clinic: None) -> None:
    scene = Scene(protocol(), now=datetime(2026, 4, 1, tzinfo=UTC), count=20_000)
    kit, first = f"K-{MINE}-s1-first", "s1-first"
    dose = act.GiveDose(participant=MINE, visit="dosing-1", step=first, kit=kit, witness="s01-therapist-2")
    assert write.perform(scene.action(dose, Role.THERAPIST), now=scene.now).refused is None
    scene.now += timedelta(days=1)
    nasty = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    event = act.ReportAdverseEvent(
        participant=MINE,
        term=nasty,
        onset="2026-04-01",
        end="",
        severity="mild",
        serious=False,
        criteria=(),
        related="not-assessed",
        special_interest="",
        visit="",
    )
    outcome = write.perform(scene.action(event, Role.PHYSICIAN), now=scene.now)
    assert outcome.refused is None
    pages = {
        "s01-physician": (f"/s/{STUDY}/participants/{MINE}/", f"/s/{STUDY}/participants/{MINE}/changes"),
        "demo-data-board": (f"/s/{STUDY}/report/download",),
    }
    for person, paths in pages.items():
        for path in paths:
            text = browser(person).get(path).content.decode()
            assert "<script>alert" not in text, path
            assert "<img src=x" not in text, path
            assert "&lt;script&gt;alert(1)" in text, path
