"""What participants read is easy, in English and in Spanish: own pages, and the words of the study files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clinic.public_text import read as taken_apart
from clinic.reading import grade
from clinic.reading_spanish import ease
from clinic.scene import Scene
from clinic.test_languages import EASY
from clinic.test_languages_own import in_spanish
from clinic.test_portal import PAGES, own, risky, scene, text
from clinic.test_public_pages import GRADE
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.studies import path_of, shipped

pytestmark = pytest.mark.postgres
__all__ = ["in_spanish", "scene"]
SHORT = 40
"""A page of fewer words has too few sentences to measure."""


def own_prose(scene: Scene) -> Iterator[tuple[str, str]]:
    """What each own page says in its own words: a form up to its questions, and help after an answer."""
    client = own(scene)
    for page in (*PAGES, "/my/fill/week-4/PCL-5"):
        yield page, text(client.get(page)).partition('<form class="panel" method="post" novalidate')[0]
    yield "help", risky(client, scene)


def measured(scene: Scene) -> list[tuple[str, str]]:
    found = [(page, taken_apart(html).prose) for page, html in own_prose(scene)]
    return [(page, prose) for page, prose in found if len(prose.split()) >= SHORT]


def test_own_pages_are_read_at_twelve(scene: Scene) -> None:
    pages = measured(scene)
    assert len(pages) > 5
    assert {page: round(found, 1) for page, prose in pages if (found := grade(prose)) > GRADE} == {}


def test_own_pages_are_rather_easy_in_spanish(in_spanish: Scene) -> None:
    pages = measured(in_spanish)
    assert len(pages) > 5
    assert {page: round(found, 1) for page, prose in pages if (found := ease(prose)) < EASY} == {}


def words_of(protocol: Protocol, language: str) -> dict[str, str]:
    """The sentences of a study file that are written for participants, by what they are."""
    prompts = protocol.adverse_events.prompts
    texts = {
        "criteria": [each.plain for each in protocol.eligibility],
        "consent": [each.label for each in protocol.consent],
        "asked": [each.asked or each.label for each in prompts],
    }
    return {what: "\n".join(each[language] for each in found) for what, found in texts.items()}


@pytest.mark.parametrize("study", shipped())
def test_the_words_of_a_study_file_are_easy_in_both_languages(study: str) -> None:
    protocol = compile_study(path_of(study))
    hard = {what: grade(text) for what, text in words_of(protocol, "en").items()}
    easy = {what: ease(text) for what, text in words_of(protocol, "es").items()}
    assert max(hard.values()) <= GRADE, hard
    assert min(easy.values()) >= EASY, easy
