"""Who gets in, who may do what, and what each answer is when something is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from clinic.scene import PEOPLE, SITE, START, Scene, protocol
from holdfast.clinic.accounts import demo_people
from holdfast.clinic.accounts.acts import ANYONE, PUBLIC, STUDY_ROLES, WHO, Act
from holdfast.clinic.accounts.guard import Guard, asks
from holdfast.clinic.accounts.loopback import is_loopback
from holdfast.clinic.accounts.may import may, roles, sites
from holdfast.clinic.accounts.models import Opened, Person, StudyRole
from holdfast.clinic.ledger import read, write
from holdfast.errors import NotPermitted
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
PASSWORD = "a long password of a test"
STUDY = "inactive-placebo"
INSIDE = f"/s/{STUDY}/study/"


@pytest.fixture
def scene(database: str) -> Scene:
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    write.take_in(made.book.sealed)
    demo_people.enter({person: person.title() for person in PEOPLE})
    demo_people.give_study_roles(made.study, now=START)
    return made


@pytest.fixture
def demo(settings_of_demo: None) -> None:
    """Demo mode is on."""


@pytest.fixture
def settings_of_demo() -> Iterator[None]:
    from django.conf import settings

    settings.DEMO = True
    yield
    settings.DEMO = False


def here(**more: Any) -> Client:
    """A browser on the clinic's own machine."""
    return Client(**{"SERVER_NAME": "127.0.0.1", **more})


def views(found: Any = None, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for each in (found or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each, prefix + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield prefix + str(each.pattern), each.callback


def test_every_view_declares_its_act() -> None:
    everything = dict(views())
    assert len(everything) >= 4
    undeclared = [
        path for path, view in everything.items() if not isinstance(getattr(view, "act", None), Act)
    ]
    assert undeclared == []


def test_a_view_without_an_act_does_not_run() -> None:
    def careless(request: object) -> None:
        pytest.fail("it ran")

    request = RequestFactory().get("/careless")
    with pytest.raises(RuntimeError, match="declares no act"):
        Guard(lambda _: None).process_view(request, careless, (), {})  # type: ignore[arg-type, return-value]


def test_every_act_has_its_roles_or_is_for_everybody() -> None:
    assert set(WHO) | PUBLIC | ANYONE == set(Act)
    assert not set(WHO) & (PUBLIC | ANYONE)
    assert all(WHO[act] for act in WHO)
    assert all(Role.SYSTEM not in allowed for allowed in WHO.values())


def test_only_pharmacists_touch_kits_and_only_physicians_unblind() -> None:
    assert WHO[Act.DISPENSE] == {Role.PHARMACIST}
    assert WHO[Act.ASK_UNBLINDING] == {Role.PHYSICIAN}
    assert WHO[Act.OVERRIDE_GATE] == {Role.PHYSICIAN}
    assert Role.RATER not in WHO[Act.READ_SESSION] | WHO[Act.READ_PARTICIPANT]
    assert WHO[Act.READ_REPORT_BY_ARM] <= STUDY_ROLES


def test_roles_come_from_appointments_at_a_site_and_from_study_roles(scene: Scene) -> None:
    therapist = Person.objects.get(person="s01-therapist-1")
    statistician = Person.objects.get(person="demo-statistician")
    assert roles(therapist, STUDY) == (Role.THERAPIST,)
    assert roles(therapist, STUDY, "S02") == ()
    assert roles(therapist, "another-study") == ()
    assert may(therapist, Act.WORK_SESSION, STUDY, SITE)
    assert not may(therapist, Act.WORK_SESSION, STUDY, "S02")
    assert not may(therapist, Act.DISPENSE, STUDY, SITE)
    assert may(statistician, Act.READ_REPORT, STUDY)
    assert not may(statistician, Act.READ_PARTICIPANT, STUDY, SITE)
    assert sites(therapist, Act.READ_PARTICIPANT, STUDY) == {SITE}
    assert sites(therapist, Act.READ_PARTICIPANT, "another-study") == frozenset()


def test_an_ended_appointment_or_role_or_account_opens_nothing(scene: Scene) -> None:
    from holdfast.conduct import actions as act

    end = act.EndAppointment(person="s01-therapist-1", role="therapist")
    assert write.perform(scene.action(end, Role.SPONSOR), now=scene.now).refused is None
    assert not may(Person.objects.get(person="s01-therapist-1"), Act.WORK_SESSION, STUDY, SITE)
    statistician = Person.objects.get(person="demo-statistician")
    StudyRole.objects.filter(person="demo-statistician").update(ended_at=scene.now)
    assert not may(statistician, Act.READ_REPORT, STUDY)
    Person.objects.filter(person="s01-physician").update(ended_at=scene.now)
    assert not may(Person.objects.get(person="s01-physician"), Act.READ_PARTICIPANT, STUDY, SITE)


# --- signing in -------------------------------------------------------------------------


def test_signing_in_and_out(scene: Scene) -> None:
    person = Person.objects.get(person="s01-coordinator")
    person.set_password(PASSWORD)
    person.save()
    client = here()
    assert client.get(INSIDE).headers["Location"] == f"/sign-in?next={INSIDE}"
    page = client.post("/sign-in", {"person": "s01-coordinator", "password": "wrong"})
    assert page.status_code == 400
    assert "do not go together" in page.content.decode()
    there = client.post("/sign-in", {"person": "s01-coordinator", "password": PASSWORD, "next": INSIDE})
    assert (there.status_code, there.headers["Location"]) == (302, INSIDE)
    assert client.get(INSIDE).status_code == 200
    assert client.post("/sign-out").status_code == 302
    assert client.get(INSIDE).status_code == 302


def test_nobody_is_sent_elsewhere_after_signing_in(scene: Scene, demo: None) -> None:
    for onward in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        there = here().post("/sign-in/demo", {"person": "s01-coordinator", "next": onward})
        assert there.headers["Location"] == "/"


def test_five_wrong_passwords_lock_the_account_for_a_while(scene: Scene) -> None:
    person = Person.objects.get(person="s01-physician")
    person.set_password(PASSWORD)
    person.save()
    client = here()
    for _ in range(5):
        client.post("/sign-in", {"person": "s01-physician", "password": "wrong"})
    refused = client.post("/sign-in", {"person": "s01-physician", "password": PASSWORD})
    assert refused.status_code == 429
    assert AccessAttempt.objects.get(username="s01-physician").failures_since_start >= 5


def test_an_account_without_a_password_cannot_be_signed_in_to_by_one(scene: Scene) -> None:
    for password in ("", "!", "None"):
        assert here().post("/sign-in", {"person": "s01-physician", "password": password}).status_code == 400


def test_a_form_without_its_token_is_refused(scene: Scene, demo: None) -> None:
    strict = here(enforce_csrf_checks=True)
    assert strict.post("/sign-in/demo", {"person": "s01-coordinator"}).status_code == 403


# --- the demonstration's people -------------------------------------------------------------


def test_the_sign_in_page_shows_one_person_for_every_role_in_demo_mode_only(scene: Scene, demo: None) -> None:
    shown = {each.role for each in demo_people.shown()}
    assert shown == {role for role, _ in PEOPLE.values()} | STUDY_ROLES
    page = here().get("/sign-in").content.decode()
    for each in demo_people.shown():
        assert f'value="{each.person}"' in page
    from django.conf import settings

    settings.DEMO = False
    assert "s01-coordinator" not in here().get("/sign-in").content.decode()
    assert here().post("/sign-in/demo", {"person": "s01-coordinator"}).status_code == 403


ELSEWHERE = {
    "another machine": {"REMOTE_ADDR": "192.168.1.20"},
    "another machine by IPv6": {"REMOTE_ADDR": "2001:db8::1"},
    "no address": {"REMOTE_ADDR": ""},
    "a proxy on this machine": {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
    "a proxy that says less": {"HTTP_FORWARDED": "for=127.0.0.1"},
    "a proxy that says little": {"HTTP_X_REAL_IP": "127.0.0.1"},
    "a name pointed here": {"HTTP_HOST": "clinic.example"},
}


@pytest.mark.parametrize("whence", ELSEWHERE)
def test_demo_sign_in_is_refused_from(scene: Scene, demo: None, whence: str) -> None:
    from django.conf import settings

    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "clinic.example"]
    try:
        client = here(**ELSEWHERE[whence])
        answer = client.post("/sign-in/demo", {"person": "s01-coordinator"})
        assert answer.status_code == 403
        assert "s01-coordinator" not in client.get("/sign-in").content.decode()
        assert client.get(INSIDE).status_code == 302
    finally:
        settings.ALLOWED_HOSTS.remove("clinic.example")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "localhost"])
def test_this_machine_by_any_of_its_names_is_loopback(host: str) -> None:
    peer = "::1" if host.startswith("[") else "127.0.0.1"
    assert is_loopback(RequestFactory().get("/", HTTP_HOST=host, REMOTE_ADDR=peer))


def test_only_people_of_the_demonstration_sign_in_by_one_click(scene: Scene, demo: None) -> None:
    Person.objects.enter("somebody", name="Somebody", password=PASSWORD)
    assert here().post("/sign-in/demo", {"person": "somebody"}).status_code == 404
    assert here().post("/sign-in/demo", {"person": ""}).status_code == 404


# --- before a page -----------------------------------------------------------------------------


@asks(Act.READ_PARTICIPANT)
def participants_page(request: object, study: str, participant: str) -> None:
    """A view for the guard."""


def guarded(person: str, **given: str) -> tuple[int | None, int]:
    request = RequestFactory().get("/s/x")
    request.user = Person.objects.get(person=person)
    request.now = START  # type: ignore[attr-defined]
    before = Opened.objects.count()
    answer = Guard(lambda _: None).process_view(request, participants_page, (), given)  # type: ignore[arg-type, return-value]
    return (None if answer is None else answer.status_code), Opened.objects.count() - before


def test_opening_a_participant_leaves_a_row_and_a_refusal_none(scene: Scene) -> None:
    assert guarded("s01-therapist-1", study=STUDY, participant="P-001") == (None, 1)
    row = Opened.objects.get()
    assert (row.at, row.person, row.act, row.study, row.site, row.participant, row.path) == (
        START, "s01-therapist-1", "read-participant", STUDY, SITE, "P-001", "/s/x",
    )  # fmt: skip
    assert guarded("rater-1", study=STUDY, participant="P-001") == (403, 0)
    assert guarded("s01-therapist-1", study=STUDY, participant="P-404") == (404, 0)
    assert guarded("s01-therapist-1", study="no-such-study", participant="P-001") == (404, 0)


def test_the_log_of_openings_shows_who_opened_whom(scene: Scene) -> None:
    guarded("s01-therapist-1", study=STUDY, participant="P-001")
    guarded("s01-physician", study=STUDY, participant="P-001")
    assert [row.person for row in Opened.objects.order_by("id")] == ["s01-therapist-1", "s01-physician"]


# --- answers ------------------------------------------------------------------------------------------


def test_headers_forbid_what_pages_do_not_need(scene: Scene) -> None:
    answer = here().get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_a_host_that_is_not_ours_is_refused(scene: Scene) -> None:
    assert Client(HTTP_HOST="elsewhere.example").get("/sign-in").status_code == 400


def test_an_address_that_does_not_exist_is_told(scene: Scene) -> None:
    answer = here().get("/no/such/page")
    assert answer.status_code == 404
    assert "holdfast.clinic" not in answer.content.decode()


def test_whoever_asks_for_json_gets_a_sentence_in_json(scene: Scene) -> None:
    answer = here().get(INSIDE, HTTP_ACCEPT="application/json")
    assert answer.status_code == 403
    assert answer.json()["sentence"].startswith("Sign in again")


@pytest.mark.parametrize("path", ["/health", "/", INSIDE, "/sign-in"])
def test_a_database_that_is_down_is_503_with_a_calm_sentence(
    scene: Scene, demo: None, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = here(raise_request_exception=False)
    client.post("/sign-in/demo", {"person": "s01-coordinator"})
    connection.close()
    connection.close_pool()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/tmp/there-is-no-server-here")
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"pool": {"min_size": 1, "timeout": 0.5}})
    try:
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        text = answer.content.decode()
        assert "database" in text
        assert "there-is-no-server" not in text
    finally:
        connection.close()
        connection.close_pool()


def test_the_key_opens_to_the_pharmacist_and_to_nobody_else_while_blinded(scene: Scene) -> None:
    from holdfast.allocation.key import Key
    from holdfast.clinic.pharmacy import key_store
    from holdfast.clinic.pharmacy.models import SealedKey
    from holdfast.conduct import actions as act

    key = Key(arm_of_slot={"S01-001": "placebo", "S01-002": "mdma"})
    key_store.keep(STUDY, key, secret=b"0123456789abcdef", now=START)
    assert key_store.for_pharmacy(Person.objects.get(person="s01-pharmacist"), STUDY) == key
    for person in Person.objects.exclude(person="s01-pharmacist"):
        with pytest.raises(NotPermitted):
            key_store.for_pharmacy(person, STUDY)
        assert key_store.for_report(person, STUDY) is None
    assert b"placebo" not in bytes(SealedKey.objects.get().sealed)
    for what in (act.LockStudy(data_hash="0" * 64), act.UnblindStudy(commitment="ab" * 32)):
        outcome = write.perform(scene.action(what, Role.STATISTICIAN), now=scene.now)
        assert outcome.refused is None, outcome.refused
    assert key_store.for_report(Person.objects.get(person="demo-statistician"), STUDY) == key
    assert key_store.for_report(Person.objects.get(person="s01-therapist-1"), STUDY) is None


def test_an_identity_lies_encrypted_apart_and_comes_back(scene: Scene) -> None:
    from holdfast.clinic.keys import identity
    from holdfast.clinic.keys.models import Identity
    from holdfast.errors import BrokenRecord, UnknownName

    who = {"name": "Made Up", "telephone": "+1 303 555 0177"}
    identity.keep(STUDY, "P-001", who=who, by="s01-coordinator", now=START)
    assert identity.read(STUDY, "P-001") == who
    row = Identity.objects.get()
    assert b"Made Up" not in bytes(row.sealed)
    with pytest.raises(UnknownName):
        identity.read(STUDY, "P-002")
    # A ciphertext moved to another participant does not open there.
    Identity.objects.update(participant="P-002")
    with pytest.raises(BrokenRecord, match="does not open"):
        identity.read(STUDY, "P-002")


def test_reading_in_threads_gives_each_its_own_connection(scene: Scene) -> None:
    found: list[int] = []

    def one() -> None:
        found.append(len(read.participants(STUDY)))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 6


def test_while_the_demonstration_is_being_made_the_first_pages_say_so(database: str, demo: None) -> None:
    from holdfast.clinic import filling

    filling.say("Rehearsing study 1 of 2: 40 %")
    try:
        for path in ("/", "/sign-in"):
            assert "Rehearsing study 1 of 2: 40 %" in here().get(path).content.decode()
    finally:
        filling.done()
    for path in ("/", "/sign-in"):
        assert "being made" not in here().get(path).content.decode()
