"""Charts of bands over hours as SVG text: lanes under one another, named directly, light and dark.

Written by hand because it is small: text stays text, colours follow the reader's scheme
through classes, and what is drawn depends on nothing but its numbers.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

import numpy as np

from holdfast.pharmacology.system import Floats

WIDTH, LEFT, RIGHT = 900.0, 60.0, 250.0
LANE, GAP, HEAD = 116.0, 58.0, 40.0
FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

STYLE = (
    ".ground{fill:#fbfaf7}.text{fill:#1d2b2a}.quiet{fill:#55635f}.rule{stroke:#dcd9d0}.axis{stroke:#55635f}"
    ".outer{fill:#0f5c5c;fill-opacity:.15}.inner{fill:#0f5c5c;fill-opacity:.32}.line{stroke:#0f5c5c}"
    ".bound{stroke:#8a5a00}.dose{stroke:#1d2b2a}"
    "@media (prefers-color-scheme:dark){"
    ".ground{fill:#101418}.text{fill:#d7dde2}.quiet{fill:#9fb0b5}.rule{stroke:#2c363d}.axis{stroke:#9fb0b5}"
    ".outer{fill:#5cc2b5;fill-opacity:.17}.inner{fill:#5cc2b5;fill-opacity:.34}.line{stroke:#5cc2b5}"
    ".bound{stroke:#e0b15c}.dose{stroke:#d7dde2}}"
)
"""The tokens of the project's look; on a grey printer tint and dash still tell the parts apart."""


class Lane(NamedTuple):
    """A lane: its title with unit, middle (T,), two bands, the dashed bound if any, and a word on each."""

    title: str
    median: Floats
    half: tuple[Floats, Floats]
    ninety: tuple[Floats, Floats]
    bound: tuple[Floats, Floats] | None
    said: tuple[str, ...]
    from_zero: bool


class Mark(NamedTuple):
    """A vertical line through all lanes, such as a dose."""

    at_h: float
    words: str


class _Frame(NamedTuple):
    """Where a lane lies and what its axes span."""

    top: float
    end: float
    low: float
    high: float

    def x(self, hour: Floats | float) -> Floats:
        return LEFT + np.asarray(hour) / self.end * (WIDTH - LEFT - RIGHT)

    def y(self, value: Floats | float) -> Floats:
        return self.top + LANE - (np.asarray(value) - self.low) / (self.high - self.low) * LANE


def height_of(lanes: int) -> float:
    """The height of so many lanes."""
    return HEAD + lanes * (LANE + GAP) - GAP + 44


def lanes_svg(hours: Floats, lanes: tuple[Lane, ...], marks: tuple[Mark, ...], *, top: float = 0.0) -> str:
    """The lanes as SVG elements from ``top`` down; put them into an ``<svg>`` beside ``STYLE``."""
    drawn = []
    for index, lane in enumerate(lanes):
        low, high, ticks = _scale(lane)
        frame = _Frame(top + HEAD + index * (LANE + GAP), float(hours[-1]), low, high)
        drawn += _axes(frame, lane.title, ticks, last=index == len(lanes) - 1)
        drawn += _marks(frame, marks, named=index == 0)
        drawn += _ribbon(frame, frame.x(hours), lane)
        drawn += _key(frame, lane)
    return "".join(drawn)


def _scale(lane: Lane) -> tuple[float, float, list[float]]:
    shown = [*lane.ninety, *(lane.bound or ())]
    low = 0.0 if lane.from_zero else min(float(each.min()) for each in shown)
    high = max(float(each.max()) for each in shown)
    step = _nice((high - low) / 4)
    first, last = step * np.floor(low / step), step * np.ceil(high / step)
    return float(first), float(last), [float(each) for each in np.arange(first, last + step / 2, step)]


def _nice(rough: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that is not below a rough step."""
    power = 10.0 ** np.floor(np.log10(max(rough, 1e-9)))
    return float(next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999))


def _axes(frame: _Frame, title: str, ticks: list[float], *, last: bool) -> list[str]:
    bottom, right = frame.top + LANE, WIDTH - RIGHT
    parts = [text(LEFT, frame.top - 14, title, size=15, weight=600)]
    places = 1 if ticks[1] - ticks[0] < 1 else 0
    for tick in ticks:
        at = float(frame.y(tick))
        parts.append(_segment(LEFT, at, right, at, "rule"))
        parts.append(text(LEFT - 8, at + 4, f"{tick:.{places}f}", css="quiet", anchor="end"))
    parts.append(_segment(LEFT, bottom, right, bottom, "axis"))
    for hour in range(0, int(frame.end) + 1, 2):
        at = float(frame.x(hour))
        parts.append(_segment(at, bottom, at, bottom + 4, "axis"))
        parts.append(text(at, bottom + 18, f"{hour} h" if last else f"{hour}", css="quiet", anchor="middle"))
    if last:
        parts.append(
            text((LEFT + right) / 2, bottom + 36, "hours since the first dose", css="quiet", anchor="middle")
        )
    return parts


def _marks(frame: _Frame, marks: tuple[Mark, ...], *, named: bool) -> list[str]:
    parts = []
    for mark in marks:
        at = float(frame.x(mark.at_h))
        parts.append(_segment(at, frame.top, at, frame.top + LANE, "dose", 'stroke-dasharray="2 3"'))
        if named:
            parts.append(text(at + 4, frame.top + 10, mark.words))
    return parts


def _ribbon(frame: _Frame, x: Floats, lane: Lane) -> list[str]:
    parts = [
        _area(x, frame.y(band[0]), frame.y(band[1]), css)
        for band, css in ((lane.ninety, "outer"), (lane.half, "inner"))
    ]
    for index, bound in enumerate(lane.bound or ()):
        dash = (
            'stroke-width="1.6" stroke-dasharray="6 4"'
            if index
            else 'stroke-width="1.6" stroke-dasharray="2 3"'
        )
        parts.append(_path(x, frame.y(bound), "bound", dash))
    parts.append(_path(x, frame.y(lane.median), "line", 'stroke-width="2.4"'))
    return parts


def _key(frame: _Frame, lane: Lane) -> list[str]:
    """What each part of the lane is, beside it, with its sample."""
    left, parts = WIDTH - RIGHT + 18, []
    for index, words in enumerate(lane.said):
        at = frame.top + 8 + index * 21
        parts.append(_sample(left, at, index))
        parts.append(text(left + 34, at + 4, words))
    return parts


def _sample(left: float, at: float, index: int) -> str:
    if index in (1, 2):
        css = ("", "inner", "outer")[index]
        return f'<rect class="{css}" x="{left:.0f}" y="{at - 6:.0f}" width="26" height="12"/>'
    more = ('stroke-width="2.4"', "", "", 'stroke-width="1.6" stroke-dasharray="2 3"')
    dash = more[index] if index < len(more) else 'stroke-width="1.6" stroke-dasharray="6 4"'
    return _segment(left, at, left + 26, at, "line" if index == 0 else "bound", dash)


def text(
    x: float,
    y: float,
    words: str,
    *,
    css: str = "text",
    size: int = 12,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    """A line of text as an SVG element."""
    return (
        f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )


def _segment(x1: float, y1: float, x2: float, y2: float, css: str, more: str = "") -> str:
    return f'<line class="{css}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'


def _points(x: Floats, y: Floats) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _path(x: Floats, y: Floats, css: str, more: str) -> str:
    return f'<polyline class="{css}" fill="none" {more} points="{_points(x, y)}"/>'


def _area(x: Floats, low: Floats, high: Floats, css: str) -> str:
    return f'<polygon class="{css}" points="{_points(x, low)} {_points(x[::-1], high[::-1])}"/>'
