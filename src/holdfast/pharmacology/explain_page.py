"""An explained day as one SVG picture or one HTML page; both say in words what they show."""

from __future__ import annotations

import textwrap
from html import escape

import numpy as np

from holdfast.pharmacology.chart import FONT, STYLE, WIDTH, Lane, Mark, height_of, lanes_svg, text
from holdfast.pharmacology.explain import QUANTITIES, Band, Explained, Quantity

LINE = 16
_FROM_ZERO = ("concentration", "oxytocin", "felt_effect")


def svg(answer: Explained) -> str:
    """The picture with its words under it; it stands alone."""
    lanes, marks = _lanes(answer), _marks(answer)
    words = [line for each in (*answer.words, *answer.release) for line in [*textwrap.wrap(each, 128), ""]]
    chart_top = 44.0
    bottom = chart_top + height_of(len(lanes))
    total = bottom + 24 + LINE * len(words)
    lines = "".join(text(20, bottom + 24 + LINE * index, line) for index, line in enumerate(words) if line)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {total:.0f}" width="{WIDTH:.0f}" '
        f'height="{total:.0f}" font-family="{escape(FONT)}" role="img" aria-labelledby="title summary">'
        f'<title id="title">{escape(answer.title)}</title><desc id="summary">{escape(summary(answer))}</desc>'
        f'<style>{STYLE}</style><rect class="ground" width="100%" height="100%"/>'
        f"{text(20, 30, answer.title, size=19, weight=600)}"
        f"{lanes_svg(answer.time_h, lanes, marks, top=chart_top)}{lines}</svg>\n"
    )


def html(answer: Explained) -> str:
    """One page: title, picture, words, the numbers as a table; no script, no other file."""
    said = "".join(f"<li>{escape(each)}</li>" for each in answer.words)
    order = "".join(f"<li>{escape(each)}</li>" for each in answer.release[1:])
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(answer.title)}</title><style>{_CSS}</style></head><body><main>"
        f"<h1>{escape(answer.title)}</h1>"
        "<p class=lead>What published studies would lead one to expect, for staff and researchers. "
        "No dosing advice, no forecast of a person, no alarm.</p>"
        f'<p id="summary">{escape(summary(answer))}</p>'
        f'<div class=wide tabindex=0 role=region aria-label="Chart">{picture(answer)}</div>'
        f"<h2>How to read it</h2><ul>{said}</ul>"
        f"<h2>Which monoamine first</h2><p>{escape(answer.release[0])}</p><ul>{order}</ul>"
        f"<details><summary>Show as table</summary>{tables(answer)}</details></main></body></html>\n"
    )


def picture(answer: Explained) -> str:
    """The chart alone, without the words that it needs beside it."""
    lanes, marks = _lanes(answer), _marks(answer)
    height = height_of(len(lanes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="summary" font-family="{escape(FONT)}"><style>{STYLE}</style>'
        f"{lanes_svg(answer.time_h, lanes, marks)}</svg>"
    )


_CSS = (
    ":root{color-scheme:light dark;--ground:#fbfaf7;--text:#1d2b2a;--quiet:#55635f;--line:#dcd9d0}"
    "@media (prefers-color-scheme:dark){"
    ":root{--ground:#101418;--text:#d7dde2;--quiet:#9fb0b5;--line:#2c363d}}"
    f"body{{margin:0;background:var(--ground);color:var(--text);font:1rem/1.5 {FONT}}}"
    "main{max-width:900px;margin:0 auto;padding:24px 16px 40px}"
    "h1{font-size:1.6rem;line-height:1.25;margin:0}"
    "h2{font-size:1.25rem;margin:24px 0 8px}.lead{color:var(--quiet);margin:4px 0 16px}"
    "li{max-width:75ch;margin:4px 0}p{max-width:75ch}"
    ".wide{overflow-x:auto}svg{width:100%;min-width:720px;height:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:8px 0 24px}"
    "details{overflow-x:auto}caption{text-align:left;font-weight:600;padding:4px 0}"
    "th,td{text-align:right;padding:4px 8px;border-bottom:1px solid var(--line);white-space:nowrap}"
    "summary{cursor:pointer;padding:8px 0}"
)


def summary(answer: Explained) -> str:
    """One line for readers who do not see the picture: the greatest middle value of each quantity."""
    parts = []
    for each in (quantity for quantity in QUANTITIES if quantity.drawn):
        middle = answer.bands[each.code].median
        at = float(answer.time_h[int(np.argmax(middle))])
        parts.append(f"{each.words.lower()} {_value(each, float(middle.max()))} {each.unit} at {_clock(at)}")
    listed = "; ".join(part.replace("mdma", "MDMA") for part in parts)
    return f"Greatest value of the middle person: {listed}."


def _lanes(answer: Explained) -> tuple[Lane, ...]:
    return tuple(_lane(each, answer.bands[each.code], answer) for each in QUANTITIES if each.drawn)


def _lane(quantity: Quantity, band: Band, answer: Explained) -> Lane:
    peak = int(np.argmax(band.median))
    at = _clock(float(answer.time_h[peak]))

    def span(pair: tuple[np.ndarray, np.ndarray]) -> str:
        return " to ".join(_value(quantity, float(each[peak])) for each in pair)

    said = [
        f"middle: {_value(quantity, float(band.median[peak]))} at {at}",
        f"half of people then: {span(band.half)}",
        f"nine of ten then: {span(band.ninety)}",
    ]
    if band.untamed is not None:
        middle, upper = (_value(quantity, float(each.max())) for each in band.untamed)
        said += [f"without tolerance, middle: {middle}", f"and one in twenty above {upper}"]
    return Lane(
        title=f"{quantity.words} ({quantity.unit})",
        median=band.median,
        half=band.half,
        ninety=band.ninety,
        bound=band.untamed,
        said=tuple(said),
        from_zero=quantity.code in _FROM_ZERO,
    )


def _marks(answer: Explained) -> tuple[Mark, ...]:
    return tuple(Mark(dose.at_h, f"{dose.mg:g} mg") for dose in answer.question.doses)


def _clock(hours: float) -> str:
    minutes = round(60 * hours)
    return f"{minutes // 60} h {minutes % 60:02d}"


def _value(quantity: Quantity, value: float) -> str:
    return f"{value:.1f}" if quantity.code in ("temperature", "mda_formed") else f"{value:.0f}"


def tables(answer: Explained) -> str:
    """Every quantity as an HTML table, a row each half hour."""
    parts = []
    hourly = [index for index, hour in enumerate(answer.time_h) if abs(2 * hour - round(2 * hour)) < 1e-6]
    for each in QUANTITIES:
        band = answer.bands[each.code]
        columns = [band.ninety[0], band.half[0], band.median, band.half[1], band.ninety[1]]
        heads = ["5 of 100 below", "25 below", "middle", "25 above", "5 above"]
        if band.untamed is not None:
            columns += band.untamed
            heads += ["no tolerance: middle", "5 above"]
        head = "".join(f"<th scope=col>{name}</th>" for name in ("hour", *heads))
        rows = "".join(
            f"<tr><th scope=row>{answer.time_h[index]:g}</th>"
            + "".join(f"<td>{_value(each, float(column[index]))}</td>" for column in columns)
            + "</tr>"
            for index in hourly
        )
        title = f"{escape(each.words)} ({escape(each.unit)})"
        parts.append(
            f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )
    return "".join(parts)
