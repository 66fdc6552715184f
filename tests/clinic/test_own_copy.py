"""One's own answers to take along, and what the page of leaving says of the use of data."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import translation
from fhir.resources.R4B.bundle import Bundle

from clinic.bedside import served
from clinic.cast import hidden
from clinic.scene import Scene, protocol
from clinic.test_portal import STUDY, own, text
from holdfast.clinic.ledger import read, write
from holdfast.clinic.portal.telling import parts
from holdfast.conduct import actions as act
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import DataUseWithdrawal
from holdfast.protocol.roles import Role
from holdfast.studies import path_of

pytestmark = pytest.mark.postgres
JSON, PAGE = "/my/copy.json", "/my/copy"


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 filled PCL-5 by themself and corrected one answer; P-002 filled something, too."""
    made = Scene(protocol()).open()
    for code in ("P-001", "P-002"):
        made.ready(code).randomised(code)
        made.do(act.HoldVisit(participant=code, visit="week-4"), Role.COORDINATOR)
        made.do(made.filled(code, "week-4", "PCL-5"), Role.PARTICIPANT, author=code)
    made.do(made.filled("P-001", "week-4", "PHQ-9"), Role.PARTICIPANT, author="P-001")
    with served(made, monkeypatch):
        yield made


def leave(client: Client, *from_: str) -> None:
    fields = hidden(text(client.get("/my/stop")))
    assert client.post("/my/stop", {**fields, "part": list(from_), "sure": "yes"}).status_code == 302


def test_the_file_for_a_computer_is_fhir_neutrally_named_and_holds_the_own_forms_alone(scene: Scene) -> None:
    answer = own(scene).get(JSON)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-answers.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    made = Bundle.model_validate_json(answer.content)
    held = read.participant_standing(STUDY, "P-001")
    mine = {str(held.form_at("week-4", form).root) for form in ("PCL-5", "PHQ-9")}
    assert {entry.resource.id for entry in made.entry} == mine
    said = json.loads(answer.content)
    other = read.participant_standing(STUDY, "P-002").form_at("week-4", "PCL-5")
    for told in (str(other.root), "P-001", "S01", held.slot, "mdma", "placebo", STUDY):
        assert told not in json.dumps(said).lower(), told


def test_the_file_to_read_says_the_same_in_words_and_that_numbers_are_no_diagnosis(scene: Scene) -> None:
    answer = own(scene).get(PAGE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-answers.html"'
    page = text(answer)
    assert "<title>My answers</title>" in page
    assert "PTSD Checklist for DSM-5" in page
    assert "Not at all" in page
    assert "They are no diagnosis." in page
    assert "keep it where only you do" in page
    for told in (
        "P-001",
        "S01",
        read.participant_standing(STUDY, "P-001").slot,
        "<script",
        "http://",
        "https://",
    ):
        assert told not in page, told


def test_it_is_offered_where_there_is_something_to_take(scene: Scene) -> None:
    client = own(scene)
    page = text(client.get("/my/answers"))
    assert f'href="{PAGE}"' in page
    assert f'href="{JSON}"' in page


@pytest.mark.parametrize("from_", [("follow-up",), ("data-use",), ("treatment", "follow-up", "data-use")])
def test_it_stays_open_after_leaving(scene: Scene, from_: tuple[str, ...]) -> None:
    client = own(scene)
    before = json.loads(client.get(JSON).content)
    leave(client, *from_)
    assert json.loads(client.get(JSON).content)["entry"] == before["entry"]
    assert "PTSD Checklist" in text(client.get(PAGE))


def test_a_corrected_answer_goes_as_it_is_now_and_says_that_it_was_corrected(scene: Scene) -> None:
    done = read.participant_standing(STUDY, "P-001").form_at("week-4", "PCL-5")
    fact = replace(done.fact, answers={**done.fact.answers, "q1": 4})
    amend = act.Amend(stream="participant/P-001", record=done.root, fact=fact)
    action = scene.action(amend, Role.PARTICIPANT, author="P-001", reason="wrong line")
    assert write.perform(action, now=scene.now).refused is None
    entries = json.loads(own(scene).get(JSON).content)["entry"]
    (form,) = [each["resource"] for each in entries if each["resource"]["id"] == str(done.root)]
    assert form["status"] == "amended"
    first = next(item for item in form["item"] if item["linkId"] == "q1")
    assert first["answer"][0]["valueCoding"]["code"] == "4"


def test_others_are_led_to_the_door(scene: Scene) -> None:
    for address in (JSON, PAGE):
        assert Client(SERVER_NAME="127.0.0.1").get(address).headers["Location"] == "/my/link"


# --- what the page of leaving says of the use of data ------------------------------------------------


def said(study: str, language: str = "en", **changes: str) -> str:
    found = compile_study(path_of(study))
    if changes:
        given = {
            "collection": "ends",
            "analysis": "to-date",
            "consents": (),
            "source": "x",
            "status": "assumed",
        }
        found = found.model_copy(update={"data_use_withdrawal": DataUseWithdrawal(**{**given, **changes})})
    with translation.override(language):
        return " ".join(next(words for code, _label, words in parts(found) if code == "data-use"))


def test_in_a_trial_it_says_that_nothing_more_is_recorded_and_what_is_kept_counts() -> None:
    words = said("low-dose-control")
    assert "nothing more is recorded for research" in words
    assert "is kept and still counts" in words
    assert "no registry, no other researcher, no teaching" in words
    assert "tell us all the same" in words
    for promise in ("erase", "delete", "removed"):
        assert promise not in words


def test_in_a_programme_treatment_goes_on() -> None:
    words = said("authorised-prescriber")
    assert words.startswith("Your treatment goes on")
    assert "nothing more is recorded" not in words


def test_where_the_study_s_own_analysis_leaves_the_person_out_it_says_so() -> None:
    words = said("inactive-placebo", analysis="none")
    assert "does not count in the result" in words
    assert "Harm still counts." in words


def test_it_is_said_in_spanish_too() -> None:
    for study in ("low-dose-control", "authorised-prescriber"):
        words = said(study, "es")
        assert "investigación" in words
        assert not {"nothing", "your", "they"} & set(words.lower().split())


def test_the_page_shows_it_and_afterwards_that_it_is_done(scene: Scene) -> None:
    client = own(scene)
    page = text(client.get("/my/stop"))
    assert "is kept and still counts" in page
    leave(client, "data-use")
    after = text(client.get("/my/stop"))
    assert after.count('<span class="tag">stopped</span>') == 1
    assert read.participant_standing(STUDY, "P-001").collection_ended
    agreed = read.participant_standing(STUDY, "P-001").consents
    assert "registry" not in agreed
    assert "touch-hand" in agreed
