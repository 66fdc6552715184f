"""A protocol's outline as one self-contained HTML page: light and dark, and good on paper.

No script, no address to fetch from, every text escaped.
"""

from __future__ import annotations

import re
from html import escape

from holdfast.protocol.outline import Outline, Section

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fdfdfc; --faint: #5b6470; --line: #d5d9de;
  --band: #f2f4f6; --mark: #0b5c6b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --paper: #15181c; --faint: #a0a8b2;
  --line: #363c44; --band: #1d2127; --mark: #6cc5d6; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, nav { max-width: 80rem; margin: 0 auto; padding: 1rem 1.25rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1.5rem 0 .75rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--mark); }
p { max-width: 48rem; overflow-wrap: anywhere; } .note { color: var(--faint); }
nav ul { columns: 3 14rem; padding: 0; margin: 0; list-style: none; } a { color: var(--mark); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; min-width: 3.2rem; }
thead th { background: var(--band); overflow-wrap: normal; } tbody th { font-weight: 600; min-width: 8rem; }
@media print { :root { --ink: #000; --paper: #fff; --faint: #333; --line: #999; --band: #eee; --mark: #000; }
  body { font-size: 9.5pt; } nav { display: none; } main { max-width: none; padding: 0; }
  .wide { overflow: visible; } thead { display: table-header-group; } tr { break-inside: avoid; }
  h2 { break-after: avoid; } @page { size: A4 landscape; margin: 14mm; } }
"""


def html(given: Outline, *, language: str = "en") -> str:
    """The page as text; write it as UTF-8."""
    contents = "".join(f'<li><a href="#{_id(one)}">{escape(one.title)}</a></li>' for one in given.sections)
    lead = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in given.lead)
    sections = "".join(_section(one) for one in given.sections)
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(given.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{escape(given.title)}</h1>\n{lead}\n<nav aria-label="Contents"><ul>{contents}</ul></nav>\n'
        f"{sections}</main>\n</body>\n</html>\n"
    )


def _id(section: Section) -> str:
    return re.sub(r"[^a-z0-9]+", "-", section.title.lower()).strip("-")


def _section(section: Section) -> str:
    note = f'<p class="note">{escape(section.note)}</p>\n' if section.note else ""
    table = _table(section) if section.rows else ""
    name = _id(section)
    heading = f'<h2 id="{name}">{escape(section.title)}</h2>\n'
    return f'<section aria-labelledby="{name}">\n{heading}{note}{table}</section>\n'


def _table(section: Section) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in section.columns)
    body = "".join(f"<tr>{_row(row)}</tr>\n" for row in section.rows)
    # A table that scrolls sideways must be reachable by keyboard.
    opening = f'<div class="wide" role="region" tabindex="0" aria-label="{escape(section.title)}, table">'
    return f"{opening}<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"


def _row(row: tuple[str, ...]) -> str:
    first = f'<th scope="row">{escape(row[0])}</th>'
    return first + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
