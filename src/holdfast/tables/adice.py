"""ADICE: one row per intercurrent event (ICH E9(R1)), with the first visit it bears on."""

from __future__ import annotations

import polars as pl

from holdfast.protocol.model import Protocol
from holdfast.records.enrolment import IntercurrentEventRecorded
from holdfast.tables.frames import Resolved, Schema, frame, participant_of

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "USUBJID": pl.String,
    "ICECD": pl.String,
    "AVISIT": pl.String,
    "AVISITN": pl.Int64,
    "ADT": pl.Date,
}


def adice(records: Resolved, protocol: Protocol) -> pl.DataFrame:
    """Every intercurrent event; ``AVISITN`` is the visit's place in the protocol."""
    order = {visit.code: number for number, visit in enumerate(protocol.visits)}
    rows = [
        {
            "STUDYID": record.study,
            "USUBJID": f"{record.study}-{participant_of(record)}",
            "ICECD": event.event,
            "AVISIT": event.visit,
            "AVISITN": order.get(event.visit),
            "ADT": record.happened_at.day,
        }
        for record, event in records.of(IntercurrentEventRecorded)
    ]
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "AVISITN"])
