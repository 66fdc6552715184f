"""Overrides that a physician has to countersign, across the study: one line each, the overdue first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from holdfast.clinic.ledger import read
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct.gate import item_of
from holdfast.records.enrolment import CountersignatureDue, CountersignatureGiven
from holdfast.timing import Instant, in_words


@dataclass(frozen=True, slots=True)
class ToCountersign:
    """A reported override nobody has countersigned yet."""

    participant: str
    visit: str
    visit_name: str
    item: str
    due: str
    late: bool


def waiting_for(person: str, study: str, *, sites: Collection[str], now: datetime) -> list[ToCountersign]:
    """What somebody has to countersign at the sites they reach, the one due first before the others."""
    found = read.records(study, kinds=("countersignature-due", "countersignature-given"))
    given = {each.fact.override for each in found if isinstance(each.fact, CountersignatureGiven)}
    asked = [
        (each, each.fact)
        for each in found
        if isinstance(each.fact, CountersignatureDue)
        and each.fact.physician == person
        and each.fact.override not in given
        and each.site in sites
    ]
    protocol = read.protocol(study)
    lines = []
    for record, fact in sorted(asked, key=lambda pair: pair[1].due):
        due = datetime.fromisoformat(fact.due)
        lines.append(
            ToCountersign(
                participant=record.stream.partition("/")[2],
                visit=fact.visit,
                visit_name=visit_name(protocol, fact.visit),
                item=said(item_of(protocol, fact.item).label),
                due=in_words(Instant(due, record.happened_at.zone)),
                late=now > due,
            )
        )
    return lines
