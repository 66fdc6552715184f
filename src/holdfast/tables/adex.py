"""ADEX: one row per capsule-taking. Treatment and milligrams only where the key is given."""

from __future__ import annotations

import polars as pl

from holdfast.allocation.key import Key
from holdfast.records.session import DoseGiven
from holdfast.tables.frames import Resolved, Schema, frame

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "AVISIT": pl.String,
    "EXSTEP": pl.String,
    "EXKIT": pl.String,
    "ASTDTM": pl.Datetime("us", "UTC"),
    "EXTRT": pl.String,
    "EXDOSE": pl.Float64,
    "EXDOSU": pl.String,
}


def adex(records: Resolved, key: Key | None = None) -> pl.DataFrame:
    """Every dose given, by step and kit; with the key also what the kit held, in mg of MDMA HCl."""
    rows = [
        {
            "STUDYID": record.study,
            "SITEID": record.site,
            "USUBJID": f"{record.study}-{dose.participant}",
            "AVISIT": dose.visit,
            "EXSTEP": dose.step,
            "EXKIT": dose.kit,
            "ASTDTM": record.happened_at.at,
            "EXTRT": None if key is None else key.arm_of_kit.get(dose.kit),
            "EXDOSE": None if key is None else key.mg_of_kit.get(dose.kit),
            "EXDOSU": "mg",
        }
        for record, dose in records.of(DoseGiven)
    ]
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "ASTDTM"])
