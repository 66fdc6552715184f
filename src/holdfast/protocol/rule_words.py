"""Rules in English: a sentence for a rule, and sentences for what changed between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from holdfast.protocol.rule_check import Declared, Kind, Scope, Type, type_of
from holdfast.protocol.rule_tree import (
    COMPARISONS,
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
    number_text,
)
from holdfast.protocol.rule_tree import names_in as _names_in

Names = Mapping[str, Declared]

_NUMBERS = {
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}
_DAYS = {**_NUMBERS, "<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after"}
_SIGNS = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_UNITS = {
    "a": ("year", "years"),
    "y": ("year", "years"),
    "year": ("year", "years"),
    "years": ("year", "years"),
    "mo": ("month", "months"),
    "month": ("month", "months"),
    "wk": ("week", "weeks"),
    "week": ("week", "weeks"),
    "d": ("day", "days"),
    "day": ("day", "days"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "s": ("second", "seconds"),
    "degC": ("°C", "°C"),
    "/min": ("per minute", "per minute"),
}


def in_words(rule: Rule, names: Names) -> str:
    """A rule as an English phrase with labels and units, without a full stop.

    ``names`` as for ``check``, which the rule should have passed; a name without
    declaration or label stands for itself.
    """
    return _Speaker(rule, names).condition(rule.tree)


def unit_words(unit: str, value: float) -> str:
    """What follows a number in a sentence: "years" for 18 and "a", nothing for "1"."""
    if unit == "1":
        return ""
    one, many = _UNITS.get(unit, (unit, unit))
    return one if value == 1 else many


def differences(old: Rule, new: Rule, *, old_names: Names, new_names: Names) -> tuple[str, ...]:
    """What changed between two rules, a sentence each; empty where they say the same.

    Rules are compared part by part where both join parts by the same ``&&`` or ``||``.
    A part of which only a value changed is said as before and after.
    """
    before, after = in_words(old, old_names), in_words(new, new_names)
    if old.tree == new.tree:
        return () if before == after else (_changed(before, after),)
    joiner = _joiner(old.tree) or _joiner(new.tree)
    if joiner is None or {_joiner(old.tree), _joiner(new.tree)} - {None, joiner}:
        return (_changed(before, after),)
    gone, come = _unmatched(_parts(old.tree, joiner), _parts(new.tree, joiner))
    if not gone and not come:
        return ("The same conditions stand in another order.",)
    spoken_old, spoken_new = _Speaker(old, old_names), _Speaker(new, new_names)
    sentences, added = [], list(come)
    for part in gone:
        twin = next((one for one in added if _about(one) == _about(part)), None)
        if twin is None:
            sentences.append(f"Removed: {spoken_old.condition(part)}.")
            continue
        added.remove(twin)
        sentences.append(_changed(spoken_old.condition(part), spoken_new.condition(twin)))
    return (*sentences, *(f"Added: {spoken_new.condition(part)}." for part in added))


def _changed(before: str, after: str) -> str:
    return f"Was: {before}. Now: {after}."


def _joiner(node: Node) -> str | None:
    return node.op if isinstance(node, Op) and node.op in ("&&", "||") else None


def _parts(node: Node, joiner: str) -> tuple[Node, ...]:
    return node.of if isinstance(node, Op) and node.op == joiner else (node,)


def _unmatched(old: Sequence[Node], new: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """Parts of the one that are not in the other, each occurrence counted."""
    gone, come = [], list(new)
    for part in old:
        if part in come:
            come.remove(part)
        else:
            gone.append(part)
    return gone, come


def _about(node: Node) -> frozenset[str]:
    return _names_in(Rule(text="", tree=node))


class _Speaker:
    """Puts the nodes of one rule into words; knows what is declared and what is bound."""

    def __init__(self, rule: Rule, names: Names) -> None:
        self.names = names
        undeclared = {name: Type(Kind.NUMBER) for name in _names_in(rule) if name not in names}
        self.scope: Scope = {**{name: one.of for name, one in names.items()}, **undeclared}

    def condition(self, node: Node, scope: Scope | None = None) -> str:
        """A phrase that holds or fails."""
        scope = self.scope if scope is None else scope
        match node:
            case Flag(value):
                return "always" if value else "never"
            case Name(name):
                return f"“{self.label(name)}” is yes"
            case Op("!", (Name(name),)):
                return f"“{self.label(name)}” is no"
            case Op("!", (Op("in", (item, among)),)):
                return self.within(item, among, scope, denied=True)
            case Op("!", (inner,)):
                return f"not ({self.condition(inner, scope)})"
            case Op("&&" | "||" as op, of):
                return (" and " if op == "&&" else " or ").join(self.enclosed(part, scope) for part in of)
            case Op("in", (item, among)):
                return self.within(item, among, scope)
            case Op(op, (left, right)) if op in COMPARISONS:
                return self.comparison(op, left, right, scope)
            case Quantified():
                return self.quantified(node, scope)
        return self.quantity(node, None, scope)

    def enclosed(self, node: Node, scope: Scope) -> str:
        """A part of an and or or: in brackets where it is itself one."""
        text = self.condition(node, scope)
        return f"({text})" if _joiner(node) else text

    def label(self, name: str) -> str:
        """What a sentence calls a name."""
        declared = self.names.get(name)
        return declared.label if declared is not None and declared.label else name

    def comparison(self, op: str, left: Node, right: Node, scope: Scope) -> str:
        kinds = [self.kind(side, scope) for side in (left, right)]
        if Kind.BOOL in kinds:
            return self.yes_or_no(op, left, right, scope)
        relation = (_DAYS if Kind.DATE in kinds else _NUMBERS)[op]
        units = [self.unit(side, scope) for side in (left, right)]
        unit = units[0] or units[1]
        return f"{self.quantity(left, unit, scope)} {relation} {self.quantity(right, unit, scope)}"

    def yes_or_no(self, op: str, left: Node, right: Node, scope: Scope) -> str:
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Flag):
                same = (op == "==") is other.value
                return self.condition(one if same else Op("!", (one,)), scope)
        alike = "are alike" if op == "==" else "differ"
        return f"({self.condition(left, scope)}) and ({self.condition(right, scope)}) {alike}"

    def within(self, item: Node, among: Node, scope: Scope, *, denied: bool = False) -> str:
        unit = self.unit(item, scope)
        of = self.quantity(item, unit, scope)
        if not isinstance(among, Many):
            return f"{of} is {'not ' if denied else ''}among {self.quantity(among, unit, scope)}"
        unit = unit or self.unit(among.items[0], scope)
        values = [self.quantity(one, unit, scope) for one in among.items]
        if len(values) == 1:
            return f"{of} is {'not ' if denied else ''}{values[0]}"
        return f"{of} is {'none of' if denied else 'one of'} {_listed(values, 'or')}"

    def quantified(self, node: Quantified, scope: Scope) -> str:
        some = "at least one of" if node.quantifier == "exists" else "each of"
        inner = {**scope, node.bound: type_of(node.among, scope).element or Type(Kind.NUMBER)}
        if isinstance(node.among, Many):
            unit = self.unit(node.among.items[0], scope)
            values = _listed([self.quantity(one, unit, scope) for one in node.among.items], "and")
        else:
            values = self.quantity(node.among, None, scope)
        where = self.condition(node.where, inner)
        if isinstance(node.where, Op) and node.where.of[0] == Name(node.bound) and _once(node):
            return f"{some} {values} {where.removeprefix(node.bound).strip()}"
        return f"for {some} {values}, called {node.bound}: {where}"

    def quantity(self, node: Node, unit: str | None, scope: Scope) -> str:
        """A value in words; a number as written is given ``unit``."""
        match node:
            case Number(value):
                return f"{number_text(value)} {unit_words(unit or '1', value)}".strip()
            case Text(value):
                return f"“{value}”"
            case Flag(value):
                return "yes" if value else "no"
            case Day(value):
                return f"{value.day} {value:%B %Y}"
            case Name(name):
                return self.label(name)
            case Many(items):
                return _listed([self.quantity(item, unit, scope) for item in items], "and")
            case Op("days", (Number(value),)):
                return f"{number_text(value)} {unit_words('d', value)}"
            case Op("days", (inner,)):
                return f"{self.quantity(inner, None, scope)} (in days)"
            case Op("neg", (Number(value),)):
                return self.quantity(Number(-value), unit, scope)
            case Op("neg", (inner,)):
                return f"minus {self.inner(inner, unit, scope)}"
            case Op("+" | "-" | "*" | "/" as op, (left, right)):
                return self.arithmetic(op, left, right, unit, scope)
            case _:
                return f"({self.condition(node, scope)})"

    def arithmetic(self, op: str, left: Node, right: Node, unit: str | None, scope: Scope) -> str:
        if op == "-" and self.kind(left, scope) is self.kind(right, scope) is Kind.DATE:
            return f"the time from {self.inner(right, None, scope)} to {self.inner(left, None, scope)}"
        own = (self.unit(left, scope) or self.unit(right, scope) or unit) if op in "+-" else None
        return f"{self.inner(left, own, scope)} {_SIGNS[op]} {self.inner(right, own, scope)}"

    def inner(self, node: Node, unit: str | None, scope: Scope) -> str:
        """An operand: in brackets where it is itself a calculation."""
        text = self.quantity(node, unit, scope)
        return f"({text})" if isinstance(node, Op) and node.op in _SIGNS else text

    def kind(self, node: Node, scope: Scope) -> Kind:
        return type_of(node, scope).kind

    def unit(self, node: Node, scope: Scope) -> str | None:
        return type_of(node, scope).unit


def _once(node: Quantified) -> bool:
    """Whether the bound name stands only at the head of its condition."""
    rest = node.where.of[1:] if isinstance(node.where, Op) else ()
    one_line = isinstance(node.where, Op) and node.where.op in (COMPARISONS | {"in"})
    return one_line and not any(node.bound in _about(part) for part in rest)


def _listed(values: Sequence[str], word: str) -> str:
    if len(values) == 1:
        return values[0]
    return f"{', '.join(values[:-1])} {word} {values[-1]}"
