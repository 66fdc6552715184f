"""The pharmacist's pages: what the key chooses, who may look, what is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.scene import START, Scene, protocol
from holdfast.allocation.key import Key
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.ledger import read
from holdfast.clinic.pharmacy import key_store, supply
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.supply import KitAssigned, KitCounted

pytestmark = pytest.mark.postgres
SUPPLY = "/s/inactive-placebo/supply/"
KITS = {"K100001": "placebo", "K100002": "mdma", "K100003": "mdma", "K100004": "placebo"}


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene(protocol()).open().ready("P-001").randomised("P-001")
    for kit in KITS:
        arrived = act.ReceiveKit(kit=kit, step="s1-first", capsules=1, expires="2030-01-01", lot="L1")
        made.do(arrived, Role.PHARMACIST)
        if kit != "K100003":
            made.do(act.ReleaseKit(kit=kit), Role.PHARMACIST)
    fill(made)
    key = Key(
        arm_of_slot={"S01-001": "mdma"},
        arm_of_kit=KITS,
        mg_of_kit={kit: 80.0 if arm == "mdma" else 0.0 for kit, arm in KITS.items()},
        step_of_kit=dict.fromkeys(KITS, "s1-first"),
    )
    key_store.keep(made.study, key, secret=b"s" * 32, now=START)
    monkeypatch.setattr(edge, "now", lambda: made.now + timedelta(minutes=5))
    with override_settings(STORAGES=PLAIN):
        yield made


def signed_in(person: str) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    account = Person.objects.get(person=person)
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def facts(kind: type) -> list[Any]:
    return [each.fact for each in read.under("inactive-placebo", "kit/") if isinstance(each.fact, kind)]


def test_the_key_chooses_a_released_kit_of_the_right_arm(scene: Scene) -> None:
    client = signed_in("s01-pharmacist")
    assert "Set a kit aside" in client.get(SUPPLY).content.decode()
    entry = {"id": str(uuid4()), "step": "s1-first", "visit": "dosing-1"}
    assert client.post(f"{SUPPLY}for/P-001", entry).status_code == 302
    assert [each.kit for each in facts(KitAssigned)] == ["K100002"]
    assert read.session_standing("inactive-placebo", "P-001", "dosing-1").kits["s1-first"].kit == "K100002"
    assert (
        client.post(f"{SUPPLY}for/P-001", entry).status_code == 302
    )  # sent twice: answered as the first time
    assert len(facts(KitAssigned)) == 1
    again = client.post(f"{SUPPLY}for/P-001", {**entry, "id": str(uuid4())}, follow=True)
    assert "Kit K100002 is set aside already." in again.content.decode()
    assert len(facts(KitAssigned)) == 1
    none_left = client.post(f"{SUPPLY}for/P-001", {**entry, "visit": "dosing-2", "id": str(uuid4())})
    assert none_left.status_code == 404  # the other kit of that arm is not released
    opened = Opened.objects.filter(person="s01-pharmacist", act="dispense")
    assert {each.participant for each in opened} == {"", "P-001"}


def test_the_pharmacist_sees_what_a_kit_holds_and_the_auditor_does_not(scene: Scene) -> None:
    pharmacist = signed_in("s01-pharmacist").get(SUPPLY).content.decode()
    auditor = signed_in("demo-auditor").get(SUPPLY).content.decode()
    assert "80 mg" in pharmacist
    assert "K100002" in auditor
    assert " mg" not in auditor
    assert "Set a kit aside" not in auditor


@pytest.mark.parametrize(
    "person", ["s01-therapist-1", "s01-physician", "s01-coordinator", "rater-1", "demo-sponsor"]
)
def test_supply_is_closed_to_blinded_staff(scene: Scene, person: str) -> None:
    client = signed_in(person)
    entry = {"id": str(uuid4()), "step": "s1-first", "visit": "dosing-1"}
    assert client.get(SUPPLY).status_code == 403
    assert client.get(f"{SUPPLY}kits/K100001/").status_code == 403
    assert client.post(f"{SUPPLY}for/P-001", entry).status_code == 403
    assert facts(KitAssigned) == []


def test_a_count_that_differs_is_recorded_with_its_deviation(scene: Scene) -> None:
    client = signed_in("s01-pharmacist")
    entry = {"id": str(uuid4()), "back": "kit", "capsules": "0", "witness": "s01-coordinator"}
    assert client.post(f"{SUPPLY}kits/K100001/count", entry).status_code == 302
    assert [(each.counted, each.expected) for each in facts(KitCounted)] == [(0, 1)]
    page = client.get(f"{SUPPLY}kits/K100001/").content.decode()
    assert "the ledger expected 1" in page
    assert "1 received = 0 on hand + 0 used + 0 returned + 0 destroyed + 1 lost" in page
    wrong = client.post(f"{SUPPLY}kits/K100001/count", {**entry, "id": str(uuid4()), "capsules": "one"})
    assert wrong.status_code == 400


def test_every_kit_is_counted_in_one_state(scene: Scene) -> None:
    held = supply.kits("inactive-placebo", ["S01"])
    lines = supply.lines(held, day="2026-03-02", contents={})
    assert {each.kit: each.state for each in lines} == {
        "K100001": "free", "K100002": "free", "K100003": "quarantined", "K100004": "free",
    }  # fmt: skip
    assert [sum(line.counts) for line in supply.by_step(lines)] == [4]
    assert supply.kits("inactive-placebo", ["S02"]) == {}
