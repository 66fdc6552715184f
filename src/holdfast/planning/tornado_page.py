"""The page's part on what was assumed and what would change one's mind: words, picture, tables."""

from __future__ import annotations

from html import escape

from holdfast.analysis.report import figure
from holdfast.analysis.sections import number
from holdfast.planning import pictures
from holdfast.planning.markup import table
from holdfast.planning.tornado import Bar, End, Tornado
from holdfast.planning.wording import design_name, percent, plain, points
from holdfast.simulation.catalogue import Parameter

ENOUGH = 0.8
"""The power below which a plan is commonly thought too weak."""
TORNADO_CAPTION = (
    "One assumption moved at a time, the widest swing of power on top. Hollow: the low end of its range; "
    "filled: the high end; the number is the value there. Thin lines: 95 % Monte-Carlo intervals, too wide "
    "rather than too narrow, because all runs share their random numbers."
)


def section(tornado: Tornado) -> str:
    """Heading, words, picture and tables; nothing where nothing was moved."""
    if not tornado.bars:
        return ""
    base = tornado.base
    alt = " ".join(
        f"{bar.parameter.label}: power {_span_words(bar)}." for bar in tornado.bars[: pictures.SHOWN]
    )
    heads = ["Assumption", "As planned", "Range", "Power at low", "Power at high"]
    heads += ["Swing, percentage points", "Bias at low", "Bias at high"]
    rows = [_bar_row(bar) for bar in tornado.bars]
    aside = [
        [_named(each.parameter), plain(each.parameter.value), _range(each.parameter), each.reason]
        for each in tornado.apart
    ]
    every = [*(bar.parameter for bar in tornado.bars), *(each.parameter for each in tornado.apart)]
    sources = [[_named(each), each.unit, source_of(each)] for each in every]
    return (
        "<h2>What was assumed and what would change my mind</h2>"
        f"<p>{escape(_mind_words(tornado))}</p>"
        + figure(pictures.tornado_bars(tornado), TORNADO_CAPTION, alt=alt)
        + table(
            f"Every scanned assumption at both ends of its range: {design_name(base.study)}, n = {base.n}, "
            f"power as planned {percent(base.power)}. Bias against the effect at equal belief, in points",
            heads,
            rows,
        )
        + table("Not in the primary result here", ["Assumption", "As planned", "Range", "Why"], aside)
        + table(
            "Where these assumptions and their values come from",
            ["Assumption", "Unit", "Status and source"],
            sources,
        )
    )


def _mind_words(tornado: Tornado) -> str:
    weak = [
        f"{bar.parameter.label.lower()} at {plain(end.value)} ({number(100 * end.power.estimate, 0)} %)"
        for bar in tornado.bars
        for end in (bar.low, bar.high)
        if end.power.estimate < ENOUGH <= tornado.base.power.estimate
    ]
    moved = sum(bar.beyond_error for bar in tornado.bars)
    told = (
        f"{len(tornado.bars)} assumptions were moved, one at a time, to both ends of their ranges; "
        f"{moved} moved power beyond Monte-Carlo error. "
    )
    if tornado.base.power.estimate < ENOUGH:
        return told + "Power as planned is below 80 % already."
    if not weak:
        return told + "None alone takes power below 80 %."
    return told + f"Power falls below 80 % with: {'; '.join(weak)}."


def _span_words(bar: Bar) -> str:
    def at(end: End) -> str:
        return f"{number(100 * end.power.estimate, 0)} % at {plain(end.value)}"

    return f"{at(bar.low)}, {at(bar.high)}"


def _bar_row(bar: Bar) -> list[str]:
    return [
        _named(bar.parameter),
        plain(bar.parameter.value),
        _range(bar.parameter),
        percent(bar.low.power),
        percent(bar.high.power),
        _swing(bar),
        points(bar.low.bias),
        points(bar.high.bias),
    ]


def _swing(bar: Bar) -> str:
    """All runs share their random numbers: what changes nothing changes exactly nothing."""
    if bar.swing == 0.0 and not bar.bias_swing > 0.0:
        return "none at all"
    return number(bar.swing) + ("" if bar.beyond_error else ", within error")


def _named(parameter: Parameter) -> str:
    return f"{parameter.label} ({parameter.alias})"


def _range(parameter: Parameter) -> str:
    return f"{plain(parameter.scan[0])} to {plain(parameter.scan[1])}" if parameter.scan else ""


def valued(parameter: Parameter) -> str:
    """A value with its unit."""
    unit = "" if parameter.unit in {"1", "share"} else f" {parameter.unit}"
    return f"{plain(parameter.value)}{unit}"


def source_of(parameter: Parameter) -> str:
    """How a value is known and where it comes from."""
    status = parameter.status.value.replace("_", " ")
    said = parameter.source.removeprefix(f"{status}: ")
    return f"{status}: {said}"
