"""A hundred people as ten rows of ten: how many, how many not, and the range shaded behind them.

MDMA with therapy is dots, placebo with therapy squares: the arms differ without colour, too.
"""

from __future__ import annotations

from typing import Literal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

ROW, CELL = 10, 10
Arm = Literal["mdma", "placebo"]


def people(
    count: int, *, arm: Arm, label: str, low: int | None = None, high: int | None = None
) -> SafeString:
    """``count`` of a hundred marked; ``low`` to ``high`` shaded. The label says the same in words."""
    shade = ""
    if low is not None and high is not None:
        shade = f'<path class="range" d="{_cells(low, high)}"/>'
    return mark_safe(
        f'<svg class="people" viewBox="-1 -1 102 102" role="img" aria-label="{escape(label)}">{shade}'
        f'<path fill="url(#{arm}-yes)" d="{_cells(0, count)}"/>'
        f'<path fill="url(#{arm}-no)" d="{_cells(count, ROW * ROW)}"/></svg>'
    )


def _cells(start: int, stop: int) -> str:
    """The outline of the cells from ``start`` up to ``stop``, row by row."""
    parts = []
    for row in range(ROW):
        first, last = max(start, row * ROW), min(stop, (row + 1) * ROW)
        if first < last:
            x, width = (first - row * ROW) * CELL, (last - first) * CELL
            parts.append(f"M{x} {row * CELL}h{width}v{CELL}h-{width}z")
    return "".join(parts)
