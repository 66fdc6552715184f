"""What was asked on the command line: settings, and grids of them, as numbers by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

from holdfast.errors import ImpossibleValue

LARGEST_GRID = 10_000
"""More scenarios than this are a slip of the pen."""


def settings(texts: Sequence[str]) -> dict[str, float]:
    """``name=value`` texts as numbers by name.

    Raises:
        ImpossibleValue: where a text is not of that form, or a name is given twice.
    """
    found: dict[str, float] = {}
    for text in texts:
        name, value = _split(text, "--set")
        if name in found:
            raise ImpossibleValue(f"--set gives {name} twice: give it once.", field=name)
        found[name] = _number(value, name)
    return found


def grids(texts: Sequence[str], *, fixed: Mapping[str, float]) -> list[dict[str, float]]:
    """Every combination of ``name=a,b,c`` texts, each with the ``fixed`` settings, the first name slowest.

    Raises:
        ImpossibleValue: where a text is not of that form, a name is given twice, or there are
            more than ten thousand combinations.
    """
    axes: dict[str, list[float]] = {}
    for text in texts:
        name, values = _split(text, "--grid")
        if name in axes or name in fixed:
            raise ImpossibleValue(f"{name} is given twice: give it once, by --set or by --grid.", field=name)
        axes[name] = list(dict.fromkeys(_number(value, name) for value in values.split(",")))
    count = math.prod(len(values) for values in axes.values())
    if count > LARGEST_GRID:
        raise ImpossibleValue(
            f"This grid has {count:,} scenarios; at most {LARGEST_GRID:,} are taken. Leave out some values."
        )
    return [{**fixed, **dict(zip(axes, values, strict=True))} for values in product(*axes.values())]


def _split(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        example = "expectancy=0.5" if option == "--set" else "expectancy=0,0.5,1"
        raise ImpossibleValue(f"{option} takes name=value, such as {example}; found {text!r}.")
    return name.strip(), value.strip()


def _number(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ImpossibleValue(f"{name} is a number; found {text.strip()!r}.", field=name)
    return number
