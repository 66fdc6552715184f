"""One participant: where they are and what is next, the schedule, eligibility, forms, safety, consents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import history, parts, queries, sharing_fields, wording
from holdfast.clinic.participants.deeds import DEEDS, Deed, finding_words
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.clinic.participants.programme_lines import doable
from holdfast.clinic.participants.programme_person import of_person
from holdfast.conduct import consent, outlook
from holdfast.conduct.authority import MAY
from holdfast.conduct.course import phase
from holdfast.conduct.morning import guesses_first
from holdfast.conduct.outlook import Scheduled, VisitOutlook
from holdfast.protocol.roles import Role
from holdfast.records.correction import flagged
from holdfast.records.safety import RiskRaised
from holdfast.timing import date_in_words, in_words

SEEN = 12
"""How many openings and records the page shows; the rest is one click away."""


@dataclass(frozen=True, slots=True)
class Next:
    """The status line: where the participant is, what is next, its window, how it stands."""

    stage: str
    what: str
    when: str
    mark: str
    state: str


@asks(Act.READ_PARTICIPANT)
@gzip_page
@require_GET
def participant(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """The participant's page."""
    dossier = opened(request, study, participant)
    rows = outlook.schedule(dossier.protocol, dossier.standing, dossier.now)
    context = {
        "dossier": dossier,
        "next": next_step(dossier, rows),
        "late": late(dossier),
        "phases": parts.phases(rows),
        "to_be_asked": parts.to_be_asked(dossier),
        "risks": open_risks(dossier),
        "queries": queries.shown(dossier),
        "may_answer": dossier.may(Act.ANSWER_QUERY),
        "may_take_risk": can(dossier, DEEDS["acknowledge-risk"]),
        "may_link": dossier.may(Act.MAKE_LINK),
        "may_reach": dossier.may(Act.READ_IDENTITY),
        "eligibility": parts.eligibility(dossier),
        "scores": parts.score_tables(dossier),
        "events": parts.events(dossier),
        "medicines": parts.medicines(dossier),
        "consents": parts.consents(dossier),
        "consent_open": " ".join(
            each.sentence for each in consent.in_force(dossier.protocol, dossier.standing)
        ),
        "deviations": deviations(dossier),
        "groups": groups(dossier),
        "payers": payers(dossier),
        "sent": sharing_fields.sent_lines(dossier),
        "data_use": sharing_fields.data_use_words(dossier),
        "may_tell": can(dossier, DEEDS["tell-recipient"]),
        "programme": of_person(dossier),
        "programme_deeds": doable(dossier.roles),
        "reads_forms": dossier.may(Act.READ_FORM),
        "saved": request.GET.get("saved", ""),
    }
    return render(request, "participants/participant.html", context)


@asks(Act.READ_PARTICIPANT)
@gzip_page
@require_GET
def visit(request: HttpRequest, study: str, participant: str, visit: str) -> HttpResponse:
    """One visit: its window, its forms, what can be recorded of it."""
    dossier = opened(request, study, participant)
    planned = dossier.visit(visit)
    rows = outlook.schedule(dossier.protocol, dossier.standing, dossier.now)
    row = next(each for each in rows if each.visit.code == visit)
    context = {
        "dossier": dossier,
        "visit": planned,
        "visit_name": wording.said(planned.name),
        "row": row,
        "mark": parts.MARKS[row.state],
        "state": parts.state_words(row),
        "window": wording.window(row.first, row.target, row.last),
        "on": wording.window(None, row.on, None),
        "forms": parts.form_lines(dossier, visit, role_names()),
        "first": guesses_first(dossier.protocol, dossier.standing, planned),
        "deeds": [DEEDS[each] for each in _of_visit(row) if can(dossier, DEEDS[each])],
        "fills": dossier.may(Act.FILL_FORM),
        "reads": dossier.may(Act.READ_FORM),
        "saved": request.GET.get("saved", ""),
    }
    return render(request, "participants/visit.html", context)


@asks(Act.READ_PARTICIPANT)
@gzip_page
@require_GET
def changes(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """Who saw or changed what."""
    dossier = opened(request, study, participant)
    records = read.participant_records(study, participant)
    context = {
        "dossier": dossier,
        "entries": history.entries(dossier, records)[:200],
        "count": len(records),
        "openings": history.openings(dossier, limit=300),
    }
    return render(request, "participants/changes.html", context)


def _of_visit(row: Scheduled) -> tuple[str, ...]:
    if row.state is VisitOutlook.DONE:
        return ()
    return ("hold-visit", "schedule-visit", "miss-visit")


def next_step(dossier: Dossier, rows: tuple[Scheduled, ...]) -> Next:
    """The status line's words."""
    todo = outlook.next_action(dossier.protocol, dossier.standing, dossier.now)
    stage = wording.phase(phase(dossier.protocol, dossier.standing))
    if todo is None:
        return Next(stage, wording.to_do(dossier.protocol, "", ""), "", "skipped", "")
    row = next((each for each in rows if each.visit.code == todo.about), None)
    if todo.code != "visit" or row is None:
        what = wording.to_do(dossier.protocol, todo.code, todo.about)
        return Next(stage, what, wording.window(None, todo.due, None), "due", _("due"))
    return Next(
        stage,
        wording.said(row.visit.name),
        wording.window(row.first, row.on or row.target, row.last),
        parts.MARKS[row.state],
        parts.state_words(row),
    )


def open_risks(dossier: Dossier) -> list[dict[str, Any]]:
    """Risks nobody has taken on, the gravest first; ``shaken`` where their cause was corrected since."""
    history = dossier.standing.history
    raised = {each.id: each.fact for each in history if isinstance(each.fact, RiskRaised)}
    shaken = flagged(history)
    found = [
        {
            "root": each.root,
            "finding": finding_words(each.finding),
            "priority": raised[each.root].priority,
            "raised": in_words(each.raised_at),
            "shaken": each.root in shaken,
        }
        for each in dossier.standing.open_risks()
    ]
    return sorted(found, key=lambda each: str(each["priority"]))


def late(dossier: Dossier) -> list[str]:
    """What is past its time, in words; risks stand above as alarms."""
    found = []
    for todo in outlook.overdue(dossier.protocol, dossier.standing, dossier.now):
        words = {"what": wording.to_do(dossier.protocol, todo.code, todo.about)}
        if todo.code == "risk" or (todo.code == "query" and not queries.told_of_late(dossier)):
            continue
        if todo.due is None:
            found.append(words["what"].capitalize())
        elif todo.code == "query":
            found.append(_("A query to the physician was due by %(day)s.") % {"day": date_in_words(todo.due)})
        elif todo.code == "form":
            what = wording.visit_name(dossier.protocol, todo.about)
            found.append(_("Forms of %(what)s are not filled.") % {"what": what})
        else:
            found.append(_("%(what)s was due by %(day)s.") % {**words, "day": date_in_words(todo.due)})
    return found


def deviations(dossier: Dossier) -> list[tuple[str, str, str]]:
    """Deviations of the participant's own stream: when, what, how grave."""
    found = []
    for record in dossier.standing.history:
        if record.kind == "deviation":
            what = getattr(record.fact, "what", "")
            found.append((in_words(record.happened_at), what, getattr(record.fact, "severity", "")))
    return list(reversed(found))


def can(dossier: Dossier, deed: Deed) -> bool:
    """Whether the reader has a role that may do this; whether it is allowed now is decided on asking."""
    return bool(roles_for_deed(dossier, deed))


def roles_for_deed(dossier: Dossier, deed: Deed) -> tuple[Role, ...]:
    """The reader's roles that may do this, by the site's table and by conduct's."""
    if not deed.fits(dossier.protocol):
        return ()
    return tuple(role for role in dossier.roles if role in WHO[deed.allowed] and role in MAY[deed.what])


def groups(dossier: Dossier) -> list[tuple[str, list[Deed]]]:
    """What the reader may do, grouped."""
    names = {
        "visits": _("Visits"),
        "entry": _("Entering the study"),
        "safety": _("Safety and medicines"),
        "leaving": _("Leaving"),
    }
    found = []
    for code, name in names.items():
        held = [
            each for each in DEEDS.values() if each.group == code and each.has(dossier) and can(dossier, each)
        ]
        if held:
            found.append((name, held))
    return found


def payers(dossier: Dossier) -> list[tuple[str, str]]:
    """Who may be asked to pay, for whoever may ask: code and what is asked for."""
    programme = dossier.protocol.programme
    if programme is None or not dossier.may(Act.ENROL):
        return []
    return [(each.code, wording.said(each.label)) for each in programme.payers]
