"""Forms that a participant fills where nobody sits with them: who watches and when comes first.

An answer that must bring help shows help at once, and is passed on to a clinician outside the
therapy pair (see ``passing``).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending, worded
from holdfast.clinic.forms.fields import Drawn
from holdfast.clinic.languages.refusing import sentence_of
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import wording
from holdfast.clinic.portal.help_shown import help_of
from holdfast.clinic.portal.pages import own_form
from holdfast.clinic.portal.signed import Own, own_page
from holdfast.clinic.reaching import passing
from holdfast.conduct import own_forms, reach, values
from holdfast.conduct.actions import FillForm
from holdfast.conduct.assessment import completed, study_form
from holdfast.conduct.own_forms import OwnForm
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.model import StudyForm
from holdfast.protocol.roles import Role
from holdfast.records.safety import RiskRaised


@own_page
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, own: Own, visit: str, form: str) -> HttpResponse:
    """A form that waits for them; sent, it is recorded as their own."""
    if request.method == "POST":
        return _fill(request, own, visit, form)
    waiting = _waiting(own, visit, form)
    if not waiting.next:
        return redirect("own")
    return _blank(request, own, waiting, None, entry=edge.new_id())


def _waiting(own: Own, visit: str, form: str) -> OwnForm:
    study = read.study_standing(own.study)
    for each in own_forms.to_fill(own.protocol, own.standing, own.now, study=study):
        if (each.visit.code, each.form) == (visit, form):
            return each
    raise UnknownName(_("This does not wait for you now. Perhaps you have sent it already."))


def _fill(request: HttpRequest, own: Own, visit: str, form: str) -> HttpResponse:
    entry = sending.action_id(request)
    if own.standing.form_of(entry) is not None:
        return redirect("own-sent", entry)  # sent a second time, by hand or by the network
    waiting = _waiting(own, visit, form)
    asked, plan = _asked(own, form)
    given = reading.read(asked.fields, request.POST)

    def tell(answers: Any) -> FillForm:
        return FillForm(
            participant=own.participant,
            visit=visit,
            form=form,
            answers=dict(answers),
            language=asked.language,
            wording=request.POST.get(worded.SENT, ""),
        )

    reading.judge(given, check=lambda trial: completed(own.protocol, plan, tell(trial)))
    if request.POST.get("keep") != "yes":
        reading.look_again(given, asked)
    if given.errors or given.unlikely:
        return _blank(request, own, waiting, given, entry=entry)
    try:
        own.tell(tell(given.answers), entry=entry)
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = sentence_of(wrong)
        return _blank(request, own, waiting, given, entry=entry)
    passing.pass_on(own.study, own.participant, now=own.now)
    return redirect("own-sent", entry)


def _asked(own: Own, form: str) -> tuple[Drawn, StudyForm]:
    plan = study_form(own.protocol, form)
    return worded.asked(own.study, own.protocol, plan), plan


def _blank(
    request: HttpRequest, own: Own, waiting: OwnForm, given: reading.Given | None, *, entry: UUID
) -> HttpResponse:
    asked, plan = _asked(own, waiting.form)
    context = {
        # No draft is kept in a browser that others may use.
        **rendering.context(asked.fields, given, action=entry, draft=""),
        "form": asked,
        "words_in": "" if asked.language == get_language() else asked.language,
        "visit_name": wording.said(waiting.visit.name),
        "readers": [role_names()[role] for role in plan.read if role is not Role.PARTICIPANT],
        "watched": asked.instrument is not None and bool(asked.instrument.findings),
        "minutes": _minutes(own),
        **help_of(own),
    }
    return render(request, "portal/form.html", context, status=400 if given else 200)


def _minutes(own: Own) -> int:
    study, site = read.study_standing(own.study), read.site_standing(own.study, own.site.site)
    return round(values.constant(own.protocol, reach.WAIT, study=study, site=site))


@own_page
@require_GET
def sent(request: HttpRequest, own: Own, record: UUID) -> HttpResponse:
    """What was sent; help at once where an answer asks for it."""
    done = own_form(own, record)
    raised = {
        each.id
        for each in own.standing.history
        if isinstance(each.fact, RiskRaised) and each.fact.form_record == str(record)
    }
    told = [own.standing.risks[each] for each in raised if each in own.standing.risks]
    context = {
        "name": wording.form_name(own.protocol, done.fact.form),
        "record": record,
        "risk": bool(told),
        "told": any(each.passed_on and each.passed_on[0].to for each in told),
        "minutes": _minutes(own),
        **help_of(own),
    }
    return render(request, "portal/sent.html", context)
