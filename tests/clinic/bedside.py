"""The morning of a dosing day in the clinic, and people at its tablets who send the session page's forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client, override_settings

from clinic.day import CONFIRM, SESSION, morning
from clinic.live_site import fill
from clinic.scene import Clock, Scene
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read

STUDY, STREAM = "inactive-placebo", "session/P-001/dosing-1"
PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
READING = {"systolic": "122", "diastolic": "78", "heart_rate": "72", "temperature": "36.7"}
BEGIN = {
    "monitor-s01-therapist-1": "1",
    "monitor-s01-therapist-2": "1",
    "physician": "s01-physician",
}


class Tablet:
    """One signed-in person who sends the page's forms as its script does."""

    def __init__(self, person: str, clock: Clock) -> None:
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(
            Person.objects.get(person=person), backend="django.contrib.auth.backends.ModelBackend"
        )
        self.clock = clock

    def send(self, form: str, *, json: bool = True, **fields: str) -> Any:
        fields.setdefault("id", str(uuid4()))
        accept = "application/json" if json else "text/html"
        return self.client.post(f"{SESSION}{form}", fields, headers={"accept": accept})

    def page(self) -> str:
        return self.client.get(SESSION).content.decode()


@contextmanager
def served(made: Scene, monkeypatch: pytest.MonkeyPatch, *, after: float = 5) -> Iterator[Scene]:
    """The study in the clinic, whose clock stands some minutes after its last act."""
    fill(made)
    made.clock = Clock(made.now + timedelta(minutes=after))
    monkeypatch.setattr(edge, "now", made.clock)
    with override_settings(STORAGES=PLAIN):
        yield made


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The morning of a dosing day: everything is ready, the session has not begun."""
    with served(morning(), monkeypatch) as made:
        yield made


@pytest.fixture
def therapist(scene: Scene) -> Tablet:
    return Tablet("s01-therapist-1", scene.clock)


@pytest.fixture
def physician(scene: Scene) -> Tablet:
    return Tablet("s01-physician", scene.clock)


def facts(kind: type) -> list[Any]:
    return [each.fact for each in read.records(STUDY, stream=STREAM) if isinstance(each.fact, kind)]


def begun(tablet: Tablet) -> None:
    assert tablet.send("start", **BEGIN).status_code == 200


def dosed(tablet: Tablet) -> None:
    begun(tablet)
    first_dose(tablet)


def first_dose(tablet: Tablet) -> None:
    """Ten minutes into a session that has begun: a reading, the gate, the dose."""
    tablet.clock.pass_(10)
    assert tablet.send("reading", **READING).status_code == 200
    said = {f"confirm-{name}": word for name, word in CONFIRM.items()}
    gate = tablet.send("gate", step="s1-first", **said)
    assert gate.status_code == 200, gate.json()
    dose = tablet.send("dose", step="s1-first", kit="K104207", witness="s01-therapist-2")
    assert dose.json()["beside"] == []
