"""The project's look for pictures on paper: a matplotlib figure as deterministic SVG text."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

TEXT, QUIET, LINE = "#1d2b2a", "#55635f", "#dcd9d0"
PRIMARY, SECOND = "#0f5c5c", "#8a5a00"
STYLES = {"experimental": (PRIMARY, "o", "-"), "comparator": (SECOND, "s", "--"), "": (QUIET, "o", "-")}


@contextmanager
def axes_of(
    width: float, height: float, rows: int = 1, columns: int = 1, *, sharex: bool = True
) -> Iterator[tuple[Any, Any, list[str]]]:
    """A figure in the project's look; what was drawn is put into the list as SVG text.

    Panels have one horizontal axis in common unless ``sharex`` is false.
    """
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    look: dict[Any, Any] = {
        "svg.hashsalt": "holdfast",
        "svg.fonttype": "path",
        "font.family": "DejaVu Sans",
        "font.size": 9.5,
        "axes.edgecolor": QUIET,
        "axes.labelcolor": TEXT,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "text.color": TEXT,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
    }
    drawn: list[str] = []
    with rc_context(look):
        canvas = Canvas(figsize=(width, height), layout="constrained")
        many = rows > 1 or columns > 1
        axes = canvas.subplots(rows, columns, sharex=sharex) if many else canvas.subplots()
        yield canvas, axes, drawn
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": "Holdfast"}, transparent=True)
        drawn.append(out.getvalue())
