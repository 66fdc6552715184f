"""Rules: one-line conditions over declared names, in the manner of CEL.

``parse`` a text, ``check`` it against what is declared, ``evaluate`` it on facts,
say it ``in_words``, send it ``to_json`` to the browser, where ``rules.js`` (the file
``JAVASCRIPT``) evaluates it alike. The language is described in docs/rules.md.

>>> rule = parse("age >= 18 && caps_total >= 28")
>>> names = {"age": Declared("number", unit="a", label="age"),
...          "caps_total": Declared("number", label="CAPS-5 total")}
>>> check_boolean(rule, names)
>>> in_words(rule, names)
'age is at least 18 years and CAPS-5 total is at least 28'
>>> verdict = evaluate(rule, {"age": 40})
>>> verdict.truth.value, sorted(verdict.missing)
('unknown', ['caps_total'])
"""

from __future__ import annotations

from pathlib import Path

from holdfast.protocol.rule_check import Declared, Kind, Type, TypeName, check, check_boolean
from holdfast.protocol.rule_eval import Facts, Truth, Value, Verdict, evaluate
from holdfast.protocol.rule_parser import LONGEST, RESERVED, from_json, parse
from holdfast.protocol.rule_tree import Rule, canonical_text, names_in, rule_hash, to_json
from holdfast.protocol.rule_words import differences, in_words, unit_words

JAVASCRIPT = Path(__file__).with_name("rules.js")
"""The browser's evaluator: a plain script that defines ``HoldfastRules`` and evaluates no text."""

__all__ = [
    "JAVASCRIPT",
    "LONGEST",
    "RESERVED",
    "Declared",
    "Facts",
    "Kind",
    "Rule",
    "Truth",
    "Type",
    "TypeName",
    "Value",
    "Verdict",
    "canonical_text",
    "check",
    "check_boolean",
    "differences",
    "evaluate",
    "from_json",
    "in_words",
    "names_in",
    "parse",
    "rule_hash",
    "to_json",
    "unit_words",
]
