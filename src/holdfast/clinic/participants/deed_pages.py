"""Doing things: one page for each deed of a participant, and the first contact with somebody new."""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from holdfast.clinic import edge
from holdfast.clinic.accounts.acts import WHO, Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.accounts.may import sites
from holdfast.clinic.forms import answers as reading
from holdfast.clinic.forms import rendering, sending
from holdfast.clinic.forms.fields import Choice, Field, Kind
from holdfast.clinic.ledger import read
from holdfast.clinic.participants import deeds
from holdfast.clinic.participants.dossier import Dossier, opened
from holdfast.clinic.participants.form_pages import earlier
from holdfast.clinic.participants.participant_page import roles_for_deed
from holdfast.conduct.actions import Prescreen
from holdfast.conduct.decision import Reason
from holdfast.conduct.enrolment import stratum_of_person
from holdfast.errors import ImpossibleValue, NotPermitted, UnknownName
from holdfast.protocol.roles import Role

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""A participant's code: addresses, streams and files are named by it."""
CALLING = ("acknowledge-risk", "contact")
"""Deeds of somebody who calls the participant first."""


@asks(Act.READ_PARTICIPANT)
@require_http_methods(["GET", "POST"])
def deed(request: HttpRequest, study: str, participant: str, deed: str) -> HttpResponse:
    """Ask for or report one thing; refused: every reason, with what was typed."""
    found = deeds.DEEDS.get(deed)
    if found is None:
        raise UnknownName(_("There is nothing of that name to do here."))
    dossier = opened(request, study, participant)
    roles = roles_for_deed(dossier, found)
    if not roles:
        raise NotPermitted(_("Your role does not do this."))
    if request.method == "POST":
        return _perform(request, dossier, found, roles[0])
    return _page(request, dossier, found, given=_wanted(request, found.fields(dossier)), action=edge.new_id())


def _wanted(request: HttpRequest, fields: tuple[Field, ...]) -> reading.Given | None:
    """What a link already chose, such as the visit."""
    typed = {each.code: request.GET.getlist(each.code) for each in fields if each.code in request.GET}
    if not typed:
        return None
    initial = {
        each.code: [str(each.initial)]
        for each in fields
        if each.initial is not None and each.code not in typed
    }
    return reading.Given(typed={**initial, **typed})


def _perform(request: HttpRequest, dossier: Dossier, found: deeds.Deed, role: Role) -> HttpResponse:
    action = sending.action_id(request)
    fields = found.fields(dossier)
    given = reading.read(fields, request.POST)
    if given.errors:
        return _page(request, dossier, found, given=given, action=action)
    if found.code == "assign-rater":
        given.answers["raters"] = _raters(dossier)
    if found.code == "randomise":
        given.answers["stratum"] = _stratum(dossier)
    try:
        what = found.make(dossier.participant, given.answers, action)
        outcome = sending.send(request, what, study=dossier.study, site=dossier.site, role=role)
    except ImpossibleValue as wrong:
        given.errors[wrong.field] = str(wrong)
        return _page(request, dossier, found, given=given, action=action)
    if outcome.refused is not None:
        return _page(request, dossier, found, given=given, action=action, refused=outcome.refused.reasons)
    messages.success(request, _("Recorded: %(what)s.") % {"what": str(found.label)})
    address = reverse("participant", args=[dossier.study, dossier.participant])
    return redirect(f"{address}?saved={action}")


def _stratum(dossier: Dossier) -> str:
    """The label of the person's own stratum; empty while something it needs is not known."""
    return stratum_of_person(dossier.protocol, dossier.standing, site=dossier.site.site)[0]


def _raters(dossier: Dossier) -> tuple[str, ...]:
    held = read.appointments(study=dossier.study)
    return tuple(
        sorted(each.person for each in held if each.role == Role.RATER and each.site == dossier.site.site)
    )


def _page(
    request: HttpRequest,
    dossier: Dossier,
    found: deeds.Deed,
    *,
    given: reading.Given | None,
    action: UUID,
    refused: tuple[Reason, ...] = (),
) -> HttpResponse:
    names = [dossier.study, dossier.participant, found.code]
    draft = "/".join([dossier.reader, *names])
    context = {
        **rendering.context(found.fields(dossier), given, action=action, draft=draft),
        "dossier": dossier,
        "deed": found,
        "refused": refused,
        "reach": found.code in CALLING and bool(set(dossier.roles) & WHO[Act.READ_IDENTITY]),
        "earlier": earlier(request),
        "send_to": reverse("deed", args=names),
    }
    bad = request.method == "POST"
    return render(request, "participants/deed.html", context, status=400 if bad else 200)


@asks(Act.ENROL)
@require_http_methods(["GET", "POST"])
def newcomer(request: HttpRequest, study: str) -> HttpResponse:
    """Log somebody who was in touch, whatever comes of it."""
    here = sites(request.user, Act.ENROL, study)
    rows = [each for each in read.sites(study) if each.site in here]
    site_field = Field(
        code="site",
        label=_("Site"),
        kind=Kind.CHOICE,
        choices=tuple(Choice(each.site, each.site, f"{each.site} · {each.name}") for each in rows),
        initial=rows[0].site if len(rows) == 1 else None,
    )
    fields = (site_field, *deeds.prescreen_fields())
    given: reading.Given | None = None
    action = edge.new_id()
    if request.method == "POST":
        action = sending.action_id(request)
        given = reading.read(fields, request.POST)
        if not given.errors and given.answers.get("invited") is False and not given.answers.get("why_not"):
            given.errors["why_not"] = _("Give the reason why they were not invited.")
        _check_code(study, given, action)
        if not given.errors:
            site = next(each for each in rows if each.site == given.answers["site"])
            roles = sending.roles_to(request, Prescreen, Act.ENROL, study=study, site=site.site)
            tell = deeds.prescreened(given.answers)
            try:
                sending.send(request, tell, study=study, site=site, role=roles[0])
            except ImpossibleValue as wrong:
                given.errors[wrong.field] = str(wrong)
            else:
                address = reverse("participant", args=[study, tell.participant])
                return redirect(f"{address}?saved={action}")
    draft = f"{request.user.get_username()}/{study}/newcomer"
    context = {
        **rendering.context(fields, given, action=action, draft=draft),
        "earlier": earlier(request),
        "send_to": reverse("newcomer", args=[study]),
    }
    return render(request, "participants/newcomer.html", context, status=400 if given else 200)


def _check_code(study: str, given: reading.Given, action: UUID) -> None:
    """A new code: one that an address can name, and nobody's yet, at whichever site."""
    code = str(given.answers.get("participant") or "")
    if "participant" in given.errors:
        return
    if not CODE.fullmatch(code):
        given.errors["participant"] = _("Use letters, digits and hyphens only, 40 at most.")
    elif read.is_taken(study, code, but_for=action):
        given.errors["participant"] = _("This code is already somebody's. Choose another.")
