"""The trial of tests/reference/rbmi as arrays."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from holdfast.statistics.imputation_strategies import ImputationStrategy
from holdfast.statistics.incomplete_trial import IncompleteTrial, incomplete_trial, leaving_visit

HERE = Path(__file__).parent / "reference" / "rbmi"
RBMI = json.loads((HERE / "rbmi.json").read_text())


def rbmi_trial(strategy: ImputationStrategy) -> IncompleteTrial:
    with (HERE / "trial0.csv").open() as file:
        rows = list(csv.DictReader(file))
    n = 1 + max(int(row["id"]) for row in rows)
    outcome, baseline = np.full((n, 3), np.nan), np.zeros(n)
    arm, site = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for row in rows:
        person = int(row["id"])
        outcome[person, int(row["visit"]) - 1] = float("nan" if row["y"] == "NA" else row["y"])
        baseline[person], arm[person], site[person] = float(row["bl"]), int(row["trt"]), int(row["site"])
    return incomplete_trial(
        outcome,
        arm=arm,
        arms=("0", "1"),
        common=(site[:, None] == np.arange(1, 5)).astype(np.float64),
        by_visit=baseline[:, None],
        event=leaving_visit(outcome),
        strategy=strategy,
    )
