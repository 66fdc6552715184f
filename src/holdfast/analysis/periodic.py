"""The report of a programme for each half of a year, counted from its records, approval by approval.

What the authority asks for (new and all patients) stands beside what is kept with it: capsules
taken, adverse events. A dose counts under the approval by which its session was prescribed when it
was taken; one that nobody prescribed is counted by itself, so that the totals are those of the ledger.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.errors import TableError
from holdfast.protocol.model import Protocol
from holdfast.protocol.periods import Period, due
from holdfast.records.correction import resolve
from holdfast.records.envelope import Record
from holdfast.records.programme import AuthorityRecorded, Prescribed
from holdfast.records.safety import AdverseEvent
from holdfast.records.session import DoseGiven
from holdfast.records.supply import KitUsed
from holdfast.tables.frames import Resolved, participant_of, resolved

NOBODY = ""
"""The approval of what nobody prescribed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCounts:
    """One approval in a period.

    ``new`` had their first dose in it, ``treated`` any dose; ``sessions`` were held and ``capsules``
    taken. ``events`` began in the period in people treated under the approval by then.
    """

    approval: str
    prescriber: str
    product: str
    site: str
    committee: str
    new: int
    treated: int
    sessions: int
    capsules: int
    events: int
    serious: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicCounts:
    """The report: the period, its due day, a line for each approval, and what was counted of them all."""

    life: str
    period: Period
    due: date
    over: bool
    lines: tuple[ApprovalCounts, ...]

    def total(self, name: str) -> int:
        """The sum of a count over the approvals."""
        return sum(getattr(line, name) for line in self.lines)


def periodic(records: Sequence[Record], protocol: Protocol, *, period: Period, today: date) -> PeriodicCounts:
    """The counts of a period; every approval that was in force in it has a line, of zeros too.

    Raises TableError in a study that is no programme.
    """
    if protocol.programme is None:
        raise TableError("This study is no treatment programme: no authority is reported to.")
    clean = resolved(resolve(records))
    return PeriodicCounts(
        life=_life(records),
        period=period,
        due=due(protocol.programme, period),
        over=today > period.last,
        lines=_lines(clean, period),
    )


def _life(records: Sequence[Record]) -> str:
    return next((str(getattr(each.fact, "life")) for each in records if each.kind == "study-opened"), "")  # noqa: B009 - one kind only


@dataclass(frozen=True, slots=True)
class _Dose:
    person: str
    session: tuple[str, str]
    day: date
    capsules: int
    site: str
    place: tuple[str, str]  # site and approval


def _lines(clean: Resolved, period: Period) -> tuple[ApprovalCounts, ...]:
    held = {(record.site, fact.approval): fact for record, fact in clean.of(AuthorityRecorded)}
    doses = _doses(clean)
    begun = _first_by(doses)
    inside = [each for each in doses if each.day in period]
    events = _events(clean, doses, period)
    in_force = {
        place
        for place, fact in held.items()
        if fact.valid_from <= period.last.isoformat() and fact.valid_until >= period.first.isoformat()
    }
    places = sorted(in_force | {each.place for each in inside} | set(events))
    return tuple(_line(place, held.get(place), inside, begun, events.get(place, (0, 0))) for place in places)


def _line(
    place: tuple[str, str],
    fact: AuthorityRecorded | None,
    inside: list[_Dose],
    begun: Mapping[str, _Dose],
    events: tuple[int, int],
) -> ApprovalCounts:
    own = [each for each in inside if each.place == place]
    return ApprovalCounts(
        approval=place[1],
        prescriber=fact.prescriber if fact else "",
        product=fact.product if fact else "",
        site=place[0],
        committee=fact.committee if fact else "",
        new=sum(begun[each] in own for each in {dose.person for dose in own}),
        treated=len({each.person for each in own}),
        sessions=len({each.session for each in own}),
        capsules=sum(each.capsules for each in own),
        events=events[0],
        serious=events[1],
    )


def _doses(clean: Resolved) -> list[_Dose]:
    """Every dose with the capsules its kit lost and the approval in whose name it was taken."""
    used = {record.because: fact.capsules for record, fact in clean.of(KitUsed)}
    prescribed = [(participant_of(record), record, fact) for record, fact in clean.of(Prescribed)]
    found = []
    for record, dose in clean.of(DoseGiven):
        before = [
            (each.happened_at.at, fact.approval)
            for person, each, fact in prescribed
            if (person, fact.visit) == (dose.participant, dose.visit)
            and each.happened_at.at <= record.happened_at.at
        ]
        approval = max(before)[1] if before else NOBODY
        found.append(
            _Dose(
                person=dose.participant,
                session=(dose.participant, dose.visit),
                day=record.happened_at.day,
                capsules=used.get(record.id, 0),
                site=record.site,
                place=(record.site, approval),
            )
        )
    return sorted(found, key=lambda each: (each.day, each.person))


def _first_by(doses: Sequence[_Dose]) -> dict[str, _Dose]:
    first: dict[str, _Dose] = {}
    for each in doses:
        first.setdefault(each.person, each)
    return first


def _events(
    clean: Resolved, doses: Sequence[_Dose], period: Period
) -> dict[tuple[str, str], tuple[int, int]]:
    """Adverse events since the first dose, and the serious among them, by the latest approval before each."""
    counted: dict[tuple[str, str], tuple[int, int]] = {}
    for record, event in clean.of(AdverseEvent):
        day = _begun(event, record)
        before = [each for each in doses if each.person == participant_of(record) and each.day <= day]
        if not before or day not in period:
            continue
        all_, serious = counted.get(before[-1].place, (0, 0))
        counted[before[-1].place] = (all_ + 1, serious + event.serious)
    return counted


def _begun(event: AdverseEvent, record: Record) -> date:
    """The day an event began; where only a month or a year is known, the day it was told of."""
    try:
        return date.fromisoformat(event.onset[:10])
    except ValueError:
        return record.happened_at.day


COLUMNS = (
    "approval", "prescriber", "product", "site", "committee", "new", "treated", "sessions", "capsules",
    "events", "serious",
)  # fmt: skip


def as_csv(counts: PeriodicCounts) -> str:
    """The report as CSV (RFC 4180): what it is, then a row for each approval and one of their totals."""
    out = io.StringIO()
    writer = csv.writer(out)
    if counts.life == "rehearsal":
        writer.writerow(("Rehearsal: no real person",))
    writer.writerow(("from", counts.period.first, "to", counts.period.last, "due", counts.due))
    writer.writerow(COLUMNS)
    for line in counts.lines:
        writer.writerow(_plain(getattr(line, name)) for name in COLUMNS)
    numbers = COLUMNS[5:]
    writer.writerow(("all approvals", "", "", "", "", *(counts.total(name) for name in numbers)))
    return out.getvalue()


def _plain(value: object) -> object:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
