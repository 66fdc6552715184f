"""From the text of a rule to its tree.

Grammar, loosest first (relations do not chain)::

    rule     = and { "||" and }
    and      = relation { "&&" relation }
    relation = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" ) sum ]
    sum      = product { ( "+" | "-" ) product }
    product  = unary { ( "*" | "/" ) unary }
    unary    = [ "!" | "-" ] unary | value { "." ( "exists" | "all" ) "(" name "," rule ")" }
    value    = number | text | "true" | "false" | name | "(" rule ")" | "[" rule { "," rule } "]"
             | "days" "(" rule ")" | "date" "(" text ")"
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.errors import RuleError
from holdfast.protocol.rule_tree import (
    LEVEL,
    RELATIONS,
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
    height,
    tree_json,
)

LONGEST = 2_000
"""Characters in a rule. A longer one is no longer one line that a person can approve."""
DEEPEST = 30
"""Brackets, signs and calls inside one another."""
HIGHEST = 100
"""Nodes on the longest way down the tree, long sums included; keeps every walk off the stack's limit."""
QUANTIFIERS = 2
"""``exists`` or ``all`` inside one another; each multiplies the work by the length of its list."""
RESERVED = frozenset({"true", "false", "null", "in", "and", "or", "not", "days", "date", "exists", "all"})
"""Words of the language: no variable may be called so."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t]+)
      | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<name>[a-z][a-z0-9_]*)
      | (?P<text>"(?:[^"\\]|\\["'\\])*"|'(?:[^'\\]|\\["'\\])*')
      | (?P<mark>&&|\|\||==|!=|<=|>=|[<>!+\-*/().,\[\]])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_INSTEAD = {
    "&": "Write && for “and”.",
    "|": "Write || for “or”.",
    "=": "Write == to compare.",
    "≥": "Write >= for “at least”.",
    "≤": "Write <= for “at most”.",
    "≠": "Write != for “is not”.",
    "“": "Write a text between straight quotation marks.",
    "”": "Write a text between straight quotation marks.",
    '"': "This text is not closed: it needs a second quotation mark, "
    "and a backslash in it stands only before a quotation mark or another backslash.",
    "'": "This text is not closed: it needs a second quotation mark, "
    "and a backslash in it stands only before a quotation mark or another backslash.",
    "\u00a0": "Write an ordinary space, not a non-breaking one.",
    "%": "Write a proportion as a number; there is no % in rules.",
    "?": "There is no choice (a ? b : c) in rules; join the cases by || and &&.",
}
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "=="}


def parse(text: str) -> Rule:
    """Read a rule.

    Raises:
        RuleError: the text is not a rule; the message says what was expected, and
            ``position`` where, counted from 0.

    >>> parse("age >= 18 && age < 65").text
    'age >= 18 && age < 65'
    """
    if len(text) > LONGEST:
        raise refused(
            f"A rule has at most {LONGEST} characters; this one has {len(text)}. Split it into several rules",
            at=LONGEST,
        )
    parser = _Parser(_tokens(text.rstrip("\r\n")), end=len(text))
    tree = parser.whole()
    if height(tree) > HIGHEST:
        raise refused(f"This rule chains more than {HIGHEST} operations; split it into several rules", at=0)
    return Rule(text=text, tree=tree)


def from_json(given: Any) -> Rule:
    """The rule of a JSON value made by ``to_json``.

    The text is parsed again, and the tree that came must be the tree of that text.

    Raises:
        RuleError: it is no such value.
    """
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise refused("A rule in JSON is an object with “text” and “tree”", at=0)
    rule = parse(given["text"])
    if given.get("tree") != tree_json(rule.tree):
        raise refused("The tree of this rule is not the tree of its text", at=0)
    return rule


def refused(sentence: str, *, at: int) -> RuleError:
    """The RuleError of a sentence and a position (shown counted from 1)."""
    return RuleError(f"{sentence} (at character {at + 1}).", position=at)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _strange(text, at)
        token = _Token(match.lastgroup, match.group(), at)
        _refuse_odd(token, follows=text[match.end() : match.end() + 1])
        if token.kind != "space":
            found.append(token)
        at = match.end()
    return found


def _strange(text: str, at: int) -> RuleError:
    one = text[at]
    if one in "\r\n":
        return refused("A rule is one line", at=at)
    if one.isalpha() or one == "_":
        return refused(
            "Names begin with a lower-case letter a to z and go on "
            f"with a to z, 0 to 9 and _; “{one}” is none",
            at=at,
        )
    shown = one if one.isprintable() else f"U+{ord(one):04X}"
    return refused(_INSTEAD.get(one, f"“{shown}” has no meaning in a rule").rstrip("."), at=at)


def _refuse_odd(token: _Token, *, follows: str) -> None:
    if token.kind == "text" and any(_hidden(one) for one in token.text):
        raise refused(
            "A text in a rule holds no control characters and none that turn the direction", at=token.at
        )
    if token.kind not in ("number", "name") or not (follows.isalnum() or follows == "_"):
        return
    if token.kind == "number":
        raise refused(
            f"A number ends before “{follows}”: units belong to the declaration of a name, "
            "and thousands are not grouped",
            at=token.at + len(token.text),
        )
    raise refused(
        f"Names are written with a to z, 0 to 9 and _; “{follows}” is none of them",
        at=token.at + len(token.text),
    )


def _hidden(one: str) -> bool:
    # A rule is approved by reading it: what turns the direction would show another rule than is run.
    return unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(one) in _TURNING


class _Parser:
    """One pass over the tokens; ``depth`` counts what is open."""

    def __init__(self, tokens: list[_Token], *, end: int) -> None:
        self.tokens, self.end = tokens, end
        self.place = self.depth = self.quantifiers = 0

    def whole(self) -> Node:
        if not self.tokens:
            raise refused("This rule is empty; write a condition such as age >= 18", at=0)
        tree = self.binary(1)
        left = self.peek()
        if left is not None:
            raise self.unexpected(left, "the end of the rule, or an operator")
        return tree

    def peek(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self, expected: str) -> _Token:
        token = self.peek()
        if token is None:
            raise refused(f"The rule ends where {expected} is expected", at=self.end)
        self.place += 1
        return token

    def require(self, mark: str, *, after: str) -> _Token:
        token = self.take(f"“{mark}” after {after}")
        if token.text != mark:
            raise self.unexpected(token, f"“{mark}” after {after}")
        return token

    def unexpected(self, token: _Token, expected: str) -> RuleError:
        instead = _WORDS.get(token.text)
        hint = f"; write {instead} for “{token.text}”" if instead and token.kind == "name" else ""
        return refused(f"Found {token.text}, expected {expected}{hint}", at=token.at)

    def operator(self) -> _Token | None:
        token = self.peek()
        return token if token is not None and token.text in LEVEL else None

    def binary(self, level: int) -> Node:
        left = self.unary()
        while (token := self.operator()) is not None and LEVEL[token.text] >= level:
            self.place += 1
            right = self.binary(LEVEL[token.text] + 1)
            left = _joined(token, left, right)
            self.refuse_chain(token)
        return left

    def refuse_chain(self, token: _Token) -> None:
        following = self.operator()
        if token.text in RELATIONS and following is not None and following.text in RELATIONS:
            raise refused("Comparisons do not chain; write a < b && b < c for a < b < c", at=following.at)

    def unary(self) -> Node:
        token = self.peek()
        if token is None or token.text not in ("!", "-"):
            return self.quantified(self.value())
        self.place += 1
        self.enter(token)
        of = self.unary()
        self.depth -= 1
        return Op("!" if token.text == "!" else "neg", (of,), token.at)

    def enter(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise refused(
                f"This rule nests more than {DEEPEST} deep; split it into several rules", at=token.at
            )

    def value(self) -> Node:
        token = self.take("a value")
        match token.kind, token.text:
            case "number", text:
                return _number(text, token.at)
            case "text", text:
                return Text(_ESCAPE.sub(r"\1", text[1:-1]), token.at)
            case _, "true" | "false":
                return Flag(token.text == "true", token.at)
            case _, "days" | "date":
                return self.call(token)
            case _, "(":
                return self.bracketed(token)
            case _, "[":
                return self.listed(token)
            case "name", text if text not in RESERVED:
                return Name(text, token.at)
        raise self.unexpected(token, "a number, a text, a name, true, false, a list or a bracket")

    def bracketed(self, opening: _Token) -> Node:
        self.enter(opening)
        inner = self.binary(1)
        self.require(")", after="what was opened by “(”")
        self.depth -= 1
        return inner

    def listed(self, opening: _Token) -> Node:
        self.enter(opening)
        following = self.peek()
        if following is not None and following.text == "]":
            raise refused("A list needs at least one value", at=opening.at)
        items = [self.binary(1)]
        while (token := self.take("“,” or “]”")).text == ",":
            items.append(self.binary(1))
        if token.text != "]":
            raise self.unexpected(token, "“,” or “]” in a list")
        self.depth -= 1
        return Many(tuple(items), opening.at)

    def call(self, word: _Token) -> Node:
        self.require("(", after=word.text)
        inner = self.bracketed(word)
        if word.text == "days":
            return Op("days", (inner,), word.at)
        if not isinstance(inner, Text):
            raise refused('A date is written date("2026-11-03")', at=word.at)
        return _day(inner.value, word.at)

    def quantified(self, among: Node) -> Node:
        while (dot := self.peek()) is not None and dot.text == ".":
            self.place += 1
            word = self.take("exists or all")
            if word.text not in ("exists", "all"):
                raise self.unexpected(word, "exists or all after the dot")
            among = self.condition_on(among, word)
        return among

    def condition_on(self, among: Node, word: _Token) -> Quantified:
        self.require("(", after=word.text)
        self.enter(word)
        self.quantifiers += 1
        if self.quantifiers > QUANTIFIERS:
            raise refused(f"exists and all stand at most {QUANTIFIERS} deep inside one another", at=word.at)
        bound = self.take("a name for each value")
        if bound.kind != "name" or bound.text in RESERVED:
            raise self.unexpected(bound, "a name for each value of the list")
        self.require(",", after=f"the name {bound.text}")
        where = self.binary(1)
        self.require(")", after=f"the condition of {word.text}")
        self.quantifiers -= 1
        self.depth -= 1
        return Quantified(word.text, among, bound.text, where, word.at)


def _joined(token: _Token, left: Node, right: Node) -> Op:
    if token.text not in ("&&", "||"):
        return Op(token.text, (left, right), token.at)
    parts: list[Node] = []
    for side in (left, right):
        parts.extend(side.of if isinstance(side, Op) and side.op == token.text else (side,))
    return Op(token.text, tuple(parts), token.at)


def _number(text: str, at: int) -> Number:
    value = float(text)
    if not math.isfinite(value):
        raise refused("This number is too large", at=at)
    return Number(value, at)


def _day(text: str, at: int) -> Day:
    try:
        if re.fullmatch(r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}", text):
            return Day(date.fromisoformat(text), at)
    except ValueError:
        pass
    raise refused(f'“{text}” is no day of the calendar; write a date as date("2026-11-03")', at=at)
