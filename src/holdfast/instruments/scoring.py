"""The arithmetic that scales share: reading answers, sums, and counts with missing ones.

A sum has a value only when each of its items has one. A question "are there at least
``needed``?" is answered in three values: what is missing may leave it open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.instruments.scale import Absent, Answers


def number(answers: Answers, code: str) -> float | None:
    """The numeric answer to an item; None where it is absent or not a number."""
    given = answers.get(code)
    return given if isinstance(given, int | float) and not isinstance(given, bool) else None


def truth(answers: Answers, code: str) -> bool | None:
    """The yes or no answer to an item; None where it is absent."""
    given = answers.get(code)
    return given if isinstance(given, bool) else None


def missing(answers: Answers, codes: Iterable[str]) -> tuple[str, ...]:
    """The items among ``codes`` that have no answer, in their order."""
    return tuple(code for code in codes if isinstance(answers.get(code, None), Absent | None))


def numbers(answers: Answers, codes: Iterable[str]) -> list[float | None]:
    """The numeric answers to ``codes``, None for each absent one."""
    return [number(answers, code) for code in codes]


def total(values: Iterable[float | None]) -> float | None:
    """The sum; None as soon as one value is missing. Whole numbers give a whole number."""
    known = list(values)
    if any(value is None for value in known):
        return None
    return sum(value for value in known if value is not None)


def at_least(values: Sequence[bool | None], needed: int) -> bool | None:
    """Whether at least ``needed`` hold; None where the missing ones could decide it."""
    holding = sum(value is True for value in values)
    if holding >= needed:
        return True
    return None if holding + sum(value is None for value in values) >= needed else False


def all_of(values: Iterable[bool | None]) -> bool | None:
    """Whether all hold: False as soon as one fails, None where one is open."""
    known = list(values)
    return False if False in known else None if None in known else True


def any_of(values: Iterable[bool | None]) -> bool | None:
    """Whether any holds: True as soon as one does, None where one is open."""
    known = list(values)
    return True if True in known else None if None in known else False
