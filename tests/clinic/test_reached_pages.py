"""How one is reached, on the pages of staff and one's own: kept apart, seen by few, each time noted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from clinic.cast import browser, hidden, typed
from clinic.mail_scene import PERSON, STUDY, TO, clinic, inbox, look, perform, rehearsal, send
from clinic.mail_server import Inbox
from clinic.scene import WHO, Scene
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Opened, Person
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import identity, reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.ledger import read
from holdfast.clinic.reaching import links
from holdfast.clinic.reaching.models import Link
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role
from holdfast.records.reminding import RemindersChosen

__all__ = ["clinic", "inbox", "rehearsal"]  # fixtures
pytestmark = pytest.mark.postgres
PAGE = f"/s/{STUDY}/participants/{PERSON}/reached"
MAKE = f"/s/{STUDY}/participants/{PERSON}/link"
OFF = "Messages are not sent from this site: call."


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return page.replace("&#x27;", "'")


def post(client: Client, address: str, **fields: object) -> Any:
    return client.post(address, {**hidden(text(client.get(address))), **typed(fields)})


def own() -> Client:
    code = links.make(STUDY, PERSON, by=WHO[Role.COORDINATOR], now=edge.now())
    client = Client(SERVER_NAME="127.0.0.1")
    client.post("/my/link", {"code": code})
    return client


def choices() -> list[tuple[bool, str, str]]:
    found = read.records(STUDY, stream=f"participant/{PERSON}", kinds=("reminders-chosen",))
    return [
        (each.fact.wanted, each.author, each.role) for each in found if isinstance(each.fact, RemindersChosen)
    ]


# --- the page of staff ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.THERAPIST, Role.PHYSICIAN])
def test_who_treats_reads_it_and_each_time_is_written_down(clinic: Scene, role: Role) -> None:
    answer = browser(role).get(PAGE)
    page = text(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert f'value="{TO}"' in page
    assert 'value="+1 303 555 0199"' in page
    assert "by S01-Coordinator" in page
    opened = Opened.objects.filter(act="read-identity", participant=PERSON)
    assert [each.person for each in opened] == [WHO[role]]
    assert "your name and address" in text(own().get("/my/looked"))


@pytest.mark.parametrize(
    "role",
    [
        Role.PHARMACIST,
        Role.RATER,
        Role.STATISTICIAN,
        Role.AUDITOR,
        Role.SPONSOR,
        Role.SAFETY_MONITOR,
        Role.DATA_BOARD,
    ],
)
def test_nobody_else_reads_or_writes_it_or_sees_that_there_is_one(clinic: Scene, role: Role) -> None:
    client = browser(role)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"a.email": "x@mail.example"}).status_code == 403
    assert reachable.read(STUDY, PERSON).email == TO
    for page in (f"/s/{STUDY}/", f"/s/{STUDY}/follow-up/", f"/s/{STUDY}/participants/{PERSON}/"):
        assert TO not in text(client.get(page))
    assert "How to reach them" not in text(client.get(f"/s/{STUDY}/participants/{PERSON}/"))


def test_a_stranger_is_asked_to_sign_in(clinic: Scene) -> None:
    assert "/sign-in" in Client(SERVER_NAME="127.0.0.1").get(PAGE).headers["Location"]


def test_what_is_written_lies_in_the_identity_and_what_else_is_in_it_stays(clinic: Scene) -> None:
    identity.keep(STUDY, PERSON, who={"name": "A. B.", "email": TO}, by="x", now=edge.now())
    answer = post(
        browser(Role.COORDINATOR), PAGE, email=" new@mail.example ", telephone="303 555 0100", wanted=True
    )
    assert answer.headers["Location"] == f"/s/{STUDY}/participants/{PERSON}/"
    assert identity.read(STUDY, PERSON) == {
        "name": "A. B.",
        "email": "new@mail.example",
        "telephone": "303 555 0100",
    }
    assert choices() == [(True, PERSON, "participant")]  # as it was said before: no second record
    post(browser(Role.COORDINATOR), PAGE, email="new@mail.example", telephone="303 555 0100", wanted=False)
    assert choices()[1:] == [(False, "s01-coordinator", "coordinator")]


@pytest.mark.parametrize(
    ("email", "telephone", "sentence"),
    [
        ("nobody", "", "Expected an address such as name@example.org; found “nobody”."),
        ("a@b", "", "Expected an address such as name@example.org; found “a@b”."),
        ("A B <a@mail.example>", "", "Expected an address such as name@example.org;"),
        ("a@mail.example, b@mail.example", "", "Expected an address such as name@example.org;"),
        ("a@[127.0.0.1]", "", "Expected an address such as name@example.org;"),
        ("a@mail.example\r\nBcc: all@mail.example", "", "An address has no line break in it."),
        ("a@mail.example\nSubject: x", "", "An address has no line break in it."),
        ("a\x00@mail.example", "", "An address has no line break in it."),
        ("a" * 250 + "@mail.example", "", "Expected an address such as name@example.org;"),
        (TO, "call me", "Expected a telephone number such as +1 303 555 0102; found “call me”."),
        (TO, "++", "Expected a telephone number such as +1 303 555 0102; found “++”."),
        (TO, "12 3", "Expected a telephone number such as +1 303 555 0102;"),
    ],
)
@pytest.mark.parametrize("whose", ["staff", "own"])
def test_what_is_no_address_is_sent_back_with_what_was_typed(
    clinic: Scene, whose: str, email: str, telephone: str, sentence: str
) -> None:
    client, address = (browser(Role.COORDINATOR), PAGE) if whose == "staff" else (own(), "/my/reached")
    answer = post(client, address, email=email, telephone=telephone)
    assert answer.status_code == 400
    page = text(answer)
    assert sentence in page.replace("&quot;", '"')
    if "\x00" not in email and "\n" not in email and "<" not in email:
        assert f'value="{email}"' in page
    assert reachable.read(STUDY, PERSON) == Reached(TO, "+1 303 555 0199")


def test_a_yes_without_an_address_is_sent_back(clinic: Scene) -> None:
    answer = post(browser(Role.COORDINATOR), PAGE, email="", telephone="", wanted=True)
    assert answer.status_code == 400
    assert "Without an address there are no reminders" in text(answer)
    assert reachable.read(STUDY, PERSON).email == TO


def test_a_page_sent_twice_makes_one_record(clinic: Scene) -> None:
    client = browser(Role.COORDINATOR)
    fields = {**hidden(text(client.get(PAGE))), **typed({"email": TO, "wanted": False})}
    assert [client.post(PAGE, fields).status_code for _ in range(2)] == [302, 302]
    assert len(choices()) == 2


# --- their own page ---------------------------------------------------------------------------------


def test_they_see_and_change_it_and_say_yes_or_no(clinic: Scene, inbox: Inbox) -> None:
    client = own()
    page = text(client.get("/my/reached"))
    assert f'value="{TO}"' in page
    assert "<title>My pages</title>" in page
    assert 'id="f-wanted" type="radio" name="a.wanted" value="true" checked' in page
    answer = post(client, "/my/reached", email="mine@mail.example", telephone="", wanted=False)
    assert answer.headers["Location"] == "/my/reached?saved=1"
    assert "Saved." in text(client.get("/my/reached?saved=1"))
    assert reachable.read(STUDY, PERSON) == Reached("mine@mail.example", "")
    assert choices()[-1] == (False, PERSON, "participant")
    assert "/my/reached" in text(client.get("/my/"))
    assert client.get("/my/reached").headers["Cache-Control"] == "no-store"


def test_until_they_say_yes_nothing_is_chosen_and_nobody_is_reminded(clinic: Scene, inbox: Inbox) -> None:
    invited = act.Prescreen(participant="P-009", referred_by="self", prior_mdma="never", outcome="invited")
    perform(clinic, invited, Role.COORDINATOR)
    code = links.make(STUDY, "P-009", by="s01-coordinator", now=edge.now())
    client = Client(SERVER_NAME="127.0.0.1")
    client.post("/my/link", {"code": code})
    assert 'name="a.wanted" value="true" checked' not in text(client.get("/my/reached"))
    post(client, "/my/reached", email="nine@mail.example", telephone="")
    assert read.participant_standing(STUDY, "P-009").reminders is None
    assert reachable.read(STUDY, "P-009").email == "nine@mail.example"


def test_it_is_said_in_their_language(clinic: Scene) -> None:
    items = tuple(item.code for item in clinic.protocol.consent)
    consent = act.GiveConsent(
        participant=PERSON, items=items, language="es", explained_by=WHO[Role.PHYSICIAN]
    )
    perform(clinic, consent, Role.PHYSICIAN)
    client = own()
    page = text(client.get("/my/reached"))
    assert "Cómo contactar conmigo" in page
    assert "Se esperaba una dirección como" in text(post(client, "/my/reached", email="nadie"))


def test_nobody_sees_anothers(clinic: Scene) -> None:
    assert Client(SERVER_NAME="127.0.0.1").get("/my/reached").headers["Location"] == "/my/link"


# --- where nothing is sent ------------------------------------------------------------------------


def test_a_site_that_sends_nothing_says_so_and_lists_whom_to_call(clinic: Scene) -> None:
    staff = browser(Role.COORDINATOR)
    assert OFF in text(staff.get(PAGE))
    assert OFF in text(staff.get(MAKE))
    assert "send it to their address" not in text(staff.get(MAKE))
    client = own()
    theirs = text(client.get("/my/reached"))
    assert "Your site sends no messages now." in theirs
    assert "You said yes to reminders before. That stands; none comes now." in theirs
    assert "a.wanted" not in theirs
    before = choices()
    assert post(client, "/my/reached", email=TO, telephone="", wanted=False).status_code == 302
    assert choices() == before
    page = text(staff.get(f"/s/{STUDY}/follow-up/"))
    assert OFF in page
    assert "Remind today <small>1</small>" in page
    assert f"{PERSON}</a>, Screening: the appointment is near" in page
    assert f"/s/{STUDY}/participants/{PERSON}/do/contact?visit=screening" in page
    tried = act.AttemptContact(
        participant=PERSON, channel="telephone", outcome="reached", for_visit="screening"
    )
    perform(clinic, tried, Role.COORDINATOR)
    assert "Nobody is to be reminded today." in text(staff.get(f"/s/{STUDY}/follow-up/"))
    perform(clinic, act.ChooseReminders(participant=PERSON, wanted=False, channel="email"), Role.COORDINATOR)
    assert "Nobody is to be reminded today." in text(staff.get(f"/s/{STUDY}/follow-up/"))


def test_a_site_that_sends_shows_no_such_list(clinic: Scene, inbox: Inbox) -> None:
    page = text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/follow-up/"))
    assert "Remind today" not in page
    assert OFF not in page


# --- a link by mail --------------------------------------------------------------------------------


def test_a_link_is_sent_by_a_second_button_and_shown_as_before(clinic: Scene, inbox: Inbox) -> None:
    staff = browser(Role.COORDINATOR)
    shown = text(staff.post(MAKE, {"send": "1"}))
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", shown)
    assert code is not None
    assert "on its way to the address that is kept" in shown
    send()
    assert inbox.to == [TO]
    assert f"https://pages.example/my/link/{code[0]}" in inbox.mails[0].get_content()
    assert inbox.mails[0]["Subject"] == "Your link"
    client = Client(SERVER_NAME="127.0.0.1")
    assert client.get(f"/my/link/{code[0]}").status_code == 200  # a mail program that follows it
    assert Link.objects.get().used_at is None
    assert client.post("/my/link", {"code": code[0]}).headers["Location"] == "/my/"
    assert Outgoing.objects.count() == 1
    staff.post(MAKE)
    assert Outgoing.objects.count() == 1  # the first button sends nothing


def test_without_an_address_there_is_no_second_button_and_a_forged_press_says_so(
    clinic: Scene, inbox: Inbox
) -> None:
    reachable.keep(STUDY, PERSON, Reached("", ""), by="x", now=edge.now())
    staff = browser(Role.COORDINATOR)
    assert "send it to their address" not in text(staff.get(MAKE))
    assert "No e-mail address is kept" in text(staff.get(MAKE))
    assert "It was not sent" in text(staff.post(MAKE, {"send": "1"}))
    assert not Outgoing.objects.exists()


def test_a_link_of_a_rehearsal_is_not_sent(rehearsal: Scene, inbox: Inbox) -> None:
    staff = browser(Role.COORDINATOR)
    for page in (MAKE, PAGE, f"/s/{STUDY}/follow-up/"):
        assert "Rehearsal: nothing is sent." in text(staff.get(page))
    assert "send it to their address" not in text(staff.get(MAKE))
    assert "It was not sent" in text(staff.post(MAKE, {"send": "1"}))
    send()
    assert (inbox.mails, list(Outgoing.objects.all())) == ([], [])


# --- what staff see ---------------------------------------------------------------------------------


def test_what_was_not_sent_stands_on_today_of_who_may_read_an_address(clinic: Scene, inbox: Inbox) -> None:
    inbox.refuse[TO] = "550 no such user"
    look(), send()
    page = text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/"))
    assert "Messages that were not sent <small>1</small>" in page
    assert "the mail server refused the address" in page
    assert PAGE in page
    assert TO not in page
    assert "Messages that were not sent" not in text(browser(Role.PHARMACIST).get(f"/s/{STUDY}/"))
    clinic.clock.pass_(8 * 24 * 60)
    assert "Messages that were not sent" not in text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/"))


def test_it_goes_from_today_once_something_reached_them(clinic: Scene, inbox: Inbox) -> None:
    inbox.refuse[TO] = "550 no such user"
    look(), send()
    inbox.refuse.clear()
    browser(Role.COORDINATOR).post(MAKE, {"send": "1"})
    clinic.clock.pass_(1)
    send()
    assert "Messages that were not sent" not in text(browser(Role.COORDINATOR).get(f"/s/{STUDY}/"))


def test_an_account_has_an_address_of_its_own(clinic: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    assert "/account" in text(client.get(f"/s/{STUDY}/"))
    assert client.post("/account", {"email": "doctor@mail.example"}).headers["Location"] == "/account"
    assert Person.objects.get(person="s01-physician").email == "doctor@mail.example"
    assert 'value="doctor@mail.example"' in text(client.get("/account"))
    wrong = client.post("/account", {"email": "doctor"})
    assert (wrong.status_code, 'value="doctor"' in text(wrong)) == (400, True)
    assert client.post("/account", {"email": "d@mail.example\r\nBcc: x@mail.example"}).status_code == 400
    assert Person.objects.get(person="s01-physician").email == "doctor@mail.example"
    client.post("/account", {"email": ""})
    assert Person.objects.get(person="s01-physician").email == ""
    assert "/sign-in" in Client(SERVER_NAME="127.0.0.1").get("/account").headers["Location"]


def test_the_number_stands_to_be_dialled_and_none_is_said_plainly(clinic: Scene) -> None:
    client = browser(Role.PHYSICIAN)
    reachable.keep(STUDY, PERSON, Reached(TO, ""), by="x", now=edge.now())
    page = text(client.get(PAGE))
    assert "No number is kept: see the site’s own list." in page
    assert "they agreed that the contact person they named is asked" in page
    reachable.keep(STUDY, PERSON, Reached("", "+1 (303) 555-0199"), by="x", now=edge.now())
    page = text(client.get(PAGE))
    assert 'href="tel:+13035550199">+1 (303) 555-0199</a>' in page
    assert "No number is kept" not in page
    deed = text(client.get(f"/s/{STUDY}/participants/{PERSON}/do/contact"))
    assert PAGE in deed
    assert PAGE not in text(client.get(f"/s/{STUDY}/participants/{PERSON}/do/adverse-event"))
