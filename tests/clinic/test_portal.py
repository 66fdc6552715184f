"""A participant's own pages: one-time link, own records only, answers that bring help, leaving in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from clinic.bedside import served
from clinic.cast import browser, hidden, typed
from clinic.scene import WHO, Scene, protocol
from holdfast.clinic import edge
from holdfast.clinic.dosing import watching
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links, passing
from holdfast.clinic.reaching.models import Link, Message
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.safety import AdverseEvent, Deviation, RiskPassedOn

pytestmark = pytest.mark.postgres
STUDY = "inactive-placebo"
MAKE = f"/s/{STUDY}/participants/P-001/link"
PAGES = ("/my/", "/my/agreed", "/my/answers", "/my/looked", "/my/tell", "/my/told", "/my/stop")
PHQ9 = {**{f"q{n}": 0 for n in range(1, 10)}}


@pytest.fixture
def scene(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """P-001 randomised, with the forms of week 4 open; P-002 ready."""
    made = Scene(protocol()).open()
    made.ready("P-001").randomised("P-001").ready("P-002")
    made.do(act.HoldVisit(participant="P-001", visit="week-4"), Role.COORDINATOR)
    with served(made, monkeypatch):
        yield made


def own(scene: Scene, participant: str = "P-001") -> Client:
    """A browser in which a participant opened a link that the coordinator made."""
    code = links.make(STUDY, participant, by=WHO[Role.COORDINATOR], now=scene.clock())
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.post("/my/link", {"code": code}).headers["Location"] == "/my/"
    return client


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page


def test_a_link_made_by_staff_opens_once_and_is_kept_as_a_digest(scene: Scene) -> None:
    page = text(browser(Role.COORDINATOR).post(MAKE))
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert code is not None
    kept = Link.objects.get()
    assert (kept.made_by, kept.used_at) == ("s01-coordinator", None)
    assert code[0].replace("-", "") not in str(vars(kept))
    client = Client(SERVER_NAME="127.0.0.1")
    followed = client.get(f"/my/link/{code[0]}")
    assert followed.status_code == 200  # a mail program that follows it does not use it up
    assert Link.objects.get().used_at is None
    typed_in = code[0].lower().replace("-", " ")
    assert client.post("/my/link", {"code": typed_in}).headers["Location"] == "/my/"
    assert client.get("/my/").status_code == 200
    again = Client(SERVER_NAME="127.0.0.1").post("/my/link", {"code": code[0]})
    assert again.status_code == 400
    assert "This link does not open any more" in text(again)
    assert "Ask for a new link" in text(again)


def test_used_expired_and_unknown_links_answer_alike_and_lead_on(scene: Scene) -> None:
    now = scene.clock()
    late = links.make(STUDY, "P-001", by="s01-coordinator", now=now - timedelta(hours=25))
    used = links.make(STUDY, "P-002", by="s01-coordinator", now=now)
    assert links.use(used, now=now) is not None
    shown = {
        re.sub(r'value="[^"]*"', "", text(Client(SERVER_NAME="127.0.0.1").post("/my/link", {"code": code})))
        for code in (late, used, "AAAA-BBBB-CCCC", "")
    }
    assert len(shown) == 1
    asked = {
        text(Client(SERVER_NAME="127.0.0.1").post("/my/ask", {"code": code}))
        for code in (late, "P-002", "p-002", "nobody", "")
    }
    assert len(asked) == 1
    today = text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/"))
    assert "Ask for a new link to their own pages <small>2</small>" in today
    links.make(STUDY, "P-001", by="s01-coordinator", now=now + timedelta(minutes=1))
    assert links.asked(STUDY, frozenset({"S01"})) == ["P-002"]


def test_a_later_link_ends_an_earlier_one(scene: Scene) -> None:
    now = scene.clock()
    first = links.make(STUDY, "P-001", by="s01-coordinator", now=now)
    links.make(STUDY, "P-001", by="s01-coordinator", now=now)
    assert links.use(first, now=now) is None


@pytest.mark.parametrize("role", [Role.PHARMACIST, Role.RATER, Role.STATISTICIAN, Role.AUDITOR, Role.SPONSOR])
def test_who_does_not_treat_makes_no_link(scene: Scene, role: Role) -> None:
    assert browser(role).post(MAKE).status_code == 403
    assert not Link.objects.exists()


def test_a_stranger_and_staff_without_a_link_are_led_to_the_door(scene: Scene) -> None:
    for client in (Client(SERVER_NAME="127.0.0.1"), browser(Role.PHYSICIAN)):
        for page in (*PAGES, "/my/fill/week-4/PCL-5", f"/my/answers/{uuid4()}", "/my/fill/none/none"):
            answer = client.get(page)
            assert (answer.status_code, answer.headers["Location"]) == (302, "/my/link"), page


def test_opening_a_link_signs_staff_out_of_that_browser(scene: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    code = links.make(STUDY, "P-001", by="s01-physician", now=scene.clock())
    client.post("/my/link", {"code": code})
    assert client.get("/my/").status_code == 200
    assert "/sign-in" in client.get(f"/s/{STUDY}/").headers["Location"]


def test_every_page_has_a_neutral_title_quick_exit_and_is_not_kept(scene: Scene) -> None:
    client = own(scene)
    for page in (*PAGES, "/my/fill/week-4/PCL-5"):
        answer = client.get(page)
        assert answer.status_code == 200 or page.endswith("PCL-5")
        if answer.status_code == 302:
            continue
        assert answer.headers["Cache-Control"] == "no-store"
        assert "<title>My pages</title>" in text(answer)
        assert 'id="leave" href="/my/away"' in text(answer)
    gone = client.get("/my/away")
    assert gone.headers["Location"].startswith("https://www.wikipedia.org")
    assert client.get("/my/").headers["Location"] == "/my/link"


def test_pages_close_when_nothing_is_done_and_after_two_hours(scene: Scene) -> None:
    client = own(scene)
    for _each in range(7):
        scene.clock.pass_(16)
        assert client.get("/my/").status_code == 200
    scene.clock.pass_(16)
    assert client.get("/my/").status_code == 302
    client = own(scene)
    scene.clock.pass_(21)
    assert client.get("/my/").status_code == 302


def waiting(client: Client) -> list[str]:
    return re.findall(r'class="own-form" href="([^"]+)"', text(client.get("/my/")))


def send(client: Client, address: str, answers: dict[str, object]) -> Any:
    return client.post(address, {**hidden(text(client.get(address))), **typed(answers)})


def through(client: Client, until: str, scene: Scene) -> str:
    """Fill what comes first at the visit until the form of that name is next; its address."""
    for _each in range(6):
        address = next(each for each in waiting(client) if "week-4" in each or each.endswith(until))
        name = address.rsplit("/", 1)[1]
        if name == until:
            return address
        answers = dict(scene.filled("P-001", "week-4", name).answers)
        assert send(client, address, answers).status_code == 302, name
    raise AssertionError(f"{until} never came")


def test_a_form_says_who_watches_before_the_first_question_and_is_their_own_record(scene: Scene) -> None:
    client = own(scene)
    address = through(client, "PHQ-9", scene)
    page = text(client.get(address))
    assert 0 < page.index("who watches, and when") < page.index("<fieldset")
    assert "within 30 minutes" in page
    assert "may be read by: physician" in page
    before = len(Message.objects.all())
    answer = send(client, address, PHQ9)
    sent = text(client.get(answer.headers["Location"]))
    assert "Thank you" in sent
    assert "Please talk to somebody now" not in sent
    person = read.participant_standing(STUDY, "P-001")
    done = person.form_at("week-4", "PHQ-9")
    assert done is not None
    assert (done.author, done.role) == ("P-001", "participant")
    assert [each.device for each in person.history if each.id == done.root] == [
        "own pages, link made by s01-coordinator"
    ]
    assert len(Message.objects.all()) == before
    assert f"/my/answers/{done.root}" in text(client.get("/my/answers"))


def test_what_waits_goes_on_counting_within_the_visit(scene: Scene) -> None:
    def counted(client: Client) -> list[tuple[int, int]]:
        page = text(client.get("/my/"))
        week = [each for each in re.findall(r"<li>(?:(?!</li>).)*</li>", page, re.DOTALL) if "Week 4" in each]
        found = [re.search(r"Questionnaire (\d) of (\d)", each) for each in week]
        return [(int(each[1]), int(each[2])) for each in found if each]

    client = own(scene)
    before = counted(client)
    total = len(before)
    assert before == [(n, total) for n in range(1, total + 1)]
    first = next(each for each in waiting(client) if "week-4" in each)
    answers = dict(scene.filled("P-001", "week-4", first.rsplit("/", 1)[1]).answers)
    assert send(client, first, answers).status_code == 302
    assert counted(client) == before[1:]
    assert total > 1


def risky(client: Client, scene: Scene) -> str:
    """Send PHQ-9 with thoughts of death; the page that answers."""
    return text(
        client.get(send(client, through(client, "PHQ-9", scene), {**PHQ9, "q9": 2}).headers["Location"])
    )


def told() -> list[tuple[int, tuple[str, ...]]]:
    found = read.records(STUDY, stream="participant/P-001", kinds=("risk-passed-on",))
    return [(each.fact.step, tuple(each.fact.to)) for each in found if isinstance(each.fact, RiskPassedOn)]


def deviations() -> list[str]:
    found = read.records(STUDY, stream="participant/P-001", kinds=("deviation",))
    return [each.fact.code for each in found if isinstance(each.fact, Deviation)]


def test_an_answer_that_must_bring_help_shows_it_and_reaches_a_clinician_outside_the_pair(
    scene: Scene,
) -> None:
    client = own(scene)
    page = risky(client, scene)
    assert "Please talk to somebody now" in page
    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page
    assert told() == [(1, ("s01-physician",))]
    assert "risk-within-pair" not in deviations()
    physician = text(browser(Role.PHYSICIAN).get(f"/s/{STUDY}/"))
    assert "You were told of" in physician
    assert f'<a href="/s/{STUDY}/participants/P-001/reached">' in physician
    assert "/participants/P-001/reached" not in text(browser(Role.SAFETY_MONITOR).get(f"/s/{STUDY}/"))
    assert "/participants/P-001/reached" in text(
        browser(Role.PHYSICIAN).get(f"/s/{STUDY}/participants/P-001/do/acknowledge-risk")
    )
    assert "You were told of" not in text(browser(Role.THERAPIST).get(f"/s/{STUDY}/"))
    assert "You do not have to be alone" in text(client.get("/my/"))


def test_nobody_answering_is_escalated_and_taking_it_on_ends_it(scene: Scene) -> None:
    risky(own(scene), scene)
    assert passing.look() == 0
    scene.clock.pass_(29)
    assert passing.look() == 0
    scene.clock.pass_(1)
    assert passing.look() == 1
    assert passing.look() == 0
    everybody = ("s01-coordinator", "s01-physician", "s01-therapist-1", "s01-therapist-2")
    assert told()[1:] == [(2, everybody)]
    assert deviations().count("risk-unanswered") == 1
    # What staff asked and heard themselves is theirs to act on: it is not passed on.
    open_ = read.participant_standing(STUDY, "P-001").open_risks()
    assert len(open_) > 1
    (risk,) = [each.root for each in open_ if each.passed_on]
    taken = browser(Role.PHYSICIAN)
    deed = f"/s/{STUDY}/participants/P-001/do/acknowledge-risk"
    page = text(taken.get(deed))
    fields = {**hidden(page), **typed({"risk": str(risk), "plan": "Spoke by telephone."})}
    assert taken.post(deed, fields).status_code == 302
    scene.clock.pass_(60)
    assert passing.look() == 0
    assert "You were told of" not in text(browser(Role.PHYSICIAN).get(f"/s/{STUDY}/"))
    assert "You do not have to be alone" not in text(own(scene).get("/my/"))


def test_the_watch_passes_on_what_the_page_did_not(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    client = own(scene)
    address = through(client, "PHQ-9", scene)
    monkeypatch.setattr(passing, "pass_on", lambda *_args, **_given: 0)
    page = text(client.get(send(client, address, {**PHQ9, "q9": 1}).headers["Location"]))
    assert "We could not yet tell anybody" in page
    monkeypatch.undo()
    monkeypatch.setattr(edge, "now", scene.clock)

    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watching.keep_looking(say=lambda _text: None, sleep=stop)
    assert told() == [(1, ("s01-physician",))]


def test_answers_that_contradict_each_other_are_asked_again_and_kept(scene: Scene) -> None:
    client = own(scene)
    address = through(client, "PHQ-9", scene)
    fields = {**hidden(text(client.get(address))), **typed({**PHQ9, "q1": 3}), "absent.q2": "refused"}
    answer = client.post(address, fields)
    assert answer.status_code == 400
    assert "keep one of them" in text(answer)
    assert 'name="a.q1" value="3" checked' in text(answer)
    assert read.participant_standing(STUDY, "P-001").form_at("week-4", "PHQ-9") is None


def test_a_form_sent_twice_is_one_record(scene: Scene) -> None:
    client = own(scene)
    address = through(client, "PHQ-9", scene)
    fields = {**hidden(text(client.get(address))), **typed(PHQ9)}
    first, second = client.post(address, fields), client.post(address, fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(read.participant_standing(STUDY, "P-001").forms["PHQ-9"]) == 2  # baseline and this one


def test_one_participant_sees_nothing_of_another(scene: Scene) -> None:
    mine = own(scene)
    record = send(mine, through(mine, "PHQ-9", scene), PHQ9).headers["Location"].rsplit("/", 1)[1]
    other = own(scene, "P-002")
    theirs, nobodys = other.get(f"/my/answers/{record}"), other.get(f"/my/answers/{uuid4()}")
    assert theirs.status_code == nobodys.status_code == 404
    assert without_tokens(theirs) == without_tokens(nobodys)
    pages = "".join(text(other.get(page)) for page in PAGES)
    assert "P-001" not in pages
    assert "P-002" not in pages
    assert other.get("/my/fill/week-4/PHQ-9").status_code == 404


def without_tokens(answer: Any) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text(answer))


def test_they_see_who_looked_and_by_whose_link(scene: Scene) -> None:
    browser(Role.PHYSICIAN).get(f"/s/{STUDY}/participants/P-001/")
    page = text(own(scene).get("/my/looked"))
    assert "S01-Physician" in page
    assert "your record, 1 time" in page
    assert "by S01-Coordinator" in page


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        (["treatment"], ("treatment",)),
        (["follow-up"], ("follow-up",)),
        (["data-use"], ("data-use",)),
        (["treatment", "data-use"], ("data-use", "treatment")),
    ],
)
def test_each_part_is_left_by_itself_without_a_reason(
    scene: Scene, parts: list[str], left: tuple[str, ...]
) -> None:
    client = own(scene)
    fields = hidden(text(client.get("/my/stop")))
    assert client.post("/my/stop", {**fields, "part": parts, "sure": "yes"}).headers["Location"] == "/my/stop"
    assert read.participant_standing(STUDY, "P-001").withdrawn == left
    assert text(client.get("/my/stop")).count('<span class="tag">stopped</span>') == len(parts)
    assert bool(waiting(client)) is not bool({"follow-up", "data-use"} & set(left))


def test_before_anything_ends_they_read_what_ends_and_what_goes_on(scene: Scene) -> None:
    client = own(scene)
    fields = {**hidden(text(client.get("/my/stop"))), "part": ["follow-up"], "why": "Too much now"}
    page = text(client.post("/my/stop", fields))
    ends, goes_on = page.split("This goes on")
    assert "Nobody asks you to come or to answer any more. No more sessions either." in ends
    assert "The use of what was recorded" in goes_on
    assert "The treatment" not in goes_on
    assert read.participant_standing(STUDY, "P-001").withdrawn == ()
    again = text(client.post("/my/stop", {**hidden(page), "part": ["follow-up"], "back": "yes"}))
    assert re.search(r'value="follow-up"[^>]* checked', again)
    assert read.participant_standing(STUDY, "P-001").withdrawn == ()
    assert client.post("/my/stop", {**hidden(page), "part": ["follow-up"], "sure": "yes"}).status_code == 302
    assert read.participant_standing(STUDY, "P-001").withdrawn == ("follow-up",)
    assert "Go on as before" not in text(client.get("/my/stop"))


def test_who_stopped_alone_stands_on_today_until_somebody_tried_to_call(scene: Scene) -> None:
    client, staff = own(scene), browser(Role.COORDINATOR)
    fields = hidden(text(client.get("/my/stop")))
    assert "on their own pages, " not in text(staff.get(f"/s/{STUDY}/"))
    client.post("/my/stop", {**fields, "part": ["treatment", "data-use"], "sure": "yes"})
    today = text(staff.get(f"/s/{STUDY}/"))
    assert "P-001 stopped treatment, the use of their data on their own pages, " in today
    assert ": call them" in today
    assert f"/s/{STUDY}/participants/P-001/reached" in today
    assert "on their own pages, " not in text(browser(Role.SAFETY_MONITOR).get(f"/s/{STUDY}/"))
    scene.clock.pass_(5)
    deed = f"/s/{STUDY}/participants/P-001/do/contact"
    said = typed({"channel": "telephone", "outcome": "no-answer"})
    answer = staff.post(deed, {**hidden(text(staff.get(deed))), **said})
    assert answer.status_code == 302, text(answer)
    assert "on their own pages, " not in text(staff.get(f"/s/{STUDY}/"))


def test_nothing_chosen_is_asked_again(scene: Scene) -> None:
    client = own(scene)
    fields = hidden(text(client.get("/my/stop")))
    for part in ([], ["everything"]):
        answer = client.post("/my/stop", {**fields, "part": part})
        assert answer.status_code == 400
        assert "Choose at least one" in text(answer)
    assert read.participant_standing(STUDY, "P-001").withdrawn == ()


def test_what_happened_is_an_event_that_nobody_judged_yet(scene: Scene) -> None:
    client = own(scene)
    said = {
        "term": "Fell on the stairs",
        "onset": "2026-03",
        "severity": "moderate",
        "hospital": True,
        "danger": False,
    }
    answer = client.post("/my/tell", {**hidden(text(client.get("/my/tell"))), **typed(said)})
    assert answer.headers["Location"] == "/my/told"
    record = read.records(STUDY, stream="participant/P-001", kinds=("adverse-event",))[-1]
    assert isinstance(record.fact, AdverseEvent)
    assert (record.author, record.role) == ("P-001", "participant")
    assert (record.fact.serious, tuple(record.fact.criteria)) == (True, ("hospitalisation",))
    assert record.fact.related == "not-assessed"
    wrong = client.post(
        "/my/tell", {**hidden(text(client.get("/my/tell"))), **typed({**said, "onset": "soon"})}
    )
    assert wrong.status_code == 400
    assert "Fell on the stairs" in text(wrong)


def test_messages_name_nothing_and_stay(scene: Scene) -> None:
    links.ask("P-001", now=edge.now())
    assert Message.objects.exists()
    for each in Message.objects.all():
        assert not re.search("PTSD|MDMA|study|trial|P-001", each.text, re.IGNORECASE)
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        Message.objects.all().delete()


def test_no_own_page_tells_kit_slot_or_amount(scene: Scene) -> None:
    client = own(scene)
    slot = read.participant_standing(STUDY, "P-001").slot
    assert slot
    for page in PAGES:
        shown = text(client.get(page))
        assert slot not in shown
        assert not re.search(r"\b\d+ mg\b|placebo|capsule|\bkit\b|stratum", shown, re.IGNORECASE), page


def test_a_database_role_of_the_site_cannot_change_a_message(scene: Scene) -> None:
    links.ask("P-001", now=scene.clock())
    with pytest.raises(DatabaseError), connections["default"].cursor() as cursor:
        cursor.execute("UPDATE reaching_message SET text = 'x'")
