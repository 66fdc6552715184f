"""ADSL: one row per person screened.

Terms are ADaM's (CDISC ADaM Implementation Guide): RANDFL randomised (or, where nobody is, entered
treatment: day 1), SAFFL at least one
dose, MITTFL randomised with at least one dose, EOSSTT and EOTSTT status at end of study
and of treatment. ``TRT01P`` is null without the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from holdfast.allocation.key import Key
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.enrolment import (
    Completed,
    ConsentGiven,
    Prescreened,
    Randomised,
    ScreenFailed,
    TreatmentEntered,
    TreatmentStopped,
    Withdrew,
)
from holdfast.records.fact import Json
from holdfast.records.session import DoseGiven
from holdfast.tables.frames import Resolved, Schema, frame, participant_of

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "SUBJID": pl.String,
    "AGE": pl.Float64,
    "SEX": pl.String,
    "PRIORMDMA": pl.String,
    "REFERRAL": pl.String,
    "ENRLFL": pl.String,
    "SCRFFL": pl.String,
    "SCRFREAS": pl.String,
    "RANDFL": pl.String,
    "RANDDT": pl.Date,
    "STRATA1": pl.String,
    "TRT01P": pl.String,
    "SAFFL": pl.String,
    "MITTFL": pl.String,
    "TRTSDT": pl.Date,
    "TRTEDT": pl.Date,
    "NDOSE": pl.Int64,
    "EOTSTT": pl.String,
    "DCTREAS": pl.String,
    "EOSSTT": pl.String,
    "DCSREAS": pl.String,
}


def adsl(records: Resolved, protocol: Protocol, key: Key | None = None) -> pl.DataFrame:
    """One row per prescreened person; planned treatment where the key is given or there is one arm."""
    rows: dict[str, dict[str, Any]] = {}
    for record, fact in records.of(Prescreened):
        rows[fact.participant] = {
            "STUDYID": record.study,
            "SITEID": record.site,
            "USUBJID": f"{record.study}-{fact.participant}",
            "SUBJID": fact.participant,
            "PRIORMDMA": fact.prior_mdma,
            "REFERRAL": fact.referred_by,
            **dict.fromkeys(("ENRLFL", "SCRFFL", "RANDFL", "SAFFL", "MITTFL"), "N"),
            "NDOSE": 0,
        }
    _enrolment(rows, records)
    _demographics(rows, records, protocol)
    _exposure(rows, records)
    _disposition(rows, records)
    if not protocol.blinded:
        _one_treatment(rows, protocol)
    elif key is not None:
        _planned_treatment(rows, records, key)
    return frame(list(rows.values()), schema=SCHEMA, sort=["USUBJID"])


def _enrolment(rows: dict[str, dict[str, Any]], records: Resolved) -> None:
    for record, _ in records.of(ConsentGiven):
        rows[participant_of(record)]["ENRLFL"] = "Y"
    for record, failed in records.of(ScreenFailed):
        rows[participant_of(record)] |= {
            "SCRFFL": "Y",
            "SCRFREAS": ", ".join(failed.criteria) or failed.note,
        }
    for record, randomised in records.of(Randomised):
        rows[participant_of(record)] |= {
            "RANDFL": "Y",
            "RANDDT": record.happened_at.day,
            "STRATA1": randomised.stratum,
        }
    for record, _ in records.of(TreatmentEntered):
        # Day 1 of a study that randomises nobody; RANDFL then says that the person has one.
        rows[participant_of(record)] |= {"RANDFL": "Y", "RANDDT": record.happened_at.day}


def _demographics(rows: dict[str, dict[str, Any]], records: Resolved, protocol: Protocol) -> None:
    own_forms = {form.form for form in protocol.forms if form.fields}
    wanted = {"age": "AGE", "sex": "SEX"}
    for record, form in records.of(FormCompleted):
        if form.form not in own_forms:
            continue
        for variable, column in wanted.items():
            answer = form.answers.get(variable)
            if answer is not None and not isinstance(answer, dict):
                rows[participant_of(record)][column] = _typed(answer, column)


def _typed(answer: Json, column: str) -> float | str:
    return float(str(answer)) if column == "AGE" else str(answer)


def _exposure(rows: dict[str, dict[str, Any]], records: Resolved) -> None:
    for record, dose in records.of(DoseGiven):
        row = rows[dose.participant]
        day = record.happened_at.day
        row["TRTSDT"] = min(day, row.get("TRTSDT", day))
        row["TRTEDT"] = max(day, row.get("TRTEDT", day))
        row["NDOSE"] += 1
        row["SAFFL"] = "Y"
        row["MITTFL"] = row["RANDFL"]


def _disposition(rows: dict[str, dict[str, Any]], records: Resolved) -> None:
    for row in rows.values():
        if row["RANDFL"] == "Y":
            row |= {"EOSSTT": "ONGOING", "EOTSTT": "ONGOING"}
    for record, _ in records.of(Completed):
        row = rows[participant_of(record)]
        row["EOSSTT"] = "COMPLETED"
        row["EOTSTT"] = "COMPLETED" if row["EOTSTT"] == "ONGOING" else row["EOTSTT"]
    for record, stopped in records.of(TreatmentStopped):
        rows[participant_of(record)] |= {"EOTSTT": "DISCONTINUED", "DCTREAS": stopped.why}
    for record, withdrew in records.of(Withdrew):
        # Where nothing more may be recorded of a person, they are in neither any more.
        gone = {*withdrew.from_, *(("treatment", "follow-up") if "collection" in withdrew.ends else ())}
        if "treatment" in gone:
            rows[participant_of(record)] |= {"EOTSTT": "DISCONTINUED", "DCTREAS": withdrew.why}
        if "follow-up" in gone:
            rows[participant_of(record)] |= {"EOSSTT": "DISCONTINUED", "DCSREAS": withdrew.why}


def _one_treatment(rows: Mapping[str, dict[str, Any]], protocol: Protocol) -> None:
    (arm,) = protocol.arms
    for row in rows.values():
        if row["RANDFL"] == "Y":
            row["TRT01P"] = arm.code


def _planned_treatment(rows: Mapping[str, dict[str, Any]], records: Resolved, key: Key) -> None:
    for record, randomised in records.of(Randomised):
        rows[participant_of(record)]["TRT01P"] = key.arm_of_slot[randomised.slot]
