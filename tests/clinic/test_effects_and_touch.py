"""Effects and touch on the session page: rated, not rated, withdrawn, stopped, declined; guesses first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from clinic.bedside import STREAM, STUDY, Tablet, served
from clinic.scene import Scene, protocol
from holdfast.clinic import edge
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.session import AlarmRaised, PromptsMissed, TouchRecorded

pytestmark = pytest.mark.postgres
VISIT = "/s/inactive-placebo/participants/P-001/visits/morning-1/"


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Everything agreed to, the first dose taken."""
    made = Scene(protocol()).open().ready("P-001").randomised("P-001").in_session("P-001")
    dose = act.GiveDose(
        participant="P-001",
        visit="dosing-1",
        step="s1-first",
        kit="K-P-001-s1-first",
        witness="s01-therapist-2",
    )
    made.do(dose, Role.THERAPIST)
    with served(made, monkeypatch, after=61):
        yield made


@pytest.fixture
def ana(scene: Scene) -> Tablet:
    return Tablet("s01-therapist-1", scene.clock)


@pytest.fixture
def ben(scene: Scene) -> Tablet:
    return Tablet("s01-therapist-2", scene.clock)


def words(page: str, of: str) -> str:
    """What a part of the page says, without its markup."""
    found = re.search(rf'<\w+[^>]*id="{of}".*?</(?:ul|form|section|details)>', page, re.DOTALL)
    assert found, of
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found.group())).split())


def told(kind: str) -> list:
    return [each for each in read.records(STUDY, kinds=(kind,)) if each.stream == STREAM]


# --- effects ---------------------------------------------------------------------------------


def test_a_due_round_is_shown_rated_and_becomes_events(ana: Tablet) -> None:
    before = words(ana.page(), "fold-effects")
    assert "T+1:00 due · T+2:00 – · T+4:00 – · T+6:00 – · T+8:00 – · T+24:00 –" in before
    assert "T+1:00 the observer due" in before
    assert "T+8:00 the participant later" in before
    saved = ana.send("prompts", at_hour="1", rest="1", **{"rate-euphoria": "3"})
    assert saved.status_code == 200, saved.content
    person = read.participant_standing(STUDY, "P-001")
    prompted = [each.fact for each in person.events.values() if each.fact.source == "prompted"]
    assert [(each.prompt, each.severity, each.rated) for each in prompted] == [
        ("euphoria", "severe", {"observer": 3})
    ]
    page = ana.page()
    assert "T+1:00 the observer rated" in words(page, "fold-effects")
    assert "Effects at hour 1: Euphoria, feeling wonderful 3" in unescape(page)


def test_a_round_is_overdue_and_recorded_as_asked_and_not_answered(ana: Tablet) -> None:
    edge.now.pass_(60)  # type: ignore[attr-defined]
    assert "T+1:00 the observer overdue" in words(ana.page(), "fold-effects")
    assert ana.send("prompts-missed", round="1/observer", why="Asleep.").status_code == 400
    saved = ana.send("prompts-missed", round="1/observer", asked="yes", why="Asleep.")
    assert saved.json()["beside"] == [
        "The round of effects at hour 1 (observer) was asked for and not answered."
    ]
    (record,) = told("prompts-missed")
    assert record.fact == PromptsMissed(at_hour=1.0, rated_by="observer", asked=True, why="Asleep.")
    assert "T+1:00 the observer asked, not answered" in words(ana.page(), "fold-effects")
    again = ana.send("prompts-missed", round="2/observer", asked="no", why="Forgotten.")
    assert again.status_code == 200
    assert "T+2:00 the observer not asked" in words(ana.page(), "fold-effects")


# --- touch -------------------------------------------------------------------------------------


def test_a_permission_is_withdrawn_by_one_tap_and_both_tablets_show_it(ana: Tablet, ben: Tablet) -> None:
    assert "Withdrawn" in words(ben.page(), "touch-kinds")
    saved = ana.send("touch-withdrawn", kind="hand", reason="By the participant's word")
    assert saved.status_code == 200, saved.content
    (record,) = read.records(STUDY, kinds=("consent-withdrawn",))
    assert (record.fact.items, record.reason) == (("touch-hand",), "By the participant's word")
    for tablet in (ana, ben):
        shown = words(tablet.page(), "touch-kinds")
        label = next(each.label["en"] for each in protocol().consent if each.code == "touch-hand")
        assert re.search(rf"{re.escape(label)} withdrawn at \d\d:\d\d", shown), shown
    given = ben.send("touch", kind="hand", act="given", by="s01-therapist-2")
    assert given.json()["alarm"]
    (alarm,) = [each.fact for each in told("alarm-raised") if isinstance(each.fact, AlarmRaised)
                and each.fact.code == "touch-without-permission"]  # fmt: skip
    assert alarm.priority == "high"
    page = unescape(ben.page())
    assert "The participant was touched without permission." in page
    assert "Tell the physician and the site's independent person." in page


def test_no_form_of_the_session_adds_a_permission(ana: Tablet) -> None:
    ana.send("touch-withdrawn", kind="hand")
    person = read.participant_standing(STUDY, "P-001")
    items = tuple(sorted({*person.consents, "touch-hand"}))
    ask = act.GiveConsent(participant="P-001", items=items, language="en", explained_by="s01-physician")
    scene = Scene(protocol(), now=edge.now(), count=5000)
    refused = write.perform(scene.action(ask, Role.PHYSICIAN), now=scene.now).refused
    assert refused is not None
    assert [each.code for each in refused.reasons] == ["under-drug-effect"]


def test_a_stop_that_was_said_is_recorded_shown_and_holds(ana: Tablet, ben: Tablet) -> None:
    assert ana.send("touch-stop").status_code == 200
    (record,) = told("touch-recorded")
    assert record.fact == TouchRecorded(act="stopped", kind_="all", by="P-001", permitted=False)
    page = unescape(ben.page())
    assert re.search(r"The participant said stop at \d\d:\d\d\.", page)
    assert "Stop said by P-001: no touch" in page
    assert "Deviation" not in page.partition("Stop said by")[0].rpartition("line-words")[2]
    given = ben.send("touch", kind="hand", act="given", by="s01-therapist-2")
    assert given.json()["alarm"]


def test_a_touch_asked_for_that_was_not_agreed_to_is_to_be_declined_by_one_tap(ana: Tablet) -> None:
    ana.send("touch-withdrawn", kind="embrace")
    asked = ana.send("touch", kind="embrace", act="asked", by="P-001")
    assert (asked.status_code, asked.json()["alarm"], asked.json()["beside"]) == (200, False, [])
    page = unescape(ana.page())
    assert "Not agreed to beforehand: decline it kindly." in page
    ana.send("touch", kind="embrace", act="declined", by="s01-therapist-1")
    assert "Not agreed to beforehand: decline it kindly." not in unescape(ana.page())


# --- the morning after ------------------------------------------------------------------------------


def test_the_guesses_are_the_first_task_of_the_morning(scene: Scene, ana: Tablet) -> None:
    page = unescape(ana.client.get(VISIT).content.decode())
    assert "First the guesses, before anything else is asked" in page
    forms = re.findall(
        r'<span class="grow"><strong>([^<]+)</strong> <small>by the ([^<]+?)(?: ·|</small>)', page
    )
    assert [by for _name, by in forms[:2]] == ["participant", "therapist"]
    assert len({name for name, _by in forms[:2]}) == 1
    for role in (Role.PARTICIPANT, Role.THERAPIST):
        answers = {"guess": "experimental", "certainty": 3}
        fact = act.FillForm(participant="P-001", visit="morning-1", form="GUESS", answers=answers)
        author = "P-001" if role is Role.PARTICIPANT else "s01-therapist-1"
        own = Scene(protocol(), now=edge.now(), count=6000 + len(role.value))
        outcome = write.perform(own.action(fact, role, author=author), now=own.now)
        assert outcome.refused is None
        assert "guess-after-rating" not in [getattr(each.fact, "code", "") for each in outcome.records]
    assert "First the guesses" not in unescape(ana.client.get(VISIT).content.decode())
