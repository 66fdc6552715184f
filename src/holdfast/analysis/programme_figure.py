"""The funnel of programmes: each beside its own limits, by how many were assessed; no order of merit."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.analysis.canvas import LINE, PRIMARY, QUIET, TEXT, axes_of
from holdfast.analysis.programmes import ProgrammeOutcome, ProgrammeOutcomes

WIDTHS = (5.0, 1.6)
"""Line widths of inner and outer limits."""


def funnel(found: ProgrammeOutcomes, shown: Sequence[ProgrammeOutcome]) -> str:
    """SVG: share of responders adjusted to everybody's case-mix, and the limits of each programme."""
    with axes_of(6.4, 3.6) as (_, axes, drawn):
        axes.axhline(100 * found.share, color=QUIET, linewidth=0.9, linestyle="--")
        for each in shown:
            if not each.assessed or each.responders.expected <= 0:
                continue
            scale = 100 * found.share / each.responders.expected
            for limits, width in zip(each.responders.limits, WIDTHS, strict=True):
                ends = [scale * limits.lower, scale * limits.upper]
                axes.plot([each.assessed] * 2, ends, color=LINE if width > 2 else QUIET, linewidth=width)
            axes.plot([each.assessed], [100 * each.adjusted], "o", color=PRIMARY, markersize=5)
            axes.annotate(
                each.site,
                (each.assessed, 100 * each.adjusted),
                xytext=(7, 4),
                textcoords="offset points",
                color=TEXT,
            )
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.12)
        axes.set_xlabel("Assessed, persons")
        axes.set_ylabel("Responders, % (adjusted)")
    return drawn[0]
