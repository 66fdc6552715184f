"""Citations of a study file: a figure names a source, and takes over its citation, status and date.

A ``source`` without a space is the key of an entry of ``sources``; anything else is
the citation or reason itself.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator

from holdfast.errors import Problem
from holdfast.protocol.reader import Data, Place, Sheet
from holdfast.sourced import CITABLE

NO_SOURCE = "no source stated"
"""Stands in for a missing source while the rest of the file is checked; never reaches a Protocol."""

_CITABLE = frozenset(status.value for status in CITABLE)


def resolved(sheet: Sheet) -> tuple[dict[str, Data], list[Problem]]:
    """The file's data with every named source written out, and what is wrong with sources."""
    root = copy.deepcopy(sheet.root)
    given = root.get("sources")
    sources = given if isinstance(given, dict) else {}
    problems: list[Problem] = []
    for place, part in _parts((), root):
        if not place or place[0] == "sources":
            continue
        figure = "value" in part and "unit" in part
        if figure or "source" in part:
            problems.extend(_resolve(part, place, figure=figure, sources=sources, sheet=sheet))
    return root, problems


def _parts(place: Place, here: Data) -> Iterator[tuple[Place, dict[str, Data]]]:
    stack: list[tuple[Place, Data]] = [(place, here)]
    while stack:
        place, here = stack.pop()
        if isinstance(here, dict):
            yield place, here
            stack.extend(((*place, key), value) for key, value in here.items())
        elif isinstance(here, list):
            stack.extend(((*place, index), value) for index, value in enumerate(here))


def _resolve(
    part: dict[str, Data], place: Place, *, figure: bool, sources: dict[str, Data], sheet: Sheet
) -> Iterator[Problem]:
    given = part.get("source")
    if given is None or given == "":
        yield sheet.problem(
            place,
            found="a figure without a source" if figure else "nothing as source",
            expected="'source:' with a key of 'sources', a citation, or the reason of an assumption",
            remedy="State where the number comes from; one without a source does not compile.",
        )
        part.update(source=NO_SOURCE, status="assumed")
        part.update({"date": "1970"} if figure else {})
        return
    if not isinstance(given, str) or " " in given.strip():
        yield from _own_status(part, (*place, "status"), figure=figure, sheet=sheet)
        return
    entry = sources.get(given)
    if not isinstance(entry, dict):
        yield _unknown(given, (*place, "source"), sources=sources, sheet=sheet)
        part.update(source=NO_SOURCE, status="assumed")
        part.update({"date": "1970"} if figure else {})
        return
    yield from _stronger(part, entry, (*place, "status"), sheet=sheet)
    part["source"] = entry.get("cite", NO_SOURCE)
    part.setdefault("status", entry.get("status", "assumed"))
    if figure:
        part.setdefault("date", entry.get("date", "1970"))


def _own_status(part: dict[str, Data], place: Place, *, figure: bool, sheet: Sheet) -> Iterator[Problem]:
    if "status" not in part:
        yield sheet.problem(
            place,
            found="a citation without a status",
            expected="'status:' (and 'date:' for a figure) beside it",
            remedy="State how it is known, or name an entry of 'sources', which holds both.",
        )
        part["status"] = "assumed"
        part.update({"date": part.get("date", "1970")} if figure else {})


def _stronger(
    part: dict[str, Data], entry: dict[str, Data], place: Place, *, sheet: Sheet
) -> Iterator[Problem]:
    own, theirs = part.get("status"), entry.get("status")
    if own in _CITABLE and theirs not in _CITABLE:
        yield sheet.problem(
            place,
            found=f"the status {own} on a source that is {theirs}",
            expected=f"{theirs}",
            remedy="An assumption cannot be cited; name the work instead.",
        )


def _unknown(given: str, place: Place, *, sources: dict[str, Data], sheet: Sheet) -> Problem:
    near = difflib.get_close_matches(given, list(sources), n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return sheet.problem(
        place,
        found=f"the source {given!r}, which 'sources' does not hold",
        expected="a key of 'sources', or a citation in words",
        remedy=f"{hint}Add it to 'sources' with cite, status and date.",
    )
