"""The mail server of the settings: what cannot be followed is refused, TLS and password, a try."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings

from clinic.mail_scene import (
    TO,
    clinic,
    inbox,
    later,
    look,
    row,
    send,
)
from clinic.mail_server import (
    ADDRESS,
    SENDER,
    Inbox,
    mail_server,
    self_signed,
)
from clinic.scene import Scene
from holdfast.clinic import backup, edge, place, preparing
from holdfast.clinic.jobs import transport, trying
from holdfast.clinic.jobs.models import Outgoing
from holdfast.errors import ImpossibleValue, Refusal, Unavailable

__all__ = ["clinic", "inbox"]  # fixtures
pytestmark = pytest.mark.postgres

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


def test_a_clinic_whose_mail_settings_are_wrong_does_not_start_and_says_why() -> None:
    wrong = pytest.raises(Refusal, match="only a mail server on this very machine")
    with override_settings(MAIL="smtp://mail.example?tls=none"), wrong:
        preparing.check_messages()
    preparing.check_messages()


def test_the_command_tries_the_settings(inbox: Inbox) -> None:
    named = {
        "HOLDFAST_MAIL": f"smtp://127.0.0.1:{inbox.port}?tls=none",
        "HOLDFAST_MAIL_FROM": SENDER,
        "HOLDFAST_ADDRESS": ADDRESS,
    }
    command = [sys.executable, "-c", "from holdfast.cli import main; main()", "clinic", "mail", TO]
    kept = {name: value for name, value in os.environ.items() if name != "HOLDFAST_AS"}
    ran = subprocess.run(
        command, env={**kept, **named}, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.returncode, inbox.to) == (0, [TO]), ran.stderr
    assert "The mail server took it." in ran.stdout
    ran = subprocess.run(command, env=kept, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 2
    assert "names no mail server" in ran.stdout + ran.stderr


def test_a_backup_brings_no_message_along_and_keeps_who_is_written_to() -> None:
    assert Outgoing not in backup.BESIDE.values()
    assert "email" in {each.attname for each in backup.BESIDE["people"]._meta.fields}
