"""The independent rater's pages: their tasks, and one form. No visit, no notes, nothing of the record.

A task is named by its random id; what the rater sees must not tell how far a participant is.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts import openings
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending, worded
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import form_pages, parts, wording
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.errors import ImpossibleValue, UnknownName
from holdfast.protocol.roles import Role
from holdfast.records.assessment import RaterAssigned


@dataclass(frozen=True, slots=True)
class Task:
    """A rating given to the reader."""

    task: str
    participant: str
    visit: str


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in the list: whom to rate, and what is still to do."""

    task: str
    participant: str
    forms: tuple[tuple[str, str, bool], ...]  # code, name, whether it is done
    open: bool


@asks(Act.RATE)
@require_GET
def tasks(request: HttpRequest, study: str) -> HttpResponse:
    """The reader's ratings, open ones first, in an order that tells nothing."""
    lines = [_line(opened(request, study, each.participant), each) for each in _mine(request, study)]
    context = {
        # By the task's random id: the order of drawing would be the order of visits.
        "open": sorted((each for each in lines if each.open), key=lambda line: line.task),
        "done": sum(not each.open for each in lines),
    }
    return render(request, "participants/tasks.html", context)


@asks(Act.RATE)
@gzip_page
@require_http_methods(["GET", "POST"])
def task(request: HttpRequest, study: str, task: str, form: str) -> HttpResponse:
    """One form of a task: to fill, or read back once filled."""
    mine = _task(request, study, task)
    dossier = opened(request, study, mine.participant)
    openings.note(request, Act.RATE, study, site=dossier.site.site, participant=mine.participant)
    if form not in _forms(dossier, mine.visit):
        raise UnknownName(_("This task has no such form."))
    if request.method == "POST":
        return _rate(request, dossier, mine, form)
    done = parts.done_by(dossier, mine.visit, form, Role.RATER)
    if done is not None:
        context = {**form_pages.filled(dossier, done, by=Role.RATER), "task": mine.task}
        if done.author != dossier.reader:
            raise UnknownName(_("Somebody else filled this form."))
        return render(request, "participants/task_filled.html", context)
    return _blank(request, dossier, mine, form, given=None, action=edge.new_id())


@asks(Act.RATE)
@gzip_page
@require_http_methods(["GET", "POST"])
def task_correct(request: HttpRequest, study: str, task: str, form: str) -> HttpResponse:
    """Correct one's own rating, with the reason."""
    mine = _task(request, study, task)
    dossier = opened(request, study, mine.participant)
    openings.note(request, Act.RATE, study, site=dossier.site.site, participant=mine.participant)
    done = parts.done_by(dossier, mine.visit, form, Role.RATER)
    if done is None or done.author != dossier.reader:
        raise UnknownName(_("There is no rating of yours to correct."))
    back = reverse("task", args=[study, task, form])
    return form_pages.correction(request, dossier, done, role=Role.RATER, back=back)


def _mine(request: HttpRequest, study: str) -> list[Task]:
    me, reach = request.user.get_username(), sites(request.user, Act.RATE, study)
    return [
        Task(each.fact.task, each.stream.partition("/")[2], each.fact.visit)
        for each in read.records(study, kinds=[RaterAssigned.KIND])
        if isinstance(each.fact, RaterAssigned) and each.fact.rater == me and each.site in reach
    ]


def _task(request: HttpRequest, study: str, task: str) -> Task:
    for each in _mine(request, study):
        if each.task == task:
            return each
    raise UnknownName(_("There is no such task of yours."))


def _forms(dossier: Dossier, visit: str) -> tuple[str, ...]:
    return tuple(each.form for each in dossier.visit(visit).forms if each.by is Role.RATER)


def _line(dossier: Dossier, task: Task) -> TaskLine:
    forms = tuple(
        (
            code,
            wording.form_name(dossier.protocol, code),
            parts.done_by(dossier, task.visit, code, Role.RATER) is not None,
        )
        for code in _forms(dossier, task.visit)
    )
    return TaskLine(task.task, task.participant, forms, any(not done for _code, _name, done in forms))


def _rate(request: HttpRequest, dossier: Dossier, task: Task, form: str) -> HttpResponse:
    action = sending.action_id(request)
    given, tell = form_pages.answered(request, dossier, task.visit, form)
    if tell is None:
        return _blank(request, dossier, task, form, given=given, action=action)
    try:
        sending.send(request, tell, study=dossier.study, site=dossier.site, role=Role.RATER)
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = str(wrong)
        return _blank(request, dossier, task, form, given=given, action=action)
    return redirect(f"{reverse('task', args=[dossier.study, task.task, form])}?saved={action}")


def _blank(
    request: HttpRequest,
    dossier: Dossier,
    task: Task,
    form: str,
    *,
    given: reading.Given | None,
    action: UUID,
) -> HttpResponse:
    asked = worded.asked(dossier.study, dossier.protocol, dossier.form(form))
    draft = f"{dossier.reader}/{dossier.study}/{task.task}/{form}"
    context = {
        **rendering.context(asked.fields, given, action=action, draft=draft),
        "participant": dossier.participant,
        "form": asked,
        "earlier": form_pages.earlier(request),
        "send_to": reverse("task", args=[dossier.study, task.task, form]),
    }
    return render(request, "participants/task.html", context, status=400 if given else 200)
