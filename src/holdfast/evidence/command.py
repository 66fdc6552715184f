"""What ``holdfast evidence`` does between parsing and printing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from holdfast.errors import ImpossibleValue
from holdfast.evidence.certainty import certainty, decisions, elsewhere
from holdfast.evidence.expectations import EXPECTED, Expectation, expect
from holdfast.evidence.harms import harms
from holdfast.evidence.outline import outline
from holdfast.evidence.synthesis import POOLED, Synthesis, synthesise
from holdfast.evidence.trials import trials
from holdfast.protocol.page import html
from holdfast.protocol.terminal import print_outline
from holdfast.protocol.writing import write_whole


def as_json() -> dict[str, Any]:
    """Each synthesis with its trials, people of a hundred, harms, certainty, decisions, trials."""
    return {
        "synthesis": {outcome: _synthesis(synthesise(outcome)) for outcome in POOLED},
        "of_hundred": {outcome: _expectation(expect(outcome)) for outcome in EXPECTED},
        "harms": harms().model_dump(mode="json"),
        "elsewhere": elsewhere().model_dump(mode="json"),
        "certainty": certainty().model_dump(mode="json"),
        "regulators": decisions().model_dump(mode="json"),
        "trials": [each.model_dump(mode="json") for each in trials()],
    }


def _synthesis(found: Synthesis) -> dict[str, Any]:
    between = found.pooled.heterogeneity
    return {
        "measure": found.measure,
        "effect": found.effect,
        "interval": found.interval,
        "prediction": found.prediction,
        "people": found.people,
        "tau2": between.tau2,
        "q": between.q,
        "df": between.df,
        "warnings": found.pooled.warnings,
        "trials": [
            {
                "trial": each.trial.trial,
                "effect": each.effect,
                "interval": each.interval,
                "weight_percent": each.weight,
                "row": each.row.model_dump(mode="json"),
            }
            for each in found.contributions
        ],
    }


def _expectation(found: Expectation) -> dict[str, Any]:
    return {
        "mdma_with_therapy": asdict(found.mdma),
        "placebo_with_therapy": asdict(found.placebo),
        "weeks": found.weeks,
        "figure": found.figure.model_dump(mode="json"),
    }


def evidence(*, json_wanted: bool, out: Path | None, console: Console) -> None:
    """Print the evidence, or write it as HTML or JSON; ImpossibleValue for another kind of file."""
    if out is not None and out.suffix.lower() not in (".html", ".json"):
        raise ImpossibleValue(f"{out} is neither .html nor .json; name one of them.")
    text = ""
    if json_wanted or (out is not None and out.suffix.lower() == ".json"):
        text = json.dumps(as_json(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    elif out is not None:
        text = html(outline())
    if out is not None:
        write_whole(out, text)
        console.print(f"Wrote {out}.", markup=False, soft_wrap=True)
    elif text:
        print(text, end="")
    else:
        print_outline(outline(), console=console)
