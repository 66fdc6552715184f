"""A participant's own pages in the language of their consent, the questions as their makers wrote them."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import translation

from clinic.cast import hidden, typed
from clinic.scene import WHO, Scene
from clinic.test_portal import PAGES, PHQ9, STUDY, own, scene, send, text, through
from holdfast.clinic.languages import refusing
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.errors import (
    Conflict,
    HoldfastError,
    ImpossibleValue,
    NotPermitted,
    Refusal,
    Unavailable,
    UnknownName,
)
from holdfast.protocol.roles import Role

pytestmark = pytest.mark.postgres
__all__ = ["scene"]


@pytest.fixture
def in_spanish(scene: Scene) -> Scene:
    """P-001 consented anew, in Spanish."""
    consent(scene, "es")
    return scene


def consent(scene: Scene, language: str) -> None:
    items = tuple(item.code for item in scene.protocol.consent)
    given = act.GiveConsent(
        participant="P-001", items=items, language=language, explained_by=WHO[Role.PHYSICIAN]
    )
    done = write.perform(scene.action(given, Role.PHYSICIAN), now=scene.clock())
    assert done.refused is None


def test_own_pages_are_in_the_language_of_the_consent_whatever_the_browser_asks_for(
    in_spanish: Scene,
) -> None:
    client = own(in_spanish)
    for page in PAGES:
        said = text(client.get(page, headers={"accept-language": "en"}))
        assert '<html lang="es" dir="ltr">' in said, page
        assert "Mis páginas" in said
    assert "Lo que le espera" in text(client.get("/my/"))
    assert "/es/help/" in text(client.get("/my/"))
    lost = client.get("/my/fill/none/none")
    assert lost.status_code == 404
    assert "Esto no le espera ahora." in text(lost)


def test_an_error_on_own_pages_names_neither_the_site_nor_the_study(scene: Scene) -> None:
    lost = text(own(scene).get("/my/fill/none/none"))
    assert "<title>My pages</title>" in lost
    assert 'href="/my/">To the first page' in lost
    assert "Holdfast" not in lost
    assert STUDY not in lost


def test_questions_without_an_official_translation_stay_as_they_are_and_the_page_says_so(
    in_spanish: Scene,
) -> None:
    said = text(own(in_spanish).get("/my/fill/week-4/PCL-5"))
    assert "Antes de empezar: quién está atento, y cuándo" in said
    assert "No tenemos una traducción oficial" in said
    assert '<legend><span lang="en">' in said
    assert "Enviar" in said


def test_an_english_page_marks_no_language(scene: Scene) -> None:
    said = text(own(scene).get("/my/fill/week-4/PCL-5", headers={"accept-language": "es"}))
    assert '<html lang="en"' in said
    assert "no official translation" not in said
    assert '<legend><span lang="en">' not in said


def test_a_language_that_the_site_does_not_speak_is_shown_in_english(scene: Scene) -> None:
    consent(scene, "eu")
    assert '<html lang="en"' in text(own(scene).get("/my/"))


# --- refusals ---------------------------------------------------------------------------

HAPPENED = {
    "term": "Dolor de cabeza",
    "onset": "2026-03",
    "severity": "mild",
    "hospital": "false",
    "danger": "false",
}
IN_WORDS = {
    "no-date": ({"onset": "ayer"}, "No podemos leer «ayer» como una fecha."),
    "no-time": ({"onset": "2026-03-01Tayer"}, "No podemos leer «2026-03-01Tayer» como una hora."),
    "yet-to-come": ({"onset": "2099"}, "2099 aún no ha llegado."),
    "ended-before-it-began": ({"end": "2025"}, "No pudo acabar (2025) antes de empezar (2026-03)."),
}


def told(client: Client, **changed: str) -> tuple[int, str]:
    page = text(client.get("/my/tell"))
    answer = client.post("/my/tell", {**hidden(page), **typed({**HAPPENED, **changed})})
    return answer.status_code, text(answer)


@pytest.mark.parametrize("code", IN_WORDS)
def test_what_cannot_be_is_said_in_the_language_of_the_page(in_spanish: Scene, code: str) -> None:
    changed, sentence = IN_WORDS[code]
    status, page = told(own(in_spanish), **changed)
    assert status == 400
    assert sentence in page
    assert "yet to come" not in page
    assert "Expected" not in page


def test_every_code_that_has_words_is_met_on_the_own_pages() -> None:
    assert set(refusing.by_code()) == {*IN_WORDS, "words-unknown"}  # the last in test_wording


def test_the_same_is_said_in_english_as_conduct_says_it(scene: Scene) -> None:
    assert "2099 is yet to come." in told(own(scene), onset="2099")[1]


def test_what_was_sent_before_and_says_something_else_is_refused_in_spanish(in_spanish: Scene) -> None:
    client = own(in_spanish)
    fields = {**hidden(text(client.get("/my/tell"))), **typed(HAPPENED)}
    assert client.post("/my/tell", fields).status_code == 302
    answer = client.post("/my/tell", {**fields, **typed({"term": "Otra cosa"})})
    assert answer.status_code == 409
    assert "Esto ya se envió antes, y decía otra cosa." in text(answer)
    assert "already recorded" not in text(answer)


def test_a_database_that_is_lost_is_told_in_spanish(
    in_spanish: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = own(in_spanish)
    page = hidden(text(client.get("/my/stop")))

    def lost(_action: object) -> None:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(write, "_lock", lost)
    answer = client.post("/my/stop", {**page, "part": ["treatment"], "sure": "yes"})
    assert answer.status_code == 503
    assert "Ahora mismo no se puede llegar a esto." in text(answer)


def below(kind: type[HoldfastError]) -> HoldfastError:
    """An error as a room below the site raises it, with no code that has words."""
    try:
        raise kind("A sentence in English.")
    except HoldfastError as error:
        return error


@pytest.mark.parametrize(
    "kind", [Refusal, ImpossibleValue, UnknownName, NotPermitted, Conflict, Unavailable, HoldfastError]
)
def test_no_english_sentence_from_below_reaches_a_spanish_page(kind: type[HoldfastError]) -> None:
    with translation.override("es"):
        assert "English" not in refusing.sentence_of(below(kind))
    assert refusing.sentence_of(below(kind)) == "A sentence in English."


def test_a_form_in_the_words_of_its_makers_is_recorded_in_their_language(in_spanish: Scene) -> None:
    client = own(in_spanish)
    record = send(client, through(client, "PHQ-9", in_spanish), PHQ9).headers["Location"].rsplit("/", 1)[1]
    done = read.participant_standing("inactive-placebo", "P-001").form_at("week-4", "PHQ-9")
    assert done is not None
    assert (str(done.root), done.fact.language) == (record, "en")
