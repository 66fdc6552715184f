"""What a programme's pages show: approvals, what is held up, notices, the report, rules by place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from holdfast.clinic.languages.written import day_said, span_said
from holdfast.clinic.ledger import read
from holdfast.clinic.oversight.approval_pages import APART
from holdfast.clinic.participants.programme_lines import ProgrammeLine, SiteProgramme, line
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct.programme import notices_due
from holdfast.conduct.programme_outlook import ApprovalNow, dosed_since, stopped_by
from holdfast.protocol.model import Duty, Protocol, State
from holdfast.protocol.outline import when_told
from holdfast.protocol.periods import Period, periods
from holdfast.sourced import CITABLE, Status

OF_REPORT = (
    "study-opened", "authority-recorded", "prescribed", "dose-given", "kit-used", "adverse-event",
)  # fmt: skip
SECOND_HAND = frozenset({Status.SOURCED_SECONDARY, Status.FOUND_SECONDARY, Status.DERIVED})


def counted() -> dict[str, str]:
    """What the report counts, in words."""
    return {
        "new": _("New patients"),
        "treated": _("Patients treated"),
        "sessions": _("Sessions"),
        "capsules": _("Capsules taken"),
        "events": _("Adverse events"),
        "serious": _("Serious"),
    }


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as the page shows it; ``end`` is what the page of its end takes, empty once it ended."""

    site: str
    prescriber: str
    product: str
    approval: str
    committee: str
    ethics: str
    lasts: str
    in_force: bool
    soon: bool
    left: int
    why_not: str
    end: str


def approvals(sites: Sequence[SiteProgramme], names: dict[str, str]) -> list[Approval]:
    """Every approval at these sites; those in force first, the first to run out before the others."""
    found = [_approval(site, each, names) for site in sites for each in site.approvals]
    return sorted(found, key=lambda each: (not each.in_force, each.left, each.site))


def _approval(site: SiteProgramme, each: ApprovalNow, names: dict[str, str]) -> Approval:
    held, code = each.held, each.approval
    ended = code in read.site_standing(site.row.study, site.row.site).authorities_ended
    return Approval(
        site=site.row.name,
        prescriber=names.get(held.prescriber, held.prescriber),
        product=held.product,
        approval=code,
        committee=held.committee,
        ethics=f"{held.ethics_approval}, {_('until')} {_day(held.ethics_until)}",
        lasts=span_said(date.fromisoformat(held.valid_from), date.fromisoformat(held.valid_until)),
        in_force=each.in_force,
        soon=each.soon,
        left=each.left,
        why_not=each.why_not,
        end="" if ended or each.left < 0 else f"{site.row.site}{APART}{code}",
    )


def _day(text: str) -> str:
    return day_said(date.fromisoformat(text))


@dataclass(frozen=True, slots=True)
class HeldUp:
    """An approval that is not in force, whom that stops with what must be done, doses taken since its end."""

    approval: str
    why: str
    lines: tuple[ProgrammeLine, ...]
    dosed: tuple[tuple[str, str], ...]


def held_up(sites: Sequence[SiteProgramme], protocol: Protocol) -> list[HeldUp]:
    """Every approval whose end stops somebody, or under which somebody was dosed since."""
    found = []
    for site in sites:
        standing = read.site_standing(site.row.study, site.row.site)
        for each in site.approvals:
            if each.in_force:
                continue
            stopped = stopped_by(each.approval, site.people, site.todo)
            dosed = tuple(
                (person, visit_name(protocol, visit))
                for person, visit in dosed_since(each.approval, site.people, standing)
            )
            if stopped or dosed:
                lines = tuple(line(protocol, one) for one in stopped)
                found.append(HeldUp(each.approval, each.why_not, lines, dosed))
    return found


@dataclass(frozen=True, slots=True)
class Late:
    """A notice that was given late."""

    participant: str
    notice: str
    visit: str
    due: str
    given: str


def given_late(sites: Sequence[SiteProgramme], protocol: Protocol, *, now: datetime) -> list[Late]:
    """Notices that were given after their last day, the latest first."""
    found: list[tuple[str, Late]] = []
    for site in sites:
        standing = read.site_standing(site.row.study, site.row.site)
        for person in site.people:
            for due in notices_due(protocol, person, standing):
                if due.given and due.late(now.date()):
                    late = Late(
                        person.participant,
                        said(due.notice.label),
                        visit_name(protocol, due.visit),
                        day_said(due.due),
                        _day(due.given),
                    )
                    found.append((due.given, late))
    return [each for _given, each in sorted(found, key=lambda each: each[0], reverse=True)]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule: when, what, what it must hold, its source; ``doubt`` is "", "verify" or "unknown"."""

    when: str
    what: str
    holds: tuple[str, ...]
    source: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Place:
    """The rules of the country or of one state; those of ``own``, a state of a reader's site, stand open."""

    name: str
    lines: tuple[RuleLine, ...]
    own: bool


def places(protocol: Protocol, *, own: Collection[str]) -> list[Place]:
    """What is asked where: the states of ``own`` first, then the country, then the other states."""
    programme = protocol.programme
    if programme is None:
        return []
    asked = programme.authority
    first = _line(_("before anybody prescribes"), said(asked.label), asked.source, asked.status)
    conditions = [
        _line(_("confirmed before an approval counts"), said(each.label), asked.source, asked.status)
        for each in asked.conditions
    ]
    duties = [_duty(each) for each in (*programme.duties, *programme.payers)]
    states = [Place(said(each.name), tuple(_state(each)), each.code in own) for each in programme.states]
    country = Place(_("The whole country"), (first, *conditions, *duties), own=False)
    return sorted([country, *states], key=lambda each: not each.own)


def _state(state: State) -> list[RuleLine]:
    found = [
        _line(
            when_told(each),
            _("%(notice)s, to %(whom)s") % {"notice": said(each.label), "whom": said(each.to)},
            each.source,
            each.status,
            holds=tuple(said(part) for part in each.holds),
        )
        for each in state.notices
    ]
    if state.check is not None:
        when = _("confirmed before an approval counts")
        found.append(_line(when, said(state.check), state.source, state.status))
    return found


def _duty(each: Duty) -> RuleLine:
    what = _("%(notice)s, to %(whom)s") % {"notice": said(each.label).rstrip("."), "whom": said(each.to)}
    holds = tuple(said(part) for part in each.holds)
    return _line(said(each.when), what, each.source, each.status, holds=holds)


def _line(when: str, what: str, source: str, status: str, *, holds: tuple[str, ...] = ()) -> RuleLine:
    doubt = "unknown" if status not in CITABLE else "verify" if status in SECOND_HAND else ""
    return RuleLine(when, what, holds, source, doubt)


def period_of(protocol: Protocol, first: str, *, today: date) -> Period:
    """The period that begins on the day given in the address; else the one that holds today."""
    assert protocol.programme is not None, "asked for only of a programme"
    try:
        day = date.fromisoformat(first)
    except ValueError:
        day = today
    day = min(max(day, date(2000, 1, 1)), date(2999, 12, 31))
    return periods(protocol.programme, first=day, last=day)[0]


def sent(study: str, reach: Collection[str], period: Period) -> list[dict[str, str]]:
    """Where the report of a period was recorded as sent: the site, when, with what reference, the copy."""
    found = []
    for row in read.sites(study):
        fact = read.site_standing(study, row.site).reports.get(period.first.isoformat())
        if fact is not None and row.site in reach:
            found.append(
                {"site": row.name, "day": _day(fact.sent_on), "as": fact.reference, "copy": fact.copied_to}
            )
    return found


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """A period to choose."""

    first: str
    words: str
    chosen: bool


def choices(protocol: Protocol, study: str, *, today: date, chosen: Period) -> list[PeriodChoice]:
    """The periods from the study's opening to today, the latest first."""
    assert protocol.programme is not None, "asked for only of a programme"
    opened = read.records(study, kinds=("study-opened",))
    first = opened[0].happened_at.day if opened else today
    return [
        PeriodChoice(each.first.isoformat(), span_said(each.first, each.last), each == chosen)
        for each in periods(protocol.programme, first=min(first, today), last=today)
    ]
