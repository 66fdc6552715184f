"""Views of the planner: the page and its results, saved designs, files."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import UUID

from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import may, roles
from holdfast.clinic.edge import moment_of
from holdfast.clinic.planner import designs, exports, inputs, showing
from holdfast.clinic.planner.inputs import Plan
from holdfast.clinic.planner.simulating import Found, simulator
from holdfast.errors import ImpossibleValue, Refusal, Unavailable, UnknownName
from holdfast.protocol.roles import Role

FIRST_S, NEWS_S = 0.7, 0.8
"""How long the page waits for first numbers, and an open page for better ones."""
SAVING_S, SAVED_STEP = 20.0, 4
"""How long saving waits for at least so many steps: a thousand trials of the design itself."""
NOT_SET = ("have", "csrfmiddlewaretoken")


@asks(Act.READ_PLAN)
@require_GET
def planner(request: HttpRequest, study: str) -> HttpResponse:
    """The page: fields on the left, what they come to on the right."""
    try:
        plan = inputs.read(study, _typed(request.GET))
    except UnknownName:
        raise
    except Refusal as none:
        return render(request, "planner/none.html", {"sentence": str(none)})
    found, busy = _looked(plan, than=0, patience_s=FIRST_S)
    context = {
        **showing.form(plan), **_results(request, plan, found, busy),
        "saves": may(request.user, Act.PLAN, study), "id": edge.new_id(),
        "base": inputs.assumptions_of(plan.ground.protocol), "protocol": plan.ground.protocol,
    }  # fmt: skip
    return render(request, "planner/planner.html", context, status=400 if plan.wrong else 200)


@asks(Act.READ_PLAN)
@require_GET
def results(request: HttpRequest, study: str) -> HttpResponse:
    """The right side alone, as soon as more is known than the page has."""
    have = request.GET.get("have", "")
    plan = inputs.read(study, _typed(request.GET))
    found, busy = _looked(plan, than=int(have) if have.isascii() and have.isdigit() else 0, patience_s=NEWS_S)
    context = {**_results(request, plan, found, busy), "wrong": plan.wrong}
    answer = render_to_string("planner/results.html", {**context, "study_code": study})
    return HttpResponse(answer, status=400 if plan.wrong else 200)


@asks(Act.PLAN)
@require_POST
def keep(request: HttpRequest, study: str) -> HttpResponse:
    """Save what is on the page under a name, with what was found."""
    plan = _sound(study, dict(parse_qsl(request.POST.get("query", ""))))
    found = _found(plan)
    one = designs.keep(
        plan, found, own=_id(request.POST.get("id", "")), name=request.POST.get("name", ""),
        by=request.user.get_username(), now=moment_of(request),
    )  # fmt: skip
    messages.success(request, _("Saved: %(title)s.") % {"title": designs.title(one)})
    return redirect(f"{reverse('planner', args=[study])}?{designs.query_of(one)}")


@asks(Act.READ_PLAN)
@require_GET
def saved(request: HttpRequest, study: str) -> HttpResponse:
    """Every saved design, and those withdrawn with their reasons."""
    standing, gone = designs.saved(study)
    leads, saves = _leads(request, study), may(request.user, Act.PLAN, study)
    person = request.user.get_username()
    context = {
        "standing": showing.rows(standing, person=person, leads=leads, saves=saves),
        "gone": showing.rows(gone, person=person, leads=leads, saves=saves),
    }
    return render(request, "planner/designs.html", context)


@asks(Act.READ_PLAN)
@require_GET
def differences(request: HttpRequest, study: str) -> HttpResponse:
    """Two saved designs: the values that differ, and what each came to."""
    one, other = (designs.design(study, request.GET.get(name, "")) for name in ("one", "other"))
    labels = {each.alias: _(each.label) for each in inputs.ground(study).parameters()}
    context = showing.comparison(designs.side_of(one), designs.side_of(other), labels)
    return render(request, "planner/differences.html", {"comparison": context})


@asks(Act.PLAN)
@require_POST
def withdraw(request: HttpRequest, study: str, design: UUID) -> HttpResponse:
    """Withdraw a design, with a reason; it stays to be read."""
    one = designs.design(study, str(design))
    designs.withdraw(
        one, by=request.user.get_username(), leads=_leads(request, study),
        reason=request.POST.get("reason", ""), now=moment_of(request),
    )  # fmt: skip
    messages.success(request, _("Withdrawn: %(title)s.") % {"title": designs.title(one)})
    return redirect("planner-designs", study)


@asks(Act.READ_PLAN)
@require_GET
def protocol(request: HttpRequest, study: str) -> HttpResponse:
    """The protocol file with the design's number of participants."""
    plan = _sound(study, _typed(request.GET))
    return _file(exports.protocol_file(plan, day=moment_of(request).date()), f"{study}-study.yaml")


@asks(Act.READ_PLAN)
@require_GET
def assumptions(request: HttpRequest, study: str) -> HttpResponse:
    """The assumption file with what was set."""
    plan = _sound(study, _typed(request.GET))
    return _file(exports.assumptions_file(plan, day=moment_of(request).date()), f"{study}-assumptions.yaml")


def _file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _typed(given: QueryDict) -> dict[str, str]:
    return {name: given.get(name, "") for name in given if name not in NOT_SET}


def _sound(study: str, typed: Mapping[str, str]) -> Plan:
    """The plan asked for; ImpossibleValue where a field is wrong."""
    plan = inputs.read(study, typed)
    for name, sentence in plan.wrong.items():
        raise ImpossibleValue(sentence, field=name)
    return plan


def _looked(plan: Plan, *, than: int, patience_s: float) -> tuple[Found, str]:
    """What the simulator knows, or a sentence why it does not look."""
    if plan.wrong:
        return showing.NO_TRIALS, ""
    connection.close()  # nobody else should wait for it while this one waits
    try:
        return simulator.look(plan, than=than, patience_s=patience_s), ""
    except Unavailable as busy:
        return showing.NO_TRIALS, str(busy)


def _found(plan: Plan) -> Found:
    """Enough to be saved. Raises Unavailable where it does not come in time."""
    connection.close()
    found = simulator.look(plan, than=SAVED_STEP - 1, patience_s=SAVING_S)
    if found.failed:
        raise Refusal(found.failed)
    if found.mine is None or (found.step < SAVED_STEP and not found.finished):
        raise Unavailable(_("There are too few trials yet to be saved. Send it again in a moment."))
    return found


def _results(request: HttpRequest, plan: Plan, found: Found, busy: str) -> dict[str, object]:
    day = moment_of(request).date()
    return showing.results(plan, found, ready=simulator.ready, busy=busy, day=day)


def _leads(request: HttpRequest, study: str) -> bool:
    return Role.SPONSOR in roles(request.user, study)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ImpossibleValue(_("This page is too old. Open the planner again.")) from None
