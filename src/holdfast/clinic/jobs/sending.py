"""Sending what is due: take a row, ask whether it is still to be sent, hand it over, note what came of it.

At least once: a worker that dies between the mail server's yes and our note sends the same message,
with the same Message-ID, again. A row is taken for ``TAKEN_FOR``, so that two workers do not both send it.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Q, Value, When

from holdfast.clinic.accounts.models import Person
from holdfast.clinic.jobs import outbox, reminding, texts, transport
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import master, reachable
from holdfast.clinic.ledger import read
from holdfast.conduct import reminders
from holdfast.errors import HoldfastError

LOG = logging.getLogger("holdfast.clinic")
TAKEN_FOR = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)
LOOK_AGAIN = timedelta(minutes=15)
"""When a message that may not be sent just now (a night, a session) is looked at again."""
AT_ONCE = 20
"""So many messages are sent before anything else is looked at."""


def send_due(*, now: Callable[[], datetime]) -> int:
    """Send what is due; how many rows were dealt with."""
    server, done = transport.server(), 0
    while server is not None and done < AT_ONCE and (row := _take(now())) is not None:
        try:
            _deal_with(row, server, now=now)
        except HoldfastError as error:
            # One message that cannot be made must not hold up the others.
            LOG.error("A message of %s cannot be sent: %s", row.study, error)
            _later(row, now=now())
        done += 1
    return done


def _take(now: datetime) -> Outgoing | None:
    """Take the next row that is due: a risk before all else, then the one that has waited longest."""
    free = Q(taken_until=None) | Q(taken_until__lte=now)
    first = Case(When(matter=outbox.RISK, then=Value(0)), default=Value(1))
    with transaction.atomic():
        rows = Outgoing.objects.select_for_update(skip_locked=True).filter(
            free, ended_at=None, try_at__lte=now
        )
        row = rows.order_by(first, "try_at").first()
        if row is not None:
            row.taken_until, row.tried = now + TAKEN_FOR, row.tried + 1
            row.save(update_fields=["taken_until", "tried"])
    return row


def _deal_with(row: Outgoing, server: transport.Server, *, now: Callable[[], datetime]) -> None:
    if not outbox.is_live(row.study):
        outbox.end(row, now=now(), why=outbox.REHEARSAL)
        return
    held = STILL[row.matter](row, now()) if row.matter in STILL else ""
    if held == reminding.SENT_ALREADY:
        outbox.end(row, now=now(), sent=True)
    elif held in reminders.PASSES:
        _put_off(row, now=now())
    elif held:
        outbox.end(row, now=now(), why=outbox.SETTLED)
    elif not (to := _address(row)):
        _not_sent(row, outbox.NO_ADDRESS, now=now())
    else:
        came = transport.deliver(server, _mail(row, to, server), now=now())
        _note(row, came, now=now())


def _note(row: Outgoing, came: str, *, now: datetime) -> None:
    if came == transport.REFUSED:
        _not_sent(row, transport.REFUSED, now=now)
    elif came:
        _later(row, now=now)
    else:
        _record(row, reminders.SENT, now=now)
        outbox.end(row, now=now, sent=True)


def _later(row: Outgoing, *, now: datetime) -> None:
    """Try again after twice the pause; after a day no more."""
    pause = min(FIRST_WAIT * 2 ** min(row.tried - 1, 10), LONGEST_WAIT)
    if now + pause > row.due_at + outbox.GIVEN_UP_AFTER:
        _not_sent(row, transport.NO_ANSWER, now=now)
    else:
        Outgoing.objects.filter(id=row.id, ended_at=None).update(
            try_at=now + pause, taken_until=None, why=transport.NO_ANSWER
        )


def _put_off(row: Outgoing, *, now: datetime) -> None:
    """Nothing was tried: only the time is wrong. After a day another reminder may be due in its place."""
    if now + LOOK_AGAIN > row.due_at + outbox.GIVEN_UP_AFTER:
        outbox.end(row, now=now, why=outbox.SETTLED)
        return
    Outgoing.objects.filter(id=row.id).update(try_at=now + LOOK_AGAIN, taken_until=None, tried=F("tried") - 1)


def _not_sent(row: Outgoing, why: str, *, now: datetime) -> None:
    _record(row, reminders.FAILED, now=now, why=why)
    outbox.end(row, now=now, why=why)


def _record(row: Outgoing, outcome: str, *, now: datetime, why: str = "") -> None:
    # Before the row ends: whoever dies in between leaves a record, and a row that is looked at again.
    if row.matter == outbox.REMINDER:
        reminding.record(row, outcome=outcome, now=now, why=why)


def _address(row: Outgoing) -> str:
    if row.participant:
        return reachable.read(row.study, row.participant).email
    person = Person.objects.filter(person=row.person, ended_at=None).first()
    return person.email if person else ""


def _mail(row: Outgoing, to: str, server: transport.Server) -> transport.Mail:
    said = texts.written(
        row.text,
        language=row.language,
        address=server.address,
        code=outbox.opened(row),
    )
    return transport.Mail(to=to, subject=said.subject, body=said.body, id=message_id(row.id))


def message_id(row: UUID) -> str:
    """The id of a message, the same at every attempt.

    Keyed: the row's own id is worked out of codes that somebody who holds the message could guess.
    """
    return hmac.new(master.master_key(), f"message/{row}".encode(), hashlib.sha256).hexdigest()[:32]


def _risk_is_open(row: Outgoing, now: datetime) -> str:
    # The row is addressed to a clinician: about whom stands in ``about``, with the risk.
    participant, risk, _step = row.about.split("/")
    open_ = read.participant_standing(row.study, participant).open_risks()
    return "" if any(str(each.root) == risk for each in open_) else "taken-on"


STILL: dict[str, Callable[[Outgoing, datetime], str]] = {
    outbox.REMINDER: lambda row, now: reminding.still(row, now=now),
    outbox.RISK: _risk_is_open,
}
"""By matter: why a message that was to be sent is not to be sent any more."""
