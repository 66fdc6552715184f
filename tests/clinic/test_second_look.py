"""A second look on own pages: asked calmly, in the language of the page, and kept when they say so."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import STUDY, small_study
from clinic.scene import WHO, Scene, protocol
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms.fields import drawn
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.conduct.assessment import study_form
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
FORM = "/my/fill/screening/PC-PTSD-5"
ASKED = "Nothing was saved yet. Please look at this once more; you may keep it as it is."
SAID = {"a.exposure": "false", "a.q1": "false", "a.q2": "true"}


@pytest.fixture
def own(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The own pages of P-004, whose screening form waits."""
    with served(small_study(), monkeypatch) as scene:
        yield opened(scene)


@pytest.fixture
def in_spanish(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The same, of somebody to whom the study was explained in Spanish."""
    made = small_study()
    items = tuple(item.code for item in made.protocol.consent)
    agreed = act.GiveConsent(
        participant="P-004", items=items, language="es", explained_by=WHO[Role.PHYSICIAN]
    )
    made.do(agreed, Role.PHYSICIAN)
    with served(made, monkeypatch) as scene:
        yield opened(scene)


def opened(scene: Scene) -> Client:
    code = links.make(STUDY, "P-004", by=WHO[Role.COORDINATOR], now=scene.clock())
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
    return client


def send(client: Client, **more: str) -> Any:
    return client.post(FORM, {"action": str(uuid4()), **SAID, **more})


def filled() -> int:
    return len(read.participant_standing(STUDY, "P-004").forms.get("PC-PTSD-5", ()))


def test_two_answers_are_looked_at_again_and_both_are_kept_when_the_person_says_so(own: Client) -> None:
    answer = send(own)
    page = unescape(answer.content.decode())
    assert answer.status_code == 400
    assert ASKED in page
    assert "The first question says that nothing like it happened, and a question about it says yes." in page
    assert 'name="a.q2" value="true" checked' in page
    assert filled() == 0
    assert send(own, keep="yes").status_code == 302
    assert filled() == 1


def test_it_is_asked_in_the_language_of_the_page(in_spanish: Client) -> None:
    page = unescape(send(in_spanish).content.decode())
    assert "Mire esto otra vez, por favor; puede dejarlo como está." in page
    assert "La primera pregunta dice que no ocurrió nada parecido" in page
    assert ASKED not in page


def test_a_form_of_the_study_is_looked_at_again_where_two_of_its_fields_contradict() -> None:
    form = drawn(protocol(), study_form(protocol(), "SCREENING"))
    given = reading.Given(answers={"prior_mdma_use": "never", "last_mdma_use": "2019"})
    reading.look_again(given, form)
    assert given.unlikely == dict.fromkeys(
        ("prior_mdma_use", "last_mdma_use"),
        "One answer says that MDMA was never used before, another that it was.",
    )
