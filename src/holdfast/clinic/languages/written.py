"""Days, times and numbers as a language writes them."""

from __future__ import annotations

from datetime import date

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from holdfast.timing import Instant, PartialDate, Precision, date_in_words, in_words, time_in_words


def day_said(on: date) -> str:
    """A day: 26 Nov 2026; 26 de noviembre de 2026."""
    return date_in_words(on) if _in_english() else formats.date_format(on, "DATE_FORMAT")


def partial_said(on: PartialDate) -> str:
    """A date as fine as it is known: 26 Nov 2026, Nov 2026, 2026; noviembre de 2026."""
    if on.complete:
        return day_said(on.earliest)
    if _in_english() or on.month is None:
        return on.in_words()
    return formats.date_format(on.earliest, "YEAR_MONTH_FORMAT")


def span_said(first: date, last: date) -> str:
    """The first and the last day of a time; in English the year is said once where it is the same."""
    start = day_said(first)
    if _in_english() and first.year == last.year:
        start = start.rpartition(" ")[0]
    return _("%(first)s to %(last)s") % {"first": start, "last": day_said(last)}


def moment_said(at: Instant) -> str:
    """A day with its time and zone; the day alone where that is all that is known."""
    if _in_english():
        return in_words(at)
    return day_said(at.day) if at.precision is Precision.DAY else f"{day_said(at.day)}, {time_in_words(at)}"


def number_said(value: float, form: str = "g") -> str:
    """A number by a format of Python's, with the language's marks for decimals and thousands."""
    marks = {ord("."): _mark("DECIMAL_SEPARATOR"), ord(","): _mark("THOUSAND_SEPARATOR")}
    return format(value, form).translate(marks)


def plain_number(text: str) -> str:
    """What ``number_said`` wrote, as Python reads it."""
    return text.replace(_mark("THOUSAND_SEPARATOR"), "").replace(_mark("DECIMAL_SEPARATOR"), ".")


def _mark(name: str) -> str:
    return str(formats.get_format(name))


def _in_english() -> bool:
    return (get_language() or "en").partition("-")[0] == "en"
