"""Tables of the report as plain values: caption, head, rows of text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.analysis.results import (
    ALL,
    Conduct,
    ContinuousResult,
    Estimate,
    Flow,
    GuessRow,
    ProportionResult,
    Safety,
    Vitals,
)

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


def share(part: int, whole: int) -> str:
    """A count with its percentage: "37 (70 %)"; the bare count of nobody."""
    return f"{part} ({number(100 * part / whole, 0)} %)" if whole else str(part)


def span(lower: float | None, upper: float | None, places: int = 1) -> str:
    """An interval in words."""
    return f"{number(lower, places)} to {number(upper, places)}"


def change_table(result: ContinuousResult, labels: Mapping[str, str]) -> Table:
    """Least-squares mean changes with interval and how many responses the model has there."""
    found = {(row.group, row.visit): row for row in result.ls_changes}
    groups = list(dict.fromkeys(row.group for row in result.ls_changes))
    visits = list(dict.fromkeys(row.visit for row in result.ls_changes))
    rows = [
        [
            labels.get(visit, visit),
            *[
                f"{number(row.mean)} ({span(row.lower, row.upper)}), n\u00a0=\u00a0{row.n}"
                for row in (found[group, visit] for group in groups)
            ],
        ]
        for visit in visits
    ]
    head = ["Visit", *[labels.get(group, group) for group in groups]]
    return Table(
        "Least-squares mean change from baseline (95 % interval), n in the model at the visit", head, rows
    )


def contrast_table(result: ContinuousResult, labels: Mapping[str, str]) -> Table:
    """Differences between arms at each visit."""
    several = len({contrast.arm for contrast in result.contrasts}) > 1
    rows = [
        [
            labels.get(c.visit, c.visit) + (f", {labels.get(c.arm, c.arm)}" if several else ""),
            number(c.estimate),
            span(c.lower, c.upper),
            number(c.se, 2),
            number(c.df),
            "not known" if math.isnan(c.p) else f"{c.p:.4f}" if c.p >= 0.0001 else "< 0.0001",
        ]
        for c in result.contrasts
    ]
    first = result.contrasts[0]
    arm = "each arm" if several else labels.get(first.arm, first.arm)
    return Table(
        f"Difference in change: {arm} minus {labels.get(first.reference, first.reference)}",
        ["Visit", "Difference", "95 % interval", "SE", "df", "p"],
        rows,
    )


def proportion_table(results: tuple[ProportionResult, ...], labels: Mapping[str, str]) -> Table:
    """Shares by group with their numbers, and the difference."""
    groups = list(results[0].by_group)
    head = ["Outcome", "Visit", *[labels.get(group, group) for group in groups]]
    head += ["Difference, percentage points"] if len(groups) > 1 else []
    rows = []
    for each in results:
        cells = [_of_whom(each.by_group[group]) for group in groups]
        difference = _interval(each.difference, percent=True) if len(groups) > 1 else ""
        rows.append(
            [
                each.outcome.replace("-", " "),
                labels.get(each.visit, each.visit),
                *cells,
                *([difference.replace("\u00a0%", "")] if len(groups) > 1 else []),
            ]
        )
    return Table("Shares (95 % interval)", head, rows)


def denominators(result: ProportionResult, labels: Mapping[str, str]) -> str:
    """Who is in the shares of a result, in a sentence."""
    told = (
        f"{labels.get(group, group)}: {result.assessed[group]} assessed, "
        f"{result.counted_as_no[group]} counted as no without a rating, "
        f"{result.left_out[group]} left out (neither known)"
        for group in result.by_group
    )
    visit = labels.get(result.visit, result.visit)
    return f"Of those given a dose, at {visit}. {'; '.join(told)}. Missing ratings are not imputed."


def reasons_left(flow: Flow, labels: Mapping[str, str]) -> list[str]:
    """Why people left, a sentence for each arm; none while blinded: a reason may tell a belief."""
    return [
        f"Left the study, {labels.get(group, group)}: "
        + "; ".join(f"{reason} {n}" for reason, n in reasons.items())
        + "."
        for group, reasons in flow.reasons_left.items()
        if reasons and group != ALL
    ]


def _of_whom(estimate: Estimate) -> str:
    if estimate.estimate is None:
        return "not known"
    return f"{_interval(estimate, percent=True)}, {round(estimate.estimate * estimate.n)} of {estimate.n}"


def _interval(estimate: Estimate | None, *, percent: bool = False) -> str:
    if estimate is None or estimate.estimate is None or estimate.lower is None or estimate.upper is None:
        return "not known"
    scale, unit, places = (100, "\u00a0%", 0) if percent else (1, "", 2)
    low, high = number(scale * estimate.lower, places), number(scale * estimate.upper, places)
    return f"{number(scale * estimate.estimate, places)}{unit} ({low} to {high})"


def event_tables(safety: Safety, labels: dict[str, str]) -> list[Table]:
    """Two tables: the overview, and people and events by term."""
    groups = list(safety.denominators)
    head = ["", *[f"{labels.get(g, g)}, n\u00a0=\u00a0{safety.denominators[g]}" for g in groups]]
    counted = {"Any event": safety.any_event, "Severe event": safety.severe, "Serious event": safety.serious}
    counted |= {f"Of special interest: {kind.replace('-', ' ')}": n for kind, n in safety.special.items()}
    rows = [[label, *[share(n[g], safety.denominators[g]) for g in groups]] for label, n in counted.items()]
    terms = [
        [
            row.term + (" (prompted)" if row.prompted and "prompted" not in row.term.lower() else ""),
            *[f"{share(row.people[g], safety.denominators[g])}, {row.events[g]}" for g in groups],
        ]
        for row in safety.rows
    ]
    return [
        Table("People with at least one event: n (%)", head, rows),
        Table("By term: people with it, n (%), and number of events", head, terms),
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
        "Highest reading of a session: mean (95 % interval); sessions are counted as independent, "
        "though a person has up to three: the intervals are somewhat too narrow",
        ["", *[labels.get(g, g) for g in groups]],
        rows,
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
    """Records where their number is told, corrections, late entries and deviations by code."""
    rows = [
        *([] if conduct.records is None else [["Records", str(conduct.records)]]),
        ["Corrections", str(conduct.corrections)],
        ["Late entries", str(conduct.late_entries)],
        *_data_use(conduct),
    ]
    rows += [[f"Deviation: {code.replace('-', ' ')}", str(n)] for code, n in conduct.deviations.items()]
    return Table("", ["", "n"], rows)


def _data_use(conduct: Conduct) -> list[list[str]]:
    if not conduct.data_use_withdrawn:
        return []
    rows = [
        ["Withdrew the use of their data: people", str(conduct.data_use_withdrawn)],
        ["Left out of the analysis for it: forms", str(conduct.forms_left_out)],
    ]
    if conduct.records_left_out is not None:
        rows.append(["Left out of the analysis for it: records in all", str(conduct.records_left_out)])
    return rows
