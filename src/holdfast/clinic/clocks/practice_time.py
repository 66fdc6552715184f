"""The time of a practice: real time and what was added to it. Every other study has real time.

A practice is a rehearsal whose code begins with ``practice-``; its life is in the first
record of its ledger, so that nothing can become one, or stop being one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from holdfast.clinic.clocks.models import Moved
from holdfast.clinic.ledger.models import StudyRow
from holdfast.clinic.ledger.write import CHANNEL
from holdfast.conduct.streams import study_stream
from holdfast.errors import Refusal

PREFIX = "practice-"
_known: dict[str, timedelta] = {}


def is_practice(study: str) -> bool:
    """Whether a study is a practice: a rehearsal of that kind."""
    return study.startswith(PREFIX) and StudyRow.objects.filter(study=study, life="rehearsal").exists()


def is_one(row: StudyRow) -> bool:
    """Whether a study of the list is a practice."""
    return row.study.startswith(PREFIX) and row.life == "rehearsal"


def ahead(study: str) -> timedelta:
    """How far the time of a study is from real time: nothing, unless it is a practice."""
    if not study.startswith(PREFIX) or not is_practice(study):
        return timedelta(0)
    moved = Moved.objects.filter(study=study).aggregate(sum=Sum("by_s"))["sum"]
    _known[study] = timedelta(seconds=moved or 0.0)
    return _known[study]


def last_known(study: str) -> timedelta:
    """As ``ahead`` was when this process last asked; for what runs where no database may be asked."""
    return _known.get(study, timedelta(0))


def move(study: str, *, by: timedelta, at: datetime, person: str) -> None:
    """Move the time of a practice; Refusal for any other study."""
    if not is_practice(study):
        raise Refusal(_("Time is moved in a practice only. Nothing was changed."))
    Moved.objects.create(study=study, by_s=by.total_seconds(), at=at, person=person)
    with connection.cursor() as cursor:  # open pages look at what is due anew
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{study} {study_stream(study)}"])
