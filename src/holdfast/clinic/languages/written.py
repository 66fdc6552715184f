"""Days and numbers as a language writes them."""

from __future__ import annotations

from datetime import date

from django.utils import formats
from django.utils.translation import get_language

from holdfast.timing import date_in_words


def day(on: date) -> str:
    """A day in words: 26 Nov 2026; 26 de noviembre de 2026."""
    if (get_language() or "en").startswith("en"):
        return date_in_words(on)
    return formats.date_format(on, "DATE_FORMAT")


def number(value: float, form: str = "g") -> str:
    """A number by a format of Python's, with the language's marks for decimals and thousands."""
    plain = format(value, form)
    decimal, thousand = formats.get_format("DECIMAL_SEPARATOR"), formats.get_format("THOUSAND_SEPARATOR")
    return plain.translate({ord("."): str(decimal), ord(","): str(thousand)})
