"""What a withdrawal from the use of data leaves to the study's own analysis, and to others.

To others: nothing of that person any more. To the analysis, as the study file says: what was collected
before the withdrawal, or nothing; safety in either case, whenever it was told. Collected is when it
happened in the world, not when it was entered: what was filled before stays, if it was entered later.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from holdfast.protocol.data_use import on_withdrawal
from holdfast.protocol.model import Protocol
from holdfast.records.assessment import FormCompleted
from holdfast.records.enrolment import ConsentGiven, ConsentWithdrawn, Withdrew
from holdfast.records.envelope import Record
from holdfast.tables.frames import Resolved, participant_of

PART = "data-use"
SAFETY = frozenset(
    {
        *("adverse-event", "adverse-event-closed", "serious-report", "risk-raised", "risk-acknowledged"),
        *("risk-passed-on", "deviation", "unblinded", "dose-given"),
    }
)
"""Kinds that every analysis keeps: harm, what exposed to it, and how the study was run."""
DISPOSITION = frozenset(
    {
        *("prescreened", "consent-given", "consent-withdrawn", "screen-failed", "randomised"),
        *("treatment-entered", "treatment-stopped", "withdrew", "completed"),
    }
)
"""Kinds that say who was in the study and how they left it: without them nobody could be counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What an analysis leaves out: of how many people, how many forms, how many records in all."""

    people: int
    forms: int
    records: int


def withdrawals(records: Resolved) -> dict[str, datetime]:
    """When each participant first withdrew the use of their data (UTC), by code."""
    found: dict[str, datetime] = {}
    for record, fact in records.of(Withdrew):
        if PART in fact.from_:
            person, at = participant_of(record), record.happened_at.at
            found[person] = min(at, found.get(person, at))
    return found


def for_analysis(records: Resolved, protocol: Protocol) -> tuple[Resolved, LeftOut]:
    """The records that the study's own analysis may use, and how much it leaves out."""
    since = withdrawals(records)
    if not since:
        return records, LeftOut(people=0, forms=0, records=0)
    everything = on_withdrawal(protocol).analysis == "none"
    out = [
        record
        for kind, held in records.by_kind.items()
        if kind not in SAFETY | DISPOSITION
        for record in held
        if _withheld(record, since, everything=everything)
    ]
    ids = {record.id for record in out}
    kept = {
        kind: [record for record in held if record.id not in ids] for kind, held in records.by_kind.items()
    }
    forms = sum(isinstance(record.fact, FormCompleted) for record in out)
    return Resolved(kept), LeftOut(people=len(since), forms=forms, records=len(out))


def _withheld(record: Record, since: dict[str, datetime], *, everything: bool) -> bool:
    withdrawn = since.get(participant_of(record))
    return withdrawn is not None and (everything or record.happened_at.at > withdrawn)


def agreed(records: Resolved, item: str) -> frozenset[str]:
    """Who agreed to a consent item, took it back no later, and did not withdraw the use of their data.

    The answer given last in the world counts; of two of the same moment the withdrawal.
    """
    said: dict[str, tuple[datetime, bool]] = {}
    for record, given in records.of(ConsentGiven):
        if item in (*given.items, *given.declined):
            _note(said, record, agrees=item in given.items)
    for record, gone in records.of(ConsentWithdrawn):
        if item in gone.items:
            _note(said, record, agrees=False)
    withdrawn: Collection[str] = withdrawals(records)
    return frozenset(person for person, (_, agrees) in said.items() if agrees and person not in withdrawn)


def _note(said: dict[str, tuple[datetime, bool]], record: Record, *, agrees: bool) -> None:
    person, answer = participant_of(record), (record.happened_at.at, agrees)
    held = said.get(person)
    # False sorts before True: of the same moment the refusal counts.
    if held is None or (answer[0], not answer[1]) >= (held[0], not held[1]):
        said[person] = answer
