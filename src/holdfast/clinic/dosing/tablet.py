"""What a tablet says beside what was typed: by whom and when it was noted, and how its clock goes.

None of it is trusted for more than it is: what the tablet says of its times and of who noted an
entry is recorded as said, with the server's own time and the person signed in beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from holdfast.clinic import edge
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant

OF_THE_SENDING = ("csrfmiddlewaretoken", "id", "sent_at", "device", "noted_by", "own_clock")
"""Fields that tell how an entry came, not what it says: they may differ when it is sent again."""
LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Carried:
    """How an entry came: from which device, noted by whom if not the sender, and its clock."""

    device: str
    noted_by: str
    own_clock: bool
    skew_s: float | None


def carried(fields: Mapping[str, str], *, author: str, now: datetime) -> Carried:
    """How an entry came that ``author`` sends at the server's time ``now``."""
    by = fields.get("noted_by", "").strip()[:LONGEST_NAME]
    return Carried(
        device=fields.get("device", "").strip(),
        noted_by="" if by == author else by,
        own_clock=fields.get("own_clock", "") == "1",
        skew_s=_skew(fields, now),
    )


def said(fields: Mapping[str, str], *, author: str, where: str) -> dict[str, str]:
    """What an entry says, in which form, and whose words it is: by this it is known when it comes again."""
    by = fields.get("noted_by", "").strip()[:LONGEST_NAME]
    content = {name: typed for name, typed in fields.items() if name not in OF_THE_SENDING}
    return {**content, "noter": by or author, "where": where}


def noted_at(fields: Mapping[str, str], now: Instant) -> Instant:
    """When the tablet noted it; now where it does not say. ImpossibleValue for what is no time."""
    noted = fields.get("noted_at", "").strip()
    if not noted:
        return now
    at = _time(noted)
    if at is None:
        raise ImpossibleValue(_("The time that the tablet noted cannot be read."), field="noted_at")
    return Instant(at, now.zone)


def _skew(fields: Mapping[str, str], now: datetime) -> float | None:
    """By how many seconds the server's clock is ahead of the tablet's, the way here included."""
    sent = _time(fields.get("sent_at", "").strip())
    return None if sent is None else round((now - sent) / timedelta(seconds=1), 3)


def _time(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and edge.EARLIEST <= at <= edge.LATEST else None
