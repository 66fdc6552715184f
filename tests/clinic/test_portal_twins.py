"""Twins: with the key flipped, a participant's own pages are the same byte for byte."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from clinic.authenticator import Authenticator
from clinic.test_twins import LINK, STUDY, Clinic, Page, clinic
from holdfast.allocation.key import flipped
from holdfast.clinic import edge
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links
from scale import scaled

__all__ = ["clinic"]  # a fixture
pytestmark = pytest.mark.postgres
BEGIN = (
    "/my/",
    "/my/agreed",
    "/my/answers",
    "/my/looked",
    "/my/tell",
    "/my/stop",
    "/my/passkeys",
    "/my/device",
)


def crawl(clinic: Clinic, participant: str) -> dict[str, Page]:
    """Every own page that is reached by links, as it answers today."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM reaching_link")
    code = links.make(STUDY, participant, by="s01-coordinator-1", now=clinic.now)
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
    return walk(client)


def walk(client: Client) -> dict[str, Page]:
    """Every own page that is reached by links from pages that are open."""
    waiting, found = list(BEGIN), dict[str, Page]()
    while waiting:
        path = waiting.pop(0)
        if path in found or not path.startswith("/my/") or path == "/my/away":
            continue
        answer = client.get(path)
        headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k != "Set-Cookie"))
        found[path] = (answer.status_code, headers, answer.content)
        waiting += sorted(set(LINK.findall(answer.content.decode())) - set(found))
    return found


def test_twins_give_every_own_page_byte_for_byte(clinic: Clinic) -> None:
    people = [each.participant for each in read.participants(STUDY) if each.randomised_on][: scaled(6)]
    clinic.turn(clinic.rehearsal.key)
    first = {each: crawl(clinic, each) for each in people}
    clinic.turn(flipped(clinic.rehearsal.key))
    second = {each: crawl(clinic, each) for each in people}
    assert first == second
    shown = [path for pages in first.values() for path, page in pages.items() if page[0] == 200]
    print(f"\nown pages alike in twins: {len(shown)} of {len(people)} people")
    assert len(shown) >= 8 * len(people)
    assert any(path.startswith("/my/answers/") for path in shown)


def test_twins_are_alike_in_pages_that_a_passkey_opened_and_in_what_a_device_is_asked(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [each.participant for each in read.participants(STUDY) if each.randomised_on][: scaled(4)]
    with monkeypatch.context() as before:
        before.setattr(edge, "new_id", uuid4)  # each passkey has its own
        opened = {each: by_passkey(clinic, each) for each in people}
    monkeypatch.setattr("secrets.token_bytes", bytes)
    both = []
    for key in (clinic.rehearsal.key, flipped(clinic.rehearsal.key)):
        clinic.turn(key)
        both.append({each: (walk(client), asked_of_a_device(client)) for each, client in opened.items()})
    assert both[0] == both[1]
    for pages, asked in both[0].values():
        assert b"open here now" in pages["/my/passkeys"][2]
        assert b"passkey" in pages["/my/device"][2]
        assert [b"challenge" in each for each in asked] == [True, True]


def by_passkey(clinic: Clinic, participant: str) -> Client:
    """A browser whose device was kept in pages that a link opened, and opened them anew."""
    device, client = Authenticator(), Client(SERVER_NAME="localhost")
    code = links.make(STUDY, participant, by="s01-coordinator-1", now=clinic.now)
    client.post("/my/link", {"code": code})
    made = device.make(client.post("/my/device/options").content.decode())
    assert client.post("/my/device", {"credential": made}).status_code == 302
    signed = device.sign(client.post("/my/passkey/options").content.decode())
    assert client.post("/my/passkey", {"credential": signed}).headers["Location"] == "/my/"
    return client


def asked_of_a_device(client: Client) -> list[bytes]:
    return [client.post(f"/my/{path}/options").content for path in ("device", "passkey")]
