"""Simulated numbers as text: each with its Monte-Carlo error, in a form one reads at a glance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from holdfast.analysis.sections import number, span
from holdfast.planning.moments import Mean, Share

NOT_KNOWN = "not known"
NOT_ASKED = "not asked"
PERCENT = "\N{NO-BREAK SPACE}%"
PLUS_MINUS = "\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}"
NORMAL = 1.96


def percent(share: Share | Mean | None) -> str:
    """A share of trials, or a mean share of people: "90.4 % ± 0.3".

    A share that was never or always seen has no standard error to speak of: the 95 % bound stands there.
    """
    if share is None:
        return NOT_ASKED
    if math.isnan(share.estimate):
        return NOT_KNOWN
    if isinstance(share, Share) and share.estimate == 0.0:
        return f"0{PERCENT} (\N{LESS-THAN OR EQUAL TO}\N{NO-BREAK SPACE}{number(100 * share.upper)})"
    if isinstance(share, Share) and share.estimate == 1.0:
        return f"100{PERCENT} (\N{GREATER-THAN OR EQUAL TO}\N{NO-BREAK SPACE}{number(100 * share.lower)})"
    return f"{number(100 * share.estimate)}{PERCENT}{error_of(100 * share.se, 1)}"


def points(mean: Mean | None, places: int = 2) -> str:
    """A mean with its Monte-Carlo standard error: "−8.61 ± 0.02"."""
    if mean is None:
        return NOT_ASKED
    if math.isnan(mean.estimate):
        return NOT_KNOWN
    return f"{signless_zero(number(mean.estimate, places))}{error_of(mean.se, places)}"


def interval(share: Share) -> str:
    """The 95 % Monte-Carlo interval of a share: "89.8 to 91.0 %"."""
    return f"{span(100 * share.lower, 100 * share.upper)}{PERCENT}"


def counted(mean: Mean | None) -> str:
    """A mean count or sum of money, rounded: "26 114 ± 9"; small errors with one place."""
    if mean is None:
        return NOT_ASKED
    if math.isnan(mean.estimate):
        return NOT_KNOWN
    return f"{whole(mean.estimate)}{error_of(mean.se, 0)}"


def whole(value: float) -> str:
    """A count or a sum of money, rounded, thousands apart by narrow spaces."""
    return NOT_KNOWN if math.isnan(value) else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def plain(value: float) -> str:
    """A setting as one would type it, with a true minus sign."""
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def signless_zero(text: str) -> str:
    """A number that rounds to zero has no sign."""
    return text.lstrip("\N{MINUS SIGN}") if not text.strip("\N{MINUS SIGN}0.") else text


def design_name(code: str) -> str:
    """A study's code as words: "low-dose-control" is "Low-dose control"."""
    words = code.replace("-", " ").replace(" dose", "-dose")
    return words[:1].upper() + words[1:]


def without_expectancy(values: Mapping[str, float]) -> dict[str, float]:
    """What else was set."""
    return {name: value for name, value in values.items() if name not in {"expectancy", "latent.share"}}


def error_of(se: float, places: int) -> str:
    """The standard error behind a number, with as many places as show it; nothing where there is none."""
    if math.isnan(se) or se == 0.0:
        return ""
    while round(se, places) == 0 and places < 4:
        places += 1
    return f"{PLUS_MINUS}{number(se, places)}"
