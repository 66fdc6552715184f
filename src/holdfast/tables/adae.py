"""ADAE: one row per adverse event, of any valence, prompted or told."""

from __future__ import annotations

import polars as pl

from holdfast.records.safety import AdverseEvent, AdverseEventClosed
from holdfast.records.session import DoseGiven
from holdfast.tables.frames import Resolved, Schema, frame, participant_of

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "AESEQ": pl.Int64,
    "AETERM": pl.String,
    "AESTDTC": pl.String,
    "AEENDTC": pl.String,
    "AESEV": pl.String,
    "AESER": pl.String,
    "AEREL": pl.String,
    "AEOUT": pl.String,
    "AESPINT": pl.String,
    "AESOURCE": pl.String,
    "AEPROMPT": pl.String,
    "AVISIT": pl.String,
    "TRTEMFL": pl.String,
}


def adae(records: Resolved) -> pl.DataFrame:
    """Every event; ``TRTEMFL`` where its onset is on or after the day of the first dose."""
    first: dict[str, str] = {}
    for record, dose in records.of(DoseGiven):
        day = record.happened_at.day.isoformat()
        first[dose.participant] = min(day, first.get(dose.participant, day))
    closed = {fact.event: fact for _, fact in records.of(AdverseEventClosed)}
    counts: dict[str, int] = {}
    rows = []
    for record, event in records.of(AdverseEvent):
        person = participant_of(record)
        counts[person] = counts.get(person, 0) + 1
        end = closed.get(str(record.id))
        rows.append(
            {
                "STUDYID": record.study,
                "SITEID": record.site,
                "USUBJID": f"{record.study}-{person}",
                "AESEQ": counts[person],
                "AETERM": event.term,
                "AESTDTC": event.onset,
                "AEENDTC": end.end if end else event.end,
                "AESEV": event.severity.upper(),
                "AESER": "Y" if event.serious else "N",
                "AEREL": event.related,
                "AEOUT": end.outcome if end else None,
                "AESPINT": event.special_interest or None,
                "AESOURCE": event.source,
                "AEPROMPT": event.prompt or None,
                "AVISIT": event.visit or None,
                "TRTEMFL": "Y" if person in first and event.onset[:10] >= first[person] else "N",
            }
        )
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "AESEQ"])
