"""The hours of a dosing day as small charts: each a curve with its bands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from holdfast.clinic.languages.written import number_said
from holdfast.clinic.public.how_data import Lane

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 340.0, 150.0, 40.0, 18.0, 10.0, 24.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Where hours and values lie in a chart."""

    end: float
    low: float
    high: float

    def x(self, hour: float) -> float:
        """From the left."""
        return LEFT + hour / self.end * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """From the top."""
        part = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def chart(
    lane: Lane,
    hours: Sequence[float],
    *,
    label: str,
    from_zero: bool,
    doses: Sequence[float],
    mark: float | None = None,
) -> SafeString:
    """A lane as SVG; ``label`` says in words what it shows, ``mark`` is a value to draw a level line at."""
    scale, ticks = _scale(lane, hours[-1], from_zero=from_zero)
    parts = [*_axes(scale, ticks), *_marks(scale, doses)]
    for css, low, high in (("outer", lane.low, lane.high), ("inner", lane.first, lane.third)):
        around = f"{_points(scale, hours, low)} {_points(scale, hours[::-1], high[::-1])}"
        parts.append(f'<polygon class="{css}" points="{around}"/>')
    if mark is not None:
        parts.append(_level(scale, mark))
    parts.append(f'<polyline class="middle" points="{_points(scale, hours, lane.middle)}"/>')
    return mark_safe(
        f'<svg class="hours" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}{_cursor(scale)}</svg>"
    )


def _scale(lane: Lane, end: float, *, from_zero: bool) -> tuple[Scale, list[float]]:
    top = max(lane.high)
    bottom = 0.0 if from_zero else min(lane.low)
    step = _nice((top - bottom) / 3)
    first, last = step * math.floor(bottom / step), step * math.ceil(top / step)
    count = round((last - first) / step)
    return Scale(end, first, last), [first + step * place for place in range(count + 1)]


def _nice(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)


def _axes(scale: Scale, ticks: Sequence[float]) -> list[str]:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    for tick in ticks:
        at = scale.y(tick)
        parts.append(f'<path class="rule" d="M{LEFT:g} {at:.1f}H{right:g}"/>')
        parts.append(f'<text x="{LEFT - 5:g}" y="{at + 4:.1f}" text-anchor="end">{number_said(tick)}</text>')
    for hour in range(0, int(scale.end) + 1, 2):
        parts.append(f'<text x="{scale.x(hour):.1f}" y="{floor + 17:g}" text-anchor="middle">{hour} h</text>')
    return parts


def _marks(scale: Scale, doses: Sequence[float]) -> list[str]:
    floor = HEIGHT - BOTTOM
    return [f'<path class="dose" d="M{scale.x(hour):.1f} {TOP:g}V{floor:g}"/>' for hour in doses]


def _level(scale: Scale, mark: float) -> str:
    at = scale.y(mark)
    label = f'<text x="{WIDTH - RIGHT:g}" y="{at - 4:.1f}" text-anchor="end">{number_said(mark)}</text>'
    return f'<path class="measured" d="M{LEFT:g} {at:.1f}H{WIDTH - RIGHT:g}"/>{label}'


def _points(scale: Scale, hours: Sequence[float], values: Sequence[float]) -> str:
    return " ".join(
        f"{scale.x(hour):.0f},{scale.y(value):.1f}" for hour, value in zip(hours, values, strict=True)
    )


def _cursor(scale: Scale) -> str:
    """The line that a script moves: where hour 0 is, and how far an hour."""
    per_hour = (WIDTH - LEFT - RIGHT) / scale.end
    span = f'y1="{TOP:g}" y2="{HEIGHT - BOTTOM:g}"'
    return f'<line class="cursor" data-x="{LEFT:g}" data-per-hour="{per_hour:g}" {span}/>'
