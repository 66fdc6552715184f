"""What a programme outside trials asks of today, in words: approvals that end, what to do for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.languages.written import day_said, span_said
from holdfast.clinic.ledger import read
from holdfast.clinic.ledger.models import SiteRow
from holdfast.clinic.participants import wording
from holdfast.clinic.participants.lines import today_at
from holdfast.clinic.participants.programme_fields import APART
from holdfast.conduct.actions import GiveNotice, Prescribe
from holdfast.conduct.authority import MAY
from holdfast.conduct.programme_outlook import (
    ApprovalNow,
    ReportDue,
    Step,
    ToDoInProgramme,
    approvals,
    reports_due,
    to_do,
)
from holdfast.conduct.standing import ParticipantStanding, Stage
from holdfast.conduct.streams import participant_stream
from holdfast.protocol.model import Protocol
from holdfast.protocol.roles import Role

OUTSIDE = frozenset(
    {
        Stage.UNKNOWN,
        Stage.PRESCREENED,
        Stage.NOT_INVITED,
        Stage.SCREENING,
        Stage.SCREEN_FAILED,
        Stage.ELIGIBLE,
    }
)
"""Stages in which nothing is prescribed."""
FOR_ALL = (Step.NO_FURTHER_DOSE, Step.PRESCRIBE_AGAIN, Step.NO_APPROVAL)
"""What everybody must know who sees the person that day: a session does not go on as planned."""


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """One thing to do in words; ``deed`` with ``query`` is where it is done, empty where no page does it."""

    participant: str
    what: str
    why: str
    when: str
    mark: str
    state: str
    deed: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True)
class SiteProgramme:
    """A site of a programme today: its approvals, its people in treatment, what is to be done for them."""

    row: SiteRow
    approvals: tuple[ApprovalNow, ...]
    reports: tuple[ReportDue, ...]
    people: tuple[ParticipantStanding, ...]
    todo: tuple[ToDoInProgramme, ...]


def doable(held: Collection[Role]) -> frozenset[str]:
    """Which of a programme's deeds somebody of these roles may do."""
    deeds = {"prescribe": (Act.OVERRIDE_GATE, Prescribe), "give-notice": (Act.ENROL, GiveNotice)}
    mine = set(held)
    return frozenset(code for code, (act, what) in deeds.items() if mine & WHO[act] & MAY[what])


def at_sites(
    study: str, rows: Iterable[SiteRow], protocol: Protocol, *, now: datetime
) -> tuple[SiteProgramme, ...]:
    """How each of these sites stands."""
    return tuple(_at_site(study, row, protocol, now=now) for row in rows)


def _at_site(study: str, row: SiteRow, protocol: Protocol, *, now: datetime) -> SiteProgramme:
    site, day = read.site_standing(study, row.site), today_at([row], now)[row.site]
    inside = [
        participant_stream(each.participant)
        for each in read.participants(study, sites=[row.site])
        if each.status not in OUTSIDE
    ]
    found = read.standings_of(study, inside).values()
    people = tuple(each for each in found if isinstance(each, ParticipantStanding))
    held = approvals(protocol, site, study=read.study_standing(study), day=day)
    owed = reports_due(protocol, site, day=day)
    return SiteProgramme(row, held, owed, people, to_do(protocol, people, site, now))


def ending(sites: Sequence[SiteProgramme], names: dict[str, str]) -> list[str]:
    """Approvals that soon end with nothing recorded in their place, a sentence each."""
    return [
        ngettext(
            "The approval %(code)s of %(who)s ends on %(day)s, in %(left)s day.",
            "The approval %(code)s of %(who)s ends on %(day)s, in %(left)s days.",
            each.left,
        )
        % {
            "code": each.approval,
            "who": names.get(each.held.prescriber, each.held.prescriber),
            "day": day_said(each.last),
            "left": each.left,
        }
        for site in sites
        for each in site.approvals
        if each.soon
    ]


def reports(sites: Sequence[SiteProgramme]) -> list[dict[str, object]]:
    """Periodic reports that these sites owe, the oldest first."""
    owed = sorted(
        ((each.due, site.row.name, each) for site in sites for each in site.reports), key=lambda one: one[:2]
    )
    return [
        {
            "site": name,
            "period": span_said(each.period.first, each.period.last),
            "due": day_said(each.due),
            "late": each.late,
        }
        for _due, name, each in sorted(owed, key=lambda one: one[:2])
    ]


def without(sites: Sequence[SiteProgramme]) -> list[str]:
    """Sites at which nobody may prescribe today."""
    return [each.row.name for each in sites if not any(held.in_force for held in each.approvals)]


def line(protocol: Protocol, each: ToDoInProgramme) -> ProgrammeLine:
    """One thing to do in words."""
    deed, query = _where(each)
    mark, state = _mark(each)
    when = day_said(each.due) if each.due is not None else ""
    return ProgrammeLine(each.participant, _what(protocol, each), each.why, when, mark, state, deed, query)


def _what(protocol: Protocol, each: ToDoInProgramme) -> str:
    visit = wording.visit_name(protocol, each.visit)
    if each.notice is not None:
        words = {
            "notice": wording.said(each.notice.label),
            "whom": wording.said(each.notice.to),
            "visit": visit,
        }
        if each.step is Step.TELL_FIRST:
            return _("Before %(visit)s is prescribed: %(notice)s, to %(whom)s") % words
        return _("%(notice)s, to %(whom)s, for %(visit)s") % words
    said = {
        Step.NO_FURTHER_DOSE: _("%(visit)s: give no further dose. Care goes on until the discharge."),
        Step.PRESCRIBE_AGAIN: _("%(visit)s: prescribe it anew under an approval in force, or put it off."),
        Step.NO_APPROVAL: _(
            "%(visit)s: nobody at the site may prescribe it. Put it off or stop treatment; therapy, calls "
            "and follow-up go on."
        ),
        Step.PRESCRIBE: _("Prescribe %(visit)s"),
    }
    return said[each.step] % {"visit": visit}


def _where(each: ToDoInProgramme) -> tuple[str, str]:
    if each.notice is not None:
        code = each.notice.code if each.step is Step.TELL_FIRST else f"{each.notice.code}{APART}{each.visit}"
        return "give-notice", urlencode({"notice": code})
    if each.step in (Step.PRESCRIBE, Step.PRESCRIBE_AGAIN):
        return "prescribe", urlencode({"visit": each.visit})
    return "", ""


def _mark(each: ToDoInProgramme) -> tuple[str, str]:
    if each.step is Step.NO_FURTHER_DOSE:
        return "overdue", _("now")
    if each.late:
        return "overdue", _("overdue")
    return ("fails", _("held up")) if each.step in FOR_ALL else ("due", _("due"))


def of_today(
    study: str, rows: Sequence[SiteRow], protocol: Protocol, *, now: datetime, held: Collection[Role]
) -> dict[str, object]:
    """What Today shows of a programme to somebody who holds these roles; nothing in a trial.

    Who may neither prescribe nor tell an authority sees only what stops a session.
    """
    if protocol.programme is None:
        return {}
    deeds = doable(held)
    sites = at_sites(study, rows, protocol, now=now)
    todo = sorted(
        (each for site in sites for each in site.todo if deeds or each.step in FOR_ALL),
        key=lambda each: (each.step, each.due or now.date(), each.participant),
    )
    names = {each.person: each.name for each in read.appointments(study=study)}
    return {
        "programme": True,
        "programme_todo": [line(protocol, each) for each in todo],
        "programme_deeds": deeds,
        "programme_ending": ending(sites, names) if deeds else [],
        "programme_without": without(sites),
        "programme_reports": reports(sites) if "give-notice" in deeds else [],
    }
