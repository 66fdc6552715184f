"""Checking a rule against the declared names: types, units, options, a boolean result.

Units never mix: quantities are added and compared in one unit only, and a number
written in a rule takes the unit of the other side. A quantity may be multiplied or
divided by a pure number; two quantities of one unit divide to a pure number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Literal

from holdfast.errors import RuleError
from holdfast.protocol.rule_parser import refused
from holdfast.protocol.rule_tree import (
    EQUALITIES,
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

PURE = "1"


class Kind(StrEnum):
    """What sort of value an expression has."""

    NUMBER = "number"
    BOOL = "bool"
    TEXT = "text"
    DATE = "date"
    DURATION = "duration"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Type:
    """The type of an expression.

    ``unit`` is of numbers only; None for a number as written, which takes the unit
    of the other side. ``options`` closes a text's choice; ``element`` is of lists.
    """

    kind: Kind
    unit: str | None = None
    options: tuple[str, ...] = ()
    element: Type | None = None

    def __str__(self) -> str:
        match self.kind:
            case Kind.NUMBER:
                return "a number" if self.unit in (None, PURE) else f"a number in “{self.unit}”"
            case Kind.BOOL:
                return "yes or no"
            case Kind.DURATION:
                return "a duration in days"
            case Kind.LIST:
                return f"a list, each value {self.element}"
            case _:
                return f"a {self.kind}"


TypeName = Literal["number", "bool", "text", "date", "numbers", "texts", "dates"]


@dataclass(frozen=True, slots=True)
class Declared:
    """A name that rules may use: its type, unit ("1" for pure numbers), label and options.

    ``numbers``, ``texts`` and ``dates`` are lists. ``label`` is what a sentence calls it.
    """

    type: TypeName
    unit: str = PURE
    label: str = ""
    options: tuple[str, ...] = ()

    @property
    def of(self) -> Type:
        """Its type in a rule."""
        if self.type in ("numbers", "texts", "dates"):
            return Type(Kind.LIST, element=self._one(Kind(self.type.removesuffix("s"))))
        return self._one(Kind(self.type))

    def _one(self, kind: Kind) -> Type:
        return Type(kind, unit=self.unit if kind is Kind.NUMBER else None, options=self.options)


BOOL = Type(Kind.BOOL)
DATE = Type(Kind.DATE)
DURATION = Type(Kind.DURATION)
Scope = Mapping[str, Type]


def check(rule: Rule, names: Mapping[str, Declared]) -> Type:
    """The type of a rule over declared names.

    Raises:
        RuleError: an unknown name, a wrong type, mixed units, or a text that is
            none of a name's options; the sentence says what to write instead.
    """
    return type_of(rule.tree, {name: declared.of for name, declared in names.items()})


def check_boolean(rule: Rule, names: Mapping[str, Declared]) -> None:
    """Check a rule that must hold or fail.

    Raises:
        RuleError: as ``check``, or the rule is not a condition.
    """
    result = check(rule, names)
    if result.kind is not Kind.BOOL:
        raise refused(f"A rule must hold or fail, but this one is {result}; compare it with something", at=0)


def type_of(node: Node, scope: Scope) -> Type:
    """The type of an expression where the names of ``scope`` are known."""
    match node:
        case Number():
            return Type(Kind.NUMBER)
        case Text():
            return Type(Kind.TEXT)
        case Flag():
            return BOOL
        case Day():
            return DATE
        case Name(name):
            if name not in scope:
                raise _unknown(name, scope, node.at)
            return scope[name]
        case Many(items):
            return _list_type(items, scope)
        case Quantified():
            return _quantified(node, scope)
        case Op(op, of):
            return _operation(node, op, tuple(type_of(part, scope) for part in of))


def _unknown(name: str, scope: Scope, at: int) -> RuleError:
    close = get_close_matches(name, sorted(scope), n=1, cutoff=0.6)
    hint = f"did you mean {close[0]}?" if close else "declare it among the variables of the study file"
    return refused(f"There is no variable {name}; {hint}", at=at)


def _list_type(items: tuple[Node, ...], scope: Scope) -> Type:
    types = [type_of(item, scope) for item in items]
    element = types[0]
    if element.kind is Kind.LIST:
        raise refused("A list cannot hold lists", at=items[0].at)
    for item, one in zip(items[1:], types[1:], strict=True):
        element = _shared(element, one, item.at, "values of one list")
        _refuse_stranger(one, element, item)
    _refuse_stranger(types[0], element, items[0])
    return Type(Kind.LIST, element=element)


def _shared(left: Type, right: Type, at: int, what: str) -> Type:
    """The type of two that must be alike."""
    if left.kind is not right.kind:
        hint = "; write days(n) for a number of days" if _days_and_number(left, right) else ""
        raise refused(f"There is {left} and {right}, but {what} must be of one type{hint}", at=at)
    if left.unit is not None and right.unit is not None and left.unit != right.unit:
        one, other = ("no unit" if unit == PURE else f"“{unit}”" for unit in (left.unit, right.unit))
        raise refused(f"Units never mix: there is {one} and {other}, but {what} must have one unit", at=at)
    unit = left.unit if left.unit is not None else right.unit
    return Type(left.kind, unit=unit, options=left.options or right.options)


def _days_and_number(left: Type, right: Type) -> bool:
    return {left.kind, right.kind} == {Kind.DURATION, Kind.NUMBER}


def _refuse_stranger(own: Type, shared: Type, node: Node) -> None:
    """Refuse a written text that is none of the options of what it is compared with."""
    if not (isinstance(node, Text) and not own.options and shared.options) or node.value in shared.options:
        return
    close = get_close_matches(node.value, shared.options, n=1, cutoff=0.6)
    hint = f"; did you mean “{close[0]}”?" if close else ""
    listed = ", ".join(f"“{option}”" for option in shared.options)
    raise refused(f"“{node.value}” is not among the options {listed}{hint}", at=node.at)


def _quantified(node: Quantified, scope: Scope) -> Type:
    among = type_of(node.among, scope)
    if among.kind is not Kind.LIST or among.element is None:
        raise refused(f"“{node.quantifier}” asks the values of a list, but this is {among}", at=node.at)
    if node.bound in scope:
        raise refused(f"The name {node.bound} is taken; give each value of the list another name", at=node.at)
    where = type_of(node.where, {**scope, node.bound: among.element})
    _demand(where, BOOL, node.where, f"The condition of “{node.quantifier}” must be yes or no")
    return BOOL


def _demand(given: Type, wanted: Type, node: Node, sentence: str) -> None:
    if given.kind is not wanted.kind:
        raise refused(f"{sentence}, but this is {given}", at=node.at)


def _operation(node: Op, op: str, types: tuple[Type, ...]) -> Type:
    match op:
        case "&&" | "||" | "!":
            for part, own in zip(node.of, types, strict=True):
                _demand(own, BOOL, part, f"What {op} takes must be yes or no")
            return BOOL
        case "neg":
            if types[0].kind not in (Kind.NUMBER, Kind.DURATION):
                raise refused(f"A minus sign stands before a number, but this is {types[0]}", at=node.at)
            return types[0]
        case "days":
            return _days(node, types[0])
        case "+" | "-":
            return _sum(node, *types)
        case "*" | "/":
            return _product(node, *types)
        case "in":
            return _within(node, *types)
        case _:
            return _comparison(node, *types)


def _days(node: Op, of: Type) -> Type:
    _demand(of, Type(Kind.NUMBER), node.of[0], "days( ) takes a number of days")
    if of.unit not in (None, PURE, "d"):
        raise refused(f"days( ) takes a number of days, but this is {of}", at=node.at)
    return DURATION


def _sum(node: Op, left: Type, right: Type) -> Type:
    match left.kind, right.kind:
        case Kind.DATE, Kind.DURATION:
            return DATE
        case Kind.DATE, Kind.DATE if node.op == "-":
            return DURATION
        case Kind.DURATION, Kind.DATE if node.op == "+":
            return DATE
        case Kind.DURATION, Kind.DURATION:
            return DURATION
        case Kind.NUMBER, Kind.NUMBER:
            return _shared(left, right, node.at, f"what {node.op} takes")
    hint = "; write days(n) for a number of days" if Kind.DATE in (left.kind, right.kind) else ""
    raise refused(f"{node.op} cannot join {left} and {right}{hint}", at=node.at)


def _product(node: Op, left: Type, right: Type) -> Type:
    if left.kind is not Kind.NUMBER or right.kind is not Kind.NUMBER:
        raise refused(f"{node.op} takes numbers, but there is {left} and {right}", at=node.at)
    pure = (None, PURE)
    if right.unit in pure:
        return Type(Kind.NUMBER, unit=left.unit if left.unit is not None else right.unit)
    if left.unit in pure and node.op == "*":
        return right
    if left.unit == right.unit and node.op == "/":
        return Type(Kind.NUMBER, unit=PURE)
    raise refused(
        f"{left} {node.op} {right} would have a unit of its own; quantities are multiplied "
        "and divided by pure numbers only. Declare the result as a variable instead",
        at=node.at,
    )


def _within(node: Op, item: Type, among: Type) -> Type:
    if among.kind is not Kind.LIST or among.element is None:
        raise refused(f"After “in” stands a list, but this is {among}", at=node.of[1].at)
    if item.kind is Kind.DATE:
        raise _equal_days(node)
    shared = _shared(item, among.element, node.at, "a value and the list it is sought in")
    _refuse_stranger(item, shared, node.of[0])
    if isinstance(node.of[1], Many):
        for one in node.of[1].items:
            _refuse_stranger(among.element, shared, one)
    return BOOL


def _comparison(node: Op, left: Type, right: Type) -> Type:
    shared = _shared(left, right, node.at, "both sides of a comparison")
    if node.op in EQUALITIES:
        if shared.kind is Kind.LIST:
            raise refused("Lists are not compared; use “in” or exists", at=node.at)
        if shared.kind is Kind.DATE:
            raise _equal_days(node)
    elif shared.kind not in (Kind.NUMBER, Kind.DATE, Kind.DURATION):
        raise refused(f"{node.op} orders numbers and dates, but here is {shared}; use == or !=", at=node.at)
    for own, part in zip((left, right), node.of, strict=True):
        _refuse_stranger(own, shared, part)
    return BOOL


def _equal_days(node: Op) -> RuleError:
    return refused(
        f"A date may be known to its month or year only, so {node.op} does not compare dates; "
        "use <= and >=, or a difference such as a - b == days(0)",
        at=node.at,
    )
