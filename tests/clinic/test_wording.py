"""Words that a site brings: nobody answers a label alone, what was shown is known for ever, help comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import browser, hidden, typed
from clinic.scene import WHO, Scene, protocol
from holdfast.clinic.forms.bringing import bring
from holdfast.clinic.ledger import read, write
from holdfast.clinic.reaching import links
from holdfast.conduct import actions as act
from holdfast.errors import Refusal, StudyFileError, UnknownName
from holdfast.instruments import catalogue
from holdfast.instruments.words import Permission, Words, practice
from holdfast.protocol.compiler import compile_text
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role
from holdfast.protocol.wording_file import template, written
from holdfast.records.study import WordingBrought

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
GIVEN = Permission(given_by="The rights holder", reference="letter 12", date="2026-02-01")
ALONE = practice(catalogue.get("C-SSRS-SR"))
NO = {
    "q1": False,
    "q2": False,
    **dict.fromkeys(("actual_attempt", "interrupted_attempt", "aborted_attempt"), False),
}
ANSWERS: dict[str, object] = {**NO, "preparatory_acts": False}


@cache
def asks_alone() -> Protocol:
    """The shipped study, where the participant's forms of week 4 are the self-report, PCL-5 and PHQ-9."""
    text, week = protocol().text, protocol().text.index("  - code: week-4\n")
    at = text.index("      - {form: PCL-5, by: participant}\n", week)
    rest = text[at:].replace("      - {form: DERS-16, by: participant}\n", "", 1)
    text = f"{text[:at]}      - {{form: C-SSRS-SR, by: participant}}\n{rest}"
    own = (
        "  - form: C-SSRS-SR\n    name: {en: Alone, es: A solas}\n    instrument: C-SSRS-SR\n"
        "    read: [participant, physician]\n"
    )
    return compile_text(text.replace("  - form: C-SSRS\n", f"{own}  - form: C-SSRS\n", 1), name="alone")


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 randomised, with the forms of week 4 open."""
    made = Scene(asks_alone()).open()
    made.ready("P-001").randomised("P-001")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    with served(made, monkeypatch):
        yield made


Bring = Callable[..., str]


@pytest.fixture
def brought(scene: Scene, tmp_path: Path) -> Bring:
    """Bring words into the study, as the command does."""

    def now(words: Words = ALONE, permission: Permission = GIVEN) -> str:
        file = tmp_path / "words.yaml"
        file.write_text(written(words, permission), encoding="utf-8")
        scene.clock.pass_(1)
        return bring(file, study=STUDY, by="owner", now=scene.clock())

    return now


def own(scene: Scene) -> Client:
    """A browser in which the participant opened a link."""
    code = links.make(STUDY, "P-001", by=WHO[Role.COORDINATOR], now=scene.clock())
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
    return client


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


FILL = "/my/fill/week-4/C-SSRS-SR"


def send(client: Client, answers: dict[str, object], **changed: str) -> Any:
    return client.post(FILL, {**hidden(text(client.get(FILL))), **typed(answers), **changed})


def test_without_words_a_form_is_not_offered_alone_and_the_page_says_who_asks_it(scene: Scene) -> None:
    client = own(scene)
    page = text(client.get("/my/"))
    assert FILL not in page
    assert "One questionnaire is not on this page, because its words may not stand here." in page
    assert "/my/fill/week-4/PCL-5" in page  # what stands after it is offered all the same
    assert client.get(FILL).status_code == 404
    assert client.post(FILL, typed(ANSWERS)).status_code in (400, 404)
    assert read.participant_standing(STUDY, "P-001").form_at("week-4", "C-SSRS-SR") is None


def test_staff_see_which_forms_must_be_asked_in_person(scene: Scene, brought: Bring) -> None:
    staff, told = browser(Role.COORDINATOR), "To be asked in person"
    person, visit = f"/s/{STUDY}/participants/P-001/", f"/s/{STUDY}/participants/P-001/visits/week-4/"
    assert told in text(staff.get(person))
    assert text(staff.get(visit)).count(told) == 1
    handed = text(staff.get(f"{visit}C-SSRS-SR/participant"))
    assert "Short labels of our own: read the questions from the licensed form." in handed
    brought()
    assert told not in text(staff.get(person))
    assert told not in text(staff.get(visit))
    handed = text(staff.get(f"{visit}C-SSRS-SR/participant"))
    assert "Invented sentence 3 for practice" in handed
    assert "Short labels of our own" not in handed


def test_the_page_of_the_study_names_the_words_in_force_and_who_allowed_them(
    scene: Scene, brought: Bring
) -> None:
    auditor, page = browser(Role.AUDITOR), f"/s/{STUDY}/study/"
    assert text(auditor.get(page)).count("None were brought: participants are asked in person") == 3
    brought()
    shown = text(auditor.get(page))
    assert shown.count("None were brought: participants are asked in person") == 2
    (words,) = read.study_standing(STUDY).wordings
    assert "Shown by permission of The rights holder (letter 12), given on 1 Feb 2026." in shown
    assert f"<code>{words.digest[:12]}…</code>" in shown


def test_a_follow_up_that_is_due_says_what_must_be_asked_in_person(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_ = asks_alone().text
    at = text_.index(
        "      - {form: PCL-5, by: participant}\n", text_.index("  - code: follow-up-6-months\n")
    )
    made = Scene(
        compile_text(f"{text_[:at]}      - {{form: C-SSRS-SR, by: participant}}\n{text_[at:]}", name="x")
    )
    made.open().ready("P-001").randomised("P-001")
    with served(made, monkeypatch, after=60 * 24 * 245):
        page = text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/follow-up/"))
    assert re.search(r"tried 0 of 5 times[^<]*<br>To be asked in person: Alone</small>", page)


def test_brought_words_are_asked_with_their_permission_and_a_yes_reaches_the_physician(
    scene: Scene, brought: Bring
) -> None:
    told = brought()
    assert told.startswith("C-SSRS-SR is asked in these words (en) in inactive-placebo from now on.")
    client = own(scene)
    assert "may not stand here" not in text(client.get("/my/"))
    page = text(client.get(FILL))
    assert "Invented sentence 1 for practice" in page
    assert "Wish to be dead" not in page
    assert "Shown by permission of The rights holder (letter 12), given on 1 Feb 2026." in page
    assert "within 30 minutes" in page
    answer = send(client, {**ANSWERS, "q1": True, "q2": True, "q3": False, "q4": True, "q5": False})
    after = text(client.get(answer.headers["Location"]))
    assert "Please talk to somebody now" in after
    assert 'href="tel:988"' in after
    today = text(browser(Role.PHYSICIAN).get(f"/s/{STUDY}/"))
    assert "You were told of" in today
    person = text(browser(Role.PHYSICIAN).get(f"/s/{STUDY}/participants/P-001/"))
    assert "Suicidal ideation with intent (C-SSRS 4 or 5)." in person
    assert "You were told of" not in text(browser(Role.THERAPIST).get(f"/s/{STUDY}/"))
    done = read.participant_standing(STUDY, "P-001").form_at("week-4", "C-SSRS-SR")
    assert done is not None
    (words,) = read.study_standing(STUDY).wordings
    assert (done.fact.wording, done.fact.language) == (words.digest, "en")
    assert done.fact.scores == {"ideation": 4, "behaviour": False}


def test_an_answer_is_read_back_in_the_words_it_was_given_to(scene: Scene, brought: Bring) -> None:
    brought()
    client = own(scene)
    record = send(client, ANSWERS).headers["Location"].rsplit("/", 1)[1]
    brought(replace(ALONE, items={code: f"Other words of {code}" for code in ALONE.items}))
    mine = text(client.get(f"/my/answers/{record}"))
    assert "Invented sentence 1 for practice" in mine
    assert "Other words" not in mine
    filled = f"/s/{STUDY}/participants/P-001/visits/week-4/C-SSRS-SR/participant"
    theirs = text(browser(Role.PHYSICIAN).get(filled))
    assert "Invented sentence 1 for practice" in theirs
    assert "Other words" not in theirs


def test_words_that_changed_under_a_page_are_recorded_as_they_stood_on_it(
    scene: Scene, brought: Bring
) -> None:
    brought()
    client = own(scene)
    fields = {**hidden(text(client.get(FILL))), **typed(ANSWERS)}
    first = read.study_standing(STUDY).wordings[0].digest
    brought(replace(ALONE, instructions="Otherwise."))
    assert client.post(FILL, fields).status_code == 302
    done = read.participant_standing(STUDY, "P-001").form_at("week-4", "C-SSRS-SR")
    assert done is not None
    assert done.fact.wording == first


def test_words_that_were_never_brought_are_sent_back_with_what_was_typed(
    scene: Scene, brought: Bring
) -> None:
    brought()
    client = own(scene)
    answer = send(client, ANSWERS, wording="0" * 64)
    assert answer.status_code == 400
    assert "was not asked in words that this study has" in text(answer)
    assert 'name="a.q1" value="false" checked' in text(answer)
    assert read.participant_standing(STUDY, "P-001").form_at("week-4", "C-SSRS-SR") is None


def test_each_reads_their_own_language_or_english_with_a_sentence_that_it_is(
    scene: Scene, brought: Bring
) -> None:
    again = act.GiveConsent(
        participant="P-001",
        items=tuple(each.code for each in scene.protocol.consent),
        language="es",
        explained_by=WHO[Role.PHYSICIAN],
    )
    scene.clock.pass_(2)
    scene.now = scene.clock()
    write.perform(scene.action(again, Role.PHYSICIAN), now=scene.now)
    scene.clock.at = scene.now
    assert "Hay un cuestionario que no está en esta página" in text(own(scene).get("/my/"))
    brought()
    page = text(own(scene).get(FILL))
    assert "están en inglés" in page
    assert '<span lang="en">Invented sentence 1 for practice</span>' in page
    assert "Se muestra con permiso de The rights holder (letter 12), del 1 de febrero de 2026." in page
    spanish = replace(ALONE, language="es", items={code: f"Frase inventada {code}" for code in ALONE.items})
    brought(spanish)
    page = text(own(scene).get(FILL))
    assert "Frase inventada q1" in page
    assert "Invented" not in page.replace(ALONE.instructions, "")
    assert "están en inglés" not in page
    wrong = send(own(scene), ANSWERS, wording="0" * 64)
    assert "El texto de estas preguntas ha cambiado." in text(wrong)


def test_a_file_that_lacks_something_brings_nothing_and_says_where(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(
        template("C-SSRS-SR").replace('  q5: "Invented sentence 5 for practice"\n', ""), encoding="utf-8"
    )
    with pytest.raises(StudyFileError, match=r"words.yaml:7: items: found no q5"):
        bring(file, study=STUDY, by="owner", now=scene.clock())
    file.write_text(template("SDS"), encoding="utf-8")
    with pytest.raises(UnknownName, match="no study 'another'"):
        bring(file, study="another", by="owner", now=scene.clock())
    assert read.study_standing(STUDY).wordings == ()


def test_invented_words_say_so_and_no_live_study_takes_them(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "words.yaml"
    file.write_text(template("C-SSRS-SR"), encoding="utf-8")
    live = Scene(asks_alone()).open(life="live")
    with served(live, monkeypatch):
        with pytest.raises(Refusal, match="invented, for rehearsals"):
            bring(file, study=STUDY, by="owner", now=live.clock())
        assert not read.records(STUDY, kinds=(WordingBrought.KIND,))
        file.write_text(written(ALONE, GIVEN), encoding="utf-8")
        bring(file, study=STUDY, by="mia", now=live.clock())
        (record,) = read.records(STUDY, kinds=(WordingBrought.KIND,))
    assert (record.author, record.role, record.device) == ("mia", "sponsor", "holdfast clinic wording")


def test_in_a_rehearsal_invented_words_are_offered_as_such(scene: Scene, brought: Bring) -> None:
    brought(permission=Permission(rehearsal=True))
    page = text(own(scene).get(FILL))
    assert "Invented sentences, for practice: these are not the words of the questionnaire." in page
    assert "not those of the instrument" in page
