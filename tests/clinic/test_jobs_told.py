"""Who is told by mail: the worker's rounds, a risk before all else, a link that is asked for, a link."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
from django.db import DatabaseError, connections

from clinic.mail_scene import (
    PERSON,
    STUDY,
    TO,
    clinic,
    inbox,
    later,
    look,
    perform,
    row,
    said,
    send,
)
from clinic.mail_server import (
    ADDRESS,
    SENDER,
    Inbox,
    mail_server,
    sends_through,
)
from clinic.scene import SITE, Scene
from holdfast.clinic import edge
from holdfast.clinic.accounts.models import Person
from holdfast.clinic.jobs import outbox, reminding, working
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.ledger import read, write
from holdfast.clinic.reaching import links, passing
from holdfast.conduct import actions as act
from holdfast.protocol.roles import Role

__all__ = ["clinic", "inbox"]  # fixtures
pytestmark = pytest.mark.postgres

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
    assert "Please open your page of the clinic now." in said(inbox.mails[0])
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


def test_who_recorded_a_telling_and_died_before_its_letters_leaves_nobody_untold(
    clinic: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person.objects.filter(person="s01-physician").update(email="doctor@mail.example")
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "put", _died)
        with pytest.raises(KeyboardInterrupt):
            _risk(clinic)
    assert passing.told_to("s01-physician", STUDY) == [PERSON]
    assert passing.pass_on(STUDY, PERSON, now=edge.now()) == 0
    assert passing.pass_on(STUDY, PERSON, now=edge.now()) == 0
    send()
    assert inbox.to == ["doctor@mail.example"]


def _died(*_letter: object, now: datetime) -> None:
    raise KeyboardInterrupt


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
