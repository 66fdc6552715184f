"""What the forms of the page of devices send, read; ImpossibleValue with the field where it cannot be."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from holdfast.errors import ImpossibleValue

DIGITS = 18
"""A number of more digits is none that the database could hold."""


def days(typed: str) -> int:
    """The days a token lasts."""
    return _whole(typed, "days", _("Write the number of days."))


def row(typed: str) -> int:
    """Which kept reading."""
    return _whole(typed, "row", _("Choose the reading again."))


def entry(typed: str) -> UUID:
    """The id of an entry, made when the form was drawn."""
    try:
        return UUID(typed)
    except ValueError:
        raise ImpossibleValue(
            _("The entry came without a proper id; open the page again."), field="id"
        ) from None


def _whole(typed: str, field: str, ask: str) -> int:
    text = typed.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= DIGITS):
        raise ImpossibleValue(ask, field=field)
    return int(text)
