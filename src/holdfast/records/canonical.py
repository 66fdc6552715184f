"""Canonical JSON: one value, one sequence of bytes.

In the spirit of RFC 8785: keys sorted, no white space, UTF-8, text exactly as it came
(not normalised: what was typed is what is kept). It differs in two points, both so that
a value read back is the value written. Numbers are Python's shortest exact form, so
``120`` stays an integer and ``120.0`` a float; keys sort by code point.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from holdfast.errors import ImpossibleValue

_ENCODE = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def canonical(value: object) -> bytes:
    """The canonical bytes of a JSON-native value (tuples count as lists).

    Raises TypeError for what is not JSON-native, including keys that are not text
    (``json`` would turn them into text in silence), and ImpossibleValue for NaN,
    infinities and text that is not valid Unicode.

    >>> canonical({"b": (1, 2.0), "a": None})
    b'{"a":null,"b":[1,2.0]}'
    """
    _check(value)
    return encoded(value)


def encoded(value: object) -> bytes:
    """As ``canonical``, of a value whose keys are text for certain: an envelope's, not a body's."""
    try:
        return _ENCODE(value).encode("utf-8")
    except UnicodeEncodeError as broken:
        wrong = broken.object[broken.start : broken.end]
        raise ImpossibleValue(f"Text with {wrong!r} in it is not valid Unicode: type it anew.") from None
    except ValueError:
        raise ImpossibleValue("A number that is not finite (NaN or infinity) cannot be recorded.") from None


PLAIN = frozenset({str, int, float, bool, type(None)})
"""The types of values that hold no others."""


def _check(value: object) -> None:
    # Most values are plain: they are told by their type alone, without a call for each.
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key of a recorded map must be text, not {key!r}")
        _check_each(value.values())
    elif isinstance(value, (list, tuple)):
        _check_each(value)
    elif value is not None and not isinstance(value, (str, int, float)):
        raise TypeError(
            f"{type(value).__name__} cannot be recorded; give text, a number, true, false or null"
        )


def _check_each(values: Iterable[object]) -> None:
    for held in values:
        if type(held) not in PLAIN:
            _check(held)
