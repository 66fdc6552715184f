"""ADAE: one row per adverse event, of any valence, prompted or told.

``AESTDTC``, ``AEPKDTC`` and ``AEENDTC`` are begin, peak and end as they were recorded, times in the
zone of the site; ``ASTDTM``, ``APKDTM`` and ``AENDTM`` the same as moments (UTC), null where only a
date, or part of one, is known; ``ASTDT`` and ``AENDT`` local dates, ``ASTDY`` and ``AENDY`` days
from the first dose (day 1, no day 0). ``AESEV`` is the severity at the peak. Peak and who rated
(``AERATER``) are of prompted events, and no variables of the standard.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from holdfast.records.envelope import Record
from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.records.session import DoseGiven
from holdfast.tables.frames import Resolved, Schema, frame, participant_of
from holdfast.timing import study_day

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "AESEQ": pl.Int64,
    "AETERM": pl.String,
    "AESTDTC": pl.String,
    "ASTDT": pl.Date,
    "ASTDTM": pl.Datetime("us", "UTC"),
    "ASTDY": pl.Int64,
    "AEPKDTC": pl.String,
    "APKDTM": pl.Datetime("us", "UTC"),
    "AEENDTC": pl.String,
    "AENDT": pl.Date,
    "AENDTM": pl.Datetime("us", "UTC"),
    "AENDY": pl.Int64,
    "AESEV": pl.String,
    "AESER": pl.String,
    "AEREL": pl.String,
    "AEOUT": pl.String,
    "AESPINT": pl.String,
    "AESOURCE": pl.String,
    "AERATER": pl.String,
    "AEPROMPT": pl.String,
    "AVISIT": pl.String,
    "TRTEMFL": pl.String,
}


def adae(records: Resolved) -> pl.DataFrame:
    """Every event; ``TRTEMFL`` where its onset is on or after the day of the first dose."""
    first = first_days(records)
    closed = {fact.event: fact for _, fact in records.of(AdverseEventClosed)}
    counts: dict[str, int] = {}
    rows = []
    for record, event in records.of(AdverseEvent):
        person = participant_of(record)
        counts[person] = counts.get(person, 0) + 1
        rows.append(
            {
                "STUDYID": record.study,
                "SITEID": record.site,
                "USUBJID": f"{record.study}-{person}",
                "AESEQ": counts[person],
                **_event(event),
                **_times(record, event, closed.get(str(record.id)), first.get(person)),
            }
        )
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "AESEQ"])


def first_days(records: Resolved) -> dict[str, date]:
    """The local date of each participant's first dose."""
    first: dict[str, date] = {}
    for record, dose in records.of(DoseGiven):
        day = record.happened_at.day
        first[dose.participant] = min(day, first.get(dose.participant, day))
    return first


def _event(event: AdverseEvent) -> dict[str, Any]:
    return {
        "AETERM": event.term,
        "AESEV": event.severity.upper(),
        "AESER": "Y" if event.serious else "N",
        "AEREL": event.related,
        "AESPINT": event.special_interest or None,
        "AESOURCE": event.source,
        "AERATER": ", ".join(sorted(event.rated)).upper() or None,
        "AEPROMPT": event.prompt or None,
        "AVISIT": event.visit or None,
    }


def _times(
    record: Record, event: AdverseEvent, closed: AdverseEventClosed | None, first: date | None
) -> dict[str, Any]:
    zone = record.happened_at.zone
    began, peak, over = (local(text, zone) for text in (event.onset, event.peak, ended(event, closed, zone)))
    return {
        "AESTDTC": began,
        "ASTDT": whole_day(began),
        "ASTDTM": moment(began),
        "ASTDY": day_from(first, whole_day(began)),
        "AEPKDTC": peak or None,
        "APKDTM": moment(peak),
        "AEENDTC": over,
        "AENDT": whole_day(over),
        "AENDTM": moment(over),
        "AENDY": day_from(first, whole_day(over)),
        "AEOUT": (closed.outcome or None) if closed else None,
        "TRTEMFL": "Y" if first is not None and began[:10] >= first.isoformat() else "N",
    }


def ended(event: AdverseEvent, closed: AdverseEventClosed | None, zone: str) -> str:
    """When an event ended: as its outcome says, or to the minute where its ratings say the same day."""
    said = closed.end if closed and closed.outcome else ""
    rated = local(event.end, zone)
    return rated if not said or rated[:10] == said else said


def local(text: str, zone: str) -> str:
    """A time in the zone of the site; a date, or part of one, as it is."""
    if text[10:11] != "T":
        return text
    at = datetime.fromisoformat(text)
    return (at.astimezone(ZoneInfo(zone)) if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).isoformat()


def moment(text: str) -> datetime | None:
    """A time as a moment; None for a date, or part of one."""
    return datetime.fromisoformat(text) if text[10:11] == "T" else None


def whole_day(text: str) -> date | None:
    """The date of a time or a whole date; None where it is not known to the day."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def day_from(first: date | None, day: date | None) -> int | None:
    """Days from the first dose; None where either date is not known."""
    return None if day is None or first is None else study_day(day, first)
