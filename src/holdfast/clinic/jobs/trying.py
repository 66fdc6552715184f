"""Trying the mail settings: one message, sent at once, and what the mail server made of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from holdfast.clinic.jobs import transport
from holdfast.clinic.keys import reachable
from holdfast.errors import ImpossibleValue, Refusal, Unavailable


def try_out(to: str, *, now: datetime, id: UUID) -> str:  # noqa: A002
    """Send one message that says nothing; what to tell. Raises what is wrong, in a sentence."""
    address, server = reachable.email(to), transport.server()
    if not address:
        raise ImpossibleValue("Give the address to which the message is to be sent.", field="to")
    if server is None:
        raise Refusal("HOLDFAST_MAIL names no mail server: nothing is sent from this site.")
    mail = transport.Mail(to=address, subject="It works", body="This is a try.\n", id=str(id))
    came = transport.deliver(server, mail, now=now)
    if came == transport.REFUSED:
        raise Refusal("The mail server refuses this address or message; the line above says how.")
    if came:
        raise Unavailable("The mail server did not take the message; the line above says why.")
    return (
        f"The mail server took it. It comes from “{server.name}”; links in messages lead to {server.address}."
    )
