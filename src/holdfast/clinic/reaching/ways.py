"""Ways in: what opened a participant's own pages, whether it still does, and the end of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from holdfast.clinic import edge
from holdfast.clinic.jobs import outbox
from holdfast.clinic.reaching.models import Ending, Link, Passkey
from holdfast.errors import ImpossibleValue

LONGEST_WHY = 500
"""Letters of a reason that a participant reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Whose pages were opened by whose link; where a passkey opened them, by which, made when (ISO).

    ``endings`` is how often all ways in of this participant had been ended until then.
    """

    study: str
    participant: str
    by: str
    endings: int = 0
    passkey: str = ""
    made: str = ""


def alone(study: str, participant: str) -> None:
    """Wait until nobody else opens, makes or ends a way in of this participant, until the transaction ends.

    Without it a link opened, or a passkey made, in the moment when all are ended would stay open.
    """
    with connection.cursor() as cursor:
        key = f"ways/{study}/{participant}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def times_ended(study: str, participant: str) -> int:
    """How often all ways in of a participant were ended."""
    return Ending.objects.filter(study=study, participant=participant).count()


def still_opens(way: Way) -> bool:
    """Whether what opened the pages may keep them open: neither it nor all ways in were ended since."""
    if times_ended(way.study, way.participant) != way.endings:
        return False
    return not way.passkey or Passkey.objects.filter(id=way.passkey, ended_at=None).exists()


def end_all(study: str, participant: str, *, by: str, why: str, now: datetime) -> None:
    """End every link and passkey of a participant and close what they opened; ImpossibleValue without why."""
    said = why.strip()[:LONGEST_WHY]
    if not said:
        raise ImpossibleValue(_("Say why: the participant reads it."), field="why")
    with transaction.atomic():
        alone(study, participant)
        mine = {"study": study, "participant": participant}
        Ending.objects.create(id=edge.new_id(), at=now, by=by, why=said, **mine)
        Link.objects.filter(used_at=None, ends_at__gt=now, **mine).update(ends_at=now)
        Passkey.objects.filter(ended_at=None, **mine).update(ended_at=now, ended_by=by)
        outbox.replace(study, participant, matter=outbox.LINK, now=now)


def endings_of(study: str, participant: str) -> list[Ending]:
    """Every time when all ways in of a participant were ended, the latest first."""
    return list(Ending.objects.filter(study=study, participant=participant).order_by("-at"))
