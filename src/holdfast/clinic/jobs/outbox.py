"""Putting a message into the outbox, and what became of those that are in it.

Nothing is put in where this site sends nothing. What belongs to a rehearsal ends as it is put in:
it is never sent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q
from django.utils.translation import gettext as _

from holdfast.clinic.jobs import transport
from holdfast.clinic.jobs.models import Outgoing
from holdfast.clinic.keys import master
from holdfast.clinic.ledger import read

SPACE = UUID("c9a6f0c2-6c0e-4d8b-9f57-3b1d8f0a7e21")
REMINDER, LINK, RISK, LINK_ASKED = "reminder", "link", "risk", "link-asked"
REHEARSAL, NO_ADDRESS, SETTLED, REPLACED = "rehearsal", "no-address", "settled", "replaced"
NOBODYS_DOING = (REHEARSAL, SETTLED, REPLACED)
"""Why a message was not sent that nobody need do anything about."""
GIVEN_UP_AFTER = timedelta(days=1)
TOLD_FOR = timedelta(days=7)
"""How long Today tells of a message that was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is to be sent: to a participant or an account, about what, which text in which language.

    ``once`` is what its id is worked out of: the same again is no second message. ``code`` goes into
    the text and is kept encrypted.
    """

    study: str
    site: str
    matter: str
    once: str
    text: str
    language: str
    participant: str = ""
    person: str = ""
    about: str = ""
    code: str = ""

    @property
    def id(self) -> UUID:
        """The id of its row."""
        return uuid5(SPACE, f"{self.study}/{self.matter}/{self.once}/{self.participant}/{self.person}")


def put(letter: Letter, *, now: datetime) -> Outgoing | None:
    """The row of a message, made where there is none yet; None where this site sends nothing."""
    if not transport.on():
        return None
    ended = {} if is_live(letter.study) else {"ended_at": now, "why": REHEARSAL}
    sealed = b"" if ended or not letter.code else seal(letter.id, letter.code)
    row, _made = Outgoing.objects.get_or_create(
        id=letter.id,
        defaults={
            "made_at": now,
            "study": letter.study,
            "site": letter.site,
            "participant": letter.participant,
            "person": letter.person,
            "matter": letter.matter,
            "about": letter.about,
            "text": letter.text,
            "language": letter.language,
            "sealed": sealed,
            "due_at": now,
            "try_at": now,
            **ended,
        },
    )
    return row


def is_live(study: str) -> bool:
    """Whether a study is of real people: nothing of any other ever leaves this machine."""
    return read.study(study).life == "live"


def off(study: str) -> str:
    """Why nothing of a study is sent from here, in a sentence; "" where messages are sent."""
    if not is_live(study):
        return _("Rehearsal: nothing is sent.")
    return "" if transport.on() else _("Messages are not sent from this site: call.")


def seal(row: UUID, code: str) -> bytes:
    """What only the reader of a message may see, encrypted."""
    return master.wrap(code.encode(), belongs_to=f"message/{row}")


def opened(row: Outgoing) -> str:
    """What ``seal`` closed; "" where there is nothing."""
    sealed = bytes(row.sealed)
    return master.unwrap(sealed, belongs_to=f"message/{row.id}").decode() if sealed else ""


def end(row: Outgoing, *, now: datetime, why: str = "", sent: bool = False) -> None:
    """No more attempts: it was sent, or it will not be."""
    Outgoing.objects.filter(id=row.id, ended_at=None).update(
        ended_at=now, sent_at=now if sent else None, why=why, sealed=b"", taken_until=None
    )


def replace(study: str, participant: str, *, matter: str, now: datetime) -> None:
    """End what of a matter was not sent yet: a later one takes its place."""
    for row in Outgoing.objects.filter(study=study, participant=participant, matter=matter, ended_at=None):
        end(row, now=now, why=REPLACED)


def waiting_for(study: str, *, matter: str) -> set[str]:
    """The participants for whom a message of that matter is still being tried."""
    rows = Outgoing.objects.filter(study=study, matter=matter, ended_at=None)
    return set(rows.values_list("participant", flat=True))


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that was not sent, for the people of the site: to whom, since when, and why."""

    site: str
    participant: str
    person: str
    matter: str
    since: datetime
    why: str


def unsent(study: str, sites: Collection[str], *, now: datetime) -> list[Unsent]:
    """What was not sent lately and nobody got since, and what has been tried for a day, the latest first.

    Asked of the rows themselves, so that it is told even where no worker runs.
    """
    given_up = Q(sent_at=None, ended_at__gt=now - TOLD_FOR) & ~Q(why__in=NOBODYS_DOING)
    late = Q(ended_at=None, due_at__lte=now - GIVEN_UP_AFTER)
    rows = Outgoing.objects.filter(given_up | late, study=study, site__in=sites).order_by("-due_at")
    found: dict[tuple[str, str, str], Unsent] = {}
    for row in rows:
        key = (row.participant, row.person, row.matter)
        if key not in found and not _came_since(row):
            found[key] = Unsent(row.site, row.participant, row.person, row.matter, row.due_at, row.why)
    return list(found.values())


def _came_since(row: Outgoing) -> bool:
    same = Outgoing.objects.filter(study=row.study, participant=row.participant, person=row.person)
    return same.filter(sent_at__gt=row.due_at).exists()


def matter_words(matter: str) -> str:
    """What a message was about, in words."""
    return {
        REMINDER: _("a reminder"),
        LINK: _("a link"),
        RISK: _("that a risk waits"),
        LINK_ASKED: _("that a link is asked for"),
    }[matter]


def why_words(why: str) -> str:
    """Why a message was not sent, in words."""
    return {
        transport.REFUSED: _("the mail server refused the address"),
        transport.NO_ANSWER: _("the mail server did not take it for a day"),
        NO_ADDRESS: _("no e-mail address is kept"),
        REHEARSAL: _("rehearsal: not sent"),
    }.get(why, _("it is still being tried"))
