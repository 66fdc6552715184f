"""Staff make a one-time link for a participant, and end every way in when a telephone is lost."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.edge import arrived
from holdfast.clinic.jobs import outbox
from holdfast.clinic.languages.written import moment_said
from holdfast.clinic.ledger import read
from holdfast.clinic.portal.signed import private
from holdfast.clinic.reaching import links, passkeys, ways
from holdfast.errors import ImpossibleValue
from holdfast.timing import Instant

SEND = "send"
"""The button that sends the link as well."""


@asks(Act.MAKE_LINK)
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """Make a link and show it once: what is kept of it opens nothing."""
    code, sent = "", False
    if request.method == "POST":
        read.participant(study, participant)
        code = links.make(study, participant, by=request.user.get_username(), now=arrived(request))
        if SEND in request.POST:
            sent = links.send(study, participant, code, now=arrived(request))
    return _page(request, study, participant, code=code, sent=sent)


@asks(Act.MAKE_LINK)
@require_POST
def end_all(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """End every link and passkey of a participant, as when a telephone is lost; they read the reason."""
    why, person = request.POST.get("why", ""), request.user.get_username()
    read.participant(study, participant)
    try:
        ways.end_all(study, participant, by=person, why=why, now=arrived(request))
    except ImpossibleValue as problem:
        return _page(request, study, participant, problem=str(problem))
    messages.success(request, _("Every way in is ended, and pages that were open are closed."))
    return redirect("make-link", study, participant)


def _page(
    request: HttpRequest,
    study: str,
    participant: str,
    *,
    code: str = "",
    sent: bool = False,
    problem: str = "",
) -> HttpResponse:
    row = read.participant(study, participant)
    zone = next(each.zone for each in read.sites(study) if each.site == row.site)
    context = {
        "participant": row.participant,
        "code": code,
        "sent": sent,
        "asked_to_send": SEND in request.POST,
        "off": outbox.off(study),
        "sendable": links.sendable(study, participant),
        "address": request.build_absolute_uri(reverse("own-followed", args=[code])) if code else "",
        "hours": round(links.FOR.total_seconds() / 3600),
        "live": [moment_said(Instant(each.made_at, zone)) for each in passkeys.live(study, participant)],
        "endings": [
            {"at": moment_said(Instant(each.at, zone)), "by": each.by, "why": each.why}
            for each in ways.endings_of(study, participant)
        ],
        "longest": ways.LONGEST_WHY,
        "problem": problem,
    }
    return private(render(request, "portal/make.html", context, status=400 if problem else 200))
