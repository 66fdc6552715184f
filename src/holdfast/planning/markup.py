"""Tables of a plan's page: captions, headers with scopes, and cells of several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from holdfast.planning.side_by_side import Group

NUMERIC = re.compile(
    r"^(\N{MINUS SIGN}?[0-9][0-9.,\N{NARROW NO-BREAK SPACE}]*|not known|not asked|\N{EN DASH})"
)


def grouped_table(caption: str, heads: Sequence[str], groups: Sequence[Group]) -> str:
    """A column per head, rows under group headings, each group's note in the row behind it."""
    width = len(heads) + 1
    columns = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    bodies = []
    for group in groups:
        heading = (
            f'<tr class="group"><th scope="rowgroup" colspan="{width}">{escape(group.heading)}</th></tr>'
        )
        rows = "".join(
            f'<tr><th scope="row">{escape(row.label)}</th>' + "".join(map(_cell, row.cells)) + "</tr>"
            for row in group.rows
        )
        note = f'<tr class="note"><td colspan="{width}">{escape(group.note)}</td></tr>' if group.note else ""
        bodies.append(f"<tbody>{heading}{rows}{note}</tbody>")
    return _framed(caption, f"<thead><tr><td></td>{columns}</tr></thead>" + "".join(bodies), wide=True)


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A plain table whose first column names the row; columns of numbers stand to the right."""
    if not rows:
        return ""
    right = [all(NUMERIC.match(cell) for cell in column) for column in zip(*rows, strict=True)]
    numeric = [' class="n"' if each and place else "" for place, each in enumerate(right)]
    columns = "".join(f'<th scope="col"{numeric[i]}>{escape(head)}</th>' for i, head in enumerate(heads))
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td{numeric[i]}>{escape(cell)}</td>" for i, cell in enumerate(row[1:], 1))
        + "</tr>"
        for row in rows
    )
    return _framed(caption, f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody>")


def _cell(lines: Sequence[str]) -> str:
    numeric = ' class="n"' if all(NUMERIC.match(line) for line in lines) else ""
    return f"<td{numeric}>{'<br>'.join(map(escape, lines))}</td>"


def _framed(caption: str, content: str, *, wide: bool = False) -> str:
    """Scrolls by itself where it is wider than the page, by keyboard too."""
    kind = "scroll wide" if wide else "scroll"
    return (
        f'<div class="{kind}" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table><caption>{escape(caption)}</caption>{content}</table></div>"
    )
