"""The kept reference of the meta-analysis: metafor's results, the trials' rows, the printed synthesis."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "reference" / "metafor"
METAFOR = json.loads((FOLDER / "metafor.json").read_text())
PUBLISHED = json.loads((FOLDER / "published.json").read_text())
BCG = list(csv.DictReader((FOLDER / "bcg_counts.csv").read_text().splitlines()))
PTSD = list(csv.DictReader((FOLDER / "ptsd_rows.csv").read_text().splitlines()))
METHODS = {"FE": "common", "DL": "dersimonian-laird", "PM": "paule-mandel", "REML": "reml"}
TESTS = {"z": "normal", "knha": "hartung-knapp", "adhoc": "hartung-knapp-bounded"}
MEANS = ("mean1", "sd1", "n1", "mean2", "sd2", "n2")
COUNTS = ("events1", "total1", "events2", "total2")


def effects_of(data: str) -> tuple[np.ndarray, np.ndarray]:
    """The effects and variances that metafor was given: log risk ratios of BCG, the synthesis's g of PTSD."""
    given = METAFOR[data]["RR" if data == "bcg" else "g"]
    return np.array(given["yi"]), np.array(given["vi"])


def ptsd(outcome: str, columns: tuple[str, ...], comparison: str = "primary") -> list[np.ndarray]:
    """Columns of the trials' rows."""
    rows = [row for row in PTSD if row["outcome"] == outcome and row["comparison"] == comparison]
    return [np.array([float(row[column]) for row in rows]) for column in columns]


def moderators(data: str, names: list[str]) -> np.ndarray:
    """Moderators by column name, (k, m)."""
    rows = (
        BCG if data == "bcg" else [r for r in PTSD if r["outcome"] == "msd" and r["comparison"] == "primary"]
    )
    return np.array([[float(row[name]) for name in names] for row in rows])
