"""Forms of a participant: filled once, read back, corrected with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.demo_people import role_names
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending, worded
from holdfast.clinic.forms.fields import shown_answer
from holdfast.clinic.languages.refusing import sentence_of
from holdfast.clinic.languages.spoken import spoken
from holdfast.clinic.participants import history, parts, wording
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.conduct.actions import Amend, FillForm
from holdfast.conduct.assessment import completed
from holdfast.conduct.authority import MAY
from holdfast.conduct.standing.parts import FormDone
from holdfast.errors import ImpossibleValue, NotPermitted, UnknownName
from holdfast.protocol.model import ScheduledForm
from holdfast.protocol.roles import Role
from holdfast.timing import in_words


@asks(Act.READ_FORM)
@gzip_page
@require_http_methods(["GET", "POST"])
def form(request: HttpRequest, study: str, participant: str, visit: str, form: str, by: str) -> HttpResponse:
    """A form at a visit: read back where it is filled, to fill where it is not."""
    dossier = opened(request, study, participant)
    scheduled = _scheduled(dossier, visit, form, by)
    if request.method == "POST":
        return _fill(request, dossier, visit, scheduled)
    done = parts.done_by(dossier, visit, form, scheduled.by)
    if done is not None:
        return render(request, "participants/form_filled.html", filled(dossier, done, by=scheduled.by))
    return _blank(request, dossier, visit, scheduled, given=None, action=edge.new_id())


@asks(Act.CORRECT)
@gzip_page
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, study: str, participant: str, record: UUID) -> HttpResponse:
    """Correct a filled form: what it says now, what it should say, and why."""
    dossier = opened(request, study, participant)
    done = dossier.standing.form_of(record)
    if done is None or not dossier.reads(done.fact.form, done):
        raise UnknownName(_("There is no such form here that you may read."))
    roles = tuple(role for role in dossier.roles if role in WHO[Act.CORRECT] and role in MAY[Amend])
    by = next(
        (
            each.by.value
            for each in dossier.visit(done.fact.visit).forms
            if parts.done_by(dossier, done.fact.visit, each.form, each.by) is done
        ),
        done.role,
    )
    address = reverse("form", args=[study, participant, done.fact.visit, done.fact.form, by])
    return correction(request, dossier, done, role=roles[0], back=address)


def _scheduled(dossier: Dossier, visit: str, form: str, by: str) -> ScheduledForm:
    for each in dossier.visit(visit).forms:
        if each.form == form and each.by.value == by:
            return each
    raise UnknownName(_("No such form is planned at this visit."))


def _role(dossier: Dossier, scheduled: ScheduledForm) -> Role:
    """The role in which the reader fills it: the one the protocol names, if they hold it.

    What a participant answers on the site's device is the participant's own record.
    """
    mine = [role for role in dossier.roles if role in WHO[Act.FILL_FORM] and role in MAY[FillForm]]
    if not mine:
        raise NotPermitted(_("Your role does not fill forms here."))
    if scheduled.by is Role.RATER:
        raise NotPermitted(_("Independent raters fill this form on a page of their own."))
    if scheduled.by is Role.PARTICIPANT or scheduled.by in mine:
        return scheduled.by
    return mine[0]


def _asked_in(dossier: Dossier, role: Role) -> str:
    """The language of the questions: the participant's where the device is handed to them."""
    return spoken(dossier.standing) if role is Role.PARTICIPANT else settings.LANGUAGE_CODE


def _fill(request: HttpRequest, dossier: Dossier, visit: str, scheduled: ScheduledForm) -> HttpResponse:
    role = _role(dossier, scheduled)
    handed_over = role is Role.PARTICIPANT
    action = sending.action_id(request)
    with translation.override(_asked_in(dossier, role)):
        given, tell = answered(request, dossier, visit, scheduled.form)
    if tell is None:
        return _blank(request, dossier, visit, scheduled, given=given, action=action)
    try:
        sending.send(
            request,
            tell,
            study=dossier.study,
            site=dossier.site,
            role=role,
            author=dossier.participant if handed_over else "",
            device=f"{sending.DEVICE}, handed over by {dossier.reader}" if handed_over else sending.DEVICE,
        )
    except ImpossibleValue as wrong:
        with translation.override(_asked_in(dossier, role)):
            given.errors[wrong.field] = sentence_of(wrong)
        return _blank(request, dossier, visit, scheduled, given=given, action=action)
    if handed_over:
        address = reverse("visit", args=[dossier.study, dossier.participant, visit])
    else:
        names = [dossier.study, dossier.participant, visit, scheduled.form, scheduled.by.value]
        address = reverse("form", args=names)
    return redirect(f"{address}?saved={action}")


def answered(
    request: HttpRequest, dossier: Dossier, visit: str, code: str
) -> tuple[reading.Given, FillForm | None]:
    """What was sent, and the report it makes; None where something must be looked at again."""
    study_form = dossier.form(code)
    asked = worded.asked(dossier.study, dossier.protocol, study_form)
    given = reading.read(asked.fields, request.POST)

    def tell(answers: Any) -> FillForm:
        return FillForm(
            participant=dossier.participant,
            visit=visit,
            form=code,
            answers=dict(answers),
            language=asked.language,
            wording=request.POST.get(worded.SENT, ""),
        )

    reading.judge(given, check=lambda trial: completed(dossier.protocol, study_form, tell(trial)))
    if not given.errors and request.POST.get("keep") != "yes":
        reading.look_again(given, asked)
    return given, None if given.errors or given.unlikely else tell(given.answers)


def _blank(
    request: HttpRequest,
    dossier: Dossier,
    visit: str,
    scheduled: ScheduledForm,
    *,
    given: reading.Given | None,
    action: UUID,
) -> HttpResponse:
    role = _role(dossier, scheduled)
    asked_in = _asked_in(dossier, role)
    names = [dossier.study, dossier.participant, visit, scheduled.form, scheduled.by.value]
    draft = "/".join([dossier.reader, *names])
    with translation.override(asked_in):
        asked = worded.asked(dossier.study, dossier.protocol, dossier.form(scheduled.form))
        rows = rendering.context(asked.fields, given, action=action, draft=draft)
        visit_name = wording.visit_name(dossier.protocol, visit)
    context = {
        **rows,
        "dossier": dossier,
        "form": asked,
        "asked_in": asked_in,
        "words_in": "" if asked.language == asked_in else asked.language,
        "visit": visit,
        "visit_name": visit_name,
        "by_words": role_names()[scheduled.by],
        "handed_over": role is Role.PARTICIPANT,
        "another_role": role is not scheduled.by,
        "role_words": role_names()[role],
        "earlier": earlier(request),
        "send_to": reverse("form", args=names),
    }
    return render(request, "participants/form_blank.html", context, status=400 if given else 200)


def earlier(request: HttpRequest) -> dict[str, str]:
    """What was typed of an earlier time, to be shown again."""
    found = {
        "day": request.POST.get(sending.WHEN_DAY, ""),
        "time": request.POST.get(sending.WHEN_TIME, ""),
        "reason": request.POST.get(sending.REASON, ""),
    }
    return found if any(found.values()) else {}


def filled(dossier: Dossier, done: FormDone, *, by: Role) -> dict[str, Any]:
    """A filled form read back: answers, scores, past values; nothing of them for who may not read it."""
    asked = worded.as_asked(dossier.study, dossier.protocol, dossier.form(done.fact.form), done.fact)
    readable = dossier.reads(done.fact.form, done)
    written = history.versions(dossier.standing.history, done.root)
    return {
        "dossier": dossier,
        "form": asked,
        "done": done,
        "visit": done.fact.visit,
        "visit_name": wording.visit_name(dossier.protocol, done.fact.visit),
        "readable": readable,
        "when": in_words(done.at),
        "author": dossier.name(done.author),
        "role_words": role_names()[by],
        "answers": [
            (each.label, shown_answer(each, done.fact.answers.get(each.code)))
            for each in asked.fields
            if each.code in done.fact.answers
        ]
        if readable
        else [],
        "scores": parts.scores(done) if readable else (),
        "changes": history.changes(asked, written, dossier) if readable else [],
        "corrects": readable and dossier.may(Act.CORRECT),
        "risks": history.risks_of(dossier, [each.id for each in written]) if readable else [],
        "phone": dossier.site.phone,
        "saved": str(written[-1].id),
    }


def correction(
    request: HttpRequest, dossier: Dossier, done: FormDone, *, role: Role, back: str
) -> HttpResponse:
    """Draw or take a correction of a filled form."""
    asked = worded.as_asked(dossier.study, dossier.protocol, dossier.form(done.fact.form), done.fact)
    latest = history.versions(dossier.standing.history, done.root)[-1]
    given = reading.as_typed(asked.fields, done.fact.answers)
    action, problem = edge.new_id(), ""
    if request.method == "POST":
        action = sending.action_id(request)
        given, tell = answered(request, dossier, done.fact.visit, done.fact.form)
        problem = _why_missing(request)
        if tell is not None and not problem:
            of = _of(request)
            if latest.id not in (of, action):
                raise ImpossibleValue(_("Somebody corrected this form meanwhile. Open it again."))
            # Scored here as conduct will, so that a resend says the same after the first was recorded.
            first = done.fact
            same = replace(tell, occurrence=first.occurrence, language=first.language, wording=first.wording)
            fact = completed(dossier.protocol, dossier.form(done.fact.form), same)
            amend = Amend(stream=f"participant/{dossier.participant}", record=of, fact=fact)
            sending.send(request, amend, study=dossier.study, site=dossier.site, role=role)
            return redirect(f"{back}?saved={action}")
    draft = f"{dossier.reader}/{dossier.study}/correct/{done.root}"
    context = {
        **rendering.context(asked.fields, given, action=action, draft=draft),
        "dossier": dossier,
        "form": asked,
        "of": request.POST.get("of") or latest.id,
        "reason": request.POST.get(sending.REASON, ""),
        "problem": problem,
        "by_another": done.author != dossier.reader,
        "author": dossier.name(done.author),
        "back": back,
        "send_to": request.path,
    }
    bad = request.method == "POST"
    return render(request, "participants/form_correct.html", context, status=400 if bad else 200)


def _of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("of", ""))
    except ValueError:
        raise ImpossibleValue(_("This form lost its number on the way. Open the page again.")) from None


def _why_missing(request: HttpRequest) -> str:
    said = request.POST.get(sending.REASON, "").strip()
    return "" if said else _("Say why it is corrected: the reason stays beside the old value.")
