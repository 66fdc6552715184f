"""The clinic's own studies on the public page: live ones only, matched where the file is compared."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client

from clinic.live_site import fill
from clinic.scene import Scene, protocol
from holdfast.clinic.ledger.models import StudyRow
from holdfast.clinic.public.own_studies import SILENCE, live_studies, matched
from holdfast.errors import Unavailable

TODAY, STUDY = date(2026, 3, 2), "inactive-placebo"
OWN, SEE = "Studies of this clinic", "see Who it may fit"


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    yield
    SILENCE.end()


def page(language: str = "") -> str:
    address = f"/{language}/finding-treatment/" if language else "/finding-treatment/"
    return Client(SERVER_NAME="127.0.0.1").get(address).content.decode()


def opened(life: str) -> None:
    fill(Scene(protocol(STUDY)).open(life=life))


def test_a_live_study_leads_to_the_comparison_with_its_file(database: str) -> None:
    opened("live")
    (own,) = live_studies("en", today=TODAY)
    assert (own.matched, own.places) == (True, ("Front Range, United States",))
    text = page()
    assert text.index(OWN) < text.index(own.title) < text.index(SEE)
    assert "Estudios de esta clínica" in page("es")


def test_a_rehearsal_is_never_offered(database: str) -> None:
    opened("rehearsal")
    assert live_studies("en", today=TODAY) == []
    assert OWN not in page()


def test_a_locked_study_takes_nobody(database: str) -> None:
    opened("live")
    StudyRow.objects.update(locked_at="2026-03-01T00:00:00Z")
    assert live_studies("en", today=TODAY) == []


def test_a_file_with_another_criterion_is_not_called_matched() -> None:
    ours = protocol(STUDY)
    assert matched(ours)
    first, *others = ours.eligibility
    older = first.model_copy(update={"rule": "age >= 21"})
    assert not matched(ours.model_copy(update={"eligibility": (older, *others)}))
    assert not matched(ours.model_copy(update={"eligibility": tuple(others)}))


def test_without_a_database_the_page_stands_and_names_no_study(monkeypatch: pytest.MonkeyPatch) -> None:
    SILENCE.end()
    asked = []

    def gone() -> list[StudyRow]:
        asked.append(1)
        raise Unavailable("The database does not answer.")

    monkeypatch.setattr("holdfast.clinic.public.own_studies.read.studies", gone)
    text = page()
    assert OWN not in text
    assert "Lawful ways, by country" in text
    page()
    assert asked == [1]  # the next visitor does not wait for it again
