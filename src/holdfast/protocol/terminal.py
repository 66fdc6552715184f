"""A protocol's outline on the terminal, with rich."""

from __future__ import annotations

from collections.abc import Callable

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from holdfast.protocol.outline import Outline, Section

GAP = 2
"""Blanks between two columns."""


def print_outline(given: Outline, *, console: Console) -> None:
    """Print every section; nothing in it is read as markup."""
    console.print(Text(given.title, style="bold"))
    for paragraph in given.lead:
        console.print(Text(paragraph))
    for section in given.sections:
        console.print()
        console.print(Text(section.title, style="bold underline"))
        if section.note:
            console.print(Text(section.note, style="italic"))
        if not section.rows:
            continue
        least = _widths(section, cell_width=_longest_word)
        if sum(least) + GAP * len(least) <= console.width:
            console.print(_table(section, least, width=console.width))
        else:
            _print_rows(section, console=console)


def _longest_word(cell: str) -> int:
    return max((cell_len(word) for word in cell.split()), default=0)


def _widths(section: Section, *, cell_width: Callable[[str], int]) -> list[int]:
    columns = zip(section.columns, *section.rows, strict=True)
    return [max(cell_width(cell) for cell in column) for column in columns]


def _table(section: Section, least: list[int], *, width: int) -> Table:
    """A table whose columns are never narrower than their longest word: rich alone would cut it."""
    widest = _widths(section, cell_width=cell_len)
    widths = list(least)
    for _ in range(width - sum(least) - GAP * len(least)):
        wanting = max(range(len(widths)), key=lambda index: widest[index] / max(widths[index], 1))
        if widths[wanting] >= widest[wanting]:
            break
        widths[wanting] += 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column, fitted in zip(section.columns, widths, strict=True):
        table.add_column(Text(column), width=max(fitted, 1))
    for row in section.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _print_rows(section: Section, *, console: Console) -> None:
    """A table too wide for the terminal, row by row; empty cells are left out."""
    for row in section.rows:
        console.print(Text(row[0], style="bold"))
        for column, cell in zip(section.columns[1:], row[1:], strict=True):
            if cell:
                console.print(Padding(Text(f"{column}: {cell}"), (0, 0, 0, 2)))
