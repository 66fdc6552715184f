"""The band of the forecast as plain shapes under the readings of the chart; no lane is widened for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.pharmacology.explain import Band
    from holdfast.pharmacology.system import Floats

THIN = 2
"""Every second of the band's ten minutes is drawn: the courses are smooth, and the page is light."""
Across = Callable[[float], str]
"""From a session minute to a place across."""
Down = Callable[[float], float]
"""From a value to a height, within its lane."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline: "ninety" and "half" are areas, "bound" is the line above which one in twenty lies."""

    kind: str
    points: str


def shapes(time_h: Floats, band: Band, *, x: Across, y: Down) -> tuple[Shape, ...]:
    """The band of one measure: nine of ten, half, and the bound without tolerance."""
    minutes = [60 * float(hour) for hour in time_h[::THIN]]

    def line(values: Floats) -> list[str]:
        return [
            f"{x(minute)},{y(float(value)):.1f}"
            for minute, value in zip(minutes, values[::THIN], strict=True)
        ]

    def area(pair: tuple[Floats, Floats]) -> str:
        return " ".join([*line(pair[0]), *reversed(line(pair[1]))])

    found = [Shape("ninety", area(band.ninety)), Shape("half", area(band.half))]
    if band.untamed is not None:
        found.append(Shape("bound", " ".join(line(band.untamed[1]))))
    return tuple(found)
