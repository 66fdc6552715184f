"""A tablet handed to the participant: their own ratings, and nothing else until staff sign in again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import BACKEND
from clinic.scene import Clock, Scene, protocol
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.ledger import read
from holdfast.records.session import PromptsRated

pytestmark = pytest.mark.postgres
PAGE = "/s/inactive-placebo/sessions/P-001/dosing-1/"
STREAM = "session/P-001/dosing-1"


@pytest.fixture
def clock(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    with served(made, monkeypatch, after=8 * 60):
        yield made.clock


@pytest.fixture
def tablet(clock: Clock) -> Client:
    """A therapist's tablet, already handed over for the round of the session's end."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person="s01-therapist-1"), backend=BACKEND)
    answer = client.post(f"{PAGE}lend", {"at_hour": "8"})
    assert (answer.status_code, answer["location"]) == (302, "/lent")
    return client


def said(**given: str) -> dict[str, str]:
    codes = [each.code for each in protocol().adverse_events.prompts]
    answers = {f"rate-{code}": "0" for code in codes}
    changed = {f"rate-{code.replace('_', '-')}": level for code, level in given.items()}
    return {"id": str(uuid4()), **answers, **changed}


def rated() -> list:
    return [
        each for each in read.records("inactive-placebo", kinds=("prompts-rated",)) if each.stream == STREAM
    ]


def test_the_participant_is_asked_in_their_own_words_one_list_without_the_staffs_pages(
    tablet: Client,
) -> None:
    page = tablet.get("/lent").content.decode()
    assert page.count("<fieldset") == len(protocol().adverse_events.prompts) == 24
    assert "Laughing or crying that does not fit the moment" in page
    assert "Affect that does not fit" not in page
    assert page.count("I would rather not say") >= 24
    assert "Rehearsal: no real person" in page
    links = set(re.findall(r'href="(/[^"]*)"', page)) - {"/static/holdfast/mark.svg"}
    assert all(each.startswith("/static/") for each in links), links
    assert "P-001" not in page
    assert "checked" not in page


def test_what_they_answer_is_recorded_as_theirs_and_a_refusal_as_one(tablet: Client) -> None:
    answer = tablet.post("/lent", said(euphoria="2", anxiety="no"))
    assert (answer.status_code, answer["location"]) == (302, "/lent")
    (record,) = rated()
    fact = record.fact
    assert isinstance(fact, PromptsRated)
    assert (record.author, record.role) == ("P-001", "participant")
    assert record.device == "browser, handed over by s01-therapist-1"
    assert (fact.rated_by, fact.at_hour) == ("participant", 8)
    assert (fact.ratings["euphoria"], fact.ratings["anxiety"]) == (2, {"absent": "refused"})
    events = read.participant_standing("inactive-placebo", "P-001").events.values()
    own = [(each.fact.prompt, each.fact.rated) for each in events if each.fact.source == "prompted"]
    assert own == [("euphoria", {"participant": 2})]


def test_nothing_is_recorded_while_lines_are_open_and_nothing_chosen_is_lost(tablet: Client) -> None:
    some = {"id": str(uuid4()), "rate-euphoria": "1", "rate-nausea": "no"}
    answer = tablet.post("/lent", some)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "22 lines are still open" in page
    assert page.count(" checked") == 2
    assert some["id"] in page
    assert rated() == []
    assert tablet.post("/lent", {**some, "rest": "1"}).status_code == 302
    (record,) = rated()
    assert sum(each == {"absent": "refused"} for each in record.fact.ratings.values()) == 23


def test_the_same_answers_sent_twice_are_recorded_once(tablet: Client) -> None:
    answers = said()
    lent = tablet.session["lent"]
    tablet.post("/lent", answers)
    session = tablet.session
    session["lent"] = lent
    session.save()
    tablet.post("/lent", answers)
    assert len(rated()) == 1


@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}now", "/s/inactive-placebo/participants/P-001/", "/s/inactive-placebo/"]
)
def test_no_page_of_the_staff_opens_on_a_lent_tablet(tablet: Client, path: str) -> None:
    for _answered in (False, True):
        answer = tablet.get(path)
        assert answer.status_code == 302
        assert answer["location"].startswith("/sign-in")
        tablet.post("/lent", said())


def test_the_tablet_is_given_back_by_signing_in(tablet: Client) -> None:
    tablet.post("/lent", said())
    page = tablet.get("/lent").content.decode()
    assert "Please give the tablet back" in page
    assert "<fieldset" not in page
    assert f'href="/sign-in?next={PAGE}"' in page
    assert tablet.post("/lent", said(euphoria="3")).status_code == 200
    assert [each.fact.ratings["euphoria"] for each in rated()] == [0]


def test_a_tablet_kept_for_hours_and_a_stranger_are_asked_to_sign_in(tablet: Client, clock: Clock) -> None:
    assert Client(SERVER_NAME="127.0.0.1").get("/lent")["location"] == "/sign-in"
    clock.pass_(121)
    assert tablet.get("/lent")["location"] == "/sign-in"
    assert tablet.post("/lent", said())["location"] == "/sign-in"
    assert rated() == []


@pytest.mark.parametrize("hour", ["1", "", "9", "x"])
def test_only_a_round_that_the_participant_rates_is_handed_over(clock: Clock, hour: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person="s01-therapist-1"), backend=BACKEND)
    assert client.post(f"{PAGE}lend", {"at_hour": hour}).status_code == 400
    assert client.get(PAGE).status_code == 200


def test_somebody_without_a_part_in_the_session_hands_nothing_over(clock: Clock) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(Person.objects.get(person="rater-1"), backend=BACKEND)
    assert client.post(f"{PAGE}lend", {"at_hour": "8"}).status_code == 403
