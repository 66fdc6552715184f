"""The planner's pictures, as SVG text: direct labels, intervals, shapes that survive a grey printer.

Deterministic: the same outcomes give the same bytes.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from holdfast.analysis.canvas import LINE, PRIMARY, QUIET, SECOND, TEXT, axes_of
from holdfast.planning.moments import Mean, Share
from holdfast.planning.outcome import Outcome
from holdfast.planning.tornado import Bar, Tornado, bias_of
from holdfast.planning.wording import NORMAL, design_name, plain, signless_zero

LOOKS = ((SECOND, "s", "--"), (PRIMARY, "o", "-"), (QUIET, "^", "-."), (TEXT, "D", ":"))
"""Colour, marker and line of the first, second, … study: none differs by colour alone."""
SHOWN = 12
"""Bars of the tornado that are drawn; the table has all."""

Curves = Mapping[str, Sequence[Outcome]]
Name = tuple[float, str, str]
"""The height a name belongs to, the name, and its colour."""
Point = tuple[float, float, float, float]
"""Expectancy in percent, value, lower and upper end of its 95 % Monte-Carlo interval."""


def over_expectancy(curves: Curves) -> str:
    """Power, and bias against the effect at equal belief, over the expectancy share, a line per study."""
    with axes_of(9.4, 4.3, columns=2) as (_, axes, drawn):
        power, bias = axes
        names = _panel(power, curves, lambda each: _share(each.power))
        power.set_ylim(-2, 103)
        power.set_yticks([0, 20, 40, 60, 80, 90, 100])
        for line in (80, 90):
            power.axhline(line, color=QUIET, linewidth=1.0, linestyle=(0, (1, 2)), zorder=0)
        _finished(power, names, "Power", "% of trials")
        names = _panel(bias, curves, lambda each: _mean(bias_of(each)))
        _zero_line(bias)
        _finished(bias, names, "Bias against the effect at equal belief", "CAPS-5 points")
    return drawn[0]


def rejections(curves: Curves) -> str:
    """Rejections though pharmacology is zero and belief acts, beside the type I error of identical arms."""
    with axes_of(9.4, 3.9, columns=2) as (_, axes, drawn):
        belief, false = axes
        names = _panel(belief, curves, lambda each: _share(each.belief_only))
        belief.set_ylim(-2, 103)
        _finished(belief, names, "Rejections though pharmacology is zero\nand belief acts", "% of trials")
        names = _panel(false, curves, lambda each: _share(each.type_one_error))
        tops = [false.get_ylim()[1], *(160.0 * each.alpha for own in curves.values() for each in own)]
        false.set_ylim(0, 1.05 * max(tops))
        for level in _levels(curves):
            false.axhline(100 * level, color=TEXT, linewidth=1.0, linestyle=(0, (1, 2)), zorder=0)
        levels = " and ".join(f"{plain(100 * level)} %" for level in _levels(curves))
        _in_corner(false, f"dotted: nominal level {levels}", 0.94)
        _finished(false, names, "Type I error: both arms get\nwhat the comparator gets", "% of trials")
    return drawn[0]


def tornado_bars(tornado: Tornado) -> str:
    """The widest bars: what each end of an assumption's range does to power, and to the bias."""
    bars = tornado.bars[:SHOWN]
    with axes_of(9.4, 1.5 + 0.46 * len(bars), columns=2, sharex=False) as (_, axes, drawn):
        power, bias = axes
        base = tornado.base.power
        for place, bar in enumerate(bars):
            for end, up in ((bar.low, True), (bar.high, False)):
                _bar(power, place, up=up, start=0.0, end=_against(end.power, base), text=plain(end.value))
                if (found := _mean(end.bias)) is not None and (own := bias_of(tornado.base)) is not None:
                    _bar(bias, place, up=up, start=own.estimate, end=found, text=plain(end.value))
        _labelled(power, bars)
        bias.set_yticks([])
        power.axvline(0, color=TEXT, linewidth=1.0)
        power.set_xlabel(f"Power, percentage points from {100 * base.estimate:.1f} % as planned")
        bias.set_xlabel("Bias against the effect at equal belief, CAPS-5 points")
        if (own := bias_of(tornado.base)) is not None:
            bias.axvline(own.estimate, color=TEXT, linewidth=1.0)
            bias.axvline(0, color=QUIET, linewidth=1.0, linestyle=(0, (1, 2)), zorder=0)
        for axis in axes:
            _roomy(axis, len(bars))
        if tornado.bars and bias_of(tornado.base) is not None:
            bias.annotate(
                "no bias", (0, -0.6), xytext=(0, 3), textcoords="offset points",
                ha="center", color=QUIET, fontsize=8.5,
            )  # fmt: skip
    return drawn[0]


def _panel(
    axis: Any, curves: Curves, of: Callable[[Outcome], tuple[float, float, float] | None]
) -> list[Name]:
    """A line per study with intervals; the names for their last points."""
    names: list[Name] = []
    for place, (study, outcomes) in enumerate(curves.items()):
        colour, marker, line = LOOKS[place % len(LOOKS)]
        own = _points(outcomes, of)
        if not own:
            continue
        # Studies stand a little apart, so that an interval never hides behind another.
        x = [each[0] + 1.2 * (place - (len(curves) - 1) / 2) for each in own]
        y = [each[1] for each in own]
        error = [[each[1] - each[2] for each in own], [each[3] - each[1] for each in own]]
        axis.errorbar(
            x, y, yerr=error, color=colour, marker=marker, linestyle=line,
            capsize=3, markersize=6, linewidth=1.7,
        )  # fmt: skip
        names.append((y[-1], f"{_two_lines(design_name(study))}\nn = {outcomes[0].n}", colour))
    axis.set_xlim(-5, 148)
    return names


def _points(
    outcomes: Sequence[Outcome], of: Callable[[Outcome], tuple[float, float, float] | None]
) -> list[Point]:
    found = []
    for each in outcomes:
        value = of(each)
        if value is not None and not math.isnan(value[0]):
            found.append((100.0 * each.expectancy, *value))
    return sorted(found)


def _name_lines(axis: Any, names: Sequence[Name]) -> None:
    """Names beside the last points, moved apart where they would run into each other."""
    from matplotlib.transforms import offset_copy

    tall = 44.0
    # Heights in points on paper: the axis is some 3 inches high.
    low, high = axis.get_ylim()
    scale = 205.0 / (high - low)
    ordered = sorted(names)
    wanted = [(y - low) * scale for y, _, _ in ordered]
    moved = list(wanted)
    for place in range(1, len(moved)):
        moved[place] = max(moved[place], moved[place - 1] + tall)
    shift = (sum(moved) - sum(wanted)) / max(len(moved), 1)
    for (y, text, colour), at, was in zip(ordered, moved, wanted, strict=True):
        beside = offset_copy(axis.transData, fig=axis.figure, x=9, y=at - was - shift, units="points")
        axis.text(
            101, y, text, transform=beside, va="center", color=colour, fontweight="bold", fontsize=8.8,
            linespacing=1.15, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )  # fmt: skip


def _two_lines(name: str) -> str:
    return "\n".join(textwrap.wrap(name, 12, break_on_hyphens=False, break_long_words=False))


def _levels(curves: Curves) -> list[float]:
    return sorted({each.alpha for own in curves.values() for each in own})


def _in_corner(axis: Any, text: str, height: float) -> None:
    axis.text(0.02, height, text, transform=axis.transAxes, color=QUIET, fontsize=8.5, va="bottom")


def _finished(axis: Any, names: Sequence[Name], title: str, unit: str) -> None:
    """Title, axes and the lines' names, once the limits of the axis stand."""
    axis.set_title(title, loc="left", fontsize=10.5, fontweight="bold", color=TEXT, pad=10)
    axis.set_ylabel(unit)
    axis.set_xticks([0, 25, 50, 75, 100])
    axis.set_xlabel("Expectancy: % of the published contrast", loc="left")
    axis.grid(axis="y", color=LINE, linewidth=0.7)
    axis.set_axisbelow(True)
    _name_lines(axis, names)


def _zero_line(axis: Any) -> None:
    low, high = axis.get_ylim()
    span = high - low
    axis.set_ylim(min(low - 0.14 * span, -1.0), max(high + 0.08 * span, 1.0))
    axis.axhline(0, color=TEXT, linewidth=1.0, zorder=0)
    axis.annotate(
        "no bias", (143, 0), xytext=(0, 4), textcoords="offset points",
        ha="right", color=QUIET, fontsize=8.5,
    )  # fmt: skip
    _in_corner(axis, "below 0: the drug seems to do more than it does", 0.015)


def _share(share: Share | None) -> tuple[float, float, float] | None:
    return None if share is None else (100 * share.estimate, 100 * share.lower, 100 * share.upper)


def _mean(mean: Mean | None) -> tuple[float, float, float] | None:
    if mean is None or math.isnan(mean.estimate):
        return None
    return mean.estimate, mean.estimate - NORMAL * mean.se, mean.estimate + NORMAL * mean.se


def _against(share: Share, base: Share) -> tuple[float, float, float]:
    """A difference of powers in percentage points, with the interval it had if the runs shared no numbers."""
    difference, error = share.estimate - base.estimate, NORMAL * math.hypot(share.se, base.se)
    return 100 * difference, 100 * (difference - error), 100 * (difference + error)


def _bar(
    axis: Any, place: int, *, up: bool, start: float, end: tuple[float, float, float], text: str
) -> None:
    """One end of a range: the low end hollow and above, the high end filled and below."""
    y, value = place + (-0.2 if up else 0.2), end[0]
    look = (
        {"facecolor": "white", "edgecolor": SECOND, "hatch": "/////"}
        if up
        else {"facecolor": PRIMARY, "edgecolor": PRIMARY}
    )
    axis.barh(y, value - start, left=start, height=0.34, linewidth=0.9, **look)
    axis.plot(end[1:], [y, y], color=TEXT, linewidth=0.9)
    left = value < start
    axis.annotate(
        text, (min(end[1], value) if left else max(end[2], value), y), xytext=(-4 if left else 4, 0),
        textcoords="offset points", ha="right" if left else "left", va="center_baseline", fontsize=7.8,
        color=SECOND if up else PRIMARY,
    )  # fmt: skip


def _labelled(axis: Any, bars: Sequence[Bar]) -> None:
    axis.set_yticks(range(len(bars)), [_named(bar) for bar in bars], fontsize=8.6, color=TEXT)
    axis.tick_params(axis="y", length=0)


def _named(bar: Bar) -> str:
    return textwrap.fill(f"{bar.parameter.label} ({bar.parameter.alias})", 36, break_on_hyphens=False)


def _roomy(axis: Any, rows: int) -> None:
    """Room beside the longest bars for their values; the widest bar on top."""
    low, high = axis.get_xlim()
    room = 0.09 * (high - low)
    axis.set_xlim(low - room, high + room)
    axis.set_ylim(rows - 0.4, -0.6)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=LINE, linewidth=0.7)
    axis.set_axisbelow(True)


def seen(curves: Curves) -> str:
    """What the first picture shows, in words, for those who do not see it."""
    told = []
    for study, outcomes in curves.items():
        parts = []
        for each in sorted(outcomes, key=lambda one: one.expectancy):
            bias = bias_of(each)
            share, power = 100 * each.expectancy, 100 * each.power.estimate
            text = f"at {share:.0f} % expectancy power {power:.0f} %"
            parts.append(text + (f" and bias {_signed(bias)} points" if bias else ""))
        told.append(f"{design_name(study)}: {', '.join(parts)}.")
    return " ".join(told)


def _signed(mean: Mean) -> str:
    return signless_zero(f"{mean.estimate:.1f}".replace("-", "\N{MINUS SIGN}"))
