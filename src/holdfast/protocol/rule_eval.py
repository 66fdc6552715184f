"""Evaluating a rule: it holds, fails, or is unknown, with the names that could still settle it.

Three-valued (Kleene) logic. Missing is absence, never an exception: a name that is
not among the facts, is None or an ``Absent`` answer, makes what needs it unknown.
Nothing else makes an exception either: a division by zero or a number too large is
unknown with a reason, and a fact of the wrong kind counts as missing.

``rules.js`` beside this file does the same in the browser; both are held equal by
one table of cases. Whoever changes one changes the other.
"""

from __future__ import annotations

import calendar
import math
import numbers
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from holdfast.instruments.scale import Absent
from holdfast.protocol.rule_tree import (
    EQUALITIES,
    ORDERINGS,
    Day,
    Flag,
    Many,
    Name,
    Node,
    Number,
    Op,
    Quantified,
    Rule,
    Text,
)

Value = float | int | str | bool | date | Absent | Sequence[float | int | str | date | None] | None
"""A fact. Dates are ``date`` or ISO text, also "2026-11" or "2026" where no more is known."""
Facts = Mapping[str, Value]

DIVIDED_BY_ZERO = "A division by zero."
TOO_LARGE = "A number too large."
WRONG_KIND = "A value of the wrong kind."


class Truth(StrEnum):
    """The three values."""

    HOLDS = "holds"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a rule.

    ``missing`` names what could still settle an unknown rule; ``reasons`` are
    sentences on what no further fact mends. Both are empty for a settled one.
    """

    truth: Truth
    missing: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()

    @property
    def holds(self) -> bool:
        """Whether it is known to hold."""
        return self.truth is Truth.HOLDS

    @property
    def fails(self) -> bool:
        """Whether it is known to fail."""
        return self.truth is Truth.FAILS

    @property
    def unknown(self) -> bool:
        """Whether it is not settled."""
        return self.truth is Truth.UNKNOWN

    def __bool__(self) -> bool:
        # An object is true: `if evaluate(gate, facts):` would open every gate.
        raise TypeError("a verdict has three values; ask .holds, .fails or .unknown")


@dataclass(frozen=True, slots=True)
class Days:
    """A calendar day as days since 1970-01-01, between ``first`` and ``last`` where it is not exact."""

    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in days, between ``first`` and ``last`` where it is not exact."""

    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Found:
    """The value of an expression, None where it is unknown.

    ``gaps`` are the names whose absence (or vagueness) leaves it open, ``sources``
    all names it was made from, ``reasons`` why it is unknown in spite of facts.
    """

    value: float | bool | str | Days | Span | tuple[Found, ...] | None
    gaps: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()


Given = Mapping[str, Found]
_EPOCH = date(1970, 1, 1).toordinal()
_PARTIAL = re.compile(r"([1-9][0-9]{3})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def evaluate(rule: Rule, facts: Facts) -> Verdict:
    """Whether a rule holds for facts.

    ``missing`` is told from the rule's structure, each name taken by itself: a name
    whose part is already decided is not in it (``false && x`` misses nothing), and
    once all of it is given, the rule is settled (or has ``reasons``).
    """
    given = {name: _fact(name, value) for name, value in facts.items()}
    result = _truth(_found(rule.tree, given))
    if result.value is None:
        return Verdict(Truth.UNKNOWN, missing=result.gaps, reasons=result.reasons)
    return Verdict(Truth.HOLDS if result.value else Truth.FAILS)


def _fact(name: str, value: Value) -> Found:
    own = frozenset({name})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return Found(tuple(_fact(name, one) for one in value), sources=own)
    known = _single(value)
    return Found(known, gaps=own if known is None else frozenset(), sources=own)


def _single(value: object) -> float | bool | str | Days | None:
    """A fact as the evaluator's value; a datetime is none, because a day is a local matter."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, numbers.Real):
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, date) and not isinstance(value, datetime):
        day = float(value.toordinal() - _EPOCH)
        return Days(day, day)
    return None


def _found(node: Node, given: Given) -> Found:
    match node:
        case Number(value) | Text(value) | Flag(value):
            return Found(value)
        case Day(value):
            return Found(_single(value))
        case Name(name):
            return given.get(name) or Found(None, gaps=frozenset({name}), sources=frozenset({name}))
        case Many(items):
            each = tuple(_found(item, given) for item in items)
            return Found(each, sources=_open(each).sources)
        case Quantified(quantifier, among, bound, where):
            return _quantified(quantifier, _found(among, given), bound, where, given)
        case Op("&&" | "||" as op, of):
            return _joined([_truth(_found(part, given)) for part in of], decides=op == "||")
        case Op(op, of):
            return _operation(op, [_found(part, given) for part in of])


def _open(parts: Sequence[Found], *, reason: str = "") -> Found:
    """Unknown, for the parts that are open."""
    return Found(
        None,
        gaps=frozenset().union(*(part.gaps for part in parts)),
        sources=frozenset().union(*(part.sources for part in parts)),
        reasons=frozenset().union(*(part.reasons for part in parts), [reason] if reason else []),
    )


def _made(value: float | bool | Days | Span, parts: Sequence[Found]) -> Found:
    """Known, from parts; only days and durations stay vague."""
    vague = isinstance(value, Days | Span) and value.first != value.last
    gaps = _open(parts).gaps if vague else frozenset()
    return Found(value, gaps=gaps, sources=_open(parts).sources)


def _wrong(parts: Sequence[Found]) -> Found:
    """Unknown because a value is of the wrong kind: any of the names may be at fault."""
    known = _open(parts, reason=WRONG_KIND)
    return Found(None, gaps=known.sources, sources=known.sources, reasons=known.reasons)


def _truth(found: Found) -> Found:
    return found if found.value is None or isinstance(found.value, bool) else _wrong([found])


def _joined(parts: Sequence[Found], *, decides: bool) -> Found:
    """And (False decides) or or (True decides) of any number of parts."""
    if any(part.value is decides for part in parts):
        return _made(decides, parts)
    still = [part for part in parts if part.value is None]
    return _open(still) if still else _made(not decides, parts)


def _quantified(quantifier: str, among: Found, bound: str, where: Node, given: Given) -> Found:
    decides = quantifier == "exists"
    if among.value is None:
        # A condition that fails (or, for all, holds) of anything settles it without the list.
        any_one = _truth(_found(where, {**given, bound: among}))
        return any_one if any_one.value is (not decides) else _open([among, any_one])
    if not isinstance(among.value, tuple):
        return _wrong([among])
    each = [_truth(_found(where, {**given, bound: one})) for one in among.value]
    return _joined(each, decides=decides)


def _operation(op: str, parts: list[Found]) -> Found:
    if op == "in":
        return _within(*parts)
    if any(part.value is None for part in parts):
        # A day known to its month only may be needed too, once the absent one is there.
        return _open([_dated(part) for part in parts] if op in ORDERINGS | {"+", "-"} else parts)
    match op:
        case "!":
            return _made(not parts[0].value, parts) if isinstance(parts[0].value, bool) else _wrong(parts)
        case "neg" | "days":
            return _signed(op, parts[0])
        case "+" | "-" | "*" | "/":
            return _arithmetic(op, *parts)
        case _:
            return _compared(op, *parts)


def _within(item: Found, among: Found) -> Found:
    if among.value is None:
        return _open([item, among] if item.value is None else [among])
    if not isinstance(among.value, tuple):
        return _wrong([among])
    return _joined([_operation("==", [item, one]) for one in among.value], decides=True)


def _signed(op: str, part: Found) -> Found:
    match op, part.value:
        case "neg", Span(first, last):
            return _made(Span(-last, -first), [part])
        case "neg", float(number):
            return _made(-number, [part])
        case "days", float(number):
            return _made(Span(number, number), [part])
    return _wrong([part])


def _arithmetic(op: str, left: Found, right: Found) -> Found:
    if isinstance(left.value, float) and isinstance(right.value, float):
        if op == "/" and right.value == 0:
            return Found(None, sources=left.sources | right.sources, reasons=frozenset({DIVIDED_BY_ZERO}))
        return _finite(_calculated(op, left.value, right.value), [left, right])
    return _calendar(op, _dated(left), _dated(right))


def _calculated(op: str, left: float, right: float) -> float:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    return left / right


def _calendar(op: str, left: Found, right: Found) -> Found:
    """Sums and differences of days and durations; two days have a difference only."""
    parts, a, b = [left, right], left.value, right.value
    match op, a, b:
        case "-", Days(), Days():
            return _finite(Span(a.first - b.last, a.last - b.first), parts)
        case "-", Days() | Span(), Span():
            return _finite(type(a)(a.first - b.last, a.last - b.first), parts)
        case "+", Days() | Span(), Span():
            return _finite(type(a)(a.first + b.first, a.last + b.last), parts)
        case "+", Span(), Days():
            return _finite(Days(a.first + b.first, a.last + b.last), parts)
    return _wrong(parts)


def _finite(value: float | Days | Span, parts: list[Found]) -> Found:
    ends = (value,) if isinstance(value, float) else (value.first, value.last)
    if all(math.isfinite(end) for end in ends):
        return _made(value, parts)
    return Found(None, sources=_open(parts).sources, reasons=frozenset({TOO_LARGE}))


def _dated(found: Found) -> Found:
    """Text in the place of a date, read as an ISO day, or as a month or year of unknown day."""
    match = _PARTIAL.fullmatch(found.value) if isinstance(found.value, str) else None
    if match is None:
        return found
    year, month, day = match.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        last = first if day else _last_day(int(year), int(month or 12))
    except ValueError:
        return found
    own = frozenset() if day else found.sources
    span = Days(float(first.toordinal() - _EPOCH), float(last.toordinal() - _EPOCH))
    return Found(span, gaps=own, sources=found.sources)


def _last_day(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _compared(op: str, left: Found, right: Found) -> Found:
    parts, a, b = [left, right], left.value, right.value
    if op in EQUALITIES and type(a) is type(b) and isinstance(a, bool | str):
        return _made((a == b) is (op == "=="), parts)
    if isinstance(a, float) and isinstance(b, float):
        return _made(bool(_ordered(op, (a, a), (b, b))), parts)
    parts = [_dated(left), _dated(right)]
    a, b = parts[0].value, parts[1].value
    if (isinstance(a, Days) and isinstance(b, Days)) or (isinstance(a, Span) and isinstance(b, Span)):
        answer = _ordered(op, (a.first, a.last), (b.first, b.last))
        return _open(parts) if answer is None else _made(answer, parts)
    return _wrong(parts)


Between = tuple[float, float]


def _ordered(op: str, a: Between, b: Between) -> bool | None:
    """Compare two values known to lie between bounds; None where the bounds leave it open."""
    match op:
        case "<":
            return _settled(a[1] < b[0], a[0] >= b[1])
        case "<=":
            return _settled(a[1] <= b[0], a[0] > b[1])
        case ">":
            return _ordered("<", b, a)
        case ">=":
            return _ordered("<=", b, a)
        case "==":
            return _settled(a[0] == a[1] == b[0] == b[1], a[1] < b[0] or b[1] < a[0])
    equal = _ordered("==", a, b)
    return None if equal is None else not equal


def _settled(yes: bool, no: bool) -> bool | None:
    return True if yes else False if no else None
