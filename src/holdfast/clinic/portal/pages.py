"""What stands about a participant, as they read it: schedule, consents, own answers, who looked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.may import study_roles
from holdfast.clinic.accounts.models import Opened
from holdfast.clinic.forms import worded
from holdfast.clinic.forms.fields import answered, drawn
from holdfast.clinic.languages.written import day_said, moment_said
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.portal.events_shown import events_of
from holdfast.clinic.portal.help_shown import help_of, risks_open
from holdfast.clinic.portal.party import party_of
from holdfast.clinic.portal.signed import Own, own_page
from holdfast.clinic.portal.ways_shown import staff_names, ways_shown
from holdfast.clinic.reaching import passkeys
from holdfast.conduct import outlook, own_forms
from holdfast.conduct.assessment import study_form
from holdfast.conduct.outlook import VisitOutlook
from holdfast.conduct.standing.parts import FormDone
from holdfast.errors import UnknownName
from holdfast.protocol.roles import Role

SOON = ("overdue", "due", "upcoming")


@own_page
@require_GET
def home(request: HttpRequest, own: Own) -> HttpResponse:
    """What waits, what comes next, and the way to everything else."""
    study, schedule = read.study_standing(own.study), list(_schedule(own))
    waiting = own_forms.to_fill(own.protocol, own.standing, own.now, study=study)
    context = {
        "waiting": [
            {
                "visit": each.visit.code,
                "form": each.form,
                "count": len(drawn(own.protocol, study_form(own.protocol, each.form)).fields),
                "visit_name": wording.said(each.visit.name),
                "until": day_said(each.until) if each.until and each.until >= own.today else "",
                "next": each.next,
                "place": each.place,
                "total": each.total,
            }
            for each in waiting
        ],
        "in_person": len(own_forms.to_be_asked(own.protocol, own.standing, own.now, study=study)),
        "schedule": schedule,
        "next_visits": [each for each in schedule if each["mark"] in SOON][:3],
        "withdrawn": own.standing.withdrawn,
        "open_risks": risks_open(own),
        "passkeys": len(passkeys.live(own.study, own.participant)),
        "possible": party_of(request) is not None,
        "by_link": not own.signed.passkey,
        **help_of(own),
    }
    return render(request, "portal/home.html", context)


def _schedule(own: Own) -> Iterator[dict[str, str]]:
    words = {
        VisitOutlook.DONE: _("held"),
        VisitOutlook.MISSED: _("did not happen"),
        VisitOutlook.OVERDUE: _("due, somebody will call you"),
        VisitOutlook.DUE: _("due now"),
        VisitOutlook.UPCOMING: _("to come"),
        VisitOutlook.OPEN: _("date not known yet"),
        VisitOutlook.DROPPED: _("not expected any more"),
    }
    for row in outlook.schedule(own.protocol, own.standing, own.now):
        yield {
            "name": wording.said(row.visit.name),
            "when": day_said(row.on) if row.on else wording.window(row.first, row.target, row.last),
            "state": words[row.state],
            "mark": row.state.value,
        }


@own_page
@require_GET
def consents(request: HttpRequest, own: Own) -> HttpResponse:
    """Every consent item: agreed to, in which version and since when, or not."""
    held, gone = own.standing.consents, own.standing.consents_withdrawn
    items = [
        {
            "label": wording.said(each.label),
            "held": held.get(each.code),
            "since": moment_said(held[each.code].at) if each.code in held else "",
            "gone": moment_said(gone[each.code]) if each.code in gone and each.code not in held else "",
        }
        for each in own.protocol.consent
    ]
    current = own.protocol.study.version
    return render(request, "portal/consents.html", {"items": items, "current": current, **help_of(own)})


@own_page
@require_GET
def answers(request: HttpRequest, own: Own) -> HttpResponse:
    """Every form the participant filled, the latest first."""
    forms = [
        {
            "id": each.root,
            "name": wording.form_name(own.protocol, each.fact.form),
            "visit": wording.visit_name(own.protocol, each.fact.visit),
            "when": moment_said(each.at),
        }
        for each in sorted(mine(own), key=lambda one: one.at.at, reverse=True)
    ]
    context = {"forms": forms, "events": events_of(own), **help_of(own)}
    return render(request, "portal/answers.html", context)


@own_page
@require_GET
def answer(request: HttpRequest, own: Own, record: UUID) -> HttpResponse:
    """One form as it was answered."""
    done = own_form(own, record)
    form = next((each for each in own.protocol.forms if each.form == done.fact.form), None)
    if form is None:
        raise UnknownName(_("There is no such page of yours."))
    asked = worded.as_asked(own.study, own.protocol, form, done.fact)
    context = {
        "name": asked.name,
        "visit": wording.visit_name(own.protocol, done.fact.visit),
        "when": moment_said(done.at),
        "words_in": "" if asked.language == get_language() else asked.language,
        "answers": answered(asked, done.fact.answers),
        "licence": asked.licence,
        **help_of(own),
    }
    return render(request, "portal/answer.html", context)


def mine(own: Own) -> list[FormDone]:
    """Forms that the participant filled, alone or on a device that was handed over."""
    done = [each for forms in own.standing.forms.values() for each in forms]
    return [each for each in done if each.role == Role.PARTICIPANT and each.author == own.participant]


def own_form(own: Own, record: UUID) -> FormDone:
    """A form of their own; UnknownName for any other, whoever's it is."""
    for each in mine(own):
        if each.root == record:
            return each
    raise UnknownName(_("There is no such page of yours."))


def looked_at() -> dict[str, str]:
    """What somebody opened, in words."""
    return {
        Act.READ_PARTICIPANT.value: _("your record"),
        Act.READ_IDENTITY.value: _("your name and address"),
        Act.READ_FORM.value: _("a form"),
        Act.READ_SESSION.value: _("a session"),
        Act.CORRECT.value: _("a form, to correct it"),
        # Says nothing of a contradiction: what it means is for a physician to tell.
        Act.ANSWER_QUERY.value: _("some of your answers"),
    }


def words_of(roles: Iterable[Role]) -> set[str]:
    """Roles in words."""
    return {role_names()[role] for role in roles}


def sent(own: Own) -> list[dict[str, str]]:
    """What of them went to others, the latest first, and when a recipient was told that they withdrew."""
    told = own.standing.recipients_told
    return [
        {
            "to": each.to,
            "when": moment_said(each.at),
            "told": moment_said(at) if (at := told.get((each.item, each.to))) and at.at >= each.at.at else "",
        }
        for each in reversed(own.standing.shared)
    ]


@own_page
@require_GET
def looked(request: HttpRequest, own: Own) -> HttpResponse:
    """Who opened what about them, day by day; and every way in to these pages."""
    zone = own.site.zone
    names = staff_names(own)
    roles: dict[str, set[str]] = {}
    for each in read.appointments(study=own.study):
        roles.setdefault(each.person, set()).update(words_of([Role(each.role)]))
    days: dict[tuple[str, str, str], int] = {}
    rows = Opened.objects.filter(study=own.study, participant=own.participant).order_by("-at")
    for row in rows.values_list("at", "person", "act"):
        key = (row[0].astimezone(ZoneInfo(zone)).date().isoformat(), row[1], row[2])
        days[key] = days.get(key, 0) + 1
    context: dict[str, Any] = {
        "looks": [
            {
                "day": day_said(date.fromisoformat(day)),
                "who": names.get(person, _("Somebody of the study")),
                "roles": sorted(roles.get(person) or words_of(study_roles(person, own.study))),
                "what": looked_at().get(act, _("something about you")),
                "times": times,
            }
            for (day, person, act), times in days.items()
        ],
        "sent": sent(own),
        **ways_shown(own, names),
        **help_of(own),
    }
    return render(request, "portal/looked.html", context)
