"""Facts of what contradicts itself, and what a physician found. Stream: participant.

A query holds no answer: what was answered stands in the records that it names, and is shown to
whoever may read those.
"""

from __future__ import annotations

from holdfast.records.fact import Fact, kind


@kind("query-raised")
class QueryRaised(Fact):
    """Records that contradict each other: the independent physician is asked about them, by ``due`` (UTC)."""

    rule: str  # the code of the rule that found it
    records: tuple[str, ...]  # ids; the first is the record that the query is about
    visit: str
    due: str


@kind("query-answered")
class QueryAnswered(Fact):
    """The physician has looked into a query: what came of it, and in their own words how it is to be read."""

    query: str  # the record id of the query
    outcome: str  # "both-stand", "corrected", "event-recorded", "cannot-be-told"
    words: str
