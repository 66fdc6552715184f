"""Fields and what was typed, made ready for the one template that draws every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as part
from typing import Any
from uuid import UUID

from holdfast.clinic.forms.answers import ABSENT, VALUE, Given
from holdfast.clinic.forms.fields import Choice, Field, absence_words, sent


@dataclass(slots=True)
class Row:
    """One field as the template draws it."""

    field: Field
    name: str
    absent_name: str
    typed: list[str]
    absent: str
    error: str
    recheck: str
    details: list[Row] = part(default_factory=list)

    @property
    def value(self) -> str:
        """What stands in a single input."""
        return self.typed[0] if self.typed else ""

    @property
    def id(self) -> str:
        """The id of its first input."""
        return "f-" + self.field.code

    @property
    def choices(self) -> list[tuple[Choice, bool]]:
        """Every choice, and whether it is chosen."""
        return [(each, each.sent in self.typed) for each in self.field.choices]

    @property
    def described(self) -> str:
        """The ids of what describes the input: hint, error, second look."""
        parts = [("hint", self.field.hint), ("error", self.error), ("recheck", self.recheck)]
        return " ".join(f"{self.id}-{name}" for name, text in parts if text)

    @property
    def open(self) -> bool:
        """Whether its details must be seen: something in them is given or wrong."""
        return any(row.typed or row.absent or row.error for row in self.details)


def rows(fields: Sequence[Field], given: Given | None) -> list[Row]:
    """The rows of a form, details under what they are details of."""
    by_code: dict[str, Row] = {}
    top: list[Row] = []
    for each in fields:
        row = _row(each, given)
        by_code[each.code] = row
        (by_code[each.within].details if each.within in by_code else top).append(row)
    return top


def _row(wanted: Field, given: Given | None) -> Row:
    typed = given.typed.get(wanted.code, []) if given else []
    if given is None and wanted.initial is not None:
        initial = wanted.initial if isinstance(wanted.initial, tuple) else (wanted.initial,)
        typed = [sent(each) for each in initial]
    return Row(
        field=wanted,
        name=VALUE + wanted.code,
        absent_name=ABSENT + wanted.code,
        typed=[each for each in typed if each],
        absent=given.absent.get(wanted.code, "") if given else "",
        error=given.errors.get(wanted.code, "") if given else "",
        recheck=given.unlikely.get(wanted.code, "") if given else "",
    )


def _second_looks(labels: dict[str, str], given: Given | None) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is to be looked at again: each sentence once, with the fields it is about."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code, sentence in (given.unlikely if given else {}).items():
        found.setdefault(sentence, []).append((code, labels.get(code, code)))
    return list(found.items())


def context(fields: Sequence[Field], given: Given | None, *, action: UUID, draft: str) -> dict[str, Any]:
    """What ``forms/fields.html`` needs. ``draft`` names the browser's draft of this form."""
    drawn = rows(fields, given)
    labels = {each.code: each.label for each in fields}
    errors = given.errors if given else {}
    return {
        "rows": drawn,
        "absences": absence_words(),
        "action": action,
        "draft": draft,
        "problems": [(code, labels.get(code, ""), sentence) for code, sentence in errors.items()],
        "second_looks": _second_looks(labels, given),
    }
