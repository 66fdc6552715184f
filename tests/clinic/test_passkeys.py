"""Passkeys: made in pages that a link opened, used, ended; whatever is refused is refused alike."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client, RequestFactory, override_settings

from clinic.authenticator import Authenticator
from clinic.cast import browser, hidden
from clinic.scene import WHO, Scene
from clinic.test_portal import PHQ9, STUDY, own, scene, send, text, through
from holdfast.clinic import backup
from holdfast.clinic.ledger import read
from holdfast.clinic.portal.party import party_of
from holdfast.clinic.reaching import links, passkeys, ways
from holdfast.clinic.reaching.ceremony import Party
from holdfast.clinic.reaching.models import Challenge, Ending, Link, Passkey, PasskeyTry
from holdfast.protocol.roles import Role

__all__ = ["scene"]
pytestmark = pytest.mark.postgres
LOCAL = Party("localhost", "http://localhost")
MAKE = f"/s/{STUDY}/participants/P-001/link"


def here() -> Client:
    return Client(SERVER_NAME="localhost")


def by_link(scene: Scene, participant: str = "P-001") -> Client:
    """A browser at localhost in which a link was opened."""
    code = links.make(STUDY, participant, by=WHO[Role.COORDINATOR], now=scene.clock())  # type: ignore[attr-defined]
    client = here()
    assert client.post("/my/link", {"code": code}).headers["Location"] == "/my/"
    return client


def keep(client: Client, device: Authenticator, **wrong: Any) -> Any:
    """Make a passkey in pages that are open; the answer."""
    asked = client.post("/my/device/options")
    assert asked.status_code == 200
    return client.post("/my/device", {"credential": device.make(text(asked), **wrong)})


def made(scene: Scene, participant: str = "P-001", *, counts: bool = True) -> Authenticator:
    """A device that holds a participant's passkey."""
    device = Authenticator(counts=counts)
    assert keep(by_link(scene, participant), device).headers["Location"] == "/my/passkeys?made=1"
    return device


def options(client: Client) -> str:
    asked = client.post("/my/passkey/options")
    assert (asked.status_code, asked.headers["Cache-Control"]) == (200, "no-store")
    return text(asked)


def open_(client: Client, device: Authenticator, **wrong: Any) -> Any:
    """Sign in by the device; the answer."""
    return client.post("/my/passkey", {"credential": device.sign(options(client), **wrong)})


def opened(client: Client) -> bool:
    return client.get("/my/").status_code == 200


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What calls give that begin at the same moment, each with a connection of its own."""
    together = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_a_device_kept_once_opens_the_same_pages_again(scene: Scene) -> None:
    device = made(scene)
    kept = Passkey.objects.get()
    assert (kept.study, kept.participant, kept.link_by) == (STUDY, "P-001", "s01-coordinator")
    assert (kept.transports, kept.ended_at) == ("internal", None)
    client = here()
    assert open_(client, device).headers["Location"] == "/my/"
    assert opened(client)
    assert Passkey.objects.get().sign_count == 1
    assert [each.outcome for each in PasskeyTry.objects.all()] == ["opened"]
    assert not Challenge.objects.exists()


def test_what_is_asked_of_a_device_names_nothing_and_wants_its_owner(scene: Scene) -> None:
    device, client = Authenticator(), by_link(scene)
    asked = json.loads(text(client.post("/my/device/options")))
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (asked["rp"], asked["attestation"]) == ({"name": "My pages", "id": "localhost"}, "none")
    assert len(asked["user"].pop("id")) == 86  # 64 random bytes
    assert asked["user"] == {"name": "My pages", "displayName": "My pages"}
    keep(client, device)
    assert set(device.shown) == {"My pages"}
    again = json.loads(text(client.post("/my/device/options")))
    assert [each["id"] for each in again["excludeCredentials"]] == [Passkey.objects.get().credential]
    used = json.loads(options(here()))
    assert used.pop("challenge")
    assert used == {
        "timeout": 300_000,
        "rpId": "localhost",
        "allowCredentials": [],
        "userVerification": "required",
    }


def test_a_handle_is_random_one_for_each_participant(scene: Scene) -> None:
    made(scene)
    made(scene)
    made(scene, "P-002")
    handles = dict.fromkeys(Passkey.objects.order_by("made_at", "id").values_list("participant", "handle"))
    assert len(handles) == 2
    assert len({handle for _participant, handle in handles}) == 2


def test_what_was_answered_is_recorded_with_the_passkey_and_passed_on(scene: Scene) -> None:
    device, client = made(scene), here()
    open_(client, device)
    answer = send(client, through(client, "PHQ-9", scene), {**PHQ9, "q9": 2})
    assert "Please talk to somebody now" in text(client.get(answer.headers["Location"]))
    person = read.participant_standing(STUDY, "P-001")
    done = person.form_at("week-4", "PHQ-9")
    assert done is not None
    day = scene.clock().date().isoformat()  # type: ignore[attr-defined]
    (said,) = [each.device for each in person.history if each.id == done.root]
    assert said == f"own pages, passkey made {day}, link made by s01-coordinator"
    assert read.records(STUDY, stream="participant/P-001", kinds=("risk-passed-on",))


def test_opening_signs_out_whoever_was_signed_in_there(scene: Scene) -> None:
    device = made(scene)
    client = browser(Role.PHYSICIAN)
    before = client.session.session_key
    client.defaults["SERVER_NAME"] = "localhost"
    assert open_(client, device).headers["Location"] == "/my/"
    assert client.session.session_key not in (before, None)
    assert "/sign-in" in client.get(f"/s/{STUDY}/").headers["Location"]
    other = by_link(scene, "P-002")
    open_(other, device)
    assert opened(other)
    assert "passkey" in text(other.get("/my/passkeys"))
    assert read.participant(STUDY, "P-001").participant not in text(other.get("/my/passkeys"))


def test_the_pages_close_as_those_of_a_link_do(scene: Scene) -> None:
    device, client = made(scene), here()
    open_(client, device)
    for _each in range(7):
        scene.clock.pass_(16)  # type: ignore[attr-defined]
        assert opened(client)
    scene.clock.pass_(16)  # type: ignore[attr-defined]
    assert not opened(client)
    open_(client, device)
    scene.clock.pass_(21)  # type: ignore[attr-defined]
    assert not opened(client)


def test_they_open_after_leaving_the_study(scene: Scene) -> None:
    device, client = made(scene), here()
    open_(client, device)
    fields = hidden(text(client.get("/my/stop")))
    client.post("/my/stop", {**fields, "part": ["treatment", "follow-up", "data-use"], "sure": "yes"})
    again = here()
    assert open_(again, device).headers["Location"] == "/my/"
    assert again.get("/my/answers").status_code == 200


# --- refused, all alike -------------------------------------------------------------------


def without_tokens(answer: Any) -> str:
    """A page without the values of its forms' hidden fields, which are new each time."""
    return re.sub(r'value="[^"]*"', "", text(answer))


def refused(answer: Any) -> str:
    """What a refusal says, without the form's tokens; it opened nothing."""
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    assert not opened(answer.client)
    page = without_tokens(answer)
    assert "This did not open your pages" in page
    for way_on in ('action="/my/link"', 'action="/my/passkey"', 'action="/my/ask"'):
        assert way_on in page
    return page


@pytest.fixture
def calm(scene: Scene) -> str:
    """The one page of every refusal."""
    return refused(here().post("/my/passkey", {"credential": ""}))


def test_ended_unknown_and_wrong_devices_are_refused_alike(scene: Scene, calm: str) -> None:
    device = made(scene)
    stranger, elsewhere = Authenticator(), Authenticator(origin="https://elsewhere.example")
    stranger.make(text(by_link(scene).post("/my/device/options")))
    elsewhere.keys = device.keys
    assert refused(open_(here(), stranger)) == calm
    assert refused(open_(here(), elsewhere)) == calm
    assert refused(open_(here(), device, verified=False)) == calm
    assert refused(open_(here(), device, handle=b"another")) == calm
    assert refused(open_(here(), device, challenge="AAAA")) == calm
    forged = json.loads(device.sign(options(client := here())))
    forged["response"]["signature"] = forged["response"]["authenticatorData"]
    assert refused(client.post("/my/passkey", {"credential": json.dumps(forged)})) == calm
    passkeys.end(STUDY, "P-001", Passkey.objects.get().id, now=scene.clock())  # type: ignore[attr-defined]
    assert refused(open_(here(), device)) == calm


def test_a_sign_count_that_goes_back_is_refused(scene: Scene, calm: str) -> None:
    device = made(scene)
    device.keys[0].count = 5
    assert open_(here(), device).status_code == 302
    for count in (5, 2, -1):
        device.keys[0].count = count  # of the copy of a device: signed as 6, 3, 0
        assert refused(open_(here(), device)) == calm
    assert Passkey.objects.get().sign_count == 6


def test_a_device_that_does_not_count_opens_again_and_again(scene: Scene) -> None:
    device = made(scene, counts=False)
    assert [open_(here(), device).status_code for _each in range(3)] == [302] * 3


def test_a_challenge_is_for_one_browser_one_purpose_one_time_and_five_minutes(
    scene: Scene, calm: str
) -> None:
    device, client = made(scene), here()
    signed = device.sign(options(client))
    assert refused(here().post("/my/passkey", {"credential": signed})) == calm  # another browser
    assert client.post("/my/passkey", {"credential": signed}).status_code == 302
    client.post("/my/close")
    device.counts = False
    assert refused(client.post("/my/passkey", {"credential": signed})) == calm  # a second time
    late = device.sign(options(client))
    scene.clock.pass_(5)  # type: ignore[attr-defined]
    assert refused(client.post("/my/passkey", {"credential": late})) == calm
    first = device.sign(options(client))
    options(client)
    assert refused(client.post("/my/passkey", {"credential": first})) == calm  # a later one was asked for
    inside = by_link(scene)
    to_make = json.loads(text(inside.post("/my/device/options")))
    mixed = device.sign(json.dumps({"rpId": "localhost", "challenge": to_make["challenge"]}))
    answer = inside.post("/my/passkey", {"credential": mixed})
    assert answer.status_code == 400  # what was asked for the one opens nothing of the other


def test_of_two_at_the_same_moment_one_opens(scene: Scene) -> None:
    device, client, now = made(scene, counts=False), here(), scene.clock()  # type: ignore[attr-defined]
    signed, of = device.sign(options(client)), Challenge.objects.get().browser

    def use() -> ways.Way | None:
        return passkeys.use(signed, browser=of, party=LOCAL, now=now)

    assert at_once(use, use).count(None) == 1


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        "{" * 3000,
        "[" * 15_000,
        '{"id": 1}',
        json.dumps({"id": "\0", "rawId": "\0", "type": "public-key", "response": {}}),
        json.dumps(
            {
                "id": "AAAA",
                "rawId": "AAAA",
                "type": "public-key",
                "response": {
                    "clientDataJSON": "é",
                    "authenticatorData": "A",
                    "signature": "=",
                    "userHandle": "é",
                },
            }
        ),
        "x" * 100_000,
    ],
)
def test_what_no_device_says_is_refused_alike(scene: Scene, calm: str, said: str) -> None:
    client = here()
    options(client)
    assert refused(client.post("/my/passkey", {"credential": said})) == calm
    inside = by_link(scene)
    inside.post("/my/device/options")
    answer = inside.post("/my/device", {"credential": said})
    assert answer.status_code == 400
    assert "nothing was kept" in text(answer)
    assert not Passkey.objects.exists()


def test_every_cut_of_a_genuine_answer_is_refused_and_never_an_error(scene: Scene, calm: str) -> None:
    device = made(scene)
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for length in (0, 1, 7, 40):
            client = here()
            cut = json.loads(device.sign(options(client)))
            cut["response"][part] = cut["response"][part][:length]
            assert refused(client.post("/my/passkey", {"credential": json.dumps(cut)})) == calm
    made_parts = ("clientDataJSON", "attestationObject")
    for part, length in [(part, length) for part in made_parts for length in (-1, -9, -60, 9, 0)]:
        inside = by_link(scene)
        cut = json.loads(Authenticator().make(text(inside.post("/my/device/options"))))
        cut["response"][part] = cut["response"][part][:length]
        assert inside.post("/my/device", {"credential": json.dumps(cut)}).status_code == 400
    assert Passkey.objects.count() == 1


def test_after_five_refusals_a_passkey_rests_for_a_quarter_of_an_hour(scene: Scene, calm: str) -> None:
    device, other = made(scene), made(scene, "P-002")
    for _each in range(5):
        assert refused(open_(here(), device, verified=False)) == calm
    assert refused(open_(here(), device)) == calm
    assert open_(here(), other).status_code == 302
    assert PasskeyTry.objects.count() == 6  # while it rests nothing more is noted
    scene.clock.pass_(15)  # type: ignore[attr-defined]
    assert open_(here(), device).status_code == 302


# --- making -------------------------------------------------------------------------------


def test_what_a_device_made_elsewhere_or_without_its_owner_is_not_kept(scene: Scene) -> None:
    client = by_link(scene)
    for device, wrong in (
        (Authenticator(origin="http://127.0.0.1"), {}),
        (Authenticator(site="elsewhere.example"), {}),
        (Authenticator(), {"verified": False}),
    ):
        answer = keep(client, device, **wrong)
        assert answer.status_code == 400
        assert "nothing was kept" in text(answer)
    late = Authenticator().make(text(client.post("/my/device/options")))
    scene.clock.pass_(6)  # type: ignore[attr-defined]
    assert client.post("/my/device", {"credential": late}).status_code == 400
    assert not Passkey.objects.exists()
    assert opened(client)


def test_a_credential_that_is_anothers_is_not_taken_over(scene: Scene) -> None:
    device = made(scene, "P-002")
    answer = keep(by_link(scene), Authenticator(), credential=device.keys[0].credential)
    assert answer.status_code == 400
    assert Passkey.objects.get().participant == "P-002"


def test_a_passkey_makes_no_other(scene: Scene) -> None:
    device, client = made(scene), here()
    open_(client, device)
    assert "open it there" in text(client.get("/my/device"))
    assert keep(client, Authenticator()).status_code == 400
    assert Passkey.objects.count() == 1


def test_a_stranger_makes_none_and_asks_for_no_options(scene: Scene) -> None:
    for path in ("/my/device", "/my/device/options", "/my/passkeys", f"/my/passkeys/{uuid4()}/end"):
        for method in ("get", "post"):
            answer = getattr(here(), method)(path)
            assert (answer.status_code, answer.headers["Location"]) == (302, "/my/link"), path


def test_the_offer_follows_a_link_only_where_the_browser_says_it_can(scene: Scene) -> None:
    now = scene.clock()  # type: ignore[attr-defined]
    for host, can, there in (
        ("localhost", "1", "/my/device"),
        ("localhost", "", "/my/"),
        ("127.0.0.1", "1", "/my/"),  # no browser keeps a passkey for an address of numbers
    ):
        code = links.make(STUDY, "P-001", by="s01-coordinator", now=now)
        answer = Client(SERVER_NAME=host).post("/my/link", {"code": code, "can": can})
        assert answer.headers["Location"] == there, host


def test_where_no_passkey_can_be_nothing_of_it_is_shown(scene: Scene) -> None:
    client = own(scene)  # at 127.0.0.1
    assert "passkey" not in text(Client(SERVER_NAME="127.0.0.1").get("/my/link")).replace("passkeys", "")
    page = text(client.get("/my/device"))
    assert "This browser cannot keep a passkey here" in page
    assert "data-passkey" not in page
    assert client.post("/my/device/options").status_code == 400
    assert client.post("/my/passkey/options").status_code == 400


# --- ending -------------------------------------------------------------------------------


def test_a_participant_ends_their_own_and_the_pages_it_opened_close(scene: Scene) -> None:
    device, elsewhere = made(scene), here()
    open_(elsewhere, device)
    client = by_link(scene)
    kept = Passkey.objects.get()
    assert f'action="/my/passkeys/{kept.id}/end"' in text(client.get("/my/passkeys"))
    assert client.post(f"/my/passkeys/{kept.id}/end").headers["Location"] == "/my/passkeys"
    page = text(client.get("/my/passkeys"))
    assert "by you" in page
    assert f"/my/passkeys/{kept.id}/end" not in page
    assert not opened(elsewhere)
    assert client.post(f"/my/passkeys/{kept.id}/end").status_code == 302  # again: it stays as it was
    assert Passkey.objects.get().ended_by == "P-001"
    assert json.loads(text(client.post("/my/device/options")))["excludeCredentials"] == []


def test_ending_the_one_that_opened_these_pages_leads_to_the_door(scene: Scene) -> None:
    device, client = made(scene), here()
    open_(client, device)
    assert "if you end it, they close" in text(client.get("/my/passkeys"))
    answer = client.post(f"/my/passkeys/{Passkey.objects.get().id}/end")
    assert answer.headers["Location"] == "/my/link"
    assert not opened(client)


def test_nobody_ends_or_sees_anothers(scene: Scene) -> None:
    made(scene)
    kept = Passkey.objects.get()
    other = by_link(scene, "P-002")
    theirs = other.post(f"/my/passkeys/{kept.id}/end")
    nobodys = other.post(f"/my/passkeys/{uuid4()}/end")
    assert theirs.status_code == nobodys.status_code == 404
    assert without_tokens(theirs) == without_tokens(nobodys)
    assert Passkey.objects.get().ended_at is None
    assert "None. Links open your pages." in text(other.get("/my/passkeys"))


def test_staff_end_every_way_in_and_the_participant_reads_why(scene: Scene) -> None:
    device, by_passkey, by_a_link = made(scene), here(), by_link(scene)
    open_(by_passkey, device)
    unused = links.make(STUDY, "P-001", by="s01-coordinator", now=scene.clock())  # type: ignore[attr-defined]
    other = made(scene, "P-002")
    staff = browser(Role.THERAPIST)
    assert "A passkey opens the pages without a link" in text(staff.get(MAKE))
    answer = staff.post(f"{MAKE}/end", {"why": "The telephone was lost on a train."})
    assert answer.headers["Location"] == MAKE
    for client in (by_passkey, by_a_link):
        assert not opened(client)
    assert open_(here(), device).status_code == 400
    assert here().post("/my/link", {"code": unused}).status_code == 400
    assert open_(here(), other).status_code == 302
    shown = text(staff.get(MAKE))
    assert "No passkey opens the pages" in shown
    assert "The telephone was lost on a train." in shown
    scene.clock.pass_(1)  # type: ignore[attr-defined]
    again = by_link(scene)
    assert opened(again)
    for path in ("/my/looked", "/my/passkeys"):
        page = text(again.get(path))
        assert "S01-Therapist-1 ended all links and passkeys" in page, path
        assert "The telephone was lost on a train." in page
    assert keep(again, Authenticator()).status_code == 302


def test_ending_every_way_in_asks_why(scene: Scene) -> None:
    made(scene)
    answer = browser(Role.COORDINATOR).post(f"{MAKE}/end", {"why": "  "})
    assert answer.status_code == 400
    assert "Say why: the participant reads it." in text(answer)
    assert Passkey.objects.get().ended_at is None
    assert not Ending.objects.exists()


@pytest.mark.parametrize("role", [Role.PHARMACIST, Role.RATER, Role.STATISTICIAN, Role.AUDITOR, Role.SPONSOR])
def test_who_does_not_treat_ends_nothing(scene: Scene, role: Role) -> None:
    assert browser(role).post(f"{MAKE}/end", {"why": "x"}).status_code == 403
    assert not Ending.objects.exists()


def test_a_link_opened_while_all_are_ended_does_not_stay_open(scene: Scene) -> None:
    now = scene.clock()  # type: ignore[attr-defined]
    for _each in range(6):
        code = links.make(STUDY, "P-001", by="s01-coordinator", now=now)
        use = partial(links.use, code, now=now)
        end = partial(ways.end_all, STUDY, "P-001", by="s01-coordinator", why="Lost.", now=now)
        way = at_once(use, end)[0]
        assert way is None or not ways.still_opens(way)


def test_a_passkey_being_made_while_all_are_ended_is_not_kept(scene: Scene) -> None:
    client = by_link(scene)
    answer = Authenticator().make(text(client.post("/my/device/options")))
    now = scene.clock()  # type: ignore[attr-defined]
    way = ways.Way(study=STUDY, participant="P-001", by="s01-coordinator")
    ways.end_all(STUDY, "P-001", by="s01-coordinator", why="Lost.", now=now)
    session = str(client.session.session_key)
    assert passkeys.make(answer, way=way, browser=session, party=LOCAL, now=now) is None
    assert not Passkey.objects.exists()


# --- what is shown and kept ---------------------------------------------------------------


def test_they_see_every_passkey_and_every_day_it_was_used(scene: Scene) -> None:
    device = made(scene)
    assert "not used yet" in text(by_link(scene).get("/my/looked"))
    for _each in range(2):
        open_(here(), device)
    client = here()
    open_(client, device)
    open_(here(), device, verified=False)
    page = text(client.get("/my/looked"))
    assert "Passkeys to these pages" in page
    assert "in pages opened by a link of S01-Coordinator" in page
    assert re.search(r"<li>\d+ \w+ \d{4}, 3 times</li>", page)
    assert "1 device opens these pages." in text(client.get("/my/"))
    assert "Use this device next time" not in text(client.get("/my/"))
    assert "Use this device next time" in text(by_link(scene).get("/my/"))


def test_a_passkey_is_neither_deleted_nor_given_another_participant(scene: Scene) -> None:
    made(scene)
    passkeys.end(STUDY, "P-001", Passkey.objects.get().id, now=scene.clock())  # type: ignore[attr-defined]
    made(scene, "P-002")
    for statement in (
        "DELETE FROM reaching_passkey",
        "TRUNCATE reaching_passkey CASCADE",
        "UPDATE reaching_passkey SET participant = 'P-003'",
        "UPDATE reaching_passkey SET public_key = 'x' WHERE ended_at IS NULL",
        "UPDATE reaching_passkey SET ended_at = NULL WHERE ended_at IS NOT NULL",
        "UPDATE reaching_passkey SET sign_count = sign_count - 1 WHERE ended_at IS NULL",
    ):
        for alias in ("default", "owner"):
            with (
                pytest.raises(DatabaseError, match=r"permission denied|only ever added|ended once"),
                transaction.atomic(using=alias),
                connections[alias].cursor() as cursor,
            ):
                cursor.execute(statement)


def test_the_private_half_and_the_participant_are_nowhere_in_what_a_device_is_given(scene: Scene) -> None:
    client = by_link(scene)
    for asked in (text(client.post("/my/device/options")), options(here())):
        assert not re.search(rf"P-001|{STUDY}|PTSD|MDMA|s01", asked, re.IGNORECASE)


def test_a_backup_brings_passkeys_endings_and_links(scene: Scene) -> None:
    made(scene)
    rows = {
        name: backup._dump(backup.BESIDE[name]) for name in ("links", "passkeys", "passkey_uses", "endings")
    }
    assert len(rows["passkeys"]) == 1
    assert backup._given(rows["passkeys"][0]["public_key"]) == bytes(Passkey.objects.get().public_key)
    assert len(rows["links"]) == Link.objects.count() == 1


@pytest.mark.parametrize(
    ("host", "over", "party"),
    [
        ("localhost:8000", "http", Party("localhost", "http://localhost:8000")),
        ("LOCALHOST", "http", Party("localhost", "http://localhost")),
        ("pages.example.org", "https", Party("pages.example.org", "https://pages.example.org")),
        ("pages.example.org:443", "https", Party("pages.example.org", "https://pages.example.org")),
        ("pages.example.org:8443", "https", Party("pages.example.org", "https://pages.example.org:8443")),
        ("pages.example.org", "http", None),
        ("127.0.0.1:8000", "http", None),
        ("[::1]:8000", "https", None),
    ],
)
def test_a_site_is_known_by_the_name_it_was_asked_by(host: str, over: str, party: Party | None) -> None:
    with override_settings(ALLOWED_HOSTS=["pages.example.org", "localhost", "127.0.0.1", "[::1]"]):
        request = RequestFactory().get("/my/link", secure=over == "https", headers={"host": host})
        assert party_of(request) == party


def test_a_host_that_is_not_allowed_gets_nothing(scene: Scene) -> None:
    assert Client(SERVER_NAME="evil.example").post("/my/passkey/options").status_code == 400
    assert not Challenge.objects.exists()


def test_strangers_who_ask_leave_no_session(scene: Scene) -> None:
    before = Session.objects.count()
    client = here()
    for _each in range(3):
        options(client)
    assert (Session.objects.count(), Challenge.objects.count()) == (before, 1)


def test_behind_a_proxy_with_tls_the_public_name_is_the_party(scene: Scene) -> None:
    name = "pages.example.org"
    device = Authenticator(origin=f"https://{name}", site=name)
    proxied = {
        "ALLOWED_HOSTS": [name],
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    }
    with override_settings(**proxied):
        client = Client(headers={"host": name, "x-forwarded-proto": "https"})
        code = links.make(STUDY, "P-001", by="s01-coordinator", now=scene.clock())  # type: ignore[attr-defined]
        client.post("/my/link", {"code": code, "can": "1"})
        assert keep(client, device).status_code == 302
        again = Client(headers={"host": name, "x-forwarded-proto": "https"})
        assert open_(again, device).headers["Location"] == "/my/"
        untold = Client(headers={"host": name}).post("/my/passkey/options")
        assert untold.status_code == 400  # a proxy that does not say TLS: nothing of it is offered


def test_old_challenges_go(scene: Scene) -> None:
    for _each in range(3):
        options(here())
    scene.clock.pass_(6)  # type: ignore[attr-defined]
    options(here())
    assert Challenge.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reaching_challenge")
        assert cursor.fetchone()[0] == 1
