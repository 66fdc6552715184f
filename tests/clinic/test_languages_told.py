"""What participants and public pages show of a study file is what ``protocol.told`` says, and no more.

Every text of a study file gets a Spanish twin that names its place; the pages are opened in Spanish, and
the places that they show are counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import BACKEND
from clinic.scene import WHO, Scene
from clinic.test_portal import PAGES, own, send, text, waiting
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.public import fit_making, fit_pages
from holdfast.clinic.public.fit_data import Fit
from holdfast.conduct import actions as act
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.reader import read as sheet_of
from holdfast.protocol.roles import Role
from holdfast.protocol.told import KINDS, QUOTED
from holdfast.studies import path_of

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
MARK = re.compile(r"⟦([a-z_.]+)⟧")
MOOD = {
    "name": "mood_today",
    "type": "text",
    "label": {"en": "How is it today?"},
    "options": ["well", "badly"],
    "says": {"well": {"en": "Well"}, "badly": {"en": "Badly"}},
}
"""An own field with options that a participant answers: no shipped study has one."""


def marked(here: Any, *place: str) -> Any:
    """A part of a study file, each text by language with a Spanish twin that names its place."""
    if isinstance(here, list):
        return [marked(each, *place) for each in here]
    if not isinstance(here, dict):
        return here
    if isinstance(here.get("en"), str):
        kind = ".".join(place).replace(".says.well", ".says").replace(".says.badly", ".says")
        return {**here, "es": f"⟦{kind}⟧"}
    return {key: marked(value, *place, key) for key, value in here.items()}


@pytest.fixture(scope="module")
def marks() -> Protocol:
    """The shipped trial, marked, with a form of own fields that the participant fills first at week 4."""
    root: Any = sheet_of(path_of(STUDY).read_text(encoding="utf-8"), name="s").root
    root["variables"].append(MOOD)
    root["forms"].append(
        {"form": "MOOD", "name": {"en": "Mood"}, "fields": ["mood_today"], "read": ["participant"]}
    )
    week = next(each for each in root["visits"] if each["code"] == "week-4")
    week["forms"].insert(0, {"form": "MOOD", "by": "participant"})
    return compile_text(json.dumps(marked(root), ensure_ascii=False), name="s")


@pytest.fixture
def scene(database: str, marks: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001, who consented in Spanish, with forms open; P-002 in a session that is over."""
    made = Scene(marks).open()
    made.ready("P-001").randomised("P-001").ready("P-002").randomised("P-002").in_session("P-002")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    for participant in ("P-001", "P-002"):
        items = tuple(item.code for item in marks.consent)
        given = act.GiveConsent(
            participant=participant, items=items, language="es", explained_by=WHO[Role.PHYSICIAN]
        )
        made.do(given, Role.PHYSICIAN)
    with served(made, monkeypatch, after=8 * 60):
        yield made


def own_pages(scene: Scene) -> Iterator[str]:
    """Every own page, the form, its answers read back, and what was told."""
    client = own(scene)
    (first, *_) = waiting(client)
    assert first.endswith("/MOOD")
    yield text(client.get(first))
    sent = send(client, first, {"mood_today": "badly"})
    yield text(client.get(sent.headers["Location"]))
    yield text(client.get(sent.headers["Location"].replace("/sent/", "/answers/")))
    for page in PAGES:
        yield text(client.get(page))


def lent_pages(scene: Scene) -> Iterator[str]:
    """What is asked after a dose, on a tablet that was handed over; what was answered, on the own pages."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person="s01-therapist-1"), backend=BACKEND)
    client.post(f"/s/{STUDY}/sessions/P-002/dosing-1/lend", {"at_hour": "8"})
    page = text(client.get("/lent"))
    yield page
    codes = re.findall(r'id="q-([\w-]+)"', page)
    key = re.search(r'name="id" value="([^"]+)"', page)
    assert key is not None
    client.post("/lent", {"id": key[1], **{f"rate-{code}": "1" for code in codes}})
    yield text(client.get("/lent"))
    yield text(own(scene, "P-002").get("/my/answers"))


def fit_page(marks: Protocol, monkeypatch: pytest.MonkeyPatch) -> str:
    """The public page of criteria, of the marked study."""
    criteria = fit_making.criteria_of(marks)
    given = Fit.model_validate({"groups": [{"studies": [STUDY], "left_out": True, "criteria": criteria}]})
    monkeypatch.setattr(fit_pages, "fit", lambda: given)
    return text(Client(SERVER_NAME="127.0.0.1").get("/es/who-it-may-fit/"))


def test_the_pages_show_each_kind_that_is_told_and_no_other(
    scene: Scene, marks: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [*own_pages(scene), *lent_pages(scene), fit_page(marks, monkeypatch)]
    assert all("⟦" in each or "<h1" in each for each in pages)
    shown = {kind for page in pages for kind in MARK.findall(page)}
    assert shown == set(KINDS) | QUOTED
