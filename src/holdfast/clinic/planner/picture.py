"""The picture that matters most: power and bias against expectancy, two designs, drawn on the server.

Places only; colours and line styles are classes of the style sheet, so that light, dark and a
grey printer each have their own. Every point has its interval; each line carries its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from holdfast.clinic.planner.figures import WIDE, percent, signed
from holdfast.clinic.planner.simulating import Point

LEFT, RIGHT, TOP, BOTTOM = 46.0, 262.0, 16.0, 206.0
WIDTH, HEIGHT = 376, 250
APART = 15.0
"""Names at the ends of two lines keep this distance."""
LONGEST_NAME = 17


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its interval, as places in the picture."""

    x: str
    y: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One design's line: class, name, path, marks, and where the name stands."""

    kind: str
    name: str
    path: str
    marks: tuple[Mark, ...]
    name_y: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick of an axis."""

    at: str
    label: str
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One half of the picture."""

    code: str
    title: str
    summary: str
    ticks: tuple[Tick, ...]
    along: tuple[Tick, ...]
    curves: tuple[Curve, ...]
    here: str


@dataclass(frozen=True, slots=True)
class Row:
    """The same as a row of a table: expectancy, then power and bias of each design."""

    expectancy: str
    cells: tuple[str, ...]


Reading = Callable[[Point], tuple[float, float, float]]


def panels(
    curves: Mapping[str, Sequence[Point]], names: Mapping[str, str], *, expectancy: float
) -> tuple[Panel, Panel]:
    """Power on the left, bias at equal belief on the right; axes alone while there are no points."""
    low, high = _bias_range([point for curve in curves.values() for point in curve])
    step = 2.0 if high - low <= 14 else 5.0
    first = math.ceil(low / step)
    biases = [step * k for k in range(first, math.floor(high / step) + 1)]
    return (
        _panel("power", _("Power"), curves, names, expectancy, _power, (0.0, 1.0),
               [(value, f"{100 * value:.0f} %") for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]),
        _panel("bias", _("Bias at equal belief, points"), curves, names, expectancy, _bias, (low, high),
               [(value, signed(value, 0)) for value in biases]),
    )  # fmt: skip


def rows(curves: Mapping[str, Sequence[Point]]) -> tuple[Row, ...]:
    """The picture as a table."""
    found = []
    for place, point in enumerate(curves.get("mine", ())):
        cells = []
        for curve in curves.values():
            at = curve[place]
            bias, power = at.against.bias, (at.power, at.lower, at.upper)
            cells.append("{} ({}–{})".format(*(percent(each) for each in power)))
            cells.append(f"{signed(bias.estimate, 2)} ± {WIDE * bias.se:.2f}")
        found.append(Row(f"{100 * point.expectancy:.0f} %", tuple(cells)))
    return tuple(found)


def _power(point: Point) -> tuple[float, float, float]:
    return point.power, point.lower, point.upper


def _bias(point: Point) -> tuple[float, float, float]:
    bias = point.against.bias
    half = WIDE * bias.se
    return bias.estimate, bias.estimate - half, bias.estimate + half


def _bias_range(points: Sequence[Point]) -> tuple[float, float]:
    """From the lowest to the highest interval in whole pairs of points, zero always inside."""
    ends = [end for point in points for end in _bias(point)[1:] if math.isfinite(end)]
    low, high = min([*ends, -10.0]), max([*ends, 1.0])
    return 2.0 * math.floor(low / 2.0), 2.0 * math.ceil(high / 2.0)


def _panel(
    code: str, title: str, curves: Mapping[str, Sequence[Point]], names: Mapping[str, str], expectancy: float,
    reading: Reading, scale: tuple[float, float], ticks: Sequence[tuple[float, str]],
) -> Panel:  # fmt: skip
    def y(value: float) -> float:
        low, high = scale
        return BOTTOM - (min(max(value, low), high) - low) / (high - low) * (BOTTOM - TOP)

    drawn = [_curve(kind, names[kind], curve, reading, y) for kind, curve in curves.items() if curve]
    return Panel(
        code=code,
        title=title,
        summary=_summary(title, curves, names, reading, code),
        ticks=tuple(Tick(_at(y(value)), label, code == "bias" and value == 0) for value, label in ticks),
        along=tuple(Tick(_at(_x(share)), f"{100 * share:.0f} %") for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        curves=_apart(drawn),
        here=_at(_x(expectancy)),
    )


def _curve(
    kind: str, name: str, points: Sequence[Point], reading: Reading, y: Callable[[float], float]
) -> Curve:
    marks = []
    for point in points:
        middle, low, high = reading(point)
        marks.append(Mark(_at(_x(point.expectancy)), _at(y(middle)), _at(y(low)), _at(y(high))))
    path = "M" + "L".join(f"{mark.x} {mark.y}" for mark in marks)
    short = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
    return Curve(kind, short, path, tuple(marks), marks[-1].y)


def _apart(curves: Sequence[Curve]) -> tuple[Curve, ...]:
    """Names moved so that they do not lie upon each other."""
    if len(curves) != 2:
        return tuple(curves)
    upper, lower = sorted(curves, key=lambda curve: float(curve.name_y))
    short = APART - (float(lower.name_y) - float(upper.name_y))
    if short > 0:
        up = max(float(upper.name_y) - short / 2, TOP)
        upper, lower = _moved(upper, up), _moved(lower, up + APART)
    return tuple(sorted((upper, lower), key=lambda curve: curve.kind != "mine"))


def _moved(curve: Curve, y: float) -> Curve:
    return Curve(curve.kind, curve.name, curve.path, curve.marks, _at(y))


def _summary(
    title: str, curves: Mapping[str, Sequence[Point]], names: Mapping[str, str], reading: Reading, code: str
) -> str:
    """What the picture shows, in a sentence for who cannot see it."""
    parts = []
    for kind, curve in curves.items():
        if curve:
            first, last = (
                percent(reading(each)[0], 0) if code == "power" else signed(reading(each)[0], 1)
                for each in (curve[0], curve[-1])
            )
            parts.append(
                _("%(name)s from %(first)s without expectancy to %(last)s where all is expectancy")
                % {"name": names[kind], "first": first, "last": last}
            )
    return f"{title}: " + ("; ".join(parts) if parts else _("not drawn yet")) + "."


def _x(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def _at(place: float) -> str:
    return f"{place:.1f}"
