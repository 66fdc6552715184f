"""The mail server: how it is named in the environment, and handing one message over to it.

``HOLDFAST_MAIL=smtp://user@host:port?tls=starttls`` (or ``tls=tls``; ``tls=none`` on this machine
only), the password in the file ``keys/mail`` of the data folder, readable by its owner alone.
Without ``HOLDFAST_MAIL`` nothing is ever sent.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import smtplib
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from holdfast.clinic import place
from holdfast.clinic.keys import reachable
from holdfast.errors import HoldfastError, ImpossibleValue, Refusal

LOG = logging.getLogger("holdfast.clinic")
PATIENCE_SECONDS = 20.0
"""A mail server that is silent for so long is taken for dead."""
PORTS = {"starttls": 587, "tls": 465, "none": 25}
REFUSED, NO_ANSWER = "refused", "no-answer"
TELLING = ("mdma", "ptsd", "tept", "trauma", "psych", "holdfast", "study", "trial", "estudio", "ensayo")
"""What the sender's name must not hold: it is read in a list of messages over a shoulder."""


_said: set[str] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server, under which name and address one writes, and where this site is reached."""

    host: str
    port: int
    tls: str
    user: str
    password: str
    name: str
    sender: str
    address: str

    @property
    def domain(self) -> str:
        """The domain of the sender: what names this site to the mail server, and in ids of messages."""
        return self.sender.rpartition("@")[2]


def on() -> bool:
    """Whether messages are sent from this site; False as well where the settings are wrong."""
    try:
        return server() is not None
    except HoldfastError as wrong:
        if str(wrong) not in _said:  # asked every few seconds, and by every page
            _said.add(str(wrong))
            LOG.error("No message is sent: %s", wrong)
        return False


def server() -> Server | None:
    """The mail server of the settings; None where none is named. Refusal with what is wrong."""
    if not settings.MAIL:
        return None
    parts = urlsplit(settings.MAIL)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[0]
    try:
        port = parts.port or PORTS.get(tls, 0)
    except ValueError:
        port = 0
    if parts.scheme != "smtp" or not parts.hostname or tls not in PORTS or not port:
        raise Refusal(
            "HOLDFAST_MAIL names a mail server as smtp://user@host:port?tls=starttls (or tls=tls, tls=none). "
            "Correct it, or leave it out: then nothing is sent."
        )
    if tls == "none" and not _here(parts.hostname):
        raise Refusal("HOLDFAST_MAIL has tls=none, which only a mail server on this very machine may have.")
    name, sender = _sender()
    user = unquote(parts.username or "")
    return Server(
        host=parts.hostname,
        port=port,
        tls=tls,
        user=user,
        password=_password() if user else "",
        name=name,
        sender=sender,
        address=_address(),
    )


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _sender() -> tuple[str, str]:
    given = settings.MAIL_FROM
    name, address = parseaddr(given)
    try:
        known = bool(reachable.one_line(given) and reachable.email(address))
    except ImpossibleValue:
        known = False
    if not known or not name:
        raise Refusal(
            "HOLDFAST_MAIL_FROM names the sender on one line, such as “Your appointments "
            "<appointments@example.org>”: a neutral name, and an address that the mail server sends from."
        )
    telling = [each for each in TELLING if each in name.lower()]
    if telling:
        raise Refusal(
            f"The sender's name in HOLDFAST_MAIL_FROM holds “{telling[0]}”. It is read over shoulders: "
            "choose one that names no illness, medicine, study or product."
        )
    return name, address


def _address() -> str:
    given = settings.ADDRESS.rstrip("/")
    parts = urlsplit(given)
    safe = parts.scheme == "https" or (parts.scheme == "http" and _here(parts.hostname or ""))
    if not safe or not parts.hostname or parts.path or parts.query:
        raise Refusal(
            "HOLDFAST_ADDRESS is the address at which this site is reached from outside, such as "
            "https://example.org: with HOLDFAST_MAIL it must be there, for the links in messages."
        )
    return given


def _password() -> str:
    path = place.data_folder() / "keys" / "mail"
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text, mode = "", 0
    if not text:
        raise Refusal(f"HOLDFAST_MAIL names a user: put the password, and nothing else, into {path}.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(f"Others may read the mail password: make {path} readable by its owner only (0600).")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One message as it is handed over: plain text to one address."""

    to: str
    subject: str
    body: str
    id: str


def message(to: Server, mail: Mail, *, now: datetime) -> EmailMessage:
    """The message with its headers: no part but the text, nothing that is fetched, nothing that tracks."""
    return EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=formataddr((to.name, to.sender)),
        to=[mail.to],
        headers={
            "Date": format_datetime(now.astimezone(UTC)),
            "Message-ID": f"<{mail.id}@{to.domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def deliver(to: Server, mail: Mail, *, now: datetime) -> str:
    """Hand a message over; "" once the server has taken it, else REFUSED for good or NO_ANSWER for now.

    What the server says is not kept: it repeats the address.
    """
    backend = _backend(to)
    try:
        backend.send_messages([message(to, mail, now=now)])
    except smtplib.SMTPRecipientsRefused as refused:
        return _judged(max(code for code, _said in refused.recipients.values()), of="the address")
    except smtplib.SMTPDataError as refused:
        return _judged(refused.smtp_code, of="the message")
    except smtplib.SMTPResponseException as refused:
        LOG.warning("The mail server answers %s to the sign-in or the sender.", refused.smtp_code)
        return NO_ANSWER
    except (smtplib.SMTPException, OSError) as error:
        LOG.warning("The mail server does not answer: %s.", type(error).__name__)
        return NO_ANSWER
    finally:
        with contextlib.suppress(OSError):
            backend.close()  # one that was half opened, when TLS or the sign-in failed
    return ""


def _judged(code: int, *, of: str) -> str:
    for_good = 500 <= code < 600
    LOG.warning("The mail server answers %s to %s.", code, of)
    return REFUSED if for_good else NO_ANSWER


class _Backend(EmailBackend):
    """Django's backend, which names itself to the server by the sender's domain, not by this machine's name.

    A server writes the name into the message: a machine may be called after the clinic.
    """

    domain = ""

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:  # type: ignore[override]
        kind = smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP

        def connect(host: str, port: int, **given: Any) -> smtplib.SMTP:
            return kind(host, port, **{**given, "local_hostname": self.domain})

        return connect


def _backend(to: Server) -> _Backend:
    backend = _Backend(
        host=to.host,
        port=to.port,
        username=to.user,
        password=to.password,
        use_tls=to.tls == "starttls",
        use_ssl=to.tls == "tls",
        timeout=PATIENCE_SECONDS,
    )
    backend.domain = to.domain
    return backend
