"""Safety among those dosed: adverse events by term, of any valence, with their denominators."""

from __future__ import annotations

import polars as pl

from holdfast.analysis.groups import count, group_names, group_of
from holdfast.analysis.results import ALL, EventRow, Safety
from holdfast.protocol.model import Protocol

NOTE = (
    "People with at least one event, of those given at least one dose. Events were asked for by name "
    "and told freely; favourable effects such as euphoria are events too."
)
LEFT_OUT = (
    " Effects asked for by name are left out until the study is unblinded, but for serious ones: how many "
    "there are, before and after somebody's session, would show the arm."
)


def safety(adsl: pl.DataFrame, *, adae: pl.DataFrame, protocol: Protocol) -> Safety:
    """Counts by group. Without the key prompted effects are left out: their number would show the arm."""
    names = group_names(adsl, protocol)
    groups = group_of(adsl)
    dosed = adsl.filter((pl.col("RANDFL") == "Y") & (pl.col("SAFFL") == "Y"))["USUBJID"].to_list()
    events = adae.filter((pl.col("TRTEMFL") == "Y") & pl.col("USUBJID").is_in(dosed))
    serious = events.filter(pl.col("AESER") == "Y")
    pooled = names == (ALL,)
    if pooled:
        events = events.filter(pl.col("AESOURCE") != "prompted")

    def people(chosen: pl.DataFrame) -> dict[str, int]:
        return count(chosen["USUBJID"].unique().to_list(), groups, names)

    rows = []
    for (term,), own in events.group_by("AETERM", maintain_order=True):
        rows.append(
            EventRow(
                term=str(term),
                prompted=bool((own["AESOURCE"] == "prompted").any()),
                people=people(own),
                events=count(own["USUBJID"].to_list(), groups, names),
            )
        )
    rows.sort(key=lambda row: (-sum(row.people.values()), row.term))
    special = events.filter(pl.col("AESPINT").is_not_null())
    return Safety(
        denominators=count(dosed, groups, names),
        any_event=people(events),
        serious=people(serious),
        severe=people(events.filter(pl.col("AESEV") == "SEVERE")),
        special={str(kind): people(own) for (kind,), own in special.group_by("AESPINT", maintain_order=True)},
        rows=tuple(rows),
        note=NOTE + LEFT_OUT if pooled else NOTE,
    )
