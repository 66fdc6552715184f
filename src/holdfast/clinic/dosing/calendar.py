"""Sessions under way, of today, to come, and the last ones that were closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.clinic.dosing import wording
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import ParticipantRow
from holdfast.clinic.participants.lines import today_at
from holdfast.clinic.participants.wording import visit_name, window
from holdfast.conduct.bedside import minute_of
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.session import Discharged, SessionStarted
from holdfast.timing import Instant, in_words

SHOWN = 20
"""So many closed sessions are listed; the participant's page has all of theirs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One session."""

    participant: str
    visit: str
    name: str
    site: str
    when: str
    t: str
    alarms: int


def context(study: str, sites: Sequence[str], now: datetime) -> dict[str, Any]:
    """What the list shows to somebody who reaches these sites."""
    protocol, reach = read.protocol(study), set(sites)
    closed, under_way, begun_today = _begun(study, protocol, reach, now)
    today, coming = _expected(study, protocol, reach, now)
    begun = {(each.participant, each.visit) for each in (*closed, *under_way)}
    return {
        "under_way": under_way,
        "today": [each for each in today if (each.participant, each.visit) not in begun],
        "coming": coming,
        "closed": closed[:SHOWN],
        "begun_today": begun_today,
    }


def _begun(
    study: str, protocol: Protocol, reach: set[str], now: datetime
) -> tuple[list[Line], list[Line], bool]:
    """Sessions closed, sessions under way, and whether any of them began on this day at its site."""
    records = read.records(study, kinds=("session-started", "discharged"))
    left = {each.stream for each in records if isinstance(each.fact, Discharged)}
    closed, under_way, begun_today = [], [], False
    for each in records:
        if not isinstance(each.fact, SessionStarted) or each.site not in reach:
            continue
        begun_today |= each.happened_at.day == Instant(now, each.happened_at.zone).day
        if each.stream in left:
            closed.append((each.happened_at.at, _line(protocol, each.fact, each.site, each.happened_at)))
            continue
        standing = read.session_standing(study, each.fact.participant, each.fact.visit)
        since = minute_of(standing, Instant(now, each.happened_at.zone))
        t = "" if since is None else wording.t_plus(since)
        alarms = len(standing.open_alarms())
        under_way.append(_line(protocol, each.fact, each.site, each.happened_at, t=t, alarms=alarms))
    latest = [line for _at, line in sorted(closed, key=lambda pair: pair[0], reverse=True)]
    return latest, under_way, begun_today


def _line(
    protocol: Protocol, fact: SessionStarted, site: str, at: Instant, *, t: str = "", alarms: int = 0
) -> Line:
    name = visit_name(protocol, fact.visit)
    return Line(fact.participant, fact.visit, name, site, in_words(at), t, alarms)


def _expected(
    study: str, protocol: Protocol, reach: set[str], now: datetime
) -> tuple[list[Line], list[Line]]:
    dosing = {each.code for each in protocol.visits if each.kind is VisitKind.DOSING}
    rows = [row for row in read.participants(study, sites=sorted(reach)) if row.next_visit in dosing]
    rows = [row for row in rows if row.due_on is not None and row.randomised_on is not None]
    rows.sort(key=lambda row: (row.due_on or now.date(), row.participant))
    days = today_at(read.sites(study), now)
    today = [_row(protocol, row) for row in rows if row.due_on == days.get(row.site)]
    coming = [_row(protocol, row) for row in rows if row.due_on != days.get(row.site)]
    return today, coming


def _row(protocol: Protocol, row: ParticipantRow) -> Line:
    return Line(
        participant=row.participant,
        visit=row.next_visit,
        name=visit_name(protocol, row.next_visit),
        site=row.site,
        when=window(row.due_on, row.due_on, row.due_on),
        t="",
        alarms=0,
    )
