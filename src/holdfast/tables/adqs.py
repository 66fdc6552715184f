"""ADQS: one row per score of a completed questionnaire or rating.

``PARAMCD`` joins instrument and score ("CAPS5.TOTAL"). ``QSEVAL`` is the role of who filled
the form. Baseline is the last rating at or before randomisation; change is from it.
``ANL01FL`` marks the one record per person, form, evaluator, parameter and visit that is
analysed: the planned occurrence, the latest where repeated.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from holdfast.instruments.caps5 import FIGURES, REMISSION_AT_MOST
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.enrolment import Randomised, TreatmentEntered
from holdfast.records.fact import Json
from holdfast.tables.frames import Resolved, Schema, frame, participant_of
from holdfast.timing import study_day

SCHEMA: Schema = {
    "STUDYID": pl.String,
    "SITEID": pl.String,
    "USUBJID": pl.String,
    "QSCAT": pl.String,
    "QSFORM": pl.String,
    "QSEVAL": pl.String,
    "PARAMCD": pl.String,
    "AVISIT": pl.String,
    "AVISITN": pl.Int64,
    "OCCURRENCE": pl.String,
    "ADT": pl.Date,
    "ASTDY": pl.Int64,
    "AVAL": pl.Float64,
    "BASE": pl.Float64,
    "CHG": pl.Float64,
    "ABLFL": pl.String,
    "ANL01FL": pl.String,
}


def parameter(instrument: str, score: str) -> str:
    """The parameter code of a score: "CAPS-5", "total" gives "CAPS5.TOTAL"."""
    return f"{instrument.replace('-', '')}.{score}".upper()


DERIVED = {"response": "CAPS5.RESPONSE", "remission": "CAPS5.REMISSION", "loss-of-diagnosis": "CAPS5.DXLOST"}


def outcome_parameter(outcome: str) -> str:
    """The parameter code of a planned outcome: a score ("CAPS-5.total") or a derived yes-no outcome."""
    if outcome in DERIVED:
        return DERIVED[outcome]
    instrument, _, score = outcome.partition(".")
    return parameter(instrument, score)


def adqs(records: Resolved, protocol: Protocol) -> pl.DataFrame:
    """Every numeric or yes-no score as a row, with baseline, change and analysis flags."""
    order = {visit.code: number for number, visit in enumerate(protocol.visits)}
    randomised = {participant_of(r): r.happened_at.day for r, _ in records.of(Randomised)}
    randomised |= {participant_of(r): r.happened_at.day for r, _ in records.of(TreatmentEntered)}
    most = _setting(protocol, "remission-points", otherwise=REMISSION_AT_MOST)
    rows: list[dict[str, Any]] = []
    for record, form in records.of(FormCompleted):
        person = participant_of(record)
        day = record.happened_at.day
        reference = randomised.get(person)
        for score, value in {**form.scores, **_remission(form, most), **_guess(form)}.items():
            if isinstance(value, bool | int | float):
                rows.append(
                    {
                        "STUDYID": record.study,
                        "SITEID": record.site,
                        "USUBJID": f"{record.study}-{person}",
                        "QSCAT": form.instrument,
                        "QSFORM": form.form,
                        "QSEVAL": record.role,
                        "PARAMCD": parameter(form.instrument or form.form, score),
                        "AVISIT": form.visit,
                        "AVISITN": order.get(form.visit),
                        "OCCURRENCE": form.occurrence,
                        "ADT": day,
                        "ASTDY": None if reference is None else study_day(day, reference),
                        "AVAL": float(value),
                        "ABLFL": "N",
                        "ANL01FL": "N",
                    }
                )
    _flag_baseline(rows, randomised)
    _flag_analysed(rows)
    drop = _setting(protocol, "response-points", otherwise=FIGURES["response_drop"].number)
    rows += _responses(rows, drop=drop)
    return frame(rows, schema=SCHEMA, sort=["USUBJID", "QSFORM", "QSEVAL", "PARAMCD", "AVISITN", "ADT"])


def _guess(form: FormCompleted) -> dict[str, Json]:
    """A guess as a yes-no score: was the experimental treatment named?"""
    said = form.answers.get("guess")
    return {"experimental": said == "experimental"} if isinstance(said, str) else {}


def _setting(protocol: Protocol, code: str, *, otherwise: float) -> float:
    """The study file's threshold; the instrument's where the file states none."""
    return next((each.value.number for each in protocol.settings if each.code == code), otherwise)


def _remission(form: FormCompleted, most: float) -> dict[str, Json]:
    """Remission by the study's threshold, where it is not the one the form was scored by."""
    total, diagnosis = form.scores.get("total"), form.scores.get("diagnosis")
    if most == REMISSION_AT_MOST or "remission" not in form.scores:
        return {}
    if not isinstance(total, int | float) or not isinstance(diagnosis, bool):
        return {"remission": None}
    return {"remission": total <= most and not diagnosis}


def _responses(rows: list[dict[str, Any]], *, drop: float) -> list[dict[str, Any]]:
    """After baseline: CAPS5.RESPONSE, a drop of at least the threshold; CAPS5.DXLOST, the diagnosis lost."""
    out = []
    for row in rows:
        if row["ABLFL"] == "N" and row.get("CHG") is not None:
            if row["PARAMCD"] == "CAPS5.TOTAL":
                out.append(_derived(row, "CAPS5.RESPONSE", row["CHG"] <= -drop))
            elif row["PARAMCD"] == "CAPS5.DIAGNOSIS" and row["BASE"] > 0:
                out.append(_derived(row, "CAPS5.DXLOST", row["AVAL"] == 0))
    return out


def _derived(row: dict[str, Any], code: str, value: bool) -> dict[str, Any]:
    return {**row, "PARAMCD": code, "AVAL": float(value), "BASE": None, "CHG": None}


def _flag_baseline(rows: list[dict[str, Any]], randomised: dict[str, date]) -> None:
    """Mark the last row at or before randomisation; carry its value to every row as BASE."""
    baseline: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for row in rows:
        person = row["USUBJID"].removeprefix(row["STUDYID"] + "-")
        reference = randomised.get(person)
        if reference is None or row["ADT"] > reference:
            continue
        held = baseline.get((row["USUBJID"], row["QSFORM"], row["QSEVAL"], row["PARAMCD"]))
        if held is None or (row["ADT"], row["AVISITN"]) >= (held["ADT"], held["AVISITN"]):
            baseline[row["USUBJID"], row["QSFORM"], row["QSEVAL"], row["PARAMCD"]] = row
    for row in baseline.values():
        row["ABLFL"] = "Y"
    for row in rows:
        held = baseline.get((row["USUBJID"], row["QSFORM"], row["QSEVAL"], row["PARAMCD"]))
        if held is not None:
            row["BASE"] = held["AVAL"]
            row["CHG"] = row["AVAL"] - held["AVAL"]


def _flag_analysed(rows: list[dict[str, Any]]) -> None:
    """One analysed row per place: planned occurrences before others, then the latest."""
    chosen: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        place = (row["USUBJID"], row["QSFORM"], row["QSEVAL"], row["PARAMCD"], row["AVISIT"])
        held = chosen.get(place)
        if held is None or _rank(row) >= _rank(held):
            chosen[place] = row
    for row in chosen.values():
        row["ANL01FL"] = "Y"


def _rank(row: dict[str, Any]) -> tuple[bool, date]:
    return row["OCCURRENCE"] == "planned", row["ADT"]
