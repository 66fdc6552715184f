"""The outbox and the mail server: sent once, down, hanging, refusing, two workers, a crash in between."""

from __future__ import annotations

import itertools
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from clinic.live_site import fill
from clinic.mail_scene import (
    PERSON,
    STUDY,
    TO,
    clinic,
    inbox,
    later,
    live,
    look,
    perform,
    rehearsal,
    row,
    said,
    send,
    told,
)
from clinic.mail_server import (
    ADDRESS,
    SENDER,
    Inbox,
    free_port,
    hanging_server,
    mail_server,
    sends_through,
)
from clinic.scene import SITE, WHO, Clock, Scene
from holdfast.clinic import edge
from holdfast.clinic.dosing import watching
from holdfast.clinic.jobs import outbox, sending, texts, transport
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import reachable
from holdfast.clinic.keys.reachable import Reached
from holdfast.clinic.ledger import read, write
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

__all__ = ["clinic", "inbox", "rehearsal"]  # fixtures
pytestmark = pytest.mark.postgres

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
