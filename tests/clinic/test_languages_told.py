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
from django.urls import reverse

from clinic.bedside import served
from clinic.cast import BACKEND, browser
from clinic.english_left import english, outside
from clinic.live_site import fill
from clinic.scene import WHO, Scene, protocol
from clinic.test_portal import PAGES, own, send, text, waiting
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read
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
MORE = ("/my/passkeys", "/my/device", "/my/reached", "/my/copy", "/my/fill/week-4/PHQ-9", "/my/link")
MARK = re.compile(r"⟦([a-z_.]+)⟧")
MOOD = {
    "name": "mood_today",
    "type": "text",
    "label": {"en": "How is it today?"},
    "options": ["well", "badly"],
    "says": {"well": {"en": "Well"}, "badly": {"en": "Badly"}},
}
SLEEP = {
    "name": "nights_awake",
    "type": "number",
    "label": {"en": "Nights awake"},
    "unit": "d",
    "maximum": 30,
}
"""Own fields that a participant answers, one with options: no shipped study has those."""


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
    fields = [each["name"] for each in (MOOD, SLEEP)]
    root["variables"] += [MOOD, SLEEP]
    root["forms"].append({"form": "MOOD", "name": {"en": "Mood"}, "fields": fields, "read": ["participant"]})
    week = next(each for each in root["visits"] if each["code"] == "week-4")
    week["forms"].insert(0, {"form": "MOOD", "by": "participant"})
    return compile_text(json.dumps(marked(root), ensure_ascii=False), name="s")


@pytest.fixture
def scene(database: str, marks: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The marked trial as a rehearsal, and as a live study, which public pages name."""
    live = compile_text(marks.text.replace(STUDY, "live-study"), name="s")
    fill(Scene(live).open(life="live"))
    yield from in_clinic(Scene(marks), monkeypatch)


def in_clinic(made: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 with forms open; P-002 in a session that is over. Both consented in Spanish."""
    made.open().ready("P-001").randomised("P-001").ready("P-002").randomised("P-002").in_session("P-002")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    items = tuple(item.code for item in made.protocol.consent)
    for participant in ("P-001", "P-002"):
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
    page = text(client.get(first))
    assert '<span class="quiet">días</span>' in page
    yield page
    sent = send(client, first, {"mood_today": "badly", "nights_awake": "2,5"})
    done = read.participant_standing(STUDY, "P-001").form_at("week-4", "MOOD")
    assert done is not None
    assert (done.fact.language, done.fact.answers["nights_awake"]) == ("es", 2.5)
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
    finding = text(Client(SERVER_NAME="127.0.0.1").get("/es/finding-treatment/"))
    pages = [*own_pages(scene), *lent_pages(scene), fit_page(marks, monkeypatch), finding]
    assert all("⟦" in each or "<h1" in each for each in pages)
    shown = {kind for page in pages for kind in MARK.findall(page)}
    assert shown == set(KINDS) | QUOTED


# --- nothing of another language is left -----------------------------------------------------


@pytest.fixture
def shipped_scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 with forms open and P-002 in a session, both consented in Spanish to the study as it ships."""
    yield from in_clinic(Scene(protocol()), monkeypatch)


def test_no_english_is_left_where_a_participant_chose_spanish(shipped_scene: Scene) -> None:
    client = own(shipped_scene)
    answers = dict(shipped_scene.filled("P-001", "week-4", "PCL-5").answers)
    sent = send(client, waiting(client)[0], answers).headers["Location"]
    filled = (sent, sent.replace("/sent/", "/answers/"))
    asked = {page: client.get(page, headers={"accept-language": "es"}) for page in (*PAGES, *MORE, *filled)}
    pages = {page: text(answer) for page, answer in asked.items()}
    pages |= {f"lent {place}": page for place, page in enumerate(lent_pages(shipped_scene))}
    for form in ("PHQ-9", "DERS-16"):
        handed = reverse("form", args=[STUDY, "P-001", "week-4", form, "participant"])
        pages[handed] = in_tongue(text(browser(Role.COORDINATOR).get(handed)))
    assert all('lang="es"' in page for page in pages.values())
    left = {name: english(outside(page), code="es", protocol=protocol()) for name, page in pages.items()}
    assert {name: found for name, found in left.items() if found} == {}


def in_tongue(page: str) -> str:
    """The part of a staff page that is for whoever the device is handed to."""
    _before, found, rest = page.partition('<div lang="es">')
    assert "<form" in rest
    return found + rest.partition("</main>")[0]


def test_english_that_is_left_is_found(shipped_scene: Scene) -> None:
    page = text(own(shipped_scene).get("/my/agreed"))
    wrong = page.replace("Lo que acepté", "What I agreed to")
    wrong = wrong.replace("Una mano en el hombro o en la espalda", "A hand on the shoulder or back")
    found = english(outside(wrong), code="es", protocol=protocol())
    assert {each.partition(": ")[2] for each in found} == {
        "'A hand on the shoulder or back'",
        "'What I agreed to'",
    }
    assert english(outside(wrong.replace('lang="es"', 'lang="en"')), code="es", protocol=protocol()) == []
