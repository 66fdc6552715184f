"""Which sentences the pages say: collected from templates as Django reads them and from Python's calls.

A catalogue is held against these, so a page cannot gain a sentence that a language lacks unnoticed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.template.base import Node, NodeList, Variable
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from holdfast.clinic.languages.catalogue import Sentence

CLINIC = Path(__file__).parent.parent
ROOMS = ("languages", "public", "portal", "forms")
"""Rooms whose every sentence a stranger or a participant may read."""
FILES = (
    "answering.py",
    "participants/wording.py",
    "participants/reached_fields.py",
    "accounts/demo_people.py",
    "dosing/lent.py",
    "jobs/texts.py",
    "keys/reachable.py",
)
"""Files of other rooms that speak on those pages too."""
TEMPLATES = (
    "public/*.html",
    "portal/*.html",
    "dosing/lent*.html",
    "participants/form_blank.html",
    "answer.html",
)
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "later": 1, "ngettext": 2, "pgettext": 2}
"""The functions that translate, and how many texts each takes first."""


def spoken() -> set[Sentence]:
    """Every sentence of the public pages and of a participant's, and of what they include."""
    found: set[Sentence] = set()
    for room in ROOMS:
        for path in sorted((CLINIC / room).glob("*.py")):
            found |= of_python(path.read_text(encoding="utf-8"))
    for name in FILES:
        found |= of_python((CLINIC / name).read_text(encoding="utf-8"))
    folder = CLINIC / "templates"
    names = [path.relative_to(folder) for pattern in TEMPLATES for path in folder.glob(pattern)]
    return found | of_templates(str(name) for name in names)


def of_python(source: str) -> set[Sentence]:
    """The sentences of a module; TypeError where one is put together while running."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in CALLS:
            continue
        texts = [_text(each, node) for each in node.args[: CALLS[node.func.id]]]
        if node.func.id == "pgettext":
            found.add(Sentence(texts[1], context=texts[0]))
        else:
            found.add(Sentence(*texts))
    return found


def _text(given: ast.expr, call: ast.Call) -> str:
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    raise TypeError(f"line {call.lineno}: a sentence put together while running cannot be translated")


def of_templates(names: Iterable[str]) -> set[Sentence]:
    """The sentences of some templates, of what they extend and of what they include."""
    waiting, seen, found = list(names), set(), set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in nodes_of(get_template(name).template.nodelist):  # type: ignore[attr-defined]
            found |= set(_said(node))
            waiting += _named_by(node)
    return found


def nodes_of(nodes: NodeList) -> Iterator[Node]:
    """Every node of a template, in the order in which it is said."""
    for node in nodes:
        yield node
        for attribute in node.child_nodelists:
            yield from nodes_of(getattr(node, attribute, None) or NodeList())
        for _condition, inner in getattr(node, "conditions_nodelists", ()):
            yield from nodes_of(inner)


def _said(node: Node) -> Iterator[Sentence]:
    if isinstance(node, TranslateNode):
        given = getattr(node.filter_expression, "var", None)
        if isinstance(given, Variable):
            given = given.literal
        if isinstance(given, str) and given:
            yield Sentence(given)
    elif isinstance(node, BlockTranslateNode):
        text, _ = node.render_token_list(node.singular)
        plural, _ = node.render_token_list(node.plural) if node.plural else ("", [])
        yield Sentence(text, plural)


def _named_by(node: Node) -> list[str]:
    if isinstance(node, ExtendsNode):
        given = getattr(node.parent_name, "var", None)
    elif isinstance(node, IncludeNode):
        given = getattr(node.template, "var", None)
    else:
        return []
    return [given] if isinstance(given, str) else []
