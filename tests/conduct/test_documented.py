"""docs/conduct.md names every code of a refusal, a deviation and an alarm, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from holdfast.conduct import watch

ROOT = Path(__file__).parents[2]
CONDUCT = ROOT / "src" / "holdfast" / "conduct"
PAGE = ROOT / "docs" / "conduct.md"


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def codes_in_code() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"refusal": set(), "deviation": set(), "alarm": set()}
    places = {"Reason": ("refusal", 0), "deviate": ("deviation", 1), "alarm": ("alarm", 1)}
    for path in CONDUCT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _called(node) in places:
                kind, index = places[_called(node)]
                code = _text(node.args[index]) if len(node.args) > index else None
                if code:
                    found[kind].add(code)
            if isinstance(node, ast.Tuple) and len(node.elts) == 3:
                code, severity = _text(node.elts[0]), _text(node.elts[2])
                if code and severity in ("minor", "major"):
                    found["deviation"].add(code)
    # What raises itself is no call of a pen: its codes are the keys of what is to be done about each.
    found["alarm"] |= set(watch.ACTIONS)
    return found


def codes_in_page(heading: str) -> set[str]:
    section = PAGE.read_text().split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([a-z0-9-]+)` \|", section, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("refusal", "Why a request is refused"),
        ("deviation", "Deviations found by the software"),
        ("alarm", "Alarms besides limits"),
    ],
)
def test_every_code_is_documented_and_no_other(kind, heading):
    # A dose's alarms take the codes of its deviations; they are not spelt in a call of their own.
    assert codes_in_code()[kind] == codes_in_page(heading)
