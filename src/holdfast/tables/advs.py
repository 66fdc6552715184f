"""ADVS: vital signs of dosing sessions, one row per measure of a reading.

``ATPTN`` is minutes since the first dose (negative before, null where none was given);
``BASE`` is the last reading before the first dose of that session.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from holdfast.records.session import DoseGiven, SessionStarted, VitalsRead
from holdfast.tables.frames import Resolved, Schema, frame, participant_of

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "AVISIT": pl.String,
    "PARAMCD": pl.String,
    "AVALU": pl.String,
    "ADTM": pl.Datetime("us", "UTC"),
    "ATPTN": pl.Float64,
    "DUEMIN": pl.Int64,
    "AVAL": pl.Float64,
    "BASE": pl.Float64,
    "CHG": pl.Float64,
    "REPEAT": pl.String,
}

MEASURES = {
    "systolic": ("SYSBP", "mmHg"),
    "diastolic": ("DIABP", "mmHg"),
    "heart_rate": ("PULSE", "/min"),
    "temperature": ("TEMP", "degC"),
}


def first_doses(records: Resolved) -> dict[str, datetime]:
    """When the first capsule of each session was taken (UTC), by session stream."""
    taken: dict[str, datetime] = {}
    for record, _ in records.of(DoseGiven):
        at = record.happened_at.at
        taken[record.stream] = min(at, taken.get(record.stream, at))
    return taken


def advs(records: Resolved) -> pl.DataFrame:
    """Every measured value of every reading."""
    start = first_doses(records)
    visit = {record.stream: fact.visit for record, fact in records.of(SessionStarted)}
    rows: list[dict[str, Any]] = []
    for record, reading in records.of(VitalsRead):
        at = record.happened_at.at
        zero = start.get(record.stream)
        for measure, (code, unit) in MEASURES.items():
            value = getattr(reading, measure)
            if value is None:
                continue
            rows.append(
                {
                    "STUDYID": record.study,
                    "SITEID": record.site,
                    "USUBJID": f"{record.study}-{participant_of(record)}",
                    "AVISIT": visit.get(record.stream),
                    "PARAMCD": code,
                    "AVALU": unit,
                    "ADTM": at,
                    "ATPTN": None if zero is None else (at - zero).total_seconds() / 60,
                    "DUEMIN": reading.due_minute,
                    "AVAL": float(value),
                    "REPEAT": "Y" if reading.repeat else "N",
                }
            )
    _baseline(rows)
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "AVISIT", "PARAMCD", "ADTM"])


def _baseline(rows: list[dict[str, Any]]) -> None:
    last: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        if row["ATPTN"] is not None and row["ATPTN"] <= 0:
            place = (row["USUBJID"], row["AVISIT"], row["PARAMCD"])
            held = last.get(place)
            if held is None or row["ADTM"] >= held["ADTM"]:
                last[place] = row
    for row in rows:
        held = last.get((row["USUBJID"], row["AVISIT"], row["PARAMCD"]))
        if held is not None:
            row["BASE"] = held["AVAL"]
            row["CHG"] = row["AVAL"] - held["AVAL"]
