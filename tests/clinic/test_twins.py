"""Twins: the same records with the key flipped give every page of every blinded role byte for byte.

Law 4. Clock, ids and form tokens are injected; nothing is normalised afterwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

import pytest
from django.db import connections
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import Resolver404, resolve

from clinic.bedside import PLAIN
from holdfast.allocation.key import Key, flipped
from holdfast.clinic import edge
from holdfast.clinic.accounts import demo_people
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read, write
from holdfast.clinic.oversight import analysing
from holdfast.clinic.pharmacy import key_store
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.roles import Role
from holdfast.records.session import DoseGiven
from holdfast.simulation import assumptions
from holdfast.simulation.play import Rehearsal, play
from holdfast.studies import path_of
from scale import scaled
from simulation_tests import small

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
LINK = re.compile(r"""(?:href|action|data-here)=["'](/[^"'#]*)""")
LEFT_OUT = {"sign-out", "sign-in", "sign-in-demo", "session-live", "static", "planner"}
"""The planner's page tells how far its simulation has come, which differs by the moment; that it asks
for no record is tested in test_planner.py."""
WITHOUT_LINK = ("now",)
"""What the session page's script asks for beside the links of the page."""

Page = tuple[int, tuple[tuple[str, str], ...], bytes]


@dataclass
class Clinic:
    """A study under way, with a key that can be exchanged for its twin."""

    rehearsal: Rehearsal
    now: datetime

    def turn(self, key: Key) -> None:
        """Hold that key, and forget who opened what: as if it had always been this one."""
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM pharmacy_sealedkey")
            cursor.execute("DELETE FROM accounts_opened")
            cursor.execute("SET session_replication_role = origin")
        key_store.keep(STUDY, key, secret=b"s" * 32, now=self.now)
        analysing._kept.clear()


@pytest.fixture
def clinic(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    made = _under_way()
    write.take_in(made.sealed)
    now = max(each.record.recorded_at for each in made.sealed)
    demo_people.enter({each.person: each.name for each in read.appointments(study=STUDY)})
    demo_people.give_study_roles(STUDY, now=now)
    monkeypatch.setattr(edge, "now", lambda: now)
    monkeypatch.setattr(edge, "new_id", lambda: UUID(int=7))
    monkeypatch.setattr("django.template.context_processors.get_token", _token)
    monkeypatch.setattr("holdfast.clinic.oversight.views.PATIENCE_S", 60.0)
    with override_settings(STORAGES=PLAIN):
        yield Clinic(made, now)


@cache
def _under_way() -> Rehearsal:
    """Played until the hours after a supplemental dose in the middle of the study; the tests only read it."""
    study = path_of("inactive-placebo")
    few = small(assumptions.load(study.with_name("assumptions.yaml")), by_arm=(4, 4))
    design = compile_study(study)
    whole = play(design, few, seed=5)
    supplements = [
        each.record.happened_at.at
        for each in whole.sealed
        if isinstance(each.record.fact, DoseGiven) and each.record.fact.step == "s2-supplemental"
    ]
    until = sorted(supplements)[len(supplements) // 2] + timedelta(minutes=50)
    return play(design, few, seed=5, until=until)


def _token(request: HttpRequest) -> str:
    return "t" * 64


def people() -> dict[Role, str]:
    """Somebody of every role: those of the site where a session is today."""
    site = read.records(STUDY, kinds=("session-started",))[-1].site
    found = {Role(each.role): each.person for each in read.appointments(study=STUDY) if each.site == site}
    return found | {role: f"demo-{role.value.replace('_', '-')}" for role in demo_people.STUDY_ROLES}


def crawl(person: str, *, each_kind: int) -> dict[str, Page]:
    """Every page that is reached by links, so many at most of each kind of address."""
    client = Client(SERVER_NAME="127.0.0.1")
    account = Person.objects.get(person=person)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    waiting = ["/", *[f"/s/{STUDY}/{place}" for place in ("", "sessions/", "report/", "limits/", "supply/")]]
    found: dict[str, Page] = {}
    kinds: Counter[str] = Counter()
    while waiting:
        path = waiting.pop(0)
        kind = _kind(path)
        if path in found or kind in LEFT_OUT or kinds[kind] >= each_kind:
            continue
        kinds[kind] += 1
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        headers = tuple(sorted((k, v) for k, v in answer.headers.items() if k != "Set-Cookie"))
        found[path] = (answer.status_code, headers, body)
        waiting += sorted(set(LINK.findall(body.decode("utf-8"))) - set(found))
        waiting += [f"{path}{more}" for more in WITHOUT_LINK if kind == "session"]
    return found


def _kind(path: str) -> str:
    try:
        return resolve(path.partition("?")[0]).url_name or ""
    except Resolver404:
        return "static"


def test_twins_give_every_page_of_every_blinded_role_byte_for_byte(clinic: Clinic) -> None:
    each_kind, counted = scaled(60), {}
    cast = people()
    blinded = [role for role in cast if role is not Role.PHARMACIST]
    assert len(blinded) >= 9
    clinic.turn(clinic.rehearsal.key)
    first = {role: crawl(cast[role], each_kind=each_kind) for role in blinded}
    clinic.turn(flipped(clinic.rehearsal.key))
    second = {role: crawl(cast[role], each_kind=each_kind) for role in blinded}
    for role in blinded:
        assert first[role].keys() == second[role].keys()
        different = [path for path, page in first[role].items() if page != second[role][path]]
        assert different == [], f"{role} could tell the arm from {different[:3]}"
        counted[role.value] = sum(status == 200 for status, _headers, _body in first[role].values())
    shown = ", ".join(f"{role} {count}" for role, count in counted.items())
    print(f"\npages alike in twins, at most {each_kind} of a kind: {shown}")
    kinds = {_kind(path) for pages in first.values() for path, page in pages.items() if page[0] == 200}
    assert {"sessions", "session", "session-now", "report", "report-download", "supply", "kit"} <= kinds
    assert {"today", "participants", "participant", "visit", "form"} <= kinds
    assert min(counted.values()) >= 5


def test_twins_differ_for_the_pharmacist(clinic: Clinic) -> None:
    pharmacist = people()[Role.PHARMACIST]
    clinic.turn(clinic.rehearsal.key)
    first = crawl(pharmacist, each_kind=5)
    clinic.turn(flipped(clinic.rehearsal.key))
    second = crawl(pharmacist, each_kind=5)
    supply = f"/s/{STUDY}/supply/"
    assert first[supply][0] == 200
    assert first[supply] != second[supply]
