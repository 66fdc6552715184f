"""What the pages of a programme show: values for templates, no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from holdfast.analysis.periodic import Period, periods
from holdfast.analysis.programme_figure import funnel
from holdfast.analysis.programmes import ProgrammeOutcome, ProgrammeOutcomes
from holdfast.analysis.report import figure
from holdfast.clinic.forms.fields import Choice, Field, Kind
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import SiteRow
from holdfast.clinic.participants.wording import said, visit_name
from holdfast.conduct import actions as act
from holdfast.conduct.programme import in_force, notices_due
from holdfast.protocol.model import Protocol
from holdfast.protocol.outline import when_told
from holdfast.protocol.roles import Role
from holdfast.records.fact import Json
from holdfast.sourced import CITABLE
from holdfast.timing import date_in_words

OF_REPORT = (
    "study-opened", "authority-recorded", "prescribed", "dose-given", "kit-used", "adverse-event",
)  # fmt: skip
OF_OUTCOMES = (
    "study-opened", "prescreened", "consent-given", "screen-failed", "treatment-entered", "form-completed",
    "dose-given", "completed", "treatment-stopped", "withdrew",
)  # fmt: skip
COUNTED = ("new", "treated", "sessions", "capsules", "events", "serious")
_CITABLE = frozenset(each.value for each in CITABLE)


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval as the page shows it."""

    site: str
    prescriber: str
    product: str
    approval: str
    committee: str
    ethics: str
    first: str
    last: str
    in_force: bool
    left: int


def approvals(study: str, rows: Sequence[SiteRow], *, today: date) -> list[Approval]:
    """Every approval at these sites; those in force first, the first to run out before the others."""
    found = []
    for row in rows:
        site = read.site_standing(study, row.site)
        for code, held in site.authorities.items():
            last = min(held.valid_until, held.ethics_until)
            found.append(
                Approval(
                    row.site,
                    held.prescriber,
                    held.product,
                    code,
                    held.committee,
                    f"{held.ethics_approval}, {_('until')} {_day(held.ethics_until)}",
                    _day(held.valid_from),
                    _day(held.valid_until),
                    in_force(site, code, day=today),
                    (date.fromisoformat(last) - today).days,
                )
            )
    return sorted(found, key=lambda each: (not each.in_force, each.left, each.site))


def _day(text: str) -> str:
    return date_in_words(date.fromisoformat(text))


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule of country or state: where, when, what, its source, and whether it was verified."""

    where: str
    when: str
    what: str
    source: str
    status: str
    verified: bool


def rules(protocol: Protocol) -> list[RuleLine]:
    """What is asked where; what is not known is said to be so."""
    programme = protocol.programme
    if programme is None:
        return []
    asked = programme.authority
    country = _("the country")
    found = [
        _line(country, _("before anybody prescribes"), said(asked.label), asked.source, asked.status),
        *(
            _line(country, _("its conditions"), said(each), asked.source, asked.status)
            for each in asked.conditions
        ),
    ]
    for state in programme.states:
        name = said(state.name)
        if state.check is not None:
            found.append(
                _line(name, _("check with the state"), said(state.check), state.source, state.status)
            )
        for each in state.notices:
            what = _("%(notice)s, to %(whom)s") % {"notice": said(each.label), "whom": said(each.to)}
            found.append(_line(name, when_told(each), what, each.source, each.status))
    return found


def _line(where: str, when: str, what: str, source: str, status: str) -> RuleLine:
    return RuleLine(where, when, what, source, status, status in _CITABLE)


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice that is to be given, or was given late."""

    participant: str
    notice: str
    visit: str
    due: str
    given: str
    late: bool


def owed(study: str, rows: Sequence[SiteRow], protocol: Protocol, *, now: datetime) -> list[Owed]:
    """Notices not given yet, and those given late; what is overdue comes first."""
    found: list[tuple[bool, date, Owed]] = []
    for row in rows:
        site = read.site_standing(study, row.site)
        for each in read.participants(study, sites=[row.site]):
            person = read.participant_standing(study, each.participant)
            for due in notices_due(protocol, person, site):
                late = due.late(now.date())
                if due.given and not late:
                    continue
                line = Owed(
                    each.participant,
                    said(due.notice.label),
                    visit_name(protocol, due.visit),
                    date_in_words(due.due),
                    _day(due.given) if due.given else "",
                    late,
                )
                found.append((bool(due.given), due.due, line))
    return [line for _given, _due, line in sorted(found, key=lambda each: each[:2])]


def asked(protocol: Protocol) -> list[str]:
    """What the authority asks for, in words."""
    return [said(each) for each in protocol.programme.report.asked] if protocol.programme else []


def period_of(protocol: Protocol, first: str, *, today: date) -> Period:
    """The period that begins on the day given in the address; else the one that holds today."""
    assert protocol.programme is not None, "asked for only of a programme"
    try:
        day = date.fromisoformat(first)
    except ValueError:
        day = today
    day = min(max(day, date(2000, 1, 1)), date(2999, 12, 31))
    return periods(protocol.programme, first=day, last=day)[0]


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
        PeriodChoice(
            each.first.isoformat(),
            f"{date_in_words(each.first)} – {date_in_words(each.last)}",
            each == chosen,
        )
        for each in periods(protocol.programme, first=min(first, today), last=today)
    ]


def authority_fields(study: str, rows: Sequence[SiteRow], protocol: Protocol) -> tuple[Field, ...]:
    """What an approval says."""
    here = {each.site for each in rows}
    people = tuple(
        Choice(each.person, each.person, f"{each.name} · {each.site}")
        for each in read.appointments(study=study)
        if each.role == Role.PHYSICIAN and each.site in here
    )
    states = protocol.programme.states if protocol.programme else ()
    at = tuple(Choice(each.site, each.site, f"{each.site} · {each.name}") for each in rows)
    where = tuple(Choice(each.code, each.code, said(each.name)) for each in states)
    return (
        _choice("site", _("Site"), at),
        _choice("state", _("State or territory of the site"), where),
        _choice("prescriber", _("Prescriber"), people),
        _text("product", _("Product, as the approval names it")),
        _text("approval", _("Number of the approval")),
        _text("committee", _("Human research ethics committee")),
        _text("ethics_approval", _("Number of the ethics approval")),
        Field(code="ethics_until", label=_("Last day of the ethics approval"), kind=Kind.DATE),
        Field(code="valid_from", label=_("First day of the approval"), kind=Kind.DATE),
        Field(code="valid_until", label=_("Last day of the approval"), kind=Kind.DATE),
    )


def _choice(code: str, label: str, options: tuple[Choice, ...]) -> Field:
    initial = options[0].value if len(options) == 1 else None
    return Field(code=code, label=label, kind=Kind.CHOICE, choices=options, initial=initial)


def _text(code: str, label: str) -> Field:
    return Field(code=code, label=label, kind=Kind.TEXT)


def authority_of(answers: Mapping[str, Json]) -> act.RecordAuthority:
    """The request to record an approval."""
    given = {name: str(answers.get(name) or "") for name in answers}
    return act.RecordAuthority(
        prescriber=given["prescriber"],
        product=given["product"],
        approval=given["approval"],
        committee=given["committee"],
        ethics_approval=given["ethics_approval"],
        ethics_until=given["ethics_until"],
        sites=(given["site"],),
        state=given["state"],
        valid_from=given["valid_from"],
        valid_until=given["valid_until"],
    )


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """A programme in words and numbers."""

    site: str
    dosed: int
    assessed: int
    mix: str
    responders: str
    expected: str
    limits: str
    share: str
    adjusted: str
    change: str
    said: str


def compared(found: ProgrammeOutcomes, protocol: Protocol, *, reach: frozenset[str]) -> dict[str, Any]:
    """The page of outcomes: the programmes that the reader may see, and all of them together."""
    own = [each for each in found.programmes if each.site in reach]
    picture = figure(
        funnel(found, own),
        _("Share of responders with everybody's case-mix, by how many were assessed, within its limits"),
    )
    return {
        "found": found,
        "lines": [_compared(each) for each in own],
        "hidden": len(found.programmes) - len(own),
        "visit": visit_name(protocol, found.visit),
        "share": f"{100 * found.share:.0f}",
        "change": _number(found.change),
        "picture": picture,
    }


def _compared(each: ProgrammeOutcome) -> ProgrammeLine:
    if not each.assessed:
        nothing = _("nobody assessed yet")
        return ProgrammeLine(each.site, each.dosed, 0, "", "", "", "", "", "", "", nothing)
    inner, outer = each.responders.limits
    low, high = each.share
    bounds = each.change.limits
    spread = f" ({_number(bounds[0].lower)} {_('to')} {_number(bounds[0].upper)})" if bounds else ""
    return ProgrammeLine(
        each.site,
        each.dosed,
        each.assessed,
        _("%(age).0f years, %(female).0f %% female, CAPS-5 %(base).0f")
        % {"age": each.age, "female": 100 * each.female, "base": each.baseline},
        f"{each.responders.seen:.0f}",
        f"{each.responders.expected:.1f}",
        f"{inner.lower:.0f}–{inner.upper:.0f} ({outer.lower:.0f}–{outer.upper:.0f})",
        f"{100 * each.responders.seen / each.assessed:.0f} % ({100 * low:.0f}–{100 * high:.0f})",
        f"{100 * each.adjusted:.0f} %",
        f"{_number(each.change.seen)}; {_('expected')} {_number(each.change.expected)}{spread}",
        _told(each),
    )


def _told(each: ProgrammeOutcome) -> str:
    if each.few:
        return _("few people: chance alone moves these numbers far")
    if 0.998 in each.responders.beyond:
        return _("further off than chance takes one programme in 500: look for the reason")
    if each.responders.beyond:
        return _("further off than chance takes one programme in 20")
    return _("within what chance does")


def _number(value: float) -> str:
    return f"{value:.1f}".replace("-", "\N{MINUS SIGN}")
