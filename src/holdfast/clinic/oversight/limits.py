"""Figures that have no value in a live study until a physician of the site signs each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.clinic.ledger.models import SiteRow
from holdfast.protocol.figures import figures, unsigned
from holdfast.protocol.model import Protocol
from holdfast.protocol.outline import shown
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.study import LimitSigned
from holdfast.timing import in_words


@dataclass(frozen=True, slots=True)
class Signed:
    """A figure at a site: its value there, by whom and when; empty where nobody signed."""

    site: str
    value: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Line:
    """A figure that needs a signature."""

    path: str
    rehearsal: str
    source: str
    at_sites: tuple[Signed, ...]


def context(
    protocol: Protocol, sites: Sequence[SiteRow], records: Sequence[Record], *, live: bool
) -> dict[str, Any]:
    """What the page shows."""
    known = figures(protocol)
    last: dict[tuple[str, str], tuple[Record, LimitSigned]] = {}
    for record in resolve(records):
        if isinstance(record.fact, LimitSigned):
            last[record.site, record.fact.path] = (record, record.fact)
    lines = [
        Line(
            path=path,
            rehearsal=shown(known[path]),
            source=known[path].source,
            at_sites=tuple(_signed(each.site, last.get((each.site, path))) for each in sites),
        )
        for path in unsigned(protocol)
    ]
    open_ = sum(not each.by for line in lines for each in line.at_sites)
    return {"lines": lines, "sites": sites, "open": open_, "count": len(lines), "live": live}


def _signed(site: str, found: tuple[Record, LimitSigned] | None) -> Signed:
    if found is None:
        return Signed(site, "", "", "")
    record, fact = found
    signed = ", ".join(f"{value:g}" for value in fact.values or (fact.value,))
    return Signed(site, f"{signed} {fact.unit}", fact.physician, in_words(record.happened_at))
