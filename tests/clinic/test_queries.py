"""Who sees that records contradict each other, who answers, and that nobody else learns of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from clinic.bedside import served
from clinic.cast import STUDY, browser, hidden, small_study
from clinic.scene import WHO, Scene
from clinic.test_twins import Clinic
from conduct_world import answers, cssrs
from holdfast.allocation.key import Key, flipped
from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import LEAVES_A_ROW, Act
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.ledger import read, write
from holdfast.clinic.portal.pages import looked_at
from holdfast.clinic.reaching import asking, links
from holdfast.conduct import actions as act
from holdfast.conduct.contradictions import ITEM9, WORSE
from holdfast.protocol.roles import Role
from holdfast.timing import date_in_words

pytestmark = pytest.mark.postgres
BASE = f"/s/{STUDY}"
PERSON = f"{BASE}/participants/P-001"
WORDS = "PHQ-9 item 9 says yes, and nobody who asked about suicide heard of it"
READS_BOTH = (Role.PHYSICIAN, Role.SAFETY_MONITOR, Role.AUDITOR)
"""The protocol lets them read PHQ-9, which it does not let those who treat or rate."""
OPENS = (*READS_BOTH, Role.COORDINATOR, Role.THERAPIST, Role.PHARMACIST)


def contradicting() -> Scene:
    """P-001 said yes on PHQ-9 item 9 at week 4, and no to everything that the physician asked."""
    made = small_study()
    made.now += timedelta(days=28)
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    said = act.FillForm(participant="P-001", visit="week-4", form="PHQ-9", answers=answers("PHQ-9", q9=2))
    made.do(said, Role.PARTICIPANT, author="P-001")
    heard = act.FillForm(participant="P-001", visit="week-4", form="C-SSRS", answers=cssrs())
    made.do(heard, Role.PHYSICIAN)
    return made


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    with served(contradicting(), monkeypatch) as made:
        yield made


def page(role: Role, address: str) -> str:
    answer = browser(role).get(address)
    assert answer.status_code == 200, (role, address)
    return unescape(answer.content.decode())


def query() -> UUID:
    (found,) = read.participant_standing(STUDY, "P-001").queries
    return found


def send(client: Client, **typed: str) -> Any:
    address = f"{PERSON}/queries/{query()}"
    fields = hidden(client.get(address).content.decode())
    return client.post(address, fields | {f"a.{name}": value for name, value in typed.items()})


def test_today_tells_the_physician_what_contradicts_and_the_coordinator_only_that_it_is_late(
    scene: Scene,
) -> None:
    address = f"{PERSON}/queries/{query()}"
    assert WORDS in page(Role.PHYSICIAN, f"{BASE}/")
    assert address in page(Role.PHYSICIAN, f"{BASE}/")
    for role in (Role.COORDINATOR, Role.THERAPIST, Role.SAFETY_MONITOR, Role.AUDITOR):
        assert "contradict" not in page(role, f"{BASE}/"), role
    scene.clock.pass_(25 * 60)
    late = page(Role.COORDINATOR, f"{BASE}/")
    assert "a query to the physician. Overdue since" in " ".join(late.replace("<strong>", "").split())
    assert WORDS not in late
    assert address not in late
    assert "contradict" not in page(Role.THERAPIST, f"{BASE}/")


def test_only_who_may_read_both_forms_reads_that_they_contradict(scene: Scene) -> None:
    shown = {role: page(role, f"{PERSON}/") for role in OPENS}
    assert [role for role in OPENS if WORDS in shown[role]] == list(READS_BOTH)
    assert [role for role in OPENS if "contradict" in shown[role]] == list(READS_BOTH)
    assert [role for role in OPENS if f"{PERSON}/queries/" in shown[role]] == [Role.PHYSICIAN]
    scene.clock.pass_(25 * 60)
    late = {role for role in OPENS if "A query to the physician was due by" in page(role, f"{PERSON}/")}
    assert late == {Role.PHYSICIAN, Role.COORDINATOR}


def test_both_forms_stand_side_by_side_for_the_physician_alone(scene: Scene) -> None:
    address = f"{PERSON}/queries/{query()}"
    shown = page(Role.PHYSICIAN, address)
    for words in (
        WORDS,
        "Patient Health Questionnaire",
        "Thoughts that you would be better off dead",
        "2 · More than half the days",
        "Columbia-Suicide Severity Rating Scale",
        "Wish to be dead",
    ):
        assert words in shown
    assert "Feeling down" not in shown  # the items of PHQ-9 that nothing contradicts
    for role in Role:
        if role not in (Role.PHYSICIAN, Role.PARTICIPANT, Role.SYSTEM, Role.ATTENDANT):
            assert browser(role).get(address).status_code == 403, role
    assert browser(Role.PHYSICIAN).get(f"{PERSON}/queries/{uuid4()}").status_code == 404


def test_the_physician_answers_in_words_and_nobody_answers_twice(scene: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    missing = send(client, outcome="both-stand", words=" ")
    assert missing.status_code == 400
    assert 'value="both-stand" checked' in missing.content.decode()
    assert send(client, outcome="nothing", words="Asked.").status_code == 400
    fields = hidden(client.get(f"{PERSON}/queries/{query()}").content.decode())
    typed = fields | {"a.outcome": "both-stand", "a.words": "Asked; a passing thought of last week."}
    for _again in range(2):
        assert client.post(f"{PERSON}/queries/{query()}", typed).status_code == 302
    held = read.participant_standing(STUDY, "P-001").queries[query()]
    assert (held.outcome, held.answered_by) == ("both-stand", WHO[Role.PHYSICIAN])
    assert "contradict" not in page(Role.PHYSICIAN, f"{BASE}/")
    assert "Asked; a passing thought of last week." in page(Role.SAFETY_MONITOR, f"{PERSON}/")
    assert "Asked; a passing thought of last week." not in page(Role.THERAPIST, f"{PERSON}/")
    second = client.post(f"{PERSON}/queries/{query()}", {**typed, "action": str(uuid4())})
    assert second.status_code == 400
    assert "has answered this" in unescape(second.content.decode())


def test_own_pages_say_nothing_of_it(scene: Scene) -> None:
    code = links.make(STUDY, "P-001", by=WHO[Role.COORDINATOR], now=scene.clock())
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
    for address in ("/my/", "/my/answers", "/my/looked", "/my/told"):
        shown = unescape(client.get(address).content.decode()).lower()
        assert "contradict" not in shown
        assert "query" not in shown


def test_opening_a_query_or_a_correction_is_written_down_and_the_participant_sees_who(scene: Scene) -> None:
    form = read.participant_standing(STUDY, "P-001").forms["C-SSRS"][-1]
    page(Role.PHYSICIAN, f"{PERSON}/queries/{query()}")
    page(Role.PHYSICIAN, f"{PERSON}/records/{form.root}/correct")
    rows = Opened.objects.filter(participant="P-001", person=WHO[Role.PHYSICIAN])
    assert list(rows.order_by("id").values_list("act", flat=True)) == [Act.ANSWER_QUERY, Act.CORRECT]
    code = links.make(STUDY, "P-001", by=WHO[Role.COORDINATOR], now=scene.clock())
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).status_code == 302
    shown = unescape(client.get("/my/looked").content.decode())
    assert "some of your answers, 1 time" in shown
    assert "a form, to correct it, 1 time" in shown
    assert looked_at().keys() == {each.value for each in LEAVES_A_ROW}


def test_what_time_makes_is_raised_once_by_whoever_watches(scene: Scene) -> None:
    scene.now = scene.clock.at
    for visit, said in (("prep-2", cssrs()), ("prep-3", cssrs(q1=True))):
        told = act.FillForm(participant="P-003", visit=visit, form="C-SSRS", answers=said)
        action = scene.action(told, Role.THERAPIST)
        write.perform(action, now=scene.now)
    scene.clock.at = scene.now
    assert asking.look() == 0
    scene.clock.pass_(24 * 60 + 1)
    assert asking.look() == 1
    assert asking.look() == 0
    (raised,) = read.participant_standing(STUDY, "P-003").queries.values()
    assert raised.rule == WORSE
    assert [each.rule for each in read.participant_standing(STUDY, "P-001").queries.values()] == [ITEM9]
    (record,) = [
        each for each in read.records(STUDY, kinds=("query-raised",)) if each.stream == "participant/P-003"
    ]
    assert (record.author, record.role, record.device) == ("holdfast", "system", "holdfast")


def test_an_event_that_is_said_to_be_recorded_is_asked_for_where_none_was(scene: Scene) -> None:
    refused = send(browser(Role.PHYSICIAN), outcome="event-recorded", words="Spoken with.")
    assert refused.status_code == 400
    shown = unescape(refused.content.decode())
    assert "Record the event first, then answer; or choose another outcome." in shown
    assert 'value="event-recorded" checked' in shown
    assert f'<a href="{PERSON}/do/adverse-event">' in shown
    assert read.participant_standing(STUDY, "P-001").queries[query()].open


def test_the_participants_page_tells_the_highest_between_first_and_latest_to_readers_of_the_form(
    scene: Scene,
) -> None:
    thoughts = {"q2": True, "q3": True, "q4": False, "q5": False}
    for said in (cssrs(q1=True, **thoughts), cssrs()):
        scene.now += timedelta(days=1)
        told = act.FillForm(participant="P-001", visit="week-8", form="C-SSRS", answers=said)
        write.perform(scene.action(told, Role.PHYSICIAN), now=scene.now)
    scene.clock.at = scene.now
    worst = read.participant_standing(STUDY, "P-001").forms["C-SSRS"][-2]
    words = f"highest since entry 3 on {date_in_words(worst.at.day)}"
    assert words in page(Role.PHYSICIAN, f"{PERSON}/")
    assert "highest since entry" not in page(Role.PHARMACIST, f"{PERSON}/")


def test_twins_give_the_pages_of_a_query_byte_for_byte(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "new_id", lambda: UUID(int=7))
    monkeypatch.setattr("django.template.context_processors.get_token", lambda request: "t" * 64)
    slot = read.participant_standing(STUDY, "P-001").slot
    pages = (f"{BASE}/", f"{PERSON}/", f"{PERSON}/changes", f"{PERSON}/queries/{query()}")

    def seen(key: Key) -> dict[tuple[Role, str], bytes]:
        Clinic(None, scene.now).turn(key)  # type: ignore[arg-type]
        return {(role, address): browser(role).get(address).content for role in OPENS for address in pages}

    key = Key(arm_of_slot={slot: "mdma", "S01-002": "placebo"}, arm_of_kit={}, mg_of_kit={}, step_of_kit={})
    assert flipped(key).arm_of_slot[slot] == "placebo"
    first = seen(key)
    assert WORDS.encode() in first[Role.PHYSICIAN, pages[3]]
    assert first == seen(flipped(key))
