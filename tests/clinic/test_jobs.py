"""The outbox and the mail server: sent once, down, hanging, refusing, two workers, a crash in between."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, connections
from django.test import override_settings

from clinic.bedside import PLAIN
from clinic.live_site import fill
from clinic.mail_server import (
    ADDRESS,
    SENDER,
    Inbox,
    free_port,
    hanging_server,
    mail_server,
    self_signed,
    sends_through,
)
from clinic.scene import SITE, WHO, Clock, Scene, protocol
from holdfast.clinic import edge, place
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.dosing import watching
from holdfast.clinic.jobs import outbox, reminding, sending, texts, transport, trying, working
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.ledger import read, write
from holdfast.clinic.reaching import links, passing
from holdfast.conduct import actions as act
from holdfast.errors import ImpossibleValue, Refusal, Unavailable
from holdfast.protocol.roles import Role
from holdfast.records.reminding import ReminderSent

pytestmark = pytest.mark.postgres
STUDY, PERSON, TO = "inactive-placebo", "P-001", "somebody@mail.example"


def live(*, life: str = "live", code: str = STUDY) -> Scene:
    """A study of real people; P-001 consented, comes to screening in two days, and wants reminders."""
    made = Scene(protocol(code)).open(life=life)
    invited = act.Prescreen(participant=PERSON, referred_by="self", prior_mdma="never", outcome="invited")
    made.do(invited, Role.COORDINATOR)
    items = tuple(item.code for item in made.protocol.consent)
    consent = act.GiveConsent(
        participant=PERSON, items=items, language="en", explained_by=WHO[Role.PHYSICIAN]
    )
    made.do(consent, Role.PHYSICIAN)
    made.do(act.ScheduleVisit(participant=PERSON, visit="screening", on="2026-03-04"), Role.COORDINATOR)
    choice = act.ChooseReminders(participant=PERSON, wanted=True, channel="email")
    made.do(choice, Role.PARTICIPANT, author=PERSON)
    return made


@pytest.fixture
def clinic(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from _served(live(), monkeypatch)


@pytest.fixture
def rehearsal(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from _served(live(life="rehearsal"), monkeypatch)


def _served(made: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    fill(made)
    made.clock = Clock(datetime.fromisoformat("2026-03-02T12:00:00-07:00"))  # type: ignore[attr-defined]
    monkeypatch.setattr(edge, "now", made.clock)  # type: ignore[attr-defined]
    reachable.keep(STUDY, PERSON, Reached(TO, "+1 303 555 0199"), by="s01-coordinator", now=edge.now())
    with override_settings(STORAGES=PLAIN):
        yield made


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with mail_server() as one, sends_through(one.port):
        yield one


def later(made: Scene, *, minutes: float = 0, hours: float = 0) -> None:
    made.clock.pass_(minutes + 60 * hours)  # type: ignore[attr-defined]


def look() -> int:
    return reminding.look(now=edge.now())


def send() -> int:
    return sending.send_due(now=edge.now)


def told() -> list[tuple[str, str, str, str]]:
    """What is recorded of reminders."""
    found = read.records(STUDY, stream=f"participant/{PERSON}", kinds=("reminder-sent",))
    return [
        (each.fact.matter, each.fact.visit, each.fact.outcome, each.fact.why)
        for each in found
        if isinstance(each.fact, ReminderSent)
    ]


def said(mail: EmailMessage) -> str:
    text: str = mail.get_content()
    return text.replace("\r\n", "\n")


def row() -> Outgoing:
    return Outgoing.objects.get()


# --- sent -----------------------------------------------------------------------------------


def test_a_reminder_is_sent_once_and_recorded(clinic: Scene, inbox: Inbox) -> None:
    assert (look(), send()) == (1, 1)
    assert inbox.to == [TO]
    assert told() == [("visit-near", "screening", "sent", "")]
    for _again in range(3):
        later(clinic, minutes=20)
        assert (look(), send()) == (0, 0)
    assert len(inbox.mails) == 1
    assert row().sent_at is not None
    record = read.records(STUDY, stream=f"participant/{PERSON}", kinds=("reminder-sent",))[0]
    assert (record.author, record.role) == ("holdfast", "system")


def test_the_message_is_plain_neutral_and_says_that_a_machine_sent_it(clinic: Scene, inbox: Inbox) -> None:
    look(), send()
    mail = inbox.mails[0]
    assert {name.lower() for name in mail} == {
        "content-type", "mime-version", "content-transfer-encoding",
        "subject", "from", "to", "date", "message-id", "auto-submitted",
    }  # fmt: skip
    assert mail["From"] == SENDER
    assert mail["To"] == TO
    assert mail["Subject"] == "A reminder"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Mon, 02 Mar 2026 19:00:00 +0000"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert said(mail) == (
        "An appointment of yours is near. When it is, and whom to call, stands on\n"
        "your own pages:\n\n"
        f"{ADDRESS}/my/\n\n"
        "If they do not open, you can ask for a new link there, or call the\n"
        "number on your card.\n\n"
        "You can turn these messages off on your own pages.\n\n"
        "Nobody reads answers to this message.\n"
    )
    # Not by this machine's name, which may be that of a clinic.
    assert inbox.hosts == ["mail.example"]
    assert inbox.envelopes[0][0] == "appointments@mail.example"


def test_the_language_is_that_of_the_consent(clinic: Scene, inbox: Inbox) -> None:
    items = tuple(item.code for item in clinic.protocol.consent)
    consent = act.GiveConsent(
        participant=PERSON, items=items, language="es", explained_by=WHO[Role.PHYSICIAN]
    )
    clinic.now = edge.now() - timedelta(minutes=1)
    write.perform(clinic.action(consent, Role.PHYSICIAN), now=edge.now())
    look(), send()
    assert inbox.mails[0]["Subject"] == "Un recordatorio"
    assert "Se acerca una cita suya." in said(inbox.mails[0])


def test_no_row_and_no_record_holds_an_address(clinic: Scene, inbox: Inbox) -> None:
    inbox.refuse[TO] = f"550 5.1.1 <{TO}>: no such user"
    look(), send()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' "
            "AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall() if name != "django_migrations"]
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" AS one WHERE one::text LIKE %s', [f"%{TO}%"])
            assert cursor.fetchone() == (0,), table
    bodies = [str(each.fact) for each in read.records(STUDY)]
    assert not any(TO in each or "303 555 0199" in each for each in bodies)


# --- not sent ---------------------------------------------------------------------------------


def test_a_server_that_is_down_is_tried_again_after_longer_and_longer_pauses(clinic: Scene) -> None:
    port = free_port()
    with sends_through(port):
        look()
        pauses = []
        for _attempt in range(5):
            assert send() == 1
            pauses.append((row().try_at - edge.now()) / timedelta(minutes=1))
            assert send() == 0  # not before its time
            clinic.clock.at = row().try_at  # type: ignore[attr-defined]
        assert pauses == [1, 2, 4, 8, 16]
        assert (row().why, told()) == ("no-answer", [])
        with mail_server(port) as inbox:
            assert send() == 1
            assert inbox.to == [TO]
    assert told() == [("visit-near", "screening", "sent", "")]


def test_after_a_day_it_is_given_up_recorded_and_told_to_the_site(clinic: Scene) -> None:
    with sends_through(free_port()):
        look()
        for _attempt in range(200):
            if row().ended_at:
                break
            send()
            clinic.clock.at = max(row().try_at, edge.now())  # type: ignore[attr-defined]
        assert told() == [("visit-near", "screening", "failed", "no-answer")]
        assert edge.now() - row().due_at <= timedelta(days=1)
        found = outbox.unsent(STUDY, {SITE}, now=edge.now())
        assert [(each.participant, each.matter, each.why) for each in found] == [
            (PERSON, "reminder", "no-answer")
        ]
        assert outbox.unsent(STUDY, {"S02"}, now=edge.now()) == []
        # The same day no other is made; the address is as dead tomorrow as it was today.
        assert look() == 0


def test_a_day_in_which_no_worker_ran_is_told_as_well(clinic: Scene, inbox: Inbox) -> None:
    look()
    later(clinic, hours=23)
    assert outbox.unsent(STUDY, {SITE}, now=edge.now()) == []
    later(clinic, hours=1)
    found = outbox.unsent(STUDY, {SITE}, now=edge.now())
    assert [(each.participant, outbox.why_words(each.why)) for each in found] == [
        (PERSON, "it is still being tried")
    ]


def test_an_address_that_is_refused_for_good_is_not_tried_again(clinic: Scene, inbox: Inbox) -> None:
    inbox.refuse[TO] = "550 5.1.1 no such user"
    look()
    assert (send(), send()) == (1, 0)
    assert told() == [("visit-near", "screening", "failed", "refused")]
    later(clinic, hours=2)
    assert (look(), send()) == (0, 0)
    assert inbox.mails == []


@pytest.mark.parametrize("said", ["451 4.7.1 greylisted, come back later", "421 4.3.2 too busy"])
def test_an_address_that_is_refused_for_now_is_tried_again(clinic: Scene, inbox: Inbox, said: str) -> None:
    inbox.refuse[TO] = said
    look(), send()
    assert (row().ended_at, row().why, told()) == (None, "no-answer", [])
    inbox.refuse.clear()
    later(clinic, minutes=1)
    assert (send(), inbox.to) == (1, [TO])


def test_a_message_that_is_refused_for_good_is_not_tried_again(clinic: Scene, inbox: Inbox) -> None:
    inbox.content = "554 5.7.1 refused by policy"
    look(), send()
    assert told() == [("visit-near", "screening", "failed", "refused")]


def test_without_an_address_it_fails_at_once(clinic: Scene, inbox: Inbox) -> None:
    look()
    reachable.keep(STUDY, PERSON, Reached("", "+1 303 555 0199"), by=PERSON, now=edge.now())
    send()
    assert told() == [("visit-near", "screening", "failed", "no-address")]


def test_what_a_server_says_is_logged_without_the_address(
    clinic: Scene, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.refuse[TO] = f"550 5.1.1 <{TO}> of inactive-placebo"
    look(), send()
    assert "The mail server answers 550 to the address." in caplog.text
    assert TO not in caplog.text


def test_a_server_that_hangs_is_left_and_delays_no_alarm(
    clinic: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "PATIENCE_SECONDS", 3.0)
    looked: list[float] = []
    monkeypatch.setattr(watching, "look", lambda: looked.append(time.monotonic()))
    monkeypatch.setattr(watching, "EVERY_SECONDS", 0.05)
    begun = time.monotonic()

    def sleep(seconds: float) -> None:
        if time.monotonic() - begun > 2:
            raise KeyboardInterrupt
        time.sleep(seconds)

    with hanging_server() as port, sends_through(port):
        look()
        worker = threading.Thread(target=_once, daemon=True)
        worker.start()
        with pytest.raises(KeyboardInterrupt):
            watching.keep_looking(say=lambda _text: None, sleep=sleep)
        assert worker.is_alive()  # it hung all the while
        worker.join(10)
    assert not worker.is_alive()
    assert len(looked) >= 20
    assert max(b - a for a, b in itertools.pairwise(looked)) < 0.5
    assert (row().ended_at, row().why, told()) == (None, "no-answer", [])


def _once() -> None:
    try:
        send()
    finally:
        connections["default"].close()


def test_a_server_that_greets_and_then_hangs_is_left(clinic: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PATIENCE_SECONDS", 0.3)
    with hanging_server(after_greeting=True) as port, sends_through(port):
        look(), send()
    assert (row().ended_at, row().why) == (None, "no-answer")


# --- two workers, a crash -----------------------------------------------------------------------


def test_two_workers_at_once_send_one_message_and_make_one_record(clinic: Scene, inbox: Inbox) -> None:
    gate = threading.Barrier(2)
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            gate.wait(10)
            look()
            send()
        except BaseException as error:
            wrong.append(error)
        finally:
            connections["default"].close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(30)
    assert wrong == []
    assert (len(inbox.mails), len(told()), Outgoing.objects.count()) == (1, 1, 1)


class Crash(BaseException):
    """A worker that dies."""


def test_a_crash_between_sending_and_noting_sends_the_same_message_again(
    clinic: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_given: Any) -> None:
        raise Crash

    look()
    monkeypatch.setattr(sending, "_note", die)
    with pytest.raises(Crash):
        send()
    monkeypatch.undo()
    monkeypatch.setattr(edge, "now", clinic.clock)  # type: ignore[attr-defined]
    assert (len(inbox.mails), told()) == (1, [])
    assert send() == 0  # it is still the dead worker's
    later(clinic, minutes=10)
    assert send() == 1
    first, second = inbox.mails
    # At least once: twice here, under one id, by which mail programs know it again.
    assert first["Message-ID"] == second["Message-ID"]
    assert told() == [("visit-near", "screening", "sent", "")]


def test_a_crash_between_the_record_and_the_row_sends_nothing_again(
    clinic: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_given: Any) -> None:
        raise Crash

    look()
    monkeypatch.setattr(outbox, "end", die)
    with pytest.raises(Crash):
        send()
    monkeypatch.undo()
    monkeypatch.setattr(edge, "now", clinic.clock)  # type: ignore[attr-defined]
    assert told() == [("visit-near", "screening", "sent", "")]
    later(clinic, minutes=11)
    assert send() == 1
    assert len(inbox.mails) == 1
    assert row().sent_at is not None


def test_the_message_id_cannot_be_worked_out_of_guessed_codes(clinic: Scene, inbox: Inbox) -> None:
    look(), send()
    letter = outbox.Letter(
        study=STUDY, site=SITE, matter=outbox.REMINDER, once="2026-03-02", text=texts.WAITS,
        language="en", participant=PERSON,
    )  # fmt: skip
    assert letter.id == row().id
    assert str(letter.id).replace("-", "") not in inbox.mails[0]["Message-ID"].replace("-", "")
    assert inbox.mails[0]["Message-ID"] == f"<{sending.message_id(letter.id)}@mail.example>"


# --- asked again before it goes --------------------------------------------------------------


def perform(made: Scene, what: act.Ask | act.Tell, role: Role, author: str = "") -> None:
    made.now = edge.now() - timedelta(minutes=1)
    outcome = write.perform(made.action(what, role, author=author), now=edge.now())
    assert outcome.refused is None, outcome.refused


@pytest.mark.parametrize(
    "what",
    [
        act.Withdraw(participant=PERSON, from_=("follow-up",), why=""),
        act.ChooseReminders(participant=PERSON, wanted=False, channel="email"),
    ],
    ids=["withdrew", "said-no"],
)
def test_who_says_no_while_it_is_on_its_way_gets_none(clinic: Scene, inbox: Inbox, what: act.Tell) -> None:
    look()
    perform(clinic, what, Role.PARTICIPANT, author=PERSON)
    send()
    assert (inbox.mails, told(), row().why) == ([], [], "settled")
    assert outbox.unsent(STUDY, {SITE}, now=edge.now()) == []


def test_what_was_held_back_by_the_night_goes_in_the_morning(clinic: Scene) -> None:
    port = free_port()
    with sends_through(port):
        later(clinic, hours=6.9)  # five to seven in the evening at the site
        look(), send()
        later(clinic, minutes=10)
        with mail_server(port) as inbox:
            for _quarter in range(56):
                send()
                later(clinic, minutes=15)
            send()
            assert len(inbox.mails) == 1
            at = inbox.mails[0]["Date"].datetime.astimezone(clinic.clock().tzinfo)  # type: ignore[attr-defined]
    assert (at.day, at.hour) == (3, 9)
    assert told() == [("visit-near", "screening", "sent", "")]


def test_what_is_put_off_counts_no_attempt(clinic: Scene, inbox: Inbox) -> None:
    look()
    later(clinic, hours=8)
    assert send() == 1
    assert (row().tried, inbox.mails) == (0, [])


# --- rehearsals and practices -------------------------------------------------------------------


def test_a_rehearsal_sends_nothing_and_its_rows_say_so(rehearsal: Scene, inbox: Inbox) -> None:
    assert (look(), send()) == (1, 0)
    assert (row().sent_at, outbox.why_words(row().why)) == (None, "rehearsal: not sent")
    assert row().ended_at is not None
    assert told() == [("visit-near", "screening", "rehearsal", "")]
    assert outbox.unsent(STUDY, {SITE}, now=edge.now()) == []
    assert inbox.mails == []


def test_a_row_of_a_rehearsal_that_stands_open_is_not_sent_either(rehearsal: Scene, inbox: Inbox) -> None:
    look()
    Outgoing.objects.update(ended_at=None, why="")
    assert send() == 1
    assert (row().why, inbox.mails) == ("rehearsal", [])


def test_a_practice_is_not_even_looked_at(
    database: str, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(datetime.fromisoformat("2026-03-02T12:00:00-07:00"))
    monkeypatch.setattr(edge, "now", clock)
    fill(live(life="rehearsal", code="practice-1"))
    assert look() == 0
    assert not Outgoing.objects.exists()


# --- the settings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ({"MAIL": "mail.example:587"}, "names a mail server as smtp://"),
        ({"MAIL": "http://mail.example"}, "names a mail server as smtp://"),
        ({"MAIL": "smtp://mail.example?tls=maybe"}, "names a mail server as smtp://"),
        ({"MAIL": "smtp://mail.example:99999"}, "names a mail server as smtp://"),
        ({"MAIL": "smtp://mail.example?tls=none"}, "only a mail server on this very machine"),
        ({"MAIL": "smtp://user@mail.example"}, "put the password, and nothing else, into"),
        ({"MAIL_FROM": ""}, "names the sender on one line"),
        ({"MAIL_FROM": "appointments@mail.example"}, "names the sender on one line"),
        ({"MAIL_FROM": "Your appointments"}, "names the sender on one line"),
        ({"MAIL_FROM": "Your\r\nBcc: all@mail.example <a@mail.example>"}, "names the sender on one line"),
        ({"MAIL_FROM": "PTSD clinic <a@mail.example>"}, "holds “ptsd”"),
        ({"MAIL_FROM": "The MDMA study <a@mail.example>"}, "holds “mdma”"),
        ({"ADDRESS": ""}, "HOLDFAST_ADDRESS is the address"),
        ({"ADDRESS": "http://pages.example"}, "HOLDFAST_ADDRESS is the address"),
        ({"ADDRESS": "https://pages.example/clinic"}, "HOLDFAST_ADDRESS is the address"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused_in_a_sentence(
    named: dict[str, str], wrong: str
) -> None:
    usual = {"MAIL": "smtp://127.0.0.1:25?tls=none", "MAIL_FROM": SENDER, "ADDRESS": ADDRESS}
    with override_settings(**{**usual, **named}):
        with pytest.raises(Refusal, match=re.escape(wrong)):
            transport.server()
        assert not transport.on()
    with override_settings(**usual):
        assert transport.on()


def test_without_a_mail_server_nothing_is_put_in(clinic: Scene) -> None:
    assert not transport.on()
    assert (look(), send()) == (0, 0)
    assert not Outgoing.objects.exists()


@pytest.fixture
def password(tmp_path: Path) -> Iterator[Path]:
    path = place.data_folder() / "keys" / "mail"
    path.write_text("a secret of a test\n", encoding="utf-8")
    path.chmod(0o600)
    yield path
    path.unlink()


def test_a_password_that_others_may_read_is_refused(password: Path) -> None:
    named = {"MAIL": "smtp://me@mail.example", "MAIL_FROM": SENDER, "ADDRESS": ADDRESS}
    with override_settings(**named):
        server = transport.server()
        assert server is not None
        assert (server.user, server.password, server.port) == ("me", "a secret of a test", 587)
        password.chmod(0o640)
        with pytest.raises(Refusal, match="readable by its owner only"):
            transport.server()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_over_tls_with_a_password_and_only_to_whom_the_certificate_is_believed(
    clinic: Scene, password: Path, certificate: Path, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(certificate=certificate, tls=tls, user="me", password="a secret of a test") as inbox:
        named = f"smtp://me@127.0.0.1:{inbox.port}?tls={tls}"
        with override_settings(MAIL=named, MAIL_FROM=SENDER, ADDRESS=ADDRESS):
            look(), send()
            assert (inbox.mails, row().why) == ([], "no-answer")  # nobody vouches for that certificate
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            later(clinic, minutes=1)
            send()
            assert (inbox.to, inbox.users) == ([TO], ["me"])
            password.write_text("another", encoding="utf-8")
            with pytest.raises(Unavailable, match="did not take the message"):
                trying.try_out(TO, now=edge.now(), id=UUID(int=1))


def test_a_server_without_tls_is_told_nothing_where_tls_is_asked_for(clinic: Scene) -> None:
    with mail_server() as inbox:
        named = f"smtp://127.0.0.1:{inbox.port}?tls=starttls"
        with override_settings(MAIL=named, MAIL_FROM=SENDER, ADDRESS=ADDRESS):
            look(), send()
    assert (inbox.mails, row().why) == ([], "no-answer")


def test_a_try_says_what_came_of_it(database: str, inbox: Inbox) -> None:
    said = trying.try_out(TO, now=datetime.now(UTC), id=UUID(int=1))
    assert said == (
        "The mail server took it. It comes from “Your appointments”; links in messages lead to "
        "https://pages.example."
    )
    assert inbox.to == [TO]
    inbox.refuse[TO] = "550 no"
    with pytest.raises(Refusal, match="refuses this address"):
        trying.try_out(TO, now=datetime.now(UTC), id=UUID(int=1))
    with pytest.raises(ImpossibleValue, match="Expected an address"):
        trying.try_out("nobody", now=datetime.now(UTC), id=UUID(int=1))
    with override_settings(MAIL=""), pytest.raises(Refusal, match="names no mail server"):
        trying.try_out(TO, now=datetime.now(UTC), id=UUID(int=1))


# --- the worker ------------------------------------------------------------------------------------


def test_the_worker_works_out_reminders_every_five_minutes_and_sends_each_time(
    clinic: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[datetime] = []
    monkeypatch.setattr(reminding, "look", lambda *, now: looks.append(now))
    looked_at = None
    for _quarter in range(25):
        looked_at = working.work(looked_at)
        later(clinic, minutes=0.25)
    assert len(looks) == 2


def test_what_goes_wrong_does_not_end_the_worker(
    clinic: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raised = iter([DatabaseError("away"), ValueError("never meant"), None])

    def work(looked_at: datetime | None) -> datetime | None:
        problem = next(raised)
        if problem is not None:
            raise problem
        return looked_at

    rounds = iter([None, None])

    def sleep(_seconds: float) -> None:
        if next(rounds, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt

    monkeypatch.setattr(working, "work", work)
    with pytest.raises(KeyboardInterrupt):
        working.keep_sending(sleep=sleep)
    assert "Nothing can be sent just now: away" in caplog.text
    assert "Sending went wrong" in caplog.text


def test_one_message_that_cannot_be_made_holds_up_no_other(clinic: Scene, inbox: Inbox) -> None:
    look()
    other = Outgoing.objects.get()
    other.id, other.study, other.due_at = UUID(int=5), "no-such-study", edge.now() - timedelta(hours=1)
    other.try_at = other.due_at
    other.save(force_insert=True)
    assert send() == 2
    assert inbox.to == [TO]


def test_a_risk_goes_before_what_has_waited_longer(clinic: Scene, inbox: Inbox) -> None:
    look()
    later(clinic, minutes=1)
    Person.objects.filter(person="s01-physician").update(email="doctor@mail.example")
    root = _risk(clinic)
    assert send() == 2
    assert inbox.to == ["doctor@mail.example", TO]
    assert passing.TEXT in said(inbox.mails[0])
    assert f"{ADDRESS}/\n" in said(inbox.mails[0])
    assert str(root) not in inbox.taken[0].decode()


def test_a_risk_that_was_taken_on_meanwhile_is_sent_to_nobody(clinic: Scene, inbox: Inbox) -> None:
    Person.objects.filter(person="s01-physician").update(email="doctor@mail.example")
    root = _risk(clinic)
    perform(clinic, act.AcknowledgeRisk(participant=PERSON, risk=root, plan="Called."), Role.PHYSICIAN)
    send()
    assert inbox.mails == []
    assert row().why == "settled"


def test_whoever_has_no_address_is_told_on_the_pages_alone(clinic: Scene, inbox: Inbox) -> None:
    _risk(clinic)
    send()
    assert [(each.person, each.why) for each in outbox.unsent(STUDY, {SITE}, now=edge.now())] == [
        ("s01-physician", "no-address")
    ]
    assert passing.told_to("s01-physician", STUDY) == [PERSON]


def _risk(made: Scene) -> UUID:
    """PHQ-9 with thoughts of death, answered alone; those who must be told are told."""
    tell = act.FillForm(
        participant=PERSON, visit="screening", form="PHQ-9", answers={f"q{n}": 2 for n in range(1, 10)}
    )
    made.now = edge.now() - timedelta(minutes=1)
    action = made.action(tell, Role.PARTICIPANT, author=PERSON)
    action = replace(action, stamp=replace(action.stamp, device="own pages, link made by s01-coordinator"))
    write.perform(action, now=edge.now())
    assert passing.pass_on(STUDY, PERSON, now=edge.now()) == 1
    return read.participant_standing(STUDY, PERSON).open_risks()[0].root


def test_who_asks_for_a_link_reaches_the_coordinator_once(clinic: Scene, inbox: Inbox) -> None:
    Person.objects.filter(person="s01-coordinator").update(email="office@mail.example")
    for _again in range(3):
        links.ask(PERSON, now=edge.now())
        links.ask("nobody", now=edge.now())
    send()
    assert inbox.to == ["office@mail.example"]
    assert "Somebody asks for a new link." in said(inbox.mails[0])
    assert PERSON not in inbox.taken[0].decode()


def test_the_watch_sends_in_a_process_of_its_own(clinic: Scene, tmp_path: Path) -> None:
    code = links.make(STUDY, PERSON, by="s01-coordinator", now=edge.now())
    with mail_server() as inbox:
        with sends_through(inbox.port):
            assert links.send(STUDY, PERSON, code, now=edge.now())
        known = connections["default"].settings_dict
        url = f"postgresql://{known['USER']}:{quote(known['PASSWORD'])}@/{known['NAME']}?host={quote(known['HOST'])}"
        kept = {name: value for name, value in os.environ.items() if name != "HOLDFAST_AS"}
        named = {
            "DATABASE_URL": url,
            "HOLDFAST_MAIL": f"smtp://127.0.0.1:{inbox.port}?tls=none",
            "HOLDFAST_MAIL_FROM": SENDER,
            "HOLDFAST_ADDRESS": ADDRESS,
        }
        Outgoing.objects.update(due_at=datetime.now(UTC), try_at=datetime.now(UTC))
        command = [sys.executable, "-c", "from holdfast.cli import main; main()", "clinic", "watch"]
        with (tmp_path / "log").open("wb") as log:
            watch = subprocess.Popen(command, env={**kept, **named}, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 60
            while not inbox.mails and time.monotonic() < deadline and watch.poll() is None:
                time.sleep(0.1)
        finally:
            watch.terminate()
            watch.wait(20)
        assert inbox.to == [TO], (tmp_path / "log").read_text(encoding="utf-8")
    assert f"{ADDRESS}/my/link/{code}" in said(inbox.mails[0])


# --- links -----------------------------------------------------------------------------------------


def test_a_link_lies_encrypted_until_it_is_sent_and_then_no_more(clinic: Scene, inbox: Inbox) -> None:
    code = links.make(STUDY, PERSON, by="s01-coordinator", now=edge.now())
    links.send(STUDY, PERSON, code, now=edge.now())
    assert code not in str(vars(row()))
    assert bytes(row().sealed)
    assert outbox.opened(row()) == code
    send()
    assert (bytes(row().sealed), row().sent_at is not None) == (b"", True)
    assert links.use(code, now=edge.now()) is not None


def test_a_later_link_takes_the_place_of_one_that_was_not_sent_yet(clinic: Scene, inbox: Inbox) -> None:
    codes = []
    for _each in range(2):
        codes.append(links.make(STUDY, PERSON, by="s01-coordinator", now=edge.now()))
        links.send(STUDY, PERSON, codes[-1], now=edge.now())
        later(clinic, minutes=1)
    send()
    assert len(inbox.mails) == 1
    assert codes[1] in said(inbox.mails[0])
