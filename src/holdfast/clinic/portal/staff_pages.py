"""Staff make a one-time link for a participant."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from holdfast.clinic.accounts.acts import Act
from holdfast.clinic.accounts.guard import asks
from holdfast.clinic.edge import arrived
from holdfast.clinic.ledger import read
from holdfast.clinic.portal.signed import private
from holdfast.clinic.reaching import links


@asks(Act.MAKE_LINK)
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, study: str, participant: str) -> HttpResponse:
    """Make a link and show it once: what is kept of it opens nothing."""
    row = read.participant(study, participant)
    code = ""
    if request.method == "POST":
        code = links.make(study, participant, by=request.user.get_username(), now=arrived(request))
    context = {
        "participant": row.participant,
        "code": code,
        "address": request.build_absolute_uri(reverse("own-followed", args=[code])) if code else "",
        "hours": round(links.FOR.total_seconds() / 3600),
    }
    return private(render(request, "portal/make.html", context))
