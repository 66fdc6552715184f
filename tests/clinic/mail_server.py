"""A mail server on loopback for the tests: it keeps what it takes, and can refuse, hang or be down."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import override_settings

SENDER = "Your appointments <appointments@mail.example>"
ADDRESS = "https://pages.example"


@dataclass
class Inbox:
    """What came, and how the server behaves: ``refuse`` maps an address to what is answered to it."""

    port: int
    taken: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    content: str = ""

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.hosts.append(hostname)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.content:
            return self.content
        self.taken.append(envelope.original_content)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """What came, parsed."""
        return [email.message_from_bytes(each, policy=email.policy.default) for each in self.taken]  # type: ignore[misc]

    @property
    def to(self) -> list[str]:
        """To whom, in the order in which it came."""
        return [to for _sender, every in self.envelopes for to in every]


@contextmanager
def mail_server(
    port: int = 0, *, certificate: Path | None = None, tls: str = "none", user: str = "", password: str = ""
) -> Iterator[Inbox]:
    """A server that takes mail; it has its own thread and is stopped at the end."""
    inbox = Inbox(port or free_port())

    def judge(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        right = (given.login, given.password) == (user.encode(), password.encode())
        inbox.users.append(user) if right else None
        return AuthResult(success=right)

    how: dict[str, Any] = {"auth_required": True, "authenticator": judge} if user else {}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        if tls == "tls":
            # What is encrypted from its first byte is not known to the library as such.
            how |= {"ssl_context": context, "auth_require_tls": False}
        else:
            how |= {"tls_context": context, "require_starttls": True}
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, **how)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
        controller.loop.close()


def self_signed(folder: Path) -> Path:
    """A certificate of this machine's address that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, form, plain)
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def hanging_server(*, after_greeting: bool = False) -> Iterator[int]:
    """A server that takes connections and then says nothing more; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def hold() -> None:
        while True:
            try:
                one, _ = listening.accept()
            except OSError:
                return
            held.append(one)
            if after_greeting:
                one.sendall(b"220 here\r\n")

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for each in held:
            each.close()
        thread.join(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sends_through(port: int) -> Any:
    """Settings under which the site sends through the server at that port."""
    return override_settings(MAIL=f"smtp://127.0.0.1:{port}?tls=none", MAIL_FROM=SENDER, ADDRESS=ADDRESS)
