"""A participant's own pages in the language of their consent, the questions as their makers wrote them."""

from __future__ import annotations

import pytest

from clinic.scene import WHO, Scene
from clinic.test_portal import PAGES, own, scene, text
from holdfast.clinic.ledger import write
from holdfast.conduct import actions as act
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
    done = write.perform(scene.action(given, Role.PHYSICIAN), now=scene.clock())  # type: ignore[attr-defined]
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


def test_questions_without_an_official_translation_stay_as_they_are_and_the_page_says_so(
    in_spanish: Scene,
) -> None:
    said = text(own(in_spanish).get("/my/fill/week-4/PCL-5"))
    assert "Antes de empezar: quién está atento, y cuándo" in said
    assert "No tenemos una traducción oficial" in said
    assert '<span lang="en">' in said
    assert "Enviar" in said


def test_an_english_page_marks_no_language(scene: Scene) -> None:
    said = text(own(scene).get("/my/fill/week-4/PCL-5", headers={"accept-language": "es"}))
    assert '<html lang="en"' in said
    assert "no official translation" not in said
    assert '<span lang="en">' not in said


def test_a_language_that_the_site_does_not_speak_is_shown_in_english(scene: Scene) -> None:
    consent(scene, "eu")
    assert '<html lang="en"' in text(own(scene).get("/my/"))
