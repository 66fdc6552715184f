"""The explorer of a dosing day: who may, what it computes, what is sent back, and that nothing is kept."""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import cache

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.scene import Scene
from clinic.scene import protocol as of_trial
from holdfast.clinic.accounts.models import Person
from holdfast.pharmacology import explain_page
from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.explain import Question, explain
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol
from holdfast.studies import path_of

pytestmark = pytest.mark.postgres
OPEN = ("demo-statistician", "demo-sponsor", "demo-data-board", "demo-auditor", "s01-pharmacist")
CARE = ("s01-coordinator", "s01-therapist-1", "s01-physician")


@cache
def programme() -> Protocol:
    return compile_study(path_of("authorised-prescriber"))


@pytest.fixture(params=["trial", "programme"])
def study(request: pytest.FixtureRequest, database: str) -> Iterator[str]:
    made = Scene(of_trial() if request.param == "trial" else programme()).open()
    fill(made)
    with override_settings(STORAGES=PLAIN):
        yield made.study


def got(person: str, study: str, page: str = "explorer", **typed: str) -> tuple[int, str]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person=person), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/s/{study}/{page}/", typed)
    return answer.status_code, html.unescape(answer.content.decode())


def test_who_sees_participants_and_is_blinded_has_no_explorer(study: str) -> None:
    blinded = study != "authorised-prescriber"
    for person in OPEN:
        assert got(person, study)[0] == 200
    for person in (*CARE, "rater-1"):
        shut = person == "rater-1" or blinded
        assert got(person, study)[0] == (403 if shut else 200), person
        linked = f"/s/{study}/explorer/" in got(person, study, "study")[1]
        assert linked is not shut, person


@pytest.mark.parametrize("study", ["trial"], indirect=True)
def test_the_day_is_that_of_the_command_and_the_page_carries_its_words(study: str) -> None:
    asked = Question((Dose(100), Dose(50, 2)), weight_kg=60, genotype="poor", medicines=("paroxetine",))
    expected = explain(asked)
    status, page = got(
        OPEN[0], study, dose="100", supplement="50", after="2", weight="60", genotype="poor",
        medicine="paroxetine",
    )  # fmt: skip
    assert status == 200
    assert explain_page.summary(expected) in page
    assert all(said in page for said in (*expected.words, *expected.release))
    assert explain_page.tables(expected) in page


@pytest.mark.parametrize("study", ["trial"], indirect=True)
def test_what_cannot_be_computed_is_said_beside_its_field_and_what_was_typed_stays(study: str) -> None:
    tried = [
        ({"dose": "1,5e9"}, "outside what the studies gave"),
        ({"dose": "nan"}, "not a number"),
        ({"dose": "inf"}, "not a number"),
        ({"dose": "much"}, "not a number"),
        ({"dose": ""}, "Give the first dose."),
        ({"dose": "80", "supplement": "40"}, "how many hours after"),
        ({"dose": "80", "supplement": "40", "after": "99"}, "hours"),
        ({"dose": "150", "supplement": "75", "after": "2"}, "more than any study gave"),
        ({"dose": "80", "weight": "4"}, "weight"),
        ({"dose": "80", "genotype": "<b>"}, "CYP2D6"),
        ({"dose": "80", "medicine": "phenelzine"}, "No such day is computed"),
        ({"dose": "80", "medicine": "aspirin"}, "is not in the list of medicines"),
        ({"dose": "80", "model": "C"}, "There is no such model"),
        ({"dose": "80", "model": "A", "genotype": "poor"}, "use model B"),
    ]
    for typed, sentence in tried:
        status, page = got(OPEN[0], study, **typed)
        assert (status, sentence in page) == (400, True), typed
        assert 'class="p-day"' not in page
        assert f'value="{typed["dose"]}"' in page


@pytest.mark.parametrize("study", ["trial"], indirect=True)
def test_nothing_that_is_typed_is_kept_and_no_record_is_read(study: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert got(OPEN[0], study, dose="80", weight="61.5")[0] == 200
    said = [each["sql"] for each in asked]
    assert not [each for each in said if "61.5" in each]
    assert not [each for each in said if "ledger_record" in each or "ledger_body" in each]
