"""The tree of a rule: its nodes, the names in it, its canonical text, hash and JSON.

A rule is one line in the manner of CEL (``age >= 18 && sex in ["female", "male"]``).
The nodes are frozen and small: four literals, a name, a list, an operation and a
quantifier. ``at`` is where a node stood in the text, counted from 0; it takes no
part in equality, so two spellings of one rule have equal trees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written; it takes the unit of what it is compared with."""

    value: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotation marks."""

    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Flag:
    """``true`` or ``false``."""

    value: bool
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Day:
    """``date("2026-11-03")``: a calendar day."""

    value: date
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A declared name, or the name a quantifier gives to each value of its list."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Many:
    """A list as written."""

    items: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Op:
    """An operation: ``&& ||`` over two or more parts, ``! neg days`` over one, the others over two."""

    op: str
    of: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Quantified:
    """``among.exists(bound, where)`` or ``among.all(bound, where)``."""

    quantifier: str
    among: Node
    bound: str
    where: Node
    at: int = field(default=0, compare=False)


Node = Number | Text | Flag | Day | Name | Many | Op | Quantified

ORDERINGS = frozenset({"<", "<=", ">", ">="})
EQUALITIES = frozenset({"==", "!="})
COMPARISONS = ORDERINGS | EQUALITIES
RELATIONS = COMPARISONS | {"in"}
LEVEL = {"||": 1, "&&": 2, **dict.fromkeys(RELATIONS, 3), "+": 4, "-": 4, "*": 5, "/": 5}
"""How tightly an operator binds: larger binds first. Relations do not chain."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed rule and the text it was parsed from."""

    text: str
    tree: Node

    def __str__(self) -> str:
        return self.text


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Many(items):
            return items
        case Op(_, of):
            return of
        case Quantified(_, among, _, where):
            return (among, where)
        case _:
            return ()


def names_in(rule: Rule) -> frozenset[str]:
    """Every name the rule reads; names bound by a quantifier are not among them."""
    return frozenset(_free(rule.tree, frozenset()))


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    match node:
        case Name(name):
            if name not in bound:
                yield name
        case Quantified(_, among, own, where):
            yield from _free(among, bound)
            yield from _free(where, bound | {own})
        case _:
            for child in children(node):
                yield from _free(child, bound)


def height(node: Node) -> int:
    """How many nodes lie on the longest way down; found without recursion."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting.extend((child, depth + 1) for child in children(one))
    return deepest


def number_text(value: float) -> str:
    """The shortest text that reads back as the same double: 18, 0.5, 1e+22."""
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def text_text(value: str) -> str:
    """A text in double quotation marks, escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def canonical_text(rule: Rule) -> str:
    """The one spelling of a rule: single spaces, no needless parentheses, double quotation marks.

    ``parse(canonical_text(rule)).tree == rule.tree``.
    """
    return _written(rule.tree, 0)


def _written(node: Node, level: int) -> str:
    match node:
        case Number(value):
            return number_text(value)
        case Text(value):
            return text_text(value)
        case Flag(value):
            return "true" if value else "false"
        case Day(value):
            return f'date("{value.isoformat()}")'
        case Name(name):
            return name
        case Many(items):
            return f"[{', '.join(_written(item, 0) for item in items)}]"
        case Quantified(quantifier, among, bound, where):
            return f"{_written(among, 7)}.{quantifier}({bound}, {_written(where, 0)})"
        case Op(op, of):
            return _operation(op, of, level)


def _operation(op: str, of: tuple[Node, ...], level: int) -> str:
    if op == "days":
        return f"days({_written(of[0], 0)})"
    if op in ("!", "neg"):
        text, own = ("!" if op == "!" else "-") + _written(of[0], 6), 6
    else:
        own = LEVEL[op]
        # Only + - * / group to the left without parentheses; relations do not chain.
        first = _written(of[0], own + 1 if op in RELATIONS else own)
        rest = [_written(part, own + 1) for part in of[1:]]
        text = f" {op} ".join([first, *rest])
    return f"({text})" if own < level else text


def rule_hash(rule: Rule) -> str:
    """SHA-256 (hexadecimal) of the canonical text: equal for two spellings of one rule."""
    return hashlib.sha256(canonical_text(rule).encode("utf-8")).hexdigest()


def to_json(rule: Rule) -> Json:
    """The rule as plain JSON values: its text and the tree that ``rules.js`` evaluates."""
    return {"text": rule.text, "tree": tree_json(rule.tree)}


def tree_json(node: Node) -> Json:
    """A node as plain JSON values."""
    match node:
        case Number(value):
            return {"number": value}
        case Text(value):
            return {"text": value}
        case Flag(value):
            return {"flag": value}
        case Day(value):
            return {"date": value.isoformat()}
        case Name(name):
            return {"name": name}
        case Many(items):
            return {"list": [tree_json(item) for item in items]}
        case Op(op, of):
            return {"op": op, "of": [tree_json(part) for part in of]}
        case Quantified(quantifier, among, bound, where):
            return {"op": quantifier, "as": bound, "of": [tree_json(among), tree_json(where)]}
