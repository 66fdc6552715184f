"""Lines of the participants' list: the read model's rows, how urgent each is today, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.clinic.languages.written import day_said
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import ParticipantRow, SiteRow
from holdfast.clinic.participants import wording
from holdfast.conduct.course import phase
from holdfast.conduct.followup import stopped_alone
from holdfast.conduct.outlook import FORM_GRACE
from holdfast.conduct.standing import ParticipantStanding, Stage
from holdfast.conduct.streams import participant_stream
from holdfast.protocol.model import Protocol, VisitKind
from holdfast.records.enrolment import Withdrew
from holdfast.timing import date_in_words


class Urgency(IntEnum):
    """How soon somebody must look, the most urgent first."""

    RISK = 0
    OVERDUE = 1
    DUE = 2
    UPCOMING = 3
    QUIET = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One participant of the list. ``state`` names the mark that is shown beside the words."""

    participant: str
    site: str
    site_name: str
    stage: str
    urgency: Urgency
    state: str
    state_words: str
    to_do: str
    when: str
    on: date | None
    dosing: bool


@dataclass(frozen=True, slots=True)
class ToCall:
    """Somebody who stopped something on their own pages, and whom nobody has tried to reach since."""

    participant: str
    what: str
    on: str


def to_call(study: str, *, sites: frozenset[str]) -> list[ToCall]:
    """Everybody of these sites who stopped alone and was not tried since, by participant."""
    streams = {each.stream for each in read.records(study, kinds=(Withdrew.KIND,)) if each.site in sites}
    people = read.standings_of(study, sorted(streams)).values() if streams else ()
    return [
        ToCall(person.participant, ", ".join(_stopped(part) for part in found.parts), day_said(found.on))
        for person in people
        if isinstance(person, ParticipantStanding) and (found := stopped_alone(person)) is not None
    ]


def _stopped(part: str) -> str:
    return {
        "treatment": _("treatment"),
        "follow-up": _("follow-up"),
        "data-use": _("the use of their data"),
    }.get(part, part)


def today_at(sites: Iterable[SiteRow], now: datetime) -> dict[str, date]:
    """The local date at each site."""
    return {each.site: now.astimezone(ZoneInfo(each.zone)).date() for each in sites}


def lines(
    rows: Sequence[ParticipantRow], *, sites: Sequence[SiteRow], protocol: Protocol, now: datetime
) -> list[Line]:
    """A line for each row, the most urgent first."""
    days = today_at(sites, now)
    names = {each.site: each.name for each in sites}
    dosing = {each.code for each in protocol.visits if each.kind is VisitKind.DOSING}
    phases = _phases(rows, protocol)
    found = [
        _line(
            row,
            days.get(row.site, now.date()),
            stage=phases.get(row.participant) or wording.stage(row.status),
            names=names,
            protocol=protocol,
            dosing=dosing,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (each.urgency, each.on or date.max, each.participant))


def _phases(rows: Sequence[ParticipantRow], protocol: Protocol) -> dict[str, str]:
    """The phase of those in treatment, which a row does not tell: it knows their stage."""
    streams = [participant_stream(each.participant) for each in rows if each.status == Stage.IN_TREATMENT]
    found = read.standings_of(rows[0].study, streams).values() if streams else ()
    return {
        each.participant: wording.phase(phase(protocol, each))
        for each in found
        if isinstance(each, ParticipantStanding)
    }


def _line(
    row: ParticipantRow,
    day: date,
    *,
    stage: str,
    names: Mapping[str, str],
    protocol: Protocol,
    dosing: set[str],
) -> Line:
    urgency = _urgency(row, day)
    state, words = _state(row, urgency, day)
    return Line(
        participant=row.participant,
        site=row.site,
        site_name=names.get(row.site, row.site),
        stage=stage,
        urgency=urgency,
        state=state,
        state_words=words,
        to_do=wording.to_do(protocol, row.to_do, row.to_do_about),
        when=wording.window(row.due_from, row.due_on, row.due_until) if row.to_do == "visit" else "",
        on=row.due_on,
        dosing=row.to_do in ("session", "discharge") or (row.next_visit in dosing and row.due_on == day),
    )


def _urgency(row: ParticipantRow, day: date) -> Urgency:
    if row.risks_open:
        return Urgency.RISK
    if (row.due_until and day > row.due_until) or _form_late(row, day):
        return Urgency.OVERDUE
    if row.to_do not in ("", "visit") or (row.due_from and day >= row.due_from):
        return Urgency.DUE
    return Urgency.UPCOMING if row.to_do else Urgency.QUIET


def _closing(row: ParticipantRow, day: date) -> str:
    if row.to_do != "visit" or row.due_until is None:
        return _("due")
    left = (row.due_until - day).days
    if not left:
        return _("due, window closes today")
    return ngettext("due, %(days)s day left", "due, %(days)s days left", left) % {"days": left}


def _form_late(row: ParticipantRow, day: date) -> bool:
    return row.form_open_since is not None and day >= row.form_open_since + FORM_GRACE


def _state(row: ParticipantRow, urgency: Urgency, day: date) -> tuple[str, str]:
    if urgency is Urgency.RISK:
        text = ngettext("%(count)s risk not taken on", "%(count)s risks not taken on", row.risks_open)
        return "overdue", text % {"count": row.risks_open}
    if urgency is Urgency.OVERDUE:
        late = [each for each in (row.due_until, row.form_open_since) if each is not None and each < day]
        days = (day - min(late)).days
        return "overdue", ngettext("overdue by %(days)s day", "overdue by %(days)s days", days) % {
            "days": days
        }
    if urgency is Urgency.DUE:
        return "due", _closing(row, day)
    if urgency is Urgency.UPCOMING:
        return "upcoming", _("from %(day)s") % {"day": date_in_words(row.due_from)} if row.due_from else _(
            "later"
        )
    return "skipped", _("nothing due")
