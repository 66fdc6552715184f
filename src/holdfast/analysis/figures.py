"""The report's pictures, as SVG text: direct labels, intervals, shapes that survive a grey printer.

Deterministic: the same results give the same bytes.
"""

from __future__ import annotations

from typing import Any

from holdfast.analysis.canvas import LINE, QUIET, STYLES, axes_of
from holdfast.analysis.results import ALL, Flow, MeanAtVisit, Vitals

LONG = 18
"""Weeks beyond which words would run into each other below the axis."""

Roles = dict[str, str]
"""Role of each arm code: "experimental" or "comparator"."""


def style_of(group: str, roles: Roles) -> tuple[str, str, str]:
    """Colour, marker and line style of a group."""
    return STYLES[roles.get(group, "")]


def means_by_visit(
    means: tuple[MeanAtVisit, ...], *, roles: Roles, labels: dict[str, str], ylabel: str
) -> str:
    """Mean scores with 95 % intervals by week, each group labelled at its last point."""
    groups = list(dict.fromkeys(row.group for row in means))
    weeks = sorted({row.week or 0 for row in means})
    apart = 0.25 * max(1.0, max(weeks) / LONG)
    with axes_of(7.2, 3.9) as (_, axes, drawn):
        for place, group in enumerate(groups):
            colour, marker, line = style_of(group, roles)
            own = [row for row in means if row.group == group and row.n > 0]
            x = [(row.week or 0) + (place - (len(groups) - 1) / 2) * apart for row in own]
            y = [row.mean for row in own]
            low = [row.mean - row.lower if row.n > 1 else 0 for row in own]
            high = [row.upper - row.mean if row.n > 1 else 0 for row in own]
            axes.errorbar(
                x, y, yerr=[low, high], color=colour, marker=marker, linestyle=line, capsize=3, markersize=6
            )
            if own:
                axes.annotate(
                    labels.get(group, group),
                    (x[-1], y[-1]),
                    xytext=(9, 0),
                    textcoords="offset points",
                    va="center",
                    color=colour,
                    fontweight="bold",
                )
        if max(weeks) > LONG:
            axes.set_xticks(weeks, [str(week) for week in weeks])
            axes.set_xlabel("Weeks since randomisation; 0 is baseline")
        else:
            axes.set_xticks(weeks, ["Baseline" if week == 0 else f"Week {week}" for week in weeks])
        axes.set_xlim(-1, max(weeks) * 1.32 + 1)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(ylabel)
        axes.grid(axis="y", color=LINE, linewidth=0.7)
    return drawn[0]


def session_vitals(vitals: Vitals, *, roles: Roles, labels: dict[str, str]) -> str:
    """Blood pressure, pulse and temperature over a dosing session: mean and 5th to 95th percentile."""
    lanes = [
        ("SYSBP", "Systolic\nmmHg"),
        ("DIABP", "Diastolic\nmmHg"),
        ("PULSE", "Pulse\n/min"),
        ("TEMP", "Temp.\n°C"),
    ]
    groups = list(dict.fromkeys(band.group for band in vitals.bands))
    with axes_of(7.2, 6.4, rows=len(lanes)) as (_, axes, drawn):
        for axis, (code, label) in zip(axes, lanes, strict=True):
            for group in groups:
                colour, _, line = style_of(group, roles)
                own = [band for band in vitals.bands if band.group == group and band.parameter == code]
                hours = [band.minute / 60 for band in own]
                axis.fill_between(
                    hours, [b.low for b in own], [b.high for b in own], color=colour, alpha=0.13, linewidth=0
                )
                axis.plot(hours, [band.mean for band in own], color=colour, linestyle=line, linewidth=1.6)
                if own and code == "SYSBP":
                    middle = own[len(own) // 3]
                    axis.annotate(
                        labels.get(group, group),
                        (middle.minute / 60, middle.mean),
                        # Below its own line where another arm's line runs above it.
                        xytext=(0, -14 if roles.get(group) == "comparator" else 7),
                        textcoords="offset points",
                        color=colour,
                        fontweight="bold",
                    )
            axis.axvline(0, color=QUIET, linewidth=0.8, linestyle=":")
            axis.set_ylabel(label)
            axis.grid(axis="y", color=LINE, linewidth=0.7)
        axes[-1].set_xlabel("Hours since the first dose")
    return drawn[0]


SHOWN_REASONS = 5
IN_A_LINE = 3
"""Visits in a line of a box."""


def flow_diagram(flow: Flow, *, labels: dict[str, str], visits: dict[str, str]) -> str:
    """Participant flow after CONSORT 2010."""
    groups = list(flow.randomised)
    centre = 3.1
    with axes_of(7.2, 4.6) as (_, axes, drawn):
        axes.axis("off")
        axes.set_xlim(0, 10)
        axes.set_ylim(0.6, 10)
        _box(axes, centre, 9.4, f"In touch with the study\nn = {flow.contacted}")
        _box(axes, 7.6, 8.55, f"Not screened  n = {flow.contacted - flow.consented}", left=True)
        _line(axes, (centre, 8.95), (centre, 8.15))
        _line(axes, (centre, 8.55), (5.78, 8.55))
        _box(axes, centre, 7.7, f"Consented and screened\nn = {flow.consented}")
        _box(axes, 7.6, 6.45, _screened_out(flow), left=True)
        _line(axes, (centre, 7.25), (centre, 5.65))
        _line(axes, (centre, 6.45), (5.78, 6.45))
        _box(axes, centre, 5.2, f"{flow.entry}\nn = {sum(flow.randomised.values())}")
        centres = [2.4, 7.6] if len(groups) > 1 else [centre]
        axes.plot([centre, centre], [4.75, 4.45], color=QUIET, linewidth=0.9)
        axes.plot([min(*centres, centre), max(*centres, centre)], [4.45, 4.45], color=QUIET, linewidth=0.9)
        for place, group in zip(centres, groups, strict=False):
            _line(axes, (place, 4.45), (place, 4.0))
            _box(axes, place, 3.5, _allocated(flow, group, labels))
            _line(axes, (place, 3.0), (place, 2.5))
            _box(axes, place, 1.7, _followed(flow, group, visits))
    return drawn[0]


def _screened_out(flow: Flow) -> str:
    lines = [f"Did not enter  n = {flow.screen_failed}"]
    reasons = list(flow.screen_failures.items())
    lines += [f"   {n}  {reason}" for reason, n in reasons[:SHOWN_REASONS]]
    if rest := sum(n for _, n in reasons[SHOWN_REASONS:]):
        lines.append(f"   {rest}  other reasons")
    if flow.in_screening:
        lines.append(f"In screening now  n = {flow.in_screening}")
    return "\n".join(lines)


def _allocated(flow: Flow, group: str, labels: dict[str, str]) -> str:
    name = labels.get(group, group) if group != ALL else "All arms (blinded)"
    return f"{name}\nn = {flow.randomised[group]}, given a dose {flow.dosed[group]}"


def _followed(flow: Flow, group: str, visits: dict[str, str]) -> str:
    told = [f"{visits.get(visit, visit)} {n[group]}" for visit, n in flow.assessed.items()]
    lines = [told[at : at + IN_A_LINE] for at in range(0, len(told), IN_A_LINE)]
    assessed = ",\n".join(", ".join(line) for line in lines)
    return (
        f"Stopped treatment {flow.treatment_stopped[group]}, left the study {flow.left_study[group]}\n"
        f"Assessed: {assessed}\nCompleted {flow.completed[group]}, under way {flow.ongoing[group]}"
    )


def _box(axes: Any, x: float, y: float, text: str, *, left: bool = False) -> None:
    axes.text(
        5.9 if left else x,
        y,
        text,
        ha="left" if left else "center",
        va="center",
        fontsize=8.5,
        linespacing=1.35,
        bbox={"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": QUIET, "linewidth": 0.9},
    )


def _line(axes: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "-|>", "color": QUIET, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=arrow)
