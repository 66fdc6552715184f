"""Small pieces of a page that are drawn once and kept: of hundreds, one is new at a time."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

KEPT = 65_536
"""Pieces of some hundred bytes; two hundred sessions of a whole day have fewer."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Things of one kind, each drawn by a template that reads nothing but ``each``."""

    template: str
    things: tuple[Hashable, ...]

    def __str__(self) -> SafeString:
        """All of them, one after another."""
        language = get_language()
        # Every piece was escaped by its own template.
        return mark_safe("".join(_drawn(self.template, language, each) for each in self.things))

    def __len__(self) -> int:
        return len(self.things)


@lru_cache(maxsize=KEPT)
def _drawn(template: str, language: str | None, each: Hashable) -> str:
    return render_to_string(template, {"each": each}).strip()
