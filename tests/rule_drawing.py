"""Random rules and facts for the tests of the rule language; well typed, reproducible from a seed."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from holdfast.protocol.rule_tree import Day, Flag, Many, Name, Node, Number, Op, Quantified, Rule, Text
from holdfast.protocol.rules import Declared, canonical_text, parse

TEXTS = ("a", "b", "Zoë", 'say "no"', "a\\b", "𝔸")
NUMBERS = (0.0, 1.0, 2.0, 3.0, 0.5, 0.1, 0.3, 18.0, 120.0, 1e22, 1e308, 5e-324)
TAME = (0.5, 1.0, 2.0, 3.0, 0.1, 0.3, 18.0, 120.0)
"""Numbers of which no sum or product in a rule is too large, and no divisor zero."""
NAMES = {
    **{f"n{i}": Declared("number", label=f"number {i}") for i in range(4)},
    **{f"b{i}": Declared("bool", label=f"answer {i}") for i in range(4)},
    **{f"t{i}": Declared("text", label=f"text {i}") for i in range(2)},
    **{f"d{i}": Declared("date", label=f"date {i}") for i in range(3)},
    "ns": Declared("numbers", label="readings"),
    "ts": Declared("texts", label="medicines"),
    "ds": Declared("dates", label="doses"),
}
ORDER = ("<", "<=", ">", ">=")
EQUAL = ("==", "!=")


class Drawer:
    """Draws rules.

    ``cel`` leaves out what CEL has otherwise: dates, durations, and quotients that are no number.
    """

    def __init__(self, dice: Random, *, cel: bool = False) -> None:
        self.dice, self.calendar = dice, not cel
        self.numbers = TAME if cel else NUMBERS
        self.bound: list[tuple[str, str]] = []

    def rule(self, depth: int = 4) -> Rule:
        """A condition, parsed from its canonical text."""
        return parse(canonical_text(Rule(text="", tree=self.condition(depth))))

    def condition(self, depth: int) -> Node:
        kinds = (
            ["name", "flag"]
            if depth <= 0
            else ["name", "and", "or", "not", "number", "text", "equal", "in", "any"]
        )
        if depth > 0 and self.calendar:
            kinds += ["date", "span"]
        match self.dice.choice(kinds):
            case "name":
                return self.name("b")
            case "flag":
                return Flag(self.dice.random() < 0.5)
            case "and" | "or" as op:
                parts = tuple(self.condition(depth - 1) for _ in range(self.dice.randint(2, 3)))
                return Op("&&" if op == "and" else "||", parts)
            case "not":
                return Op("!", (self.condition(depth - 1),))
            case "number":
                return self.compare(ORDER + EQUAL, self.number(depth - 1), self.number(depth - 1))
            case "text":
                return self.compare(EQUAL, self.text(), self.text())
            case "equal":
                return self.compare(EQUAL, self.condition(depth - 1), self.condition(depth - 1))
            case "in":
                return self.within(depth - 1)
            case "date":
                return self.compare(ORDER, self.day(depth - 1), self.day(depth - 1))
            case "span":
                return self.compare(ORDER + EQUAL, self.span(depth - 1), self.span(depth - 1))
        return self.quantified(depth - 1)

    def compare(self, ops: tuple[str, ...], left: Node, right: Node) -> Node:
        return Op(self.dice.choice(ops), (left, right))

    def name(self, kind: str) -> Node:
        own = [name for name in NAMES if name[0] == kind and not name.endswith("s")]
        return Name(self.dice.choice(own + [name for name, of in self.bound if of == kind] * 4))

    def number(self, depth: int) -> Node:
        if depth <= 0 or self.dice.random() < 0.4:
            return self.name("n") if self.dice.random() < 0.6 else Number(self.dice.choice(self.numbers))
        if self.dice.random() < 0.15:
            return Op("neg", (self.number(depth - 1),))
        op, left = self.dice.choice("+-*/"), self.number(depth - 1)
        if op == "/" and not self.calendar:
            return Op(op, (left, Number(self.dice.choice(TAME))))
        return Op(op, (left, self.number(depth - 1)))

    def text(self) -> Node:
        return self.name("t") if self.dice.random() < 0.6 else Text(self.dice.choice(TEXTS))

    def day(self, depth: int) -> Node:
        if depth > 0 and self.dice.random() < 0.3:
            return Op(self.dice.choice("+-"), (self.day(depth - 1), self.span(depth - 1)))
        if self.dice.random() < 0.7:
            return self.name("d")
        return Day(date(2026, 1, 1) + timedelta(days=self.dice.randint(-400, 400)))

    def span(self, depth: int) -> Node:
        if depth <= 0 or self.dice.random() < 0.3:
            return Op("days", (self.number(depth - 1),))
        if self.dice.random() < 0.2:
            return Op("neg", (self.span(depth - 1),))
        if self.dice.random() < 0.5:
            return Op("-", (self.day(depth - 1), self.day(depth - 1)))
        return Op(self.dice.choice("+-"), (self.span(depth - 1), self.span(depth - 1)))

    def among(self, depth: int) -> tuple[str, Node]:
        kind = self.dice.choice("ntd" if self.calendar else "nt")
        if self.dice.random() < 0.5:
            return kind, Name(f"{kind}s")
        one = {"n": lambda: self.number(depth), "t": self.text, "d": lambda: self.day(depth)}[kind]
        return kind, Many(tuple(one() for _ in range(self.dice.randint(1, 3))))

    def within(self, depth: int) -> Node:
        kind, among = self.among(depth)
        if kind == "d":
            return self.condition(depth)
        return Op("in", (self.number(depth) if kind == "n" else self.text(), among))

    def quantified(self, depth: int) -> Node:
        if len(self.bound) == 2:
            return self.condition(depth)
        kind, among = self.among(depth)
        name = f"x{len(self.bound)}"
        self.bound.append((name, kind))
        where = self.condition(depth)
        self.bound.pop()
        return Quantified(self.dice.choice(("exists", "all")), among, name, where)


def draw_value(dice: Random, name: str, *, vague: bool, tame: bool = False) -> Any:
    """A fact of the name's type; dates as ISO text, known to the month or year where ``vague``."""
    if name.endswith("s"):
        return [draw_value(dice, name[0], vague=vague, tame=tame) for _ in range(dice.randint(0, 3))]
    match name[0]:
        case "n":
            return dice.choice((*(TAME if tame else NUMBERS), -1.0, -0.0, 2.5))
        case "b":
            return dice.random() < 0.5
        case "t":
            return dice.choice(TEXTS)
    whole = (date(2026, 1, 1) + timedelta(days=dice.randint(-400, 400))).isoformat()
    return whole[: dice.choice((10, 10, 7, 4))] if vague else whole


def draw_facts(dice: Random, *, given: float = 0.6, vague: bool = True, wrong: float = 0.0) -> dict[str, Any]:
    """Facts for the names, each there with probability ``given``, of a wrong kind with ``wrong``."""
    facts: dict[str, Any] = {}
    for name in NAMES:
        if dice.random() < wrong:
            facts[name] = dice.choice(
                ("", "soon", "2026-13", 3, True, None, [1, "a", None], [], "2026-02-30")
            )
        elif dice.random() < given:
            facts[name] = draw_value(dice, name, vague=vague)
    return facts
