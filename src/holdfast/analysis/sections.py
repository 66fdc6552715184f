"""Tables of the report as plain values: caption, head, rows of text."""

from __future__ import annotations

import math
from dataclasses import dataclass

from holdfast.analysis.results import Conduct, Estimate, GuessRow, Safety, Vitals

PEAKS = {
    "SYSBP": "Systolic, mmHg",
    "DIABP": "Diastolic, mmHg",
    "PULSE": "Pulse, /min",
    "TEMP": "Temperature, °C",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of text; the first column is the label."""

    caption: str
    head: list[str]
    rows: list[list[str]]


def number(value: float | None, places: int = 1) -> str:
    """A number with a true minus sign; "not known" where there is none."""
    if value is None or math.isnan(value):
        return "not known"
    return f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}")


def _interval(estimate: Estimate | None, *, percent: bool = False) -> str:
    if estimate is None or estimate.estimate is None or estimate.lower is None or estimate.upper is None:
        return "not known"
    scale, unit, places = (100, " %", 0) if percent else (1, "", 2)
    low, high = number(scale * estimate.lower, places), number(scale * estimate.upper, places)
    return f"{number(scale * estimate.estimate, places)}{unit} ({low} to {high})"


def event_tables(safety: Safety, labels: dict[str, str]) -> list[Table]:
    """Two tables: the overview, and people and events by term."""
    groups = list(safety.denominators)
    head = ["", *[f"{labels.get(g, g)}, n\u00a0=\u00a0{safety.denominators[g]}" for g in groups]]
    rows = [
        ["Any event", *[str(safety.any_event[g]) for g in groups]],
        ["Serious event", *[str(safety.serious[g]) for g in groups]],
    ]
    rows += [
        [f"Of special interest: {kind}", *[str(n[g]) for g in groups]] for kind, n in safety.special.items()
    ]
    terms = [
        [
            row.term + (" (prompted)" if row.prompted and "prompted" not in row.term.lower() else ""),
            *[f"{row.people[g]} ({row.events[g]})" for g in groups],
        ]
        for row in safety.rows
    ]
    return [
        Table("People with at least one event", head, rows),
        Table("By term: people (events)", head, terms),
    ]


def peak_table(vitals: Vitals, labels: dict[str, str]) -> Table:
    """Mean of each session's highest reading, with 95 % interval, by group."""
    groups = list(next(iter(vitals.peaks.values()), {}))
    rows = []
    for code, label in PEAKS.items():
        found = vitals.peaks.get(code, {})
        cells = []
        for group in groups:
            peak = found.get(group)
            text = "not known"
            if peak and peak.lower is not None and peak.upper is not None:
                span = f"{number(peak.lower)} to {number(peak.upper)}"
                text = f"{number(peak.estimate)} ({span}), {peak.n} sessions"
            cells.append(text)
        rows.append([label, *cells])
    return Table(
        "Highest reading of a session: mean (95 % interval)", ["", *[labels.get(g, g) for g in groups]], rows
    )


def guess_table(guesses: tuple[GuessRow, ...], labels: dict[str, str]) -> Table:
    """Guesses by evaluator, visit and group."""
    unblinded = any(row.correct is not None for row in guesses)
    head = ["Who guessed", "Visit", "Group", "n", "Said MDMA", "Said comparator"]
    head += ["Right (95 % interval)", "Bang's index (95 % interval)"] if unblinded else []
    rows = []
    for row in guesses:
        cells = [
            row.evaluator,
            labels.get(row.visit, row.visit),
            labels.get(row.group, row.group),
            str(row.n),
            str(row.experimental),
            str(row.comparator),
        ]
        if unblinded:
            cells += [_interval(row.correct, percent=True), _interval(row.bang)]
        rows.append(cells)
    return Table("Guesses", head, rows)


def conduct_table(conduct: Conduct) -> Table:
    """Records, corrections, late entries and deviations by code."""
    rows = [
        ["Records", str(conduct.records)],
        ["Corrections", str(conduct.corrections)],
        ["Late entries", str(conduct.late_entries)],
    ]
    rows += [[f"Deviation: {code}", str(n)] for code, n in conduct.deviations.items()]
    return Table("", ["", "n"], rows)
