"""REDCap: a data dictionary in its 18 columns, records by event, events, and which form is asked at which.

REDCap's own rules: a field's name has lower-case letters, digits and underscores and begins with a letter;
the first field is the record's id; fields of a form stand together; an event's unique name is its label's
first 18 letters with the arm's number (its "arm" is a branch of events, here always the one); a form ends
with ``<form>_complete`` (0 incomplete, 2 complete). Sources stand in docs/exchange.md.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from holdfast.errors import ImpossibleValue

COLUMNS = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?",
    "Branching Logic (Show field only if...)", "Required Field?", "Custom Alignment",
    "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?", "Field Annotation",
)  # fmt: skip
NAME = re.compile(r"[a-z](?:[a-z0-9_]*[a-z0-9])?")
EVENT_LETTERS = 18
RECORD_ID, EVENT = "record_id", "redcap_event_name"
INCOMPLETE, COMPLETE = "0", "2"

Type = Literal["text", "radio", "yesno"]
Validation = Literal["", "integer", "number", "date_ymd"]
Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One row of the dictionary. ``choices`` are (code, label) of a radio field; bounds are of numbers."""

    name: str
    form: str
    label: str
    type: Type = "text"
    choices: tuple[tuple[str, str], ...] = ()
    validation: Validation = ""
    minimum: float | None = None
    maximum: float | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for name in (self.name, self.form):
            if not NAME.fullmatch(name):
                raise ImpossibleValue(f"REDCap takes no field or form called {name!r}.", field="name")

    @property
    def row(self) -> dict[str, str]:
        """The row by column."""
        given = {
            "Variable / Field Name": self.name,
            "Form Name": self.form,
            "Field Type": self.type,
            "Field Label": one_line(self.label),
            "Choices, Calculations, OR Slider Labels": " | ".join(
                f"{code}, {one_line(label)}" for code, label in self.choices
            ),
            "Field Note": one_line(self.note),
            "Text Validation Type OR Show Slider Number": self.validation,
            "Text Validation Min": bound(self.minimum),
            "Text Validation Max": bound(self.maximum),
        }
        return {column: given.get(column, "") for column in COLUMNS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: its label of letters, digits and spaces, what it is called beside it, its forms."""

    label: str
    called: str
    forms: tuple[str, ...]

    @property
    def unique(self) -> str:
        """The unique name that REDCap makes of the label in its first arm."""
        return f"{name_of(self.label)[:EVENT_LETTERS]}_arm_1"


def name_of(*words: str) -> str:
    """A field's or form's name of some words: "PCL-5", "q1" gives "pcl_5_q1"."""
    return re.sub(r"[^a-z0-9]+", "_", "_".join(words).lower()).strip("_")


def one_line(text: str) -> str:
    """A label without what parts choices and rows."""
    return " ".join(text.replace("|", "/").split())


def bound(number: float | None) -> str:
    """A bound as text; empty where there is none."""
    return "" if number is None else f"{number:g}"


def dictionary_csv(fields: Sequence[Field]) -> bytes:
    """The data dictionary; ImpossibleValue where REDCap would refuse it."""
    names = [field.name for field in fields]
    forms = [field.form for field in fields]
    runs = [form for at, form in enumerate(forms) if at == 0 or forms[at - 1] != form]
    if not names or names[0] != RECORD_ID:
        raise ImpossibleValue("The first field of a REDCap dictionary is the record's id.", field="fields")
    if len(set(names)) < len(names) or len(set(runs)) < len(runs):
        raise ImpossibleValue("Fields of a REDCap form stand together, each name once.", field="fields")
    return _csv(COLUMNS, (field.row for field in fields))


def columns_of(fields: Sequence[Field]) -> tuple[str, ...]:
    """The columns of the data: the record, its event, the fields of each form and whether it is complete."""
    found = [RECORD_ID, EVENT]
    for at, field in enumerate(fields):
        if field.name != RECORD_ID:
            found.append(field.name)
        if at + 1 == len(fields) or fields[at + 1].form != field.form:
            found.append(f"{field.form}_complete")
    return tuple(found)


def data_csv(fields: Sequence[Field], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """The data, a row for each record and event; a cell that is not given is empty."""
    columns = columns_of(fields)
    return _csv(columns, ({name: said(row.get(name)) for name in columns} for row in rows))


def said(cell: Cell) -> str:
    """A cell as text: yes and no as 1 and 0, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    return f"{cell:.12g}" if isinstance(cell, float) else str(cell)


def events_csv(events: Sequence[Event]) -> bytes:
    """The events, in order."""
    unique = [event.unique for event in events]
    if len(set(unique)) < len(unique):
        raise ImpossibleValue("Two events begin with the same 18 letters: REDCap could not tell them apart.")
    columns = ("event_name", "arm_num", "unique_event_name", "custom_event_label")
    return _csv(
        columns,
        (
            dict(zip(columns, (event.label, "1", event.unique, one_line(event.called)), strict=True))
            for event in events
        ),
    )


def mapping_csv(events: Sequence[Event]) -> bytes:
    """Which form is asked at which event."""
    columns = ("arm_num", "unique_event_name", "form")
    return _csv(
        columns,
        (
            dict(zip(columns, ("1", event.unique, form), strict=True))
            for event in events
            for form in event.forms
        ),
    )


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")
