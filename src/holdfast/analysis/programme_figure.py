"""The funnel of programmes: each beside its own limits, by how many were assessed; no order of merit."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.analysis.canvas import PRIMARY, QUIET, TEXT, axes_of
from holdfast.analysis.programmes import ProgrammeOutcome

WIDTHS = (6.0, 1.6)
"""Line widths of inner and outer limits."""
INNER = "#b9b4a6"
"""The inner limits: seen beside the outer ones on a grey printer."""
EXPECTED = 100.0


def funnel(shown: Sequence[ProgrammeOutcome]) -> str:
    """SVG: responders seen of 100 that each programme's own patients let expect, and its limits."""
    with axes_of(6.4, 3.6) as (_, axes, drawn):
        axes.axhline(EXPECTED, color=QUIET, linewidth=0.9, linestyle="--")
        for each in shown:
            if each.responders.expected <= 0:
                continue
            scale = EXPECTED / each.responders.expected
            for limits, width in zip(each.responders.limits, WIDTHS, strict=True):
                ends = [scale * limits.lower, scale * limits.upper]
                axes.plot(
                    [each.assessed] * 2,
                    ends,
                    color=INNER if width > 2 else QUIET,
                    linewidth=width,
                    solid_capstyle="butt",
                    zorder=2 if width > 2 else 3,
                )
            seen = EXPECTED * each.ratio
            axes.plot([each.assessed], [seen], "o", color=PRIMARY, markersize=7, zorder=4)
            axes.annotate(
                each.site,
                (each.assessed, seen),
                xytext=(9, 4),
                textcoords="offset points",
                color=TEXT,
            )
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlim(0, 1.15 * max((each.assessed for each in shown), default=1))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("Assessed, persons")
        axes.set_ylabel("Responders seen of 100 expected")
        axes.annotate(
            "as expected", (0, EXPECTED), xytext=(4, 4), textcoords="offset points", color=QUIET, fontsize=8.5
        )
    return drawn[0]
