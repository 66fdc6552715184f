"""What a check finds: a place in the file, and the words of a problem."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from holdfast.protocol.reader import Place


class Fault(NamedTuple):
    """One thing wrong with the whole, at a place of the file."""

    place: Place
    found: str
    expected: str
    remedy: str


def stranger(place: Place, given: str, known: Iterable[str], *, what: str) -> Fault:
    """A name that is none of those known, with the one that was probably meant."""
    names = sorted(known)
    near = difflib.get_close_matches(given, names, n=1)
    listed = ", ".join(names) if len(names) <= 12 else ", ".join(names[:12]) + ", …"
    remedy = (
        f"Did you mean {near[0]!r}?"
        if near
        else f"Declare it, or name one that is: {listed or 'there is none'}."
    )
    return Fault(
        place, f"the {what} {given!r}, which this file does not have", f"a {what} of this file", remedy
    )
