"""Makes ``how.json``: the trials' course and a dosing day at the trials' own doses, computed once.

``python -m holdfast.clinic.public.how_making`` writes the file anew; a test holds that it is what the study
file and the model give. The page only reads it: nobody who reads can name a dose, and no page waits.

The bound without acute tolerance is left out: it is a display of safety for those who act on it, and lies far
above what was measured. The page says in words what it rests on: nothing tests that tolerance lowers a peak.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from holdfast.pharmacology.doses import Dose
from holdfast.pharmacology.explain import MEMBERS, Band, Explained, Question, explain
from holdfast.pharmacology.transporters import orders
from holdfast.protocol.compiler import compile_study
from holdfast.protocol.model import Protocol, Visit
from holdfast.sourced import CITABLE, Figure, Status
from holdfast.studies import path_of

STUDY, ARM, SESSION = "inactive-placebo", "mdma", "dosing-2"
LANES = ("concentration", "oxytocin", "felt_effect", "systolic", "heart_rate")
DRAWN_H, STEP_H = 8.0, 0.25
FILE = Path(__file__).with_name("how.json")
MODEL = Figure(
    value=float(MEMBERS),
    unit="virtual people",
    source=(
        "Holdfast's own model of a dosing day. It was set so that it meets published values, and misses some "
        "of them. How people and studies differ, liver blood flow and the kidneys' share are assumed in it"
    ),
    status=Status.CALIBRATED,
    date="2026",
)


def made() -> dict[str, Any]:
    """What the page reads, as plain data."""
    protocol = compile_study(path_of(STUDY))
    figures = {**_course(protocol), **_doses(protocol), "model": MODEL}
    answer = _day(figures)
    steps = np.arange(0, DRAWN_H + 1e-9, STEP_H)
    return {
        "figures": {name: figure.model_dump(mode="json") for name, figure in figures.items()},
        "hours": steps.tolist(),
        "lanes": {code: _lane(answer, code, steps) for code in LANES},
        "orders": [
            {"order": each.order, "source": each.source, "status": each.status.value}
            for each in orders()
            if each.status in CITABLE
        ],
    }


def _course(protocol: Protocol) -> dict[str, Figure]:
    found = {}
    for kind in ("preparation", "dosing", "integration"):
        visits = [visit for visit in protocol.visits if visit.kind == kind]
        minutes = _minutes(visits[0])
        found[f"{kind}-count"] = minutes.model_copy(update={"value": len(visits), "unit": "sessions"})
        hours = round(minutes.number / 60, 1)
        found[f"{kind}-hours"] = minutes.model_copy(update={"value": hours, "unit": "h"})
    each = int(found["integration-count"].number / found["dosing-count"].number)
    found["integration-each"] = found["integration-count"].model_copy(update={"value": each})
    return found


def _minutes(visit: Visit) -> Figure:
    if visit.minutes is None:
        raise ValueError(f"{visit.code} has no length in the study file")
    return visit.minutes


def _doses(protocol: Protocol) -> dict[str, Figure]:
    plan = protocol.session(SESSION)
    if plan.supplemental is None or plan.supplemental.opens_h is None or plan.supplemental.closes_h is None:
        raise ValueError(f"{SESSION} has no supplemental dose with a window")
    return {
        "first-mg": plan.first.mg[ARM],
        "second-mg": plan.supplemental.mg[ARM],
        "second-from-h": plan.supplemental.opens_h,
        "second-to-h": plan.supplemental.closes_h,
        "opening-mg": protocol.session("dosing-1").first.mg[ARM],
    }


def _day(figures: dict[str, Figure]) -> Explained:
    middle = (figures["second-from-h"].number + figures["second-to-h"].number) / 2
    doses = (Dose(figures["first-mg"].number), Dose(figures["second-mg"].number, middle))
    return explain(Question(doses=doses))


def _lane(answer: Explained, code: str, steps: Any) -> dict[str, list[float]]:
    band: Band = answer.bands[code]
    curves = {
        "low": band.ninety[0],
        "first": band.half[0],
        "middle": band.median,
        "third": band.half[1],
        "high": band.ninety[1],
    }
    return {
        name: [round(float(value), 1) for value in np.interp(steps, answer.time_h, curve)]
        for name, curve in curves.items()
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
