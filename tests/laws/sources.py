"""The project's own source files, parsed once, for the tests that hold its laws."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "holdfast"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its path below it, e.g. "conduct/session.py"."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if "/migrations/" not in path.as_posix()
    }


def imports(tree: ast.Module) -> set[tuple[str, str]]:
    """Pairs (module, name) of everything a module imports; name is empty for whole modules."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {(node.module, alias.name) for alias in node.names}
    return found


def calls(tree: ast.Module) -> set[tuple[str, int]]:
    """Dotted names of everything called, with the line."""
    return {(ast.unparse(node.func), node.lineno) for node in ast.walk(tree) if isinstance(node, ast.Call)}
