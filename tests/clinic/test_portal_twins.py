"""Twins: with the key flipped, a participant's own pages are the same byte for byte."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client

from clinic.test_twins import LINK, STUDY, Clinic, Page, clinic
from holdfast.allocation.key import flipped
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links
from scale import scaled

__all__ = ["clinic"]  # a fixture
pytestmark = pytest.mark.postgres
BEGIN = ("/my/", "/my/agreed", "/my/answers", "/my/looked", "/my/tell", "/my/stop")


def crawl(clinic: Clinic, participant: str) -> dict[str, Page]:
    """Every own page that is reached by links, as it answers today."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM reaching_link")
    code = links.make(STUDY, participant, by="s01-coordinator-1", now=clinic.now)
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
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
